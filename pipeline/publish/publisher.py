"""The outputs of a run: each written by a module of its own, all of them placed at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.batch import Settled, Tally
from pipeline.publish import (
    answers,
    claims,
    feeds,
    found,
    manifest,
    metrics,
    orders,
    outgoing,
    page,
    place,
    quality,
    rejected,
    stock,
    summary,
    worklist,
)
from pipeline.publish.counts import by_severity
from pipeline.publish.output import Folder
from pipeline.publish.steps import Made, steps
from pipeline.ready import Ready, Todo

_REPORTS = (
    orders.write_text,
    orders.write_parquet,
    found.write_text,
    found.write_parquet,
    answers.write,
    metrics.write,
    claims.write,
    worklist.write,
)


Commit = Callable[[str, feeds.Placed], None]  # the run's number, and where the rows of its confirmation feeds are


class Published(NamedTuple):
    """What a run has written: ``lines`` adds up all files, ``found`` counts the findings by severity.

    ``path`` is None where nothing was stored.
    """

    run_id: str
    path: Path | None
    summary: str
    lines: Tally
    found: dict[str, int]


Writer = Callable[[Folder, Ready, str], tuple[Published, feeds.Placed]]
_NOWHERE = feeds.Placed(np.zeros(0, np.int64), [])


def publish(
    ready: Ready, out: str | Path, *, dry_run: bool = False, commit: Commit = lambda _run, _placed: None
) -> Published:
    """Everything is written and stands at ``out``; with ``dry_run`` it is made all the same, and nothing is stored.

    ``commit`` is told the run's number and where its feeds' rows are once all is on the disk, before it is placed.

    Raises OutputRefused where ``out`` may not be replaced, OSError where it cannot be: then nothing has changed.
    """
    return _placed(_write, ready, manifest.run_id(ready), None if dry_run else Path(out), commit)


def publish_audit(settled: Settled, out: str | Path, *, dry_run: bool = False) -> Published:
    """What an audit says stands at ``out``, under the same terms as a run's outputs."""
    ready = outgoing.of_audit(settled)
    before = [[night.as_of, night.summary] for night in ready.nights]
    run = manifest.run_id(ready, command="audit", before=before)
    return _placed(_write_audit, ready, run, None if dry_run else Path(out), lambda _run, _placed: None)


def _placed(write: Writer, ready: Ready, run: str, out: Path | None, commit: Commit) -> Published:
    """Everything written, and placed where a place is given."""
    if out is None:
        made, _ = write(Folder(None), ready, run)
        return made._replace(summary=f"Dry run: nothing was written.\n\n{made.summary}")
    done: list[tuple[Published, feeds.Placed]] = []
    with place.placed(out, run, lambda: commit(run, done[0][1])) as folder:
        done.append(write(Folder(folder), ready, run))
    return done[0][0]._replace(path=out)


def _write_audit(folder: Folder, ready: Ready, run: str) -> tuple[Published, feeds.Placed]:
    counts = ready.found.each
    for report in (found.write_text, found.write_parquet):
        report(folder, ready)
    first = steps(ready, counts, Made([], [], Todo()))
    text = quality.write(folder, ready, counts, run, first)
    page.write(folder, ready, counts, run, first, audit=True)
    manifest.write(folder, ready, run)
    return Published(run, None, text, _total(ready), by_severity(counts)), _NOWHERE


def _write(folder: Folder, ready: Ready, run: str) -> tuple[Published, feeds.Placed]:
    with ThreadPoolExecutor(pa.cpu_count()) as pool:
        reports = [pool.submit(write, folder, ready) for write in _REPORTS]
        uploads = [pool.submit(write, folder, ready) for write in (feeds.confirmations, feeds.cancellations)]
        refused = pool.submit(rejected.write, folder, ready)
        for report in reports:
            report.result()
        fed = [upload.result() for upload in uploads]
        offers = stock.write(folder, ready)
        made = Made([*(one.paths for one in fed), offers], refused.result(), ready.todo)
    counts = ready.found.each
    todo_first = steps(ready, counts, made)
    text = summary.write(folder, ready, counts, run, todo_first)
    page.write(folder, ready, counts, run, todo_first)
    manifest.write(folder, ready, run)
    return Published(run, None, text, _total(ready), by_severity(counts)), fed[0].placed


def _total(ready: Ready) -> Tally:
    """The lines of all files together."""
    every = [dataclasses.asdict(tally) for tally in ready.tallies]
    return Tally(**{field.name: sum(one[field.name] for one in every) for field in dataclasses.fields(Tally)})
