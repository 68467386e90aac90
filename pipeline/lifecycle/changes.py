"""What the LIF rules ask about: deadlines near and passed, and what changed since the last run."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.lifecycle import columns
from pipeline.lifecycle.delivery_estimate import mark_moved_estimates
from pipeline.lifecycle.marketplace_deadlines import find_cancel_dates
from pipeline.lifecycle.policy_windows import window_micros
from pipeline.lifecycle.state import find_not_carried_out
from pipeline.lifecycle.stock import select_contacted_items
from pipeline.lifecycle.worklist_items import build_reviews
from pipeline.model import findings
from pipeline.model.columns import verified
from pipeline.model.fulfillment import is_amazon_fulfilled
from pipeline.model.run_context import RunContext
from pipeline.model.states import AUTO_CANCELED, CANCELED, PENDING, SHIPPABLE_STATES, SHIPPED, STATE_NAMES, UNSHIPPED
from pipeline.rules import build_findings, lifecycle
from pipeline.rules.evaluate import evaluate_rules
from pipeline.rules.rule import rules_about
from pipeline.rules.subjects import CONTACTED_ITEMS, ORDER_ITEMS
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import Array
from pipeline.utils.instants import format_instant
from pipeline.utils.masked_ints import MaskedInts


class ItemChanges(NamedTuple):
    """What there is to say and to do about the items that files speak of; ``contacted_items``: a buyer wrote of them.

    These are pending or canceled.
    """

    contacted_items: pd.DataFrame
    findings: list[pd.DataFrame]
    action_items: pd.DataFrame


def find_changes(items: pd.DataFrame, delisted: Array, contacts: pd.DataFrame, context: RunContext) -> ItemChanges:
    """Deadlines, changes since the last run, and what buyers wrote about pending orders."""
    changed_items = mark_changes(items, delisted, context)
    contacted_items = select_contacted_items(contacts, changed_items)
    item_findings = [
        evaluate_rules(rules_about(lifecycle, ORDER_ITEMS), changed_items, context.policy),
        evaluate_rules(rules_about(lifecycle, CONTACTED_ITEMS), contacted_items, context.policy),
    ]
    return ItemChanges(contacted_items, item_findings, build_reviews(changed_items, context))


def mark_changes(items: pd.DataFrame, delisted: Array, context: RunContext) -> pd.DataFrame:
    """The items with one truth a LIF rule; ``delisted`` says which a complete report should hold and does not."""
    rows = items.copy(deep=False)
    state = items["state"].to_numpy(np.int64)
    fulfilled_by_amazon = is_amazon_fulfilled(items["fulfillment_channel"])
    open_ = np.isin(state, SHIPPABLE_STATES) & ~fulfilled_by_amazon
    now = dtypes.instant_to_us(context.as_of)
    confirm_by, promised_at, purchased_at = (
        MaskedInts.from_column(items[name]) for name in ("confirm_by", "promise_date", "purchase_date")
    )
    warn_before = window_micros(items, "shipment.warn_before", context)
    pending_limit = window_micros(items, "order.verification", context)
    state_before = arrow.to_arrow(items["state_before"])
    facts = {
        "confirm_by_near": open_ & (confirm_by - warn_before <= now) & (confirm_by >= now),
        "newly_auto_canceled": (state == AUTO_CANCELED)
        & ~fulfilled_by_amazon
        & ~arrow.equals_text(state_before, STATE_NAMES[AUTO_CANCELED]),
        "pending_long": (state == PENDING) & ~fulfilled_by_amazon & (purchased_at + pending_limit < now),
        "promise_passed": open_ & (promised_at < now),
        "delisted_unconfirmed": open_ & delisted & (arrow.to_int64(items["quantity_confirmed"], 0) == 0),
        "confirmed_against_wish": (state == SHIPPED) & ~fulfilled_by_amazon & _is_confirmed_against_wish(items),
        "not_carried_out": open_ & find_not_carried_out(items, context),
        "unconfirmed_in_report": arrow.to_bool(items["not_arrived"]) & (confirm_by >= now) & ~fulfilled_by_amazon,
        "newly_canceled": (state == CANCELED)
        & arrow.is_valid(items["state_before"])
        & ~arrow.equals_text(state_before, STATE_NAMES[CANCELED])
        & ~arrow.to_bool(items["called_off"]),
    }
    for name, mask in facts.items():
        rows[name] = arrow.to_series(mask)
    rows["impossible_change"] = arrow.to_series(_describe_impossible(items, fulfilled_by_amazon))
    rows["cancel_from"] = arrow.to_series(find_cancel_dates(items, open_, context))
    rows["on_verge"] = arrow.to_series(_describe_verge(items, open_ & arrow.to_bool(items["in_this_run"])))
    mark_moved_estimates(rows)
    return verified(rows, columns.ORDER_ITEMS)


def _is_confirmed_against_wish(items: pd.DataFrame) -> Array:
    """Items that this run confirms though the buyer asks to cancel, as bool."""
    confirmed, confirmed_before = (
        arrow.to_int64(items[name], 0) for name in ("quantity_confirmed", "confirmed_before")
    )
    asked = arrow.equals_text(arrow.to_arrow(items["is_buyer_requested_cancellation"]), "true")
    return asked & (confirmed > confirmed_before)


def _describe_verge(items: pd.DataFrame, is_asked: Array) -> pa.Array:
    """In words of what Amazon's report warns, null where of nothing, and but where ``is_asked``."""
    canceling, late = (
        is_asked & arrow.equals_text(arrow.to_arrow(items[name]), "true")
        for name in ("verge_of_cancellation", "verge_of_lateshipment")
    )
    words = ["", "cancellation", "late shipment", "cancellation and of late shipment"]
    word_number = canceling + 2 * late.astype(np.int64)
    return arrow.take_strings(words, word_number, word_number == 0)


