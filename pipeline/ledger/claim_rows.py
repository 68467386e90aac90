"""What a run adds to the ledger of claims, contacts, returns and defects: what is new or is judged otherwise now."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.ledger.claims_history import claim_month, contact_month, defect_month, return_month
from pipeline.ledger.tables import CLAIMS, CONTACTS, DEFECTS, RETURNS, LedgerTable
from pipeline.model.bucket_result import BucketClaims
from pipeline.utils import arrow, groups
from pipeline.utils.dtypes import Array

_EVALUATED_COLUMNS = ("status", "counts_in_odr", "grant_reasons", "answer_by", "appeal_by")


def build_claim_rows(claims: BucketClaims) -> dict[str, pa.Table]:
    """The rows of the four tables that the ledger does not hold yet, each with the file and line it stands in."""
    return {
        CLAIMS.name: _build_table(
            _restore_given_values(claims.rows),
            CLAIMS,
            claims.file_names,
            claim_month(claims.rows),
            _has_changed(claims.rows),
        ),
        CONTACTS.name: _build_new_rows(claims.contacts, CONTACTS, claims.file_names, contact_month(claims.contacts)),
        RETURNS.name: _build_new_rows(claims.returns, RETURNS, claims.file_names, return_month(claims.returns)),
        DEFECTS.name: _build_new_rows(claims.defects, DEFECTS, claims.file_names, defect_month(claims.defects)),
    }


def _restore_given_values(rows: pd.DataFrame) -> pd.DataFrame:
    """The claims as their files list them, with what has not happened yet at as-of."""
    return rows.assign(
        **{name.removesuffix("_given"): rows[name] for name in map(str, rows) if name.endswith("_given")}
    )


def _build_new_rows(rows: pd.DataFrame, table: LedgerTable, names: list[str], month: pa.ChunkedArray) -> pa.Table:
    return _build_table(rows, table, names, month, ~arrow.to_bool(rows["in_ledger"]))


def _has_changed(rows: pd.DataFrame) -> Array:
    """The claims of which a file says something new, or whose evaluation has changed."""
    changed = ~arrow.to_bool(rows["in_ledger"])
    for name in _EVALUATED_COLUMNS:
        now, before = (arrow.to_arrow(rows[column]) for column in (name, f"{name}_before"))
        changed |= ~groups.is_same(now, before)
    return changed


def _build_table(
    rows: pd.DataFrame, table: LedgerTable, names: list[str], month: pa.ChunkedArray, mask: Array
) -> pa.Table:
    row_index = pa.array(np.flatnonzero(mask))
    selected = arrow.to_table(rows, [name for name in table.schema.names if name not in ("seq", "month")]).take(
        row_index
    )
    source = pa.array(names, pa.string()).take(arrow.to_arrow(rows["source"]).take(row_index).combine_chunks())
    return selected.append_column("month", month.take(row_index)).append_column("source_file", source)
