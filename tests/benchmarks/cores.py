"""What two jobs gain, beside what the machine gives to two processes at all.

``python -m tests.benchmarks.cores FOLDER`` runs the files of a kept folder of the benchmark (``--folder``, its
``lines-…``) in turn with one job alone, with one job twice at the same time, and with two jobs. Twice the first time by
the second is the most that two jobs could gain here: cores share caches, memory and often more.
"""

import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import click

from tests.benchmarks import peers
from tests.benchmarks.measure import ROOT


def run_side_by_side(files: list[Path], as_of: str, jobs: int, count: int) -> float:
    """Seconds until so many runs of the files, all begun at once, have ended."""
    with tempfile.TemporaryDirectory() as folder:
        options = ("--as-of", as_of, "--no-ledger", "--quiet", "--jobs", str(jobs))
        commands = [
            [*peers.program(), "run", *map(str, files), *options, "--out", f"{folder}/{number}"]
            for number in range(count)
        ]
        begin = time.perf_counter()
        processes = [subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL) for words in commands]
        if any(process.wait() not in (0, 1) for process in processes):
            message = "a run did not finish"
            raise click.ClickException(message)
        return time.perf_counter() - begin


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--repeat", type=click.IntRange(min=1), default=3, show_default=True)
def main(folder: Path, repeat: int) -> None:
    """Compare what two jobs gain with what two cores give."""
    night, as_of = (folder / "nights.tsv").read_text(encoding="utf-8").split()[-2:]
    files = [*(folder / night).glob("unshipped-*.txt"), *(folder / night).glob("confirmation-*.txt")]
    gains, ceilings = [], []
    for _ in range(repeat):
        alone, both, two_jobs = (run_side_by_side(files, as_of, *case) for case in ((1, 1), (1, 2), (2, 1)))
        gains.append(alone / two_jobs)
        ceilings.append(2 * alone / both)
        click.echo(f"one job {alone:.2f} s, twice at once {both:.2f} s, two jobs {two_jobs:.2f} s")
    for what, ratios in (("two runs at once gain", ceilings), ("two jobs gain", gains)):
        click.echo(f"{what} {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main(prog_name="python -m tests.benchmarks.cores")
