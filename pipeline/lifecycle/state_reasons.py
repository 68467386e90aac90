"""Why an order item is in its state, in words: the line of the state table that held, and what made it true.

Read off what a run remembers of the item; ``state.py`` is what assigns the state.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pipeline.model.states import (
    AUTO_CANCELED,
    CANCELED,
    PARTIALLY_SHIPPED,
    PENDING,
    SHIPPED,
    STATE_NAMES,
    UNKNOWN,
    UNSHIPPED,
)

# The state table in its order: the first line that is true holds.
STATE_LINES: dict[str, str] = {
    STATE_NAMES[CANCELED]: "a report or an accepted cancellation cancels it before all of it was shipped",
    STATE_NAMES[SHIPPED]: "nothing remains to ship",
    STATE_NAMES[PENDING]: "its newest evidence is an All Orders report that calls it Pending",
    STATE_NAMES[AUTO_CANCELED]: "the time to confirm it is over and something remains",
    STATE_NAMES[PARTIALLY_SHIPPED]: "some of it is shipped",
    STATE_NAMES[UNSHIPPED]: "an Orders or Unshipped report holds it, or a report calls it Unshipped",
    STATE_NAMES[UNKNOWN]: "nothing above is true",
}


class StateReason(NamedTuple):
    """Which line of the state table held, counted from 1, what it says, and the facts that made it true."""

    line: int
    rule: str
    facts: str


def explain_state(item: dict[str, Any]) -> StateReason:
    """Why the item is in its state; ``item`` is its row of the ledger, by column."""
    state = item["state"]
    return StateReason([*STATE_LINES].index(state) + 1, STATE_LINES[state], _describe_facts(state, item))


def _describe_facts(state: str, item: dict[str, Any]) -> str:
    shipped = count_shipped(item)
    purchased = "an unknown number" if item["quantity_purchased"] is None else item["quantity_purchased"]
    units = f"{shipped} of {purchased} shipped"
    facts = {
        STATE_NAMES[CANCELED]: "a report says Cancelled"
        if item["canceled_seen"]
        else "an accepted cancellation covers it",
        STATE_NAMES[SHIPPED]: units,
        STATE_NAMES[PENDING]: "no other report holds it" if not item["listed"] else "it is pending again",
        STATE_NAMES[AUTO_CANCELED]: units,
        STATE_NAMES[PARTIALLY_SHIPPED]: units,
        STATE_NAMES[UNSHIPPED]: "such a report has named it" if item["listed"] else f"its status is {item['status']}",
        STATE_NAMES[UNKNOWN]: "no report says what became of it",
    }
    return facts[state]


def count_shipped(item: dict[str, Any]) -> int:
    """The larger of what the report that counts calls shipped, and ours beside what it called so before us."""
    reported, before_us = item["quantity_shipped"] or 0, item["shipped_before_us"] or 0
    return max(reported, before_us + (item["quantity_confirmed"] or 0))
