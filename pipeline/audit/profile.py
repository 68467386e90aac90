"""The profile of a kind's rows: pure functions of frames, over distinct values wherever that is enough."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames
from pipeline.audit import signs
from pipeline.batch import FilePlan
from pipeline.frames import Array
from pipeline.profiles import Column, Counted, Days, Gap, Kind
from schemas import columns as schema
from schemas import kinds, types

_SAMPLE = 4096  # rows at the beginning that often tell that a column has many values
_VALUES, _SHAPES, _GAPS = 50, 5, 3  # of each that are told at most
_DATED = ("purchase_date", "sent_date", "claim_date", "return_request_date", "ship_date", "counted_at")

Looked = Callable[[Column, schema.Column, pd.DataFrame], Column]


def light(column: Column, of: schema.Column, rows: pd.DataFrame) -> Column:
    """The column with its values and how often each comes, where they are few: what a night can afford."""
    text = frames.arrow(rows[of.text])
    if _untold(of) or _many(text.slice(0, _SAMPLE)) or _many(text):
        return column
    return column._replace(values=_ranked(*_counted(text)))


def deep(column: Column, of: schema.Column, rows: pd.DataFrame) -> Column:
    """The column with all that can be told of it."""
    text, counts = _counted(frames.arrow(rows[of.text]))
    length = pc.min_max(pc.utf8_length(text)).as_py()
    shape = _ranked(*signs.shapes(text, counts, coarse=of.personal))
    least, most = (None, None) if of.personal else _range(of, rows)
    return column._replace(
        values=None if _untold(of) else _vocabulary(text, counts),
        distinct=len(text),
        shortest=length["min"],
        longest=length["max"],
        least=least,
        most=most,
        shapes=shape[:_SHAPES],
        signs=signs.signs(text, counts),
    )


def audited(plans: Sequence[FilePlan], rows: dict[str, pd.DataFrame]) -> tuple[Kind, ...]:
    """The profile of every kind with all that can be told of it."""
    return tuple(
        one._replace(repeated=repeated(rows[one.name], one.name), days=days(rows[one.name], one.name))
        for one in profiles(plans, rows, deep)
    )


def of_split(plan: FilePlan, name: str, rows: pd.DataFrame) -> Kind:
    """What a night can afford to tell of the rows of a split, of a file of that kind."""
    alone = dataclasses.replace(plan, file=0)
    (kind,) = profiles([alone], {name: rows.assign(file=frames.series(np.zeros(len(rows), np.int64)))}, light)
    return kind


def profiles(plans: Sequence[FilePlan], rows: dict[str, pd.DataFrame], look: Looked) -> tuple[Kind, ...]:
    """The profile of every kind of which a file was read, in the order of the kinds.

    Rows that begin with what may be the rest of an address are counted, and not looked at.
    """
    used = {one.kind.name for one in plans if one.kind and not one.refused}
    return tuple(_kind(name, plans, rows[name], look) for name in (one.name for one in kinds.KINDS) if name in used)


def together(whole: tuple[Kind, ...], parts: Sequence[Kind]) -> tuple[Kind, ...]:
    """The profile of all rows, of those of their splits; ``whole`` is that of none, with the columns of all files."""
    return tuple(_joined(kind, [part for part in parts if part.name == kind.name]) for kind in whole)


def _joined(whole: Kind, parts: Sequence[Kind]) -> Kind:
    told = [{column.name: column for column in part.columns} for part in parts]
    columns = [_one_column([one, *(part[one.name] for part in told if one.name in part)]) for one in whole.columns]
    return whole._replace(rows=sum(part.rows for part in parts), columns=tuple(columns))


def _one_column(parts: Sequence[Column]) -> Column:
    """The column over all parts; without values where one of them has too many, or all of them together."""
    rows = sum(part.rows for part in parts)
    filled = None if parts[0].filled is None else sum(part.filled or 0 for part in parts)
    told = [part.values for part in parts]  # noqa: PD011  no frame
    every = [dict(values) for values in told if values is not None]
    column = parts[0]._replace(rows=rows, filled=filled, values=None)
    if len(every) < len(parts):
        return column
    counts = {word: sum(part.get(word, 0) for part in every) for word in sorted(set().union(*every))}
    texts, numbers = pa.array(list(counts), pa.string()), pa.array(list(counts.values()), pa.int64())
    return column._replace(values=_vocabulary(texts, numbers))


def _kind(name: str, plans: Sequence[FilePlan], rows: pd.DataFrame, look: Looked) -> Kind:
    files = [one for one in plans if one.kind and one.kind.name == name and not one.refused]
    per_file = np.bincount(frames.numbers(rows["file"]), minlength=len(plans)) if len(rows) else np.zeros(len(plans))
    seen = ~frames.flags(rows["hidden"]) if "hidden" in rows else np.ones(len(rows), bool)
    of = kinds.kind(name)
    told = []
    for header in dict.fromkeys(name for one in files for name in one.header if name):
        having = [one.file for one in files if header in one.header]
        column, total = of.column(header), int(per_file[having].sum())
        plain = Column(header, _use(column), column is None or column.personal, len(having), total, None)
        if column and column.text in rows:
            names = dict.fromkeys((column.text, column.value, f"{column.value}_day"))
            mine = rows[[name for name in names if name in rows]]
            told.append(look(_filled(plain, column, rows), column, frames.only(mine, seen)))
        else:
            told.append(plain)
    return Kind(name, len(files), len(rows), tuple(told))


def _use(column: schema.Column | None) -> str:
    if column is None:
        return "unknown"
    return "required" if column.required else "known" if column.audit else "read"


def _filled(plain: Column, column: schema.Column, rows: pd.DataFrame) -> Column:
    text = frames.arrow(rows[column.text])
    return plain._replace(filled=len(text) - text.null_count)


def _untold(of: schema.Column) -> bool:
    """The column's values are about a buyer, or dates and numbers, of which the range says more."""
    return of.personal or of.type.dtype != "string"


