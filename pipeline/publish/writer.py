"""The outputs of a run: each written by a module of its own, all of them placed at once."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipeline.model.feed_parts import FEED_FOLDER, PlacedFeeds, PlacedPart
from pipeline.model.run_counts import WorklistCounts
from pipeline.model.run_result import RunResult
from pipeline.model.tally import Tally
from pipeline.publish import manifest, page, rejected
from pipeline.publish.feeds import earlier, stock, uploads
from pipeline.publish.files import atomic_replace
from pipeline.publish.files.output_folder import OutputFolder, WrittenFile
from pipeline.publish.report_list import REPORTS
from pipeline.publish.reports import audit, findings
from pipeline.publish.reports import summary as reports_summary
from pipeline.publish.reports.finding_counts import count_by_severity
from pipeline.publish.reports.next_steps import Deliverables, list_next_steps
from pipeline.publish.reports.trial import describe_trial

CommitCallback = Callable[[str, PlacedFeeds], None]  # the run's number, and its feeds


class PublishedOutput(NamedTuple):
    """What a run has written: ``lines`` adds up all files, ``severity_counts`` counts the findings by severity.

    ``path`` is None where nothing was stored; ``outputs`` are all files but the manifest, also those of a dry run.
    """

    run_id: str
    path: Path | None
    summary: str
    lines: Tally
    severity_counts: dict[str, int]
    outputs: tuple[WrittenFile, ...] = ()


MapFiles = Callable[[Callable[[Any], Any], Iterable[Any]], Iterable[Any]]
OutputWriter = Callable[[OutputFolder, RunResult, str], tuple[PublishedOutput, PlacedFeeds]]
_NO_POSITIONS = uploads.FeedPositions(np.zeros(0, np.int64), [])
_NO_FEEDS = PlacedFeeds(_NO_POSITIONS, _NO_POSITIONS, (), ())


def publish_run(
    result: RunResult,
    out: str | Path,
    *,
    dry_run: bool = False,
    commit: CommitCallback = lambda _run, _placed: None,
    map_files: MapFiles = map,
) -> PublishedOutput:
    """Everything is written and stands at ``out``; with ``dry_run`` it is made all the same, and nothing is stored.

    ``map_files`` is how several files are written, else one after the other. The parts there of earlier runs that are
    only published are carried on. ``commit`` receives the run's number and its feeds once all is on the disk, before it
    is placed.

    Raises OutputRefused where ``out`` may not be replaced, OSError where it cannot be: then nothing has changed.
    """
    run_id = manifest.compute_run_id(result.context, result.plans, result.last_run)
    earlier.check_feeds_known(out, result.published_runs, run_id)
    write_outputs = functools.partial(_write_run_outputs, out=out, map_files=map_files)
    return _write_and_place(write_outputs, result, run_id, None if dry_run else Path(out), commit)


def publish_audit(result: RunResult, out: str | Path, *, dry_run: bool = False) -> PublishedOutput:
    """What an audit says stands at ``out``, under the same terms as a run's outputs."""
    earlier_audits = [[night.as_of, night.summary] for night in result.past_runs]
    run_id = manifest.compute_run_id(
        result.context, result.plans, result.last_run, command="audit", before=earlier_audits
    )
    return _write_and_place(
        _write_audit_outputs, result, run_id, None if dry_run else Path(out), lambda _run_id, _positions: None
    )


def _write_and_place(
    write_outputs: OutputWriter, result: RunResult, run_id: str, out: Path | None, commit: CommitCallback
) -> PublishedOutput:
    """Everything written, and placed where a place is given."""
    if out is None:
        trial = OutputFolder(None)
        published, _ = write_outputs(trial, result, run_id)
        outputs = tuple(trial.list_outputs())
        return published._replace(summary=describe_trial(published.summary, outputs), outputs=outputs)
    written: list[tuple[PublishedOutput, PlacedFeeds]] = []
    with atomic_replace.place_output(out, run_id, lambda: commit(run_id, written[0][1])) as folder:
        new_output = OutputFolder(folder)
        written.append(write_outputs(new_output, result, run_id))
        outputs = tuple(new_output.list_outputs())
    return written[0][0]._replace(path=out, outputs=outputs)


