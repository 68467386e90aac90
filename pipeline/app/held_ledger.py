"""The ledger held by one process: made ready, and what an interrupted run left in it finished or forgotten."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator, Sequence

from pipeline.ledger import (
    MIN_ID_DIGITS,
    LedgerDamaged,
    LedgerSnapshot,
    UnrecordedRun,
    lock_ledger,
    prepare_ledger,
)
from pipeline.publish import finish_placing, is_placed
from pipeline.utils.events import log

_NAMING_DIGITS = 12  # of the id of a run


@contextlib.contextmanager
def hold_ledger(url: str, uploaded_runs: Sequence[str] = ()) -> Iterator[LedgerSnapshot]:
    """The ledger, which nobody else writes until it is let go of; it is begun where there is none.

    A run that the ledger has lost from ``runs`` is recorded again where it is one of the ``uploaded_runs`` (how their
    ids begin). Raises InvalidLedger where something else is there, LedgerInUse, and LedgerDamaged, also for a run that
    was lost and whose outputs stand in their folder: nobody but a person knows whether its feeds were uploaded.
    """
    with lock_ledger(url):
        ledger, found = prepare_ledger(url, functools.partial(_is_to_keep, url, uploaded_runs))
        if found:
            log.warning("%s: %s", url, found)
        last_run = ledger.last_run_row()
        if last_run and finish_placing(last_run["out"], last_run["run_id"]):
            log.warning(
                "the outputs of the interrupted run %s were moved to their folder, %s",
                last_run["run_id"],
                last_run["out"],
            )
        yield ledger


def _is_to_keep(url: str, uploaded_runs: Sequence[str], run: UnrecordedRun) -> bool:
    """Whether a person says that the run's feeds were uploaded. LedgerDamaged where nobody has decided yet."""
    if any(run.run_id.startswith(name.lower()) for name in uploaded_runs if len(name) >= MIN_ID_DIGITS):
        return True
    if not is_placed(run.out, run.run_id):
        return False
    shown = run.run_id[:_NAMING_DIGITS]
    raise LedgerDamaged(
        f"{url}: the outputs of run {shown} are in {run.out}, but its row of the table runs is lost; nothing is "
        f"published until you decide. If its feeds were uploaded, say so: feedwarden feeds uploaded {shown} --ledger "
        f"{url}; if they were not, move {run.out} away and run again"
    )
