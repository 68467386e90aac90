"""Stories of several nights on one ledger: fixtures/nights/<story>/<night>/input, with nights.toml beside them.

A night may name the folder of its outputs (``out``), which it then replaces, and runs that a person says before it are
uploaded (``uploaded``).

``python -m tests.nights --bless [STORY…]`` writes what the program gives now over what is expected: read the
difference before you commit it.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import NamedTuple

from tests import tables

HOME = tables.FIXTURES / "nights"
# What a person reads; the rest is made of the same rows, or of hashes of them.
TOLD = (
    *("reports/findings.tsv", "reports/orders.tsv", "reports/worklist.tsv", "reports/metrics.json"),
    *("reports/claims.tsv", "reports/summary.txt"),
)


class Night(NamedTuple):
    """What one night ended with, and the files it wrote that a person reads."""

    status: int
    written: dict[str, bytes]


def stories() -> list[Path]:
    """Every story of several nights."""
    return sorted(path.parent for path in HOME.glob("*/nights.toml"))


def told(story: Path) -> list[dict[str, object]]:
    """The nights as nights.toml tells them, in order."""
    return tomllib.loads((story / "nights.toml").read_text("utf-8"))["night"]


def tell(story: Path, home: Path) -> list[Night]:
    """The story run night after night, its ledger and outputs below ``home``."""
    from click.testing import CliRunner

    from pipeline.cli import main

    nights = []
    for number, night in enumerate(told(story), 1):
        out, ledger = home / str(night.get("out", f"out-{number}")), ["--ledger", str(home / "ledger")]
        if night.get("uploaded"):
            said = ["feeds", "uploaded", *map(str, night["uploaded"]), "--as-of", str(night["as-of"])]
            assert CliRunner().invoke(main, [*said, *ledger]).exit_code == 0
        words = ["run", str(story / str(number) / "input"), "--as-of", str(night["as-of"]), "--out", str(out)]
        result = CliRunner().invoke(main, [*words, *ledger])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        files = tables.outputs(out) if out.is_dir() else {}
        nights.append(
            Night(result.exit_code, {name: data for name, data in files.items() if name in TOLD or "feeds/" in name})
        )
    return nights


def bless(names: list[str]) -> None:
    """Write what the program gives now as what is expected of the stories named, or of all."""
    for story in stories():
        if names and story.name not in names:
            continue
        with tempfile.TemporaryDirectory() as home:
            for number, night in enumerate(tell(story, Path(home)), 1):
                expected = story / str(number) / "expected"
                shutil.rmtree(expected, ignore_errors=True)
                for name, data in night.written.items():
                    (expected / name).parent.mkdir(parents=True, exist_ok=True)
                    (expected / name).write_bytes(data)
                sys.stdout.write(f"{story.name}, night {number}: exit status {night.status}\n")


if __name__ == "__main__":
    if sys.argv[1:2] != ["--bless"]:
        sys.exit(f"{__doc__}")
    bless(sys.argv[2:])
