"""Shapes of cells, and signs that somebody or something has changed them on their way."""

from __future__ import annotations

import numpy as np
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


_ANY = "|".join(f"(?:{pattern})" for pattern in SIGNS.values())
_LETTERS = np.arange(256, dtype=np.uint8)  # of ASCII, each with what stands for it in a shape
_LETTERS[ord("0") : ord("9") + 1] = ord("9")
_LETTERS[ord("A") : ord("Z") + 1] = ord("A")
_LETTERS[ord("a") : ord("z") + 1] = ord("a")


def shapes(text: pa.Array, counts: pa.Array, *, coarse: bool) -> tuple[pa.Array, pa.Array]:
    """The distinct texts as shapes, and how often each comes: digits as 9, capitals as A, small letters as a, else x.

    ``coarse`` draws runs of them together and so hides how long a name is.
    """
    cut = pc.utf8_slice_codeunits(text, 0, _CUT)
    plain = pc.string_is_ascii(cut)
    shape = pa.concat_arrays([_of_ascii(cut.filter(plain)), _of_any(cut.filter(pc.invert(plain)))])
    shape, counts = summed(shape, pa.concat_arrays([counts.filter(plain), counts.filter(pc.invert(plain))]))
    return summed(pc.replace_substring_regex(shape, _RUNS, r"\1"), counts) if coarse else (shape, counts)


def _of_ascii(text: pa.Array) -> pa.Array:
    """The shapes of texts without any other letters, all bytes of them looked up at once."""
    _, offsets, data = text.buffers()
    if data is None or not len(text):
        return text
    looked_up = pa.py_buffer(_LETTERS[np.frombuffer(data, np.uint8)])
    return pa.Array.from_buffers(text.type, len(text), [None, offsets, looked_up], offset=text.offset)


def _of_any(text: pa.Array) -> pa.Array:
    for pattern, letter in _CLASSES:
        text = pc.replace_substring_regex(text, pattern, letter)
    return text


def summed(text: pa.Array, counts: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Each text once, with the sum of its counts."""
    table = pa.table({"text": text, "n": counts}).group_by("text").aggregate([("n", "sum")])
    return table.column("text").combine_chunks(), table.column("n_sum").combine_chunks()


def signs(text: pa.Array, counts: pa.Array) -> tuple[tuple[str, int], ...]:
    """How many cells bear each sign; those that none bears are left out. ``counts`` says how often each text comes."""
    marked = pc.match_substring_regex(text, _ANY)
    text, counts = text.filter(marked), counts.filter(marked)
    told = []
    for name, pattern in SIGNS.items() if len(text) else ():
        number = pc.sum(counts.filter(pc.match_substring_regex(text, pattern))).as_py() or 0
        told += [(name, number)] * (number > 0)
    return tuple(told)
