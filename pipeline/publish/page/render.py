"""report.html: one file that needs nothing else, and says the same as the reports beside it.

Text of the inputs stands in it as text: the templates escape everything, and the page forbids itself every script and
style but its own, whose hashes it names, and every request.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.model import calendar
from pipeline.model.run_context import RunContext
from pipeline.model.run_counts import CodeCount
from pipeline.model.run_result import RunResult
from pipeline.publish import manifest
from pipeline.publish.files import text_pieces
from pipeline.publish.files.html import create_environment, csp_hash
from pipeline.publish.files.output_folder import OutputFolder
from pipeline.publish.page import (
    claims_table,
    due_table,
    findings_by_rule,
    headline,
    orders_and_rates,
    output_links,
    trends,
    worklist_desk,
)
from pipeline.publish.reports import findings, orders
from pipeline.publish.reports.finding_counts import count_by_severity
from pipeline.utils import dtypes

if TYPE_CHECKING:
    from jinja2 import Environment, Template

PAGE_PATH = "report.html"
_ASSET_FOLDER = Path(__file__).parent
_SCRIPTS, _STYLES = ("report.js", "worklist.js"), ("report.css", "worklist.css")
_NO_WORK: dict[str, Any] = {"work": None, "due": None, "desk": None, "claims": None}  # of an audit


def write_page(
    folder: OutputFolder,
    result: RunResult,
    counts: Sequence[CodeCount],
    run_id: str,
    next_steps: Sequence[str],
    desk: worklist_desk.Desk | None,
) -> None:
    """The page, of a run with its ``desk`` or of an audit; comes after the other outputs, to which it links."""
    links = output_links.list_links(folder)
    audit, work = not desk, _build_work_values(result, next_steps, desk) if desk else _NO_WORK
    values = _build_quality_values(result, counts, work) | work | {"links": links, "run": run_id, "audit": audit}
    codes = {entry.code for entry in values["offences"]}
    values["steps"] = [output_links.link_step(step, links, codes) for step in next_steps]
    values["waiting"] = output_links.list_waiting_parts(result, links) if not audit else []
    values["items"] = next((file.rows for file in links.reports if file.path == f"{orders.ORDERS_PATH}.tsv"), None)
    with folder.create_file(PAGE_PATH) as output:
        text_pieces.write_pieces(output, _load_template().generate(values))


def _build_work_values(result: RunResult, next_steps: Sequence[str], desk: worklist_desk.Desk) -> dict[str, Any]:
    """What is to be done: by due time, line by line, and claim by claim."""
    due = result.due_counts
    text, tone = due_table.describe_work(due, len(next_steps))
    return {
        "work": {"text": text, "tone": tone, "tiles": due_table.build_due_tiles(due)},
        "due": due_table.build_due_table(due),
        "desk": desk,
        "claims": claims_table.build_claims(result),
    }


def _build_quality_values(result: RunResult, counts: Sequence[CodeCount], work: dict[str, Any]) -> dict[str, Any]:
    """What the run was, how good its files were, and what changed since the runs before."""
    named_codes = work["desk"].codes | work["claims"].codes if work["desk"] else set()
    order_figures = (orders_and_rates.draw_states(result), orders_and_rates.draw_days_left(result))
    return {
        "as_of": manifest.format_as_of(result.context),
        "local": _format_local(result.context),
        "policy": result.context.policy.name,
        "head": headline.build_headline(result, count_by_severity(counts)),
        "files": headline.iter_file_outcomes(result),
        "offences": findings_by_rule.group_by_rule(result, counts, named_codes),
        "heat": findings_by_rule.build_heatmap(result),
        "orders": [figure for figure in order_figures if figure],
        "rates": orders_and_rates.build_rate_cards(result),
        "trends": trends.draw_trends(result),
        "drift": result.drift,
        "nights": len(result.past_runs),
        "kinds": result.kind_profiles,
        "findings": {
            "rows": findings_by_rule.list_worst_findings(result),
            "total": len(result.tables["findings"]),
            "path": f"{findings.FINDINGS_PATH}.tsv",
            "also": f"{findings.FINDINGS_PATH}.parquet",
        },
    }


def _format_local(context: RunContext) -> str:
    """As-of in the time zone of the account's marketplace."""
    zone = np.array([calendar.ZONES.index(context.account.time_zone)])
    return str(calendar.format_local_times(np.array([dtypes.instant_to_us(context.as_of)]), zone)[0])


@functools.cache
def _load_template() -> Template:
    return _load_environment().get_template("report.html")


def _load_environment() -> Environment:
    """The templates of the page, with its style and scripts."""
    from markupsafe import Markup

    environment = create_environment(_ASSET_FOLDER)
    style, script = ("".join(map(_read_asset, names)) for names in (_STYLES, _SCRIPTS))
    environment.globals |= {"style": Markup(style), "script": Markup(script)}  # noqa: S704  our own files
    environment.globals |= {"style_hash": csp_hash(style), "script_hash": csp_hash(script)}
    environment.filters["data_block"] = Markup  # what worklist_desk.py built, in which no tag can begin
    environment.filters["svg"] = Markup  # what charts.py drew: its texts are escaped by the writer of XML
    return environment


def _read_asset(name: str) -> str:
    return (_ASSET_FOLDER / name).read_text(encoding="utf-8")
