"""What counts of the claims, contacts and returns that tonight's files and earlier nights tell of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames
from pipeline.batch import Recalled
from pipeline.frames import Array
from schemas import claims, contacts, returns
from schemas.kind import Kind

_IDS = {  # within an order: an id that stands under two orders is two things
    "claims": ("order_key", "claim_id"),
    "contacts": ("order_key", "contact_id"),
    "returns": ("order_key", "item_key", "return_request_date"),
}
_JUDGED = ("status", "counts_in_odr", "grant_reasons", "answer_by", "appeal_by")


class Told(NamedTuple):
    """Every claim, contact and return request that counts, one row each, and the names of the files they stand in.

    A row's ``source`` is the number of its file among ``names``, ``source_line`` its line there, ``tonight`` whether a
    file of this run holds it, ``again`` whether the ledger holds just that already. Claims also have ``doubled``, where
    else tonight's files speak of the same claim, and the ledger's own word as ``…_before``. ``since`` is the as-of of
    the last run (UTC µs), NEVER without one.
    """

    claims: pd.DataFrame
    contacts: pd.DataFrame
    returns: pd.DataFrame
    names: list[str]
    since: int

    def orders(self) -> Array:
        """The keys of the orders that are claimed, or that a contact or return of tonight's files is about."""
        new = [frames.only(rows, frames.flags(rows["tonight"])) for rows in (self.contacts, self.returns)]
        return frames.distinct(np.concatenate([frames.numbers(rows["order_key"]) for rows in (self.claims, *new)]))


def gather(tonight: dict[str, pd.DataFrame], past: Recalled, names: Sequence[str], since: int) -> Told:
    """Tonight's rows, and of those remembered up to the last run (``since``) the ones that tonight's do not replace."""
    known = list(names)
    claimed, doubled = _newest(tonight["claims"], names)
    mine = {"claims": claimed, "contacts": tonight["contacts"], "returns": tonight["returns"]}
    made = []
    for kind, held in zip((claims.KIND, contacts.KIND, returns.KIND), past, strict=True):
        new = _typed(mine[kind.name], kind)
        new["source"], new["source_line"] = mine[kind.name]["file"], mine[kind.name]["line"]
        new["tonight"] = frames.series(np.ones(len(new), bool))
        new = _beside(new, held, kind)
        if kind.name == "claims":
            new["doubled"] = doubled
        made.append(frames.stack([new, _remembered(held, new, kind, known)]) if len(held) else new)
    return Told(made[0], made[1], made[2], known, since)


def _typed(rows: pd.DataFrame, kind: Kind) -> pd.DataFrame:
    """The rows' values without their text."""
    values = [column.value for column in kind.columns if not column.audit]
    values += [f"{name}_day" for name in values if f"{name}_day" in rows]
    return frames.frame(frames.table(rows, [*values, "order_key", "item_key"]))


def _remembered(held: pd.DataFrame, new: pd.DataFrame, kind: Kind, names: list[str]) -> pd.DataFrame:
    """The remembered rows that are not in tonight's files, by their ids; ``names`` grows by the files they stood in."""
    held = frames.only(held, ~_among(held, new, _IDS[kind.name]))
    coded = frames.arrow(held["source_file"]).combine_chunks().dictionary_encode()
    place = pc.add(coded.indices.cast(pa.int64()), len(names))
    names += coded.dictionary.to_pylist()
    kept = frames.frame(frames.table(held, [name for name in held.columns if name in new]))
    return kept.assign(
        source=frames.series(place),
        source_line=held["source_line"],
        tonight=frames.series(np.zeros(len(held), bool)),
        again=frames.series(np.ones(len(held), bool)),
        **{f"{name}_before": held[name] for name in _JUDGED if kind.name == "claims"},
    )


def _beside(new: pd.DataFrame, held: pd.DataFrame, kind: Kind) -> pd.DataFrame:
    """The new rows with ``again``, and with what claims were judged to be before; null where the ledger lacks them."""
    if not len(held):
        lacking = {
            f"{name}_before": pa.nulls(len(new), frames.arrow(held[name]).type) for name in _JUDGED if name in held
        }
        lacking |= {"again": pa.array(np.zeros(len(new), bool))}
        return new.assign(**{name: frames.series(values) for name, values in lacking.items()})
    at = _found(new, held, _IDS[kind.name])
    again = at >= 0
    where = pa.array(np.maximum(at, 0), mask=at < 0)
    for name in new.columns:
        if name in held and name not in ("source", "source_line", "tonight"):
            mine, theirs = frames.arrow(new[name]), frames.arrow(held[name]).take(where)
            same = pc.equal(mine, theirs).fill_null(False).to_numpy()
            again &= same | (pc.is_null(mine).to_numpy() & pc.is_null(theirs).to_numpy())
    before = {
        f"{name}_before": frames.series(frames.arrow(held[name]).take(where))
        for name in _JUDGED
        if kind.name == "claims"
    }
    return new.assign(again=frames.series(again), **before)


def _found(new: pd.DataFrame, held: pd.DataFrame, ids: tuple[str, ...]) -> Array:
    """For each new row the position of the one held with its ids, −1 without one."""
    same = _together(new, held, ids)
    last = np.full(int(same.max(initial=-1)) + 1, -1)
    last[same[len(new) :]] = np.arange(len(held))
    return last[same[: len(new)]]


def _together(one: pd.DataFrame, other: pd.DataFrame, ids: tuple[str, ...]) -> Array:
    """A number for the ids of each row of the one and, behind them, of the other."""
    return frames.alike(frames.stack([frames.frame(frames.table(rows, ids)) for rows in (one, other)]), ids)


def _among(held: pd.DataFrame, new: pd.DataFrame, ids: tuple[str, ...]) -> Array:
    """Which of the rows held have the ids of a new one, as bool."""
    return _found(held, new, ids) >= 0


def _newest(rows: pd.DataFrame, names: Sequence[str]) -> tuple[pd.DataFrame, pd.Series[str]]:
    """The last row of each claim of an order, by file name and line, and where another one says otherwise."""
    none = frames.series(pa.nulls(len(rows), pa.string()))
    code = frames.alike(rows, _IDS["claims"])
    last = np.zeros(int(code.max(initial=-1)) + 1, np.int64)
    last[code] = np.arange(len(rows))
    if len(last) == len(rows):
        return rows, none
    counts = last[code]
    at = np.flatnonzero(counts != np.arange(len(rows)))
    file, line = frames.numbers(rows["file"]), frames.numbers(rows["line"])
    other = np.zeros(len(at), bool)
    for name in rows.columns:
        if pa.types.is_string(frames.arrow(rows[name]).type):
            spelt = frames.codes(rows[name])
            other |= spelt[at] != spelt[counts[at]]
    at = at[other]
    place = frames.addresses(names, file[at], line[at], np.zeros(len(at), bool))
    said = pc.binary_join_element_wise("the claim is also at ", place, ", with different content", "")
    where = np.full(len(rows), -1)
    where[counts[at]] = np.arange(len(at))
    where = where[np.sort(last)]
    return frames.take(rows, np.sort(last)), frames.series(said.take(pa.array(where, mask=where < 0)))
