"""What the seller uploads on a market's night put into its files, and Amazon's answers into those of the next."""

from __future__ import annotations

import numpy as np

from pipeline.simulate import damage, mistakes, slips, uploads
from pipeline.simulate.answers import Answers
from pipeline.simulate.damage import Damaged
from pipeline.simulate.evening import Evening, plain
from pipeline.simulate.files import Files, Place
from pipeline.simulate.text import Cells
from pipeline.simulate.uploads import Lines

_COPIED = 1 / 10  # of the damaged lines: the same as one above


def write_confirmations(files: Files, evening: Evening, answers: Answers) -> None:
    """The true lines, copies of some, and mistakes, in this order."""
    chunk, place = evening.chunk, evening.place("confirmation")
    told = uploads.lines(chunk, evening.number, evening.night)
    if len(told.at):
        cells = uploads.confirmation(chunk, evening.market, told)
        made = _with_slips(evening, told, cells)
        files.add(place, made)
        copied = (made.codes == "") & told.fed
        copied &= evening.luck(told.at).happens("copied", evening.dirty * _COPIED)
        if copied.any():
            again = np.flatnonzero(copied)
            files.add(place, Damaged(made.lines.take(again), np.full(len(again), "SHP-107", object)))
        _answer(files, evening, answers, told)
    wrong = evening.wrong.only(~evening.wrong.cancels)
    if len(wrong.at):
        cells = uploads.confirmation(chunk, evening.market, mistakes.lines(chunk, wrong, evening.night))
        ways = mistakes.confirming(chunk, evening.market, wrong, evening.night)
        layout, every = evening.market.layouts["confirmation"], np.arange(len(wrong.at))
        files.add(place, damage.damaged(cells, layout, ways, every, evening.luck(wrong.at)))


def write_cancellations(files: Files, evening: Evening) -> None:
    """The true lines, then mistakes."""
    chunk, place = evening.chunk, evening.place("cancellation")
    layout = evening.market.layouts["cancellation"]
    at, whole = uploads.cancellations(chunk, evening.number, evening.night)
    if len(at):
        odd = chunk.orders.odd[chunk.items.order[at]] & ~whole
        files.add(
            place,
            damage.sound(uploads.cancellation(chunk, at, whole), layout, len(at))._replace(
                codes=np.where(odd, "FMT-011", "").astype(object)
            ),
        )
    wrong = evening.wrong.only(evening.wrong.cancels | evening.wrong.both)
    if len(wrong.at):
        every = np.arange(len(wrong.at))
        cells = uploads.cancellation(chunk, wrong.at, np.ones(len(every), bool))
        ways = mistakes.canceling(chunk, evening.market, wrong, evening.night)
        files.add(place, damage.damaged(cells, layout, ways, every, evening.luck(wrong.at)))


def _with_slips(evening: Evening, told: Lines, cells: Cells) -> Damaged:
    """The true lines, some odd in a way that does not keep them from being accepted."""
    chunk, size = evening.chunk, len(told.at)
    layout, chance = evening.market.layouts["confirmation"], evening.luck(told.at)
    odd = chunk.orders.odd[chunk.items.order[told.at]] & ~told.whole
    first, second = slips.shared(chunk, told, evening.night) if evening.dirty else (told.at[:0], told.at[:0])
    both = np.zeros(size, bool)
    both[first] = both[second] = True
    cells = slips.sharing(cells, first, second)
    hit = slips.open_to(chunk, told) & ~both & ~odd & chance.happens("slip", evening.dirty)
    codes = np.select([both, odd], ["SHP-117", "FMT-011"], "").astype(object)
    at = np.flatnonzero(hit)
    if not len(at):
        return Damaged(damage.joined(cells, layout, size), codes)
    some = {name: column.take(at) for name, column in cells.items()}
    ways = slips.ways(chunk, evening.market, told.of(at), some, evening.night)
    made = damage.damaged(cells, layout, ways, at, chance.of(at))
    return made._replace(codes=np.where(made.codes == "", codes, made.codes))


def _answer(files: Files, evening: Evening, answers: Answers, told: Lines) -> None:
    """Amazon's answer to the lines, in the files of the next night."""
    for answer in answers.take(evening.chunk, told, (evening.number, evening.night)):
        if evening.night < evening.chunk.world.asked.nights:
            place = Place(evening.number, evening.night + 1, "processing-report", answer.part.part)
            plain(files, place, answer.cells, evening.luck(answer.at), np.zeros(len(answer.at), bool))
