"""Order items of the ledger that no file of this run speaks of: only time changes them.

They are most of what a large ledger holds, and come a stretch at a time: of each stretch only what a report shows or
a rate counts is kept, and in full only those items of which the ledger has to keep something new.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.lifecycle import carry_forward, changes, delivery_estimate, source_lines, state, worklist_items
from pipeline.model import action_items as model_action_items
from pipeline.model import findings as model_findings
from pipeline.model.run_context import RunContext
from pipeline.model.states import STATE_NAMES
from pipeline.rules import lifecycle
from pipeline.rules.evaluate import evaluate_rules
from pipeline.rules.rule import rules_about
from pipeline.rules.subjects import ORDER_ITEMS
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array

KEPT_COLUMNS = (
    *("order_key", "item_key", "order_id", "order_item_id", "sku", "state", "state_before", "in_this_run", "listed"),
    *("purchase_date", "released", "promise_date", "confirm_by", "delivery_estimate", "first_seen", "last_seen_before"),
    *("quantity_purchased", "shipped", "quantity_confirmed", "remaining", "fulfillment_channel", "sales_channel"),
    *(
        "quantity_shipped",
        "shipped_before_us",
        "item_price",
        "shipping_price",
        "gift_wrap_price",
        "item_tax",
        "shipping_tax",
        "gift_wrap_tax",
        "item_promotion_discount",
        "ship_promotion_discount",
        "currency",
        "ship_country",
        "confirmed_at",
        "tracked",
        "seller_canceled",
        "fulfilled_by",
        "is_buyer_requested_cancellation",
        "delisted",
        "renewed",
        "not_arrived",
        "called_off_at",
        "file",
        "line",
        "record",
    ),
)

_OF_NO_ITEMS: dict[tuple[str, ...], UntouchedItems] = {}  # by their columns: empty whatever the run holds besides


class UntouchedItems(NamedTuple):
    """Items at as-of (KEPT), those of them that are new to the ledger in full, what there is to say and to do."""

    items: pd.DataFrame
    ledger_rows: pd.DataFrame
    findings: pd.DataFrame
    action_items: pd.DataFrame

    def append_to(self, items: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The items of which files speak and these (KEPT_COLUMNS), and of both what is new to the ledger, in full."""
        return (
            arrow.concat_frames([select_kept_columns(items), self.items]),
            arrow.concat_frames([select_ledger_rows(items), self.ledger_rows]),
        )


def evaluate_untouched(
    ledger_items: pd.DataFrame, missing: Array, delisted: Array, context: RunContext
) -> UntouchedItems:
    """The ledger's order items as they stand at as-of; ``missing`` in a report of this run, ``delisted`` in any."""
    if len(ledger_items):
        return _evaluate_rows(ledger_items, missing, delisted, context)
    columns = tuple(ledger_items.columns)
    if columns not in _OF_NO_ITEMS:
        _OF_NO_ITEMS[columns] = _evaluate_rows(ledger_items, missing, delisted, context)
    return UntouchedItems(*(rows.copy(deep=False) for rows in _OF_NO_ITEMS[columns]))


def _evaluate_rows(ledger_items: pd.DataFrame, missing: Array, delisted: Array, context: RunContext) -> UntouchedItems:
    items = delivery_estimate.add_delivery_estimate(
        state.assign_state(
            carry_forward.carry_untouched(ledger_items).assign(delisted=arrow.to_series(delisted)), context
        ),
        context,
    )
    items = source_lines.assign_ledger_source(items)
    changed = changes.mark_changes(items, missing, context)
    return UntouchedItems(
        select_kept_columns(items),
        select_ledger_rows(items),
        evaluate_rules(rules_about(lifecycle, ORDER_ITEMS), changed, context.policy),
        worklist_items.build_reviews(changed, context),
    )


def select_kept_columns(items: pd.DataFrame) -> pd.DataFrame:
    """What reports and rates need of the items."""
    return arrow.to_frame(arrow.to_table(items, KEPT_COLUMNS))


def select_ledger_rows(items: pd.DataFrame) -> pd.DataFrame:
    """The items of which the ledger does not know all yet: in this run's files, or in another state, or confirmed."""
    state_now = arrow.take_strings(STATE_NAMES, items["state"].to_numpy(np.int64))
    same_state = (arrow.to_series(state_now) == items["state_before"]).fillna(False).to_numpy(bool)
    confirmed, confirmed_before = (
        arrow.to_int64(items[name], 0) for name in ("quantity_confirmed", "confirmed_before")
    )
    newly_delisted = arrow.to_bool(items["delisted"]) & ~arrow.to_bool(items["delisted_before"])
    is_changed = ~same_state | (confirmed != confirmed_before) | newly_delisted
    return arrow.filter_rows(items, arrow.to_bool(items["in_this_run"]) | is_changed)


def merge_untouched(parts: list[UntouchedItems]) -> UntouchedItems:
    """All the parts, of which there is at least one, as one."""
    items, ledger_rows, findings_parts, action_parts = zip(*parts, strict=True)
    return UntouchedItems(
        arrow.concat_frames(items),
        arrow.concat_frames(ledger_rows),
        model_findings.concat_findings(list(findings_parts)),
        model_action_items.concat_action_items(list(action_parts)),
    )
