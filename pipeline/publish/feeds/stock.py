"""feeds/stock.tsv: what the offer of each counted sku should show."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pipeline.model.run_result import RunResult
from pipeline.publish.files import tables
from pipeline.publish.files.cells import to_single_chunk
from pipeline.publish.files.output_folder import OutputFolder
from pipeline.utils import arrow

STOCK_PATH = "feeds/stock.tsv"


def write_stock(folder: OutputFolder, result: RunResult) -> list[str]:
    """The path of the stock feed, by sku, never below 0; none where nothing was counted."""
    stock_rows = result.stock
    if not len(stock_rows):
        return []
    quantities = np.maximum(arrow.to_int64(stock_rows["available"]), 0)
    offers = pa.table(
        {"sku": to_single_chunk(arrow.to_arrow(stock_rows["sku"])), "quantity": pa.array(quantities).cast(pa.string())}
    )
    tables.write_tsv(folder, STOCK_PATH, iter([offers.sort_by("sku")]))
    return [STOCK_PATH]
