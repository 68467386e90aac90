"""What the policy has no number for: said once an entry, instead of judging by a number of another time."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from pipeline import findings, frames
from pipeline.batch import Context
from pipeline.rules.dated import no_policy_value

_BY_PURCHASE = ("order.hold", "order.verification", "shipment.confirm_within")


def undated(items: pd.DataFrame, context: Context) -> pd.DataFrame:
    """A finding for each entry that is not in force yet at some item's purchase, at the earliest of them."""
    said = []
    for entry in _BY_PURCHASE:
        known = context.policy.known(entry, on=items["purchase_date"])
        before = np.flatnonzero(pc.equal(frames.arrow(known), False).fill_null(False).to_numpy())
        if before.size:
            first = before[np.argmin(frames.numbers(items["purchase_date"])[before])]
            row = items.iloc[first]
            day = items["purchase_date"].iloc[first].date().isoformat()
            words = {"entry": entry, "day": day, "count": str(len(before))}
            said.append(findings.about_file(no_policy_value, int(row["file"]), int(row["line"]), "", **words))
    return findings.join(said)
