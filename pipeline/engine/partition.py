"""Buckets: ranges of order keys, cut so that each holds about as many orders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.file_plan import FilePlan
from pipeline.model.order_keys import encode_ids
from pipeline.utils.arrow import is_valid, take_rows, to_arrow, to_bool, to_frame, to_int64
from pipeline.utils.dtypes import NEVER, Array
from pipeline.utils.groups import sorted_unique
from pipeline.utils.row_hash import hash_rows
from schemas.confirmation import COPY_COLUMNS

_SPREAD_LINES = 1 << 10  # lines in a row that go into one bucket
_END_KEY = 10**17  # behind the keys of all order ids, which have 17 digits
_MAX_KEY = np.iinfo(np.int64).max


class Buckets(NamedTuple):
    """The keys at which all buckets but the first begin, rising."""

    first_keys: Array

    @property
    def bucket_count(self) -> int:
        """How many there are."""
        return len(self.first_keys) + 1

    def assign_buckets(self, keys: Array) -> Array:
        """The number of the bucket of each order key."""
        return np.searchsorted(self.first_keys, keys, side="right")

    def key_range(self, bucket_index: int) -> tuple[int, int]:
        """The keys of a bucket, from the first up to the other, which is not among them."""
        bounds = [NEVER, *self.first_keys.tolist(), _MAX_KEY]
        return bounds[bucket_index], bounds[bucket_index + 1]


def assign_rows(buckets: Buckets, rows: pd.DataFrame) -> Array:
    """The number of the bucket of each row; rows without a readable order id are spread over all buckets.

    Of these only confirmations without any order id are compared, among themselves: equal ones are in one bucket.
    """
    bucket_ids = buckets.assign_buckets(to_int64(rows["order_key"]))
    is_spread = ~is_valid(rows["order_key"])
    if buckets.bucket_count == 1 or not is_spread.any():
        return bucket_ids
    spread_ids = to_int64(rows["line"]) // _SPREAD_LINES
    if "unreadable" in rows and set(COPY_COLUMNS) <= set(rows.columns):
        is_compared = np.flatnonzero(is_spread & ~to_bool(rows["unreadable"]))
        compared_rows = take_rows(rows[list(COPY_COLUMNS)], is_compared)
        texts = (pc.fill_null(to_arrow(compared_rows[name]).cast(pa.string()), "") for name in COPY_COLUMNS)
        spread_ids[is_compared] = hash_rows(texts, np.zeros(len(compared_rows))) >> np.uint64(32)
    return np.where(is_spread, spread_ids % buckets.bucket_count, bucket_ids)


SINGLE_BUCKET = Buckets(np.zeros(0, np.int64))
SAMPLE_INTERVAL = 64  # rows of which one is in a sample, of the files as of the ledger
_SAMPLE_COUNT, WINDOW_BYTES = 2048, 1 << 13  # places of all files together that are looked at, bytes of each
_ID_LENGTH, _ID_DIGITS, _ID_DASHES = 19, 17, (3, 11)  # of an order id: bytes, digits, and where its dashes are


def choose_buckets(plans: Sequence[FilePlan], ledger_keys: Array, bucket_count: int) -> Buckets:
    """So many buckets, or fewer, of about as many rows each, by a sample of the files' order ids.

    ``ledger_keys`` are keys of orders of the ledger, each as good as one of the sample.
    """
    if bucket_count <= 1:
        return Buckets(np.zeros(0, np.int64))
    keys = np.sort(np.concatenate([sample_order_keys(plans), ledger_keys]))
    if len(keys) < bucket_count:  # few lines have an order, and the others are spread over all buckets
        keys = np.sort(np.concatenate([keys, np.arange(bucket_count) * (_END_KEY // bucket_count)]))
    return Buckets(sorted_unique(keys[np.arange(1, bucket_count) * len(keys) // bucket_count]))


def sample_order_keys(plans: Sequence[FilePlan]) -> Array:
    """Keys of orders that stand at places all over the files."""
    readable_plans = [plan for plan in plans if plan.splits and not plan.refusal_code]
    step = max(sum(plan.splits[-1].end for plan in readable_plans) // _SAMPLE_COUNT, WINDOW_BYTES)
    ids = np.concatenate(
        [np.zeros((0, _ID_LENGTH), np.uint8), *(_find_order_ids(plan, step) for plan in readable_plans)]
    )
    ids = ids[:: max(len(ids) * SAMPLE_INTERVAL // max(sum(plan.lines for plan in readable_plans), 1), 1)]
    buffers = [None, pa.py_buffer(np.ascontiguousarray(ids))]
    texts = pa.Array.from_buffers(pa.binary(_ID_LENGTH), len(ids), buffers).cast(pa.binary()).cast(pa.string())
    return to_int64(encode_ids(to_frame(pa.table({"id": texts}))["id"], dashes=True))


def _find_order_ids(plan: FilePlan, step: int) -> Array:
    """The bytes of the ids that stand whole in stretches of the file, one a row (uint8)."""
    stretches = [b""]
    with Path(plan.source.path).open("rb") as file:
        for begin in range(0, plan.splits[-1].end, step):
            file.seek(begin)
            stretches.append(file.read(WINDOW_BYTES))
    return find_ids(np.frombuffer(b"\n".join([*stretches, b"\n" * (_ID_LENGTH + 1)]), np.uint8))


def find_ids(text: Array) -> Array:
    """The bytes of the order ids in the text, one a row; it begins with a line end and ends with 20 of them."""
    windows = np.lib.stride_tricks.sliding_window_view(text, _ID_LENGTH + 2)  # an id and the byte on each side
    is_dashed = np.logical_and.reduce([text[dash + 1 :][: len(windows)] == ord("-") for dash in _ID_DASHES])
    candidates = windows[np.flatnonzero(is_dashed)]
    is_digit = (candidates >= ord("0")) & (candidates <= ord("9"))
    is_id = (is_digit[:, 1:-1].sum(axis=1) == _ID_DIGITS) & ~is_digit[:, 0] & ~is_digit[:, -1]
    return candidates[is_id, 1:-1]
