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

from pipeline.plain import plain
from pipeline.publish import found, manifest, orders, worklist
from pipeline.publish.counts import by_severity
from pipeline.publish.output import Folder
from pipeline.publish.page import headline, offences, standing
from pipeline.publish.tables import HEAD, text_rows
from pipeline.ready import Count, Ready

if TYPE_CHECKING:
    from jinja2 import Environment, Template

PATH = "report.html"
_HERE = Path(__file__).parent


def write(
    folder: Folder, ready: Ready, counts: Sequence[Count], run: str, steps: Sequence[str], *, audit: bool = False
) -> None:
    """The page, of a run or of an audit; comes after the tables, whose first rows it shows."""
    told = _told(folder, ready, counts) | {"run": run, "steps": steps, "audit": audit}
    with folder.file(PATH) as output:
        output.write(_template().render(told).encode())


def _told(folder: Folder, ready: Ready, counts: Sequence[Count]) -> dict[str, Any]:
    """Everything that the template shows, by name."""
    drawn = (standing.by_state(ready), standing.by_days_left(ready))
    return {
        "as_of": manifest.as_of(ready.context),
        "policy": ready.context.policy.name,
        "head": headline.headline(ready, by_severity(counts)),
        "files": headline.files(ready),
        "offences": offences.offences(ready, counts),
        "heat": offences.heat(ready),
        "orders": [one for one in drawn if one],
        "rates": standing.rates(ready),
        "refused": standing.refused(ready),
        "drift": ready.drift,
        "nights": len(ready.nights),
        "kinds": ready.kinds,
        "worklist": _table(folder, worklist.PATH),
        "items": _table(folder, f"{orders.PATH}.tsv"),
        "findings": {
            "rows": offences.listed(ready),
            "total": len(ready.tables["findings"]),
            "path": f"{found.PATH}.tsv",
            "also": f"{found.PATH}.parquet",
        },
    }


def _table(folder: Folder, path: str) -> dict[str, Any] | None:
    """The first rows of a table that was written, and how many there are; None where it was not."""
    if path not in folder.heads:
        return None
    head = folder.heads[path]
    total = next(one.rows for one in folder.written if one.path == path)
    return {"names": head.column_names, "rows": text_rows(head.slice(0, HEAD)), "total": total, "path": path}


@functools.cache
def _template() -> Template:
    return _environment().get_template("report.html")


def _environment() -> Environment:
    """Jinja with escaping on, and an error for whatever a template names that is not there."""
    import jinja2
    from markupsafe import Markup

    made = jinja2.Environment(
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: value if isinstance(value, Markup) else plain(str(value)),
        trim_blocks=True,
        lstrip_blocks=True,
        loader=jinja2.FileSystemLoader(_HERE),
    )
    style, script = (_own(name) for name in ("report.css", "report.js"))
    made.globals |= {"style": Markup(style), "script": Markup(script)}  # noqa: S704  our own files
    made.globals |= {"style_hash": _hash(style), "script_hash": _hash(script)}
    made.filters["number"] = "{:,}".format
    made.filters["svg"] = Markup  # what charts.py drew: its texts are escaped by the writer of XML
    return made


def _own(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
