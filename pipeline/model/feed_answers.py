"""What Amazon answers to a published feed and its confirmations; one taken without a word has no answer."""

from __future__ import annotations

from typing import NamedTuple

REFUSED, WARNED = "refused", "warned"


class AnsweredFeed(NamedTuple):
    """A feed that Amazon has answered.

    ``by_count`` says that only the number of its records fitted: a guess, which gives way to a report that names orders
    of the feed. ``counted_run`` is the run that read such a report, where it fitted several feeds then.
    """

    run: int
    part: int
    by_count: bool = False
    counted_run: int | None = None

    @property
    def key(self) -> tuple[int, int]:
        """The run and the part of the feed."""
        return self.run, self.part
