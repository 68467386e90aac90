"""How much of an item Amazon has reported as shipped, where tonight's reports do not say (SPEC §1, shipped)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline import frames
from pipeline.frames import Array


def with_parts(items: pd.DataFrame, shipped: Array, counted: Array) -> pd.DataFrame:
    """The items, those shipped in part so far with that part where tonight only All Orders calls them Unshipped.

    It calls an item so until all of it is shipped, and counts none. ``shipped`` is what the ledger holds of each
    item, ``counted`` (UTC µs) when that was reported.
    """
    told, bought = (frames.numbers(items[name], -1) for name in ("quantity_shipped", "quantity_purchased"))
    uncounted = frames.equal(frames.arrow(items["status"]), "unshipped") & ~frames.known(items["reporting_date"])
    part = uncounted & (told == 0) & (shipped > 0) & (shipped < bought)
    if not part.any():
        return items
    when = np.where(part, counted, frames.numbers(items["counted_at"]))
    return items.assign(
        quantity_shipped=frames.series(pa.array(np.where(part, shipped, told), mask=told < 0)),
        counted_at=frames.series(frames.instants(when)),
    )
