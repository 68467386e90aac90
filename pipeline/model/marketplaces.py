"""Amazon's stores by number: which one an order was placed in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.run_context import RunContext
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array
from schemas import lists

MARKETPLACES = tuple(sorted({lists.find_marketplace(spelling).name for spelling in lists.time_zones()}))


def number_channels(channel: pd.Series[str], context: RunContext) -> Array:
    """For every row the number in ``MARKETPLACES`` of the store of its sales channel, else of the account's store."""
    encoded = pc.dictionary_encode(arrow.to_arrow(channel)).combine_chunks()
    account_store = MARKETPLACES.index(context.account.store.name)
    numbers = [_number_store(str(name), account_store) for name in encoded.dictionary.to_pylist()]
    index = pc.fill_null(encoded.indices.cast(pa.int64()), len(numbers))
    return np.array([*numbers, account_store], np.int64)[index.to_numpy()]


def _number_store(name: str, otherwise: int) -> int:
    return MARKETPLACES.index(lists.find_marketplace(name).name) if name.casefold() in lists.time_zones() else otherwise
