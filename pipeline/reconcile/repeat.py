"""Confirmation rows beside those of earlier runs: the same again, or a correction (SPEC §4)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline import frames
from pipeline.frames import Array

_ITEM = ("order_id", "order_item_id", "quantity")
_REST = ("ship_date", "carrier_code", "carrier_name", "tracking_number")
_GIVEN = {"order_item_id": "order-item-id"}  # as the row gave it: empty for a whole order


def repeats(rows: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """The rows with ``repeats`` and ``corrects``: when the same row, or the same item and quantity, was published.

    ``published`` are the rows of earlier runs that Amazon has not refused, with ``given_item`` and ``published_at``.
    Both are instants, null where nothing was; a row that repeats one corrects none.
    """
    none = frames.series(pa.nulls(len(rows), pa.timestamp("us", "UTC")))
    if not len(published):
        return rows.assign(repeats=none, corrects=none)
    both = frames.stack([_identity(rows, _GIVEN), _identity(published, {"order_item_id": "given_item"})])
    item = frames.alike(both, _ITEM)
    same = frames.alike(
        both,
        (*_ITEM, *_REST),
    )
    when = frames.numbers(published["published_at"])
    readable = frames.known(rows["order_key"]) & ~frames.flags(rows["unreadable"])
    again = _found(same, len(rows), when)
    about = _found(item, len(rows), when)
    repeat = (again >= 0) & readable
    correct = (about >= 0) & readable & ~repeat
    return rows.assign(
        repeats=frames.series(frames.instants(np.where(repeat, when[again], frames.NEVER))),
        corrects=frames.series(frames.instants(np.where(correct, when[about], frames.NEVER))),
    )


def _identity(rows: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    columns = {name: frames.arrow(rows[names.get(name, name)]) for name in (*_ITEM, *_REST)}
    return frames.frame(pa.table(columns))


def _found(code: Array, size: int, when: Array) -> Array:
    """For each of the first ``size`` codes where among the others its latest equal stands, −1 where there is none."""
    by = np.argsort(when, kind="stable")
    last = np.full(int(code.max(initial=-1)) + 1, -1)
    last[code[size:][by]] = by
    return last[code[:size]]
