"""CAN: whether a cancellation may be uploaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.severity import ERROR, WARNING
from pipeline.rules.rule import Mask, rule
from pipeline.rules.subjects import MATCHED_CANCELLATIONS, MATCHED_CONFIRMATIONS
from schemas.cancellation import BUYER_CANCELED

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.policy import Policy


@rule(
    "CAN-501",
    asks=MATCHED_CANCELLATIONS,
    title="Not unshipped",
    severity=ERROR,
    column="order-id",
    needs=["cancelable"],
    source="Amazon's order-processing help, step 3",
    message="not unshipped, so it cannot be canceled: {state_found}",
    hint="Only an unshipped order can be canceled by the seller: check it in Manage Orders.",
)
def not_cancelable(rows: pd.DataFrame, policy: Policy) -> Mask:
    """The seller can cancel an order only while it is unshipped."""
    return ~rows["cancelable"]


@rule(
    "CAN-502",
    asks="cancellation",
    title="Incomplete item cancellation",
    severity=ERROR,
    column="cancellation-reason-code",
    needs=["reason_item_mismatch"],
    source="Amazon's order cancellation template",
    message="only one of reason code and item code is filled in",
    hint="Fill in both to cancel one item, or neither to cancel the whole order.",
)
def reason_without_item(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Canceling one item needs both codes; a line with neither cancels the whole order."""
    return rows["reason_item_mismatch"]


@rule(
    "CAN-503",
    asks=(MATCHED_CONFIRMATIONS, MATCHED_CANCELLATIONS),
    severity=ERROR,
    column="order-id",
    needs=["opposing_line"],
    source="feedwarden's own check",
    message="{opposing_line} says the opposite about the same item",
    hint="Decide whether the item is shipped or canceled, and remove the other line.",
)
def confirmed_and_canceled(rows: pd.DataFrame, policy: Policy) -> Mask:
    """The same item cannot be both shipped and canceled."""
    return rows["opposing_line"].notna()


@rule(
    "CAN-504",
    asks=MATCHED_CANCELLATIONS,
    title="Canceled without being asked",
    severity=WARNING,
    column="cancellation-reason-code",
    needs=["unasked", "cancellation_reason_code"],
    source="Amazon's order reports, is-buyer-requested-cancellation",
    message="the reason is that the buyer asked, and the report shows no such request",
    hint="Ask the buyer to request it in Your Orders first: without that it counts as the seller's cancellation.",
)
def canceled_without_request(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon counts a cancellation against the seller unless the buyer requested it there."""
    return rows["unasked"] & (rows["cancellation_reason_code"] == BUYER_CANCELED)
