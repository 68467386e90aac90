"""How often each code was found, where, and what the first such findings were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.model.run_counts import CodeCount, FindingCounts
from pipeline.model.severity import SEVERITIES

MAX_LISTED = 500  # of the worst findings that are kept to be listed
_EXAMPLES_PER_CODE = 5  # findings of each code that are kept


class _FirstRows:
    """The first rows of a sort, up to so many."""

    def __init__(self, max_rows: int) -> None:
        self._most = max_rows
        self._parts: list[pa.Table] = []
        self.number = 0

    def add(self, rows: pa.Table) -> None:
        if self.number < self._most:
            self._parts.append(rows.slice(0, self._most - self.number))
        self.number += len(rows)

    def to_table(self, schema: pa.Schema) -> pa.Table:
        return pa.concat_tables([schema.empty_table(), *self._parts])


def count_findings(parts: Iterable[pa.Table]) -> FindingCounts:
    """The findings in numbers; the parts come in the order of the report."""
    rows_by_code: dict[tuple[str, str], _FirstRows] = {}
    rows_by_severity = {severity: _FirstRows(MAX_LISTED) for severity in SEVERITIES}
    cell_counts, file_counts = Counter[tuple[str, str]](), Counter[tuple[int, str]]()
    files_by_code: dict[str, set[int]] = {}
    schema = None
    for part in parts:
        schema = part.schema
        group_counts = part.group_by(["severity", "code", "column", "file"]).aggregate([([], "count_all")]).to_pylist()
        for entry in group_counts:
            cell_counts[entry["column"], entry["code"]] += entry["count_all"]
            file_counts[entry["file"], entry["severity"]] += entry["count_all"]
            files_by_code.setdefault(entry["code"], set()).add(entry["file"])
        for severity in {entry["severity"] for entry in group_counts}:
            severity_rows = part.filter(pc.equal(part["severity"], severity))
            rows_by_severity[severity].add(severity_rows)
            for code in {entry["code"] for entry in group_counts if entry["severity"] == severity}:
                rows_by_code.setdefault((severity, code), _FirstRows(_EXAMPLES_PER_CODE)).add(
                    severity_rows.filter(pc.equal(severity_rows["code"], code))
                )
    if schema is None:
        raise ValueError("findings come as one table at least")
    counts = [
        CodeCount(*severity_and_code, first_rows.number, first_rows.to_table(schema))
        for severity_and_code, first_rows in rows_by_code.items()
    ]
    worst_rows = pa.concat_tables([rows_by_severity[severity].to_table(schema) for severity in SEVERITIES]).slice(
        0, MAX_LISTED
    )
    counts_by_file: dict[int, dict[str, int]] = {}
    for (file, severity), number in file_counts.items():
        counts_by_file.setdefault(file, {})[severity] = number
    sorted_counts = sorted(counts, key=lambda entry: (SEVERITIES.index(entry.severity), -entry.occurrences, entry.code))
    return FindingCounts(sorted_counts, worst_rows, dict(cell_counts), counts_by_file, files_by_code)


def count_by_severity(counts: Sequence[CodeCount]) -> dict[str, int]:
    """How many findings there are of each severity."""
    return {
        severity: sum(count.occurrences for count in counts if count.severity == severity) for severity in SEVERITIES
    }
