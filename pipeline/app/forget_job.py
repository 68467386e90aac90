"""`feedwarden amazon forget`: reports that were kept long enough are removed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.app.amazon_session import Options, log_event, state_folder
from pipeline.app.console import OK, print_text
from pipeline.utils.plural import format_count

if TYPE_CHECKING:
    from pipeline.amazon.clock import AmazonClock


def forget_reports(options: Options, clock: AmazonClock) -> int:
    """The exit status, once what was kept for longer than privacy.keep is gone; Amazon is asked nothing."""
    from pipeline.amazon.account import load_amazon_account
    from pipeline.amazon.forget import find_expired, remove_files, trim_state
    from pipeline.amazon.state import StateReader, hold_state

    account = load_amazon_account(options["amazon"])
    home = Path(options["home"] or account.path.parent)
    folders = (home / "inbox", home / "archive")
    keep = -1.0 if options["everything"] else account.keep
    instant = clock.amazon_time()
    if options["dry_run"]:
        expired = find_expired(StateReader(state_folder(options)), folders, keep, instant)
        print_text("\n".join([*(f"would remove {path}" for path in expired), format_count(len(expired), "file")]))
        return OK
    with hold_state(state_folder(options), clock, log_event) as state:
        expired = find_expired(state, folders, keep, instant)
        remove_files(expired, folders[1])
        trim_state(state, instant)
    print_text(f"removed {format_count(len(expired), 'file')}")
    return OK