def _describe_impossible(items: pd.DataFrame, fulfilled_by_amazon: Array) -> pa.Array:
    """In words what cannot have happened since the last run; null where all is well."""
    state_before, status = arrow.to_arrow(items["state_before"]), arrow.to_arrow(items["status"])
    tonight = arrow.to_bool(items["renewed"]) & ~fulfilled_by_amazon
    purchased_before, purchased = (
        MaskedInts.from_column(items[name]) for name in ("purchased_before", "quantity_purchased")
    )
    listed_again = arrow.is_valid(items["reporting_date"]) if "reporting_date" in items else tonight
    said_before = arrow.equals_text(arrow.to_arrow(items["status_before"]), STATE_NAMES[UNSHIPPED])
    conditions = {
        "it was shipped and is pending again": tonight
        & arrow.equals_text(state_before, STATE_NAMES[SHIPPED])
        & arrow.equals_text(status, "pending"),
        "it was canceled and is unshipped again": tonight
        & ~arrow.to_bool(items["called_off"])
        & arrow.equals_text(state_before, STATE_NAMES[CANCELED])
        & arrow.equals_text(status, STATE_NAMES[UNSHIPPED])
        & listed_again
        & ~said_before,
        "the quantity purchased has changed": tonight
        & purchased.differs_from(purchased_before)
        & ~arrow.equals_text(status, "canceled"),
    }
    condition_number = np.select(list(conditions.values()), range(1, len(conditions) + 1), 0)
    return arrow.take_strings(["", *conditions], condition_number, condition_number == 0)


def find_report_gap(last_reports: dt.datetime | None, context: RunContext) -> pd.DataFrame:
    """A finding where the last reports were read longer ago than they are to be; none without a last time."""
    check_every = context.policy.duration_on("order.check_every", context.as_of)
    if last_reports is None or check_every is None or context.as_of - last_reports <= check_every:
        return findings.empty_findings()
    placeholders = {
        "since": format_instant(last_reports),
        "check_every": context.policy.duration_text_on("order.check_every", context.as_of),
    }
    return build_findings.file_finding(lifecycle.gap_in_nights, findings.LEDGER_FILE, 0, **placeholders)
