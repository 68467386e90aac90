"""reports/worklist.tsv: what must be done, and by when."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model import action_items
from pipeline.model.run_result import RunResult
from pipeline.publish.files import tables
from pipeline.publish.files.cells import to_single_chunk
from pipeline.publish.files.output_folder import OutputFolder
from pipeline.publish.reports.item_actions import UNKNOWN_DUE
from pipeline.utils import arrow, dtypes
from pipeline.utils.dtypes import Array

WORKLIST_PATH = "reports/worklist.tsv"
_WORKLIST_COLUMNS = ("due_at", "hours_left", *action_items.SCHEMA.names[1:])
_TENTH_HOUR_US = 360_000_000  # µs of a tenth of an hour


def write_worklist(folder: OutputFolder, result: RunResult) -> None:
    """The worklist."""
    as_of_us = dtypes.instant_to_us(result.context.as_of)
    tables.write_report(
        folder, WORKLIST_PATH, (_build_report_part(part, as_of_us) for part in result.tables["worklist"].iter_chunks())
    )


def _build_report_part(worklist_rows: pa.Table, as_of_us: int) -> pa.Table:
    """The lines with the hours left until they are due."""
    hours_left = _format_hours_left(to_single_chunk(worklist_rows["due"]).to_numpy(), as_of_us)
    columns = [worklist_rows["due_at"], hours_left, *(worklist_rows[name] for name in action_items.SCHEMA.names[1:])]
    return pa.table([to_single_chunk(column) for column in columns], names=_WORKLIST_COLUMNS)


def _format_hours_left(due_us: Array, as_of_us: int) -> pa.Array:
    """The hours from now, to the nearest tenth; with a minus sign once due is past, null where it is not known."""
    is_known = due_us != UNKNOWN_DUE
    difference_us = np.where(is_known, due_us, as_of_us) - as_of_us
    tenths = (np.abs(difference_us) + _TENTH_HOUR_US // 2) // _TENTH_HOUR_US
    encoded = pa.array(tenths * 2 + (difference_us < 0), mask=~is_known).dictionary_encode()
    tenths, is_past = np.divmod(encoded.dictionary.to_numpy(), 2)
    whole, tenth = (pa.array(digits).cast(pa.string()) for digits in np.divmod(tenths, 10))
    sign = arrow.take_strings(("", "-"), is_past)
    return pc.binary_join_element_wise(sign, whole, ".", tenth, "").take(encoded.indices)