def _many(text: pa.ChunkedArray) -> bool:
    """There are more values than are told."""
    return int(pc.count_distinct(text).as_py()) > _VALUES


def _repeats(distinct: int, filled: int) -> bool:
    return 0 < distinct * 2 <= filled


def _counted(text: pa.ChunkedArray) -> tuple[Any, Any]:
    """The distinct values, sorted, and how often each comes; null is none."""
    counted = pc.value_counts(text.drop_null())
    values, counts = (counted.field(at) for at in range(2))
    order = pc.sort_indices(values)
    return values.take(order), counts.take(order)


def _vocabulary(text: Any, counts: Any) -> tuple[Counted, ...] | None:
    """The values by how often they come; None where they are many, or most of them come once."""
    if len(text) > _VALUES or not _repeats(len(text), pc.sum(counts).as_py() or 0):
        return None
    return _ranked(text, counts)


def _ranked(text: pa.Array, counts: pa.Array) -> tuple[Counted, ...]:
    """The texts by how often they come, then by themselves, with their counts."""
    if not len(text):
        return ()
    table = pa.table({"text": text, "n": counts})
    first = table.sort_by([("n", "descending"), ("text", "ascending")]).slice(0, _VALUES)
    return tuple(zip(first.column("text").to_pylist(), first.column("n").to_pylist(), strict=True))


def _range(of: schema.Column, rows: pd.DataFrame) -> tuple[str | None, str | None]:
    """The least and the greatest value, where they are dates, numbers or amounts."""
    if of.type.dtype == "string":
        return None, None
    names = (of.value, f"{of.value}_day") if of.type is types.WHEN else (of.value,)
    ends = [pc.min_max(frames.arrow(rows[name])).as_py() for name in names if name in rows]
    known = next((one for one in ends if one["min"] is not None), {"min": None, "max": None})
    return _spelt(known["min"]), _spelt(known["max"])


def _spelt(value: Any) -> str | None:
    return None if value is None else str(value).replace("+00:00", "Z").replace(" ", "T")


def repeated(rows: pd.DataFrame, kind: str) -> int:
    """How many rows repeat an earlier row of their file in every cell."""
    names = [column.text for column in kinds.kind(kind).columns if column.text in rows]
    if not names or not len(rows):
        return 0
    return len(rows) - frames.table(rows, ["file", *names]).group_by(["file", *names]).aggregate([]).num_rows


def days(rows: pd.DataFrame, kind: str) -> Days | None:
    """How the rows are spread over days, by the date that tells when the thing itself happened; None without any."""
    named = {column.value: column.name for column in kinds.kind(kind).columns}
    name = next((name for name in _DATED if name in named and name in rows and rows[name].notna().any()), None)
    if name is None:
        return None
    dates = frames.arrow(rows[name]).cast(pa.date32(), safe=False).cast(pa.int32())
    seen = np.unique(dates.drop_null().to_numpy()).astype(np.int64)
    return Days(named[name], _day(seen[0]), _day(seen[-1]), int(seen[-1] - seen[0] + 1 - len(seen)), _gaps(seen))


def _gaps(seen: Array) -> tuple[Gap, ...]:
    """The longest stretches of days between those seen, told by day."""
    between = np.diff(seen) - 1
    longest = np.sort(np.argsort(-between, kind="stable")[:_GAPS])
    return tuple(
        Gap(_day(seen[at] + 1), _day(seen[at + 1] - 1), int(between[at])) for at in longest.tolist() if between[at]
    )


def _day(number: Any) -> str:
    return str(np.datetime64(int(number), "D"))
