"""MET: the rates by which Amazon measures an account, the order defect rate aside. Asked of all orders together."""

from pipeline.model.severity import WARNING
from pipeline.rules.rule import offence

late_shipment_high = offence(
    "MET-701",
    "late_shipment_high",
    "A late shipment rate at or above Amazon's target puts the selling account at risk.",
    title="Late shipment rate at or near its target",
    severity=WARNING,
    source="Amazon's account-health targets",
    message="{rate} of orders were confirmed late ({count} of {total} in {days} days); "
    "the target is below {target}: {left}",
    hint="Confirm every order by its promised ship date: the worklist has what is due.",
)
cancellation_high = offence(
    "MET-702",
    "cancellation_high",
    "A cancellation rate at or above Amazon's target puts the selling account at risk.",
    title="Cancellation rate at or near its target",
    severity=WARNING,
    source="Amazon's account-health targets",
    message="{rate} of orders were canceled by the seller ({count} of {total} in {days} days); "
    "the target is below {target}: {left}",
    hint="Keep the stock count up to date, and cancel only what cannot be shipped.",
)
tracking_low = offence(
    "MET-703",
    "tracking_low",
    "A valid tracking rate below Amazon's target puts the selling account at risk.",
    title="Valid tracking rate at or near its target",
    severity=WARNING,
    source="Amazon's account-health targets",
    message="{rate} of confirmations have a usable tracking number ({count} of {total} in {days} days); "
    "the target is {target} or more: {left}",
    hint="Confirm with a tracking number that fits the carrier, and correct those that do not (SHP-112, SHP-119).",
)
RATE_RULES = {"late_shipment": late_shipment_high, "cancellation": cancellation_high, "tracking": tracking_low}
