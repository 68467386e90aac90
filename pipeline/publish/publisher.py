"""The outputs of a run: each written by a module of its own, all of them placed at once."""

from __future__ import annotations

import dataclasses
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from pipeline.batch import Settled, Tally
from pipeline.publish import answers, feeds, found, manifest, orders, place, rejected, summary, worklist
from pipeline.publish.counts import by_severity, count
from pipeline.publish.output import Folder
from pipeline.publish.steps import Made

_REPORTS = (orders.write_text, orders.write_parquet, found.write_text, found.write_parquet, answers.write)


class Published(NamedTuple):
    """What a run has written: ``lines`` adds up all files, ``found`` counts the findings by severity.

    ``path`` is None where nothing was stored.
    """

    run_id: str
    path: Path | None
    summary: str
    lines: Tally
    found: dict[str, int]


def publish(settled: Settled, out: str | Path, *, dry_run: bool = False) -> Published:
    """Everything is written and stands at ``out``; with ``dry_run`` it is made all the same, and nothing is stored.

    Raises OutputRefused where ``out`` may not be replaced, OSError where it cannot be: then nothing has changed.
    """
    run = manifest.run_id(settled)
    if dry_run:
        made = _write(Folder(None), settled, run)
        return made._replace(summary=f"Dry run: nothing was written.\n\n{made.summary}")
    with place.placed(out, run) as folder:
        return _write(Folder(folder), settled, run)._replace(path=Path(out))


def _write(folder: Folder, settled: Settled, run: str) -> Published:
    settled = dataclasses.replace(settled, items=orders.in_order(settled.items))
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        reports = [pool.submit(write, folder, settled) for write in _REPORTS]
        todo = pool.submit(worklist.write, folder, settled)
        uploads = [pool.submit(write, folder, settled) for write in (feeds.confirmations, feeds.cancellations)]
        refused = pool.submit(rejected.write, folder, settled)
        for report in reports:
            report.result()
        made = Made([upload.result() for upload in uploads], refused.result(), todo.result())
    counts = count(settled.findings)
    text = summary.write(folder, settled, counts, run, made)
    manifest.write(folder, settled, run)
    return Published(run, None, text, _total(settled), by_severity(counts))


def _total(settled: Settled) -> Tally:
    """The lines of all files together."""
    every = [dataclasses.asdict(tally) for tally in settled.tallies]
    return Tally(**{field.name: sum(one[field.name] for one in every) for field in dataclasses.fields(Tally)})
