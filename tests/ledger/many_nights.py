"""``python -m tests.ledger.many_nights --nights N --picture FILE.svg``: what each night on a ledger costs.

Nobody uploads what a night publishes, and Amazon answers nothing: each night has one part, one order and one line of
findings more to speak of than the night before. With ``--answered`` Amazon answers each feed the night after. With
``--programs`` each night is a program of its own, as a scheduler starts it, and its start is part of what it costs.
The last nights alternate with the first ones of another ledger: where the machine slows down, it slows both.
"""

from __future__ import annotations

import datetime as dt
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import click
from click.testing import CliRunner

from pipeline import cli
from pipeline.utils import garbage
from tests.house import ANSWER, cpu_seconds, order, report, upload, written

FIRST_NIGHT = dt.datetime(2026, 3, 8, tzinfo=dt.UTC)
COMPARED = 9  # nights of each ledger
NOT_COMPARED = 2  # first nights, which load the program and make the ledger
MOST_GROWTH = 1.5  # of the seconds of a night
MOST_FILES = 130  # of eight tables: those of some nights, and the log of them


class NightCost(NamedTuple):
    """The seconds of the processor that a night took, and what its ledger holds after it."""

    cpu_seconds: float
    file_count: int
    size_bytes: int


def answer(path: Path, number: int) -> Path:
    """Amazon's report on the feed of the night of that number, whose one row it has taken with a warning."""
    counts = (f"\tNumber of records {word}\t\t1" for word in ("processed", "successful"))
    row = ("1", *order(number), "18181", "Warning", "odd")
    return written(path, ANSWER, [row], above=("Feed Processing Summary:", *counts, ""))


def run_here(words: Sequence[str]) -> float:
    """The command run in this process; the seconds of the processor that it took."""
    begin = time.process_time()
    ran = CliRunner().invoke(cli.main, words)
    assert ran.exit_code == 0, ran.output
    return time.process_time() - begin


def run_program(words: Sequence[str]) -> float:
    """The command as a seller's scheduler starts it; the seconds of the processor from its start to its end."""
    return cpu_seconds(subprocess.Popen([sys.executable, "-m", "pipeline.cli", *words]))


def run_nights(
    folder: Path, count: int, run: Callable[[Sequence[str]], float] = run_here, *, answered: bool = False
) -> Iterator[NightCost]:
    """What each of so many nights of a small seller cost, an hour after each other."""
    folder.mkdir(exist_ok=True)
    for number in range(count):
        files = [report(folder / "r.txt", number, number + 1), upload(folder / "u.txt", (number, "2", f"T{number}"))]
        files += [answer(folder / "a.txt", number - 1)] * (answered and number > 0)
        as_of = (FIRST_NIGHT + dt.timedelta(hours=number)).isoformat()
        words = ["run", *files, "--as-of", as_of, "--out", folder / "out", "--ledger", folder / "ledger"]
        seconds = run([*map(str, words), "--quiet"])
        sizes = [path.stat().st_size for path in (folder / "ledger").rglob("*") if path.is_file()]
        yield NightCost(seconds, len(sizes), sum(sizes))


def run_paired_nights(
    folder: Path, count: int, run: Callable[[Sequence[str]], float] = run_here, *, answered: bool = False
) -> Iterator[tuple[NightCost, NightCost | None]]:
    """What each night cost, and beside each of the last ones what a first one of another ledger cost then."""
    nights, first_nights = (run_nights(folder / name, count, run, answered=answered) for name in ("old", "young"))
    for cost in islice(nights, count - COMPARED):
        yield cost, None
    for _ in islice(first_nights, NOT_COMPARED):
        pass
    yield from zip(nights, first_nights, strict=False)  # the young ledger could have more


def measure_growth(pairs: Sequence[tuple[NightCost, NightCost | None]]) -> float:
    """How many times as long as the first nights the last ones took, each pair of them run one after the other."""
    last, first = zip(*pairs[-COMPARED:], strict=True)
    old, young = (statistics.median(cost.cpu_seconds for cost in each) for each in (last, first))
    return old / young


def draw_picture(costs: Sequence[NightCost]) -> bytes:
    """Seconds, files and bytes by night, each as a share of its largest: SVG."""
    import pygal  # here alone: it leaves a finder behind, which warns of every module that is not there

    chart = pygal.Line(title="What a night costs", x_title="night", y_title="% of the largest", show_dots=False)
    chart.x_labels = [str(number) for number in range(1, len(costs) + 1)]
    chart.x_labels_major_count, chart.show_minor_x_labels = 10, False
    for name, unit in (("cpu_seconds", "CPU s"), ("file_count", "files"), ("size_bytes", "bytes")):
        values = [getattr(cost, name) for cost in costs]
        largest = max(values)
        chart.add(f"{unit}, at most {largest:,.4g}", [100 * value / largest for value in values])
    return bytes(chart.render())


@click.command()
@click.option("--nights", type=click.IntRange(16), default=400, show_default=True)
@click.option("--picture", type=click.Path(dir_okay=False, path_type=Path), help="An SVG of seconds, files and bytes.")
@click.option("--answered", is_flag=True, help="Amazon answers each night's feed the night after.")
@click.option("--programs", is_flag=True, help="Each night is a program of its own.")
def main(nights: int, picture: Path | None, answered: bool, programs: bool) -> None:  # noqa: FBT001  options
    """Run nights on one ledger; exit status 1 where they grow more expensive, or its files many."""
    garbage.collect_after_loading()  # as the program does, and then rarely
    garbage.collect_rarely()
    run = run_program if programs else run_here
    with tempfile.TemporaryDirectory(prefix="nights-") as folder:
        pairs = []
        for cost, first in run_paired_nights(Path(folder), nights, run, answered=answered):
            pairs.append((cost, first))
            if len(pairs) % 20 == 0:
                click.echo(
                    f"night {len(pairs)}: {cost.cpu_seconds:.2f} CPU s, {cost.file_count} files, {cost.size_bytes:,} B"
                )
    costs = [cost for cost, _ in pairs]
    if picture:
        picture.write_bytes(draw_picture(costs))
    growth, files = measure_growth(pairs), max(cost.file_count for cost in costs)
    click.echo(f"the last nights took {growth:.2f} times as long as the first (at most {MOST_GROWTH})")
    click.echo(f"{files} files at most (bound {MOST_FILES}), {costs[-1].size_bytes:,} bytes in the end")
    sys.exit(growth > MOST_GROWTH or files > MOST_FILES)


if __name__ == "__main__":
    main()
