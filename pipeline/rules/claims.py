"""CLM: who would lose which claim, why, and what can be done."""

# Longer than a module may be elsewhere: the rules of one subject are a table, which is read and found in one place.

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.severity import INFO, WARNING
from pipeline.rules.rule import Mask, offence, rule
from pipeline.rules.subjects import EVALUATED_CLAIMS

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.policy import Policy


@rule(
    "CLM-402",
    asks=EVALUATED_CLAIMS,
    severity=WARNING,
    column="tracking-number",
    needs=["no_tracking"],
    source="Amazon's A-to-z help, automatic grants",
    message="claim {claim_id} ({claim_place}): {tracking_evidence}",
    hint="Confirm again with the tracking number if there is one: without it, Amazon grants the claim automatically.",
)
def no_usable_tracking(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon grants a claim automatically if the order has no valid tracking number."""
    return rows["no_tracking"]


@rule(
    "CLM-403",
    asks=EVALUATED_CLAIMS,
    severity=WARNING,
    column="sent-date",
    needs=["no_reply"],
    source="Amazon's A-to-z help, automatic grants",
    message="claim {claim_id} ({claim_place}): {reply_evidence}",
    hint="Show Amazon a reply that the log lacks, if there is one: otherwise it grants the claim automatically.",
)
def no_reply_in_time(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon grants a claim automatically if the buyer's question was not answered in time."""
    return rows["no_reply"]


@rule(
    "CLM-404",
    asks=EVALUATED_CLAIMS,
    severity=WARNING,
    column="ship-date",
    needs=["shipped_late"],
    source="Amazon's A-to-z help, automatic grants",
    message="claim {claim_id} ({claim_place}): {shipping_evidence}",
    hint="If it was shipped earlier, show that to Amazon: otherwise Amazon grants the claim automatically.",
)
def not_shipped_in_time(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon grants a claim automatically if the order was not shipped by the expected date."""
    return rows["shipped_late"]


@rule(
    "CLM-405",
    asks=EVALUATED_CLAIMS,
    severity=WARNING,
    column="delivered-date",
    needs=["not_delivered"],
    source="Amazon's A-to-z help, automatic grants",
    message="claim {claim_id} ({claim_place}): {delivery_evidence}",
    hint="Add delivered-date if the carrier shows one: otherwise Amazon grants the claim automatically.",
)
def not_delivered_in_time(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon grants a claim automatically if the order was not delivered by the estimated delivery date."""
    return rows["not_delivered"]


@rule(
    "CLM-406",
    asks=EVALUATED_CLAIMS,
    title="Amazon asks for information",
    severity=WARNING,
    column="info-requested-date",
    needs=["awaits_info"],
    source="Amazon's A-to-z help, outcomes",
    message="claim {claim_id} ({claim_place}): Amazon asked for information at {requested_at}; answer by {answer_by}",
    hint="Answer in Seller Central with dates, tracking and replies: feedwarden claims --evidence prints them.",
)
def information_asked(rows: pd.DataFrame, policy: Policy) -> Mask:
    """The claim may be lost if Amazon's question is not answered in time."""
    return rows["awaits_info"]


@rule(
    "CLM-407",
    asks=EVALUATED_CLAIMS,
    severity=WARNING,
    column="decision-date",
    needs=["appealable"],
    source="Amazon's A-to-z help, appeal period",
    message="claim {claim_id} ({claim_place}) was granted at {decided_at}: it can be appealed until {appeal_by}",
    hint="Appeal with evidence that Amazon did not have; after that the decision and its defect are final.",
)
def appeal_possible(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A claim granted at the seller's expense can be appealed for a limited time."""
    return rows["appealable"]


@rule(
    "CLM-408",
    asks=EVALUATED_CLAIMS,
    title="Too late to appeal",
    severity=WARNING,
    column="decision-date",
    needs=["appeal_expired"],
    source="Amazon's A-to-z help, appeal period",
    message="claim {claim_id} ({claim_place}) was granted at {decided_at}: the time to appeal ended at {appeal_by}",
    hint="Nothing can be done: the claim is closed and the decision is final.",
)
def appeal_too_late(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A claim that is not appealed in time is closed, and the decision is final."""
    return rows["appeal_expired"]


@rule(
    "CLM-409",
    asks=EVALUATED_CLAIMS,
    title="Claim filed too early",
    severity=INFO,
    column="claim-date",
    needs=["filed_early"],
    source="Amazon's A-to-z help, when a buyer can file",
    message="claim {claim_id} ({claim_place}) was filed at {filed_at}, earlier than {eligible_from}: {early_evidence}",
    hint="Point this out to Amazon: the buyer must give the seller time to respond first.",
)
def claimed_too_early(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A buyer can file a claim once the seller has had time to reply, and for non-receipt once delivery is overdue."""
    return rows["filed_early"]


@rule(
    "CLM-410",
    asks=EVALUATED_CLAIMS,
    title="Claim filed without contact",
    severity=INFO,
    column="claim-date",
    needs=["no_contact"],
    source="Amazon's A-to-z help, when a buyer can file",
    message="claim {claim_id} ({claim_place}) was filed at {filed_at}, but no {channel_words} from the buyer is known",
    hint="If the contact log is complete, point this out to Amazon: the buyer must contact the seller first.",
)
def claimed_without_contact(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A buyer must contact the seller before filing a claim."""
    return rows["no_contact"]


@rule(
    "CLM-411",
    asks=EVALUATED_CLAIMS,
    title="Claim for an unknown order",
    severity=WARNING,
    column="order-id",
    needs=["order_unknown"],
    source="feedwarden's own check",
    message="claim {claim_id} ({claim_place}): its order is in none of the reports, now or earlier",
    hint="Include the report that lists the order, or check the order id.",
)
def order_unknown(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Without the order there is no evidence to give to Amazon."""
    return rows["order_unknown"]


@rule(
    "CLM-412",
    asks=EVALUATED_CLAIMS,
    title="Claim larger than the order total",
    severity=WARNING,
    column="claim-amount",
    needs=["claims_above_total"],
    source="feedwarden's own check",
    message="claim {claim_id} ({claim_place}): {claim_amount} {currency} claimed, but the order total is {order_total}",
    hint="Check the amount; if it is right, point this out to Amazon.",
)
def claims_more_than_paid(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A buyer cannot claim more than the order total."""
    return rows["claims_above_total"]


defect_rate_high = offence(
    "CLM-413",
    "defect_rate_high",
    "An order defect rate at or above Amazon's target puts the selling account at risk.",
    title="High order defect rate",
    severity=WARNING,
    source="Amazon's account-health targets",
    message="{part} is {rate} ({defects} of {orders} orders in {days} days); the target is below {target}: {left}",
    hint="See the worklist: a claim answered in time or won on appeal, or a refund before a claim, avoids a defect.",
)


@rule(
    "CLM-414",
    asks=EVALUATED_CLAIMS,
    severity=WARNING,
    column="domestic-return-address",
    needs=["no_return_offer"],
    source="Amazon's A-to-z help, item did not meet expectation",
    message="claim {claim_id} ({claim_place}): the buyer in {ship_country} was offered no way to return the item",
    hint="Offer a domestic return address, a prepaid label, or a full refund.",
)
def return_not_offered(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A buyer abroad must be offered a domestic return address, a prepaid label, or a full refund."""
    return rows["no_return_offer"]


@rule(
    "CLM-415",
    asks=EVALUATED_CLAIMS,
    severity=WARNING,
    column="charged-amount",
    needs=["overcharged"],
    source="Amazon's A-to-z help, item did not meet expectation",
    message="claim {claim_id} ({claim_place}): charged {charged_amount} {currency} for an order of {order_total}",
    hint="Refund what was charged beyond the price, for example customs.",
)
def extra_charges(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A buyer pays the purchase price and no charges beyond it."""
    return rows["overcharged"]


@rule(
    "CLM-416",
    asks=EVALUATED_CLAIMS,
    title="Returned but not refunded in full",
    severity=WARNING,
    column="refund-amount",
    needs=["refund_incomplete"],
    source="Amazon's A-to-z help, item did not meet expectation",
    message="claim {claim_id} ({claim_place}): {refund_evidence}",
    hint="Refund the rest: items returned within the return policy are refunded in full.",
)
def returned_not_refunded(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Items returned within the return policy are refunded in full."""
    return rows["refund_incomplete"]


@rule(
    "CLM-417",
    asks=EVALUATED_CLAIMS,
    title="Contradictory claim",
    severity=WARNING,
    column="claim-date",
    needs=["contradiction"],
    source="feedwarden's own check",
    message="claim {claim_id} ({claim_place}): {contradiction}",
    hint="Correct the claims file: the claim is evaluated by the rest of its row.",
)
def contradiction(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Dates in the future and contradictory values are not used."""
    return rows["contradiction"].notna()


@rule(
    "CLM-418",
    asks=EVALUATED_CLAIMS,
    title="Refunded before the claim",
    severity=INFO,
    column="refund-date",
    needs=["refunded_before"],
    source="Amazon's A-to-z help, outcomes",
    message="claim {claim_id} ({claim_place}): {refund_amount} {currency} was refunded at {refunded_at}, before it was "
    "filed at {filed_at}",
    hint="Point this out to Amazon: there was nothing left to claim.",
)
def refunded_before_claim(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A buyer who has all the money back has nothing to claim."""
    return rows["refunded_before"]
