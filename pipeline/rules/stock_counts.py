"""INV: what the orders leave of the stock that was counted. Asked of skus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.severity import INFO, WARNING
from pipeline.rules.rule import Mask, rule
from pipeline.rules.subjects import STOCK_LEVELS

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.policy import Policy


@rule(
    "INV-301",
    asks=STOCK_LEVELS,
    severity=WARNING,
    column="sku",
    needs=["available"],
    source="seed, step 3 note",
    message="{sku} is oversold: {quantity_counted} counted, {units_ordered} ordered since",
    hint="Restock, or cancel before shipping; too many cancellations count against the account.",
)
def oversold(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Selling what is not there ends in cancellations before shipment."""
    return rows["available"] < 0


@rule(
    "INV-302",
    asks=STOCK_LEVELS,
    severity=INFO,
    column="sku",
    needs=["available"],
    source="seed, step 1",
    message="the last of {sku} is sold",
    hint="Nothing to do: the offer is gone until there is stock again.",
)
def last_one_sold(rows: pd.DataFrame, policy: Policy) -> Mask:
    """With the last unit ordered the offer leaves the product page."""
    return rows["available"] <= 0


@rule(
    "INV-303",
    asks=STOCK_LEVELS,
    severity=WARNING,
    column="sku",
    needs=["uncounted"],
    source="SPEC §6",
    message="{sku} is ordered but not in the stock count",
    hint="Count it, or check the spelling of the sku.",
)
def uncounted(rows: pd.DataFrame, policy: Policy) -> Mask:
    """What was never counted cannot be kept from being oversold."""
    return rows["uncounted"]
