"""The nights whose whole confirmation feed Amazon refuses."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.simulate import probabilities
from pipeline.simulate.random_draws import RandomDraws
from pipeline.utils.dtypes import BoolArray, IntArray

RECORDS_PER_PART = 30_000  # records of a part of a feed: what an account file leaves as it is
_FIRST_NIGHT, _NIGHTS_APART = 2, 5  # never two in a row, nor so near that what follows a refusal is refused again


class RefusedFeeds:
    """Of each market and night whether Amazon refuses the feed, whatever is in it."""

    def __init__(self, seed: int, night_count: int, records_per_night: Sequence[float]) -> None:
        """``records_per_night`` are about how many lines each market's feed has."""
        night, market = np.arange(night_count + 1), np.arange(len(records_per_night))
        keys = night[None, :] * len(market) + market[:, None]
        drawn = RandomDraws(seed, keys.ravel()).draw_flags("feed refused", probabilities.FEED_REFUSED)
        # of a feed in several parts nobody could tell which of them a report without records is about
        in_one_part = np.array(records_per_night) < RECORDS_PER_PART / 2
        self._table: npt.NDArray[np.bool_] = (
            drawn.reshape(keys.shape) & (night % _NIGHTS_APART == _FIRST_NIGHT) & in_one_part[:, None]
        )

    def is_refused(self, market: IntArray | int, night: IntArray | int) -> BoolArray:
        """For each pair of a market (its number) and a night, which may be any, whether that feed is refused."""
        night_count = self._table.shape[1] - 1
        within = (np.asarray(night) >= 1) & (np.asarray(night) <= night_count)
        return np.asarray(self._table[market, np.clip(night, 0, night_count)] & within)
