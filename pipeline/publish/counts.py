"""How often each code was found, where, and what the first such findings were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from pipeline import findings
from pipeline.ready import Count, Found

SEVERITIES = (findings.ERROR, findings.WARNING, findings.INFO)  # the worst first
LISTED = 500  # of the worst findings that are kept to be listed
_EXAMPLES = 5  # findings of each code that are kept


class _Kept:
    """The first rows of a sort, up to so many."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._parts: list[pa.Table] = []
        self.number = 0

    def add(self, rows: pa.Table) -> None:
        if self.number < self._most:
            self._parts.append(rows.slice(0, self._most - self.number))
        self.number += len(rows)

    def rows(self, schema: pa.Schema) -> pa.Table:
        return pa.concat_tables([schema.empty_table(), *self._parts])


def count(parts: Iterable[pa.Table]) -> Found:
    """The findings in numbers; the parts come in the order of the report."""
    each: dict[tuple[str, str], _Kept] = {}
    worst = {severity: _Kept(LISTED) for severity in SEVERITIES}
    cells, files = Counter[tuple[str, str]](), Counter[tuple[int, str]]()
    schema = None
    for part in parts:
        schema = part.schema
        told = part.group_by(["severity", "code", "column", "file"]).aggregate([([], "count_all")]).to_pylist()
        for one in told:
            cells[one["column"], one["code"]] += one["count_all"]
            files[one["file"], one["severity"]] += one["count_all"]
        for severity in {one["severity"] for one in told}:
            mine = part.filter(pc.equal(part["severity"], severity))
            worst[severity].add(mine)
            for code in {one["code"] for one in told if one["severity"] == severity}:
                each.setdefault((severity, code), _Kept(_EXAMPLES)).add(mine.filter(pc.equal(mine["code"], code)))
    if schema is None:
        raise ValueError("findings come as one table at least")
    counts = [Count(*names, kept.number, kept.rows(schema)) for names, kept in each.items()]
    listed = pa.concat_tables([worst[severity].rows(schema) for severity in SEVERITIES]).slice(0, LISTED)
    by_file: dict[int, dict[str, int]] = {}
    for (file, severity), number in files.items():
        by_file.setdefault(file, {})[severity] = number
    in_order = sorted(counts, key=lambda one: (SEVERITIES.index(one.severity), -one.number, one.code))
    return Found(in_order, listed, dict(cells), by_file)


def by_severity(counts: Sequence[Count]) -> dict[str, int]:
    """How many findings there are of each severity."""
    return {word: sum(one.number for one in counts if one.severity == word) for word in SEVERITIES}
