"""How the cells of each row of a group of files lie."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.utils.arrow import concat_frames
from pipeline.utils.dtypes import Array


class RowLayout(NamedTuple):
    """Of every row of a group (bool): has it too few cells, does an e-mail address stand where none belongs.

    ``typed_cells`` are, of the rows with too few cells, the typed cells that are not read otherwise, as text.
    """

    is_short: Array
    has_stray_email: Array
    typed_cells: pd.DataFrame

    def extend(self, other: RowLayout) -> RowLayout:
        """The layout of these rows and of others below them."""
        return RowLayout(
            np.concatenate([self.is_short, other.is_short]),
            np.concatenate([self.has_stray_email, other.has_stray_email]),
            concat_frames([self.typed_cells, other.typed_cells]),
        )
