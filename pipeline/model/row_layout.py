"""How the cells of each row of a split lie."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from pipeline.utils.dtypes import Array


class RowLayout(NamedTuple):
    """Of every row of a split (bool): has it too few cells, does an e-mail address stand where none belongs.

    ``typed_cells`` are, of the rows with too few cells, the typed cells that are not read otherwise, as text.
    """

    is_short: Array
    has_stray_email: Array
    typed_cells: pd.DataFrame
