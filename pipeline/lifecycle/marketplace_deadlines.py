"""When Amazon may cancel an open item by the rule of its marketplace: a warning, never a state (SPEC §3)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model import calendar
from pipeline.model.run_context import RunContext
from pipeline.policy import BUSINESS_DAYS
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import DAY_US, NEVER, Array
from pipeline.utils.masked_ints import MaskedInts
from schemas import lists

_ENTRY = "shipment.cancel_after_promise"


def find_cancel_dates(items: pd.DataFrame, is_open: Array, context: RunContext) -> pa.Array:
    """From when on (instant) Amazon may cancel each open item whose promise has come; null for others and if unknown.

    The marketplace is the sales channel, else the account's; days are of 24 hours, business days are Monday to Friday.
    """
    promised_at = MaskedInts.from_column(items["promise_date"])
    item_index = np.flatnonzero(is_open & (promised_at <= dtypes.instant_to_us(context.as_of)))
    cancel_from = np.full(len(items), NEVER)
    if item_index.size:
        due_items = arrow.take_rows(items[["sales_channel", "promise_date", "purchase_date"]], item_index)
        cancel_from[item_index] = _add_allowed_days(due_items, context)
    return dtypes.to_timestamps(cancel_from)


def _add_allowed_days(items: pd.DataFrame, context: RunContext) -> Array:
    """The promise and the days that the marketplace of each item allows after it (UTC µs); NEVER where unknown."""
    channel = pc.fill_null(arrow.to_arrow(items["sales_channel"]), context.account.marketplace)
    zone, zone_names = calendar.assign_time_zones(items["sales_channel"], context)
    promised_at, ends = arrow.to_int64(items["promise_date"]), np.full(len(items), NEVER)
    for name in pc.unique(channel).to_pylist():
        unit, days = context.policy.row_days_in(_ENTRY, _find_marketplace(name, context), items["purchase_date"])
        day_counts = MaskedInts.from_column(days)
        rows = np.flatnonzero(arrow.equals_text(channel, name) & day_counts.is_known)
        added = day_counts.fill(0)[rows]
        if unit == BUSINESS_DAYS:
            first_days = calendar.to_local_days(promised_at[rows], zone[rows], zone_names)
            added = _count_days(first_days, added)
            ends[rows] = calendar.add_local_days(promised_at[rows], added, zone[rows], zone_names)
        else:
            ends[rows] = promised_at[rows] + added * DAY_US
    return ends


def _find_marketplace(channel: str, context: RunContext) -> str:
    """The store's own name, the account's where the channel is no store of Amazon's (SPEC §1)."""
    try:
        return lists.find_marketplace(channel).name
    except KeyError:
        return context.account.marketplace


def _count_days(first_days: Array, business_days: Array) -> Array:
    """How many days (int64) after each day (days since 1970) so many business days have passed."""
    begins = first_days.astype("datetime64[D]")
    return (np.busday_offset(begins, business_days, roll="backward") - begins).astype(np.int64)
