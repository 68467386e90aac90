"""Runs a yardstick and feedwarden in turn on the same made-up files, as whole processes, and prints the ratio."""

import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from pathlib import Path
from typing import NamedTuple

import click

from tests.benchmarks import AS_OF

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SIBLING = ROOT.parent / "shared" / "bench" / "duckdb_confirm.py"
YARDSTICK = SIBLING if SIBLING.exists() else HERE / "yardstick_duckdb.py"
PROGRAM = Path(sys.executable).with_name("feedwarden")
GROWTH = (100_000, 1_000_000, 2_000_000)
LARGEST_SHARE = 0.5
MIB = 2**20
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


class Job(NamedTuple):
    """A command to measure: its words, with places for the files, and the exit statuses that mean it finished."""

    name: str
    words: list[str]
    finished: tuple[int, ...] = (0,)


class Run(NamedTuple):
    """What one process took."""

    seconds: float
    peak: int  # bytes


class Files(NamedTuple):
    """A folder with the two files of one shape."""

    folder: Path
    orders: Path
    confirmation: Path


def _held(pid: int) -> int:
    """Bytes resident in a process and all below it now; 0 where the system does not say."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for task in tasks for child in (task / "children").read_text(encoding="ascii").split()]
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(map(_held, children))


def _wait(process: subprocess.Popen[bytes]) -> int:
    """Wait for the process; the most memory that it, or it and its children at one time, was seen to hold."""
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
    return max(most[0], usage.ru_maxrss * MAXRSS_UNIT)


def _measure(job: Job, files: Files) -> Run:
    """Run the command to its end; its output goes to a scratch folder beside the files."""
    with tempfile.TemporaryDirectory(dir=files.folder) as scratch, (Path(scratch) / "log").open("w+b") as log:
        out = Path(scratch) / "out"
        words = [word.format(**files._asdict(), as_of=AS_OF, out=out) for word in job.words]
        start = time.perf_counter()
        try:
            process = subprocess.Popen(words, stdout=log, stderr=log, cwd=ROOT)
        except OSError as error:
            message = f"{job.name} cannot start: {error}"
            raise click.ClickException(message) from error
        peak = _wait(process)
        seconds = time.perf_counter() - start
        # a crash in Python ends with 1 too, but leaves nothing written
        if process.returncode not in job.finished or ("{out}" in job.words and not out.exists()):
            log.seek(0)
            last = log.read().decode(errors="backslashreplace").strip().rpartition("\n")[2]
            message = f"{job.name} ended with status {process.returncode}: {last or 'it said nothing'}"
            raise click.ClickException(message)
    return Run(seconds, peak)


def _files(home: Path, lines: int, confirmations: int, dirty: float) -> Files:
    """The files of that shape: made once, by a process of its own, and read once, so that all runs find them warm.

    A child's peak memory starts at its parent's, so this program must stay small: it never imports numpy.
    """
    home.mkdir(parents=True, exist_ok=True)
    files = Files(home, home / "unshipped.txt", home / "confirmation.txt")
    recipe = zlib.crc32((HERE / "make_files.py").read_bytes() + (HERE / "__init__.py").read_bytes())
    shape, note = [str(lines), str(confirmations), str(dirty)], home / "shape.txt"
    wanted = " ".join([*shape, str(recipe)])
    if not note.exists() or note.read_text(encoding="ascii") != wanted:
        note.unlink(missing_ok=True)
        click.echo(f"making {lines:,} order lines and {confirmations:,} confirmations", err=True)
        _measure(Job("make_files", [sys.executable, "-m", "tests.benchmarks.make_files", "{folder}", *shape]), files)
        note.write_text(wanted, encoding="ascii")
    for path in files[1:]:
        with path.open("rb") as file:
            while file.read(MIB):
                pass
    return files


def _row(name: str, runs: list[Run]) -> str:
    seconds = [run.seconds for run in runs]
    times = "".join(f"{value:9.2f}" for value in (statistics.median(seconds), min(seconds), max(seconds)))
    return f"{name:12}{times}{max(run.peak for run in runs) / MIB:9.0f}"


def _compare(jobs: tuple[Job, Job], files: Files, repeat: int) -> list[Run]:
    """Measure both in turn, each first every other time; print the table; the runs of the second."""
    turns = [jobs if turn % 2 == 0 else jobs[::-1] for turn in range(repeat)]
    pairs = [{job.name: _measure(job, files) for job in turn} for turn in turns]
    runs = {job.name: [pair[job.name] for pair in pairs] for job in jobs}
    click.echo(f"{'':12}{'median s':>9}{'min s':>9}{'max s':>9}{'peak MiB':>9}")
    for name, several in runs.items():
        click.echo(_row(name, several))
    ratios = [pair[jobs[1].name].seconds / pair[jobs[0].name].seconds for pair in pairs]
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    click.echo(f"ratio {statistics.median(ratios):.2f} (median of {repeat} pairs, {spread})")
    return runs[jobs[1].name]


def _grow(job: Job, folder: Path, dirty: float, repeat: int) -> str:
    """Time and memory at each size of GROWTH, half as many confirmations as order lines."""
    points = []
    for lines in GROWTH:
        files = _files(folder / f"lines-{lines}", lines, lines // 2, dirty)
        runs = [_measure(job, files) for _ in range(repeat)]
        seconds, peak = statistics.median(run.seconds for run in runs), max(run.peak for run in runs)
        points.append(f"{lines:,} lines {seconds:.2f} s {peak / MIB:.0f} MiB")
    return "growth: " + " · ".join(points)


def _share(_context: click.Context, _option: click.Parameter, text: str) -> float:
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = -1
    if not 0 <= value <= LARGEST_SHARE:
        message = f"{text!r} is not a share from 0% to {LARGEST_SHARE:.0%}"
        raise click.BadParameter(message)
    return value


@click.command()
@click.option("--lines", type=click.IntRange(min=1), default=2_000_000, show_default=True, help="Order lines.")
@click.option(
    "--confirmations", type=click.IntRange(min=1), default=1_000_000, show_default=True, help="Confirmations."
)
@click.option("--dirty", callback=_share, default="2%", show_default=True, help="Damaged confirmations.")
@click.option("--repeat", type=click.IntRange(min=1), default=3, show_default=True, help="Pairs of runs.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where the files are kept; else the system's.")
@click.option("--command", help="In feedwarden's place; {orders} {confirmation} {out} {as_of} are filled in.")
@click.option("--growth", is_flag=True, help="Then measure feedwarden at three sizes.")
def main(  # noqa: PLR0913 - one parameter an option
    *, lines: int, confirmations: int, dirty: float, repeat: int, folder: Path | None, command: str | None, growth: bool
) -> None:
    """Compare feedwarden with a script that checks eleven rules in DuckDB."""
    if confirmations > lines:
        message = f"{confirmations:,} confirmations need at least as many order lines"
        raise click.UsageError(message)
    folder = (folder or Path(tempfile.gettempdir()) / "feedwarden-benchmark").resolve()
    program = [str(PROGRAM)] if PROGRAM.exists() else [sys.executable, "-m", "pipeline.cli"]
    usual = [*program, *shlex.split("run {orders} {confirmation} --no-ledger --as-of {as_of} --out {out}")]
    measured = Job("command", shlex.split(command), (0, 1)) if command else Job("feedwarden", usual, (0, 1))
    yardstick = Job("yardstick", [sys.executable, str(YARDSTICK), "{orders}", "{confirmation}", "{out}", "{as_of}"])
    files = _files(folder, lines, confirmations, dirty)
    sizes = [f"{path.stat().st_size / MIB:.0f} MiB" for path in files[1:]]
    click.echo(f"{lines:,} order lines ({sizes[0]}), {confirmations:,} confirmations ({sizes[1]}), {dirty:.1%} damaged")
    click.echo(f"against {YARDSTICK.name}, each run a process of its own")
    _compare((yardstick, measured), files, repeat)
    if growth:
        click.echo(_grow(measured, folder, dirty, repeat))


if __name__ == "__main__":
    main(prog_name="python -m tests.benchmarks")
