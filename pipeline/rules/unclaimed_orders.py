"""CLM: what leads to a claim about an order that no claims file has one about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.severity import WARNING
from pipeline.rules.rule import Mask, rule
from pipeline.rules.subjects import UNCLAIMED_RETURNS, WAITING_BUYERS

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.policy import Policy


@rule(
    "CLM-401",
    asks=WAITING_BUYERS,
    title="Buyer waits for a reply",
    severity=WARNING,
    column="sent-date",
    needs=["buyer_waits"],
    source="Amazon's A-to-z help, first contact",
    message="the buyer's {channel_words} of {contact_at} ({contact_place}) has no reply; it is due by {reply_by}",
    hint="Reply through Buyer-Seller Messages: after {reply_by} the buyer can file a claim, which Amazon grants to a "
    "buyer without a reply.",
)
def buyer_waits(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon grants the claim of a buyer whose question is not answered in time."""
    return rows["buyer_waits"]


@rule(
    "CLM-419",
    asks=UNCLAIMED_RETURNS,
    title="Claim in no claims file",
    severity=WARNING,
    column="A-to-Z Claim",
    needs=["claimed_in_report"],
    source="Amazon's Returns report",
    message="the Returns report ({return_place}) shows an A-to-z claim about this order, and no claims file has it",
    hint="Answer the claim in Seller Central now, and add it to the claims file: its deadlines are running.",
)
def claim_not_listed(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A claim that is written down nowhere is answered by nobody."""
    return rows["claimed_in_report"]


@rule(
    "CLM-420",
    asks=UNCLAIMED_RETURNS,
    title="Returned and not claimed yet",
    severity=WARNING,
    column="Refunded Amount",
    needs=["refund_owed"],
    source="Amazon's A-to-z help, item did not meet expectation",
    message="returned {return_delivery_date} ({return_place}), {refunded_text} refunded, and not claimed yet",
    hint="Refund the rest before the buyer files a claim: a refund before a claim avoids a defect.",
)
def refund_missing(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Items returned within the policy are refunded in full; a buyer who waits for the money can file a claim."""
    return rows["refund_owed"]
