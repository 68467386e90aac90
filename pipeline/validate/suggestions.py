"""What a value that is in no list may have been meant to be: a value of the list, where one is near."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.utils.arrow import to_arrow, to_series
from schemas import lists
from schemas.columns import Column
from schemas.kind import FileKind

if TYPE_CHECKING:
    import pandas as pd

_MAX_SUGGESTIONS = 100  # distinct unknown values for which the nearest listed one is looked up
_MAX_LENGTH = 80  # characters of a value that are compared
_CANDIDATES, _MIN_RATIO = 8, 0.7  # what an edit or two of a text still looks like to difflib
_EDITS_BY_LENGTH = ((8, 2), (4, 1))  # from so many characters on so many edits are a typing error


def suggest_values(text: pd.Series[Any], column: Column, kind: FileKind) -> pd.Series[Any]:
    """For each unknown value what it may be meant to be, as a hint; looked up once a distinct value."""
    vocabulary = sorted(column.type.vocabulary()) if column.type.vocabulary else []
    is_carrier = bool(column.type.values_by_casefold)
    encoded = pc.dictionary_encode(to_arrow(text)).combine_chunks()
    known_names = _known_carrier_names(column) if is_carrier else {}
    distinct = [str(value) for value in encoded.dictionary[:_MAX_SUGGESTIONS].to_pylist()]
    nearest = _find_nearest(distinct, vocabulary, known_names)
    nearest += [()] * (len(encoded.dictionary) - len(distinct))
    where = f"`feedwarden schema {kind.name}` lists the values of {column.name}."
    hints = [_format_hint(values, where, is_carrier=is_carrier) for values in nearest]
    return to_series(pa.array(hints, pa.string()).take(encoded.indices), text.index)


def _known_carrier_names(column: Column) -> dict[str, tuple[str, ...]]:
    """What the letters of a carrier's name mean: its codes, where it was called so before; nothing, where it has none.

    A name that an account adds as a code is a code like any other.
    """
    added = {_letters(value) for value in column.type.vocabulary()} if column.type.vocabulary else set()
    without_code: dict[str, tuple[str, ...]] = {_letters(name): () for name in lists.unlisted_carriers()}
    former = {_letters(name): codes for name, codes in lists.former_carrier_names().items()}
    return {name: codes for name, codes in (without_code | former).items() if codes or name not in added}


def _format_hint(nearest: tuple[str, ...], where: str, *, is_carrier: bool) -> str:
    """``where`` says where the values are listed."""
    suggestion = f"Did you mean {' or '.join(nearest)}?" if nearest else where
    if not is_carrier:
        return suggestion
    return (
        f"{suggestion} Or write Other with a carrier-name; a code that Amazon takes in your marketplace is added in "
        "account.toml, [carriers] also."
    )


def _find_nearest(
    values: list[str], vocabulary: list[str], known_names: dict[str, tuple[str, ...]]
) -> list[tuple[str, ...]]:
    """For each value those of the vocabulary that it may be meant to be; none where it is near to none.

    ``known_names`` are names whose meaning is known, by their letters: they are no typing error.
    """
    by_letters = _group_by(map(_letters, vocabulary), vocabulary)
    by_casefold = _group_by(map(str.casefold, vocabulary), vocabulary)

    def find_nearest(value: str) -> tuple[str, ...]:
        letters = _letters(value)
        if letters in known_names:
            return known_names[letters]
        return by_letters.get(letters or "\0") or _within_edits(value.casefold()[:_MAX_LENGTH], by_casefold)

    return list(map(find_nearest, values))


def _group_by(keys: Iterable[str], values: list[str]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, tuple[str, ...]] = {}
    for key, value in zip(keys, values, strict=True):
        groups[key] = (*groups.get(key, ()), value)
    return groups


def _letters(text: str) -> str:
    """The letters and digits of a text, whatever their case."""
    return "".join(filter(str.isalnum, text.casefold()))


def _within_edits(value: str, by_casefold: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The values that are a typing error away, the fewest edits counting; none where two different ones are."""
    candidates = difflib.get_close_matches(value, by_casefold, _CANDIDATES, _MIN_RATIO)
    edits = {candidate: _count_edits(value, candidate) for candidate in candidates}
    near = {name: count for name, count in edits.items() if count <= _allowed_edits(min(len(value), len(name)))}
    nearest = [name for name, count in near.items() if count == min(near.values())]
    return by_casefold[nearest[0]] if len(nearest) == 1 else ()


def _allowed_edits(length: int) -> int:
    return next((edits for least, edits in _EDITS_BY_LENGTH if length >= least), 0)


def _count_edits(left: str, right: str) -> int:
    """How many characters must be put in, left out, replaced or exchanged with their neighbour."""
    before: list[int] = []
    row = list(range(len(right) + 1))
    for at, char in enumerate(left, 1):
        before, last, row = row, before, [at]
        for to, other in enumerate(right, 1):
            count = min(before[to] + 1, row[to - 1] + 1, before[to - 1] + (char != other))
            if at > 1 and to > 1 and char == right[to - 2] and left[at - 2] == other:
                count = min(count, last[to - 2] + 1)
            row.append(count)
    return row[-1]