def _write_audit_outputs(folder: OutputFolder, result: RunResult, run_id: str) -> tuple[PublishedOutput, PlacedFeeds]:
    counts = result.finding_counts.by_code
    for write_report in (findings.write_tsv, findings.write_parquet):
        write_report(folder, result)
    next_steps = list_next_steps(result, counts, Deliverables([], [], WorklistCounts()))
    text = audit.write_audit(folder, result, counts, run_id, next_steps)
    page.write_page(folder, result, counts, run_id, next_steps, None)
    manifest.write_manifest(folder, result, run_id)
    return PublishedOutput(run_id, None, text, _sum_tallies(result), count_by_severity(counts)), _NO_FEEDS


def _write_run_outputs(
    folder: OutputFolder, result: RunResult, run_id: str, out: str | Path, map_files: MapFiles
) -> tuple[PublishedOutput, PlacedFeeds]:
    feeds, deliverables, desk = _write_tables(folder, result, map_files)
    kept_parts = earlier.keep_earlier_feeds(folder, out, result, run_id)
    counts = result.finding_counts.by_code
    next_steps = list_next_steps(result, counts, deliverables._replace(kept_parts=kept_parts))
    text = reports_summary.write_summary(folder, result, counts, run_id, next_steps)
    page.write_page(folder, result, counts, run_id, next_steps, desk)
    manifest.write_manifest(folder, result, run_id)
    return PublishedOutput(run_id, None, text, _sum_tallies(result), count_by_severity(counts)), feeds


def _write_tables(
    folder: OutputFolder, result: RunResult, map_files: MapFiles
) -> tuple[PlacedFeeds, Deliverables, page.Desk]:
    """The reports, the feeds and the rejected lines are written, several at a time, and the desk of the page made."""
    writers = (*(report.write for report in REPORTS), *_RETURNING_WRITERS)
    written = list(map_files(_WriteTask(folder.root, result, writers), range(len(writers))))
    for _, part in written:
        folder.add_written(part)
    confirmations, cancellations, rejected_paths, desk = (made for made, _ in written[-len(_RETURNING_WRITERS) :])
    feed_paths = [confirmations.paths, cancellations.paths, stock.write_stock(folder, result)]
    parts = tuple(_list_parts(folder))
    return (
        PlacedFeeds(confirmations.positions, cancellations.positions, confirmations.columns, parts),
        Deliverables(feed_paths, rejected_paths, result.worklist_counts),
        desk,
    )


_TableWriter = Callable[[OutputFolder, RunResult], Any]
_RETURNING_WRITERS: tuple[_TableWriter, ...] = (  # what they return is of use
    *(uploads.write_confirmations, uploads.write_cancellations, rejected.write_rejected, page.describe_worklist),
)


@dataclasses.dataclass(frozen=True)
class _WriteTask:
    """The task of writing a report, the feeds of a kind, or the rejected lines, below the folder ``root``."""

    root: Path | None
    result: RunResult
    writers: tuple[_TableWriter, ...]

    def __call__(self, writer_number: int) -> tuple[Any, OutputFolder]:
        """What the writer of that number returns, and the folder with the files that it has written."""
        folder = OutputFolder(self.root, replaces=True)
        return self.writers[writer_number](folder, self.result), folder


def _list_parts(folder: OutputFolder) -> Iterator[PlacedPart]:
    """The parts that this run has written itself."""
    for written in folder.list_outputs():
        if written.path.startswith(f"{FEED_FOLDER}/"):
            yield PlacedPart(written.path.removeprefix(f"{FEED_FOLDER}/"), written.rows, written.sha256)


def _sum_tallies(result: RunResult) -> Tally:
    """The lines of all files together."""
    tally_fields = [dataclasses.asdict(tally) for tally in result.tallies]
    return Tally(
        **{
            field.name: sum(tally_values[field.name] for tally_values in tally_fields)
            for field in dataclasses.fields(Tally)
        }
    )
