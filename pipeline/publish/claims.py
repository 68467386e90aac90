"""reports/claims.tsv: every claim, where it stands, on what grounds, until when, and what it costs."""

from __future__ import annotations

import pyarrow as pa

from pipeline import frames
from pipeline.batch import Settled
from pipeline.publish import tables
from pipeline.publish.output import Folder

PATH = "reports/claims.tsv"
_COLUMNS = (
    *("claim_id", "order_id", "claim_type", "status", "eligible_from", "contact_at", "reply_at", "grant_reasons"),
    *("dispute_grounds", "answer_by", "appeal_by", "counts_in_odr", "debited", "reimbursed", "currency"),
)


def write(folder: Folder, settled: Settled) -> None:
    """The claims of this run, and those of earlier nights that are open or count, by claim id."""
    told = frames.table(settled.claims.rows, _COLUMNS)
    tables.tsv(folder, PATH, tables.stretches(pa.table(told).sort_by("claim_id").combine_chunks()))
