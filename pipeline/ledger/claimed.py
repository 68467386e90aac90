"""What a run adds to the ledger of claims, contacts and returns: what is new, and what is judged otherwise now."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import frames
from pipeline.batch import Claims
from pipeline.frames import Array
from pipeline.ledger.recall import claim_month, contact_month, return_month
from pipeline.ledger.tables import CLAIMS, CONTACTS, RETURNS, Table

_JUDGED = ("status", "counts_in_odr", "grant_reasons", "answer_by", "appeal_by")


def made(claims: Claims) -> dict[str, pa.Table]:
    """The rows of the three tables that the ledger does not hold yet, each with the file and line it stands in."""
    return {
        CLAIMS.name: _table(_given(claims.rows), CLAIMS, claims.names, claim_month(claims.rows), _changed(claims.rows)),
        CONTACTS.name: _new(claims.contacts, CONTACTS, claims.names, contact_month(claims.contacts)),
        RETURNS.name: _new(claims.returns, RETURNS, claims.names, return_month(claims.returns)),
    }


def _given(rows: pd.DataFrame) -> pd.DataFrame:
    """The claims as their files tell of them, with what has not happened yet at as-of."""
    return rows.assign(
        **{name.removesuffix("_given"): rows[name] for name in map(str, rows) if name.endswith("_given")}
    )


def _new(rows: pd.DataFrame, table: Table, names: list[str], month: pa.ChunkedArray) -> pa.Table:
    return _table(rows, table, names, month, ~frames.flags(rows["again"]))


def _changed(rows: pd.DataFrame) -> Array:
    """The claims of which a file says something new, or that are judged otherwise than before."""
    changed = ~frames.flags(rows["again"])
    for name in _JUDGED:
        now, before = (frames.arrow(rows[one]) for one in (name, f"{name}_before"))
        differs = pc.fill_null(pc.not_equal(now, before), False).to_numpy()
        changed |= differs | (pc.is_null(now).to_numpy() != pc.is_null(before).to_numpy())
    return changed


def _table(rows: pd.DataFrame, table: Table, names: list[str], month: pa.ChunkedArray, mask: Array) -> pa.Table:
    at = pa.array(np.flatnonzero(mask))
    told = frames.table(rows, [name for name in table.schema.names if name not in ("seq", "month")]).take(at)
    source = pa.array(names, pa.string()).take(frames.arrow(rows["source"]).take(at).combine_chunks())
    return told.append_column("month", month.take(at)).append_column("source_file", source)
