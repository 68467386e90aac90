"""What the accepted rows of a run do to each order item, beside its quantities: what the seller's rates count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.lifecycle.columns import ITEMS_AFTER_UPLOADS
from pipeline.lifecycle.delivery_estimate import add_delivery_estimate
from pipeline.lifecycle.source_lines import assign_source_lines
from pipeline.lifecycle.state import assign_state
from pipeline.model.columns import verified
from pipeline.model.ranked_report_rows import RankedReportRows
from pipeline.model.run_context import RunContext
from pipeline.model.upload_decisions import UploadDecisions
from pipeline.utils import arrow
from pipeline.utils.dtypes import TIMESTAMP, Array


def apply_decisions(
    items: pd.DataFrame, decisions: UploadDecisions, reports: RankedReportRows, context: RunContext
) -> pd.DataFrame:
    """Where each order item stands after what this run confirms and cancels."""
    items = assign_state(items, context, decisions.confirmed_units(len(items)), decisions.canceled_items)
    items = items.assign(called_off_at=_renew_times(items["called_off_at"], decisions.canceled_items, context))
    items = apply_accepted_rows(
        items, decisions.newly_published, decisions.confirmations["tracked"], decisions.seller_canceled_items, context
    )
    items = assign_source_lines(add_delivery_estimate(items, context), reports.rows, reports.winning_rows())
    return verified(items, ITEMS_AFTER_UPLOADS)


def _renew_times(times: pd.Series[Any], renewed: Array, context: RunContext) -> pd.Series[Any]:
    """The instants, as-of where they are renewed."""
    now = pa.scalar(context.as_of, TIMESTAMP)
    return arrow.to_series(pc.if_else(pa.array(renewed), now, arrow.to_arrow(times)))


def apply_accepted_rows(
    items: pd.DataFrame, published: pd.DataFrame, tracked: pd.Series[bool], by_seller: Array, context: RunContext
) -> pd.DataFrame:
    """The items with ``confirmed_at``, ``tracked`` and ``seller_canceled`` brought up to date.

    ``published`` names row, item and units of what is newly confirmed, ``tracked`` says of every row whether its
    tracking number is usable, ``by_seller`` which items the run cancels for a reason other than the buyer's wish.
    An item was confirmed when its first confirmation was published; whether it is tracked, the last one says.
    """
    row, item, units = (published[name].to_numpy(np.int64) for name in ("row", "item", "units"))
    newly_confirmed = np.zeros(len(items), bool)
    newly_confirmed[item[units > 0]] = True
    now = pa.scalar(context.as_of, TIMESTAMP)
    confirmed_at = pc.coalesce(arrow.to_arrow(items["confirmed_at"]), pc.if_else(pa.array(newly_confirmed), now, None))
    last_row = np.full(len(items), -1)
    row_order = np.argsort(row, kind="stable")
    last_row[item[row_order]] = row[row_order]
    last_tracked = arrow.to_bool(tracked)[np.maximum(last_row, 0)] if len(tracked) else np.zeros(len(items), bool)
    seller_canceled = arrow.to_bool(items["seller_canceled"]) | by_seller
    return items.assign(
        confirmed_at=arrow.to_series(confirmed_at),
        tracked=arrow.to_series(
            pc.if_else(pa.array(last_row >= 0), pa.array(last_tracked), arrow.to_arrow(items["tracked"]))
        ),
        seller_canceled=arrow.to_series(seller_canceled),
    )
