"""Whole columns of text from numbers: ids, instants, dates, amounts; Arrow strings, null nowhere."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.simulate.nights import DAY_SECONDS, FAR_FUTURE
from pipeline.utils.dtypes import IntArray

TextArray = Any  # an Arrow array of strings
Cells = dict[str, TextArray]

_SCATTER_STEP = np.uint64(
    38_418_583_717
)  # shares no factor with any power of ten; times 400 million it stays below 2**64
_MONTH_NAMES = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def to_strings(values: Any) -> TextArray:
    """The values as one Arrow array of strings."""
    array = pa.array(values, pa.string()) if not isinstance(values, (pa.Array, pa.ChunkedArray)) else values
    array = array if pa.types.is_string(array.type) else pc.cast(array, pa.string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def repeat_text(text: str, row_count: int) -> TextArray:
    """The one text so many times."""
    return pa.repeat(pa.scalar(text, pa.string()), row_count)


def format_integers(values: npt.NDArray[Any]) -> TextArray:
    """Whole numbers in digits."""
    return pc.cast(pa.array(values), pa.string())


def pick_texts(words: Sequence[str], word_index: npt.NDArray[Any]) -> TextArray:
    """The words at the places."""
    return pa.array(list(words), pa.string()).take(pa.array(np.asarray(word_index, np.int64)))


def text_where(mask: npt.NDArray[np.bool_], yes: TextArray | str, no: TextArray | str = "") -> TextArray:
    """The one text where the mask is true, else the other."""
    texts = pc.if_else(pa.array(mask), yes, no)
    return to_strings(texts) if len(mask) else pa.array([], pa.string())


def join_texts(*parts: TextArray | str) -> TextArray:
    """The texts behind each other, row by row."""
    return pc.binary_join_element_wise(*parts, "")


def zero_pad(values: IntArray, width: int) -> TextArray:
    """Whole numbers in so many digits, zeros in front."""
    return _join_digits(split_digits(values, width))


def split_digits(values: IntArray, width: int) -> npt.NDArray[np.uint8]:
    """The last ``width`` digits of each number, the first one first."""
    table = np.empty((len(values), width), np.uint8)
    remaining = values.astype(np.int64)
    for position in reversed(range(width)):
        remaining, digit = np.divmod(remaining, 10)
        table[:, position] = digit
    return table


def _join_digits(values: npt.NDArray[np.uint8], *dash_positions: int) -> TextArray:
    """The digits as text, with a dash before each of the places."""
    characters = (
        np.insert(values + np.uint8(ord("0")), list(dash_positions), ord("-"), axis=1)
        if dash_positions
        else values + ord("0")
    )
    width = characters.shape[1]
    offsets = np.arange(len(characters) + 1, dtype=np.int32) * width
    data = np.ascontiguousarray(characters, np.uint8)
    return pa.Array.from_buffers(pa.string(), len(characters), [None, pa.py_buffer(offsets), pa.py_buffer(data)])


def format_order_ids(order_numbers: IntArray, prefix: IntArray, seed: int) -> TextArray:
    """An id of its own for each order number."""
    return _join_digits(
        np.hstack([split_digits(prefix, 3), split_digits(scatter_keys(order_numbers, 14, seed), 14)]), 3, 10
    )


def format_item_ids(keys: IntArray, seed: int) -> TextArray:
    """An id of its own for each item key, of 14 digits; the first may be zero."""
    return zero_pad(scatter_keys(keys, 14, ~seed), 14)


def scatter_keys(keys: IntArray, width: int, seed: int) -> IntArray:
    """Another number of so many digits for each key below ``10 ** width``, far from its neighbours'."""
    modulus = np.uint64(10**width)
    start = np.uint64(int.from_bytes(hashlib.blake2b(str(seed).encode(), digest_size=6).digest(), "big"))
    return np.asarray((((keys.astype(np.uint64) % modulus) * _SCATTER_STEP + start) % modulus).astype(np.int64))


def format_instants(seconds: IntArray, offset: IntArray | None = None) -> TextArray:
    """Instants as Amazon's reports spell them, with an offset of their own where one is given; empty for FAR."""
    never = seconds >= FAR_FUTURE
    local = np.where(never, 0, seconds + (0 if offset is None else offset))
    texts = pc.replace_substring(pc.cast(pa.array(local, pa.timestamp("s")), pa.string()), " ", "T")
    if offset is None:
        return text_where(~never, join_texts(texts, "+00:00"))
    offsets, offset_index = np.unique(offset, return_inverse=True)
    offset_texts = [
        f"{'-' if seconds_off < 0 else '+'}{abs(seconds_off) // 3600:02d}:{abs(seconds_off) // 60 % 60:02d}"
        for seconds_off in offsets.tolist()
    ]
    return text_where(~never, join_texts(texts, pick_texts(offset_texts, offset_index)))


def format_dates(days: IntArray, date_format: str = "%Y-%m-%d") -> TextArray:
    """Days since 1970 in a form of strftime that names only numbers."""
    unique_days, day_index = np.unique(days, return_inverse=True)
    texts = pc.strftime(pa.array(unique_days * DAY_SECONDS, pa.timestamp("s")), format=date_format)
    return texts.take(pa.array(day_index))


def format_english_dates(days: IntArray) -> TextArray:
    """Days since 1970 as ``10-Jul-2026``."""
    unique_days, day_index = np.unique(days, return_inverse=True)
    texts = [f"{day[8:]}-{_MONTH_NAMES[int(day[5:7]) - 1]}-{day[:4]}" for day in format_dates(unique_days).to_pylist()]
    return pick_texts(texts, day_index)


def format_money(cents: IntArray, currency: str, *, pad_decimals: bool = True) -> TextArray:
    """Amounts of a currency: of yen whole ones, of others with two decimals, or with as many as are needed."""
    whole, hundredths = np.divmod(cents, 100)
    if currency == "JPY":
        return format_integers(whole)
    amounts = join_texts(format_integers(whole), ".", zero_pad(hundredths, 2))
    return amounts if pad_decimals else pc.replace_substring_regex(amounts, r"^([0-9]+\.[0-9])0$", r"\1")
