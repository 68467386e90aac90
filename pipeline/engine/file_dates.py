"""What the rows of a file say together of when and where it was made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from pipeline.engine.exchange import StoredSplit
from pipeline.model.file_plan import FilePlan
from pipeline.model.split_result import FileDates
from pipeline.utils.dtypes import LATEST, NEVER


def find_newest_dates(plans: Sequence[FilePlan], parts: Sequence[StoredSplit]) -> FileDates:
    """What the rows of each file say together of when it was made, and of what marketplaces."""
    reported, evidence, latest = (np.full(len(plans), unknown) for unknown in (NEVER, NEVER, LATEST))
    counts = [(Counter[str](), Counter[str]()) for _ in plans]
    for part in parts:
        facts = part.file_facts
        reported[part.file] = max(reported[part.file], facts.newest_report_date)
        evidence[part.file] = max(evidence[part.file], facts.newest_evidence)
        latest[part.file] = min(latest[part.file], facts.latest_moment)
        for counter, counted in zip(counts[part.file], (facts.channels, facts.countries), strict=True):
            counter.update(dict(counted))
    return FileDates(reported, evidence, latest, [_name_places(*entry) for entry in counts])


def _name_places(channels: Counter[str], countries: Counter[str]) -> frozenset[str]:
    return frozenset(channels) or frozenset(sorted(countries, key=lambda name: (-countries[name], name))[:1])
