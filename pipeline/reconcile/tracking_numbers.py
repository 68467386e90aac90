"""Does a tracking number fit its carrier? The question behind SHP-119, asked of a whole column at once.

The formats are data (``schemas/lists/tracking.toml``), the carrier is the one that carrier-code names. We check for
ourselves because the packages that know these formats (tracking-numbers 0.1.8, drogher 0.0.2) take one number at a
time, about 15 µs each, and know neither Royal Mail's barcodes nor DHL's divisions: 15 s for what takes 0.2 s here.

Numbers are read as carriers print them: blanks anywhere and small letters do not matter, any other sign does. A
hyphenated Royal Mail number does not fit: Amazon takes at most 21 characters, and the hyphens go beyond them.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.utils.dtypes import BoolArray
from schemas import lists
from schemas.confirmation import DELETE_TRACKING

ArrowArray = Any  # an array of pyarrow, which has no types


def check_tracking_numbers(carrier_code: pd.Series[Any], tracking_number: pd.Series[Any]) -> pd.Series[Any]:
    """True where the number has a format and check digit of its carrier, False where it has not, null where unknown.

    Takes two Series of ArrowDtype(string) on one index and returns one of ``bool[pyarrow]`` on it. Unknown: no
    number, the literal NULL, a carrier whose numbers are not checked (``Other`` is one, whatever carrier-name says),
    and, of a family that also uses formats not listed, a number shaped like none of those listed.
    Source: ``tracking.toml``, format by format.
    """
    without_blanks = pc.replace_substring(_to_arrow(tracking_number), " ", "")
    is_given = _to_bool_array(pc.and_(pc.not_equal(without_blanks, ""), pc.not_equal(without_blanks, DELETE_TRACKING)))
    text = pc.ascii_upper(without_blanks)
    is_valid, is_checked = np.zeros((2, len(text)), dtype=np.bool_)
    for family, in_family in _rows_by_family(_to_arrow(carrier_code)).items():
        rows = np.flatnonzero(is_given & in_family)
        is_valid[rows], is_checked[rows] = _match_formats(_take_rows(text, rows), family)
    result = pd.arrays.ArrowExtensionArray(pa.array(is_valid, mask=~is_checked))
    return pd.Series(result, index=tracking_number.index, name=tracking_number.name)


def _rows_by_family(codes: ArrowArray) -> dict[str, BoolArray]:
    """For each family of the carrier codes, the rows that belong to it."""
    encoded = pc.dictionary_encode(codes)
    family_of_code = lists.carrier_family()
    family = np.array(
        [family_of_code.get(code, "") for code in encoded.dictionary.to_pylist()] + [""]
    )  # the last is for null
    names, of_code = np.unique(family, return_inverse=True)
    of_row = of_code[encoded.indices.fill_null(len(family) - 1).to_numpy(zero_copy_only=False)]
    return {str(name): of_row == position for position, name in enumerate(names) if name}


def _match_formats(text: ArrowArray, family: str) -> tuple[BoolArray, BoolArray]:
    """Which numbers fit a format of the family, and which of them can be judged at all; no number is null."""
    is_valid, has_format = np.zeros((2, len(text)), dtype=np.bool_)
    for tracking_format in lists.tracking_formats(family):  # those with a check digit come first
        rows = np.flatnonzero(~is_valid if tracking_format.check_digit else ~has_format)
        candidates = _take_rows(text, rows)
        match = _to_bool_array(pc.match_substring_regex(candidates, rf"\A(?:{tracking_format.pattern})\z"))
        if match.any():
            rows, candidates = rows[match], candidates.filter(pa.array(match))
            has_format[rows] = True
            is_valid[rows] = _passes_check(candidates, tracking_format)
    return is_valid, has_format | (family in lists.closed_families())


def _passes_check(text: ArrowArray, tracking_format: lists.TrackingFormat) -> BoolArray:
    """Which numbers of the format's shape have its check digit and, where it names one, a country that exists."""
    is_valid = np.ones(len(text), dtype=np.bool_)
    if tracking_format.check_digit:
        values = _check_values(text, tracking_format.check_digit)
        total = (
            values[:, :-1] @ np.array(tracking_format.check_digit.weights, dtype=np.int16)
            + tracking_format.check_digit.initial_sum
        )
        is_valid = (
            np.array(tracking_format.check_digit.digit_by_remainder)[total % tracking_format.check_digit.modulus]
            == values[:, -1]
        )
    if tracking_format.has_country:
        country_code = pc.utf8_slice_codeunits(text, -2)
        is_valid &= _to_bool_array(pc.is_in(country_code, value_set=pa.array(sorted(lists.country_codes()))))
    return is_valid


def _check_values(text: ArrowArray, check: lists.CheckDigit) -> npt.NDArray[np.int16]:
    """The values of the characters that count, the check digit last: one row a number."""
    width = len(check.weights) + 1
    part = pc.binary_slice(
        text.cast(pa.binary()), -width - check.trailing_characters, -check.trailing_characters or None
    )
    characters = np.frombuffer(part.cast(pa.binary(width)).buffers()[1], dtype=np.uint8)
    return _character_values(check.letter_values)[characters].reshape(-1, width)


@functools.cache
def _character_values(letters: tuple[int, ...]) -> npt.NDArray[np.int16]:
    values = np.zeros(256, dtype=np.int16)
    values[ord("0") : ord("9") + 1] = range(10)
    values[ord("A") : ord("A") + len(letters)] = letters
    return values


def _to_arrow(column: pd.Series[Any]) -> ArrowArray:
    array = pa.array(column, type=pa.string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _to_bool_array(mask: ArrowArray) -> BoolArray:
    return mask.fill_null(False).to_numpy(zero_copy_only=False)


def _take_rows(text: ArrowArray, rows: npt.NDArray[np.intp]) -> ArrowArray:
    return text if len(rows) == len(text) else text.take(pa.array(rows))
