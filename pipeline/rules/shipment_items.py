"""SHP: may the order items that this confirmation stands for be confirmed; asked beside what is known of them."""

# Longer than a module may be elsewhere: the rules of one subject are a table, which is read and found in one place.

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.severity import ERROR, INFO, WARNING
from pipeline.rules.rule import Mask, rule
from pipeline.rules.subjects import MATCHED_CONFIRMATIONS

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.policy import Policy


@rule(
    "SHP-101",
    asks=MATCHED_CONFIRMATIONS,
    severity=ERROR,
    column="order-id",
    needs=["order_known"],
    source="Amazon's order-processing help, step 4",
    amazon="18028",
    message="order {order_id} is in none of the reports",
    hint="Check the id, and include the report that lists the order.",
)
def unknown_order(rows: pd.DataFrame, policy: Policy) -> Mask:
    """The order is in none of the reports, so it cannot be verified."""
    return ~rows["order_known"] & ~rows["unverifiable"]


@rule(
    "SHP-102",
    asks=MATCHED_CONFIRMATIONS,
    severity=ERROR,
    column="order-item-id",
    needs=["item_known"],
    source="Amazon's Shipping Confirmation template",
    message="order {order_id} has no item {order_item_id}",
    hint="Copy the order-item-id from the report; it belongs to one order only.",
)
def item_of_another_order(rows: pd.DataFrame, policy: Policy) -> Mask:
    """An order item belongs to exactly one order."""
    return ~rows["item_known"] & ~rows["unverifiable"]


@rule(
    "SHP-103",
    asks=MATCHED_CONFIRMATIONS,
    title="Pending order",
    severity=ERROR,
    column="order-id",
    needs=["pending"],
    source="Amazon's order-processing help, step 2",
    message="the order is pending",
    hint="Do not ship: wait until Amazon reports the order as unshipped.",
)
def pending(rows: pd.DataFrame, policy: Policy) -> Mask:
    """An order must not be shipped before Amazon has verified the payment, whatever the buyer says."""
    return rows["pending"]


