"""report.html: one file that needs nothing else, and says the same as the reports beside it.

Text of the inputs stands in it as text: the templates escape everything, and the page forbids itself every script and
style but its own, whose hashes it names, and every request.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.model.run_counts import CodeCount
from pipeline.model.run_result import RunResult
from pipeline.publish import manifest
from pipeline.publish.files.output_folder import OutputFolder
from pipeline.publish.files.tables import PREVIEW_ROWS, format_rows
from pipeline.publish.page import findings_by_rule, headline, orders_and_rates
from pipeline.publish.reports import findings, orders, worklist
from pipeline.publish.reports.finding_counts import count_by_severity
from pipeline.utils.escape import escape_controls

if TYPE_CHECKING:
    from jinja2 import Environment, Template

PAGE_PATH = "report.html"
_ASSET_FOLDER = Path(__file__).parent


def write_page(
    folder: OutputFolder,
    result: RunResult,
    counts: Sequence[CodeCount],
    run_id: str,
    next_steps: Sequence[str],
    *,
    audit: bool = False,
) -> None:
    """The page, of a run or of an audit; comes after the tables, whose first rows it shows."""
    template_values = _build_template_values(folder, result, counts) | {
        "run": run_id,
        "steps": next_steps,
        "audit": audit,
    }
    with folder.create_file(PAGE_PATH) as output:
        output.write(_load_template().render(template_values).encode())


def _build_template_values(folder: OutputFolder, result: RunResult, counts: Sequence[CodeCount]) -> dict[str, Any]:
    """Everything that the template shows, by name."""
    order_figures = (orders_and_rates.draw_states(result), orders_and_rates.draw_days_left(result))
    return {
        "as_of": manifest.format_as_of(result.context),
        "policy": result.context.policy.name,
        "head": headline.build_headline(result, count_by_severity(counts)),
        "files": headline.list_file_outcomes(result),
        "offences": findings_by_rule.group_by_rule(result, counts),
        "heat": findings_by_rule.build_heatmap(result),
        "orders": [figure for figure in order_figures if figure],
        "rates": orders_and_rates.build_rate_cards(result),
        "refused": orders_and_rates.draw_refused_lines(result),
        "drift": result.drift,
        "nights": len(result.past_runs),
        "kinds": result.kind_profiles,
        "worklist": _preview_table(folder, worklist.WORKLIST_PATH),
        "items": _preview_table(folder, f"{orders.ORDERS_PATH}.tsv"),
        "findings": {
            "rows": findings_by_rule.list_worst_findings(result),
            "total": len(result.tables["findings"]),
            "path": f"{findings.FINDINGS_PATH}.tsv",
            "also": f"{findings.FINDINGS_PATH}.parquet",
        },
    }


def _preview_table(folder: OutputFolder, path: str) -> dict[str, Any] | None:
    """The first rows of a table that was written, and how many there are; None where it was not."""
    if path not in folder.heads:
        return None
    preview = folder.heads[path]
    row_count = next(written_file.rows for written_file in folder.written if written_file.path == path)
    return {
        "names": preview.column_names,
        "rows": format_rows(preview.slice(0, PREVIEW_ROWS)),
        "total": row_count,
        "path": path,
    }


@functools.cache
def _load_template() -> Template:
    return _create_environment().get_template("report.html")


def _create_environment() -> Environment:
    """Jinja with escaping on, and an error for whatever a template names that is not there."""
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: value if isinstance(value, Markup) else escape_controls(str(value)),
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.FileSystemLoader(_ASSET_FOLDER),
    )
    style, script = (_read_asset(name) for name in ("report.css", "report.js"))
    environment.globals |= {"style": Markup(style), "script": Markup(script)}  # noqa: S704  our own files
    environment.globals |= {"style_hash": _csp_hash(style), "script_hash": _csp_hash(script)}
    environment.filters["number"] = "{:,}".format
    environment.filters["svg"] = Markup  # what charts.py drew: its texts are escaped by the writer of XML
    return environment


def _read_asset(name: str) -> str:
    return (_ASSET_FOLDER / name).read_text(encoding="utf-8")


def _csp_hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
