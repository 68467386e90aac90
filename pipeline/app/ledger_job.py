"""`feedwarden ledger`: what a ledger holds, whether it is sound, and its texts masked; in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple, NoReturn

from pipeline import ledger as ledgers
from pipeline.app.console import COULD_NOT_FINISH, OK
from pipeline.app.explain_order import explain_order
from pipeline.app.feeds_job import FeedsAnswer, answer_request
from pipeline.app.jobs import InvalidJob
from pipeline.app.scrub_job import ScrubRequest, clean_ledger


class LedgerRequest(NamedTuple):
    """What is asked: the ledger, the order, as of when or after which run, where the output is, whether to try only."""

    ledger: str
    order_id: str | None
    as_of: dt.datetime | None
    version: int | None
    out: str | None
    dry_run: bool

    def open_snapshot(self) -> ledgers.LedgerSnapshot:
        """The ledger as of the moment that is asked for."""
        return ledgers.open_as_of(self.ledger, self.version, self.as_of)


def answer_ledger_request(what: str, request: LedgerRequest) -> NoReturn:
    """Do what is asked of the ledger and end with its exit status; what stops it becomes one line."""
    answer_request(_name_errors(_ANSWERS[what]), request)


def _name_errors(work: Callable[[LedgerRequest], FeedsAnswer]) -> Callable[[LedgerRequest], FeedsAnswer]:
    """The work, where an order or a run that is unknown is a fault of what was asked."""

    def answer(request: LedgerRequest) -> FeedsAnswer:
        try:
            return work(request)
        except KeyError as error:
            raise InvalidJob(str(error.args[0])) from error

    return answer


def _show(request: LedgerRequest) -> FeedsAnswer:
    snapshot = request.open_snapshot()
    if request.order_id is None:
        return FeedsAnswer(ledgers.summarize_ledger(snapshot))
    return FeedsAnswer(ledgers.describe_order(snapshot, request.order_id))


def _explain(request: LedgerRequest) -> FeedsAnswer:
    return FeedsAnswer(explain_order(request.open_snapshot(), request.order_id, request.out))


def _list_history(request: LedgerRequest) -> FeedsAnswer:
    return FeedsAnswer(ledgers.list_runs(request.open_snapshot(), request.order_id))


def _verify(request: LedgerRequest) -> FeedsAnswer:
    if request.order_id is not None:
        raise InvalidJob("ledger verify checks whole tables and takes no order id; leave it out")
    report, is_sound = ledgers.verify_tables(request.ledger)
    return FeedsAnswer(report, OK if is_sound else COULD_NOT_FINISH)


def _scrub(request: LedgerRequest) -> FeedsAnswer:
    return clean_ledger(ScrubRequest(request.ledger, request.dry_run))


_ANSWERS: dict[str, Callable[[LedgerRequest], FeedsAnswer]] = {
    "show": _show,
    "explain": _explain,
    "history": _list_history,
    "verify": _verify,
    "scrub": _scrub,
}
