"""What a run remembers of earlier ones: nothing, or what the ledger holds."""

from __future__ import annotations

import datetime as dt
import functools
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.ledger.partitions import months_between, to_months
from pipeline.ledger.published_feeds import FeedHistory, FeedRow, PublishedFeed
from pipeline.ledger.snapshot import SAMPLE_EVERY, LedgerSnapshot
from pipeline.ledger.stored_nights import StoredNights
from pipeline.ledger.tables import CONFIRMATIONS, ORDER_ITEMS
from pipeline.model.feed_answers import REFUSED
from pipeline.model.published_parcels import number_parcels
from pipeline.model.run_context import RunContext
from pipeline.model.states import STATE_NAMES
from pipeline.model.submissions import Submissions
from pipeline.utils import arrow, dtypes, groups
from pipeline.utils.dtypes import NEVER, Array

T = TypeVar("T")


class History:
    """Everything earlier runs left behind, as of the version of the ledger that this run reads; empty without one."""

    def __init__(self, ledger: LedgerSnapshot | None = None, submissions: Submissions | None = None) -> None:
        """Reads nothing yet; ``submissions`` say what else is known of published parts."""
        self.ledger, self._submissions = ledger, submissions or {}

    @property
    def last_run_number(self) -> int | None:
        """The number of the last run that is remembered; None without a ledger."""
        return self.ledger.number if self.ledger else None

    @property
    def as_of_micros(self) -> Array:
        """The as-of (UTC µs) of every run, that of run 1 first; NEVER where a number is no run's."""
        as_ofs = {number: dtypes.instant_to_us(as_of) for number, as_of in self._run_columns("seq", "as_of")}
        return np.array([as_ofs.get(number, NEVER) for number in range(1, max(as_ofs, default=0) + 1)], np.int64)

    @functools.cached_property
    def latest_as_of(self) -> int:
        """The latest as-of (UTC µs) of a run; NEVER without one."""
        return max((dtypes.instant_to_us(as_of) for (as_of,) in self._run_columns("as_of")), default=int(NEVER))

    def read_items(self, months: Sequence[str] | None, keys: Array | None = None) -> pd.DataFrame:
        """The order items of the purchase months, or of the order keys."""
        if self.ledger is None or not self.ledger.number:
            return arrow.to_frame(ORDER_ITEMS.schema.empty_table())
        return self.ledger.read_items(months, keys)

    def split_items(
        self,
        tonight: pd.DataFrame,
        wanted: Array,
        counted_at: Array,
        context: RunContext,
        process_untouched: Callable[[pd.DataFrame], T],
    ) -> tuple[pd.DataFrame, list[T]]:
        """The order items of this run's and the ``wanted`` orders (keys), and what was made of others.

        The others are those that may be open, and those purchased since something was ``counted_at`` (instants, UTC
        µs).
        """
        if self.ledger is None or not self.ledger.number:
            return self.read_items(None), [process_untouched(self.read_items(None))]
        since, now = self._open_purchases(context)
        open_months = months_between(min([since, *counted_at[dtypes.is_known(counted_at)]]), now)
        touched_months = to_months(tonight["purchase_date"]).unique().drop_null().to_pylist() if len(tonight) else []
        tonight_orders = arrow.to_int64(tonight["order_key"])
        touched_items, untouched_parts = self.ledger.split_items(
            sorted({*open_months, *touched_months}), np.concatenate([tonight_orders, wanted]), process_untouched
        )
        wanted_orders = groups.sorted_unique(wanted[dtypes.is_known(wanted)])
        other_orders = wanted_orders[
            ~groups.is_in(wanted_orders, np.concatenate([tonight_orders, arrow.to_int64(touched_items["order_key"])]))
        ]
        return (
            arrow.concat_frames([touched_items, self.read_items(None, other_orders)])
            if len(other_orders)
            else touched_items
        ), untouched_parts or [process_untouched(self.read_items(None))]

    def _open_purchases(self, context: RunContext) -> tuple[int, int]:
        """Between which purchases (UTC µs) an order may be open, or was when the last run looked."""
        confirm_within = context.policy.duration_on("shipment.confirm_within", context.as_of) or dt.timedelta()
        now = dtypes.instant_to_us(context.as_of)
        return min(self.latest_as_of, now) - dtypes.duration_to_us(confirm_within), now

    def sample_open_orders(self, context: RunContext) -> tuple[Array, int]:
        """The orders (keys) of some of the items that may be open, and about how many items these are in all."""
        if self.ledger is None or not self.ledger.number:
            return np.zeros(0, np.int64), 0
        keys = self.ledger.sample_order_keys(months_between(*self._open_purchases(context)))
        return keys, len(keys) * SAMPLE_EVERY

    def append_older_items(
        self, items: pd.DataFrame, columns: Sequence[str], lookback: dt.timedelta, context: RunContext
    ) -> pd.DataFrame:
        """The columns of the items, then of those that only the ledger knows, purchased within ``lookback``."""
        own_items = arrow.to_frame(arrow.to_table(items, columns))
        if self.ledger is None or not self.ledger.number:
            return own_items
        since, now = self._open_purchases(context)
        months = set(months_between(dtypes.instant_to_us(context.as_of - lookback), now)) - set(
            months_between(since, now)
        )
        older = self.ledger.read_items(sorted(months), columns=columns)
        if not len(older):
            return own_items
        is_older = ~groups.is_in(arrow.to_int64(older["order_key"]), arrow.to_int64(own_items["order_key"]))
        state = pc.index_in(arrow.to_arrow(older["state"]), value_set=pa.array(STATE_NAMES)).cast(pa.int64())
        return arrow.concat_frames([own_items, arrow.filter_rows(older.assign(state=arrow.to_series(state)), is_older)])

    def read_published(self, orders: pd.Series[Any] | Array) -> pd.DataFrame:
        """The published confirmations of the orders (keys), refused ones among them, one row an item they confirm.

        By run, feed and record, each with the number of its parcel.
        """
        keys = orders if isinstance(orders, np.ndarray) else arrow.to_int64(orders)[arrow.is_valid(orders)]
        if self.ledger is None or not self.ledger.number or not len(keys):
            return arrow.to_frame(CONFIRMATIONS.schema.empty_table())
        return number_parcels(self.ledger.read_confirmations(keys=groups.sorted_unique(keys)))

    def read_published_months(self, items: pd.DataFrame) -> pd.DataFrame:
        """The confirmations of the items' months that were published and not refused, one row an item they confirm."""
        if self.ledger is None or not self.ledger.number or not len(items):
            return arrow.to_frame(CONFIRMATIONS.schema.empty_table())
        confirmed_items = arrow.filter_rows(items, arrow.to_int64(items["quantity_confirmed"], 0) > 0)
        months = (
            to_months(confirmed_items["purchase_date"]).unique().drop_null().to_pylist() if len(confirmed_items) else []
        )
        rows = number_parcels(self.ledger.read_confirmations(months=sorted(months)))
        return arrow.filter_rows(rows, ~arrow.equals_text(arrow.to_arrow(rows["answer"]), REFUSED))

    def read_feed_records(self, feeds: Sequence[PublishedFeed]) -> pd.DataFrame:
        """The confirmations of the feeds, one row an item they confirm."""
        if self.ledger is None or not feeds:
            return arrow.to_frame(CONFIRMATIONS.schema.empty_table())
        return self.ledger.read_confirmations(runs=sorted({feed.run for feed in feeds}))

    @functools.cached_property
    def feeds(self) -> FeedHistory:
        """The feeds that were published, and what was answered to them; read once."""
        rows = self._run_columns("seq", "run_id", "as_of", "feeds", every_row=True)
        return FeedHistory(
            [FeedRow(run, run_id, as_of, json.loads(feeds)) for run, run_id, as_of, feeds in rows], self._submissions
        )

    def read_out_of_stock(self) -> dict[str, int]:
        """By sku when (UTC µs) it was canceled for lack of stock, of those that have not been counted since."""
        skus_by_run = [skus for (skus,) in self._run_columns("out_of_stock")]
        return dict(json.loads(skus_by_run[-1] or "{}")) if skus_by_run else {}

    @functools.cached_property
    def nights(self) -> StoredNights:
        """What earlier runs measured and what their files were like, oldest first."""
        return StoredNights(self._run_columns("as_of", "metrics", "summary"))

    def iter_metrics(self) -> Iterator[dict[str, Any]]:
        """What every earlier run measured, oldest first."""
        return (json.loads(metrics or "{}") for (metrics,) in self._run_columns("metrics"))

    @functools.cached_property
    def _inputs(self) -> list[tuple[int, dt.datetime, list[dict[str, Any]]]]:
        """The number and the as-of of each run with its input files, oldest first; read once."""
        return [(run, as_of, json.loads(inputs)) for run, as_of, inputs in self._run_columns("seq", "as_of", "inputs")]

    def runs_by_content(self) -> dict[str, int]:
        """The number of the run that first read each content, by the content's hash."""
        return {file["sha256"]: run for run, _, files in reversed(self._inputs) for file in files}

    def last_report_time(self) -> dt.datetime | None:
        """The latest as-of of a run that read an order report which no run had processed before; None without one."""
        report_times, known = [], set[str]()
        for _, as_of, files in self._inputs:
            if any(file["report"] and file["sha256"] not in known for file in files):
                report_times.append(as_of)
            known |= {file["sha256"] for file in files}
        return max(report_times, default=None)

    def _run_columns(self, *columns: str, every_row: bool = False) -> list[tuple[Any, ...]]:
        """The columns of the runs; with ``every_row`` also of what people said of feeds."""
        if self.ledger is None or not len(self.ledger.runs):
            return []
        run_ids, *values = (arrow.to_arrow(self.ledger.runs[name]).to_pylist() for name in ("run_id", *columns))
        rows = zip(*values, strict=True)
        return [row for run_id, row in zip(run_ids, rows, strict=True) if every_row or run_id is not None]
