"""The rows of the Returns report by order, and what they say about it as a whole."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.utils import arrow
from pipeline.utils.dtypes import MONEY_SUM, Array


class ReturnIndex(NamedTuple):
    """The positions of the rows of the Returns report by order, and where among these those of each order begin.

    ``order_amount`` and ``currency`` are what all rows of an order that name them agree on; null where they do not.
    """

    return_rows: Array
    starts: Array  # and behind the last order the end
    order_amount: pa.Array
    currency: pa.Array

    def take_order_amounts(self, order_index: Array) -> pa.Array:
        """What the orders of those numbers came to by the Returns report."""
        return self.order_amount.take(pa.array(order_index))

    def take_currencies(self, order_index: Array) -> pa.Array:
        """The currencies of the orders of those numbers by the Returns report."""
        return self.currency.take(pa.array(order_index))


def index_returns(returns: pd.DataFrame, order_index: Array, order_count: int) -> ReturnIndex:
    """The returns by the numbers of their orders, of which there are so many."""
    starts = np.zeros(order_count + 1, np.int64)
    np.cumsum(np.bincount(order_index, minlength=order_count), out=starts[1:])
    amount = arrow.to_arrow(returns["order_amount"]).combine_chunks().cast(MONEY_SUM)
    given = pc.if_else(pc.greater(amount, pa.scalar(0, MONEY_SUM)), amount, pa.scalar(None, MONEY_SUM))
    currency = arrow.to_arrow(returns["currency_code"]).combine_chunks()
    return ReturnIndex(
        np.argsort(order_index, kind="stable"),
        starts,
        _agreed_by_order(given, order_index, order_count),
        _agreed_by_order(currency, order_index, order_count),
    )


def _agreed_by_order(values: pa.Array, order_index: Array, order_count: int) -> pa.Array:
    """For each order the value that all its rows that have one agree on."""
    given = np.flatnonzero(pc.is_valid(values).to_numpy(zero_copy_only=False))
    encoded = values.take(pa.array(given)).dictionary_encode()
    codes = encoded.indices.cast(pa.int64()).to_numpy()
    first, last = np.full(order_count, len(encoded.dictionary)), np.full(order_count, -1)
    np.minimum.at(first, order_index[given], codes)
    np.maximum.at(last, order_index[given], codes)
    return encoded.dictionary.take(pa.array(np.maximum(last, 0), mask=first != last))


def is_partly_returned(returns: pd.DataFrame) -> Array:
    """Which rows say that fewer units came back than were ordered, so that not all of the amount is due."""
    fewer = pc.less(*(arrow.to_arrow(returns[name]) for name in ("return_quantity", "order_quantity")))
    return pc.fill_null(fewer, False).to_numpy()
