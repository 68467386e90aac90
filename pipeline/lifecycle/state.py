"""Where each order item stands at as-of: the first line of the state table that is true (SPEC §4)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline import frames
from pipeline.batch import Context
from pipeline.frames import NEVER, Array
from pipeline.states import NAMES, UNKNOWN

_NOTHING = np.zeros(1, np.int64)  # of every item, where this run has added nothing yet


def stand(
    items: pd.DataFrame, context: Context, confirmed: Array = _NOTHING, called_off: Array = _NOTHING
) -> pd.DataFrame:
    """The items with their quantities and their state at as-of.

    ``confirmed`` (int64) and ``called_off`` (bool) are what the accepted rows of this run confirm and cancel of each
    item, beside what earlier runs did: ``quantity_confirmed``, of it ``confirmed_after`` the report, ``called_off``.
    Shipped is the larger of all that is confirmed, and what Amazon reports plus what was confirmed after that.
    Adds ``state`` (a number, see ``pipeline.states``), ``shipped`` and ``remaining`` (int64, null where the quantity
    purchased is unknown) and ``confirm_by`` (instant), and brings the other two up to date.
    """
    bought = frames.numbers(items["quantity_purchased"], -1)
    reported = frames.numbers(items["quantity_shipped"], 0)
    before = frames.numbers(items["quantity_confirmed"], 0)
    after = frames.numbers(items["confirmed_after"], 0)
    shipped = np.maximum(before + confirmed, reported + after + confirmed)
    off = called_off.astype(bool) | frames.flags(items["called_off"])
    canceled = (frames.flags(items["canceled_seen"]) | off) & ~((bought > 0) & (shipped >= bought))
    remaining = np.where(canceled | (bought < 0), 0, np.maximum(bought - shipped, 0))
    within = context.policy.window("shipment.confirm_within", on=items["purchase_date"])
    unknown = bought < 0
    made = items.assign(
        quantity_confirmed=frames.series(before + confirmed),
        confirmed_after=frames.series(after + confirmed),
        called_off=frames.series(off),
        shipped=frames.series(pa.array(shipped, mask=unknown)),
        remaining=frames.series(pa.array(remaining, mask=unknown)),
        confirm_by=items["purchase_date"] + within,
    )
    return made.assign(state=frames.series(_state(made, canceled, context)))


def _state(items: pd.DataFrame, canceled: Array, context: Context) -> Array:
    """The first line of the state table that is true of each item."""
    due = frames.numbers(items["confirm_by"])
    now = frames.moment(context.as_of)
    left, shipped = frames.numbers(items["remaining"], -1), frames.numbers(items["shipped"], 0)
    status = frames.arrow(items["status"])
    table = [
        canceled,
        left == 0,
        (due != NEVER) & (now > due) & (left > 0),
        (shipped > 0) & (left > 0),
        frames.flags(items["listed"]) | frames.equal(status, "unshipped"),
        frames.equal(status, "pending"),
    ]
    return np.select(table, range(len(table)), UNKNOWN)


def names(state: pd.Series[Any]) -> pd.Series[Any]:
    """The states in words."""
    return frames.series(frames.strings(NAMES, state.to_numpy(np.int64)), state.index)
