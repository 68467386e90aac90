"""SHP: is what the confirmation says of the parcel so: its day, its carrier, its tracking number, its service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.severity import ERROR, WARNING
from pipeline.rules.rule import Mask, rule
from pipeline.rules.subjects import MATCHED_CONFIRMATIONS, SHARED_PARCELS
from schemas.confirmation import DELETE_TRACKING

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.policy import Policy


@rule(
    "SHP-108",
    asks=MATCHED_CONFIRMATIONS,
    severity=ERROR,
    column="ship-date",
    needs=["ship_date", "purchase_day"],
    source="Amazon's order-processing help, step 4",
    message="shipped {ship_date}, before the purchase on {purchase_day}",
    hint="Check the date, and that the line belongs to this order.",
)
def shipped_before_purchase(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A parcel cannot leave before the order was placed."""
    return rows["ship_date"] < rows["purchase_day"]


@rule(
    "SHP-109",
    asks=MATCHED_CONFIRMATIONS,
    severity=ERROR,
    column="ship-date",
    needs=["ship_date", "today"],
    source="Amazon's Shipping Confirmation template",
    message="shipped {ship_date}, but today is {today} in the marketplace",
    hint="Confirm once the parcel has left, with the actual ship date.",
)
def shipped_in_future(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A shipment is confirmed once it has happened."""
    return rows["ship_date"] > rows["today"]


@rule(
    "SHP-111",
    asks=MATCHED_CONFIRMATIONS,
    title="Missing carrier name",
    severity=ERROR,
    column="carrier-name",
    needs=["carrier_other"],
    source="Amazon's Shipping Confirmation template",
    message="carrier-code {carrier_code} needs a carrier-name",
    hint="Write the carrier's name in carrier-name.",
)
def carrier_unnamed(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A carrier that is not in Amazon's list must be named."""
    return rows["carrier_other"] & rows["carrier-name"].isna()


@rule(
    "SHP-112",
    asks=MATCHED_CONFIRMATIONS,
    title="No tracking number",
    severity=WARNING,
    column="tracking-number",
    needs=["line"],
    source="Amazon's A-to-z help, automatic grants",
    message="no tracking number",
    hint="Add it: without a tracking number, Amazon would grant any A-to-z claim automatically.",
)
def untracked(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon grants a claim automatically if the order has no valid tracking number."""
    return rows["tracking-number"].isna()


@rule(
    "SHP-113",
    asks=MATCHED_CONFIRMATIONS,
    severity=WARNING,
    column="ship-date",
    needs=["ship_date", "promise_day"],
    source="Amazon's A-to-z help, automatic grants",
    message="shipped {ship_date}, after the promised {promise_day}",
    hint="Check the date; if it is right, the order counts as a late shipment.",
)
def shipped_late(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon grants a claim automatically if the order was not shipped by the expected date."""
    return rows["ship_date"] > rows["promise_day"]


@rule(
    "SHP-117",
    asks=SHARED_PARCELS,
    title="One tracking number for several destinations",
    severity=WARNING,
    column="tracking-number",
    needs=["destinations"],
    source="feedwarden's own check",
    message="{tracking_number} is used for {destinations} different destinations",
    hint="Check the tracking numbers: one parcel has one address.",
)
def one_parcel_many_places(rows: pd.DataFrame, policy: Policy) -> Mask:
    """One parcel cannot go to two places."""
    return rows["destinations"] > 1


@rule(
    "SHP-119",
    asks=MATCHED_CONFIRMATIONS,
    title="Tracking number does not fit the carrier",
    severity=WARNING,
    column="tracking-number",
    needs=["tracking_fits"],
    source="Amazon's feed error codes",
    amazon="18181",
    message="{tracking_number} is not a tracking number of {carrier_code}",
    hint="Check for a mistyped digit or the wrong carrier: an invalid number does not count as tracked.",
)
def tracking_misfit(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Each carrier's numbers have a format, and most a check digit."""
    return ~rows["tracking_fits"]


@rule(
    "SHP-122",
    asks=MATCHED_CONFIRMATIONS,
    title="Tracking number deleted",
    severity=WARNING,
    column="tracking-number",
    needs=["tracking_number"],
    source="Amazon's Shipping Confirmation template",
    message="NULL deletes the tracking number sent before",
    hint="Write the tracking number, or leave the cell empty to keep what Amazon has.",
)
def tracking_erased(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon reads NULL as a request to delete the value."""
    return rows["tracking_number"] == DELETE_TRACKING


@rule(
    "SHP-123",
    asks=MATCHED_CONFIRMATIONS,
    title="Slower than the buyer chose",
    severity=WARNING,
    column="ship-method",
    needs=["speed_ordered", "speed_shipped"],
    source="Amazon's order-processing help, step 4",
    message="ship-method {ship_method} is slower than the {ship_service_level} service that the buyer chose",
    hint="Ship with the service that the buyer chose, or correct ship-method.",
)
def slower_than_asked(rows: pd.DataFrame, policy: Policy) -> Mask:
    """An order must be shipped with the service that the buyer chose."""
    return rows["speed_shipped"] < rows["speed_ordered"]
