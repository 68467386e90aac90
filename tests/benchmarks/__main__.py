"""Runs feedwarden and others in turn on the same made-up files, as whole processes; prints tables, draws a picture."""

import json
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import click

from tests.benchmarks import peers, table
from tests.benchmarks.measure import MIB, ROOT, Files, Job, Run, measure
from tests.benchmarks.table import Sitting

SIZES = (100_000, 1_000_000)
LARGE = 10_000_000
AS_OF = "2026-10-19T07:00:00Z"
_SHARE = 0.9  # of the orders' number: how many lines both files of such a night have together
_NIGHT = ("--nights", "1", "--history", "3", "--marketplaces", "US", "--as-of", AS_OF)


def _files(home: Path, lines: int, dirty: str) -> Files:
    """A night of about so many lines in two of its files: made once.

    A child's peak memory starts at its parent's, so this program must stay small: it never imports numpy.
    """
    folder, note = home / "night-001" / "us", home / "made-by.txt"
    wanted = f"{lines} {dirty} {_recipe()}"
    if not note.exists() or note.read_text(encoding="ascii") != wanted:
        _remove(home)
        click.echo(f"making about {lines:,} lines", err=True)
        words = ("simulate", "--orders", str(round(lines / _SHARE)), "--dirty", dirty, *_NIGHT, "--out", str(home))
        subprocess.run([*peers.program(), *words], check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
        note.write_text(wanted, encoding="ascii")
    for packed in folder.glob("*.gz"):  # not every peer reads archives
        subprocess.run(["gzip", "--decompress", str(packed)], check=True)
    (orders,), (confirmation,) = folder.glob("unshipped-*.txt"), folder.glob("confirmation-*.txt")
    return Files(orders, confirmation, folder, AS_OF)


def _recipe() -> int:
    """What the files are made by: another number for another simulator."""
    sources = sorted((ROOT / "pipeline" / "simulate").glob("*.*"))
    return zlib.crc32(b"".join(path.read_bytes() for path in sources if path.is_file()))


def _remove(home: Path) -> None:
    """The folder emptied of an earlier simulation, and of nothing else."""
    if (home / "nights.tsv").exists():
        for path in sorted(home.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()


def _read(path: Path) -> int:
    """The lines of the file, read to its end."""
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(MIB), b""))


def _sit(jobs: list[Job], files: Files, repeat: int) -> Sitting:
    """All jobs measured in turn, in the other order every other time."""
    counts = {path: _read(path) - 1 for path in files.night.glob("*.txt")}  # read, so that all runs find them warm
    lines, night_lines = counts[files.orders] + counts[files.confirmation], sum(counts.values())
    able = [job for job in jobs if job.most is None or lines <= job.most * 1.1]
    runs: dict[str, list[Run]] = {job.name: [] for job in able}
    with tempfile.TemporaryDirectory(dir=files.orders.parents[2]) as scratch:
        for turn in range(repeat):
            for job in able if turn % 2 == 0 else reversed(able):
                click.echo(f"{lines:,} lines: {job.name}", err=True)
                run = measure(job, files, Path(scratch))
                runs[job.name].append(run._replace(lines=night_lines if "{night}" in job.words else lines))
    return Sitting(lines, sum(path.stat().st_size for path in files[:2]), runs)


def _figures(several: list[Sitting]) -> list[dict[str, object]]:
    return [
        {
            "name": name,
            "lines": one.lines_read(name),
            "seconds": one.seconds(name),
            "cpu": one.cpu_seconds(name),
            "mib": one.peak(name),
        }
        for name in several[-1].runs | several[0].runs
        for one in several
        if name in one.runs
    ]


def _draw(several: list[Sitting], picture: Path) -> None:
    """The picture drawn by a process of its own, for the same reason for which files are made by one."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as figures:
        json.dump(_figures(several), figures)
        figures.flush()
        words = [sys.executable, "-m", "tests.benchmarks.picture", figures.name, str(picture.resolve())]
        subprocess.run(words, check=True, cwd=ROOT)


@click.command()
@click.option("--size", "sizes", type=click.IntRange(min=1000), multiple=True, help="Lines; again for each size.")
@click.option("--large", is_flag=True, help="Ten million lines too.")
@click.option("--dirty", default="2%", show_default=True, help="Damaged lines.")
@click.option("--repeat", type=click.IntRange(min=1), default=3, show_default=True, help="Runs of each.")
@click.option("--only", multiple=True, help="Only feedwarden and this peer; again for each.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where the files are kept; else the system's.")
@click.option("--command", help="In feedwarden's place; {orders} {confirmation} {out} {as_of} are filled in.")
@click.option("--picture", type=click.Path(path_type=Path), help="Draw an SVG.")
def main(  # noqa: PLR0913 - one parameter an option
    *,
    sizes: tuple[int, ...],
    large: bool,
    dirty: str,
    repeat: int,
    only: tuple[str, ...],
    folder: Path | None,
    command: str | None,
    picture: Path | None,
) -> None:
    """Compare feedwarden with others who check the same made-up files, and print tables in Markdown."""
    jobs = [job for job in peers.jobs(command) if not only or job.name in ("feedwarden", *only)]
    home = (folder or Path(tempfile.gettempdir()) / "feedwarden-benchmark").resolve()
    several = []
    for lines in (*(sizes or SIZES), *((LARGE,) if large else ())):
        several.append(_sit(jobs, _files(home / f"lines-{lines}", lines, dirty), repeat))
        click.echo(table.sitting(several[-1], jobs) + "\n")
    if len(several) > 1:
        click.echo(table.growth(several, jobs) + "\n")
    if picture:
        _draw(several, picture)


if __name__ == "__main__":
    main(prog_name="python -m tests.benchmarks")
