"""LIF: where an order item stands, what is due, and what changed since the last run. Asked of order items."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.severity import ERROR, INFO, WARNING
from pipeline.rules.rule import Mask, offence, rule
from pipeline.rules.subjects import CONTACTED_ITEMS, CONTACTED_ITEMS_WITH_STOCK, ORDER_ITEMS

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.policy import Policy


@rule(
    "LIF-201",
    asks=ORDER_ITEMS,
    severity=WARNING,
    column="order-id",
    needs=["confirm_by_near"],
    source="seed, step 4",
    message="not confirmed yet; the order is canceled unpaid after {confirm_by}",
    hint="Ship and confirm it before then.",
)
def confirm_soon(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A week before an unconfirmed order is canceled, Amazon warns; after that it pays nothing."""
    return rows["confirm_by_near"]


@rule(
    "LIF-202",
    asks=ORDER_ITEMS,
    severity=ERROR,
    column="order-id",
    needs=["newly_auto_canceled"],
    source="seed, step 4",
    message="not confirmed by {confirm_by}: Amazon cancels the order and pays nothing",
    hint="Do not ship; if it was shipped, recall the parcel or write to the buyer.",
)
def auto_canceled(rows: pd.DataFrame, policy: Policy) -> Mask:
    """What is not confirmed in time is canceled, and not paid even if it was shipped."""
    return rows["newly_auto_canceled"]


@rule(
    "LIF-203",
    asks=ORDER_ITEMS,
    severity=WARNING,
    column="order-id",
    needs=["pending_long"],
    source="seed, steps 1-2",
    message="pending since {purchase_date}, longer than verification takes",
    hint="Do not ship; ask Seller Support if the order still is pending tomorrow.",
)
def pending_too_long(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Verifying payment and details takes Amazon three weeks at most."""
    return rows["pending_long"]


@rule(
    "LIF-204",
    asks=ORDER_ITEMS,
    severity=WARNING,
    column="order-id",
    needs=["promise_passed"],
    source="seed, automatic grants",
    message="promised to be shipped by {promise_date}, and not confirmed",
    hint="Ship and confirm it now: a claim would be granted automatically.",
)
def promise_passed(rows: pd.DataFrame, policy: Policy) -> Mask:
    """An order not shipped by the date promised is late, and a claim for it is granted automatically."""
    return rows["promise_passed"]


@rule(
    "LIF-205",
    asks=ORDER_ITEMS,
    severity=WARNING,
    column="order-id",
    needs=["impossible_change"],
    source="SPEC §4",
    message="{impossible_change}, which cannot happen",
    hint="Compare with Manage Orders; one of the reports may be older.",
)
def impossible_change(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Some changes between two nights cannot be."""
    return rows["impossible_change"].notna()


@rule(
    "LIF-206",
    asks=ORDER_ITEMS,
    severity=WARNING,
    column="order-id",
    needs=["delisted_unconfirmed"],
    source="seed, step 2",
    message="no longer in the Unshipped Orders report, and never confirmed",
    hint="Check in Manage Orders whether it was canceled: Amazon sends no notice.",
)
def vanished(rows: pd.DataFrame, policy: Policy) -> Mask:
    """An order that is neither listed nor confirmed was probably canceled without notice."""
    return rows["delisted_unconfirmed"]


gap_in_nights = offence(
    "LIF-207",
    "gap_in_nights",
    "Amazon asks to look for unshipped orders at least once a day.",
    severity=WARNING,
    source="seed, note after step 3",
    message="the last reports were read at {since}, over a day ago",
    hint="Run every night; nothing is lost, but deadlines may have passed unseen.",
)


@rule(
    "LIF-208",
    asks=ORDER_ITEMS,
    severity=INFO,
    column="order-id",
    needs=["estimate_moved"],
    source="seed, note after step 3",
    message="released late, at {released_at}: the delivery estimate moves to {delivery_estimate}",
    hint="Nothing to do: the buyer was told the new date.",
)
def estimate_moved(rows: pd.DataFrame, policy: Policy) -> Mask:
    """An order that Amazon's own processes delayed gets a new delivery date."""
    return rows["estimate_moved"]


@rule(
    "LIF-209",
    asks=ORDER_ITEMS,
    severity=INFO,
    column="order-id",
    needs=["newly_canceled"],
    source="seed, step 2",
    message="canceled since the last run",
    hint="Do not ship it: Amazon sends no notice of this.",
)
def newly_canceled(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon only records that an order was canceled, and tells nobody."""
    return rows["newly_canceled"]


@rule(
    "LIF-210",
    asks=CONTACTED_ITEMS,
    severity=INFO,
    column="order-id",
    needs=["contacted_while_pending"],
    source="seed, step 1",
    message="the buyer wrote about this pending order",
    hint="Refer the buyer to Amazon Customer Service.",
)
def asked_while_pending(rows: pd.DataFrame, policy: Policy) -> Mask:
    """About a pending order only Amazon can say anything."""
    return rows["contacted_while_pending"]


@rule(
    "LIF-211",
    asks=CONTACTED_ITEMS_WITH_STOCK,
    severity=INFO,
    column="order-id",
    needs=["contacted_after_cancel"],
    source="seed, step 2",
    message="the buyer wrote about this canceled order, and {stock_left} are left in stock",
    hint="Invite the buyer to place a new order.",
)
def asked_after_cancel(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A canceled order can be placed anew while there is stock."""
    return rows["contacted_after_cancel"]
