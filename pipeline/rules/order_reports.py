"""ORD: what is odd about the order reports, in themselves and beside each other. None of it stops a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.severity import INFO, WARNING
from pipeline.rules.rule import Mask, rule
from pipeline.rules.subjects import COMPARED_REPORT_ROWS, DATED_UNSHIPPED_ROWS

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.policy import Policy


@rule(
    "ORD-101",
    asks=COMPARED_REPORT_ROWS,
    severity=WARNING,
    column="order-id",
    needs=["pending_elsewhere"],
    source="seed, step 1",
    message="Pending in a newer All Orders report, and no pending order belongs in this one",
    hint="Download both reports again before you ship or confirm the order.",
)
def pending_elsewhere(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Pending orders appear in neither the Orders nor the Unshipped Orders report."""
    return rows["pending_elsewhere"]


@rule(
    "ORD-102",
    asks=("unshipped", "orders"),
    severity=WARNING,
    column="payments-date",
    needs=["payments_date", "purchase_date"],
    source="FORMATS §1b",
    message="paid on {payments_date}, before the purchase on {purchase_date}",
    hint="Compare the dates with Manage Orders; download the report again if they differ.",
)
def paid_before_purchase(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A payment is made with the purchase or after it."""
    return rows["payments_date"] < rows["purchase_date"]


@rule(
    "ORD-103",
    asks="unshipped",
    severity=WARNING,
    column="quantity-to-ship",
    needs=["quantity_purchased", "quantity_shipped", "quantity_to_ship"],
    source="FORMATS §1b",
    message="{quantity_to_ship} to ship, but {quantity_purchased} purchased and {quantity_shipped} shipped",
    hint="Look the order up in Manage Orders; feedwarden counts purchased less shipped.",
)
def quantities_disagree(rows: pd.DataFrame, policy: Policy) -> Mask:
    """What is to be shipped is what was purchased less what was shipped, and never less than nothing."""
    return rows["quantity_to_ship"] != rows["quantity_purchased"] - rows["quantity_shipped"]


@rule(
    "ORD-104",
    asks=COMPARED_REPORT_ROWS,
    severity=WARNING,
    column="order-item-id",
    needs=["differs_from_line"],
    source="FORMATS §0, 10",
    message="the same order item is at line {differs_from_line} with different content; this later line counts",
    hint="Check which line is right; a report that was edited by hand is best downloaded again.",
)
def item_twice(rows: pd.DataFrame, policy: Policy) -> Mask:
    """One report says two things about one order item."""
    return rows["differs_from_line"].notna()


@rule(
    "ORD-105",
    asks="unshipped",
    severity=INFO,
    column="reporting-date",
    needs=["reporting_date", "purchase_date"],
    source="seed, step 1",
    message="reported at {reporting_date}, within the hold after {purchase_date}",
    hint="Nothing to do; the buyer may still have canceled.",
)
def reported_within_hold(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon holds every new order for a short while, in which the buyer can still cancel."""
    hold = policy.row_durations("order.hold", on=rows["purchase_date"])
    return rows["reporting_date"] - rows["purchase_date"] < hold


@rule(
    "ORD-106",
    asks="unshipped",
    severity=WARNING,
    column="reporting-date",
    needs=["reporting_date", "purchase_date"],
    source="seed, steps 1-2",
    message="reported at {reporting_date}, long after the purchase at {purchase_date}",
    hint="Verification should not take so long: check the order in Manage Orders before shipping.",
)
def reported_after_verification(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon's check of payment and details does not last longer than the policy says."""
    longest = policy.row_durations("order.verification", on=rows["purchase_date"])
    return rows["reporting_date"] - rows["purchase_date"] > longest


@rule(
    "ORD-107",
    asks=DATED_UNSHIPPED_ROWS,
    severity=WARNING,
    column="days-past-promise",
    needs=["days_past_promise", "promise_date", "report_made"],
    source="FORMATS §1b",
    message="days-past-promise {days_past_promise} does not follow from the promise {promise_date}",
    hint="Trust the promise-date; the column is frozen when the report is made.",
)
def days_past_promise_wrong(rows: pd.DataFrame, policy: Policy) -> Mask:
    """The column counts whole days from the promise to the making of the report, rounded down."""
    return (rows["days_past_promise"] - rows["days_since_promise"]).abs() > 1


@rule(
    "ORD-108",
    asks=COMPARED_REPORT_ROWS,
    severity=WARNING,
    column="order-item-id",
    needs=["disagrees_with"],
    source="SPEC §6",
    message="{disagrees_about} is not the one at {disagrees_with}, which counts",
    hint="Download both reports again; until then the report named is taken as right.",
)
def reports_disagree(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Two reports of one run say different things that cannot change about an order item."""
    return rows["disagrees_with"].notna()


@rule(
    "ORD-109",
    asks="all-orders",
    severity=INFO,
    column="order-id",
    needs=["order_id"],
    source="FORMATS §1d",
    message="Amazon ships this order",
    hint="Nothing to do: Amazon confirms it too.",
)
def not_ours_to_ship(rows: pd.DataFrame, policy: Policy) -> Mask:
    """What Amazon fulfils, S01 orders of other channels among it, is neither shipped nor confirmed by the seller."""
    return rows["amazon_fulfilled"]


@rule(
    "ORD-110",
    asks=COMPARED_REPORT_ROWS,
    severity=INFO,
    column="order-item-id",
    needs=["repeats_line"],
    source="FORMATS §0, 10",
    message="the same as line {repeats_line}",
    hint="Nothing to do.",
)
def item_repeated(rows: pd.DataFrame, policy: Policy) -> Mask:
    """One report says the same thing twice."""
    return rows["repeats_line"].notna()
