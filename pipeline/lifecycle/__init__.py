"""Where each order item stands."""

from pipeline.lifecycle.apply_uploads import apply_decisions
from pipeline.lifecycle.carry_forward import carry_items_forward
from pipeline.lifecycle.changes import ItemChanges, find_changes, find_report_gap
from pipeline.lifecycle.metrics import check_rate_targets, measure_rates
from pipeline.lifecycle.out_of_stock import add_canceled_skus, list_skus
from pipeline.lifecycle.policy_gaps import find_policy_gaps
from pipeline.lifecycle.reopen_refused import reopen_items
from pipeline.lifecycle.state import assign_state
from pipeline.lifecycle.state_reasons import STATE_LINES, explain_state
from pipeline.lifecycle.stock import (
    StockResult,
    evaluate_stock,
    measure_demand,
    select_contacted_columns,
    select_latest_counts,
)
from pipeline.lifecycle.unanswered import doubtful_orders, mark_unanswered
from pipeline.lifecycle.untouched_items import UntouchedItems, evaluate_untouched, merge_untouched

__all__ = [
    "STATE_LINES",
    "ItemChanges",
    "StockResult",
    "UntouchedItems",
    "add_canceled_skus",
    "apply_decisions",
    "assign_state",
    "carry_items_forward",
    "check_rate_targets",
    "doubtful_orders",
    "evaluate_stock",
    "evaluate_untouched",
    "explain_state",
    "find_changes",
    "find_policy_gaps",
    "find_report_gap",
    "list_skus",
    "mark_unanswered",
    "measure_demand",
    "measure_rates",
    "merge_untouched",
    "reopen_items",
    "select_contacted_columns",
    "select_latest_counts",
]
