"""What pass two makes of the orders of one bucket."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pipeline.model.file_plan import FilePlan
from pipeline.model.metrics import Metric
from pipeline.model.run_context import RunContext
from pipeline.model.stock_demand import StockDemand
from pipeline.model.tally import Tally
from pipeline.utils.dtypes import Array

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pipeline.model import profiles
    from pipeline.model.feed_answers import AnsweredFeed


class ClaimHistory(NamedTuple):
    """What earlier runs left of claims, contacts, returns and defects: typed rows, with source_file and source_line."""

    claims: pd.DataFrame
    contacts: pd.DataFrame
    returns: pd.DataFrame
    defects: pd.DataFrame


@dataclass(frozen=True)
class BucketClaims:
    """The claims judged at as-of, and what follows from them.

    ``rows`` has one row a claim, with its evidence in words; ``contacts``, ``returns`` and ``defects`` are all that
    count, ``confirmations`` the confirmations that hold, ``file_names`` the names of the files that these stand in.
    ``exposure`` says what would be granted if it was claimed now: reason, currency, amount and number of orders.
    """

    rows: pd.DataFrame
    contacts: pd.DataFrame
    returns: pd.DataFrame
    defects: pd.DataFrame
    confirmations: pd.DataFrame
    file_names: list[str]
    exposure: pd.DataFrame


@dataclass(frozen=True)
class LedgerChanges:
    """What a run adds to what is remembered, beside the order items themselves.

    ``new_confirmations`` names row, item and units of everything newly confirmed, ``answered_confirmations`` are
    published confirmations that Amazon has refused or warned of since, ``answered_feeds`` the feeds it has
    spoken of, ``stock`` what each sku's offer should show, and ``items`` the order items to be remembered, in full.
    ``last_run`` is the number of the last run remembered, None without a ledger.
    """

    new_confirmations: pd.DataFrame
    answered_confirmations: pd.DataFrame
    answered_feeds: list[AnsweredFeed]
    stock: pd.DataFrame
    items: pd.DataFrame
    last_run: int | None


@dataclass(frozen=True)
class BucketResult:
    """Everything that a run found out, ready to be published.

    ``findings`` are sorted and name files by their number in ``plans``; ``confirmations`` and ``cancellations`` hold
    every readable row with its text columns, ``accepted`` and ``skipped``; ``items`` one row an order item;
    ``action_items`` what is to be done beside shipping and confirming (``pipeline.todo``). ``kind_profiles`` lists what
    the columns contain, ``past_runs`` are the runs before, oldest first, and ``drift`` is what has changed since them.
    ``waiting_cancellations`` are runs, each with its as-of (µs UTC), whose cancellations nobody is known to have
    uploaded.
    """

    context: RunContext
    plans: tuple[FilePlan, ...]
    tallies: tuple[Tally, ...]
    findings: pd.DataFrame
    confirmations: pd.DataFrame
    cancellations: pd.DataFrame
    items: pd.DataFrame
    changes: LedgerChanges
    action_items: pd.DataFrame
    metrics: tuple[Metric, ...]
    claims: BucketClaims
    kind_profiles: tuple[profiles.KindProfile, ...] = ()
    past_runs: Sequence[profiles.PastRun] = ()
    drift: tuple[profiles.Drift, ...] = ()
    waiting_cancellations: tuple[tuple[int, int], ...] = ()

    @property
    def code_counts(self) -> dict[str, int]:
        """How often each code was found."""
        return {str(code): int(occurrences) for code, occurrences in self.findings["code"].value_counts().items()}


class PolicyGap(NamedTuple):
    """A policy entry that is not in force yet at some event: how many there are, and the day and place of the first."""

    entry: str
    occurrences: int
    first_day: str
    file: int
    line: int


class BucketPartials(NamedTuple):
    """What of the orders of a bucket says something only together with those of all others.

    ``line_outcomes`` counts lines by file and outcome, ``stock_demand`` what the orders take of the stock counted, and
    ``contacted_items`` are the canceled items about which a buyer wrote, ``invitations`` the lines of the worklist
    about such orders where there is stock, ``no_stock_skus`` what this run cancels for lack of stock.
    ``tracking_order_pairs`` are pairs of tracking number and order, both as numbers. ``rates`` are late shipment,
    cancellation and valid tracking; these, the ``order_defect_rate`` and the ``exposure`` are those of the bucket
    alone, ``claim_count`` is how many claims and defects it has. ``repeated_parts`` says how many
    lines are in a part (run, part) that waits to be uploaded.
    """

    line_outcomes: Array
    stock_demand: StockDemand
    contacted_items: pd.DataFrame
    invitations: pd.DataFrame
    no_stock_skus: tuple[str, ...]
    tracking_order_pairs: Array
    policy_gaps: list[PolicyGap]
    rates: tuple[Metric, ...]
    order_defect_rate: Metric
    exposure: pd.DataFrame
    claim_count: int
    repeated_parts: Counter[tuple[int, int]]
