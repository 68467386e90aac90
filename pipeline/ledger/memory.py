"""What a run remembers of earlier ones: nothing, or what the ledger holds."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames
from pipeline.batch import Context
from pipeline.frames import NEVER, Array
from pipeline.ledger.months import month_of, months_between
from pipeline.ledger.store import SAMPLE, Ledger
from pipeline.ledger.tables import CONFIRMATIONS, ORDER_ITEMS
from pipeline.profiles import Night
from pipeline.states import NAMES

T = TypeVar("T")
REFUSED, WARNED = "refused", "warned"  # what Amazon answered to a published confirmation


@dataclass(frozen=True)
class Feed:
    """A published feed: the run and the part it was, how many records it holds, and when it was published."""

    run: int
    part: int
    records: int
    published_at: dt.datetime


class Memory:
    """Everything earlier runs left behind, as of the version of the ledger that this run reads; empty without one."""

    def __init__(self, ledger: Ledger | None = None) -> None:
        """Reads nothing yet."""
        self.ledger = ledger

    @property
    def number(self) -> int | None:
        """The number of the last run that is remembered; None without a ledger."""
        return self.ledger.number if self.ledger else None

    @property
    def judged(self) -> Array:
        """The as-of (UTC µs) of every run that is remembered, in the order in which they ran."""
        return np.array([frames.moment(at) for (at,) in self._runs("as_of")], np.int64)

    @property
    def last_run(self) -> int:
        """The latest as-of (UTC µs) of these; NEVER without one."""
        return int(self.judged.max(initial=NEVER))

    def items(self, months: Sequence[str] | None, keys: Array | None = None) -> pd.DataFrame:
        """The order items of the purchase months, or of the order keys."""
        if self.ledger is None or not self.ledger.number:
            return frames.frame(ORDER_ITEMS.schema.empty_table())
        return self.ledger.items(months, keys)

    def concerning(
        self,
        tonight: pd.DataFrame,
        wanted: Array,
        counted: Array,
        context: Context,
        others: Callable[[pd.DataFrame], T],
    ) -> tuple[pd.DataFrame, list[T]]:
        """The order items of tonight's and the ``wanted`` orders (keys), and what was made of others.

        The others are those that may be open, and those purchased since something was ``counted`` (instants, UTC µs).
        """
        if self.ledger is None or not self.ledger.number:
            return self.items(None), [others(self.items(None))]
        since, now = self._open(context)
        recent = months_between(min([since, *counted[counted != NEVER]]), now)
        touched = month_of(tonight["purchase_date"]).unique().drop_null().to_pylist() if len(tonight) else []
        mine = frames.numbers(tonight["order_key"])
        spoken_of, aside = self.ledger.apart(sorted({*recent, *touched}), np.concatenate([mine, wanted]), others)
        asked = frames.distinct(wanted[wanted != NEVER])
        rest = asked[~frames.among(asked, np.concatenate([mine, frames.numbers(spoken_of["order_key"])]))]
        return (frames.stack([spoken_of, self.items(None, rest)]) if len(rest) else spoken_of), aside or [
            others(self.items(None))
        ]

    def _open(self, context: Context) -> tuple[int, int]:
        """Between which purchases (UTC µs) an order may be open, or was when the last run looked."""
        within = context.policy.duration("shipment.confirm_within", context.as_of) or dt.timedelta()
        now = frames.moment(context.as_of)
        return min(self.last_run, now) - frames.length(within), now

    def sample(self, context: Context) -> tuple[Array, int]:
        """The orders (keys) of some of the items that may be open, and about how many items these are in all."""
        if self.ledger is None or not self.ledger.number:
            return np.zeros(0, np.int64), 0
        keys = self.ledger.sampled(months_between(*self._open(context)))
        return keys, len(keys) * SAMPLE

    def with_older(
        self, items: pd.DataFrame, columns: Sequence[str], reach: dt.timedelta, context: Context
    ) -> pd.DataFrame:
        """The columns of the items, and behind them of those that only the ledger knows, purchased within ``reach``."""
        mine = frames.frame(frames.table(items, columns))
        if self.ledger is None or not self.ledger.number:
            return mine
        since, now = self._open(context)
        months = set(months_between(frames.moment(context.as_of - reach), now)) - set(months_between(since, now))
        older = self.ledger.items(sorted(months), columns=columns)
        if not len(older):
            return mine
        new = ~frames.among(frames.numbers(older["order_key"]), frames.numbers(mine["order_key"]))
        state = pc.index_in(frames.arrow(older["state"]), value_set=pa.array(NAMES)).cast(pa.int64())
        return frames.stack([mine, frames.only(older.assign(state=frames.series(state)), new)])

    def published(self, orders: pd.Series[Any] | Array) -> pd.DataFrame:
        """The confirmations of the orders (keys) that were published and not refused, one row an item they confirm."""
        keys = orders if isinstance(orders, np.ndarray) else frames.numbers(orders)[frames.known(orders)]
        if self.ledger is None or not self.ledger.number or not len(keys):
            return frames.frame(CONFIRMATIONS.schema.empty_table())
        rows = self.ledger.confirmations(keys=frames.distinct(keys))
        return frames.only(rows, ~frames.equal(frames.arrow(rows["answer"]), REFUSED))

    def sent(self, items: pd.DataFrame) -> pd.DataFrame:
        """The confirmations of the items' months that were published and not refused, one row an item they confirm."""
        if self.ledger is None or not self.ledger.number or not len(items):
            return frames.frame(CONFIRMATIONS.schema.empty_table())
        ours = frames.only(items, frames.numbers(items["quantity_confirmed"], 0) > 0)
        months = month_of(ours["purchase_date"]).unique().drop_null().to_pylist() if len(ours) else []
        rows = self.ledger.confirmations(months=sorted(months))
        return frames.only(rows, ~frames.equal(frames.arrow(rows["answer"]), REFUSED))

    def of_feeds(self, feeds: Sequence[Feed]) -> pd.DataFrame:
        """The confirmations of the feeds, one row an item they confirm."""
        if self.ledger is None or not feeds:
            return frames.frame(CONFIRMATIONS.schema.empty_table())
        return self.ledger.confirmations(runs=sorted({feed.run for feed in feeds}))

    def unanswered(self) -> list[Feed]:
        """The feeds that Amazon has not answered yet, oldest first."""
        told = [(run, at, json.loads(feeds)) for run, at, feeds in self._runs("seq", "as_of", "feeds")]
        made = [Feed(run, part["part"], part["records"], at) for run, at, feeds in told for part in feeds["published"]]
        answered = {(part["run"], part["part"]) for _, _, feeds in told for part in feeds["answered"]}
        return [feed for feed in made if (feed.run, feed.part) not in answered]

    def nights(self) -> list[Night]:
        """What earlier runs measured and what their files were like, oldest first."""
        return [
            Night(at.isoformat().replace("+00:00", "Z"), json.loads(metrics or "{}"), json.loads(summary or "{}"))
            for at, metrics, summary in self._runs("as_of", "metrics", "summary")
        ]

    def inputs(self) -> dict[str, str]:
        """The run that first read each content, by the content's hash."""
        seen: dict[str, str] = {}
        for run, inputs in self._runs("run_id", "inputs"):
            for one in json.loads(inputs):
                seen.setdefault(one["sha256"], run)
        return seen

    def last_reports(self) -> dt.datetime | None:
        """The latest as-of of a run that read an order report; None without one."""
        read = [at for at, inputs in self._runs("as_of", "inputs") if any(one["report"] for one in json.loads(inputs))]
        return max(read, default=None)

    def _runs(self, *columns: str) -> list[tuple[Any, ...]]:
        if self.ledger is None or not len(self.ledger.runs):
            return []
        return list(zip(*(frames.arrow(self.ledger.runs[name]).to_pylist() for name in columns), strict=True))
