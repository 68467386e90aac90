"""Claims for people: those that can still be won or lost first, and all of them in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.publish.files.cells import to_single_chunk
from pipeline.publish.reports.claims import FLAGS
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import LATEST, Array

_OPEN_STATUSES = ("information-overdue", "information-due", "investigating")
_NO_ACTION = 2
Money = dict[str, Decimal]  # by currency


class ClaimTotals(NamedTuple):
    """Claims in numbers: by status and by what they count in the order defect rate, with their money by currency.

    ``at_risk`` is what is claimed by those that count as ``at-risk``.
    """

    by_status: Counter[str]
    at_risk_count: int
    at_risk: Money
    debited: Money
    reimbursed: Money

    def list_statuses(self) -> list[tuple[str, int]]:
        """How many there are of each status: those that are not decided first, as their time presses, then by name."""
        undecided = [(status, self.by_status[status]) for status in _OPEN_STATUSES if self.by_status[status]]
        return [*undecided, *sorted(entry for entry in self.by_status.items() if entry[0] not in _OPEN_STATUSES)]


def total_claims(parts: Iterable[pa.Table]) -> ClaimTotals:
    """The claims of a table in numbers."""
    by_status, at_risk_count = Counter[str](), 0
    money: dict[str, Money] = {"at_risk": {}, "debited": {}, "reimbursed": {}}
    for part in parts:
        by_status.update(part["status"].to_pylist())
        at_risk = part.filter(pc.equal(part["counts_in_odr"], "at-risk"))
        at_risk_count += len(at_risk)
        for name, rows, column in (
            ("at_risk", at_risk, "claim_amount"),
            *((name, part, name) for name in ("debited", "reimbursed")),
        ):
            _add_money(money[name], rows, column)
    return ClaimTotals(by_status, at_risk_count, **{name: dict(sorted(sums.items())) for name, sums in money.items()})


def _add_money(sums: Money, rows: pa.Table, column: str) -> None:
    """What the column holds is added by currency."""
    for entry in rows.group_by("currency").aggregate([(column, "sum")]).to_pylist():
        if entry["currency"] and entry[f"{column}_sum"]:
            sums[entry["currency"]] = sums.get(entry["currency"], Decimal(0)) + entry[f"{column}_sum"]


def select_claims(parts: Iterable[pa.Table], limit: int) -> pa.Table:
    """The first claims of a table: appeals of unknown end, then by deadline, then those undecided, then all others.

    With ``action``, what can be done by ``deadline`` (timestamp, null where it is not known): ``answer``, ``appeal`` or
    null.
    """
    selected = None
    for part in parts:
        graded = _append_deadline(part)
        both = graded if selected is None else pa.concat_tables([selected, graded])
        order = pc.sort_indices(both, sort_keys=[(name, "ascending") for name in ("place", "claim_id", "order_id")])
        selected = both.take(order.slice(0, limit))
    if selected is None:
        raise ValueError("claims come as one table at least")
    return selected.drop_columns(["place"])


def _append_deadline(claims: pa.Table) -> pa.Table:
    """The claims with what can be done, until when, and what they are sorted by."""
    is_open = pc.is_in(to_single_chunk(claims["status"]), value_set=pa.array(_OPEN_STATUSES))
    answer_us, appeal_us = (arrow.to_int64(arrow.to_series(claims[name])) for name in ("answer_by", "appeal_by"))
    is_awaited, is_appeal, is_undated = (arrow.to_bool(arrow.to_series(claims[name])) for name in FLAGS)
    is_undecided = is_open.to_numpy(zero_copy_only=False)
    is_answer = is_awaited & dtypes.is_known(answer_us)
    deadline_us = np.select([is_answer, is_appeal], [answer_us, appeal_us], dtypes.NEVER)
    action = np.select([is_answer, is_appeal | is_undated], [0, 1], 2)
    for name, values in (
        ("deadline", dtypes.to_timestamps(deadline_us)),
        ("action", arrow.take_strings(("answer", "appeal", ""), action, action == _NO_ACTION)),
        ("place", pa.array(_rank_claims(deadline_us, is_undecided, is_undated))),
    ):
        claims = claims.append_column(name, values)
    return claims


def _rank_claims(deadline_us: Array, is_undecided: Array, is_undated: Array) -> Array:
    """Appeals of unknown end first, then by deadline; then what is undecided without one, then the others."""
    without = np.select([is_undated, is_undecided], [dtypes.NEVER, LATEST - 1], LATEST)
    return np.where(dtypes.is_known(deadline_us), deadline_us, without)
