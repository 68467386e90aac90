"""check: whether a night would find everything that it needs (SPEC §11.10)."""

from __future__ import annotations

import datetime as dt
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from pipeline.amazon.account import AmazonAccount
from pipeline.amazon.clock import AmazonClock
from pipeline.amazon.inbox import OTHERS_RIGHTS
from pipeline.amazon.operations import AmazonFault, BadCredentials, Forbidden, NotFound, Operations, Refused
from pipeline.amazon.report_documents import RESTRICTED_ROLE_NAME
from pipeline.amazon.report_kinds import KINDS_BY_NAME
from pipeline.amazon.report_records import PLACED, list_asked
from pipeline.amazon.secret_age import describe_secret_age
from pipeline.amazon.state import StateReader

CHECK_PASSED, CHECK_NOTED, CHECK_WARNED, CHECK_FAILED = "ok", "note", "warning", "FAILED"
_LOOK_BACK = 86_400.0  # seconds of reports and feeds that are asked for
_MIN_FREE_BYTES = 1 << 30
_FEED_TYPE = "POST_FLAT_FILE_FULFILLMENT_DATA"
_ENCRYPTION = "encryption at rest cannot be seen from here: the disk must be encrypted (LUKS, fscrypt, encrypted EBS)"


class CheckLine(NamedTuple):
    """What was looked at, with what came of it: passed, a note, a warning or failed."""

    mark: str
    text: str


class AccountCheck(NamedTuple):
    """What is looked at: the account, Amazon, the state, the clock, and folders with reports."""

    account: AmazonAccount
    operations: Operations
    state: StateReader
    clock: AmazonClock
    folders: tuple[Path, ...]

    def run_checks(self) -> Iterator[CheckLine]:
        """A line for each thing, as it is looked at; after a failure of the secrets Amazon is asked nothing more."""
        token = _try_call("access token", self.operations.check_access)
        yield token
        if token.mark == CHECK_PASSED:
            since = self.clock.amazon_time() - dt.timedelta(seconds=_LOOK_BACK)
            report_type = KINDS_BY_NAME["unshipped"].report_type
            yield _try_call("getReports", lambda: self.operations.list_reports(report_type, since))
            yield _try_call("getFeeds", lambda: self.operations.list_feeds(_FEED_TYPE, since))
            yield self._check_role()
            skew = self.clock.describe_skew()
            yield _judge("clock", skew and f"{skew} off Amazon's (AMZ-704)")
            age = describe_secret_age(self.account, self.clock)
            yield _judge("client secret", age and f"{age} (AMZ-703)")
        yield from map(_check_folder, (self.state.folder, *self.folders))
        free = shutil.disk_usage(_existing_folder(self.state.folder)).free
        yield CheckLine(
            CHECK_PASSED if free >= _MIN_FREE_BYTES else CHECK_WARNED, f"free disk: {free / (1 << 30):.1f} GiB"
        )
        yield CheckLine(CHECK_NOTED, _ENCRYPTION)

    def _check_role(self) -> CheckLine:
        """Whether the role for buyers' addresses is there: asked for a document that this state had."""
        name = f"role {RESTRICTED_ROLE_NAME}"
        had = [report for report in list_asked(self.state) if report.kind_name == "unshipped"]
        placed = [report for report in had if report.outcome == PLACED]
        if not placed:
            return CheckLine(CHECK_NOTED, f"{name}: can be tried once an Unshipped report was fetched")

        def ask_for_document() -> None:
            report = self.operations.get_report(placed[-1].report_id)
            self.operations.get_report_document(report.document_id, restricted=True)

        try:
            return _try_call(name, ask_for_document)
        except NotFound:
            return CheckLine(CHECK_NOTED, f"{name}: Amazon no longer has the last Unshipped report")


def exit_status(lines: list[CheckLine]) -> int:
    """0 where all is well, 1 where something should be seen to, 2 where a night would end at once."""
    marks = {line.mark for line in lines}
    return 2 if CHECK_FAILED in marks else 1 if CHECK_WARNED in marks else 0


def _judge(name: str, warning: str) -> CheckLine:
    """A warning where there is one to give."""
    return CheckLine(CHECK_WARNED, f"{name}: {warning}") if warning else CheckLine(CHECK_PASSED, name)


def _try_call(name: str, call: Callable[[], object]) -> CheckLine:
    """What came of the call; NotFound is raised as it is."""
    try:
        call()
    except NotFound:
        raise
    except (BadCredentials, Forbidden, Refused) as fault:
        return CheckLine(CHECK_FAILED, f"{name}: {fault}")
    except AmazonFault as fault:
        return CheckLine(CHECK_WARNED if fault.exit_status != 2 else CHECK_FAILED, f"{name}: {fault}")  # noqa: PLR2004
    return CheckLine(CHECK_PASSED, name)


def _check_folder(folder: Path) -> CheckLine:
    if not folder.is_dir():
        return CheckLine(CHECK_NOTED, f"{folder}: not there yet")
    if stat.S_IMODE(folder.stat().st_mode) & OTHERS_RIGHTS:
        return CheckLine(CHECK_WARNED, f"{folder}: others have rights to it; run chmod 700 on it (AMZ-705)")
    return CheckLine(CHECK_PASSED, f"{folder}: for its owner alone")


def _existing_folder(folder: Path) -> Path:
    """The folder, or the nearest above it that is there."""
    return next(path for path in (folder, *folder.absolute().parents) if path.is_dir())
