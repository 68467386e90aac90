"""Hashes of texts and of whole rows: equal ones have the same in every process."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.utils.dtypes import Array

_NULL_HASH, _CELL_FACTOR = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


def hash_texts(text: pa.Array) -> Array:
    """A hash of each text, none of which is null, uint64."""
    return pd.util.hash_array(text.to_numpy(zero_copy_only=False).astype(object), categorize=False)


def hash_rows(columns: Iterable[pa.ChunkedArray], seeds: Array) -> Array:
    """A hash of each row of the columns of texts, uint64; null is no empty text, and rows of other seeds differ."""
    hashes = seeds.astype(np.uint64)
    for column in columns:
        encoded = pc.dictionary_encode(column, null_encoding="encode").combine_chunks()
        text_hashes = np.where(
            encoded.dictionary.is_null().to_numpy(zero_copy_only=False),
            _NULL_HASH,
            hash_texts(encoded.dictionary.fill_null("")),
        )
        hashes = (hashes * _CELL_FACTOR + text_hashes[encoded.indices.to_numpy()]) ^ (hashes >> np.uint64(31))
    return hashes
