"""The runs of the ledger with the parts of their feeds, as a run knows them."""

from __future__ import annotations

from dataclasses import replace

from pipeline.ledger import History, LedgerSnapshot, list_published_runs
from pipeline.model.feed_parts import PublishedRun
from pipeline.model.run_result import RunResult


def list_known_runs(ledger: LedgerSnapshot | None, history: History) -> list[PublishedRun]:
    """Every run of the ledger with its parts; ``history`` may know fewer."""
    return list_published_runs(ledger) if ledger and ledger is not history.ledger else history.feeds.list_runs()


def add_published_runs(result: RunResult, history: History, ledger: LedgerSnapshot | None) -> RunResult:
    """The result with the runs of the ledger and the parts of their feeds, as this run knows them.

    Of runs before it that is what it knew when it ran first, and what Amazon has answered in its inputs; of later
    ones, which the output that it replaces may be of, what the ledger says.
    """
    runs = history.feeds.list_runs(result.answered_feeds, result.context.as_of)
    known_runs = list_known_runs(ledger, history) if ledger is not history.ledger else []
    later_runs = [run for run in known_runs if run.run > (history.last_run_number or 0)]
    return replace(result, published_runs=(*runs, *later_runs))
