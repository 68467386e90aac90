"""The reports of a run: the path of each, the table it is made of, by what that is sorted, and what writes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pipeline.model.run_result import RunResult
from pipeline.publish.files.output_folder import OutputFolder
from pipeline.publish.reports import (
    claims,
    deadlines,
    findings,
    metrics,
    orders,
    processing_report,
    prometheus,
    worklist,
)
from pipeline.publish.reports.worklist_order import SORT_COLUMNS

_FINDING_KEYS = ("place", "line", "code", "column")
_UPLOAD_TABLES, _UPLOAD_KEYS = ("confirmations", "cancellations"), ("file", "line")  # of which the feeds are made


class Report(NamedTuple):
    """A report; ``sort_keys`` are empty where the rows of the table come order by order, ``table`` where it has none.

    A ``path`` that ends in a slash is a folder with a file an upload.
    """

    path: str
    table: str
    sort_keys: tuple[str, ...]
    write: Callable[[OutputFolder, RunResult], Any]


REPORTS = (
    Report(f"{orders.ORDERS_PATH}.tsv", "orders", (), orders.write_tsv),
    Report(f"{orders.ORDERS_PATH}.parquet", "orders", (), orders.write_parquet),
    Report(f"{findings.FINDINGS_PATH}.tsv", "findings", _FINDING_KEYS, findings.write_tsv),
    Report(f"{findings.FINDINGS_PATH}.parquet", "findings", _FINDING_KEYS, findings.write_parquet),
    Report(
        f"{processing_report.PROCESSING_REPORT_FOLDER}/",
        "findings",
        _FINDING_KEYS,
        processing_report.write_processing_reports,
    ),
    Report(metrics.METRICS_PATH, "", (), metrics.write_metrics),
    Report(claims.CLAIMS_PATH, "claims", ("claim_id", "order_id"), claims.write_claims),
    Report(worklist.WORKLIST_PATH, "worklist", SORT_COLUMNS, worklist.write_worklist),
    Report(deadlines.DEADLINES_PATH, "", (), deadlines.write_deadlines),
    Report(prometheus.PROMETHEUS_PATH, "", (), prometheus.write_prometheus),
)
SORT_KEYS: Mapping[str, tuple[str, ...]] = {  # by what each table is sorted; the others come order by order
    **{report.table: report.sort_keys for report in REPORTS if report.sort_keys},
    **dict.fromkeys(_UPLOAD_TABLES, _UPLOAD_KEYS),
}
