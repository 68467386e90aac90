"""What the rows of a file say together of when and where it was made."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from pipeline.engine.exchange import StoredGroup
from pipeline.model.file_plan import FilePlan
from pipeline.model.group_result import PLACE_COUNTS, FileDates
from pipeline.utils.dtypes import LATEST, NEVER


def find_newest_dates(plans: Sequence[FilePlan], parts: Sequence[StoredGroup]) -> FileDates:
    """What the rows of each file say together of when it was made, and of what marketplaces."""
    reported, evidence, latest = (np.full(len(plans), unknown) for unknown in (NEVER, NEVER, LATEST))
    for part in parts:
        facts = part.file_facts
        reported[part.files] = np.maximum(reported[part.files], facts.newest_report_date)
        evidence[part.files] = np.maximum(evidence[part.files], facts.newest_evidence)
        latest[part.files] = np.minimum(latest[part.files], facts.latest_moment)
    places = [part.file_facts.places for part in parts if part.file_facts.places is not None]
    return FileDates(reported, evidence, latest, _name_places(places, len(plans)))


def _name_places(counts: Sequence[pa.Table], file_count: int) -> list[frozenset[str]]:
    """The sales channels of each file; where none is known, the country of most of its rows."""
    total = pa.concat_tables([PLACE_COUNTS.empty_table(), *counts])
    total = total.group_by(["file", "is_country", "place"]).aggregate([("rows", "sum")])
    total = total.sort_by([("is_country", "ascending"), ("rows_sum", "descending"), ("place", "ascending")])
    places: dict[int, frozenset[str]] = {}
    shared: dict[frozenset[str], frozenset[str]] = {}  # the same for all files with the same places
    columns = (total[name].to_pylist() for name in ("file", "is_country", "place"))
    for file, is_country, place in zip(*columns, strict=True):
        if file not in places or not is_country:
            named = places.get(file, frozenset()) | {place}
            places[file] = shared.setdefault(named, named)
    return [places.get(file, frozenset()) for file in range(file_count)]
