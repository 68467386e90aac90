"""Shapes of cells, and signs that somebody or something has changed them on their way."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

_CUT = 40  # characters of a cell that make its shape
_CLASSES = ((r"\p{Nd}", "9"), (r"\p{Lu}", "A"), (r"\p{Ll}", "a"), (r"[\p{Lo}\p{Lm}\p{Lt}\p{M}]", "x"))
_RUNS = "([9Aax])[9Aax]*"

# What leaves its mark on text, each as a pattern of RE2. A sign is no finding: it says where to look.
SIGNS = {
    "number in scientific notation": r"^[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]{2,}$",
    "error of a spreadsheet": r"^#(?:REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|#+)$",
    "would be a formula in a spreadsheet": r"^[=@]|^[+-][^0-9. ]",
    "decoded wrongly": "\u00c3[\u0080-\u00bf]|\u00e2\u20ac|\u00c2[\u00a0-\u00bf]|\ufffd",
    "invisible character": "[\u00a0\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u0080-\u009f]",
    "HTML": r"&#?[A-Za-z0-9]+;|&x[0-9A-Fa-f]+;|</?[A-Za-z!]",
    "in quotation marks": r'^".*"$',
    "word for nothing": r"^(?i:null|n/a|nan|none|nil|-|undefined)$",
}


def shapes(text: Any, *, coarse: bool) -> Any:
    """Each text with its digits as 9, capitals as A, small letters as a and other letters as x.

    ``coarse`` draws runs of them together and so hides how long a name is.
    """
    shape = pc.utf8_slice_codeunits(text, 0, _CUT)
    for pattern, letter in _CLASSES:
        shape = pc.replace_substring_regex(shape, pattern, letter)
    return pc.replace_substring_regex(shape, _RUNS, r"\1") if coarse else shape


def signs(text: Any, counts: Any) -> tuple[tuple[str, int], ...]:
    """How many cells bear each sign; those that none bears are left out. ``counts`` says how often each text comes."""
    told = []
    for name, pattern in SIGNS.items():
        borne = pc.match_substring_regex(text, pattern)
        number = pc.sum(pc.if_else(borne, counts, pa.scalar(0, pa.int64()))).as_py() or 0
        told += [(name, number)] * (number > 0)
    return tuple(told)
