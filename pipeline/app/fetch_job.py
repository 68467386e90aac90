"""`feedwarden fetch`: reports from Amazon into the inbox."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.app.amazon_session import Options, open_dry_run, open_session, show_step
from pipeline.app.console import OK, print_text
from pipeline.ingest import recognize_kind

if TYPE_CHECKING:
    from pipeline.amazon.clock import AmazonClock
    from pipeline.amazon.fetch import FetchRequest


def fetch_into_inbox(options: Options, clock: AmazonClock) -> int:
    """The exit status, once the reports are in the inbox or could not be had."""
    from pipeline.amazon.account import load_amazon_account
    from pipeline.amazon.fetch import fetch_reports, plan_fetch
    from pipeline.amazon.report_records import list_asked
    from pipeline.amazon.step_lines import describe_fetched

    request = read_request(options)
    if options["dry_run"]:
        with open_dry_run(options, clock) as state:
            plans = plan_fetch(state, load_amazon_account(options["amazon"]), request, clock.amazon_time())
            print_text("\n".join(plan.describe_plan() for plan in plans))
        return OK
    with open_session(options, clock) as session:
        before = list_asked(session.state)
        plans = plan_fetch(session.state, session.account, request, clock.amazon_time())
        try:
            return fetch_reports(session, request)
        finally:
            if not options["quiet"]:
                kinds = [plan.kind.name for plan in plans]
                print_text(describe_fetched(session.state, before, kinds, request.inbox))


def read_request(options: Options) -> FetchRequest:
    """What the options ask for."""
    from pipeline.amazon.fetch import FetchRequest

    return FetchRequest(Path(options["inbox"]), recognize_kind, options["only"], options["since"], show_step)
