"""What order items take of the stock that was counted."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from pipeline.utils.dtypes import Array


class StockDemand(NamedTuple):
    """What order items say of each counted sku, and of those without a count.

    ``units_taken`` are the units purchased after the count and neither canceled nor auto-canceled, ``first_promise`` is
    the first promise of what is open (UTC µs, NEVER for none), both one a counted sku. ``uncounted`` has sku, file,
    line and record of the first sighting of each other sku.
    """

    units_taken: Array
    first_promise: Array
    uncounted: pd.DataFrame
