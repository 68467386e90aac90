"""What an output says that is worth a notice: deadlines of its worklist, errors and warnings of its findings."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from pipeline.model import action_items, severity
from pipeline.model.output_names import OVERDUE_WORD
from pipeline.notify import event_table
from pipeline.notify.channel_settings import NotifyError
from pipeline.utils.escape import to_one_line

WORKLIST_FILE, FINDINGS_FILE = "reports/worklist.tsv", "reports/findings.tsv"
_DEADLINE_COLUMNS = ("due_at", "action", "order_id", "order_item_id", "code", "reason", "due_local")
_FINDING_COLUMNS = ("source_file", "line", "order_id", "order_item_id", "code", "severity", "message")
_CLAIM_TO_ANSWER, _WARNING_CODE = "CLM-406", "LIF-201"
_ERROR_FAMILIES = (
    "LIF-",
    "ACK-",
)  # whose errors are about orders and feeds; those of others are about lines to correct
_ORDER_PATTERN = r"^[0-9]{3}-[0-9]{7}-[0-9]{7}$"
_ITEM_PATTERN, _LOCAL_TIME = r"^[0-9]{8,20}$", r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2} [A-Z0-9+-]{1,6}$"
_CLAIM_NAME = r"\bclaim (?P<claim>[^ ]{1,80})"
_SUBJECT_DIGITS = 12
_CSV_BLOCK_BYTES = 1 << 22


def read_output_events(out: Path, as_of: dt.datetime, within: dt.timedelta) -> pa.Table:
    """The events of an output: what is due ``within`` that time after as-of, or over, and what is wrong.

    A cell that is no order id, no time and no code as the program writes them is never shown or kept. Raises
    NotifyError where the folder has no worklist or findings that can be read.
    """
    worklist = _read_columns(out / WORKLIST_FILE, _DEADLINE_COLUMNS)
    findings = _read_columns(out / FINDINGS_FILE, _FINDING_COLUMNS, _filter_findings)
    due_at = pc.if_else(pc.equal(worklist["due_at"], ""), None, worklist["due_at"]).cast(pa.timestamp("us", "UTC"))
    worklist = worklist.set_column(0, "due_at", due_at)
    return event_table.concat_events(
        [
            _find_deadlines(worklist, as_of, within),
            _build_finding_events(findings, event_table.ERROR_EVENT, worklist),
            _build_finding_events(findings, event_table.WARNING_EVENT, worklist),
        ]
    )


def _read_columns(
    path: Path, names: tuple[str, ...], choose_rows: Callable[[pa.Table], pa.Table] = lambda rows: rows
) -> pa.Table:
    """Those columns of a report as text, of the rows chosen, read a piece at a time. Raises NotifyError."""
    convert = csv.ConvertOptions(
        include_columns=list(names), column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
    )
    parse = csv.ParseOptions(delimiter="\t", quote_char=False)
    try:
        with csv.open_csv(path, csv.ReadOptions(block_size=_CSV_BLOCK_BYTES), parse, convert) as reader:
            pieces = [choose_rows(pa.Table.from_batches([batch])) for batch in reader]
            return pa.concat_tables([reader.schema.empty_table(), *pieces])
    except (OSError, pa.ArrowException) as error:
        raise NotifyError(f"{path}: not a report of feedwarden ({to_one_line(error)})") from error


def _filter_findings(findings: pa.Table) -> pa.Table:
    """The findings that are worth a notice."""
    code = findings["code"]
    is_family = pc.or_(*(pc.starts_with(code, family) for family in _ERROR_FAMILIES))
    is_error = pc.and_(pc.equal(findings["severity"], severity.ERROR), is_family)
    return findings.filter(pc.or_(is_error, pc.is_in(code, value_set=pa.array([_CLAIM_TO_ANSWER, _WARNING_CODE]))))


def _find_deadlines(worklist: pa.Table, as_of: dt.datetime, within: dt.timedelta) -> pa.Table:
    """The lines that are due until as-of + ``within``.

    A line is reported once more when it is over. What is to be done at once has as-of as its time, night after night:
    that is no new deadline, and so is not in its key.
    """
    now, limit = (pa.scalar(instant, pa.timestamp("us", "UTC")) for instant in (as_of, as_of + within))
    due = worklist.filter(pc.fill_null(pc.less_equal(worklist["due_at"], limit), False))
    passed = pc.starts_with(due["reason"], OVERDUE_WORD)
    due_text = pc.if_else(pc.equal(due["due_at"], now), "at once", _format_instants(due["due_at"]))
    about = _name_subjects(due, due["reason"], pc.binary_join_element_wise(due["action"], due["code"], " "))
    action = _keep_actions(due["action"])
    parts = [pa.scalar(event_table.DEADLINE), action, about, due_text, pc.if_else(passed, "passed", "due")]
    return _build_table(
        due,
        event=pa.repeat(event_table.DEADLINE, len(due)),
        key=pc.binary_join_element_wise(*parts, " "),
        action=action,
        due_at=due["due_at"],
        due_local=due["due_local"],
        passed=passed,
    )


def _format_instants(instants: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.strftime(instants.cast(pa.timestamp("s", "UTC"), safe=False), format="%Y-%m-%dT%H:%M:%SZ")


def _build_finding_events(findings: pa.Table, event: str, worklist: pa.Table) -> pa.Table:
    """The findings that are errors, or those that warn; a warning has the time of its line in the worklist."""
    is_warning = pc.equal(findings["code"], _WARNING_CODE)
    chosen = findings.filter(is_warning if event == event_table.WARNING_EVENT else pc.invert(is_warning))
    about = _name_subjects(
        chosen, chosen["message"], pc.binary_join_element_wise(chosen["source_file"], chosen["line"], ":")
    )
    to_confirm = worklist.filter(pc.equal(worklist["code"], _WARNING_CODE))
    found = pc.index_in(chosen["order_item_id"], value_set=to_confirm["order_item_id"].combine_chunks())
    is_timed = event == event_table.WARNING_EVENT
    return _build_table(
        chosen,
        event=pa.repeat(event, len(chosen)),
        key=pc.binary_join_element_wise(pa.scalar(event), chosen["code"], about, " "),
        due_at=to_confirm["due_at"].take(found) if is_timed else None,
        due_local=pc.fill_null(to_confirm["due_local"].take(found), "") if is_timed else None,
    )


def _name_subjects(rows: pa.Table, text: pa.ChunkedArray, other: pa.ChunkedArray) -> pa.ChunkedArray:
    """What each row is about, for its key: the order item, else the claim of the order, else the order.

    What is none of these is known by a hash of ``other``: a key is kept, and so has nothing personal in it.
    """
    order_id, item_id = (_keep_matches(rows[name], pattern) for name, pattern in _ID_COLUMNS.items())
    claim = pc.struct_field(pc.extract_regex(text, _CLAIM_NAME), "claim")
    claim_about = pc.binary_join_element_wise(order_id, _hash_texts(pc.fill_null(claim, "")), "/")
    order_about = pc.if_else(pc.equal(order_id, ""), _hash_texts(other), order_id)
    return pc.if_else(
        pc.not_equal(item_id, ""),
        item_id,
        pc.if_else(pc.not_equal(pc.fill_null(claim, ""), ""), claim_about, order_about),
    )


_ID_COLUMNS = {"order_id": _ORDER_PATTERN, "order_item_id": _ITEM_PATTERN}


def _hash_texts(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """The beginning of each text's SHA-256."""
    encoded = pa.chunked_array(texts).combine_chunks().dictionary_encode()
    digests = [hashlib.sha256(text.encode()).hexdigest()[:_SUBJECT_DIGITS] for text in encoded.dictionary.to_pylist()]
    return pa.array(digests, pa.string()).take(encoded.indices)


