"""Shapes of cells, and signs that they were changed on their way."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_MAX_SHAPE_LENGTH = 40  # characters of a cell that make its shape
_CHARACTER_CLASSES = ((r"\p{Nd}", "9"), (r"\p{Lu}", "A"), (r"\p{Ll}", "a"), (r"[\p{Lo}\p{Lm}\p{Lt}\p{M}]", "x"))
_REPEATED_CLASS = "([9Aax])[9Aax]*"

# What leaves its mark on text, each as a pattern of RE2. A sign is no finding: it says where to look.
SIGNS = {
    "number in scientific notation": r"^[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]{2,}$",
    "spreadsheet error": r"^#(?:REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|#+)$",
    "spreadsheet formula": r"^[=@]|^[+-][^0-9. ]",
    "decoded wrongly": "\u00c3[\u0080-\u00bf]|\u00e2\u20ac|\u00c2[\u00a0-\u00bf]|\ufffd",
    "invisible character": "[\u00a0\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u0080-\u009f]",
    "HTML": r"&#?[A-Za-z0-9]+;|&x[0-9A-Fa-f]+;|</?[A-Za-z!]",
    "in quotation marks": r'^".*"$',
    "word for an empty value": r"^(?i:null|n/a|nan|none|nil|-|undefined)$",
}


_ANY_SIGN = "|".join(f"(?:{pattern})" for pattern in SIGNS.values())
_ASCII_SHAPES = np.arange(256, dtype=np.uint8)  # of ASCII, each with what stands for it in a shape
_ASCII_SHAPES[ord("0") : ord("9") + 1] = ord("9")
_ASCII_SHAPES[ord("A") : ord("Z") + 1] = ord("A")
_ASCII_SHAPES[ord("a") : ord("z") + 1] = ord("a")


def count_shapes(text: pa.Array, counts: pa.Array, *, coarse: bool) -> tuple[pa.Array, pa.Array]:
    """The distinct texts as shapes, and how often each comes: digits as 9, capitals as A, small letters as a, else x.

    ``coarse`` draws runs of them together and so hides how long a name is.
    """
    cut = pc.utf8_slice_codeunits(text, 0, _MAX_SHAPE_LENGTH)
    is_ascii = pc.string_is_ascii(cut)
    shape = pa.concat_arrays([_shape_ascii(cut.filter(is_ascii)), _shape_unicode(cut.filter(pc.invert(is_ascii)))])
    shape, counts = sum_counts(shape, pa.concat_arrays([counts.filter(is_ascii), counts.filter(pc.invert(is_ascii))]))
    return sum_counts(pc.replace_substring_regex(shape, _REPEATED_CLASS, r"\1"), counts) if coarse else (shape, counts)


def _shape_ascii(text: pa.Array) -> pa.Array:
    """The shapes of texts without any other letters, all bytes of them looked up at once."""
    _, offsets, data = text.buffers()
    if data is None or not len(text):
        return text
    shape_bytes = pa.py_buffer(_ASCII_SHAPES[np.frombuffer(data, np.uint8)])
    return pa.Array.from_buffers(text.type, len(text), [None, offsets, shape_bytes], offset=text.offset)


def _shape_unicode(text: pa.Array) -> pa.Array:
    for pattern, letter in _CHARACTER_CLASSES:
        text = pc.replace_substring_regex(text, pattern, letter)
    return text


def sum_counts(text: pa.Array, counts: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Each text once, with the sum of its counts."""
    table = pa.table({"text": text, "n": counts}).group_by("text", use_threads=False).aggregate([("n", "sum")])
    return table.column("text").combine_chunks(), table.column("n_sum").combine_chunks()


def count_signs(text: pa.Array, counts: pa.Array) -> tuple[tuple[str, int], ...]:
    """How many cells bear each sign; those that none bears are left out. ``counts`` says how often each text comes."""
    marked = pc.match_substring_regex(text, _ANY_SIGN)
    text, counts = text.filter(marked), counts.filter(marked)
    sign_counts = []
    for name, pattern in SIGNS.items() if len(text) else ():
        cell_count = pc.sum(counts.filter(pc.match_substring_regex(text, pattern))).as_py() or 0
        sign_counts += [(name, cell_count)] * (cell_count > 0)
    return tuple(sign_counts)
