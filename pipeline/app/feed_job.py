"""`feedwarden submit` and `collect`: feeds out, answers in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.app.amazon_session import Options, open_dry_run, open_session
from pipeline.app.console import OK, print_text

if TYPE_CHECKING:
    from pipeline.amazon.clock import AmazonClock


def submit_feeds(options: Options, clock: AmazonClock) -> int:
    """The exit status, once every part was sent, refused or is unsure, or a person's decision is carried out."""
    from pipeline.amazon import decisions, submission_plan, submit
    from pipeline.amazon.outputs import read_output
    from pipeline.amazon.status import describe_parts

    outputs = [Path(output) for output in options["outputs"]]
    if options["dry_run"]:
        with open_dry_run(options, clock) as state:
            print_text(submission_plan.describe_submission(state, outputs, clock.amazon_time()))
        return OK
    submission_plan.check_outputs(outputs)
    with open_session(options, clock) as session:
        if options["adopt"]:
            return decisions.adopt_candidate(session, *options["adopt"])
        if options["again"]:
            return decisions.send_again(session, options["again"])
        if options["give_up"]:
            return decisions.give_up_part(session, options["give_up"])
        status = submit.submit_outputs(session, outputs)
        if not options["quiet"]:
            given = {part.sha256 for output in outputs for part in read_output(output).parts}
            print_text(describe_parts(session.state, given))
        return status


def collect_answers(options: Options, clock: AmazonClock) -> int:
    """The exit status, once every open feed was looked at, or all ended, or the time is over."""
    from pipeline.amazon.collect import collect_feeds
    from pipeline.amazon.parts import list_parts
    from pipeline.amazon.step_lines import describe_collected

    inbox = Path(options["inbox"])
    with open_session(options, clock) as session:
        before = list_parts(session.state)
        try:
            return collect_feeds(session, inbox, options["wait"])
        finally:
            if not options["quiet"]:
                print_text(describe_collected(session.state, before, inbox))


def plan_night(options: Options, clock: AmazonClock) -> int:
    """0, once it is said what the night would do."""
    from pipeline.amazon.account import load_amazon_account
    from pipeline.amazon.fetch import FetchRequest, plan_fetch
    from pipeline.amazon.submission_plan import describe_night, describe_submission
    from pipeline.ingest import recognize_kind

    home = Path(options["home"])
    named = {"amazon": str(home / "amazon.toml"), "state": options["state"] or str(home / "amazon")}
    with open_dry_run({**options, **named}, clock) as state:
        instant = clock.amazon_time()
        request = FetchRequest(home / "inbox", recognize_kind)
        plans = plan_fetch(state, load_amazon_account(named["amazon"]), request, instant)
        fetched = [plan.describe_plan() for plan in plans]
        print_text("\n".join([*describe_night(state), *fetched, describe_submission(state, [], instant)]))
    return OK
