"""What Amazon answered to the published feeds, as the later steps use it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.model import findings as model_findings
from pipeline.model.feed_answers import REFUSED, AnsweredFeed
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array


class ProcessingResults(NamedTuple):
    """What Amazon answered: the confirmations with their ``answer``, the feeds answered, and what there is to say.

    ``rows`` are those confirmations that were refused or accepted with a warning, one row an order item;
    ``ambiguous_counts`` the numbers of records of the reports that fit several feeds and name none,
    ``refused_feeds`` the findings about feeds that were refused as a whole; ``submitted`` are other confirmations, of
    which it is known since this run that they were submitted.
    """

    rows: pd.DataFrame
    answered_feeds: list[AnsweredFeed]
    findings: pd.DataFrame
    ambiguous_counts: list[int]
    refused_feeds: pd.DataFrame
    submitted: pd.DataFrame

    def refused_items(self) -> pd.DataFrame:
        """Order key, item key and units of what was refused."""
        rows = arrow.filter_rows(self.rows, arrow.equals_text(arrow.to_arrow(self.rows["answer"]), REFUSED))
        return rows[["order_key", "item_key", "units", "run", "feed", "record"]]

    def select_orders(self, low: int, high: int) -> ProcessingResults:
        """What was answered about the orders from one key up to another, and without that: the rows alone."""
        order_key = arrow.to_int64(self.rows["order_key"], -1)
        return ProcessingResults(
            rows=arrow.filter_rows(self.rows, (order_key >= low) & (order_key < high)),
            answered_feeds=[],
            findings=model_findings.empty_findings(),
            ambiguous_counts=[],
            refused_feeds=model_findings.empty_findings(),
            submitted=self.submitted.head(0),
        )

    def find_refused(self, published: pd.DataFrame) -> Array:
        """Which of the published confirmations are refused by now, in this run or before; bool."""
        if not len(published):
            return np.zeros(0, bool)
        record_columns = ["run", "feed", "record"]
        refused, candidates = (
            pd.MultiIndex.from_frame(rows[record_columns].astype("int64")) for rows in (self.refused_items(), published)
        )
        return arrow.equals_text(arrow.to_arrow(published["answer"]), REFUSED) | candidates.isin(refused)
