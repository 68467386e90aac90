"""Row rules over the typed rows of a split, and which of the rows are believed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from pipeline import findings, frames
from pipeline.batch import Batch, Context
from pipeline.channels import by_amazon
from pipeline.rules import cancellations, formats, orders
from pipeline.rules.rule import Rule, judge
from schemas.kind import Kind

RULES: dict[str, list[Rule]] = {
    "unshipped": [
        formats.unusual_item_id,
        orders.paid_before_purchase,
        orders.quantities_disagree,
        orders.reported_within_hold,
        orders.reported_after_verification,
    ],
    "orders": [formats.unusual_item_id, orders.paid_before_purchase],
    "all-orders": [formats.unusual_item_id, orders.not_ours_to_ship],
    "confirmation": [formats.unusual_item_id, formats.carrier_misspelt, formats.quantity_without_item],
    "cancellation": [formats.unusual_item_id, cancellations.reason_without_item],
}


def believe(rows: pd.DataFrame, kind: Kind, found: pd.DataFrame, context: Context) -> Batch:
    """The rows with ``believed`` (no error was found in them) and ``ignored`` (not the seller's), and all findings."""
    rows = _facts(rows, kind)
    found = findings.join([found, judge(RULES.get(kind.name, []), rows, context.policy)])
    rows["believed"] = frames.series(~findings.has_error(rows, found))
    return Batch(rows, found)


def _facts(rows: pd.DataFrame, kind: Kind) -> pd.DataFrame:
    """The rows with what a rule of theirs asks about and no single cell says."""
    ignored = np.zeros(len(rows), bool)
    if kind.name == "all-orders":
        special = pc.fill_null(pc.starts_with(frames.arrow(rows["order_id"]), "S01"), False)
        ignored = special.to_numpy()
        rows["amazon_fulfilled"] = frames.series(ignored | by_amazon(rows["fulfillment_channel"]))
    if kind.name == "confirmation":
        rows["carrier_spelling"] = rows["carrier_code"]
    if kind.name == "cancellation":
        given = [frames.known(rows[name]) for name in ("cancellation-reason-code", "order-item-id")]
        rows["half_given"] = frames.series(given[0] != given[1])
    rows["ignored"] = frames.series(ignored)
    return rows
