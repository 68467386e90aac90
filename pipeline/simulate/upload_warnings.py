"""What may be odd about true confirmations without their being refused: the warnings among the SHP and FMT codes."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc

from pipeline.simulate import text_columns as text
from pipeline.simulate import tracking_numbers
from pipeline.simulate.chunk import Chunk
from pipeline.simulate.damage import DamageOption
from pipeline.simulate.markets import Market
from pipeline.simulate.order_events import CONFIRMATION_ACCEPTED
from pipeline.simulate.random_draws import nightly_draws
from pipeline.simulate.text_columns import Cells
from pipeline.simulate.upload_cells import ConfirmationLines
from pipeline.utils.dtypes import BoolArray, IntArray
from schemas import lists
from schemas.confirmation import DELETE_TRACKING

SHARED_TRACKING_SHARE = 1 / 15  # of the damaged lines: one of two that carry one tracking number


def find_unrepeated_lines(chunk: Chunk, lines: ConfirmationLines) -> BoolArray:
    """The lines that are not resubmitted on a later night: those must stay as they are."""
    return lines.in_feed & (
        chunk.orders.confirmation_outcome[chunk.items.order_index[lines.item_index]] == CONFIRMATION_ACCEPTED
    )


def warning_options(
    chunk: Chunk, market: Market, lines: ConfirmationLines, cells: Cells, night: int
) -> list[DamageOption]:
    """The ways open to the lines, whose cells are given."""
    size, order_index = len(lines.item_index), chunk.items.order_index[lines.item_index]
    all_rows = np.ones(size, bool)
    carrier_index = tracking_numbers.choose_carriers(market, chunk.item_draws.select_keys(lines.item_index))
    carrier_codes = text.pick_texts([carrier.code for carrier in market.carriers], carrier_index)
    folded_codes = pc.utf8_lower(carrier_codes)
    is_listed = pc.is_in(folded_codes, value_set=text.to_strings(sorted(lists.carrier_by_casefold()))).to_numpy(
        zero_copy_only=False
    )
    today = chunk.world.local_day(chunk.orders.market[order_index], np.full(size, int(chunk.world.nights.as_of(night))))
    promise_day = chunk.world.local_day(chunk.orders.market[order_index], chunk.orders.promise[order_index])
    return [
        DamageOption("FMT-014", all_rows, {"ship-method": text.join_texts('"', cells["ship-method"], '"')}),
        DamageOption("FMT-012", is_listed, {"carrier-code": folded_codes}),
        DamageOption("SHP-112", all_rows, {"tracking-number": text.repeat_text("", size)}),
        DamageOption(
            "SHP-113", (promise_day < today) & (lines.ship_day <= promise_day), {"ship-date": text.format_dates(today)}
        ),
        DamageOption(
            "SHP-119",
            tracking_numbers.has_check_digit(market, carrier_index),
            {"tracking-number": _change_last_digit(cells["tracking-number"])},
        ),
        DamageOption("SHP-122", all_rows, {"tracking-number": text.repeat_text(DELETE_TRACKING, size)}),
        DamageOption(
            "SHP-123", chunk.orders.service[order_index] > 0, {"ship-method": text.repeat_text("Standard", size)}
        ),
    ]


def _change_last_digit(numbers: text.TextArray) -> text.TextArray:
    """The numbers with another last digit."""
    digit_fields = pc.extract_regex(numbers, r"^(?P<head>.*)(?P<digit>[0-9])(?P<tail>[A-Z]*)$")
    head, digit, tail = (digit_fields.field(number) for number in range(3))
    changed_digit = text.format_integers((pc.cast(digit, "int64").to_numpy(zero_copy_only=False) + 1) % 10)
    return text.to_strings(pc.binary_join_element_wise(head, changed_digit, tail, ""))


def choose_shared_pairs(chunk: Chunk, lines: ConfirmationLines, night: int) -> tuple[IntArray, IntArray]:
    """Pairs of lines about different orders, the second of which is given the tracking number of the first."""
    draws = nightly_draws(chunk.item_draws.select_keys(lines.item_index), night)
    rate = chunk.world.options.dirty * SHARED_TRACKING_SHARE
    unrepeated = find_unrepeated_lines(chunk, lines)
    order_index = chunk.items.order_index[lines.item_index]
    second = np.arange(1, len(lines.item_index), 2)
    different_orders = unrepeated[second] & unrepeated[second - 1] & (order_index[second] != order_index[second - 1])
    second = second[different_orders & draws.select_keys(second).draw_flags("shared", rate)]
    return second - 1, second


def share_tracking(cells: Cells, first: IntArray, second: IntArray) -> Cells:
    """The cells, with carrier and tracking number of the first lines in the second ones."""
    if not len(first):
        return cells
    source_row = np.arange(len(cells["order-id"]))
    source_row[second] = first
    column_names = ("carrier-code", "carrier-name", "tracking-number")
    return cells | {name: cells[name].take(source_row) for name in column_names}
