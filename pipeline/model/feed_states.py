"""What has become of the feeds of earlier runs, as every bucket of a run knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pipeline.model.feed_parts import ANSWERED, PUBLISHED, UPLOADED
from pipeline.utils import arrow

if TYPE_CHECKING:
    import pandas as pd

_MAX_PARTS = 1 << 32  # parts that a run has at most


class FeedStates(NamedTuple):
    """The feeds (run, part) that Amazon has not answered by now, and the runs that a person says are uploaded."""

    unanswered: frozenset[tuple[int, int]]
    uploaded_runs: frozenset[int]

    def list_states(self, published: pd.DataFrame) -> pd.Series[Any]:
        """What became of the part that each published confirmation is in (``run``, ``feed``), text."""
        run, part = (arrow.to_int64(published[name]) for name in ("run", "feed"))
        open_feeds = np.array([open_run * _MAX_PARTS + open_part for open_run, open_part in self.unanswered], np.int64)
        is_open = np.isin(run * _MAX_PARTS + part, open_feeds)
        state = np.where(is_open, np.where(np.isin(run, list(self.uploaded_runs)), 1, 0), 2)
        return arrow.to_series(arrow.take_strings((PUBLISHED, UPLOADED, ANSWERED), state))
