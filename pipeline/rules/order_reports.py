"""ORD: what is odd about the order reports, in themselves and beside each other. None of it stops a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.severity import INFO, WARNING
from pipeline.rules.rule import Mask, offence, rule
from pipeline.rules.subjects import COMPARED_REPORT_ROWS, DATED_UNSHIPPED_ROWS

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.policy import Policy


@rule(
    "ORD-101",
    asks=COMPARED_REPORT_ROWS,
    title="Pending in a newer report",
    severity=WARNING,
    column="order-id",
    needs=["pending_elsewhere"],
    source="Amazon's order-processing help, step 1",
    message="pending in a newer All Orders report; this report should not list pending orders",
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
    source="Amazon's Unshipped Orders report",
    message="paid on {payments_date}, before the purchase on {purchase_date}",
    hint="Compare the dates with Manage Orders; download the report again if they differ.",
)
def paid_before_purchase(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A payment is made at the purchase or later."""
    return rows["payments_date"] < rows["purchase_date"]


@rule(
    "ORD-103",
    asks="unshipped",
    severity=WARNING,
    column="quantity-to-ship",
    needs=["quantity_purchased", "quantity_shipped", "quantity_to_ship"],
    source="Amazon's Unshipped Orders report",
    message="{quantity_to_ship} to ship, but {quantity_purchased} purchased and {quantity_shipped} shipped",
    hint="Look the order up in Manage Orders; feedwarden uses purchased minus shipped.",
)
def quantities_disagree(rows: pd.DataFrame, policy: Policy) -> Mask:
    """The quantity to ship is the quantity purchased minus the quantity shipped."""
    return rows["quantity_to_ship"] != rows["quantity_purchased"] - rows["quantity_shipped"]


@rule(
    "ORD-104",
    asks=COMPARED_REPORT_ROWS,
    title="Order item twice with different content",
    severity=WARNING,
    column="order-item-id",
    needs=["differs_from_line"],
    source="Amazon's order reports",
    message="the same order item is at line {differs_from_line} with different content; this later line is used",
    hint="Check which line is right; download the report again if it was edited by hand.",
)
def item_twice(rows: pd.DataFrame, policy: Policy) -> Mask:
    """One report has two different lines for one order item."""
    return rows["differs_from_line"].notna()


@rule(
    "ORD-105",
    asks="unshipped",
    severity=INFO,
    column="reporting-date",
    needs=["reporting_date", "purchase_date"],
    source="Amazon's order-processing help, step 1",
    message="reported at {reporting_date}, within the hold after the purchase at {purchase_date}",
    hint="Nothing to do; the buyer may still have canceled.",
)
def reported_within_hold(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon holds every new order for a short time, in which the buyer can still cancel."""
    hold = policy.row_durations("order.hold", on=rows["purchase_date"])
    return rows["reporting_date"] - rows["purchase_date"] < hold


@rule(
    "ORD-106",
    asks="unshipped",
    severity=WARNING,
    column="reporting-date",
    needs=["reporting_date", "purchase_date"],
    source="Amazon's order-processing help, steps 1-2",
    message="reported at {reporting_date}, long after the purchase at {purchase_date}",
    hint="Verification should not take so long: check the order in Manage Orders before shipping.",
)
def reported_after_verification(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon verifies payment and details within the time that the policy states."""
    longest = policy.row_durations("order.verification", on=rows["purchase_date"])
    return rows["reporting_date"] - rows["purchase_date"] > longest


@rule(
    "ORD-107",
    asks=DATED_UNSHIPPED_ROWS,
    title="Wrong days past promise",
    severity=WARNING,
    column="days-past-promise",
    needs=["days_past_promise", "fewest_days", "most_days"],
    source="Amazon's Unshipped Orders report",
    message="days-past-promise {days_past_promise} does not match the promise-date {promise_date}",
    hint="Use the promise-date; days-past-promise is fixed when the report is made.",
)
def days_past_promise_wrong(rows: pd.DataFrame, policy: Policy) -> Mask:
    """The column counts whole days, rounded down, from the promise to some time after the report's newest row."""
    days = rows["days_past_promise"]
    return (days < rows["fewest_days"]) | (days > rows["most_days"])


@rule(
    "ORD-108",
    asks=COMPARED_REPORT_ROWS,
    severity=WARNING,
    column="order-item-id",
    needs=["disagrees_with"],
    source="feedwarden's own check",
    message="{disagrees_about} differs from {disagrees_with}, which is used",
    hint="Download both reports again; until then the other report is used.",
)
def reports_disagree(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Two reports of one run disagree about a value of an order item that cannot change."""
    return rows["disagrees_with"].notna()


@rule(
    "ORD-109",
    asks="all-orders",
    title="Shipped by Amazon",
    severity=INFO,
    column="order-id",
    needs=["order_id"],
    source="Amazon's All Orders report",
    message="Amazon ships this order",
    hint="Nothing to do: Amazon confirms it too.",
)
def not_ours_to_ship(rows: pd.DataFrame, policy: Policy) -> Mask:
    """The seller neither ships nor confirms orders that Amazon fulfills, including S01 orders of other channels."""
    return rows["amazon_fulfilled"]


@rule(
    "ORD-110",
    asks=COMPARED_REPORT_ROWS,
    title="Repeated line",
    severity=INFO,
    column="order-item-id",
    needs=["repeats_line"],
    source="Amazon's order reports",
    message="the same as line {repeats_line}",
    hint="Nothing to do.",
)
def item_repeated(rows: pd.DataFrame, policy: Policy) -> Mask:
    """One report has the same line twice."""
    return rows["repeats_line"].notna()


line_continued = offence(
    "ORD-111",
    "line_continued",
    "Amazon writes a further promotion of an item on a line of its own that repeats the ids and leaves the rest blank.",
    title="Promotion of an earlier line",
    severity=INFO,
    source="Amazon's order reports",
    message="continues line {continued_line}: its promotion belongs to that item",
    hint="Nothing to do.",
)
