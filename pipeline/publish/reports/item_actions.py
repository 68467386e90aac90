"""What there is to do about each order item: cancel it, confirm it, look it up or ship it (SPEC §4, 7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.fulfillment import is_amazon_fulfilled, is_easy_ship
from pipeline.model.run_context import RunContext
from pipeline.model.states import SHIPPABLE_STATES
from pipeline.publish.files.cells import to_single_chunk
from pipeline.publish.reports.worklist_order import rank_urgency
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import NEVER, Array
from pipeline.utils.masked_ints import MaskedInts

_CANCEL, _CONFIRM, _REVIEW, _SHIP, _LATE, _UNDATED, _OLD_SHIP, _OLD_LATE, _OLD_UNDATED = range(9)
_OLD = _OLD_SHIP - _SHIP  # from a kind of line to the same on old evidence
_REFUSED = _OLD_UNDATED - _SHIP + 1  # from a kind of line to the same of an item whose confirmation Amazon refused
_CALLED_OFF = 2 * _REFUSED  # and from any of these to the same of an item that we canceled, which Amazon has not done
_VERIFY = "last seen unshipped longer ago than reports are to be read: verify in Manage Orders first, then "
_SHIP_REASONS = (
    "ship by the promised date",
    "the promised ship date has passed: ship now",
    "no promised ship date is known: ship soon",
)
_ALL_SHIP_REASONS = (*_SHIP_REASONS, *(_VERIFY + reason for reason in _SHIP_REASONS))
CALLED_OFF_CODE = "LIF-214"
_CONFIRM_AGAIN = (
    "Amazon refused its confirmation: if the parcel has left, confirm it again and do not ship it twice; if not, "
)
_CANCEL_FIRST = (
    "order-cancellation of run {run} cancels it, and nobody is known to have uploaded that: do not ship before you "
    "have decided; to cancel it, upload that; else "
)
_LOOK_UP_FIRST = "you canceled it, and Amazon still wants it shipped: look it up in Manage Orders first, then "
KIND_ACTIONS = ("cancel", "confirm", "review", *("ship",) * 24)
KIND_CODES = ("SHP-125", "LIF-201", "LIF-206", *("", "LIF-204", "") * 4, *(CALLED_OFF_CODE,) * 12)
KIND_REASONS = (
    "the buyer has asked to cancel: cancel it instead of shipping it",
    "confirm the shipment by then, or Amazon cancels the order and pays nothing",
    "no longer in the Unshipped Orders report and not confirmed: check whether it was canceled before you ship it",
    *(begin + reason for begin in ("", _CONFIRM_AGAIN) * 2 for reason in _ALL_SHIP_REASONS),
)


class ItemActions(NamedTuple):
    """The lines in their order: the position of the item, when it is due (µs UTC) and which sort of line it is.

    ``urgency`` is by what they are sorted first; ``due_us`` is NEVER where it is unknown.
    """

    item_index: Array
    due_us: Array
    action_kind: Array
    urgency: Array


def find_item_actions(items: pd.DataFrame, context: RunContext) -> ItemActions:
    """Everything there is to do, by urgency, action, order and item: items come in the order of the last two."""
    if not len(items):
        no_rows = np.zeros(0, np.int64)
        return ItemActions(no_rows, no_rows, no_rows, no_rows)
    confirm_index = _find_confirmations(items, context)
    parcel_index, parcel_kind = _find_parcels(items, context)
    is_cancel, is_review = parcel_kind == _CANCEL, parcel_kind == _REVIEW
    is_ship = ~is_cancel & ~is_review
    confirm_by, promise = (MaskedInts.from_column(items[name]) for name in ("confirm_by", "promise_date"))
    parts = [
        (parcel_index[is_cancel], parcel_kind[is_cancel], promise),
        (confirm_index, np.full(len(confirm_index), _CONFIRM), confirm_by),
        (parcel_index[is_review], parcel_kind[is_review], promise),
        (parcel_index[is_ship], parcel_kind[is_ship], promise),
    ]  # by the name of the action
    due_us = np.concatenate([due.take(item_index).fill(NEVER) for item_index, _, due in parts])
    is_overdue = dtypes.is_known(due_us) & (due_us < dtypes.instant_to_us(context.as_of))
    item_actions = ItemActions(
        np.concatenate([item_index for item_index, _, _ in parts]),
        due_us,
        np.concatenate([action_kind for _, action_kind, _ in parts]),
        rank_urgency(due_us, np.full(len(due_us), -1), is_overdue),
    )
    sorted_index = np.argsort(item_actions.urgency, kind="stable")
    return ItemActions(*(column[sorted_index] for column in item_actions))


def explain_called_off(called_off_at: pd.Series[Any], waiting_cancellations: Sequence[tuple[int, int]]) -> pa.Array:
    """What goes before the reason to ship items that we canceled at these instants (µs), and that are open again.

    ``waiting_cancellations`` are runs and their as-of (µs) whose cancellations nobody is known to have uploaded.
    """
    texts = {as_of_us: _CANCEL_FIRST.format(run=run) for run, as_of_us in waiting_cancellations}
    instants = pa.array([*texts], pa.int64())
    texts_found = pa.array([*texts.values(), _LOOK_UP_FIRST], pa.string())
    position = pc.fill_null(
        pc.index_in(to_single_chunk(arrow.to_arrow(called_off_at)).cast(pa.int64()), value_set=instants), len(texts)
    )
    return texts_found.take(position)


def _is_open(items: pd.DataFrame) -> Array:
    """The items that the seller has to ship: what a buyer claims is refunded or disputed instead."""
    is_merchant = ~is_amazon_fulfilled(items["fulfillment_channel"])
    is_open = np.isin(items["state"].to_numpy(np.int64), SHIPPABLE_STATES)
    return is_open & is_merchant & ~arrow.to_bool(items["claimed"])


def _find_confirmations(items: pd.DataFrame, context: RunContext) -> Array:
    """The items to be confirmed soon (LIF-201), but those that another line asks to confirm (LIF-215)."""
    is_candidate = _is_open(items) & ~arrow.to_bool(items["not_arrived"]) & ~is_easy_ship(items["fulfilled_by"])
    item_index = np.flatnonzero(is_candidate)
    confirm_by = MaskedInts.from_column(items["confirm_by"]).take(item_index)
    lead_time = MaskedInts.from_column(
        context.policy.row_durations("shipment.warn_before", on=items["purchase_date"].take(item_index))
    )  # before the end of the time to confirm the seller is warned
    now = dtypes.instant_to_us(context.as_of)
    return item_index[(confirm_by - lead_time <= now) & (confirm_by >= now)]


def _find_parcels(items: pd.DataFrame, context: RunContext) -> tuple[Array, Array]:
    """The items to be shipped, or to be canceled or looked up instead, and of which sort the line is."""
    asked = arrow.equals_text(arrow.to_arrow(items["is_buyer_requested_cancellation"]), "true")
    item_index = np.flatnonzero(_is_open(items) & (asked | ~is_easy_ship(items["fulfilled_by"])))
    promised_at = MaskedInts.from_column(items["promise_date"]).take(item_index)
    is_late = promised_at < dtypes.instant_to_us(context.as_of)
    action_kind = np.select([~promised_at.is_known, is_late], [_UNDATED, _LATE], _SHIP)
    action_kind += _OLD * _find_old_evidence(items, item_index, context)
    unconfirmed = arrow.to_int64(items["quantity_confirmed"], 0) == 0
    # What was shipped before our first confirmation is known from then on: nothing of it in force, all was refused.
    action_kind += _REFUSED * (unconfirmed & arrow.is_valid(items["shipped_before_us"]))[item_index]
    action_kind += _CALLED_OFF * arrow.is_valid(items["called_off_at"])[item_index]  # and open all the same
    to_review = (arrow.to_bool(items["delisted"]) & unconfirmed)[item_index]
    return item_index, np.select([asked[item_index], to_review], [_CANCEL, _REVIEW], action_kind)


def _find_old_evidence(items: pd.DataFrame, item_index: Array, context: RunContext) -> Array:
    """Which of the items were last seen unshipped longer ago than reports are to be read, bool."""
    check_every = context.policy.duration_on("order.check_every", context.as_of)
    if check_every is None:
        return np.zeros(len(item_index), bool)
    last_seen = MaskedInts.from_column(items["last_seen_before"]).take(item_index)
    is_old = last_seen < dtypes.instant_to_us(context.as_of) - dtypes.duration_to_us(check_every)
    return is_old & ~arrow.to_bool(items["renewed"])[item_index]
