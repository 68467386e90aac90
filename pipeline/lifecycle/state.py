"""Where each order item stands at as-of: the first line of the state table that is true (SPEC §4)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.lifecycle.columns import ITEMS_WITH_STATE
from pipeline.model.columns import verified
from pipeline.model.run_context import RunContext
from pipeline.model.states import (
    AUTO_CANCELED,
    CANCELED,
    PARTIALLY_SHIPPED,
    PENDING,
    SHIPPED,
    STATE_NAMES,
    UNKNOWN,
    UNSHIPPED,
)
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import Array
from pipeline.utils.masked_ints import MaskedInts

_NO_UNITS = np.zeros(1, np.int64)  # of every item, where this run has added nothing yet


def assign_state(
    items: pd.DataFrame, context: RunContext, confirmed: Array = _NO_UNITS, called_off: Array = _NO_UNITS
) -> pd.DataFrame:
    """The items with their quantities and their state at as-of.

    ``confirmed`` (int64) and ``called_off`` (bool) are what the accepted rows of this run confirm and cancel of each
    item, beside what earlier runs did: ``quantity_confirmed``, ``called_off``. Shipped is the larger of what Amazon
    reports, and all that is confirmed beside what it reported before our first confirmation (``shipped_before_us``).
    Adds ``state`` (a number, see ``pipeline.states``), ``shipped`` and ``remaining`` (int64, null where the quantity
    purchased is unknown) and ``confirm_by`` (instant), and brings the other two up to date.
    """
    purchased = arrow.to_int64(items["quantity_purchased"], -1)
    reported = arrow.to_int64(items["quantity_shipped"], 0)
    confirmed_before = arrow.to_int64(items["quantity_confirmed"], 0)
    before_us = _count_before_us(items, reported, confirmed)
    shipped = np.maximum(reported, arrow.to_int64(before_us, 0) + confirmed_before + confirmed)
    is_called_off = called_off.astype(bool) | arrow.to_bool(items["called_off"])
    is_called_off_still = called_off.astype(bool) | (is_called_off & ~find_not_carried_out(items, context))
    surely_shipped = np.maximum(reported, shipped - arrow.to_int64(items["unaccepted"], 0))
    is_shipped = (purchased > 0) & (surely_shipped >= purchased)
    canceled = (arrow.to_bool(items["canceled_seen"]) | is_called_off_still) & ~is_shipped
    remaining = np.where(canceled | (purchased < 0), 0, np.maximum(purchased - shipped, 0))
    confirm_within = context.policy.row_durations("shipment.confirm_within", on=items["purchase_date"])
    unknown = purchased < 0
    updated = items.assign(
        quantity_confirmed=arrow.to_series(confirmed_before + confirmed),
        shipped_before_us=before_us,
        called_off=arrow.to_series(is_called_off),
        shipped=arrow.to_series(pa.array(shipped, mask=unknown)),
        remaining=arrow.to_series(pa.array(remaining, mask=unknown & ~canceled)),
        confirm_by=items["purchase_date"] + confirm_within,
    )
    with_state = updated.assign(state=arrow.to_series(_select_state(updated, canceled, context)))
    return verified(with_state, ITEMS_WITH_STATE)


def _count_before_us(items: pd.DataFrame, reported: Array, confirmed: Array) -> pd.Series[Any]:
    """What the report that counts called shipped when the first confirmation of each item was published."""
    is_first = (confirmed > 0) & ~arrow.is_valid(items["shipped_before_us"])
    if not is_first.any():
        return items["shipped_before_us"]
    before_us = np.where(is_first, reported, arrow.to_int64(items["shipped_before_us"]))
    return arrow.to_series(pa.array(before_us, mask=~dtypes.is_known(before_us)))


def find_not_carried_out(items: pd.DataFrame, context: RunContext) -> Array:
    """Items that we canceled a while ago, and that a report with newer orders still wants shipped (LIF-214)."""
    check_every = context.policy.duration_on("order.check_every", context.as_of)
    if check_every is None:
        return np.zeros(len(items), bool)
    called_off_at = MaskedInts.from_column(items["called_off_at"])
    is_old = called_off_at < dtypes.instant_to_us(context.as_of) - dtypes.duration_to_us(check_every)
    return is_old & (MaskedInts.from_column(items["unshipped_at"]) > called_off_at)


def _select_state(items: pd.DataFrame, canceled: Array, context: RunContext) -> Array:
    """The first line of the state table that is true of each item."""
    confirm_by = MaskedInts.from_column(items["confirm_by"])
    now = dtypes.instant_to_us(context.as_of)
    remaining, shipped = arrow.to_int64(items["remaining"], -1), arrow.to_int64(items["shipped"], 0)
    status = arrow.to_arrow(items["status"])
    conditions = {
        CANCELED: canceled,
        SHIPPED: remaining == 0,
        PENDING: _find_pending(items, shipped),
        AUTO_CANCELED: (confirm_by < now) & (remaining > 0),
        PARTIALLY_SHIPPED: (shipped > 0) & (remaining > 0),
        UNSHIPPED: arrow.to_bool(items["listed"]) | arrow.equals_text(status, "unshipped"),
    }
    return np.select(list(conditions.values()), list(conditions), UNKNOWN)


def _find_pending(items: pd.DataFrame, shipped: Array) -> Array:
    """Pending by All Orders alone, or pending again: a newer All Orders report says so, and nothing was shipped."""
    pending_at, not_pending_at = (MaskedInts.from_column(items[name]) for name in ("pending_at", "not_pending_at"))
    only_pending = ~arrow.to_bool(items["listed"]) & arrow.equals_text(arrow.to_arrow(items["status"]), "pending")
    return only_pending | ((pending_at > not_pending_at) & (shipped == 0))


def name_states(state: pd.Series[Any]) -> pd.Series[Any]:
    """The states in words."""
    return arrow.to_series(arrow.take_strings(STATE_NAMES, state.to_numpy(np.int64)), state.index)
