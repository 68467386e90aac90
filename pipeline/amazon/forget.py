"""forget: what is kept of Amazon's reports for too long is removed (SPEC §11.10)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.amazon.durable_files import ASIDE, PRIVATE_FILE, sync_folder
from pipeline.amazon.feed_results import ANSWER_PREFIX
from pipeline.amazon.report_documents import FATAL_FOLDER
from pipeline.amazon.report_records import AskedReport, list_asked
from pipeline.amazon.state import JOURNAL_NAME, NIGHT_RECORDS, PART_RECORDS, REPORT_RECORDS, StateFolder, StateReader

_MAX_STATE_SECONDS = 548 * 86_400.0  # 18 months, for which the state may know what was asked
_HIDDEN_REPORTS = ".kept"


def find_expired(state: StateReader, folders: tuple[Path, Path], keep: float, instant: dt.datetime) -> list[Path]:
    """The files that are kept for longer than ``keep`` seconds at this instant, in inbox, archive and the state.

    ``folders`` are inbox and archive. An Orders report counts from the start of its range, all else from its download.
    In the inbox only what was fetched is looked at: the rest is the user's.
    """
    reports = {report.file: report for report in list_asked(state) if report.file}
    expired = []
    for path, is_fetched in _list_kept(state, folders, reports):
        began = _began_at(path, reports.get(path.name) if is_fetched else None)
        if (instant - began).total_seconds() > keep:
            expired.append(path)
    return expired


def _list_kept(
    state: StateReader, folders: tuple[Path, Path], reports: Mapping[str, AskedReport]
) -> Iterator[tuple[Path, bool]]:
    """Every file that does not stay for ever, and whether it is a report that was fetched."""
    inbox, archive = folders
    for folder in (inbox, inbox / _HIDDEN_REPORTS):
        for path in sorted(folder.glob("*")):
            if path.is_file() and (path.name in reports or path.name.startswith(ANSWER_PREFIX)):
                yield path, path.name in reports
    for path in sorted([*archive.rglob("*"), *(state.folder / FATAL_FOLDER).glob("*")]):
        if path.is_file() and not path.is_symlink():
            yield path, path.name in reports


def _began_at(path: Path, report: AskedReport | None) -> dt.datetime:
    """From when on the file counts as kept."""
    if report is not None and report.kind.is_restricted and report.start is not None:
        return report.start
    if report is not None and report.downloaded_at is not None:
        return report.downloaded_at
    return dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)


def remove_files(paths: list[Path], archive: Path) -> None:
    """The files are gone, and the folders of the archive that they leave empty."""
    for path in paths:
        path.unlink(missing_ok=True)
        sync_folder(path.parent)
    for folder in sorted(archive.rglob("*"), reverse=True) if archive.is_dir() else []:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def trim_state(state: StateFolder, instant: dt.datetime) -> None:
    """What the state has known for more than 18 months is gone from its records and its journal."""
    oldest = instant.timestamp() - _MAX_STATE_SECONDS
    for kind in (REPORT_RECORDS, PART_RECORDS, NIGHT_RECORDS):
        for path in (state.folder / kind).glob("*.json"):
            if path.stat().st_mtime < oldest:
                path.unlink()
    journal = state.folder / JOURNAL_NAME
    if not journal.is_file():
        return
    lines = journal.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines[:-1] if _written_at(line) >= oldest] + lines[-1:]  # the last has the newest number
    if len(kept) < len(lines):
        aside = journal.with_name(journal.name + ASIDE)
        aside.touch(PRIVATE_FILE)
        aside.write_bytes(b"".join(kept))
        aside.replace(journal)
        sync_folder(journal.parent)


def _written_at(line: bytes) -> float:
    return dt.datetime.fromisoformat(json.loads(line)["at"]).timestamp()
