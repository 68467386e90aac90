"""What the stages ask of earlier runs; the ledger answers it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.model.run_context import RunContext


class EarlierRuns(Protocol):
    """The order items and published confirmations that earlier runs left behind."""

    def append_older_items(
        self, items: pd.DataFrame, columns: Sequence[str], lookback: dt.timedelta, context: RunContext
    ) -> pd.DataFrame:
        """The columns of the items, then of those that only earlier runs know, purchased within ``lookback``."""

    def read_published_months(self, items: pd.DataFrame) -> pd.DataFrame:
        """The confirmations of the items' months that were published and not refused, one row an item they confirm."""
