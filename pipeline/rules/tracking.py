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

from schemas import lists
from schemas.confirmation import ERASES

Bools = npt.NDArray[np.bool_]
Arrow = Any  # an array of pyarrow, which has no types


def fits(carrier_code: pd.Series[Any], tracking_number: pd.Series[Any]) -> pd.Series[Any]:
    """True where the number has a format and check digit of its carrier, False where it has not, null where unknown.

    Takes two Series of ArrowDtype(string) on one index and returns one of ``bool[pyarrow]`` on it. Unknown: no
    number, the literal NULL, a carrier whose numbers are not checked (``Other`` is one, whatever carrier-name says),
    and, of a family that also uses formats not listed, a number shaped like none of those listed.
    Source: ``tracking.toml``, format by format.
    """
    bare = pc.replace_substring(_array(tracking_number), " ", "")
    given = _true(pc.and_(pc.not_equal(bare, ""), pc.not_equal(bare, ERASES)))
    text = pc.ascii_upper(bare)
    fit, judged = np.zeros((2, len(text)), dtype=np.bool_)
    for family, of_family in _families(_array(carrier_code)).items():
        rows = np.flatnonzero(given & of_family)
        fit[rows], judged[rows] = _judge(_take(text, rows), family)
    answer = pd.arrays.ArrowExtensionArray(pa.array(fit, mask=~judged))
    return pd.Series(answer, index=tracking_number.index, name=tracking_number.name)


def _families(codes: Arrow) -> dict[str, Bools]:
    """For each family of the carrier codes, the rows that belong to it."""
    encoded = pc.dictionary_encode(codes)
    known = lists.carrier_family()
    family = np.array([known.get(code, "") for code in encoded.dictionary.to_pylist()] + [""])  # the last is for null
    names, of_code = np.unique(family, return_inverse=True)
    of_row = of_code[encoded.indices.fill_null(len(family) - 1).to_numpy(zero_copy_only=False)]
    return {str(name): of_row == place for place, name in enumerate(names) if name}


def _judge(text: Arrow, family: str) -> tuple[Bools, Bools]:
    """Which numbers fit a format of the family, and which of them can be judged at all; no number is null."""
    fit, shaped = np.zeros((2, len(text)), dtype=np.bool_)
    for form in lists.tracking_formats(family):  # those with a check digit come first
        rows = np.flatnonzero(~fit if form.check else ~shaped)
        some = _take(text, rows)
        match = _true(pc.match_substring_regex(some, rf"\A(?:{form.pattern})\z"))
        if match.any():
            rows, some = rows[match], some.filter(pa.array(match))
            shaped[rows] = True
            fit[rows] = _holds(some, form)
    return fit, shaped | (family in lists.closed_families())


def _holds(text: Arrow, form: lists.TrackingFormat) -> Bools:
    """Which numbers of the format's shape have its check digit and, where it names one, a country that exists."""
    holds = np.ones(len(text), dtype=np.bool_)
    if form.check:
        values = _values(text, form.check)
        total = values[:, :-1] @ np.array(form.check.weights, dtype=np.int16) + form.check.start
        holds = np.array(form.check.digit)[total % form.check.modulus] == values[:, -1]
    if form.country:
        last = pc.utf8_slice_codeunits(text, -2)
        holds &= _true(pc.is_in(last, value_set=pa.array(sorted(lists.countries()))))
    return holds


def _values(text: Arrow, check: lists.Check) -> npt.NDArray[np.int16]:
    """The values of the characters that count, the check digit last: one row a number."""
    width = len(check.weights) + 1
    part = pc.binary_slice(text.cast(pa.binary()), -width - check.tail, -check.tail or None)
    characters = np.frombuffer(part.cast(pa.binary(width)).buffers()[1], dtype=np.uint8)
    return _value_of_character(check.letters)[characters].reshape(-1, width)


@functools.cache
def _value_of_character(letters: tuple[int, ...]) -> npt.NDArray[np.int16]:
    values = np.zeros(256, dtype=np.int16)
    values[ord("0") : ord("9") + 1] = range(10)
    values[ord("A") : ord("A") + len(letters)] = letters
    return values


def _array(column: pd.Series[Any]) -> Arrow:
    found = pa.array(column, type=pa.string())
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def _true(mask: Arrow) -> Bools:
    return mask.fill_null(False).to_numpy(zero_copy_only=False)


def _take(text: Arrow, rows: npt.NDArray[np.intp]) -> Arrow:
    return text if len(rows) == len(text) else text.take(pa.array(rows))
