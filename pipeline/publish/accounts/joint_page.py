"""The page over several accounts: which were stopped and why, how each stands, and what is to be done in all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.publish.accounts.joint_worklist import count_overdue
from pipeline.publish.accounts.outcome import AccountOutcome
from pipeline.publish.files.html import create_environment, csp_hash
from pipeline.publish.files.tables import format_rows
from pipeline.publish.page.render import PAGE_PATH

_FOLDER = Path(__file__).parent
_SHOWN_ROWS = 2_000
_SHOWN_COLUMNS = (
    *("account", "due_local", "hours_left", "action", "order_id", "sku", "quantity", "amount", "currency", "reason"),
)
_STYLE = (_FOLDER / "accounts.css").read_text(encoding="utf-8")


def render_page(outcomes: Sequence[AccountOutcome], worklist: pa.Table, values: Mapping[str, Any]) -> str:
    """The page as HTML: one file without a request; ``values`` are its as-of, time zone and the worklist's path."""
    from markupsafe import Markup

    return (
        create_environment(_FOLDER)
        .get_template("accounts.html")
        .render(
            values,
            style=Markup(_STYLE),  # noqa: S704  our own file
            style_hash=csp_hash(_STYLE),
            stopped=[_describe_account(outcome, worklist) for outcome in outcomes if outcome.message],
            accounts=[_describe_account(outcome, worklist) for outcome in outcomes if not outcome.message],
            rows=format_rows(worklist.slice(0, _SHOWN_ROWS).select(_SHOWN_COLUMNS)),
            total=len(worklist),
            pages={outcome.name: _link_page(outcome) for outcome in outcomes if outcome.is_finished},
        )
    )


def _describe_account(outcome: AccountOutcome, worklist: pa.Table) -> dict[str, Any]:
    own_lines = worklist.filter(pc.equal(worklist["account"], outcome.name))
    return {
        "outcome": outcome,
        "page": _link_page(outcome),
        "to_do": len(own_lines),
        "overdue": count_overdue(own_lines),
    }


def _link_page(outcome: AccountOutcome) -> str:
    return f"{quote(outcome.name)}/{PAGE_PATH}"
