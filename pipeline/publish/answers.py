"""reports/processing-report: what Amazon would answer to each confirmation file, in its own layout (FORMATS §4a)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames
from pipeline.batch import FilePlan, Settled, Tally
from pipeline.findings import COLUMNS, ERROR, WARNING
from pipeline.publish import book, tables
from pipeline.publish.output import Folder
from pipeline.publish.text import flat

FOLDER = "reports/processing-report"
_NAMES = ("original-record-number", "order-id", "order-item-id", "error-code", "error-type", "error-message")
_TYPES = {ERROR: "Error", WARNING: "Warning"}
_FATAL = "Fatal"  # of the finding for which the whole file is refused


def write(folder: Folder, settled: Settled) -> None:
    """One answer for each confirmation file: the counts, then a line for each error and warning, if there is any."""
    findings = settled.findings[settled.findings["severity"].isin(_TYPES)]
    file, record = (findings[name].to_numpy(np.int64) for name in ("file", "record"))
    for plan, tally in zip(settled.plans, settled.tallies, strict=True):
        if plan.kind and plan.kind.name == "confirmation":
            mine = np.flatnonzero(file == plan.file)  # by line, then code, and so by code within a record
            _answer(folder, plan, tally, frames.take(findings, mine[np.argsort(record[mine], kind="stable")]))


def _answer(folder: Folder, plan: FilePlan, tally: Tally, said: pd.DataFrame) -> None:
    successful = tally.accepted + tally.skipped
    processed = 0 if plan.refused else successful + tally.rejected + tally.unreadable
    with folder.file(f"{FOLDER}/{plan.source.name}.txt") as output:
        output.write(
            f"Feed Processing Summary:\n\tNumber of records processed\t\t{processed}\n"
            f"\tNumber of records successful\t\t{successful}\n".encode()
        )
        if len(said):
            output.write(b"\n")
            tables.head(output, _NAMES)
            for part in tables.stretches(frames.table(said, COLUMNS)):
                tables.rows(output, _worded(part, plan.refused))


def _worded(said: pa.Table, refused: str) -> pa.Table:
    """The findings as Amazon words them."""
    code = flat(said["code"])
    kind = pc.if_else(pc.equal(code, refused), _FATAL, _each(flat(said["severity"]), _TYPES.__getitem__))
    ids = [flat(said[name]) for name in ("record", "order_id", "order_item_id")]
    return pa.table([*ids, _each(code, book.amazon), kind, flat(said["message"])], names=_NAMES)


def _each(column: pa.Array, worded: Callable[[str], str]) -> pa.Array:
    """The column, each of its few distinct words replaced."""
    coded = column.dictionary_encode()
    return pa.array([worded(word) for word in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)
