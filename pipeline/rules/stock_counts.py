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
    source="Amazon's order-processing help, step 3",
    message="{sku} is oversold: {quantity_counted} counted, {units_ordered} ordered since",
    hint="Restock, or cancel before shipping; too many cancellations count against the account.",
)
def oversold(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Overselling leads to cancellations before shipment."""
    return rows["available"] < 0


@rule(
    "INV-302",
    asks=STOCK_LEVELS,
    title="Out of stock",
    severity=INFO,
    column="sku",
    needs=["available"],
    source="Amazon's order-processing help, step 1",
    message="{sku} is out of stock: {stock_text}",
    hint="Nothing to do: the offer is hidden until there is stock again.",
)
def last_one_sold(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon removes an offer without stock from the product page."""
    return rows["available"] <= 0


@rule(
    "INV-303",
    asks=STOCK_LEVELS,
    title="Not in the stock count",
    severity=WARNING,
    column="sku",
    needs=["uncounted"],
    source="feedwarden's own check",
    message="{sku} is ordered but not in the stock count",
    hint="Count it, or check the spelling of the sku.",
)
def uncounted(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A sku that was never counted cannot be checked for overselling."""
    return rows["uncounted"]


@rule(
    "INV-304",
    asks=STOCK_LEVELS,
    title="Canceled for lack of stock",
    severity=INFO,
    column="sku",
    needs=["out_of_stock_since"],
    source="Amazon's order-processing help, step 3",
    message="{sku} was canceled for lack of stock at {out_of_stock_since} and not counted since: it is offered as 0",
    hint="Count it: it is offered again from the next count on.",
)
def canceled_for_no_stock(rows: pd.DataFrame, policy: Policy) -> Mask:
    """What had to be canceled for lack of stock must not be sold again before somebody has counted it."""
    return rows["out_of_stock_since"].notna()
