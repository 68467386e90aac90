"""The published confirmations of the orders that claims concern."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.claims.order_index import OrderIndex
from pipeline.utils import arrow, groups

_COLUMNS = (
    *("order_key", "order_item_id", "ship_date", "tracked", "tracking_number", "units"),
    *("carrier_code", "carrier_name", "parcel", "source", "source_line"),
)


def join_confirmations(
    parts: list[pd.DataFrame], items: pd.DataFrame, orders: OrderIndex, file_names: list[str]
) -> pd.DataFrame:
    """The published confirmations with the position of their item and the number of their file among the names."""
    item_keys = arrow.to_int64(items["item_key"])
    selected = []
    for part in parts:
        rows = part
        if "source" not in rows:
            encoded = arrow.to_arrow(rows["source_file"]).combine_chunks().dictionary_encode()
            file_index = encoded.indices.cast(pa.int64()).to_numpy(zero_copy_only=False) + len(file_names)
            file_names += encoded.dictionary.to_pylist()
            rows = rows.assign(source=arrow.to_series(np.asarray(file_index, np.int64)))
        item_index = orders.find_items(
            arrow.to_int64(rows["item_key"]), orders.find_orders(arrow.to_int64(rows["order_key"])), item_keys
        )
        columns = arrow.to_frame(arrow.to_table(rows, _COLUMNS)).assign(item=arrow.to_series(item_index))
        selected.append(arrow.filter_rows(columns, item_index >= 0))
    return arrow.concat_frames(selected)


def select_in_force(rows: pd.DataFrame) -> pd.DataFrame:
    """The confirmations that hold, in the order of their publication: a correction replaces what it corrects.

    ``rows`` come in that order, with ``item``, ``parcel`` (within the item), ``units`` (0 for a correction), and a
    ``tracking_number`` that a correction leaves as it was where it gives none.
    """
    is_correction = arrow.to_int64(rows["units"], 0) == 0
    if not is_correction.any():
        return rows
    group = groups.factorize_rows(rows, ("item", "parcel"))
    positions = np.arange(len(rows))
    last_correction = np.full(int(group.max()) + 1, -1)
    last_correction[group[is_correction]] = positions[is_correction]
    gives_number = arrow.is_valid(rows["tracking_number"]) & (positions <= last_correction[group])
    number_source = np.full(len(last_correction), -1)
    number_source[group[gives_number]] = positions[gives_number]  # the last number that was given
    is_last = positions == last_correction[group]
    source_row = np.where(is_last & ~gives_number & (number_source[group] >= 0), number_source[group], positions)
    for name in ("tracking_number", "tracked"):
        rows = rows.assign(**{name: rows[name].take(source_row).set_axis(rows.index)})
    return arrow.filter_rows(rows, positions >= last_correction[group])
