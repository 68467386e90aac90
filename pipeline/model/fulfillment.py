"""Who ships an order: the seller, or Amazon for them (FORMATS §1d)."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.utils.arrow import to_arrow
from pipeline.utils.dtypes import Array

_AMAZON_CHANNELS = pa.array(["Amazon", "AFN"])


def is_amazon_fulfilled(channel: pd.Series[Any]) -> Array:
    """Which of the fulfillment channels are Amazon's own, as bool; an unknown one is not."""
    return pc.fill_null(pc.is_in(to_arrow(channel), value_set=_AMAZON_CHANNELS), False).to_numpy()


def is_easy_ship(fulfilled_by: pd.Series[Any]) -> Array:
    """Where a report says that Amazon's Easy Ship picks the item up, as bool: its name, letters compared only."""
    encoded = pc.dictionary_encode(to_arrow(fulfilled_by)).combine_chunks()
    letters = pc.replace_substring_regex(pc.utf8_lower(encoded.dictionary), "[^a-z]", "")
    return pc.fill_null(pc.match_substring(letters, "easyship").take(encoded.indices), False).to_numpy(
        zero_copy_only=False
    )
