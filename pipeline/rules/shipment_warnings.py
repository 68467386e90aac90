"""SHP: what speaks against confirming an order item that may be confirmed all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.severity import WARNING
from pipeline.rules.rule import Mask, rule
from pipeline.rules.subjects import MATCHED_CONFIRMATIONS

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.policy import Policy


@rule(
    "SHP-124",
    asks=MATCHED_CONFIRMATIONS,
    title="No longer listed as unshipped",
    severity=WARNING,
    column="order-id",
    needs=["delisted"],
    source="Amazon's order-processing help, step 2",
    message="no longer in the Unshipped Orders report, and not confirmed before",
    hint="Check in Manage Orders whether it was canceled before you hand the parcel over.",
)
def delisted(rows: pd.DataFrame, policy: Policy) -> Mask:
    """What an earlier report listed and a newer one does not was probably canceled without notice."""
    return rows["delisted"]


@rule(
    "SHP-125",
    asks=MATCHED_CONFIRMATIONS,
    title="Buyer asks to cancel",
    severity=WARNING,
    column="order-id",
    needs=["cancel_asked"],
    source="Amazon's order reports, is-buyer-requested-cancellation",
    message="the buyer has asked to cancel",
    hint="Cancel the order with reason BuyerCanceled if the parcel has not left.",
)
def cancel_asked(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A buyer who asked to cancel sends the parcel back, or refuses it."""
    return rows["cancel_asked"]


@rule(
    "SHP-126",
    asks=MATCHED_CONFIRMATIONS,
    title="Easy Ship",
    severity=WARNING,
    column="order-id",
    needs=["easy_ship"],
    source="Amazon's order reports, fulfilled-by",
    message="Easy Ship: Amazon picks it up by appointment, and the seller does not confirm it",
    hint="Remove the line, and schedule the pickup in Manage Orders.",
)
def easy_ship(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Amazon confirms what its carrier has picked up."""
    return rows["easy_ship"]
