"""reports/findings: everything there is to say, with the name of the file it is about."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import findings, frames
from pipeline.batch import Settled
from pipeline.frames import Array
from pipeline.publish import tables
from pipeline.publish.output import Folder
from pipeline.publish.text import flat, shown
from schemas.kinds import KINDS

PATH = "reports/findings"
_NO_FILE = "ledger"
_FEW = ("source_file", "column", "code", "severity", "message", "hint")
_PERSONAL = pa.array(sorted({column.name for kind in KINDS for column in kind.columns if column.personal}))
_SCHEMA = pa.schema(
    [
        ("source_file", pa.string()),
        ("line", pa.int64()),
        ("record", pa.int64()),
        *((name, pa.string()) for name in findings.TEXT),
    ]
)


def write_text(folder: Folder, settled: Settled) -> None:
    """The findings as text."""
    tables.report(folder, f"{PATH}.tsv", _parts(settled))


def write_parquet(folder: Folder, settled: Settled) -> None:
    """The findings as Parquet."""
    tables.parquet(folder, f"{PATH}.parquet", _parts(settled), _FEW)


def told(settled: Settled, at: Array) -> list[dict[str, str]]:
    """The findings at the positions, each cell as the report has it."""
    held = frames.table(settled.findings, findings.COLUMNS).take(pa.array(at, pa.int64()))
    part = _typed(held, _files([one.source.name for one in settled.plans]))
    return [dict(zip(part.column_names, row, strict=True)) for row in tables.text_rows(part)]


def _files(names: list[str]) -> pa.Array:
    return pa.array([*map(shown, names), _NO_FILE], pa.string())


def _parts(settled: Settled) -> Iterator[pa.Table]:
    names = [one.source.name for one in settled.plans]
    held = _in_order(frames.table(settled.findings, findings.COLUMNS), names)
    files = _files(names)
    return (_typed(part, files) for part in tables.stretches(held))


def _in_order(held: pa.Table, names: list[str]) -> pa.Table:
    """The findings with those about no file of this run, which come first, moved to where their name belongs."""
    file = flat(held["file"]).to_numpy()
    nowhere, before = np.searchsorted(file, [findings.LEDGER + 1, bisect_left(names, _NO_FILE)])
    if not nowhere or before <= nowhere:
        return held
    first, moved, last = held.slice(nowhere, before - nowhere), held.slice(0, nowhere), held.slice(before)
    return pa.concat_tables([first, moved, last])


def _typed(held: pa.Table, files: pa.Array) -> pa.Table:
    """The columns of the report; what the buyer wrote about himself is masked, whoever quoted it."""
    file = flat(held["file"])
    column, value = flat(held["column"]), flat(held["value"])
    quoted = pc.and_(pc.is_in(column, value_set=_PERSONAL), pc.greater(flat(held["record"]), 0))
    made = {name: flat(held[name]) for name in held.column_names} | {
        "source_file": files.take(pc.if_else(pc.equal(file, findings.LEDGER), len(files) - 1, file)),
        "value": pc.if_else(quoted, findings.MASK, value),
    }
    return pa.table([made[field.name].cast(field.type) for field in _SCHEMA], schema=_SCHEMA)
