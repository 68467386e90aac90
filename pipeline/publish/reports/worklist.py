"""reports/worklist.tsv: what must be done, and by when."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model import action_items, calendar
from pipeline.model.output_names import OVERDUE_WORD
from pipeline.model.run_result import RunResult
from pipeline.publish.files import tables
from pipeline.publish.files.cells import to_single_chunk
from pipeline.publish.files.output_folder import OutputFolder
from pipeline.publish.reports.worklist_order import is_overdue
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import Array

WORKLIST_PATH = "reports/worklist.tsv"
WORKLIST_COLUMNS = ("due_at", "hours_left", *action_items.REPORT_COLUMNS[1:], "due_local")
_TENTH_HOUR_US = 360_000_000  # µs of a tenth of an hour


def write_worklist(folder: OutputFolder, result: RunResult) -> None:
    """The worklist."""
    as_of_us = dtypes.instant_to_us(result.context.as_of)
    tables.write_report(
        folder, WORKLIST_PATH, (build_report_part(part, as_of_us) for part in result.tables["worklist"].iter_chunks())
    )


def build_report_part(worklist_rows: pa.Table, as_of_us: int) -> pa.Table:
    """The lines with the hours left until they are due, and their local time."""
    due_us = arrow.to_int64(arrow.to_series(worklist_rows["due_at"]))
    zones = to_single_chunk(worklist_rows["zone"]).to_numpy()
    columns = {name: to_single_chunk(worklist_rows[name]) for name in action_items.REPORT_COLUMNS} | {
        "hours_left": _format_hours_left(due_us, as_of_us),
        "due_local": calendar.format_local_times(due_us, zones),
        "reason": _name_overdue(to_single_chunk(worklist_rows["reason"]), is_overdue(worklist_rows)),
    }
    return pa.table([columns[name] for name in WORKLIST_COLUMNS], names=WORKLIST_COLUMNS)


def _name_overdue(reason: pa.Array, overdue: Array) -> pa.Array:
    """The reasons, in which what is overdue says so once."""
    if not overdue.any():
        return reason
    needs_name = pc.and_(pa.array(overdue), pc.invert(pc.starts_with(reason, OVERDUE_WORD)))
    return pc.if_else(needs_name, pc.binary_join_element_wise(OVERDUE_WORD, reason, ": "), reason)


def _format_hours_left(due_us: Array, as_of_us: int) -> pa.Array:
    """The hours from now, to the nearest tenth; null where due is not known (NEVER).

    With a minus sign once due is past by as much as is shown: never ``-0.0``.
    """
    is_known = dtypes.is_known(due_us)
    difference_us = np.where(is_known, due_us, as_of_us) - as_of_us
    tenths = (np.abs(difference_us) + _TENTH_HOUR_US // 2) // _TENTH_HOUR_US
    encoded = pa.array(tenths * 2 + ((difference_us < 0) & (tenths > 0)), mask=~is_known).dictionary_encode()
    tenths, is_past = np.divmod(encoded.dictionary.to_numpy(), 2)
    whole, tenth = (pa.array(digits).cast(pa.string()) for digits in np.divmod(tenths, 10))
    sign = arrow.take_strings(("", "-"), is_past)
    return pc.binary_join_element_wise(sign, whole, ".", tenth, "").take(encoded.indices)
