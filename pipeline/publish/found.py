"""reports/findings: everything there is to say, with the name of the file it is about."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from pipeline import findings
from pipeline.publish import tables
from pipeline.publish.output import Folder
from pipeline.publish.text import flat, shown
from pipeline.ready import Ready
from schemas.kinds import KINDS

PATH = "reports/findings"
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


def write_text(folder: Folder, ready: Ready) -> None:
    """The findings as text."""
    tables.report(folder, f"{PATH}.tsv", _parts(ready))


def write_parquet(folder: Folder, ready: Ready) -> None:
    """The findings as Parquet."""
    tables.parquet(folder, f"{PATH}.parquet", _parts(ready), _FEW)


def told(held: pa.Table, ready: Ready) -> list[dict[str, str]]:
    """The findings, each cell as the report has it."""
    part = _typed(held, _files([one.source.name for one in ready.plans]))
    return [dict(zip(part.column_names, row, strict=True)) for row in tables.text_rows(part)]


def _files(names: list[str]) -> pa.Array:
    return pa.array([*map(shown, names), findings.NO_FILE], pa.string())


def _parts(ready: Ready) -> Iterator[pa.Table]:
    files = _files([one.source.name for one in ready.plans])
    return (_typed(part, files) for part in ready.tables["findings"].stretches())


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
