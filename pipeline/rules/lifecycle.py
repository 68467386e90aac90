"""LIF: the state of an order item, what is due, and what changed since the last run. Asked of order items."""

# Longer than a module may be elsewhere: the rules of one subject are a table, which is read and found in one place.

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
    title="Confirmation due soon",
    severity=WARNING,
    column="order-id",
    needs=["confirm_by_near"],
    source="Amazon's order-processing help, step 4",
    message="not confirmed yet; after {confirm_by} Amazon cancels the order and pays nothing",
    hint="Ship and confirm it before then.",
)
def confirm_soon(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon warns before it cancels an unconfirmed order; it pays nothing for a canceled order."""
    return rows["confirm_by_near"]


@rule(
    "LIF-202",
    asks=ORDER_ITEMS,
    title="Not confirmed in time",
    severity=ERROR,
    column="order-id",
    needs=["newly_auto_canceled"],
    source="Amazon's order-processing help, step 4",
    message="not confirmed by {confirm_by}: Amazon cancels the order and pays nothing",
    hint="Do not ship; if it was shipped, recall the parcel or write to the buyer.",
)
def auto_canceled(rows: pd.DataFrame, policy: Policy) -> Mask:
    """An order that is not confirmed in time is canceled and not paid, even if it was shipped."""
    return rows["newly_auto_canceled"]


@rule(
    "LIF-203",
    asks=ORDER_ITEMS,
    severity=WARNING,
    column="order-id",
    needs=["pending_long"],
    source="Amazon's order-processing help, steps 1-2",
    message="pending since {purchase_date}, longer than verification takes",
    hint="Do not ship; ask Seller Support if the order is still pending tomorrow.",
)
def pending_too_long(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon verifies payment and details within the time that the policy states."""
    return rows["pending_long"]


@rule(
    "LIF-204",
    asks=ORDER_ITEMS,
    title="Promised ship date passed",
    severity=WARNING,
    column="order-id",
    needs=["promise_passed"],
    source="Amazon's A-to-z help, automatic grants",
    message="promised to ship by {promise_date}, but not confirmed",
    hint="If it is open in Manage Orders, ship and confirm it now: Amazon would grant a claim automatically.",
)
def promise_passed(rows: pd.DataFrame, policy: Policy) -> Mask:
    """An order not shipped by the promised date is late, and Amazon grants a claim for it automatically."""
    return rows["promise_passed"]


@rule(
    "LIF-205",
    asks=ORDER_ITEMS,
    severity=WARNING,
    column="order-id",
    needs=["impossible_change"],
    source="feedwarden's own check",
    message="{impossible_change}, which cannot happen",
    hint="Compare with Manage Orders; one of the reports may be older.",
)
def impossible_change(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Some changes between two runs are impossible."""
    return rows["impossible_change"].notna()


@rule(
    "LIF-206",
    asks=ORDER_ITEMS,
    title="No longer listed as unshipped",
    severity=WARNING,
    column="order-id",
    needs=["delisted_unconfirmed"],
    source="Amazon's order-processing help, step 2",
    message="no longer in the Unshipped Orders report, and not confirmed",
    hint="Check in Manage Orders whether it was canceled before you ship it: Amazon sends no notice.",
)
def vanished(rows: pd.DataFrame, policy: Policy) -> Mask:
    """An order that is no longer listed and was not confirmed was probably canceled without notice."""
    return rows["delisted_unconfirmed"]


gap_in_nights = offence(
    "LIF-207",
    "gap_in_nights",
    "Unshipped orders must be checked regularly, or deadlines pass unnoticed.",
    title="Too long since the last reports",
    severity=WARNING,
    source="Amazon's order-processing help, step 3",
    message="the last reports were read at {since}, more than {check_every} ago",
    hint="Run feedwarden every night; check the worklist for deadlines that have passed.",
)


@rule(
    "LIF-208",
    asks=ORDER_ITEMS,
    title="Delivery estimate moved",
    severity=INFO,
    column="order-id",
    needs=["estimate_moved"],
    source="Amazon's order-processing help, step 3",
    message="released late, at {released_at}: the delivery estimate moves to {delivery_estimate}",
    hint="Nothing to do: Amazon informs the buyer of the new date.",
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
    source="Amazon's order-processing help, step 2",
    message="canceled since the last run",
    hint="Do not ship it.",
)
def newly_canceled(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon records that an order was canceled, but sends no notice."""
    return rows["newly_canceled"]


@rule(
    "LIF-210",
    asks=CONTACTED_ITEMS,
    title="Buyer asks about a pending order",
    severity=INFO,
    column="order-id",
    needs=["contacted_while_pending"],
    source="Amazon's order-processing help, step 1",
    message="the buyer wrote about this pending order",
    hint="Refer the buyer to Amazon Customer Service.",
)
def asked_while_pending(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Only Amazon can answer questions about a pending order."""
    return rows["contacted_while_pending"]


@rule(
    "LIF-211",
    asks=CONTACTED_ITEMS_WITH_STOCK,
    title="Buyer asks about a canceled order",
    severity=INFO,
    column="order-id",
    needs=["contacted_after_cancel"],
    source="Amazon's order-processing help, step 2",
    message="the buyer wrote about this canceled order, and {stock_left} are left in stock",
    hint="Invite the buyer to place a new order.",
)
def asked_after_cancel(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A buyer can order again while there is stock."""
    return rows["contacted_after_cancel"]


@rule(
    "LIF-212",
    asks=ORDER_ITEMS,
    title="Amazon may cancel it soon",
    severity=WARNING,
    column="order-id",
    needs=["cancel_from"],
    source="Seller Central help pages G201722390, 200197960 and 202068180",
    message="by the marketplace's newer rule Amazon may cancel it from {cancel_from} on",
    hint="Ship and confirm it before then.",
)
def marketplace_may_cancel(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Some marketplaces cancel an order that is not confirmed within some days after its promised ship date."""
    return rows["cancel_from"].notna()


@rule(
    "LIF-213",
    asks=ORDER_ITEMS,
    title="Amazon warns of the order",
    severity=WARNING,
    column="order-id",
    needs=["on_verge"],
    source="Amazon's Unshipped Orders report, verge-of-cancellation and verge-of-lateshipment",
    message="Amazon says that it is on the verge of {on_verge}",
    hint="Ship and confirm it now, or cancel it if you cannot.",
)
def on_verge(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon marks the orders that it is about to cancel, or that are about to be late."""
    return rows["on_verge"].notna()


@rule(
    "LIF-214",
    asks=ORDER_ITEMS,
    title="Cancellation not carried out",
    severity=WARNING,
    column="order-id",
    needs=["not_carried_out"],
    source="Amazon's order-processing help, step 3",
    message="canceled by you at {called_off_at}, and a newer Unshipped Orders report still wants it shipped",
    hint="Look it up in Manage Orders: cancel it again, or ship it by the promised date.",
)
def not_carried_out(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A cancellation that Amazon has not carried out leaves the order open, and the seller late."""
    return rows["not_carried_out"]


@rule(
    "LIF-215",
    asks=ORDER_ITEMS,
    title="Confirmation not arrived",
    severity=WARNING,
    column="order-id",
    needs=["unconfirmed_in_report"],
    source="Amazon's order-processing help, step 4",
    message="confirmed at {confirmed_at}, not answered, and a newer Unshipped Orders report still wants it shipped",
    hint="Check that the feed was uploaded, and upload it again; after {confirm_by} Amazon cancels the order.",
)
def confirmation_not_arrived(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A confirmation that never reached Amazon counts as none: the order is canceled and not paid."""
    return rows["unconfirmed_in_report"]
