"""SHP: may this confirmation be uploaded? Asked of rows beside what is known of the order items they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.rules.rule import Mask, rule
from pipeline.severity import ERROR, WARNING

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.policy import Policy




@rule(
    "SHP-101",
    severity=ERROR,
    column="order-id",
    needs=["order_known"],
    source="seed, step 4 note",
    amazon="18028",
    message="order {order_id} is in no report given",
    hint="Check the id, and give the report that holds the order.",
)
def unknown_order(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Only orders that a report shows to be unshipped may be shipped."""
    return ~rows["order_known"] & ~rows["unjudged"]


@rule(
    "SHP-102",
    severity=ERROR,
    column="order-item-id",
    needs=["item_known"],
    source="FORMATS §2b",
    message="order {order_id} has no item {order_item_id}",
    hint="Copy the order-item-id from the report; it belongs to one order only.",
)
def item_of_another_order(rows: pd.DataFrame, policy: Policy) -> Mask:
    """An order item belongs to exactly one order."""
    return ~rows["item_known"] & ~rows["unjudged"]


@rule(
    "SHP-103",
    severity=ERROR,
    column="order-id",
    needs=["pending"],
    source="seed, step 2",
    message="the order is pending",
    hint="Do not ship: wait until Amazon reports the order as unshipped.",
)
def pending(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A pending order must not be shipped, even if the buyer asks for it."""
    return rows["pending"]


@rule(
    "SHP-104",
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
    severity=ERROR,
    column="order-id",
    needs=["not_unshipped"],
    source="seed, step 4 note",
    message="shipped in full already, no longer listed, or not verifiable as unshipped",
    hint="Check the order in Manage Orders, and give a newer Unshipped Orders report.",
)
def not_unshipped(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Only orders that can be verified as unshipped may be shipped."""
    return rows["not_unshipped"]


@rule(
    "SHP-106",
    severity=ERROR,
    column="quantity",
    needs=["asked"],
    source="FORMATS §4b",
    amazon="18021",
    message="the lines for this item confirm {asked}, and {remaining} remain",
    hint="Correct the quantities: none of these lines was taken, as nobody can say which was meant.",
)
def more_than_remains(rows: pd.DataFrame, policy: Policy) -> Mask:
    """No more of an order item can be shipped than was purchased."""
    return rows["asked"] > rows["remaining"]


@rule(
    "SHP-107",
    severity=ERROR,
    column="order-id",
    needs=["copy_of"],
    source="SPEC §4",
    message="the same as {copy_of}",
    hint="Remove the line, or give each parcel its own quantity and tracking number.",
)
def duplicate(rows: pd.DataFrame, policy: Policy) -> Mask:
    """The same confirmation twice would ship the item twice."""
    return rows["copy_of"].notna()


@rule(
    "SHP-108",
    severity=ERROR,
    column="ship-date",
    needs=["ship_date", "purchase_day"],
    source="seed, step 4",
    message="shipped {ship_date}, before the purchase on {purchase_day}",
    hint="Check the date, and that the line belongs to this order.",
)
def shipped_before_purchase(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A parcel cannot leave before the order was placed."""
    return rows["ship_date"] < rows["purchase_day"]


@rule(
    "SHP-109",
    severity=ERROR,
    column="ship-date",
    needs=["ship_date", "today"],
    source="FORMATS §2b",
    message="shipped {ship_date}, and it is {today} in the marketplace",
    hint="Confirm when the parcel has left, with the day on which it did.",
)
def shipped_in_future(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A shipment is confirmed once it has happened."""
    return rows["ship_date"] > rows["today"]


@rule(
    "SHP-110",
    severity=ERROR,
    column="order-id",
    needs=["auto_canceled"],
    source="seed, step 4",
    message="the time to confirm ended at {confirm_by}",
    hint="Amazon has canceled the order and does not pay, even for what was shipped: recall the parcel if you can.",
)
def confirmed_too_late(rows: pd.DataFrame, policy: Policy) -> Mask:
    """An order not confirmed in time is canceled, and not paid even if it was shipped."""
    return rows["auto_canceled"]


@rule(
    "SHP-111",
    severity=ERROR,
    column="carrier-name",
    needs=["carrier_other"],
    source="FORMATS §2b",
    message="carrier-code {carrier_code} needs a carrier-name",
    hint="Write the carrier's name in carrier-name.",
)
def carrier_unnamed(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A carrier that is not in the list has to be named."""
    return rows["carrier_other"] & rows["carrier_name"].isna()


@rule(
    "SHP-112",
    severity=WARNING,
    column="tracking-number",
    needs=["order-id"],
    source="seed, automatic grants",
    message="no tracking number",
    hint="Add it: without one an A-to-z claim would be granted automatically.",
)
def untracked(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon grants a claim at once where the order has no valid tracking number."""
    return rows["tracking_number"].isna()


@rule(
    "SHP-113",
    severity=WARNING,
    column="ship-date",
    needs=["ship_date", "promise_day"],
    source="seed, automatic grants",
    message="shipped {ship_date}, after the promised {promise_day}",
    hint="Check the date; if it is right, expect the order to count as a late shipment.",
)
def shipped_late(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon grants a claim at once where the order was not shipped by the expected date."""
    return rows["ship_date"] > rows["promise_day"]


@rule(
    "SHP-114",
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
    "SHP-117",
    severity=WARNING,
    column="tracking-number",
    needs=["destinations"],
    source="SPEC §6",
    message="{tracking_number} is given for {destinations} different destinations",
    hint="Check the tracking numbers: one parcel has one address.",
)
def one_parcel_many_places(rows: pd.DataFrame, policy: Policy) -> Mask:
    """One parcel cannot go to two places."""
    return rows["destinations"] > 1


@rule(
    "SHP-118",
    severity=ERROR,
    column="order-id",
    needs=["by_amazon"],
    source="FORMATS §1d",
    message="fulfilled by Amazon",
    hint="Remove the line: Amazon ships and confirms this order itself.",
)
def by_amazon(rows: pd.DataFrame, policy: Policy) -> Mask:
    """What Amazon fulfils is not the seller's to confirm."""
    return rows["by_amazon"]


@rule(
    "SHP-119",
    severity=WARNING,
    column="tracking-number",
    needs=["tracking_fits"],
    source="FORMATS §4b",
    amazon="18181",
    message="{tracking_number} is not a tracking number of {carrier_code}",
    hint="Check for a mistyped digit or the wrong carrier: an invalid number does not count as tracked.",
)
def tracking_misfit(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Each carrier's numbers have a format, and most a check digit."""
    return ~rows["tracking_fits"]


@rule(
    "SHP-120",
    severity=ERROR,
    column="order-id",
    needs=["unjudged"],
    source="SPEC §4",
    message="the order is known, but not what can be shipped of this item: {unjudged_why}",
    hint="Mend or download again the report that holds the order, with its order-item-id column.",
)
def unjudged(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Where the report's own line cannot be believed, neither can a confirmation of it."""
    return rows["unjudged"]


@rule(
    "SHP-122",
    severity=WARNING,
    column="tracking-number",
    needs=["tracking_number"],
    source="FORMATS §2b",
    message="NULL erases the tracking number given before",
    hint="Write the tracking number, or leave the cell empty to keep what Amazon has.",
)
def tracking_erased(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon takes the literal NULL as an order to delete the value."""
    return rows["tracking_number"] == "NULL"


@rule(
    "SHP-123",
    severity=WARNING,
    column="ship-method",
    needs=["speed_asked", "speed_given"],
    source="seed, step 4",
    message="ship-method {ship_method} is slower than the {ship_service_level} service the buyer asked for",
    hint="Ship with the service asked for, or correct ship-method.",
)
def slower_than_asked(rows: pd.DataFrame, policy: Policy) -> Mask:
    """An order is shipped with the method that the buyer requested."""
    return rows["speed_given"] < rows["speed_asked"]


# SHP-115, SHP-116 and SHP-121 compare with earlier nights: their place is here, once there is a ledger.
