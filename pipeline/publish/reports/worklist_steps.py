"""What the worklist asks for, as steps of what to do first: one for each action, with its money and due time."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np

from pipeline.model import calendar
from pipeline.model.run_counts import ActionCount, WorklistCounts
from pipeline.publish.reports.due_counts import format_money
from pipeline.publish.reports.item_actions import CALLED_OFF_CODE
from pipeline.utils import dtypes

_CLAIM_ACTIONS = {  # about claims: a verb, and what it is done to
    "answer-claim": ("Answer", "claim"),
    "appeal": ("Appeal", "claim"),
    "dispute": ("Dispute", "claim"),
    "refund": ("Refund", "order"),
}
_BUYER_ACTIONS = {
    "reply": ("Reply to", "buyer"),
    "resolve": ("Resolve what was asked by", "buyer"),
    "confirm": ("Add a usable tracking number to", "order item"),
}
_OTHER_ACTIONS = {  # what costs no deadline: words before the count, and a noun that is counted
    "review": ("Look up", "order item"),
    "refer": ("Refer to Amazon Customer Service the buyers of", "pending order"),
    "invite": ("Invite to order again the buyers of", "canceled order"),
    "restock": ("Count or restock", "sku"),
}
_WORKLIST_NAME = "reports/worklist.tsv"


def claim_steps(action_counts: WorklistCounts) -> list[str]:
    """What can be done about claims: an appeal of unknown due time, then by due time."""
    return _list_steps(action_counts, _CLAIM_ACTIONS, "")


def buyer_steps(action_counts: WorklistCounts) -> list[str]:
    """What keeps buyers from claims that Amazon would grant, by due time."""
    return _list_steps(action_counts, _BUYER_ACTIONS, "CLM-")


def _list_steps(action_counts: WorklistCounts, actions: dict[str, tuple[str, str]], family: str) -> list[str]:
    counts = {action: _count_action(action_counts, action, family) for action in actions}
    known_counts = [(action, count) for action, count in counts.items() if count]
    known_counts.sort(key=lambda entry: (*_rank_count(*entry), entry[0]))
    return [_describe_claims(*actions[action], count) for action, count in known_counts]


def _rank_count(action: str, count: ActionCount) -> tuple[bool, bool, int]:
    is_first = action == "appeal" and count.undated > 0
    return not is_first, not dtypes.is_known(count.first_due), count.first_due


def _count_action(action_counts: WorklistCounts, action: str, family: str, code: str = "") -> ActionCount | None:
    """The lines of an action whose code is of the family, or that very code, as one; None where there are none."""
    counts = [
        count
        for step, count in action_counts.by_step.items()
        if step.startswith(f"{action} {family}") and step.endswith(code)
    ]
    return functools.reduce(ActionCount.combine, counts) if counts else None


def _describe_claims(verb: str, noun: str, count: ActionCount) -> str:
    money_text = f", {format_money(count.amounts)}" if count.amounts else ""
    if count.lines == 1:
        subject = f"the {noun} of order {count.order_id}" if noun != "order" else f"order {count.order_id}"
        overdue_text = ", overdue" if count.overdue else ""
        return f"{verb} {subject}{money_text}{_format_due(count, ', due ')}{overdue_text} ({_WORKLIST_NAME})."
    overdue_text = f", {count.overdue:,} of them overdue" if count.overdue else ""
    return (
        f"{verb} {count.lines:,} {noun}s{money_text}{overdue_text}; the first is of order {count.order_id}"
        f"{_format_due(count, ', due ')} ({_WORKLIST_NAME})."
    )


def confirm_steps(action_counts: WorklistCounts) -> Iterator[str]:
    """The orders that Amazon is about to cancel."""
    if count := _count_action(action_counts, "confirm", "LIF-"):
        items = _format_item_count(count.lines)
        pronoun, words = ("it", " at ") if count.lines == 1 else ("them", ", the first at ")
        yield f"Confirm {items} before Amazon cancels {pronoun}{_format_due(count, words)}."


def late_steps(action_counts: WorklistCounts) -> Iterator[str]:
    """What should have been shipped."""
    if (count := _count_action(action_counts, "ship", "LIF-204")) and count.overdue:
        yield f"Ship what is late: the promised ship date of {_format_item_count(count.overdue)} has passed."


def cancel_steps(action_counts: WorklistCounts) -> Iterator[str]:
    """What buyers asked to cancel."""
    if count := _count_action(action_counts, "cancel", ""):
        items = _format_item_count(count.lines)
        yield f"Cancel {items}, as the buyer asks{_format_first_due(count, count.lines)} ({_WORKLIST_NAME})."


def called_off_steps(action_counts: WorklistCounts) -> Iterator[str]:
    """What the seller has canceled, and Amazon still wants shipped."""
    if count := _count_action(action_counts, "ship", CALLED_OFF_CODE):
        items = _format_item_count(count.lines)
        due = _format_first_due(count, count.lines)
        yield (
            f"Decide, before you ship, about {items} that you canceled and Amazon still wants shipped{due} "
            f"({_WORKLIST_NAME})."
        )


def ship_steps(action_counts: WorklistCounts) -> Iterator[str]:
    """What is to be shipped in time."""
    count = _count_action(action_counts, "ship", "", " ")
    if count and count.lines > count.overdue:
        number = count.lines - count.overdue
        yield f"Ship {_format_item_count(number)}{_format_first_due(count, number)} ({_WORKLIST_NAME})."


def _format_due(count: ActionCount, words: str) -> str:
    """The words and the local time of the first line; nothing where it is not known."""
    if not dtypes.is_known(count.first_due):
        return ""
    return f"{words}{calendar.format_local_times(np.array([count.first_due]), np.array([count.zone]))[0]}"


def _format_first_due(count: ActionCount, number: int) -> str:
    """The local time by which the only one of so many is due, or the first; nothing where it is not known."""
    return _format_due(count, ", by " if number == 1 else ", the first by ")


def _format_item_count(number: int) -> str:
    return f"{number:,} order item{'' if number == 1 else 's'}"


def other_steps(action_counts: WorklistCounts) -> Iterator[str]:
    """What else the worklist asks for."""
    for action, (words, noun) in _OTHER_ACTIONS.items():
        if count := _count_action(action_counts, action, ""):
            due = _format_first_due(count, count.lines)
            yield f"{words} {count.lines:,} {noun}{'s' * (count.lines != 1)}{due} ({_WORKLIST_NAME})."
