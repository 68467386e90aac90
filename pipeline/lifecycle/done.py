"""What the accepted rows of a run do to each order item, beside its quantities: what the seller's rates count."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames
from pipeline.batch import Context
from pipeline.frames import Array


def done(
    items: pd.DataFrame, published: pd.DataFrame, tracked: pd.Series[bool], by_seller: Array, context: Context
) -> pd.DataFrame:
    """The items with ``confirmed_at``, ``tracked`` and ``seller_canceled`` brought up to date.

    ``published`` names row, item and units of what is newly confirmed, ``tracked`` says of every row whether its
    tracking number is usable, ``by_seller`` which items the run cancels for a reason other than the buyer's wish.
    An item was confirmed when its first confirmation was published; whether it is tracked, the last one says.
    """
    row, item, units = (published[name].to_numpy(np.int64) for name in ("row", "item", "units"))
    new = np.zeros(len(items), bool)
    new[item[units > 0]] = True
    now = pa.scalar(context.as_of, pa.timestamp("us", "UTC"))
    first = pc.coalesce(frames.arrow(items["confirmed_at"]), pc.if_else(pa.array(new), now, None))
    last = np.full(len(items), -1)
    at = np.argsort(row, kind="stable")
    last[item[at]] = row[at]
    said = frames.flags(tracked)[np.maximum(last, 0)] if len(tracked) else np.zeros(len(items), bool)
    seller = frames.flags(items["seller_canceled"]) | by_seller
    return items.assign(
        confirmed_at=frames.series(first),
        tracked=frames.series(pc.if_else(pa.array(last >= 0), pa.array(said), frames.arrow(items["tracked"]))),
        seller_canceled=frames.series(seller),
    )
