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


def stand(items: pd.DataFrame, context: Context, confirmed: Array, called_off: Array) -> pd.DataFrame:
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
    called_off = called_off | frames.flags(items["called_off"])
    canceled = (frames.flags(items["canceled_seen"]) | called_off) & ~((bought > 0) & (shipped >= bought))
    remaining = np.where(canceled | (bought < 0), 0, np.maximum(bought - shipped, 0))
    confirm_by = items["purchase_date"] + context.policy.window("shipment.confirm_within", on=items["purchase_date"])
    due = frames.numbers(confirm_by)
    now = np.datetime64(context.as_of.replace(tzinfo=None), "us").astype(np.int64)
    status = frames.arrow(items["status"])
    listed = frames.flags(items["listed"])
    late = (due != NEVER) & (now > due)
    state = np.select(
        [
            canceled,
            (bought >= 0) & (remaining == 0),
            late & (remaining > 0),
            (shipped > 0) & (remaining > 0),
            listed | frames.equal(status, "unshipped"),
            frames.equal(status, "pending"),
        ],
        range(6),
        UNKNOWN,
    )
    unknown = bought < 0
    return items.assign(
        state=frames.series(state),
        quantity_confirmed=frames.series(before + confirmed),
        called_off=frames.series(called_off),
        shipped=frames.series(pa.array(shipped, mask=unknown)),
        remaining=frames.series(pa.array(remaining, mask=unknown)),
        confirm_by=confirm_by,
    )


def names(state: pd.Series[Any]) -> pd.Series[Any]:
    """The states in words."""
    return frames.series(frames.strings(NAMES, state.to_numpy(np.int64)), state.index)
