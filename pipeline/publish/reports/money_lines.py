"""What the summary begins with: what is due, with its money, and how the claims stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from pipeline.model import calendar
from pipeline.model.run_counts import DueCount
from pipeline.model.run_result import RunResult
from pipeline.publish.reports import claim_list, metrics
from pipeline.publish.reports.due_counts import format_first_due, format_money
from pipeline.publish.reports.due_times import HORIZONS, LATER, OVERDUE
from pipeline.rules import catalogue
from pipeline.utils import arrow

_MAX_CLAIMS = 3  # named one by one
_CLAIM_IDENTITY = (
    "claim_id",
    "order_id",
    "status",
    "claim_amount",
    "currency",
    "grant_reasons",
    "dispute_grounds",
    "action",
)


def due_lines(due: Sequence[DueCount]) -> Iterator[str]:
    """A line for each action that is overdue, due today or soon, and one for all that is due later or at no time."""
    yield from _near_lines([entry for entry in due if entry.horizon < LATER])
    for horizon in range(LATER, len(HORIZONS)):
        if later := [entry for entry in due if entry.horizon == horizon]:
            actions = " · ".join(f"{entry.action} {entry.totals.lines:,}" for entry in later)
            first = format_first_due(later[0].totals)
            yield f"{HORIZONS[horizon]:<9}  {actions}{first and f', the first by {first}'}"


def _near_lines(due: list[DueCount]) -> Iterator[str]:
    """A line for each horizon and action, the horizon named once."""
    widths = [max((len(word) for word in words), default=0) for words in _list_words(due)]
    named = -1
    for horizon, action, count in due:
        words, first = ("since" if horizon == OVERDUE else "by"), format_first_due(count)
        time = f"{words} {first}" if count.lines == 1 else f"the first {words} {first}"
        name = HORIZONS[horizon] if horizon != named else ""
        money = f"{format_money(count.amounts):>{widths[2]}}  " if widths[2] else ""
        yield f"{name:<9}  {action:<{widths[0]}}  {count.lines:>{widths[1]},}  {money}{time}"
        named = horizon


def _list_words(due: list[DueCount]) -> tuple[list[str], list[str], list[str]]:
    return (
        [entry.action for entry in due],
        [f"{entry.totals.lines:,}" for entry in due],
        [format_money(entry.totals.amounts) for entry in due],
    )


def claim_lines(result: RunResult) -> Iterator[str]:
    """The claims in numbers, those whose time ends first, and what would be granted if it was claimed now."""
    totals = claim_list.total_claims(result.tables["claims"].iter_chunks())
    if totals.by_status:
        yield " · ".join(f"{status} {number:,}" for status, number in totals.list_statuses())
    named_sums = {"at risk": totals.at_risk, "debited": totals.debited, "reimbursed": totals.reimbursed}
    if sums := [f"{name} {format_money(amounts)}" for name, amounts in named_sums.items() if amounts]:
        yield " · ".join(sums)
    yield from _deadline_lines(result)
    exposure = metrics.summarize_exposure(result.exposure)
    if exposure["any"]["orders"]:
        reasons = [f"{name} {format_exposure(exposure[code])}" for code, name in list_reasons(exposure)]
        yield f"not claimed yet, but would be granted: {format_exposure(exposure['any'])} ({'; '.join(reasons)})"


def _deadline_lines(result: RunResult) -> Iterator[str]:
    """The claims that can be answered or appealed, the nearest deadline first."""
    claims = claim_list.select_claims(result.tables["claims"].iter_chunks(), _MAX_CLAIMS)
    deadlines = arrow.to_int64(arrow.to_series(claims["deadline"]))
    local = calendar.format_local_times(deadlines, claims["zone"].to_numpy()).to_pylist()
    for row in np.flatnonzero(arrow.is_valid(arrow.to_series(claims["action"]))):
        claim = {name: claims[name][row].as_py() for name in _CLAIM_IDENTITY}
        time = f"by {local[row]}" if local[row] else "at once, as nobody knows until when"
        grounds = [
            f"{words} {claim[name]}"
            for name, words in (("grant_reasons", "against you"), ("dispute_grounds", "for you"))
            if claim[name]
        ]
        money = format_money({claim["currency"]: claim["claim_amount"]}) if claim["claim_amount"] else ""
        yield ", ".join(
            filter(
                None,
                (
                    f"{claim['claim_id']} of order {claim['order_id']}: {claim['status']}",
                    money,
                    f"{claim['action']} {time}",
                    *grounds,
                ),
            )
        )


def list_reasons(exposure: dict[str, Any]) -> list[tuple[str, str]]:
    """The codes and titles of the reasons for which an order is exposed."""
    return [
        (code, catalogue.rule_title(catalogue.RULES_BY_CODE[code]).lower())
        for code in metrics.AUTOMATIC_GRANT_CODES
        if exposure[code]["orders"]
    ]


def format_exposure(exposure: dict[str, Any]) -> str:
    """What a reason of the exposure (``metrics.json``) comes to: orders and money."""
    orders = exposure["orders"]
    money = " and ".join(f"{Decimal(amount):,} {currency}" for currency, amount in exposure["amounts"].items())
    return ", ".join(filter(None, (f"{orders:,} order{'' if orders == 1 else 's'}", money)))
