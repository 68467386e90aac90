"""feeds/stock.tsv: what the offer of each counted sku should show."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipeline import frames
from pipeline.publish import tables
from pipeline.publish.output import Folder
from pipeline.publish.text import flat
from pipeline.ready import Ready

PATH = "feeds/stock.tsv"


def write(folder: Folder, ready: Ready) -> list[str]:
    """The path of the stock feed, by sku, never below 0; none where nothing was counted."""
    counted = ready.stock
    if not len(counted):
        return []
    left = np.maximum(frames.numbers(counted["available"]), 0)
    offers = pa.table({"sku": flat(frames.arrow(counted["sku"])), "quantity": pa.array(left).cast(pa.string())})
    tables.tsv(folder, PATH, iter([offers.sort_by("sku")]))
    return [PATH]
