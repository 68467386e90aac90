"""The file and line of the report row that counts for an item."""

from __future__ import annotations

import numpy as np
import pandas as pd

from pipeline.model import findings
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array


def assign_ledger_source(items: pd.DataFrame) -> pd.DataFrame:
    """The items with the file LEDGER and no line: no file of this run holds them."""
    size = len(items)
    source_values = {"file": findings.LEDGER_FILE, "line": 0, "record": 0}
    return items.assign(**{name: arrow.to_series(np.full(size, value)) for name, value in source_values.items()})


def assign_source_lines(items: pd.DataFrame, report_rows: pd.DataFrame, first_rows: Array) -> pd.DataFrame:
    """The items with file, line and record of the sighting that counts; file LEDGER where only the ledger has one.

    ``first_rows`` is where among the sightings that of each numbered item stands (``items.counts``).
    """
    rows = items.copy(deep=False)
    item_number = arrow.to_int64(rows["report_group"], -1)
    reported = item_number >= 0
    row_index = np.where(reported, first_rows[item_number] if len(first_rows) else 0, 0)
    for name, default in (("file", findings.LEDGER_FILE), ("line", 0), ("record", 0)):
        report_values = arrow.to_int64(report_rows[name]) if len(report_rows) else np.zeros(1, np.int64)
        rows[name] = arrow.to_series(np.where(reported, report_values[row_index], default))
    return rows
