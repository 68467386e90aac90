"""Which contact of the seller's answers which of a buyer's."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pipeline.claims.windows import TimeSpan
from pipeline.utils.dtypes import Array


class SellerContacts(NamedTuple):
    """What the seller wrote: positions among the contacts, the numbers of their orders, and when."""

    contact_index: Array
    order_index: Array
    sent: TimeSpan

    def find_first_after(self, order_index: Array, begin: Array) -> Array:
        """For each order and instant (µs UTC) the contact in it that may be the first after that; −1 without one.

        Of a plain date the seller may have written at its end, and so after anything of that day.
        """
        size = len(self.contact_index)
        if not size or not len(order_index):
            return np.full(len(order_index), -1)
        order_count = int(max(self.order_index.max(), order_index.max())) + 1
        numbers, number_count = _number_instants(np.concatenate([self.sent.last, begin]), order_count)
        keys = self.order_index * number_count + numbers[:size]
        by_key = np.argsort(keys, kind="stable")
        place = np.searchsorted(keys[by_key], order_index * number_count + numbers[size:], side="right")
        earliest = self._earliest_from(by_key)
        found = earliest[np.minimum(place, size - 1)]
        is_reply = (place < size) & (self.order_index[found] == order_index)
        return np.where(is_reply, self.contact_index[found], -1)

    def _earliest_from(self, by_key: Array) -> Array:
        """For each place in that order the contact from there on, in the same order, that may be the earliest."""
        if (self.sent.first == self.sent.last).all():
            return by_key
        size = len(by_key)
        by_first = np.argsort(self.sent.first, kind="stable")
        first_rank = np.empty(size, np.int64)
        first_rank[by_first] = np.arange(size)
        values = self.order_index[by_key] * size + first_rank[by_key]
        return by_first[np.minimum.accumulate(values[::-1])[::-1] % size]


def _number_instants(instants: Array, order_count: int) -> tuple[Array, int]:
    """Numbers from 0 on in the order of the instants, and how many there are: so many orders can be multiplied by it.

    Those since the first are at hand; where they are too many, their ranks, which takes some ten times as long.
    """
    first, last = int(instants.min()), int(instants.max())
    if (last - first + 1) * order_count <= np.iinfo(np.int64).max:
        return instants - first, last - first + 1
    return np.unique(instants, return_inverse=True)[1], len(instants)
