"""A market's night, as far as a stretch of orders is concerned: where they stand, and what is to be damaged."""

from __future__ import annotations

import numpy as np

from pipeline.simulate import claims, customer_service, defects, items, upload_cells, upload_errors
from pipeline.simulate.apply_damage import DamageableRows, apply_damage
from pipeline.simulate.chunk import Chunk
from pipeline.simulate.file_key import FileKey
from pipeline.simulate.files import SimulatedFiles
from pipeline.simulate.markets import Market
from pipeline.simulate.random_draws import RandomDraws, nightly_draws
from pipeline.simulate.text_columns import Cells
from pipeline.simulate.upload_errors import DAMAGE_GROUPS, NEW_ORDER, UploadErrors
from pipeline.utils.dtypes import BoolArray, IntArray

_PENDING_AGAIN_SHARE = 1 / 8  # of the damaged orders: a newer All Orders report calls them Pending


class NightState:
    """What every file of the night asks about; masks are one truth an order."""

    def __init__(self, chunk: Chunk, market: int, night: int) -> None:
        """Decides which orders the seller makes mistakes about."""
        self.chunk, self.market_number, self.night = chunk, market, night
        self.market: Market = chunk.world.markets[market]
        self.dirty = chunk.world.options.dirty
        self.item_states = items.find_item_states(chunk.world, chunk.orders, chunk.incidents, chunk.items, night)
        self.uploaded = upload_cells.find_uploaded_orders(chunk, night)
        self.order_draws = nightly_draws(chunk.order_draws, night)
        self.damage_group = self.order_draws.draw_below("lot", DAMAGE_GROUPS)
        eligible = upload_errors.find_eligible_orders(chunk, self.uploaded, night) & (
            self.damage_group == DAMAGE_GROUPS - 1
        )
        self.upload_errors: UploadErrors = upload_errors.choose_upload_errors(
            chunk, self.item_states, eligible, market, night
        )
        has_error = self._mask_orders(self.upload_errors.item_index)
        self.new_orders = self._mask_orders(self.upload_errors.item_index[self.upload_errors.order_state == NEW_ORDER])
        called_pending = self.order_draws.draw_flags("pending again", self.dirty * _PENDING_AGAIN_SHARE)
        self.pending_again = eligible & ~has_error & chunk.any_item(self.item_states.open) & called_pending
        self.keep_acceptable = self.uploaded | has_error | self.pending_again

    def _mask_orders(self, item_index: IntArray) -> BoolArray:
        """The orders of the items at the places."""
        order_mask = np.zeros(len(self.chunk.orders.number), bool)
        order_mask[self.chunk.items.order_index[item_index]] = True
        return order_mask

    def file_key(self, kind: str) -> FileKey:
        """The file of a kind."""
        return FileKey(self.market_number, self.night, kind)

    def item_draws(self, item_index: IntArray) -> RandomDraws:
        """Tonight's draws of the items at the places."""
        return nightly_draws(self.chunk.item_draws.select_keys(item_index), self.night)


def write_customer_service(files: SimulatedFiles, state: NightState, follow_ups: customer_service.FollowUps) -> None:
    """The letters, returns, claims and defects of the night; letters that an upload depends on stay sound."""
    for kind, build_cells in (
        ("contacts", customer_service.contact_cells),
        ("returns", customer_service.return_cells),
        ("claims", claims.claim_cells),
        ("defects", defects.defect_cells),
    ):
        cells, order_index = build_cells(state.chunk, follow_ups, state.market_number, state.night)
        if len(order_index):
            rank_in_order = np.arange(len(order_index)) - np.searchsorted(order_index, order_index)
            draws = RandomDraws(
                state.chunk.seed, state.order_draws.keys[order_index] * np.uint64(8) + rank_in_order.astype(np.uint64)
            )
            keep_acceptable = state.uploaded[order_index] & (kind == "contacts")
            write_plain_rows(files, state.file_key(kind), cells, draws, keep_acceptable)


def write_plain_rows(
    files: SimulatedFiles, file_key: FileKey, cells: Cells, draws: RandomDraws, keep_acceptable: BoolArray
) -> None:
    """Rows about which there is nothing to say but what their schema says."""
    world = files.world
    to_damage = ~keep_acceptable & draws.draw_flags(f"damaged {file_key.kind}", world.options.dirty)
    layout = world.markets[file_key.market].layouts[file_key.kind]
    files.append_lines(
        file_key, apply_damage(DamageableRows(file_key.kind, layout, cells, draws, to_damage, keep_acceptable))
    )
