"""The ledger held by one process: made ready, and what an interrupted run left in it finished or forgotten."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from pipeline.ledger import LedgerSnapshot, lock_ledger, prepare_ledger
from pipeline.publish import finish_placing
from pipeline.utils.events import log


@contextlib.contextmanager
def hold_ledger(url: str) -> Iterator[LedgerSnapshot]:
    """The ledger, which nobody else writes until it is let go of; it is begun where there is none.

    Raises InvalidLedger where something else is there, LedgerInUse, and LedgerDamaged.
    """
    with lock_ledger(url):
        ledger, forgotten = prepare_ledger(url)
        if forgotten:
            log.warning("%s: %s; run its files again to process them", url, forgotten)
        last_run = ledger.last_run_row()
        if last_run and finish_placing(last_run["out"], last_run["run_id"]):
            log.warning(
                "the outputs of the interrupted run %s were moved to their folder, %s",
                last_run["run_id"],
                last_run["out"],
            )
        yield ledger
