"""Negative feedback and chargebacks, beside claims what counts in the order defect rate (SPEC §2)."""

from __future__ import annotations

import numpy as np

from pipeline.simulate import text_columns as text
from pipeline.simulate.chunk import Chunk
from pipeline.simulate.customer_service import FollowUps
from pipeline.simulate.nights import DAY_SECONDS
from pipeline.simulate.text_columns import Cells
from pipeline.utils.dtypes import IntArray

_LIST_NIGHTS = 60
_DEFECT_TYPES = ("negative-feedback", "chargeback")


def defect_cells(chunk: Chunk, follow_ups: FollowUps, market: int, night: int) -> tuple[Cells, IntArray]:
    """The rows of the list of defects of a night, and the order of each."""
    made_at = int(chunk.world.nights.reports_made_at(night))
    in_list = (chunk.orders.market == market) & (follow_ups.defect <= made_at)
    order_index = np.flatnonzero(in_list & (follow_ups.defect > made_at - _LIST_NIGHTS * DAY_SECONDS))
    draws, defect_at = chunk.order_draws.select_keys(order_index), follow_ups.defect[order_index]
    removed_at = defect_at + 5 * DAY_SECONDS
    is_removed = draws.draw_flags("removed", 1 / 5) & (removed_at <= made_at)
    return {
        "defect-id": text.join_texts("D-", text.format_integers(chunk.orders.number[order_index] + 1)),
        "order-id": chunk.order_id.take(order_index),
        "defect-type": text.pick_texts(_DEFECT_TYPES, draws.draw_flags("chargeback", 1 / 5)),
        "defect-date": text.format_instants(defect_at),
        "removed-date": text.text_where(is_removed, text.format_instants(removed_at)),
    }, order_index
