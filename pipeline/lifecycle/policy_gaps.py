"""What the policy has no number for: named once an entry, instead of judging by a number of another time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from pipeline.model.bucket_result import PolicyGap
from pipeline.model.run_context import RunContext
from pipeline.utils import arrow

_ENTRIES_BY_PURCHASE = ("order.hold", "order.verification", "shipment.confirm_within")


def find_policy_gaps(items: pd.DataFrame, context: RunContext) -> list[PolicyGap]:
    """The entries that are not in force yet at some item's purchase, each at the earliest of them."""
    gaps = []
    for entry in _ENTRIES_BY_PURCHASE:
        in_force = context.policy.row_in_force(entry, on=items["purchase_date"])
        not_in_force = np.flatnonzero(pc.equal(arrow.to_arrow(in_force), False).fill_null(False).to_numpy())
        if not_in_force.size:
            keys = [arrow.to_int64(items[name])[not_in_force] for name in ("line", "file", "purchase_date")]
            first = not_in_force[np.lexsort(keys)[0]]
            row = items.iloc[first]
            day = row["purchase_date"].date().isoformat()
            gaps.append(PolicyGap(entry, len(not_in_force), day, int(row["file"]), int(row["line"])))
    return gaps
