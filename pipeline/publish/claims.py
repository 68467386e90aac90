"""reports/claims.tsv: every claim, where it stands, on what grounds, until when, and what it costs."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from pipeline import frames
from pipeline.publish import tables
from pipeline.publish.output import Folder
from pipeline.ready import Ready

PATH = "reports/claims.tsv"
_COLUMNS = (
    *("claim_id", "order_id", "claim_type", "status", "eligible_from", "contact_at", "reply_at", "grant_reasons"),
    *("dispute_grounds", "answer_by", "appeal_by", "counts_in_odr", "debited", "reimbursed", "currency"),
)


def write(folder: Folder, ready: Ready) -> None:
    """The claims of this run, and those of earlier nights that are open or count, by claim id, then order id."""
    tables.tsv(folder, PATH, ready.tables["claims"].stretches())


def report(rows: pd.DataFrame) -> pa.Table:
    """The claims with the columns of the report, in its order."""
    told = frames.table(rows, _COLUMNS)
    return told.sort_by([("claim_id", "ascending"), ("order_id", "ascending")]).combine_chunks()
