"""The runs of a ledger as a later run looks back on them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import overload

from pipeline.model.profiles import PastRun
from pipeline.utils.instants import format_instant


class StoredNights(Sequence[PastRun]):
    """The runs, oldest first; what one measured is read from its text only when somebody looks at that run."""

    def __init__(self, rows: Sequence[tuple[dt.datetime, str | None, str | None]]) -> None:
        """Of each run as-of, metrics and summary, the two as JSON or null."""
        self._rows, self._known = rows, dict[int, PastRun]()

    def __len__(self) -> int:
        """How many runs there are."""
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> PastRun: ...

    @overload
    def __getitem__(self, index: slice) -> list[PastRun]: ...

    def __getitem__(self, index: int | slice) -> PastRun | list[PastRun]:
        """A run, or several."""
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self._rows)))]
        number = range(len(self._rows))[index]
        if number not in self._known:
            as_of, metrics, summary = self._rows[number]
            self._known[number] = PastRun(
                format_instant(as_of), json.loads(metrics or "{}"), json.loads(summary or "{}")
            )
        return self._known[number]
