"""The parts of feeds that runs have published, and what became of each (SPEC §8, Feeds)."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple, Protocol

from pipeline.utils.dtypes import Array

FEED_FOLDER, EARLIER_FOLDER = "feeds", "feeds/earlier"
CONFIRMATION_STEM, CANCELLATION_STEM, STOCK_NAME = "shipping-confirmation", "order-cancellation", "stock.tsv"
# A part is published until a person says that it was uploaded, or Amazon's answer shows it.
PUBLISHED, UPLOADED, ANSWERED = "published", "uploaded", "answered"
SUBMITTING = "being submitted"  # a published part that is in the hands of the program, not of a person


def name_part(stem: str, number: int) -> str:
    """The name of a part, counted from 1."""
    return f"{stem}-{number:03d}.tsv"


class FeedLocator(Protocol):
    """Where in the parts of a feed its rows are."""

    def locate_rows(self, address: Array) -> tuple[Array, Array]:
        """The part and the record in it of each row, by file and line in one number."""

    def count_records(self) -> list[int]:
        """How many records each part has."""


class PlacedPart(NamedTuple):
    """A part as a run has written it: its name, its records, and the hash of its bytes."""

    name: str
    records: int
    sha256: str


class PlacedFeeds(NamedTuple):
    """The feeds of a run: where the rows of both are, the columns of the confirmations, and every part."""

    confirmations: FeedLocator
    cancellations: FeedLocator
    columns: tuple[str, ...]
    parts: tuple[PlacedPart, ...]


class PublishedPart(NamedTuple):
    """A published part: ``sha256`` is empty where its run did not keep it, ``since`` when it came to its state."""

    name: str
    records: int
    sha256: str
    state: str
    since: dt.datetime


class PublishedRun(NamedTuple):
    """A run and the parts it has published.

    ``folder`` is the name of the folder in which another output keeps them, ``columns`` are those of its confirmation
    feed, empty where the run did not keep them.
    """

    run: int
    run_id: str
    as_of: dt.datetime
    folder: str
    columns: tuple[str, ...]
    uploaded_at: dt.datetime | None
    parts: tuple[PublishedPart, ...]

    @property
    def lists_every_part(self) -> bool:
        """Whether the run kept more of its parts than how many records the confirmations have."""
        return bool(self.columns)

    def find_part(self, name: str) -> PublishedPart:
        """The part of that name; of one that the run did not list, what is said of the run."""
        state, since = (UPLOADED, self.uploaded_at) if self.uploaded_at else (PUBLISHED, self.as_of)
        unlisted = PublishedPart(name, 0, "", state, since)
        return next((part for part in self.parts if part.name == name), unlisted)

    def list_waiting(self) -> list[PublishedPart]:
        """The parts that nobody is known to have uploaded."""
        return [part for part in self.parts if part.state == PUBLISHED]
