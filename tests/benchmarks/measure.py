"""Whole processes measured: seconds from start to end, and the most memory that one and its children held at a time."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

import click

ROOT = Path(__file__).resolve().parents[2]
MIB = 2**20
LARGE_OUTPUTS = (
    "feeds/shipping-confirmation-*.tsv",
    "reports/findings.tsv",
    "reports/findings.parquet",
    "reports/orders.tsv",
    "reports/orders.parquet",
    "reports/worklist.tsv",
)  # those of a night that grow with its files
_MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


class Job(NamedTuple):
    """A command to measure: its words, with places for the files, and the exit statuses that mean it finished.

    ``accepted`` names, below what the command writes, the files whose lines below the first are what it accepted;
    ``most`` is the number of lines beyond which it is not asked.
    """

    name: str
    does: str
    words: tuple[str, ...]
    finished: tuple[int, ...] = (0,)
    accepted: str = ""
    most: int | None = None


class Run(NamedTuple):
    """What one process took, how many lines it accepted (None where it does not say), and the large outputs it wrote.

    ``cpu_seconds`` are those of the process and all that it has started; ``lines`` are those of the files it was given.
    """

    seconds: float
    peak: int  # bytes
    accepted: int | None
    cpu_seconds: float = 0.0
    outputs: int = 0
    lines: int = 0


class Files(NamedTuple):
    """Two files of a night, the folder of them all, and the instant it is judged at."""

    orders: Path
    confirmation: Path
    night: Path
    as_of: str


def measure(job: Job, files: Files, scratch: Path) -> Run:
    """The command run to its end; what it writes lies below the scratch folder until it is counted."""
    with tempfile.TemporaryDirectory(dir=scratch) as mine, (Path(mine) / "log").open("w+b") as log:
        out = Path(mine) / "out"
        words = [word.format(**files._asdict(), out=out) for word in job.words]
        start = time.perf_counter()
        try:
            process = subprocess.Popen(words, stdout=log, stderr=log, cwd=ROOT)
        except OSError as error:
            raise click.ClickException(f"{job.name} cannot start: {error}") from error
        peak, cpu_seconds = _wait(process)
        seconds = time.perf_counter() - start
        # a crash in Python ends with 1 too, but leaves nothing written
        if process.returncode not in job.finished or ("{out}" in job.words and not out.exists()):
            log.seek(0)
            last = log.read().decode(errors="backslashreplace").strip().rpartition("\n")[2]
            raise click.ClickException(f"{job.name} ended with {process.returncode}: {last or 'it said nothing'}")
        outputs = sum(any(out.glob(pattern)) for pattern in LARGE_OUTPUTS)
        return Run(seconds, peak, _lines(out, job.accepted) if job.accepted else None, cpu_seconds, outputs)


def _lines(out: Path, accepted: str) -> int:
    """The lines below the header of all the files that the pattern names."""
    return sum(max(_count(path) - 1, 0) for path in out.glob(accepted))


def _count(path: Path) -> int:
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(MIB), b""))


def _held(pid: int) -> int:
    """Bytes resident in a process and all below it now; 0 where the system does not say."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text(encoding="ascii").split()]
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(map(_held, children))


def _wait(process: subprocess.Popen[bytes]) -> tuple[int, float]:
    """Wait for the process; the most memory that it and its children were seen to hold at a time, and CPU seconds."""
    over, most = threading.Event(), [0]

    def watch() -> None:
        while not over.wait(0.05):
            most.append(max(most.pop(), _held(process.pid)))

    watcher = threading.Thread(target=watch)
    watcher.start()
    _, status, usage = os.wait4(process.pid, 0)
    over.set()
    watcher.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    return max(most[0], usage.ru_maxrss * _MAXRSS_UNIT), usage.ru_utime + usage.ru_stime
