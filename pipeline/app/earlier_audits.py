"""The audits and runs that an audit is compared with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.app.jobs import InvalidJob
from pipeline.ledger import History, LedgerSnapshot
from pipeline.model.profiles import PastRun
from pipeline.model.tally import LINE_OUTCOMES
from pipeline.publish import AUDIT_JSON_PATH
from pipeline.rules import cancellations

_AUDITED_CODES = ("FIL", "FMT", "ORD", "POL", cancellations.reason_without_item.code)  # codes, or how they begin


def load_earlier_runs(folders: Sequence[str]) -> list[PastRun]:
    """The audits and runs of the folders, oldest first. Misused where a folder is neither."""
    return sorted(
        (earlier_run for folder in folders for earlier_run in _load_folder(folder)),
        key=lambda earlier_run: earlier_run.as_of,
    )


def _load_folder(folder: str) -> list[PastRun]:
    audit_file = Path(folder) / AUDIT_JSON_PATH
    if audit_file.is_file():
        return [_load_audit(audit_file)]
    if (Path(folder) / "runs").is_dir():
        return [_keep_audited_findings(ledger_run) for ledger_run in History(LedgerSnapshot(folder)).nights]
    raise InvalidJob(f"--against {folder}: neither the output of an audit nor a ledger")


def _keep_audited_findings(ledger_run: PastRun) -> PastRun:
    """The run with the findings alone that an audit could have made too: it judges no order."""
    counts_by_code = ledger_run.summary.get("findings", {})
    audited_counts = {code: count for code, count in counts_by_code.items() if code.startswith(_AUDITED_CODES)}
    return (
        ledger_run._replace(summary={**ledger_run.summary, "findings": audited_counts})
        if counts_by_code
        else ledger_run
    )


def _load_audit(path: Path) -> PastRun:
    try:
        document = json.loads(path.read_bytes())
        earlier_run = PastRun(str(document["as_of"]), {}, document["summary"])
        _check_summary(earlier_run.summary)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise InvalidJob(f"--against {path}: not a readable audit ({type(error).__name__})") from error
    return earlier_run


def _check_summary(summary: dict[str, Any]) -> None:
    """The summary has what is compared; LookupError, TypeError or ValueError where it does not."""
    counts = [summary["lines"][outcome] for outcome in LINE_OUTCOMES] + list(summary["findings"].values())
    for kind in summary["kinds"].values():
        counts.append(kind["rows"])
        for column in kind["columns"].values():
            counts += [column["rows"], column.get("filled", 0), *column.get("values", {}).values()]
    if not all(isinstance(count, int) for count in counts):
        raise ValueError("a count is not a number")
