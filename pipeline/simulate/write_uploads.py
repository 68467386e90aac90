"""What the seller uploads on a market's night put into its files, and Amazon's answers into those of the next."""

from __future__ import annotations

import numpy as np

from pipeline.simulate import (
    damage,
    expected_codes,
    upload_cells,
    upload_error_options,
    upload_errors,
    upload_warnings,
)
from pipeline.simulate.damage import DamagedLines
from pipeline.simulate.file_key import FileKey
from pipeline.simulate.files import SimulatedFiles
from pipeline.simulate.night_state import NightState, write_plain_rows
from pipeline.simulate.processing_reports import FeedCounts
from pipeline.simulate.text_columns import Cells
from pipeline.simulate.upload_cells import ConfirmationLines

_COPIED_SHARE = 1 / 10  # of the damaged lines: the same as one above


def write_confirmations(files: SimulatedFiles, state: NightState, feed_counts: FeedCounts) -> None:
    """The true lines, copies of some, and mistakes, in this order."""
    chunk, file_key = state.chunk, state.file_key("confirmation")
    lines = upload_cells.confirmation_lines(chunk, state.market_number, state.night)
    if len(lines.item_index):
        cells = upload_cells.confirmation_cells(chunk, state.market, lines)
        damaged_lines = _damage_confirmations(state, lines, cells)
        files.append_lines(file_key, damaged_lines)
        copied = (damaged_lines.codes == "") & lines.in_feed
        copied &= state.item_draws(lines.item_index).draw_flags("copied", state.dirty * _COPIED_SHARE)
        if copied.any():
            copied_rows = np.flatnonzero(copied)
            files.append_lines(
                file_key,
                DamagedLines(damaged_lines.lines.take(copied_rows), np.full(len(copied_rows), "SHP-107", object)),
            )
        _write_answers(files, state, feed_counts, lines)
    errors = state.upload_errors.filter_rows(~state.upload_errors.in_cancellation)
    if len(errors.item_index):
        cells = upload_cells.confirmation_cells(
            chunk, state.market, upload_errors.error_lines(chunk, errors, state.night)
        )
        options = upload_error_options.confirmation_options(chunk, state.market, errors, state.night)
        layout, all_rows = state.market.layouts["confirmation"], np.arange(len(errors.item_index))
        files.append_lines(
            file_key, damage.damage_lines(cells, layout, options, all_rows, state.item_draws(errors.item_index))
        )


def write_cancellations(files: SimulatedFiles, state: NightState) -> None:
    """The true lines, then mistakes."""
    chunk, file_key = state.chunk, state.file_key("cancellation")
    layout = state.market.layouts["cancellation"]
    item_index, whole_order = upload_cells.cancellation_items(chunk, state.market_number, state.night)
    if len(item_index):
        codes = expected_codes.cancellation_codes(chunk, item_index, whole_order, state.night)
        files.append_lines(
            file_key,
            damage.keep_lines(
                upload_cells.cancellation_cells(chunk, item_index, whole_order), layout, len(item_index)
            )._replace(codes=np.where(bool(state.dirty), codes, "").astype(object)),
        )
    errors = state.upload_errors.filter_rows(state.upload_errors.in_cancellation | state.upload_errors.in_both_files)
    if len(errors.item_index):
        all_rows = np.arange(len(errors.item_index))
        cells = upload_cells.cancellation_cells(chunk, errors.item_index, np.ones(len(all_rows), bool))
        options = upload_error_options.cancellation_options(chunk, state.market, errors, state.night)
        files.append_lines(
            file_key, damage.damage_lines(cells, layout, options, all_rows, state.item_draws(errors.item_index))
        )


def _damage_confirmations(state: NightState, lines: ConfirmationLines, cells: Cells) -> DamagedLines:
    """The true lines, some odd in a way that does not keep them from being accepted.

    What happened to their orders is no damage: it is in the truth only where there is damage.
    """
    chunk, line_count = state.chunk, len(lines.item_index)
    layout, draws = state.market.layouts["confirmation"], state.item_draws(lines.item_index)
    if not state.dirty:
        return damage.keep_lines(cells, layout, line_count)
    codes = expected_codes.confirmation_codes(chunk, lines, state.item_states, state.night)
    first_lines, second_lines = upload_warnings.choose_shared_pairs(chunk, lines, state.night)
    is_shared = np.zeros(line_count, bool)
    is_shared[first_lines] = is_shared[second_lines] = True
    cells = upload_warnings.share_tracking(cells, first_lines, second_lines)
    to_damage = (
        upload_warnings.find_unrepeated_lines(chunk, lines)
        & ~is_shared
        & (codes == "")
        & draws.draw_flags("slip", state.dirty)
    )
    codes = np.where(is_shared, "SHP-117", codes).astype(object)
    row_index = np.flatnonzero(to_damage)
    if not len(row_index):
        return DamagedLines(damage.join_cells(cells, layout, line_count), codes)
    selected_cells = {name: column.take(row_index) for name, column in cells.items()}
    options = upload_warnings.warning_options(
        chunk, state.market, lines.take_rows(row_index), selected_cells, state.night
    )
    damaged_lines = damage.damage_lines(cells, layout, options, row_index, draws.select_keys(row_index))
    return damaged_lines._replace(codes=np.where(damaged_lines.codes == "", codes, damaged_lines.codes))


def _write_answers(files: SimulatedFiles, state: NightState, feed_counts: FeedCounts, lines: ConfirmationLines) -> None:
    """Amazon's answer to the lines, in the files of the next night."""
    for answer in feed_counts.answer_lines(state.chunk, lines, (state.market_number, state.night)):
        if state.night < state.chunk.world.options.nights:
            file_key = FileKey(state.market_number, state.night + 1, "processing-report", answer.feed_part.part_number)
            write_plain_rows(
                files,
                file_key,
                answer.cells,
                state.item_draws(answer.item_index),
                np.zeros(len(answer.item_index), bool),
            )
