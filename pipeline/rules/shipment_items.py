"""SHP: may the order items that this confirmation stands for be confirmed; asked beside what is known of them."""

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
    source="seed, step 4 note",
    amazon="18028",
    message="order {order_id} is in no report given",
    hint="Check the id, and give the report that holds the order.",
)
def unknown_order(rows: pd.DataFrame, policy: Policy) -> Mask:
    """What no report holds cannot be known to be unshipped."""
    return ~rows["order_known"] & ~rows["unverifiable"]


@rule(
    "SHP-102",
    asks=MATCHED_CONFIRMATIONS,
    severity=ERROR,
    column="order-item-id",
    needs=["item_known"],
    source="FORMATS §2b",
    message="order {order_id} has no item {order_item_id}",
    hint="Copy the order-item-id from the report; it belongs to one order only.",
)
def item_of_another_order(rows: pd.DataFrame, policy: Policy) -> Mask:
    """An order item belongs to exactly one order."""
    return ~rows["item_known"] & ~rows["unverifiable"]


@rule(
    "SHP-103",
    asks=MATCHED_CONFIRMATIONS,
    severity=ERROR,
    column="order-id",
    needs=["pending"],
    source="seed, step 2",
    message="the order is pending",
    hint="Do not ship: wait until Amazon reports the order as unshipped.",
)
def pending(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Until Amazon has verified the payment the order is not to be shipped, whatever the buyer says."""
    return rows["pending"]


@rule(
    "SHP-104",
    asks=MATCHED_CONFIRMATIONS,
    severity=ERROR,
    column="order-id",
    needs=["canceled"],
    source="seed, step 2",
    message="the order item is canceled",
    hint="Do not ship; if the parcel has left, try to recall it.",
)
def canceled(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon pays nothing for an order that is canceled."""
    return rows["canceled"]


@rule(
    "SHP-105",
    asks=MATCHED_CONFIRMATIONS,
    severity=ERROR,
    column="order-id",
    needs=["not_unshipped"],
    source="seed, step 4 note",
    message="nothing is left to ship, or no report shows that it still is to be shipped",
    hint="Check the order in Manage Orders, and give a newer Unshipped Orders report.",
)
def not_unshipped(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A confirmation needs evidence that the order is still unshipped."""
    return rows["not_unshipped"]


@rule(
    "SHP-106",
    asks=MATCHED_CONFIRMATIONS,
    severity=ERROR,
    column="quantity",
    needs=["units_requested"],
    source="FORMATS §4b",
    amazon="18021",
    message="the lines for this item confirm {units_requested}, and {remaining} remain",
    hint="Correct the quantities: none of these lines was taken, as nobody can say which was meant.",
)
def more_than_remains(rows: pd.DataFrame, policy: Policy) -> Mask:
    """No more of an order item can be shipped than was purchased."""
    return rows["units_requested"] > rows["remaining"]


@rule(
    "SHP-107",
    asks=MATCHED_CONFIRMATIONS,
    severity=ERROR,
    column="order-id",
    needs=["duplicate_of"],
    source="SPEC §4",
    message="the same as {duplicate_of}",
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
    source="seed, step 4",
    message="the time to confirm ended at {confirm_by}",
    hint="Do not ship; if the parcel has left, recall it if you can: Amazon will not pay for it.",
)
def confirmed_too_late(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon cancels an order that is not confirmed in time, and pays nothing for it."""
    return rows["auto_canceled"]


@rule(
    "SHP-114",
    asks=MATCHED_CONFIRMATIONS,
    severity=ERROR,
    column="ship-to-address-1",
    needs=["redirected"],
    source="seed, step 4 (a)",
    personal=True,
    message="sent to another address than the order's, and no message asks for it",
    hint="Ship to the order's address, or give the contact log that holds the buyer's or Amazon's request.",
)
def redirected(rows: pd.DataFrame, policy: Policy) -> Mask:
    """An order may go elsewhere only if buyer or Amazon asked for it through Amazon's messaging."""
    return rows["redirected"]


@rule(
    "SHP-115",
    asks=MATCHED_CONFIRMATIONS,
    severity=WARNING,
    column="order-id",
    needs=["evidence_old"],
    source="seed, note after step 3",
    message="last seen unshipped in the reports of {last_seen_before}, more than a day ago",
    hint="Give tonight's Unshipped Orders report before you ship.",
)
def evidence_old(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Unshipped orders are to be looked for at least once a day; what was true before may not be now."""
    return rows["evidence_old"]


@rule(
    "SHP-116",
    asks=MATCHED_CONFIRMATIONS,
    severity=INFO,
    column="order-id",
    needs=["already_published_at"],
    source="SPEC §4",
    message="already published at {already_published_at}; not written again",
    hint="Nothing to do.",
)
def already_published(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A confirmation that was published and not refused is not uploaded twice."""
    return rows["already_published_at"].notna()


@rule(
    "SHP-118",
    asks=MATCHED_CONFIRMATIONS,
    severity=ERROR,
    column="order-id",
    needs=["by_amazon"],
    source="FORMATS §1d",
    message="fulfilled by Amazon",
    hint="Remove the line: Amazon ships and confirms this order itself.",
)
def by_amazon(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon itself confirms the orders that it fulfils."""
    return rows["by_amazon"]


@rule(
    "SHP-120",
    asks=MATCHED_CONFIRMATIONS,
    severity=ERROR,
    column="order-id",
    needs=["unverifiable"],
    source="SPEC §4",
    message="the order is known, but not what can be shipped of this item: {unverifiable_reason}",
    hint="Download the report that holds the order again, with its order-item-id column.",
)
def unjudged(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Where the report's own line cannot be believed, neither can a confirmation of it."""
    return rows["unverifiable"]


@rule(
    "SHP-121",
    asks=MATCHED_CONFIRMATIONS,
    severity=INFO,
    column="order-id",
    needs=["corrects_published_at"],
    source="SPEC §4",
    message="corrects the confirmation published at {corrects_published_at}",
    hint="Nothing to do if the tracking number, carrier or date was wrong before.",
)
def correction(rows: pd.DataFrame, policy: Policy) -> Mask:
    """The same item and quantity with another tracking number, carrier or date replaces what was sent before."""
    return rows["corrects_published_at"].notna()
