"""Confirmation rows beside each other: copies, parcels, and quantities that add up to more than remains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames
from pipeline.frames import NEVER, Array
from pipeline.reconcile.match import Pairs
from pipeline.reconcile.sightings import Seen

_SAME = ("order-item-id", "quantity", "ship_date", "carrier_code", "carrier-name", "tracking-number")


class Held(NamedTuple):
    """Where the orders go: the sightings, and for each order item its number among them, −1 where it has none."""

    seen: Seen
    counts: Array

    def of(self, name: str, items: Array) -> pd.Series[Any]:
        """A column of the reports for the order items at the positions, from the first sighting that has it."""
        rows, at, starts = self.seen
        if name not in rows:
            return frames.series(pa.nulls(len(items), pa.string()))
        run = self.counts[items]
        if len(starts) == len(at):
            return frames.series(frames.arrow(rows[name]).take(pa.array(at[starts[np.maximum(run, 0)]], mask=run < 0)))
        known = np.flatnonzero(run >= 0)
        sizes = np.diff(np.append(starts, len(at)))[run[known]]
        whose = np.repeat(known, sizes)
        inside = np.arange(len(whose)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        place = at[np.repeat(starts[run[known]], sizes) + inside]
        has = frames.arrow(rows[name]).is_valid().to_numpy()[place]
        first = np.full(len(items), -1)
        first[whose[has][::-1]] = place[has][::-1]
        return frames.series(frames.arrow(rows[name]).take(pa.array(first, mask=first < 0)))


def address_of(rows: pd.DataFrame, names: Sequence[str], at: Array, missing: Array) -> pa.Array:
    """``file:line`` of the rows at the positions, null where missing."""
    file = frames.strings(names, rows["file"].to_numpy(np.int64)[at])
    line = frames.arrow(rows["line"]).take(pa.array(at)).cast(pa.string()).combine_chunks()
    said = pc.binary_join_element_wise(file, line, ":")
    return pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), said)


def copies(rows: pd.DataFrame, unreadable: Array, names: Sequence[str]) -> pd.Series[Any]:
    """For each row the address of the first earlier line with the same content, null where there is none (SPEC §4).

    Rows come by file name, then line. A row with an ``unreadable`` value of those compared equals nothing.
    """
    order = frames.numbers(rows["order_key"])
    first = np.full(len(rows), -1)
    tried = np.flatnonzero(~unreadable & (order != NEVER))
    tried = tried[pd.Series(order[tried]).duplicated(keep=False).to_numpy()]
    if tried.size:
        same = pd.factorize(order[tried])[0]
        for name in _SAME:
            if name in rows:
                same = pd.factorize(same * (len(tried) + 2) + _code(rows[name].take(tried)))[0]
        where = np.full(same.max() + 1, len(same))
        np.minimum.at(where, same, np.arange(len(same)))
        first[tried] = tried[where[same]]
    copy = (first >= 0) & (first != np.arange(len(rows)))
    return frames.series(address_of(rows, names, np.where(copy, first, 0), ~copy))


def _code(values: pd.Series[Any]) -> Array:
    return pd.factorize(frames.numbers(values))[0] if values.name == "ship_date" else frames.codes(values)


def asked(rows: pd.DataFrame, items: pd.DataFrame, pairs: Pairs, sound: Array) -> tuple[pd.DataFrame, Array]:
    """The sound rows' ``asked`` and ``remaining`` of their most over-confirmed item, and what each pair asks for.

    A blank quantity, or a row for the whole order, asks for all that remains of each of its items (SPEC §4).
    """
    mine = pairs.only(sound[pairs.row])
    left = frames.numbers(items["remaining"], 0)[mine.item]
    given = frames.numbers(rows["quantity_given"], 0)[mine.row]
    units = np.where((given > 0) & mine.names_item[mine.row], given, left)
    total = np.bincount(mine.item, weights=units, minlength=len(items)).astype(np.int64)[mine.item]
    most, starts = np.full(len(rows), -1), frames.first_of_runs(mine.row)
    remaining = np.zeros(len(rows), np.int64)
    if starts.size:
        over = np.maximum.reduceat(total - left, starts)
        worst = np.flatnonzero((total - left) == np.repeat(over, np.diff(np.append(starts, len(left)))))
        most[mine.row[worst]], remaining[mine.row[worst]] = total[worst], left[worst]
    lacking = most < 0
    said = rows.assign(
        asked=frames.series(pa.array(most, mask=lacking)), remaining=frames.series(pa.array(remaining, mask=lacking))
    )
    return said, units


def plain(text: pd.Series[Any]) -> pd.Series[Any]:
    """The text with case, blanks and punctuation taken away; null where nothing is left."""
    small = pc.replace_substring(pc.utf8_lower(frames.arrow(text)), "ß", "ss")  # which is SS in capitals
    bare = pc.replace_substring_regex(small, r"[^\p{L}\p{N}]", "")
    return frames.series(pc.if_else(pc.equal(bare, ""), pa.scalar(None, pa.string()), bare))


def redirected(
    rows: pd.DataFrame, held: Held, pairs: Pairs, requests: Array, columns: dict[str, str]
) -> pd.Series[Any]:
    """Which rows name another address than their order's though no request (order keys) allows it (SPEC §4).

    ``columns`` gives for each ship-to column of the file the report's column it is compared with.
    """
    differs = np.zeros(len(rows), bool)
    starts = frames.first_of_runs(pairs.row)
    row, item = pairs.row[starts], pairs.item[starts]
    for given, ours in columns.items():
        if frames.known(rows[given]).any():
            said, ordered = plain(rows[given].take(row)), plain(held.of(ours, item))
            both = frames.known(said) & frames.known(ordered)
            unequal = pc.not_equal(frames.arrow(said), frames.arrow(ordered))
            differs[row[both & pc.fill_null(unequal, False).to_numpy()]] = True
    allowed = frames.among(frames.numbers(rows["order_key"]), requests)
    return frames.series(differs & ~allowed)
