"""``feedwarden ledger explain ORDER``: why each item of an order stands as it does.

What a run saw of an item the ledger keeps. Which rules fired it does not: that is read in the output of the run, in
``reports/findings.tsv``, as long as it is there.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.ledger import ORDER_ITEMS, LedgerSnapshot, OrderRows, describe_heading, read_order
from pipeline.lifecycle import STATE_LINES, explain_state
from pipeline.model.output_names import MANIFEST_NAME
from pipeline.utils import arrow
from pipeline.utils.dtypes import is_known
from pipeline.utils.instants import format_instant

_FINDINGS_PATH = "reports/findings.tsv"
_FACT_WIDTH = 100
_NO_FACTS = {  # columns that say which item it is and where its row stands
    *(
        "seq",
        "month",
        "order_id",
        "order_item_id",
        "order_key",
        "item_key",
        "sku",
        "state",
        "source_file",
        "source_line",
    )
}
_MICROSECONDS = {"reported", "released"}  # instants that are kept as numbers


class _RunOutput(NamedTuple):
    """What the output of a run says about an order: its findings, or why they cannot be read."""

    findings: list[dict[str, str]]
    missing: str = ""


def explain_order(ledger: LedgerSnapshot, order_id: str | None, out: str | None) -> str:
    """Each item with the report row that counted, the line of the state table that held, the facts, the rules.

    As the last run of the ledger left it; ``out`` is its output where that is not where the run placed it. Raises
    KeyError where the text is no order id, or the ledger does not know the order or has no run.
    """
    if order_id is None:
        raise KeyError("ledger explain takes the id of an order: feedwarden ledger explain ORDER-ID")
    order, run = read_order(ledger, order_id), ledger.last_run_row()
    if run is None:
        raise KeyError(f"no runs yet in {ledger.url}; name another ledger with --ledger")
    output = _read_output(Path(out or run["out"]), run["run_id"], order_id)
    inputs_by_run = {
        row["seq"]: {source["name"]: source["kind"] for source in json.loads(row["inputs"])}
        for row in _list_nights(ledger)
    }
    items = order.list_items()
    lines = [*describe_heading(order), f"as run {run['seq']} left it, as of {_format_value(run['as_of'])}"]
    for item in items:
        lines += ["", *_explain_item(item, order, inputs_by_run), *_list_rules(output, item["order_item_id"] or "")]
    shown = {item["order_item_id"] or "" for item in items}
    others = [row for row in output.findings if row["order_item_id"] not in shown]
    if others or output.missing:
        lines += ["", *([f"rules: {output.missing}"] if output.missing else _format_findings("the order", others))]
    return "\n".join(lines)


def _list_nights(ledger: LedgerSnapshot) -> list[dict[str, Any]]:
    nights: list[dict[str, Any]] = arrow.to_table(ledger.nights, ["seq", "inputs"]).to_pylist()
    return nights


def _explain_item(item: dict[str, Any], order: OrderRows, inputs: dict[int, dict[str, str]]) -> Iterator[str]:
    name = f"item {item['order_item_id']}" if item["order_item_id"] else "item without id"
    reason = explain_state(item)
    yield f"{name} ({item['sku'] or 'sku unknown'}) is {item['state']}"
    yield f"  row: {_describe_row(item, order, inputs)}"
    yield f"  state: line {reason.line} of {len(STATE_LINES)}: {reason.rule} ({reason.facts})"
    known = {
        name: _format_value(_read_fact(name, item[name])) for name in ORDER_ITEMS.schema.names if name not in _NO_FACTS
    }
    yield "  facts:"
    width = max(map(len, known))
    yield from (f"    {name:<{width}}  {value}" for name, value in known.items() if value)
    unknown = ", ".join(name for name, value in known.items() if not value)
    yield textwrap.fill(f"unknown or not so: {unknown}", _FACT_WIDTH, initial_indent="    ", subsequent_indent="      ")


def _describe_row(item: dict[str, Any], order: OrderRows, inputs: dict[int, dict[str, str]]) -> str:
    """The report row that counted: its file and line, its kind, and the run that read it."""
    if not item["source_file"]:
        return "no report row, only what the ledger knew"
    file = item["source_file"]
    # Names come again night after night. Content that an earlier run processed renews no last_seen.
    readers = [number for number, kinds in inputs.items() if file in kinds and number <= item["seq"]]
    seen_then = [number for number in readers if order.run_as_of[number] == item["last_seen"]]
    run = max(seen_then or readers, default=None)
    kind = f" ({inputs[run][file]})" if run else ""
    read_by = f", read by run {run} as of {_format_value(order.run_as_of[run])}" if run else ""
    return f"{file}:{item['source_line']}{kind}{read_by}"


def _read_fact(name: str, value: Any) -> Any:
    """The value of a column; an instant that is kept as a number, as an instant."""
    if name not in _MICROSECONDS or value is None:
        return value
    return dt.datetime.fromtimestamp(value / 1e6, dt.UTC) if is_known(value) else None


def _format_value(value: Any) -> str:
    """The value as text; an empty one where it is not known, or not so."""
    if value is None or value is False:
        return ""
    if isinstance(value, dt.datetime):
        return format_instant(value)
    return "yes" if value is True else str(value)


def _read_output(folder: Path, run_id: str, order_id: str) -> _RunOutput:
    """What the run of that id found about the order, by its output in the folder."""
    manifest, findings = folder / MANIFEST_NAME, folder / _FINDINGS_PATH
    elsewhere = "name the output of the run with --out to see which fired"
    try:
        if json.loads(manifest.read_bytes()).get("run_id") != run_id:
            return _RunOutput([], f"{folder} holds the output of another run; {elsewhere}")
        with findings.open(encoding="utf-8", newline="\n") as lines:
            header = next(lines)
            rows = csv.DictReader(
                (line for line in lines if order_id in line),
                header.rstrip("\n").split("\t"),
                delimiter="\t",
                quoting=csv.QUOTE_NONE,
            )
            return _RunOutput([row for row in rows if row["order_id"] == order_id])
    except (OSError, ValueError, AttributeError, StopIteration):
        return _RunOutput([], f"{folder} holds no output that can be read; {elsewhere}")


def _list_rules(output: _RunOutput, item_id: str) -> Iterator[str]:
    """The rules that fired about the item; nothing where that is not known."""
    if output.missing:
        return
    yield from (
        f"  {line}" for line in _format_findings("it", [r for r in output.findings if r["order_item_id"] == item_id])
    )


def _format_findings(about: str, rows: list[dict[str, str]]) -> list[str]:
    if not rows:
        return [f"rules: none fired about {about}"]
    return [
        f"rules that fired about {about}:",
        *(f"  {row['code']} {row['severity']}  {row['source_file']}:{row['line']}  {row['message']}" for row in rows),
    ]
