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
    place,
    rejected,
    stock,
    summary,
    worklist,
)
from pipeline.publish.counts import by_severity, count
from pipeline.publish.output import Folder
from pipeline.publish.steps import Made

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


def publish(
    settled: Settled, out: str | Path, *, dry_run: bool = False, commit: Commit = lambda _run, _placed: None
) -> Published:
    """Everything is written and stands at ``out``; with ``dry_run`` it is made all the same, and nothing is stored.

    ``commit`` is told the run's number and the feeds' rows once everything is on the disk, before it is placed.

    Raises OutputRefused where ``out`` may not be replaced, OSError where it cannot be: then nothing has changed.
    """
    run = manifest.run_id(settled)
    if dry_run:
        made, _ = _write(Folder(None), settled, run)
        return made._replace(summary=f"Dry run: nothing was written.\n\n{made.summary}")
    done: list[tuple[Published, pd.DataFrame]] = []
    with place.placed(out, run, lambda: commit(run, done[0][1])) as folder:
        done.append(_write(Folder(folder), settled, run))
    return done[0][0]._replace(path=Path(out))


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
    text = summary.write(folder, settled, counts, run, made)
    manifest.write(folder, settled, run)
    return Published(run, None, text, _total(settled), by_severity(counts)), fed[0].placed


def _total(settled: Settled) -> Tally:
    """The lines of all files together."""
    every = [dataclasses.asdict(tally) for tally in settled.tallies]
    return Tally(**{field.name: sum(one[field.name] for one in every) for field in dataclasses.fields(Tally)})
