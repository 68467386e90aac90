"""`feedwarden night`: eight steps in order, gone on with where the last start was ended (SPEC §11.8)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.app.amazon_session import Options, open_session, show_step
from pipeline.app.console import COULD_NOT_FINISH, NO_INPUT, OK, SOME_REJECTED, summarize_exception
from pipeline.app.night_end import finish_night
from pipeline.app.night_notice import NightOutcome, send_night_notices
from pipeline.app.night_work import Home, NightWork, RunFiles
from pipeline.ingest import recognize_kind
from pipeline.utils.events import log

if TYPE_CHECKING:
    from pipeline.amazon.clock import AmazonClock
    from pipeline.amazon.night import Night
    from pipeline.amazon.session import Session


class StepStopped(Exception):
    """A step ended the night: its name and the exit status."""

    def __init__(self, step: str, status: int) -> None:
        """The step and the exit status."""
        super().__init__(f"{step} ended with {status}")
        self.step, self.status = step, status


def play_night(options: Options, clock: AmazonClock, run_files: RunFiles) -> int:
    """The exit status of the night, once its steps are done or one of them ended it."""
    home = Home(Path(options["home"]), Path(options["state"] or Path(options["home"]) / "amazon"))
    options = {**options, "amazon": str(home.folder / "amazon.toml"), "state": str(home.state)}
    outcome = NightOutcome(home.folder, home.state, None, None, COULD_NOT_FINISH, "open")
    try:
        with open_session(options, clock) as session:
            session.operations.check_access()
            wait = session.account.waits.feed if options["wait"] is None else options["wait"]
            work = NightWork(session, home, run_files, list(options["run_options"]), wait)
            return _play_steps(work, options["as_of"])
    except BaseException as failure:
        if not isinstance(failure, SystemExit):
            status = getattr(failure, "exit_status", COULD_NOT_FINISH)
            send_night_notices(outcome._replace(status=status), clock.amazon_time())
        raise


def _play_steps(work: NightWork, as_of: Any) -> int:
    """The exit status of the night that is gone on with."""
    from pipeline.amazon.night import LAST_STEPS, STEPS, note_step, open_night, save_night

    night = open_night(work.session, as_of)
    if night.status is not None:
        log.info("the night of %s is finished: nothing to do", night.name)
        return night.status
    stopped: StepStopped | None = None
    for step in (step for step in STEPS if step not in (*LAST_STEPS, *night.ends)):
        show_step(f"{night.name}: {step}")
        try:
            night, status = _do_step(work, night, step)
            night = note_step(work.session, night, step, status)
        except StepStopped as stop:
            stopped = stop
            break
    status = stopped.status if stopped else _night_status(work.session, night)
    status = finish_night(work, night, status, stopped.step if stopped else "")
    if stopped is None:
        save_night(work.session, night._replace(ends={**night.ends, **dict.fromkeys(LAST_STEPS, OK)}, status=status))
    return status


def _do_step(work: NightWork, night: Night, step: str) -> tuple[Night, int]:
    """The night as the step leaves it, and the step's exit status. Raises StepStopped."""
    from pipeline.amazon import night as nights
    from pipeline.amazon.operations import AmazonFault

    try:
        status = _call_step(work, night, step)
        if step == nights.FETCH and status != NO_INPUT:
            night = nights.choose_as_of(work.session, night)
    except AmazonFault as fault:
        log_fault(work, fault)
        raise StepStopped(step, fault.exit_status) from fault
    except OSError as failure:
        log.error("could not finish: %s", summarize_exception(failure))
        raise StepStopped(step, COULD_NOT_FINISH) from failure
    if step in (nights.FETCH, nights.RUN) and status not in (OK, SOME_REJECTED):
        raise StepStopped(step, status)
    return night, status


def _call_step(work: NightWork, night: Night, step: str) -> int:
    """The exit status of a step; 4 of a feed that is still in doubt ends no night."""
    from pipeline.amazon import night as nights
    from pipeline.amazon.collect import collect_feeds
    from pipeline.amazon.fetch import FetchRequest, fetch_reports
    from pipeline.amazon.submit import submit_outputs

    session, home = work.session, work.home
    if step == nights.FETCH:
        return fetch_reports(session, FetchRequest(home.inbox, recognize_kind, show_step=show_step))
    if step == nights.RUN:
        return work.run_files(_run_arguments(work, night))
    if step == nights.SUBMIT:
        return submit_outputs(session, [home.find_output(night)])
    return collect_feeds(session, home.inbox, work.wait if step == nights.ANSWERS else 0)


def log_fault(work: NightWork, fault: Any) -> None:
    """What ended a step is in the log, and in the journal where it has a code."""
    from pipeline.amazon.operations import Event
    from pipeline.model.severity import ERROR

    if fault.code:
        work.session.state.record_event(Event(fault.code, "night", str(fault), ERROR))
    else:
        log.error("%s", fault)


def _run_arguments(work: NightWork, night: Night) -> list[str]:
    """What `feedwarden run` is started with."""
    from pipeline.utils.instants import format_instant

    home = work.home
    account = home.folder / "account.toml"
    if night.as_of is None:
        message = "a night has its as-of before its run"
        raise AssertionError(message)
    paths = {"--ledger": home.folder / "ledger", "--state": home.state, "--out": home.find_output(night)}
    named = [word for option, path in paths.items() for word in (option, str(path))]
    described = ["--account", str(account)] if account.is_file() else []
    return [str(home.inbox), *named, "--as-of", format_instant(night.as_of), *described, *work.arguments]


def _night_status(session: Session, night: Night) -> int:
    """4 while it is not known of a part whether Amazon has it, 1 where any step ended so, else 0."""
    from pipeline.amazon.submit import submission_status

    status = submission_status(session, set())
    if status == COULD_NOT_FINISH:
        return status
    return SOME_REJECTED if SOME_REJECTED in (status, *night.ends.values()) else OK
