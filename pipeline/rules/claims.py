"""CLM: who would lose which claim, why, and what can be done. Asked of claims, CLM-401 of orders without one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.severity import INFO, WARNING
from pipeline.rules.rule import Mask, offence, rule
from pipeline.rules.subjects import CLAIMS, WAITING_BUYERS

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.policy import Policy


@rule(
    "CLM-401",
    asks=WAITING_BUYERS,
    severity=WARNING,
    column="sent-date",
    needs=["buyer_waits"],
    source="seed, A-to-z: first contact",
    message="the {channel_words} of {contact_at} ({contact_place}) has no reply; it is due by {reply_by}",
    hint="Reply through Buyer-Seller Messages: after that a claim is granted automatically.",
)
def buyer_waits(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A buyer whose question is not answered in time may claim, and wins."""
    return rows["buyer_waits"]


@rule(
    "CLM-402",
    asks=CLAIMS,
    severity=WARNING,
    column="tracking-number",
    needs=["no_tracking"],
    source="seed, automatic grants",
    message="claim {claim_id} ({claim_place}): {tracking_evidence}",
    hint="Confirm again with the tracking number if there is one: without it Amazon grants the claim unasked.",
)
def no_usable_tracking(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon grants a claim at once where the order has no valid tracking number."""
    return rows["no_tracking"]


@rule(
    "CLM-403",
    asks=CLAIMS,
    severity=WARNING,
    column="sent-date",
    needs=["no_reply"],
    source="seed, automatic grants",
    message="claim {claim_id} ({claim_place}): {reply_evidence}",
    hint="Show a reply that the log lacks, if there is one: without it Amazon grants the claim unasked.",
)
def no_reply_in_time(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon grants a claim at once where the buyer's question was not answered in time."""
    return rows["no_reply"]


@rule(
    "CLM-404",
    asks=CLAIMS,
    severity=WARNING,
    column="ship-date",
    needs=["shipped_late"],
    source="seed, automatic grants",
    message="claim {claim_id} ({claim_place}): {shipping_evidence}",
    hint="Show that it was shipped earlier, if it was: else Amazon grants the claim unasked.",
)
def not_shipped_in_time(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon grants a claim at once where the order was not shipped by the expected date."""
    return rows["shipped_late"]


@rule(
    "CLM-405",
    asks=CLAIMS,
    severity=WARNING,
    column="delivered-date",
    needs=["not_delivered"],
    source="seed, automatic grants",
    message="claim {claim_id} ({claim_place}): {delivery_evidence}",
    hint="Add delivered-date if the carrier shows one: else Amazon grants the claim unasked.",
)
def not_delivered_in_time(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon grants a claim at once where the order was not delivered by the estimated date."""
    return rows["not_delivered"]


@rule(
    "CLM-406",
    asks=CLAIMS,
    severity=WARNING,
    column="info-requested-date",
    needs=["awaits_info"],
    source="seed, A-to-z: outcomes",
    message="claim {claim_id} ({claim_place}): Amazon asked for information at {requested_at}; answer by {answer_by}",
    hint="Answer in Seller Central with dates, tracking and replies: feedwarden claims --evidence prints them.",
)
def information_asked(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A question of Amazon's that is not answered in time may lose the claim."""
    return rows["awaits_info"]


@rule(
    "CLM-407",
    asks=CLAIMS,
    severity=WARNING,
    column="decision-date",
    needs=["appealable"],
    source="seed, A-to-z: appeal period",
    message="claim {claim_id} ({claim_place}) was granted at {decided_at}: it can be appealed until {appeal_by}",
    hint="Appeal with what Amazon did not know; after that the decision and its defect stand.",
)
def appeal_possible(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A claim granted at the seller's cost can be appealed for some time."""
    return rows["appealable"]


@rule(
    "CLM-408",
    asks=CLAIMS,
    severity=WARNING,
    column="decision-date",
    needs=["appeal_expired"],
    source="seed, A-to-z: appeal period",
    message="claim {claim_id} ({claim_place}) was granted at {decided_at}: the time to appeal ended at {appeal_by}",
    hint="Nothing can be done: the claim is closed and its effect stands.",
)
def appeal_too_late(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A claim that is not appealed in time is closed, and its effect cannot be reversed."""
    return rows["appeal_expired"]


@rule(
    "CLM-409",
    asks=CLAIMS,
    severity=INFO,
    column="claim-date",
    needs=["filed_early"],
    source="seed, A-to-z: when a buyer can file",
    message="claim {claim_id} ({claim_place}) was filed at {filed_at}, earlier than {eligible_from}: {early_evidence}",
    hint="Say so to Amazon: the buyer has to give the seller time first.",
)
def claimed_too_early(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A buyer may claim once the seller has had time to answer, and for non-receipt once delivery is overdue."""
    return rows["filed_early"]


@rule(
    "CLM-410",
    asks=CLAIMS,
    severity=INFO,
    column="claim-date",
    needs=["no_contact"],
    source="seed, A-to-z: when a buyer can file",
    message="claim {claim_id} ({claim_place}) was filed at {filed_at}, and no {channel_words} of the buyer is known",
    hint="Check that the contact log is whole, then say so to Amazon: the buyer has to contact the seller first.",
)
def claimed_without_contact(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A buyer has to contact the seller before claiming."""
    return rows["no_contact"]


@rule(
    "CLM-411",
    asks=CLAIMS,
    severity=WARNING,
    column="order-id",
    needs=["order_unknown"],
    source="SPEC §5",
    message="claim {claim_id} ({claim_place}) is about an order that no report given and no earlier night holds",
    hint="Give the report that holds the order, or check the order id.",
)
def order_unknown(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Of an order that is not known nothing can be said to Amazon."""
    return rows["order_unknown"]


@rule(
    "CLM-412",
    asks=CLAIMS,
    severity=WARNING,
    column="claim-amount",
    needs=["claims_above_total"],
    source="SPEC §6",
    message="claim {claim_id} ({claim_place}): {claim_amount} {currency} claimed, and the order came to {order_total}",
    hint="Check the amount; say so to Amazon if it is right.",
)
def claims_more_than_paid(rows: pd.DataFrame, policy: Policy) -> Mask:
    """No more can be claimed than the order came to."""
    return rows["claims_above_total"]


defect_rate_high = offence(
    "CLM-413",
    "defect_rate_high",
    "An order defect rate at or above Amazon's target costs the account its good standing.",
    severity=WARNING,
    source="FORMATS §5c",
    message="{defects} of {orders} orders of {days} days are defects, {rate}; the target is below {target}: {left}",
    hint="See the worklist: what is answered, refunded before a claim, or won on appeal is no defect.",
)


@rule(
    "CLM-414",
    asks=CLAIMS,
    severity=WARNING,
    column="domestic-return-address",
    needs=["no_return_offer"],
    source="seed, A-to-z: item did not meet expectation",
    message="claim {claim_id} ({claim_place}): the buyer in {ship_country} was offered no way to return the item",
    hint="Offer a domestic return address, a prepaid label, or a full refund.",
)
def return_not_offered(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A buyer abroad is owed a way to return the item at home, a paid label, or a full refund."""
    return rows["no_return_offer"]


@rule(
    "CLM-415",
    asks=CLAIMS,
    severity=WARNING,
    column="charged-amount",
    needs=["overcharged"],
    source="seed, A-to-z: item did not meet expectation",
    message="claim {claim_id} ({claim_place}): charged {charged_amount} {currency} for an order of {order_total}",
    hint="Refund what was charged beyond the price, for instance customs.",
)
def extra_charges(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A buyer pays the purchase price and no charges beyond it."""
    return rows["overcharged"]


@rule(
    "CLM-416",
    asks=CLAIMS,
    severity=WARNING,
    column="refund-amount",
    needs=["refund_incomplete"],
    source="seed, A-to-z: item did not meet expectation",
    message="claim {claim_id} ({claim_place}): {refund_evidence}",
    hint="Refund the rest: what came back in policy is paid back in full.",
)
def returned_not_refunded(rows: pd.DataFrame, policy: Policy) -> Mask:
    """What a buyer returned within the return policy is refunded in full."""
    return rows["refund_incomplete"]


@rule(
    "CLM-417",
    asks=CLAIMS,
    severity=WARNING,
    column="claim-date",
    needs=["contradiction"],
    source="SPEC §6",
    message="claim {claim_id} ({claim_place}): {contradiction}",
    hint="Correct the claims file: the claim is judged by the rest of its row.",
)
def contradiction(rows: pd.DataFrame, policy: Policy) -> Mask:
    """What has not happened yet and what contradicts itself is not a fact."""
    return rows["contradiction"].notna()
