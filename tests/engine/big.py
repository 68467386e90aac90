"""``python -m tests.engine.big``: the peak memory of a run and an audit of huge inputs; status 1 where one is broken.

Each input is made in a temporary folder, sparse where that is possible, and judged by a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import click

from tests.benchmarks.measure import ROOT
from tests.house import NIGHTS, UNSHIPPED, report

MEMORY_MIB, PROGRAM_MIB = 256, 400  # what the program is given, and what it may take for itself beside that
COMMANDS = {"run": ("run", "--no-ledger"), "audit": ("audit",)}
HEADER = "\t".join(UNSHIPPED).encode() + b"\n"
# Prints what the command used: a small process starts it, as a child's peak begins at the size of its parent.
MEASURE = """
import json, resource, subprocess, sys, time
begin = time.monotonic()
status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([status, used.ru_maxrss / 1024, time.monotonic() - begin, used.ru_utime + used.ru_stime]))
"""


class Usage(NamedTuple):
    """How a command ended, its most memory in MiB, its seconds, and those of the processor."""

    status: int
    peak_mib: float
    seconds: float
    cpu_seconds: float


def make_sparse_file(folder: Path, head: bytes, size: int) -> None:
    """A file that begins so, and of which all that follows are zeros that no disk holds."""
    with (folder / "input.txt").open("wb") as file:
        file.write(head)
        file.truncate(size)


def make_short_lines(folder: Path, count: int) -> None:
    """A file of so many lines of one letter below a header."""
    with (folder / "input.txt").open("wb") as file:
        file.write(HEADER)
        for begin in range(0, count, 100_000):
            file.write(b"x\n" * min(100_000, count - begin))


def make_many_files(folder: Path, count: int) -> None:
    """So many reports of one order each."""
    report(folder / "0.txt", 0)
    data = (folder / "0.txt").read_bytes()
    for number in range(1, count):
        (folder / f"{number}.txt").write_bytes(data.replace(b"-0000000\t", b"-%07d\t" % number))


CASES: dict[str, tuple[int, Callable[[Path, int], None], int]] = {  # a size, what makes it, the exit status
    "no-line-end": (1_500_000_000, lambda folder, size: make_sparse_file(folder, b"", size), 3),
    "one-line": (300_000_000, lambda folder, size: make_sparse_file(folder, HEADER, size), 1),
    "short-lines": (5_000_000, make_short_lines, 1),
    "many-files": (100_000, make_many_files, 0),
}


def measure_command(command: str, given: Path, out: Path, memory_mib: int = MEMORY_MIB) -> Usage:
    """What the command used for the folder."""
    words = [*COMMANDS[command], given, "--memory", f"{memory_mib}MiB", "--out", out, "--quiet", "--as-of", NIGHTS[0]]
    program = [sys.executable, "-m", "pipeline.cli", *map(str, words)]
    measured = subprocess.run(
        [sys.executable, "-c", MEASURE, *program], check=True, capture_output=True, text=True, cwd=ROOT
    )
    return Usage(*json.loads(measured.stdout))


@click.command()
@click.option("--case", "names", type=click.Choice(list(CASES)), multiple=True, help="May be repeated.  [default: all]")
@click.option("--command", "commands", type=click.Choice(list(COMMANDS)), multiple=True, help="[default: both]")
@click.option("--size", type=int, help="Bytes, lines or files, in the place of the case's own.")
def main(names: tuple[str, ...], commands: tuple[str, ...], size: int | None) -> None:
    """Measure run and audit, each of each case."""
    bound, is_kept = MEMORY_MIB + PROGRAM_MIB, True
    click.echo("case\tsize\tcommand\tstatus\tpeak MiB\tbound MiB\tseconds\tCPU seconds")
    for name in names or CASES:
        own_size, make_input, expected_status = CASES[name]
        with tempfile.TemporaryDirectory(prefix="big-") as home:
            given = Path(home) / "in"
            given.mkdir()
            make_input(given, size or own_size)
            for command in commands or COMMANDS:
                used = measure_command(command, given, Path(home) / "out")
                is_kept &= used.peak_mib <= bound and used.status == expected_status
                click.echo(
                    f"{name}\t{size or own_size:,}\t{command}\t{used.status}\t{used.peak_mib:.0f}\t{bound}\t"
                    f"{used.seconds:.0f}\t{used.cpu_seconds:.0f}"
                )
    sys.exit(not is_kept)


if __name__ == "__main__":
    main()