@rule(
    "SHP-104",
    asks=MATCHED_CONFIRMATIONS,
    title="Canceled order item",
    severity=ERROR,
    column="order-id",
    needs=["canceled"],
    source="Amazon's order-processing help, step 2",
    message="the order item is canceled",
    hint="Do not ship; if the parcel has left, try to recall it.",
)
def canceled(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon does not pay for a canceled order."""
    return rows["canceled"]


@rule(
    "SHP-105",
    asks=MATCHED_CONFIRMATIONS,
    title="Not shown as unshipped",
    severity=ERROR,
    column="order-id",
    needs=["not_unshipped"],
    source="Amazon's order-processing help, step 4",
    message="nothing is left to ship, or no report lists the item as unshipped",
    hint="Check the order in Manage Orders, and include a newer Unshipped Orders report.",
)
def not_unshipped(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A confirmation needs evidence that the order is still unshipped."""
    return rows["not_unshipped"]


@rule(
    "SHP-106",
    asks=MATCHED_CONFIRMATIONS,
    title="Quantity larger than what remains",
    severity=ERROR,
    column="quantity",
    needs=["excess"],
    source="Amazon's feed error codes",
    amazon="18021",
    message="the lines for this item {excess}",
    hint="Correct the quantities: none of these lines was accepted, because it is unclear which is right.",
)
def more_than_remains(rows: pd.DataFrame, policy: Policy) -> Mask:
    """No more of an order item can be shipped than was purchased."""
    return rows["excess"].notna()


@rule(
    "SHP-107",
    asks=MATCHED_CONFIRMATIONS,
    title="Duplicate confirmation",
    severity=ERROR,
    column="order-id",
    needs=["duplicate_of"],
    source="feedwarden's own check",
    message="duplicate of {duplicate_of}",
    hint="Remove the line, or give each parcel its own quantity and tracking number.",
)
def duplicate(rows: pd.DataFrame, policy: Policy) -> Mask:
    """The same confirmation twice would ship the item twice."""
    return rows["duplicate_of"].notna()


@rule(
    "SHP-110",
    asks=MATCHED_CONFIRMATIONS,
    severity=ERROR,
    column="order-id",
    needs=["auto_canceled"],
    source="Amazon's order-processing help, step 4",
    message="the time to confirm ended at {confirm_by}",
    hint="Do not ship; if the parcel has left, recall it if you can: Amazon will not pay for it.",
)
def confirmed_too_late(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon cancels an order that is not confirmed in time, and pays nothing for it."""
    return rows["auto_canceled"]


@rule(
    "SHP-114",
    asks=MATCHED_CONFIRMATIONS,
    title="Shipped to another address",
    severity=ERROR,
    column="ship-to-address-1",
    needs=["redirected"],
    source="Amazon's order-processing help, step 4",
    personal=True,
    message="the address is not the order's, and no message in the contact log asks for the change",
    hint="Ship to the order's address, or include the contact log with the buyer's or Amazon's request.",
)
def redirected(rows: pd.DataFrame, policy: Policy) -> Mask:
    """An order may go to another address only if the buyer or Amazon asked for it through Amazon's messaging."""
    return rows["redirected"]


@rule(
    "SHP-115",
    asks=MATCHED_CONFIRMATIONS,
    title="Outdated order report",
    severity=WARNING,
    column="order-id",
    needs=["evidence_old"],
    source="Amazon's order-processing help, step 3",
    message="last seen unshipped in the reports of {last_seen_before}, more than {check_every} ago",
    hint="Include the latest Unshipped Orders report before you ship.",
)
def evidence_old(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Unshipped orders must be checked regularly; older evidence may be out of date."""
    return rows["evidence_old"]


@rule(
    "SHP-116",
    asks=MATCHED_CONFIRMATIONS,
    severity=INFO,
    column="order-id",
    needs=["already_published_at"],
    source="feedwarden's own check",
    message="already published at {already_published_at} in {already_published_in}; not written to the feed again",
    hint="Nothing to do{unless_uploaded}",
)
def already_published(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A confirmation that was published and not refused is not uploaded twice.

    Whether its part was uploaded is known by Amazon's answer, or because a person said so; feedwarden feeds list shows
    it, and feedwarden feeds write writes a part again.
    """
    return rows["already_published_at"].notna()


@rule(
    "SHP-118",
    asks=MATCHED_CONFIRMATIONS,
    title="Fulfilled by Amazon",
    severity=ERROR,
    column="order-id",
    needs=["by_amazon"],
    source="Amazon's All Orders report",
    message="fulfilled by Amazon",
    hint="Remove the line: Amazon ships and confirms this order itself.",
)
def by_amazon(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon itself confirms the orders that it fulfils."""
    return rows["by_amazon"]


@rule(
    "SHP-120",
    asks=MATCHED_CONFIRMATIONS,
    title="Order item cannot be checked",
    severity=ERROR,
    column="order-id",
    needs=["unverifiable"],
    source="feedwarden's own check",
    message="the order is known, but this item cannot be checked: {unverifiable_reason}",
    hint="Download the report that lists the order again, with its order-item-id column.",
)
def unjudged(rows: pd.DataFrame, policy: Policy) -> Mask:
    """If the report's line is not usable, a confirmation of it cannot be checked."""
    return rows["unverifiable"]


@rule(
    "SHP-121",
    asks=MATCHED_CONFIRMATIONS,
    title="Correction of an earlier confirmation",
    severity=INFO,
    column="order-id",
    needs=["corrects_published_at"],
    source="feedwarden's own check",
    message="corrects the confirmation published at {corrects_published_at}",
    hint="Nothing to do if the tracking number, carrier or date was wrong before.",
)
def correction(rows: pd.DataFrame, policy: Policy) -> Mask:
    """The same units with another tracking number, carrier or date, and none left to ship, replace what was sent."""
    return rows["corrects_published_at"].notna()


@rule(
    "SHP-127",
    asks=MATCHED_CONFIRMATIONS,
    title="Another parcel of the item",
    severity=INFO,
    column="order-id",
    needs=["further_published_at"],
    source="feedwarden's own check",
    message="taken as another parcel, beside the one published at {further_published_at}",
    hint="Nothing to do; where it was meant to correct that parcel, check both in Manage Orders.",
)
def further_parcel(rows: pd.DataFrame, policy: Policy) -> Mask:
    """The same units with another tracking number, carrier or date are a further parcel as long as they are left."""
    return rows["further_published_at"].notna()
