"""Profiles on disk: read a file, lay it over the profile it extends."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from pipeline.policy.entries import PolicyEntry
from pipeline.policy.model import Policy
from pipeline.policy.parse import check_keys, parse_entry, parse_line, raise_policy_error, suggest_nearest
from pipeline.utils.escape import to_one_line
from pipeline.utils.settings_file import read_settings

PROFILES_FOLDER = Path(__file__).parent / "profiles"
ROOT_PROFILE = "amazon"  # the only profile that is complete in itself: every other one extends it, near or far


def profile_names() -> list[str]:
    """The profiles that come with the program, sorted."""
    return sorted(path.stem for path in PROFILES_FOLDER.glob("*.toml"))


def load_policy(name_or_path: str) -> Policy:
    """The shipped profile of that name, else the overlay in that file: always all numbers, never only the changed.

    A file extends `amazon` unless it says otherwise. Raises PolicyError.
    """
    shipped = name_or_path in profile_names()
    path = PROFILES_FOLDER / f"{name_or_path}.toml" if shipped else Path(name_or_path)
    document = _read_document(path)
    check_keys(document, ("extends", "entry"), str(path))
    is_root = shipped and name_or_path == ROOT_PROFILE
    base = () if is_root else load_policy(_read_base_name(document, path)).entries
    # A file keeps its ending: "amazon.toml" in a manifest can then never pass for the profile "amazon".
    label = name_or_path if shipped else path.name
    return Policy(label, _overlay_entries(document, {base_entry.name: base_entry for base_entry in base}, str(path)))


def _read_document(path: Path) -> dict[str, object]:
    """The file as TOML, its decimals exact. Raises PolicyError."""
    try:
        # Editors on Windows begin a file with a byte order mark, which TOML does not know.
        return tomllib.loads(read_settings(path), parse_float=Decimal)
    except FileNotFoundError:
        raise_policy_error(
            f"policy {str(path)!r}", "no such profile or file", suggest_nearest(str(path), profile_names())
        )
    except OSError as error:
        raise_policy_error(
            f"policy {str(path)!r}", f"cannot be read ({error.strerror})", "give a profile or a readable TOML file"
        )
    except Exception as error:  # noqa: BLE001  whatever text and numbers do to those who read them
        raise_policy_error(
            str(path),
            f"is not TOML in UTF-8 ({to_one_line(error)})",
            "fix that place, or compare with `feedwarden policy`",
        )


def _read_base_name(document: Mapping[str, object], path: Path) -> str:
    """The shipped profile that the file changes. Raises PolicyError."""
    place = f"{path}, extends"
    name = parse_line(document.get("extends", ROOT_PROFILE), place)
    if name not in profile_names():
        raise_policy_error(place, f"no shipped profile {name!r}", suggest_nearest(name, profile_names()))
    return name


def _overlay_entries(
    document: Mapping[str, object], base: Mapping[str, PolicyEntry], location: str
) -> tuple[PolicyEntry, ...]:
    """The entries of `base` with those of the document in their place, sorted by name. Raises PolicyError."""
    tables = document.get("entry", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise_policy_error(location, "`entry` is not a list of tables", "begin each number with [[entry]]")
    changed: dict[str, PolicyEntry] = {}
    for number, table in enumerate(tables, 1):
        name = parse_line(table.get("name"), f"{location}, entry {number}, name")
        place = f"{location}, {name}"
        if name in changed:
            raise_policy_error(place, "is given twice", "keep one of them")
        if base and name not in base:
            raise_policy_error(place, "there is no such number", suggest_nearest(name, base))
        changed[name] = parse_entry(table, base.get(name), place)
    resolved = {**base, **changed}
    return tuple(resolved[name] for name in sorted(resolved))
