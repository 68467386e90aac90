"""`feedwarden amazon check`: whether a night would find everything that it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.app.amazon_session import Options, log_event, open_client, state_folder
from pipeline.app.console import print_text

if TYPE_CHECKING:
    from pipeline.amazon.clock import AmazonClock


def check_account(options: Options, clock: AmazonClock) -> int:
    """The exit status: 0, 1 where something should be seen to, 2 where a night would end at once."""
    from pipeline.amazon.check import AccountCheck, exit_status
    from pipeline.amazon.state import StateReader

    state = StateReader(state_folder(options))
    lines = []
    with open_client(options, clock, log_event) as (client, fingerprint):
        state.check_account(fingerprint)
        home = client.account.path.parent
        check = AccountCheck(client.account, client, state, clock, (home / "inbox", home / "archive"))
        for line in check.run_checks():
            lines.append(line)
            print_text(f"{line.mark:8} {line.text}")
    return exit_status(lines)
