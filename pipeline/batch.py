"""What travels between the stages: frames, the plan of a file, and what a run was told."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from pipeline.frames import NEVER

if TYPE_CHECKING:
    import pandas as pd

    from pipeline import profiles
    from pipeline.account import Account
    from pipeline.frames import Array
    from pipeline.policy import Policy
    from schemas.kind import Kind


class Batch(NamedTuple):
    """Rows that still travel, and what there is to say about them."""

    rows: pd.DataFrame
    findings: pd.DataFrame


@dataclass(frozen=True)
class Source:
    """An input as it was given: ``name`` is its input name, ``path`` where its plain bytes lie."""

    name: str
    url: str
    path: str
    trouble: str = ""  # why its bytes could not be had, for instance a damaged archive


@dataclass(frozen=True)
class Split:
    """A stretch of whole lines of one file; ``first_line`` is the physical number of its first line."""

    file: int
    start: int
    end: int
    first_line: int


@dataclass(frozen=True)
class FilePlan:
    """What the planning pass knows of one file; ``header`` holds the names, stripped and in lower case.

    ``kind`` is None where the header was not recognised; ``refused`` is the code of a file refused whole.
    """

    file: int
    source: Source
    kind: Kind | None
    encoding: str
    sha256: str
    size: int
    lines: int
    header: tuple[str, ...] = ()
    header_line: int = 0
    header_lines: int = 0  # lines up to and with the header that are not blank
    blank_head: int = 0  # blank lines above the header
    refused: str = ""
    counts: tuple[int, ...] = ()  # what a processing report says it processed, and how much of it with success
    utf8: bool = True  # its bytes are UTF-8 and read as such
    splits: tuple[Split, ...] = ()


@dataclass(frozen=True)
class Context:
    """What a run was told: the instant it judges at, the account, the policy. Frozen for the whole run."""

    as_of: dt.datetime
    account: Account
    policy: Policy
    encoding: str = ""


class Whole(NamedTuple):
    """What the rows of a split say about their file as a whole; instants are UTC µs, NEVER where there is none.

    ``made`` is the newest reporting-date, ``newest`` the newest evidence of the rows that are believed; ``orders`` are
    the different orders (keys) of a confirmation of an account that may confirm but one at a time.
    """

    made: int = NEVER
    newest: int = NEVER
    orders: Array | None = None


class Admitted(NamedTuple):
    """What pass one made of a split: its rows, believed or not, and what became of its lines."""

    file: int
    rows: pd.DataFrame
    findings: pd.DataFrame
    records: int
    blank: int
    unreadable: int
    size: int  # bytes
    whole: Whole
    profile: profiles.Kind | None


@dataclass(frozen=True)
class Tally:
    """The lines of one file: physical, above the data, blank, and the four fates of a line of data."""

    lines: int = 0
    header: int = 0
    blank: int = 0
    accepted: int = 0
    rejected: int = 0
    skipped: int = 0
    unreadable: int = 0


class Recalled(NamedTuple):
    """What earlier nights left behind of claims, contacts and returns: typed rows with source_file and source_line."""

    claims: pd.DataFrame
    contacts: pd.DataFrame
    returns: pd.DataFrame


@dataclass(frozen=True)
class Claims:
    """The claims judged at as-of, and what follows from them.

    ``rows`` has one row a claim, with its evidence in words; ``contacts`` and ``returns`` are all that count, ``sent``
    the confirmations that hold, ``names`` the names of the files that these stand in. ``exposure`` says what would be
    granted if it was claimed now: reason, currency, amount and number of orders.
    """

    rows: pd.DataFrame
    contacts: pd.DataFrame
    returns: pd.DataFrame
    sent: pd.DataFrame
    names: list[str]
    exposure: pd.DataFrame


@dataclass(frozen=True)
class Metric:
    """A rate by which Amazon measures an account: counts over a window that ends at ``until``, and its target.

    ``least`` says that the rate must reach the target, else it must stay below; ``beside`` holds further counts.
    """

    name: str
    numerator: int
    denominator: int
    window: dt.timedelta
    until: dt.datetime
    target: Decimal | None
    least: bool = False
    beside: dict[str, int | None] = field(default_factory=dict)

    @property
    def rate(self) -> float | None:
        """The share, to six places; None where there is nothing to count."""
        return round(self.numerator / self.denominator, 6) if self.denominator else None

    @property
    def status(self) -> str:
        """GOOD or BAD, in Amazon's words (FORMATS §5c); NONE where rate or target is unknown."""
        if self.target is None or not self.denominator:
            return "NONE"
        share = Fraction(self.numerator, self.denominator)
        target = Fraction(self.target)
        return "GOOD" if (share >= target if self.least else share < target) else "BAD"

    def plus(self, other: Metric) -> Metric:
        """The rate over what both count, which have nothing in common."""
        beside: dict[str, int | None] = {
            name: (count or 0) + (other.beside[name] or 0) for name, count in self.beside.items()
        }
        both = (self.numerator + other.numerator, self.denominator + other.denominator)
        return replace(self, numerator=both[0], denominator=both[1], beside=beside)

    @property
    def more(self) -> int | None:
        """How many more of what is counted bring the rate to its target; None where rate or target is unknown."""
        if self.target is None or not self.denominator:
            return None
        return max(math.ceil(Fraction(self.target) * self.denominator) - self.numerator, 0)


@dataclass(frozen=True)
class Changes:
    """What a run adds to what is remembered, beside the order items themselves.

    ``published`` names row, item and units of everything newly confirmed, ``answers`` are published confirmations
    that Amazon has refused or warned of since, ``answered`` the feeds (run, part) it has spoken of, ``stock`` what each
    sku's offer should show, and ``items`` the order items to be remembered, in full. ``before`` is the number of the
    last run remembered, None without a ledger.
    """

    published: pd.DataFrame
    answers: pd.DataFrame
    answered: list[tuple[int, int]]
    stock: pd.DataFrame
    items: pd.DataFrame
    before: int | None


@dataclass(frozen=True)
class Settled:
    """Everything that a run found out, ready to be published.

    ``findings`` are sorted and name files by their number in ``plans``; ``confirmations`` and ``cancellations`` hold
    every readable row with its text columns, ``accepted`` and ``skipped``; ``items`` one row an order item;
    ``todo`` what is to be done beside shipping and confirming (``pipeline.todo``). ``kinds`` tells what the columns
    hold, ``nights`` are the runs before, oldest first, and ``drift`` is what is otherwise than in them.
    """

    context: Context
    plans: tuple[FilePlan, ...]
    tallies: tuple[Tally, ...]
    findings: pd.DataFrame
    confirmations: pd.DataFrame
    cancellations: pd.DataFrame
    items: pd.DataFrame
    changes: Changes
    todo: pd.DataFrame
    metrics: tuple[Metric, ...]
    claims: Claims
    kinds: tuple[profiles.Kind, ...] = ()
    nights: tuple[profiles.Night, ...] = ()
    drift: tuple[profiles.Drift, ...] = ()

    @property
    def codes(self) -> dict[str, int]:
        """How often each code was found."""
        return {str(code): int(number) for code, number in self.findings["code"].value_counts().items()}
