"""The evidence put into words: what was sent, said, promised and paid back, each with its file, line and time.

Texts are made for the claims that a rule is about, and are null for the others.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames, spell
from pipeline.claims.case import NOT_RECEIVED, Case
from pipeline.claims.grounds import Grounds
from pipeline.claims.heard import Heard
from pipeline.claims.moments import Moments, lacking
from pipeline.claims.refunds import Refunds
from pipeline.frames import NEVER, Array

_CHANNELS = ("message", "return request")
_ERASES = "NULL"


def spelt(one: Moments) -> Any:
    """The moments as text: an instant in UTC, a plain date as it is; null where unknown."""
    if lacking(one.day):
        return instant(one.at)
    return day(one.day) if lacking(one.at) else pc.coalesce(instant(one.at), day(one.day))


def instant(micros: Array) -> Any:
    """The instants (µs UTC) as text, to the second."""
    return spell.instants(frames.instants(micros))


def day(days: Array) -> Any:
    """The days as text."""
    coded = frames.days(days).dictionary_encode()
    return coded.dictionary.cast(pa.string()).take(coded.indices)


def spread(mask: Array, text: Any) -> pd.Series[str]:
    """The texts of the rows of the mask in their places, null elsewhere."""
    array = text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
    if not len(array) or array.null_count == len(array):
        return frames.series(pa.nulls(len(mask), pa.string()))
    place = np.zeros(len(mask) + 1, np.int64)
    np.cumsum(mask, out=place[1:])
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, np.int32, len(array) + 1, array.offset * 4)  # nothing but these has to be spread
    valid = mask if not array.null_count else _spread_valid(mask, array)
    bits = np.packbits(valid, bitorder="little")
    buffers = [pa.py_buffer(bits), pa.py_buffer(ends[place]), data]
    return frames.series(pa.Array.from_buffers(pa.string(), len(mask), buffers))


def _spread_valid(mask: Array, text: pa.Array) -> Array:
    valid = mask.copy()
    valid[mask] = pc.is_valid(text).to_numpy(zero_copy_only=False)
    return valid


def joined(*parts: Any) -> Any:
    """The parts one behind the other, null where one of them is."""
    return pc.binary_join_element_wise(*parts, "")


def places(rows: pd.DataFrame, names: list[str], at: Array) -> Any:
    """``file:line`` of the rows at the positions; null for −1."""
    safe = np.maximum(at, 0)
    source, line = (frames.numbers(rows[name], 0) for name in ("source", "source_line"))
    if not len(rows):
        return pa.nulls(len(at), pa.string())
    return frames.addresses(names, source[safe], line[safe], at < 0)


class Words:
    """The evidence of some claims in words."""

    def __init__(self, case: Case, grounds: Grounds, heard: Heard, names: list[str], sent: pd.DataFrame) -> None:
        """``sent`` are the confirmations, ``names`` the names of all files."""
        self.case, self.grounds, self.heard, self.names, self.sent = case, grounds, heard, names, sent

    def tracking(self, rows: Array) -> Any:
        """Why there is no usable tracking number."""
        nothing = self.grounds.facts.nothing[rows]
        at = np.where(nothing, -1, self.grounds.facts.untracked[rows])
        number = self._of("tracking_number", at)
        why = pc.if_else(
            pc.is_null(number),
            "no tracking number",
            pc.if_else(
                pc.equal(number, _ERASES),
                "NULL in the place of a tracking number",
                joined("tracking number ", number, ", which the carrier does not use"),
            ),
        )
        sent = joined(
            "the confirmation of ", self._shipped(at), " (", places(self.sent, self.names, at), ") gives ", why
        )
        return pc.coalesce(sent, "nothing of it is confirmed, and no report says that it was shipped")

    def reply(self, rows: Array) -> Any:
        """Whose question was not answered, or when it was."""
        contact, answer = self.grounds.contact[rows], self.grounds.reply[rows]
        due = Moments(*(side[rows] for side in self.grounds.due))
        came = joined(
            "the reply came at ", spelt(self.heard.at(answer)), " (", self.heard.place(self.names, answer), ")"
        )
        return joined(
            "the buyer's ",
            self.channel(rows),
            " of ",
            spelt(self.heard.at(contact)),
            " (",
            self.heard.place(self.names, contact),
            ") was to be answered by ",
            spelt(due),
            ", and ",
            pc.coalesce(came, "no reply is known"),
        )

    def channel(self, rows: Array) -> Any:
        """By what the buyer had to contact the seller."""
        return frames.strings(_CHANNELS, (self.case.kind[rows] != NOT_RECEIVED).astype(np.int64))

    def shipping(self, rows: Array, items: pd.DataFrame) -> Any:
        """How the order was shipped late, or not at all."""
        at = self.grounds.facts.late[rows]
        which = frames.numbers(self.sent["item"])[np.maximum(at, 0)] if len(self.sent) else np.zeros(len(at), np.int64)
        promise = np.where(at >= 0, frames.numbers(items["promise_date"].take(which)), self.grounds.facts.promise[rows])
        by = instant(promise)
        late = joined("shipped ", self._shipped(at), " (", places(self.sent, self.names, at), "), promised by ", by)
        return pc.coalesce(late, joined("neither confirmed nor shipped by any report, and promised by ", by))

    def delivery(self, rows: Array) -> Any:
        """How the order was delivered late, or not at all."""
        due = day(self.grounds.estimate[rows])
        delivered = spelt(self.case.when["delivered_date"].take(rows))
        late = joined("delivered ", delivered, ", and estimated for ", due)
        return pc.coalesce(late, joined("estimated for ", due, ", and no delivery is known"))

    def early(self, rows: Array) -> Any:
        """What the buyer should have waited for."""
        contact = self.grounds.contact[rows]
        wrote = joined(
            "the first ",
            self.channel(rows),
            " was of ",
            spelt(self.heard.at(contact)),
            " (",
            self.heard.place(self.names, contact),
            ")",
        )
        estimate = np.where(self.case.kind[rows] == NOT_RECEIVED, self.grounds.estimate[rows], NEVER)
        return joined(wrote, pc.coalesce(joined(", and delivery was estimated for ", day(estimate)), ""))

    def refund(self, rows: Array, refunds: Refunds, returns: pd.DataFrame) -> Any:
        """What came back, and what was paid back of what was to be."""
        at = refunds.report[rows]
        back = self.case.when["returned_date"].take(rows)
        came = frames.numbers(returns["return_delivery_date"].take(np.maximum(at, 0))) if len(returns) else at
        reported = joined(day(np.where(at < 0, NEVER, came)), " (", places(returns, self.names, at), ")")
        when = pc.coalesce(spelt(back), reported)
        place = pa.array(refunds.place(rows))
        paid = pc.coalesce(refunds.refunded.take(place).cast(pa.string()), "nothing")
        of = pc.coalesce(joined(" of ", refunds.amount.take(place).cast(pa.string())), "")
        return joined("returned ", when, ", and ", paid, of, " refunded")

    def _shipped(self, at: Array) -> Any:
        return pc.coalesce(self._of("ship_date", at).cast(pa.string()), "an unknown day")

    def _of(self, name: str, at: Array) -> Any:
        column = frames.arrow(self.sent[name]).combine_chunks()
        return column.take(pa.array(np.maximum(at, 0), mask=at < 0))
