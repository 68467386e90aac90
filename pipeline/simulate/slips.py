"""What may be odd about true confirmations without their being refused: the warnings among the SHP and FMT codes."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from pipeline.simulate import parcels, text
from pipeline.simulate.chance import Bools, Ints
from pipeline.simulate.chunk import Chunk
from pipeline.simulate.damage import Way
from pipeline.simulate.lives import PLAIN
from pipeline.simulate.markets import Market
from pipeline.simulate.mistakes import at_night
from pipeline.simulate.text import Cells
from pipeline.simulate.uploads import Lines
from schemas import lists

SHARED = 1 / 15  # of the damaged lines: one of two that carry one tracking number


def open_to(chunk: Chunk, told: Lines) -> Bools:
    """The lines that are not given again on a later night: those must stay as they are."""
    return told.fed & (chunk.orders.afterwards[chunk.items.order[told.at]] == PLAIN)


def ways(chunk: Chunk, market: Market, told: Lines, cells: Cells, night: int) -> list[Way]:
    """The ways open to the lines, whose cells are given."""
    size, order = len(told.at), chunk.items.order[told.at]
    every = np.ones(size, bool)
    carrier = parcels.carriers(market, chunk.luck.of(told.at))
    code = text.choose([one.code for one in market.carriers], carrier)
    folded = pc.utf8_lower(code)
    unique = pc.is_in(folded, value_set=text.strings(sorted(lists.carrier_by_casefold()))).to_numpy(
        zero_copy_only=False
    )
    today = chunk.world.day(chunk.orders.market[order], np.full(size, int(chunk.world.nights.as_of(night))))
    promised = chunk.world.day(chunk.orders.market[order], chunk.orders.promise[order])
    return [
        Way("FMT-012", unique, {"carrier-code": folded}),
        Way("SHP-112", every, {"tracking-number": text.same("", size)}),
        Way("SHP-113", (promised < today) & (told.day <= promised), {"ship-date": text.dates(today)}),
        Way("SHP-119", parcels.checked(market, carrier), {"tracking-number": _mistyped(cells["tracking-number"])}),
        Way("SHP-122", every, {"tracking-number": text.same("NULL", size)}),
        Way("SHP-123", chunk.orders.service[order] > 0, {"ship-method": text.same("Standard", size)}),
    ]


def _mistyped(numbers: text.Text) -> text.Text:
    """The numbers with another last digit."""
    last = pc.extract_regex(numbers, r"^(?P<head>.*)(?P<digit>[0-9])(?P<tail>[A-Z]*)$")
    head, digit, tail = (last.field(place) for place in range(3))
    other = text.numbers((pc.cast(digit, "int64").to_numpy(zero_copy_only=False) + 1) % 10)
    return text.strings(pc.binary_join_element_wise(head, other, tail, ""))


def shared(chunk: Chunk, told: Lines, night: int) -> tuple[Ints, Ints]:
    """Pairs of lines about different orders, the second of which is given the tracking number of the first."""
    chance = at_night(chunk.luck.of(told.at), night)
    rate = chunk.world.asked.dirty * SHARED
    good = open_to(chunk, told)
    order = chunk.items.order[told.at]
    second = np.arange(1, len(told.at), 2)
    apart = good[second] & good[second - 1] & (order[second] != order[second - 1])
    second = second[apart & chance.of(second).happens("shared", rate)]
    return second - 1, second


def sharing(cells: Cells, first: Ints, second: Ints) -> Cells:
    """The cells, with carrier and tracking number of the first lines in the second ones."""
    if not len(first):
        return cells
    at = np.arange(len(cells["order-id"]))
    at[second] = first
    moved = ("carrier-code", "carrier-name", "tracking-number")
    return cells | {name: cells[name].take(at) for name in moved}
