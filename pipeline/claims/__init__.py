"""Who will lose which A-to-z claim, why, and what can still be done."""

from pipeline.claims.defect_rate import check_odr_target, complete_odr
from pipeline.claims.inputs import ClaimInputs, gather_inputs
from pipeline.claims.stage import (
    ClaimsResult,
    evaluate_claims,
    sum_exposures,
)

__all__ = [
    "ClaimInputs",
    "ClaimsResult",
    "check_odr_target",
    "complete_odr",
    "evaluate_claims",
    "gather_inputs",
    "sum_exposures",
]
