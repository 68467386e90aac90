"""The rows of all order reports, in the order in which they count."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.utils import arrow
from pipeline.utils.dtypes import Array


class RankedReportRows(NamedTuple):
    """Sightings as the reports gave them, and the order in which they count.

    ``row_index`` are the positions of the rows item by item, the one that counts first; ``item_starts`` are the places
    in ``row_index`` where the items begin, in the order in which the counting ones were reported.
    """

    rows: pd.DataFrame
    row_index: Array
    item_starts: Array

    def winning_rows(self) -> Array:
        """The position of the sighting that counts, for every item."""
        return self.row_index[self.item_starts]

    def counting_files(self, items: pd.DataFrame) -> Array:
        """The number of the file whose row counts, for order items with ``report_group``; −1 where none does."""
        report_group = arrow.to_int64(items["report_group"], -1)
        files = arrow.to_int64(self.rows["file"])[self.winning_rows()]
        return np.where(report_group >= 0, np.append(files, -1)[report_group], -1)
