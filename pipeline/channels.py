"""Who ships an order: the seller, or Amazon for them (FORMATS §1d)."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.frames import Array, arrow

_BY_AMAZON = pa.array(["Amazon", "AFN"])


def by_amazon(channel: pd.Series[Any]) -> Array:
    """Which of the fulfillment channels are Amazon's own, as bool; an unknown one is not."""
    return pc.fill_null(pc.is_in(arrow(channel), value_set=_BY_AMAZON), False).to_numpy()
