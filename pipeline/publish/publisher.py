"""The outputs of a run: each written by a module of its own, all of them placed at once."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from pipeline.batch import Settled, Tally
from pipeline.publish import (
    answers,
    claims,
    feeds,
    found,
    manifest,
    metrics,
    orders,
    page,
    place,
    quality,
    rejected,
    stock,
    summary,
    worklist,
)
from pipeline.publish.counts import by_severity, count
from pipeline.publish.output import Folder
from pipeline.publish.steps import Made, steps
from pipeline.publish.worklist import NOTHING_TO_DO

_REPORTS = (
    orders.write_text,
    orders.write_parquet,
    found.write_text,
    found.write_parquet,
    answers.write,
    metrics.write,
    claims.write,
)


Commit = Callable[[str, pd.DataFrame], None]  # the run's number, and row, part and record of what is in the feeds


class Published(NamedTuple):
    """What a run has written: ``lines`` adds up all files, ``found`` counts the findings by severity.

    ``path`` is None where nothing was stored.
    """

    run_id: str
    path: Path | None
    summary: str
    lines: Tally
    found: dict[str, int]


Writer = Callable[[Folder, Settled, str], tuple[Published, pd.DataFrame]]


def publish(
    settled: Settled, out: str | Path, *, dry_run: bool = False, commit: Commit = lambda _run, _placed: None
) -> Published:
    """Everything is written and stands at ``out``; with ``dry_run`` it is made all the same, and nothing is stored.

    ``commit`` is told the run's number and the feeds' rows once everything is on the disk, before it is placed.

    Raises OutputRefused where ``out`` may not be replaced, OSError where it cannot be: then nothing has changed.
    """
    return _placed(_write, settled, manifest.run_id(settled), None if dry_run else Path(out), commit)


def publish_audit(settled: Settled, out: str | Path, *, dry_run: bool = False) -> Published:
    """What an audit says stands at ``out``, under the same terms as a run's outputs."""
    before = [[night.as_of, night.summary] for night in settled.nights]
    run = manifest.run_id(settled, command="audit", before=before)
    return _placed(_write_audit, settled, run, None if dry_run else Path(out), lambda _run, _placed: None)


def _placed(write: Writer, settled: Settled, run: str, out: Path | None, commit: Commit) -> Published:
    """Everything written, and placed where a place is given."""
    if out is None:
        made, _ = write(Folder(None), settled, run)
        return made._replace(summary=f"Dry run: nothing was written.\n\n{made.summary}")
    done: list[tuple[Published, pd.DataFrame]] = []
    with place.placed(out, run, lambda: commit(run, done[0][1])) as folder:
        done.append(write(Folder(folder), settled, run))
    return done[0][0]._replace(path=out)


def _write_audit(folder: Folder, settled: Settled, run: str) -> tuple[Published, pd.DataFrame]:
    counts = count(settled.findings)
    for report in (found.write_text, found.write_parquet):
        report(folder, settled)
    first = steps(settled, counts, Made([], [], NOTHING_TO_DO))
    text = quality.write(folder, settled, counts, run, first)
    page.write(folder, settled, counts, run, first, audit=True)
    manifest.write(folder, settled, run)
    return Published(run, None, text, _total(settled), by_severity(counts)), pd.DataFrame()


def _write(folder: Folder, settled: Settled, run: str) -> tuple[Published, pd.DataFrame]:
    settled = dataclasses.replace(settled, items=orders.shown(settled.items))
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        reports = [pool.submit(write, folder, settled) for write in _REPORTS]
        todo = pool.submit(worklist.write, folder, settled)
        uploads = [pool.submit(write, folder, settled) for write in (feeds.confirmations, feeds.cancellations)]
        refused = pool.submit(rejected.write, folder, settled)
        for report in reports:
            report.result()
        fed = [upload.result() for upload in uploads]
        offers = stock.write(folder, settled)
        made = Made([*(one.paths for one in fed), offers], refused.result(), todo.result())
    counts = count(settled.findings)
    todo_first = steps(settled, counts, made)
    text = summary.write(folder, settled, counts, run, todo_first)
    page.write(folder, settled, counts, run, todo_first)
    manifest.write(folder, settled, run)
    return Published(run, None, text, _total(settled), by_severity(counts)), fed[0].placed


def _total(settled: Settled) -> Tally:
    """The lines of all files together."""
    every = [dataclasses.asdict(tally) for tally in settled.tallies]
    return Tally(**{field.name: sum(one[field.name] for one in every) for field in dataclasses.fields(Tally)})
