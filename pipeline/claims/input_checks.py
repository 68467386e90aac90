"""What contradicts itself in the contact log and in the file of defects: dates that cannot all be true (CLM-417)."""

from __future__ import annotations

import pandas as pd

from pipeline.claims import formatting, timepoints
from pipeline.claims.model import ClaimContext
from pipeline.claims.timepoints import LocalClock
from pipeline.model import calendar
from pipeline.rules import build_findings
from pipeline.rules.claims import contradiction
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array

_HINT = "Correct the date: it is not used."


def check_inputs(claim_context: ClaimContext) -> list[pd.DataFrame]:
    """A finding for each line of this run's contact logs and defects whose later event comes before the earlier one."""
    inputs = claim_context.inputs
    clock = claim_context.clock.take(claim_context.order_indices[1])
    resolved, sent = (timepoints.read_timepoints(inputs.contacts, name) for name in ("resolved_date", "sent_date"))
    contacts_wrong = timepoints.is_after(sent, resolved, clock)
    defects = inputs.defects
    removed, made = (timepoints.read_timepoints(defects, name) for name in ("removed_date", "defect_date"))
    defects_wrong = timepoints.is_after(made, removed, _defects_clock(claim_context))
    return [
        _find(
            inputs.contacts, contacts_wrong, "resolved-date", "contact {contact_id}: resolved-date is before sent-date"
        ),
        _find(defects, defects_wrong, "removed-date", "defect {defect_id}: removed-date is before defect-date"),
    ]


def _defects_clock(claim_context: ClaimContext) -> LocalClock:
    """The clock of the order of each defect."""
    clock = claim_context.clock
    order_keys = arrow.to_int64(claim_context.inputs.defects["order_key"])
    zone_index, zones = calendar.assign_order_zones(order_keys, claim_context.items, clock.context)
    return LocalClock(clock.as_of, zone_index, zones, calendar.as_of_days(clock.context.as_of, zones), clock.context)


def _find(rows: pd.DataFrame, wrong: Array, column: str, message: str) -> pd.DataFrame:
    rows = arrow.filter_rows(rows, wrong & arrow.to_bool(rows["in_this_run"]))
    return build_findings.row_findings(
        contradiction, rows.assign(**formatting.find_lines(rows)), column=column, message=message, hint=_HINT
    )