def _keep_matches(texts: pa.ChunkedArray, pattern: str) -> pa.ChunkedArray:
    return pc.if_else(pc.match_substring_regex(texts, pattern), texts, "")


def _keep_actions(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.if_else(pc.is_in(texts, value_set=pa.array(action_items.ACTIONS)), texts, "")


def _build_table(rows: pa.Table, **columns: Any) -> pa.Table:
    """The events of the rows, in which nothing stands that does not look as it should."""
    size = len(rows)
    empty = pa.repeat("", size)
    values = {"code": rows["code"], "order_id": _keep_matches(rows["order_id"], _ORDER_PATTERN)} | columns
    values["code"] = _keep_matches(values["code"], r"^[A-Z]{3}-[0-9]{3}$")
    values.setdefault("action", empty)
    due_local = values.get("due_local")
    values["due_local"] = empty if due_local is None else _keep_matches(due_local, _LOCAL_TIME)
    if values.get("due_at") is None:
        values["due_at"] = pa.nulls(size, pa.timestamp("us", "UTC"))
    values.setdefault("passed", pa.repeat(False, size))
    return pa.table([values[name] for name in event_table.EVENTS.names], schema=event_table.EVENTS)


def has_output(out: Path) -> bool:
    """Whether the folder has what events are read of."""
    return all((out / name).is_file() for name in (WORKLIST_FILE, FINDINGS_FILE))
