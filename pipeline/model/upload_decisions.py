"""What becomes of the rows of the uploads."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.utils import arrow
from pipeline.utils.dtypes import Array


class UploadDecisions(NamedTuple):
    """Both kinds of rows with ``accepted``, what was found, and what the accepted ones do to each order item."""

    confirmations: pd.DataFrame
    cancellations: pd.DataFrame
    findings: pd.DataFrame
    newly_published: pd.DataFrame  # row, item, units and parcel of everything newly confirmed, int64
    canceled_items: Array  # bool an item
    seller_canceled_items: Array  # of these, those not canceled because the buyer asked for it
    no_stock_items: Array  # and of these, those canceled for lack of stock
    parcels: pd.DataFrame  # the confirmations with a tracking number, and where their orders go

    def confirmed_units(self, items: int) -> Array:
        """The units newly confirmed of each of so many order items, int64."""
        item_index, units = (self.newly_published[name].to_numpy(np.int64) for name in ("item", "units"))
        return np.bincount(item_index, weights=units, minlength=items).astype(np.int64)

    def count_repeated_parts(self) -> Counter[tuple[int, int]]:
        """How many confirmations are skipped for one in a part (run, part) that nobody is known to have uploaded."""
        waits = arrow.to_bool(self.confirmations["skipped"]) & arrow.to_bool(self.confirmations["waits_for_upload"])
        names = ["already_published_run", "already_published_feed"]
        parts = arrow.to_table(arrow.filter_rows(self.confirmations[names], waits), names)
        counted = parts.group_by(names).aggregate([([], "count_all")]).select([*names, "count_all"])
        return Counter({(run, part): lines for run, part, lines in zip(*counted.to_pydict().values(), strict=True)})

    def published_items(self, items: pd.DataFrame) -> pd.DataFrame:
        """What is newly published, one row an order item, as the ledger will know it; ``source`` numbers its file."""
        row_index, item_index = (pa.array(self.newly_published[name].to_numpy(np.int64)) for name in ("row", "item"))
        source_names = {"given_item": "order-item-id", "source": "file", "source_line": "line"}
        columns = {
            name: arrow.to_arrow(self.confirmations[source_names.get(name, name)]).take(row_index)
            for name in (
                *("ship_date", "carrier_code", "carrier_name", "tracked", "tracking_number", "given_item", "quantity"),
                *("source", "source_line"),
            )
        }
        keys = {
            name: arrow.to_arrow(items[name]).take(item_index) for name in ("order_key", "item_key", "order_item_id")
        }
        numbers = {name: arrow.to_arrow(self.newly_published[name]) for name in ("units", "parcel")}
        return arrow.to_frame(pa.table(columns | keys | numbers))
