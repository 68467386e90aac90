"""The end of a night, however it ended: what was read is archived, old reports are removed, notices are sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.app.console import COULD_NOT_FINISH, summarize_exception
from pipeline.app.night_notice import NightOutcome, note_undelivered, send_night_notices
from pipeline.app.night_work import Home, NightWork
from pipeline.utils.events import log

if TYPE_CHECKING:
    from pipeline.amazon.night import Night
    from pipeline.amazon.session import Session


def _forget_old(session: Session, home: Home) -> None:
    """What was kept for longer than the account file allows is gone."""
    from pipeline.amazon.forget import find_expired, remove_files, trim_state

    instant = session.clock.amazon_time()
    expired = find_expired(session.state, (home.inbox, home.archive), session.account.keep, instant)
    remove_files(expired, home.archive)
    trim_state(session.state, instant)


def finish_night(work: NightWork, night: Night, status: int, stopped_at: str) -> int:
    """The exit status of the night, once what was read is archived and what is to be told was sent."""
    from pipeline.amazon.archive import archive_inputs, copy_rejected
    from pipeline.amazon.feed_results import ANSWER_PREFIX, count_refused_rows
    from pipeline.model.output_names import MANIFEST_NAME

    home, output = work.home, work.home.find_output(night)
    try:
        if night.as_of is not None and (output / MANIFEST_NAME).is_file():
            archive_inputs(output, home.inbox, home.archive / output.name)
            copy_rejected(output, home.folder / "rejected" / output.name)
        _forget_old(work.session, home)
    except OSError as failure:
        log.error("the inbox could not be archived: %s", summarize_exception(failure))
        status = status or COULD_NOT_FINISH
    is_published = (output / MANIFEST_NAME).is_file()
    outcome = NightOutcome(home.folder, home.state, night.as_of, output if is_published else None, status, stopped_at)
    refused_rows = count_refused_rows(home.inbox.glob(f"{ANSWER_PREFIX}*"))  # those that a run has read are archived
    return send_night_notices(outcome, work.session.clock.amazon_time(), note_undelivered(work.session), refused_rows)
