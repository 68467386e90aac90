"""Profiles on disk: read a file, lay it over the profile it extends."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from pipeline.policy.entries import entry, line, nearest, only, refuse
from pipeline.policy.model import Entry, Policy

PROFILES = Path(__file__).parent / "profiles"
ROOT = "amazon"  # the only profile that is complete in itself: every other one extends it, near or far


def names() -> list[str]:
    """The profiles that come with the program, sorted."""
    return sorted(path.stem for path in PROFILES.glob("*.toml"))


def load(name_or_path: str) -> Policy:
    """The shipped profile of that name, else the overlay in that file: always all numbers, never only the changed.

    A file extends `amazon` unless it says otherwise. Raises PolicyError.
    """
    shipped = name_or_path in names()
    path = PROFILES / f"{name_or_path}.toml" if shipped else Path(name_or_path)
    document = _document(path)
    only(document, ("extends", "entry"), str(path))
    complete = shipped and name_or_path == ROOT
    base = () if complete else load(_extended(document, path)).entries
    # A file keeps its ending: "amazon.toml" in a manifest can then never pass for the profile "amazon".
    label = name_or_path if shipped else path.name
    return Policy(label, _overlaid(document, {number.name: number for number in base}, str(path)))


def _document(path: Path) -> dict[str, object]:
    """The file as TOML, its decimals exact. Raises PolicyError."""
    try:
        # Editors on Windows begin a file with a byte order mark, which TOML does not know.
        return tomllib.loads(path.read_text("utf-8-sig"), parse_float=Decimal)
    except FileNotFoundError:
        refuse(f"policy {str(path)!r}", "no such profile or file", nearest(str(path), names()))
    except OSError as error:
        refuse(f"policy {str(path)!r}", f"cannot be read ({error.strerror})", "give a profile or a readable TOML file")
    except (ValueError, ArithmeticError, RecursionError) as error:
        refuse(str(path), f"is not TOML in UTF-8 ({error})", "mend that place, or compare with `feedwarden policy`")


def _extended(document: Mapping[str, object], path: Path) -> str:
    """The shipped profile that the file changes. Raises PolicyError."""
    place = f"{path}, extends"
    name = line(document.get("extends", ROOT), place)
    if name not in names():
        refuse(place, f"no shipped profile {name!r}", nearest(name, names()))
    return name


def _overlaid(document: Mapping[str, object], base: Mapping[str, Entry], where: str) -> tuple[Entry, ...]:
    """The entries of `base` with those of the document in their place, sorted by name. Raises PolicyError."""
    tables = document.get("entry", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        refuse(where, "`entry` is not a list of tables", "begin each number with [[entry]]")
    changed: dict[str, Entry] = {}
    for number, table in enumerate(tables, 1):
        name = line(table.get("name"), f"{where}, entry {number}, name")
        place = f"{where}, {name}"
        if name in changed:
            refuse(place, "is given twice", "keep one of them")
        if base and name not in base:
            refuse(place, "there is no such number", nearest(name, base))
        changed[name] = entry(table, base.get(name), place)
    resolved = {**base, **changed}
    return tuple(resolved[name] for name in sorted(resolved))
