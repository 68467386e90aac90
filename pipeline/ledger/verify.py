"""Whether every table of a ledger can be read."""

from __future__ import annotations

import pyarrow as pa
from deltalake.exceptions import DeltaError

from pipeline.ledger.delta_tables import InvalidLedger, LedgerDamaged, UnknownLayout, to_plain_line
from pipeline.ledger.feed_statements import open_existing
from pipeline.ledger.tables import DATA_TABLES, RUNS
from pipeline.utils.plural import format_count


def verify_tables(url: str) -> tuple[str, bool]:
    """What was read of every table at the version the last run names, and whether all of it could be read.

    Raises InvalidLedger where no ledger is there, and UnknownLayout where a table of it is another program's.
    """
    lines, is_sound = [], True
    try:
        ledger = open_existing(url)
    except (InvalidLedger, UnknownLayout):
        raise
    except (LedgerDamaged, DeltaError, OSError, pa.ArrowInvalid, ValueError) as error:
        return (
            f"{RUNS.name}: cannot be read: {to_plain_line(error)}. Restore the folder {RUNS.name} from a backup.",
            False,
        )
    lines.append(f"{RUNS.name}: {format_count(len(ledger.nights), 'run')}")
    for table in DATA_TABLES:
        try:
            lines.append(f"{table.name}: {format_count(ledger.count_rows(table), 'row')}")
        except UnknownLayout:
            raise
        except (LedgerDamaged, DeltaError, OSError, pa.ArrowInvalid, ValueError) as error:
            is_sound = False
            lines.append(
                f"{table.name}: cannot be read: {to_plain_line(error)}. Restore the folder {table.name} from a backup; "
                f"or move the ledger away: the reports of the last 38 days rebuild what is open."
            )
    return "\n".join([*lines, "sound" if is_sound else "damaged"]), is_sound
