"""What speaks against confirming or canceling an item, without forbidding it: SHP-124, SHP-125, SHP-126, CAN-504."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.model.fulfillment import is_amazon_fulfilled, is_easy_ship
from pipeline.model.states import SHIPPABLE_STATES
from pipeline.reconcile.item_evidence import MARK
from pipeline.reconcile.match import RowItemPairs
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array


def add_item_warnings(facts: pd.DataFrame, items: pd.DataFrame, applies_to: RowItemPairs, refused: Array) -> None:
    """Adds ``delisted``, ``cancel_asked`` and ``easy_ship``: whether it holds of any item that the row stands for.

    The first two are asked of what the seller still has to ship, the first not of the items ``refused`` for it.
    """
    by_amazon = is_amazon_fulfilled(items["fulfillment_channel"])
    is_open = np.isin(items["state"].to_numpy(np.int64), SHIPPABLE_STATES) & ~by_amazon
    unconfirmed = arrow.to_int64(items["quantity_confirmed"], 0) == 0
    of_items = {
        "delisted": is_open & unconfirmed & ~refused & arrow.to_bool(items["delisted"]),
        "cancel_asked": is_open & arrow.equals_text(arrow.to_arrow(items[MARK]), "true"),
        "easy_ship": is_easy_ship(items["fulfilled_by"]) & ~by_amazon,
    }
    for name, mask in of_items.items():
        facts[name] = arrow.to_series(applies_to.any_by_row(mask[applies_to.item_index]))


def find_unasked(items: pd.DataFrame, pairs: RowItemPairs) -> pd.Series[bool]:
    """Which rows cancel an item of which a report says that the buyer has not asked for it."""
    unasked = arrow.equals_text(arrow.to_arrow(items[MARK]), "false")
    return arrow.to_series(pairs.any_by_row(unasked[pairs.item_index]))
