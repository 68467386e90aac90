"""What the policy has no number for: told once an entry, instead of judging by a number of another time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from pipeline import frames
from pipeline.batch import Context
from pipeline.ready import Undated

_BY_PURCHASE = ("order.hold", "order.verification", "shipment.confirm_within")


def undated(items: pd.DataFrame, context: Context) -> list[Undated]:
    """The entries that are not in force yet at some item's purchase, each at the earliest of them."""
    told = []
    for entry in _BY_PURCHASE:
        known = context.policy.known(entry, on=items["purchase_date"])
        before = np.flatnonzero(pc.equal(frames.arrow(known), False).fill_null(False).to_numpy())
        if before.size:
            keys = [frames.numbers(items[name])[before] for name in ("line", "file", "purchase_date")]
            first = before[np.lexsort(keys)[0]]
            row = items.iloc[first]
            day = row["purchase_date"].date().isoformat()
            told.append(Undated(entry, len(before), day, int(row["file"]), int(row["line"])))
    return told
