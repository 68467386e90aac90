"""The day a confirmation says its parcel was shipped: where it gives an instant, by the marketplace of the order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from pipeline.model import calendar
from pipeline.model.run_context import RunContext
from pipeline.reconcile.match import RowItemPairs
from pipeline.utils import arrow, dtypes, groups


def localize_ship_dates(
    rows: pd.DataFrame, items: pd.DataFrame, pairs: RowItemPairs, context: RunContext
) -> pd.Series[Any]:
    """The day each row was shipped: of an instant, the local day of its order's marketplace, else as it is written."""
    instants = arrow.to_int64(rows["ship_date_instant"])
    if not dtypes.is_known(instants).any():
        return rows["ship_date"]
    first_pairs = groups.group_starts(pairs.row_index)
    zone, zone_names = calendar.assign_time_zones(items["sales_channel"].take(pairs.item_index[first_pairs]), context)
    zone_of_row = np.zeros(len(rows), np.int64)  # the account's
    zone_of_row[pairs.row_index[first_pairs]] = zone
    local_days = calendar.to_local_days(instants, zone_of_row, zone_names)
    written_days = arrow.to_int64(rows["ship_date"])
    return arrow.to_series(dtypes.to_dates(np.where(dtypes.is_known(instants), local_days, written_days)))
