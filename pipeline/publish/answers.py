"""reports/processing-report: what Amazon would answer to each confirmation file, in its own layout (FORMATS §4a)."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames
from pipeline.batch import FilePlan, Tally
from pipeline.findings import ERROR, WARNING
from pipeline.publish import book, tables
from pipeline.publish.output import Folder
from pipeline.publish.text import flat
from pipeline.ready import Ready

FOLDER = "reports/processing-report"
_NAMES = ("original-record-number", "order-id", "order-item-id", "error-code", "error-type", "error-message")
_TYPES = {ERROR: "Error", WARNING: "Warning"}
_TOLD = pa.array(list(_TYPES))
_NO_MORE: tuple[int, Iterator[tuple[int, pa.Table]]] = (-1, iter(()))
_FATAL = "Fatal"  # of the finding for which the whole file is refused


def write(folder: Folder, ready: Ready) -> None:
    """One answer for each confirmation file: the counts, then a line for each error and warning, if there is any."""
    pairs = [
        (plan, tally)
        for plan, tally in zip(ready.plans, ready.tallies, strict=True)
        if plan.kind and plan.kind.name == "confirmation"
    ]
    said = _by_file(ready, [plan.file for plan, _ in pairs])
    file, parts = next(said, _NO_MORE)
    for plan, tally in pairs:
        mine = file == plan.file
        _answer(folder, plan, tally, (part for _, part in parts) if mine else iter(()))
        if mine:
            file, parts = next(said, _NO_MORE)


def _by_file(ready: Ready, files: Sequence[int]) -> Iterator[tuple[int, Iterator[tuple[int, pa.Table]]]]:
    """The errors and warnings of each of the files, some at a time: by line, and so by record, then code."""
    wanted = pa.array(files, pa.int64())

    def parts() -> Iterator[tuple[int, pa.Table]]:
        for part in ready.tables["findings"].stretches():
            told = pc.and_(pc.is_in(part["severity"], value_set=_TOLD), pc.is_in(part["file"], value_set=wanted))
            kept = part.filter(told)
            file = kept["file"].to_numpy()
            starts = frames.first_of_runs(file)
            for begin, size in zip(starts, np.diff(np.append(starts, len(file))), strict=True):
                yield int(file[begin]), kept.slice(begin, size)

    return itertools.groupby(parts(), key=operator.itemgetter(0))


def _answer(folder: Folder, plan: FilePlan, tally: Tally, said: Iterator[pa.Table]) -> None:
    successful = tally.accepted + tally.skipped
    processed = 0 if plan.refused else successful + tally.rejected + tally.unreadable
    with folder.file(f"{FOLDER}/{plan.source.name}.txt") as output:
        output.write(
            f"Feed Processing Summary:\n\tNumber of records processed\t\t{processed}\n"
            f"\tNumber of records successful\t\t{successful}\n".encode()
        )
        for at, part in enumerate(said):
            if not at:
                output.write(b"\n")
                tables.head(output, _NAMES)
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
