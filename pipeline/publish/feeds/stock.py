"""feeds/stock.tsv: what the offer of each counted sku should show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from pipeline.model.feed_parts import FEED_FOLDER, STOCK_NAME
from pipeline.model.run_result import RunResult
from pipeline.publish.files import tables
from pipeline.publish.files.cells import format_cells, to_single_chunk
from pipeline.publish.files.output_folder import OutputFolder
from pipeline.utils import arrow

STOCK_PATH = f"{FEED_FOLDER}/{STOCK_NAME}"
_FEED_FORMAT = csv.ParseOptions(delimiter="\t", quote_char=False)
_ALL_TEXT = csv.ConvertOptions(column_types={"sku": pa.string(), "quantity": pa.string()}, strings_can_be_null=False)


def lists_skus(result: RunResult, earlier_feed: Path) -> bool:
    """Whether the stock feed of this run has every sku of an earlier one; False where that cannot be read any more."""
    try:
        earlier = csv.read_csv(earlier_feed, parse_options=_FEED_FORMAT, convert_options=_ALL_TEXT)
        skus = earlier.column("sku")
    except (pa.ArrowInvalid, KeyError):
        return False
    own_skus = to_single_chunk(arrow.to_arrow(result.stock["sku"])) if len(result.stock) else pa.array([], pa.string())
    return bool(pc.all(pc.is_in(skus, value_set=format_cells(own_skus)), min_count=0).as_py())


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
