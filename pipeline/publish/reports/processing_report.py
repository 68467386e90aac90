"""reports/processing-report: what Amazon would answer to each confirmation file, in its own layout (FORMATS §4a)."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.file_plan import FilePlan
from pipeline.model.run_result import RunResult
from pipeline.model.severity import ERROR, WARNING
from pipeline.model.tally import Tally
from pipeline.publish.files import tables
from pipeline.publish.files.cells import to_single_chunk
from pipeline.publish.files.output_folder import OutputFolder
from pipeline.rules import catalogue
from pipeline.utils import groups

PROCESSING_REPORT_FOLDER = "reports/processing-report"
_COLUMN_NAMES = ("original-record-number", "order-id", "order-item-id", "error-code", "error-type", "error-message")
_AMAZON_SEVERITIES = {ERROR: "Error", WARNING: "Warning"}
_REPORTED_SEVERITIES = pa.array(list(_AMAZON_SEVERITIES))
_END_OF_FILES: tuple[int, Iterator[tuple[int, pa.Table]]] = (-1, iter(()))
_FATAL_TYPE = "Fatal"  # of the finding for which the whole file is refused


def write_processing_reports(folder: OutputFolder, result: RunResult) -> None:
    """One answer for each confirmation file: the counts, then a line for each error and warning, if there is any."""
    confirmation_files = [
        (plan, tally)
        for plan, tally in zip(result.plans, result.tallies, strict=True)
        if plan.kind and plan.kind.name == "confirmation"
    ]
    findings_by_file = _group_by_file(result, [plan.file for plan, _ in confirmation_files])
    file, file_parts = next(findings_by_file, _END_OF_FILES)
    for plan, tally in confirmation_files:
        has_findings = file == plan.file
        _write_report(folder, plan, tally, (part for _, part in file_parts) if has_findings else iter(()))
        if has_findings:
            file, file_parts = next(findings_by_file, _END_OF_FILES)


def _group_by_file(
    result: RunResult, file_numbers: Sequence[int]
) -> Iterator[tuple[int, Iterator[tuple[int, pa.Table]]]]:
    """The errors and warnings of each of the files, some at a time: by line, and so by record, then code."""
    wanted_files = pa.array(file_numbers, pa.int64())

    def file_slices() -> Iterator[tuple[int, pa.Table]]:
        for part in result.tables["findings"].iter_chunks():
            is_reported = pc.and_(
                pc.is_in(part["severity"], value_set=_REPORTED_SEVERITIES),
                pc.is_in(part["file"], value_set=wanted_files),
            )
            reported = part.filter(is_reported)
            file = reported["file"].to_numpy()
            slice_starts = groups.group_starts(file)
            for begin, size in zip(slice_starts, np.diff(np.append(slice_starts, len(file))), strict=True):
                yield int(file[begin]), reported.slice(begin, size)

    return itertools.groupby(file_slices(), key=operator.itemgetter(0))


def _write_report(folder: OutputFolder, plan: FilePlan, tally: Tally, parts: Iterator[pa.Table]) -> None:
    successful = tally.accepted + tally.skipped
    processed = 0 if plan.refusal_code else successful + tally.rejected + tally.unreadable
    with folder.create_file(f"{PROCESSING_REPORT_FOLDER}/{plan.source.name}.txt") as output:
        output.write(
            f"Feed Processing Summary:\n\tNumber of records processed\t\t{processed}\n"
            f"\tNumber of records successful\t\t{successful}\n".encode()
        )
        for part_number, part in enumerate(parts):
            if not part_number:
                output.write(b"\n")
                tables.write_header(output, _COLUMN_NAMES)
            tables.write_rows(output, _format_findings(part, plan.refusal_code))


def _format_findings(reported: pa.Table, refused: str) -> pa.Table:
    """The findings as Amazon words them."""
    codes = to_single_chunk(reported["code"])
    types = pc.if_else(
        pc.equal(codes, refused),
        _FATAL_TYPE,
        _map_distinct(to_single_chunk(reported["severity"]), _AMAZON_SEVERITIES.__getitem__),
    )
    id_columns = [to_single_chunk(reported[name]) for name in ("record", "order_id", "order_item_id")]
    return pa.table(
        [*id_columns, _map_distinct(codes, catalogue.amazon_code), types, to_single_chunk(reported["message"])],
        names=_COLUMN_NAMES,
    )


def _map_distinct(column: pa.Array, translate: Callable[[str], str]) -> pa.Array:
    """The column, each of its few distinct words replaced."""
    encoded = column.dictionary_encode()
    return pa.array([translate(value) for value in encoded.dictionary.to_pylist()], pa.string()).take(encoded.indices)
