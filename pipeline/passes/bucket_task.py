"""The task of pass two: the orders of a bucket judged, and what goes out of them put away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa

from pipeline.engine import (
    Buckets,
    SpilledTable,
    SpillStore,
    StoredGroup,
    keep_freed_memory,
    read_bucket,
    release_memory,
)
from pipeline.ledger import (
    DATA_TABLES,
    FEED_TABLES,
    History,
    LedgerSnapshot,
    StagedFile,
    build_order_rows,
    stage_files,
)
from pipeline.model.bucket_result import BucketPartials
from pipeline.model.run_counts import StateCounts, WorklistCounts
from pipeline.passes import bucket_pass
from pipeline.passes.run_facts import RunFacts
from pipeline.publish import build_bucket_tables, build_statement
from pipeline.utils import arrow
from pipeline.utils.dtypes import Array

LEDGER_PREFIX = "ledger-"  # how the names of tables begin that are to be remembered
PARCELS = "parcels"


class StoredBucket(NamedTuple):
    """What went out of a bucket: its tables put away, their columns, and what counts only with others.

    ``claim_statement`` has the facts of the claim asked about, where it is of this bucket.
    """

    tables: dict[str, SpilledTable]
    schemas: dict[str, pa.Schema]
    partials: BucketPartials
    rejected_lines: Array
    action_items: WorklistCounts
    state_counts: StateCounts
    ledger_files: dict[str, list[StagedFile]]
    claim_statement: str


class LedgerAccess(NamedTuple):
    """The ledger, if there is one, and the name under which workers write files of it; where empty, none do."""

    ledger: LedgerSnapshot | None
    attempt: str

    def load_history(self, first_key: int, end_key: int) -> History:
        """What earlier runs left behind of the orders from one key up to another."""
        return History(self.ledger and self.ledger.restrict_keys(first_key, end_key))

    def write_files(self, tables: dict[str, pa.Table], stem: str) -> dict[str, list[StagedFile]]:
        """The tables that are complete as they are, written to files of the ledger."""
        if self.ledger is None or not self.attempt:
            return {}
        run_number, file_stem = self.ledger.last + 1, f"{self.attempt}-{stem}"
        written_tables = [table for table in DATA_TABLES if table not in FEED_TABLES]
        return {
            table.name: stage_files(self.ledger.url, table, tables[table.name], run_number, file_stem)
            for table in written_tables
        }


@dataclass(frozen=True)
class BucketTask:
    """The task of pass two; ``claim_id`` is the id of one of which the facts are asked."""

    stored_groups: Sequence[StoredGroup]
    run_facts: RunFacts
    ledger_access: LedgerAccess
    buckets: Buckets
    spool: SpillStore
    claim_id: str | None

    def __call__(self, bucket_number: int) -> StoredBucket:
        """What became of the bucket of that number."""
        keep_freed_memory(self.spool.memory)
        first_key, end_key = self.buckets.key_range(bucket_number)
        rows = read_bucket(bucket_number, self.run_facts.plans, self.stored_groups, self.run_facts.newest_dates)
        pass_two = bucket_pass.process_bucket(
            rows, self.run_facts.within_keys(first_key, end_key), self.ledger_access.load_history(first_key, end_key)
        )
        bucket_tables = build_bucket_tables(pass_two.result)
        tables = bucket_tables.tables | {PARCELS: arrow.to_table(pass_two.parcels, pass_two.parcels.columns)}
        ledger_tables = build_order_rows(pass_two.result) if self.ledger_access.ledger else {}
        ledger_files = self.ledger_access.write_files(ledger_tables, str(bucket_number))
        tables |= {f"{LEDGER_PREFIX}{name}": table for name, table in ledger_tables.items() if name not in ledger_files}
        claim_statement = build_statement(pass_two.result, self.claim_id) if self.claim_id else ""
        pieces = {
            name: self.spool.store_table(f"bucket-{bucket_number}-{name}", table) for name, table in tables.items()
        }
        schemas = {name: table.schema for name, table in tables.items()}
        stored_bucket = StoredBucket(
            tables=pieces,
            schemas=schemas,
            partials=pass_two.partials,
            rejected_lines=bucket_tables.refused_lines,
            action_items=bucket_tables.action_counts,
            state_counts=bucket_tables.state_counts,
            ledger_files=ledger_files,
            claim_statement=claim_statement,
        )
        del rows, pass_two, bucket_tables, tables, ledger_tables
        if self.spool.is_scarce:
            release_memory()
        return stored_bucket
