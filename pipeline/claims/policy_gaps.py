"""What the policy has no number for among the claims: named once an entry."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from pipeline.claims.contacts import NO_REPLY_GRANT
from pipeline.claims.grounds import AFTER_ESTIMATE, CONTACT_RESPONSE
from pipeline.claims.model import ClaimContext, EvaluatedClaims
from pipeline.claims.status import APPEAL_WINDOW, INFO_RESPONSE
from pipeline.claims.timepoints import Timepoints, unknown_times
from pipeline.model import findings
from pipeline.model.bucket_result import PolicyGap
from pipeline.model.run_context import RunContext
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import LATEST


def find_policy_gaps(evaluated: EvaluatedClaims, claim_context: ClaimContext, context: RunContext) -> list[PolicyGap]:
    """The entries that were not in force yet at the date of some claim's event, with the earliest of these."""
    dates, grounds = evaluated.window_starts, evaluated
    window_starts = {
        CONTACT_RESPONSE: claim_context.timeline.times_at(grounds.first_contact),
        NO_REPLY_GRANT: claim_context.timeline.times_at(grounds.first_contact),
        AFTER_ESTIMATE: Timepoints(unknown_times(len(grounds.estimated_day)), grounds.estimated_day),
        INFO_RESPONSE: dates["info_requested_date"],
        APPEAL_WINDOW: dates["decision_date"],
    }
    return [gap for entry, times in window_starts.items() for gap in _find_gap(entry, times, context)]


def _find_gap(entry: str, times: Timepoints, context: RunContext) -> list[PolicyGap]:
    count, first_days = 0, []
    for side, to_dates in ((times.instant, dtypes.to_timestamps), (times.day, dtypes.to_dates)):
        first = side.min(where=dtypes.is_known(side), initial=LATEST)
        if (
            first == LATEST
            or arrow.to_bool(context.policy.row_in_force(entry, on=arrow.to_series(to_dates(np.array([first])))))[0]
        ):
            continue
        event_dates = arrow.to_series(to_dates(side))
        in_force = arrow.to_arrow(context.policy.row_in_force(entry, on=event_dates))
        too_early = arrow.to_arrow(event_dates).filter(pc.fill_null(pc.equal(in_force, False), False))
        count += len(too_early)
        first_days += [str(pc.min(too_early).as_py())[:10]] if len(too_early) else []
    return [PolicyGap(entry, count, min(first_days), findings.LEDGER_FILE, 0)] if count else []
