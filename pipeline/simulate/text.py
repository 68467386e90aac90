"""Whole columns of text from numbers: ids, instants, dates, amounts; Arrow strings, null nowhere."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.simulate.chance import Ints
from pipeline.simulate.nights import DAY, FAR

Text = Any  # an Arrow array of strings
Cells = dict[str, Text]

_STEP = np.uint64(38_418_583_717)  # shares no factor with any power of ten; times 400 million it stays below 2**64
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def strings(values: Any) -> Text:
    """The values as one Arrow array of strings."""
    made = pa.array(values, pa.string()) if not isinstance(values, (pa.Array, pa.ChunkedArray)) else values
    made = made if pa.types.is_string(made.type) else pc.cast(made, pa.string())
    return made.combine_chunks() if isinstance(made, pa.ChunkedArray) else made


def same(value: str, size: int) -> Text:
    """The one text so many times."""
    return pa.repeat(pa.scalar(value, pa.string()), size)


def numbers(values: npt.NDArray[Any]) -> Text:
    """Whole numbers in digits."""
    return pc.cast(pa.array(values), pa.string())


def choose(words: Sequence[str], at: npt.NDArray[Any]) -> Text:
    """The words at the places."""
    return pa.array(list(words), pa.string()).take(pa.array(np.asarray(at, np.int64)))


def where(mask: npt.NDArray[np.bool_], yes: Text | str, no: Text | str = "") -> Text:
    """The one text where the mask is true, else the other."""
    made = pc.if_else(pa.array(mask), yes, no)
    return strings(made) if len(mask) else pa.array([], pa.string())


def join(*parts: Text | str) -> Text:
    """The texts behind each other, row by row."""
    return pc.binary_join_element_wise(*parts, "")


def padded(values: Ints, width: int) -> Text:
    """Whole numbers in so many digits, zeros in front."""
    return _of_digits(digits(values, width))


def digits(values: Ints, width: int) -> npt.NDArray[np.uint8]:
    """The last ``width`` digits of each number, the first one first."""
    made = np.empty((len(values), width), np.uint8)
    left = values.astype(np.int64)
    for place in reversed(range(width)):
        left, rest = np.divmod(left, 10)
        made[:, place] = rest
    return made


def _of_digits(values: npt.NDArray[np.uint8], *dashes: int) -> Text:
    """The digits as text, with a dash before each of the places."""
    signs = np.insert(values + np.uint8(ord("0")), list(dashes), ord("-"), axis=1) if dashes else values + ord("0")
    width = signs.shape[1]
    offsets = np.arange(len(signs) + 1, dtype=np.int32) * width
    data = np.ascontiguousarray(signs, np.uint8)
    return pa.Array.from_buffers(pa.string(), len(signs), [None, pa.py_buffer(offsets), pa.py_buffer(data)])


def order_ids(numbers_: Ints, prefix: Ints, seed: int) -> Text:
    """An id of its own for each order number."""
    return _of_digits(np.hstack([digits(prefix, 3), digits(apart(numbers_, 14, seed), 14)]), 3, 10)


def item_ids(keys: Ints, seed: int) -> Text:
    """An id of its own for each item key, of 14 digits; the first may be zero."""
    return padded(apart(keys, 14, ~seed), 14)


def apart(keys: Ints, width: int, seed: int) -> Ints:
    """Another number of so many digits for each key below ``10 ** width``, far from its neighbours'."""
    ring = np.uint64(10**width)
    begin = np.uint64(int.from_bytes(hashlib.blake2b(str(seed).encode(), digest_size=6).digest(), "big"))
    return np.asarray((((keys.astype(np.uint64) % ring) * _STEP + begin) % ring).astype(np.int64))


def instants(seconds: Ints, offset: Ints | None = None) -> Text:
    """Instants as Amazon's reports spell them, with an offset of their own where one is given; empty for FAR."""
    never = seconds >= FAR
    local = np.where(never, 0, seconds + (0 if offset is None else offset))
    spelt = pc.replace_substring(pc.cast(pa.array(local, pa.timestamp("s")), pa.string()), " ", "T")
    if offset is None:
        return where(~never, join(spelt, "+00:00"))
    known, at = np.unique(offset, return_inverse=True)
    signs = [f"{'-' if one < 0 else '+'}{abs(one) // 3600:02d}:{abs(one) // 60 % 60:02d}" for one in known.tolist()]
    return where(~never, join(spelt, choose(signs, at)))


def dates(days: Ints, form: str = "%Y-%m-%d") -> Text:
    """Days since 1970 in a form of strftime that names only numbers."""
    known, at = np.unique(days, return_inverse=True)
    spelt = pc.strftime(pa.array(known * DAY, pa.timestamp("s")), format=form)
    return spelt.take(pa.array(at))


def english_dates(days: Ints) -> Text:
    """Days since 1970 as ``10-Jul-2026``."""
    known, at = np.unique(days, return_inverse=True)
    spelt = [f"{day[8:]}-{_MONTHS[int(day[5:7]) - 1]}-{day[:4]}" for day in dates(known).to_pylist()]
    return choose(spelt, at)


def money(cents: Ints, currency: str, *, pad: bool = True) -> Text:
    """Amounts of a currency: of yen whole ones, of others with two decimals, or with as many as are needed."""
    whole, rest = np.divmod(cents, 100)
    if currency == "JPY":
        return numbers(whole)
    spelt = join(numbers(whole), ".", padded(rest, 2))
    return spelt if pad else pc.replace_substring_regex(spelt, r"^([0-9]+\.[0-9])0$", r"\1")
