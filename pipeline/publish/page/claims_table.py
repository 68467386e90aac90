"""The claims on the page: those with a deadline first, and what would be granted if it was claimed now."""

from __future__ import annotations

from typing import Any, NamedTuple

from pipeline.model import calendar
from pipeline.model.marketplaces import MARKETPLACES
from pipeline.model.run_result import RunResult
from pipeline.publish.page import seller_central
from pipeline.publish.reports import claim_list, metrics, money_lines
from pipeline.publish.reports.due_counts import format_money
from pipeline.publish.reports.due_times import describe_due, grade_due
from pipeline.utils import arrow, dtypes

_MAX_SHOWN = 300
_TEXTS = ("claim_id", "order_id", "claim_type", "status", "currency", "counts_in_odr")


class ClaimsTable(NamedTuple):
    """The first claims in the order of their deadlines, how many there are, and all of them in numbers.

    ``exposure`` has a row for each reason: its code, its title, and what it comes to.
    """

    rows: list[dict[str, Any]]
    total: int
    by_status: list[tuple[str, int]]
    sums: list[tuple[str, str]]
    exposure: list[tuple[str, str, str]]
    exposed: str

    @property
    def codes(self) -> set[str]:
        """The rules that are named."""
        named = {code for row in self.rows for code in (*row["against"], *row["for_seller"])}
        return named | {code for code, _, _ in self.exposure}


def build_claims(result: RunResult) -> ClaimsTable:
    """The claims of the run."""
    as_of_us = dtypes.instant_to_us(result.context.as_of)
    claims = result.tables["claims"]
    totals = claim_list.total_claims(claims.iter_chunks())
    selected = claim_list.select_claims(claims.iter_chunks(), _MAX_SHOWN)
    deadlines, zones = arrow.to_int64(arrow.to_series(selected["deadline"])), selected["zone"].to_numpy()
    overdue = arrow.equals_text(selected["status"], "information-overdue")
    times = zip(
        calendar.format_local_times(deadlines, zones).to_pylist(),
        describe_due(deadlines, overdue, as_of_us).to_pylist(),
        grade_due(deadlines, overdue, zones, result.context.as_of).tolist(),
        strict=True,
    )
    rows = [_describe_claim(claim, time) for claim, time in zip(selected.to_pylist(), times, strict=True)]
    sums = {"at risk": totals.at_risk, "debited": totals.debited, "reimbursed": totals.reimbursed}
    exposure = metrics.summarize_exposure(result.exposure)
    return ClaimsTable(
        rows=rows,
        total=len(claims),
        by_status=totals.list_statuses(),
        sums=[(name, format_money(amounts)) for name, amounts in sums.items() if amounts],
        exposure=[
            (code, name, money_lines.format_exposure(exposure[code]))
            for code, name in money_lines.list_reasons(exposure)
        ],
        exposed=money_lines.format_exposure(exposure["any"]) if exposure["any"]["orders"] else "",
    )


def _describe_claim(claim: dict[str, Any], time: tuple[str | None, str, int]) -> dict[str, Any]:
    local, when, horizon = time
    due = f"by {local}" if local else "nobody knows until when"
    return {name: claim[name] or "" for name in _TEXTS} | {
        "marketplace": MARKETPLACES[claim["marketplace"]],
        "href": seller_central.order_url(MARKETPLACES[claim["marketplace"]], claim["order_id"]),
        "amount": _format_amount(claim["claim_amount"]),
        "debited": _format_amount(claim["debited"]),
        "reimbursed": _format_amount(claim["reimbursed"]),
        "deadline": f"{claim['action']} {due}" if claim["action"] else "",
        "when": when,
        "horizon": horizon,
        "minutes": claim["deadline"].timestamp() if claim["deadline"] else "",
        "against": [code for code in (claim["grant_reasons"] or "").split(";") if code],
        "for_seller": [code for code in (claim["dispute_grounds"] or "").split(";") if code],
    }


def _format_amount(amount: Any) -> str:
    return "" if amount is None else f"{amount:,}"
