"""What has become of the feeds of earlier runs, as every bucket of a run knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pipeline.model.feed_parts import ANSWERED, PUBLISHED, SUBMITTING, UPLOADED
from pipeline.utils import arrow

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.utils.dtypes import Array

_MAX_PARTS = 1 << 32  # parts that a run has at most


class FeedStates(NamedTuple):
    """The feeds (run, part) that Amazon has not answered by now, and what was uploaded.

    That are the runs of which a person says so, and the feeds that the program has submitted. Those that it is about to
    submit are ``pending_feeds``; ``waiting_cancellations`` are the runs, each with its as-of (µs UTC), of whose
    cancellations neither is known.
    """

    unanswered: frozenset[tuple[int, int]]
    uploaded_runs: frozenset[int]
    submitted_feeds: frozenset[tuple[int, int]] = frozenset()
    pending_feeds: frozenset[tuple[int, int]] = frozenset()
    waiting_cancellations: tuple[tuple[int, int], ...] = ()

    def is_unanswered(self, published: pd.DataFrame) -> Array:
        """Which of the published confirmations are in a part (``run``, ``feed``) that has no answer, bool."""
        return _is_in_feeds(published, self.unanswered)

    def list_states(self, published: pd.DataFrame) -> pd.Series[Any]:
        """What became of the part that each published confirmation is in, text."""
        is_uploaded = np.isin(arrow.to_int64(published["run"]), list(self.uploaded_runs)) | _is_in_feeds(
            published, self.submitted_feeds
        )
        not_uploaded = np.where(_is_in_feeds(published, self.pending_feeds), 3, 0)
        state = np.where(self.is_unanswered(published), np.where(is_uploaded, 1, not_uploaded), 2)
        return arrow.to_series(arrow.take_strings((PUBLISHED, UPLOADED, ANSWERED, SUBMITTING), state))


def _is_in_feeds(published: pd.DataFrame, feeds: frozenset[tuple[int, int]]) -> Array:
    """Which of the published confirmations (``run``, ``feed``) are in one of the feeds, bool."""
    run, part = (arrow.to_int64(published[name]) for name in ("run", "feed"))
    feed_codes = np.array([feed_run * _MAX_PARTS + feed_part for feed_run, feed_part in feeds], np.int64)
    return np.isin(run * _MAX_PARTS + part, feed_codes)
