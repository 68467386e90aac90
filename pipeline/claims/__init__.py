"""Who will lose which A-to-z claim, why, and what can still be done."""

from pipeline.claims.inputs import ClaimInputs, gather_inputs
from pipeline.claims.stage import (
    ClaimsResult,
    add_defects_until_target,
    check_odr_target,
    evaluate_claims,
    sum_exposures,
)

__all__ = [
    "ClaimInputs",
    "ClaimsResult",
    "add_defects_until_target",
    "check_odr_target",
    "evaluate_claims",
    "gather_inputs",
    "sum_exposures",
]
