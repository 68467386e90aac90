"""What counts of the claims, contacts, returns and defects that this run's files and earlier runs list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.claims.columns import CLAIM_INPUTS, CONTACTS, DEFECTS, RETURNS
from pipeline.model.bucket_result import ClaimHistory
from pipeline.model.columns import verified
from pipeline.model.given_logs import GivenLogs
from pipeline.utils import arrow, groups
from pipeline.utils.dtypes import Array
from schemas import claims as schemas_claims
from schemas import contacts as schemas_contacts
from schemas import defects as schemas_defects
from schemas import returns as schemas_returns
from schemas.kind import FileKind

_ID_COLUMNS = {  # within an order: an id that stands under two orders is two things
    "claims": ("order_key", "claim_id"),
    "contacts": ("order_key", "contact_id"),
    "returns": ("order_key", "item_key", "return_request_date"),
    "defects": ("order_key", "defect_id"),
}
_KINDS = (schemas_claims.KIND, schemas_contacts.KIND, schemas_returns.KIND, schemas_defects.KIND)
_RESULT_COLUMNS = ("status", "counts_in_odr", "grant_reasons", "answer_by", "appeal_by")


class ClaimInputs(NamedTuple):
    """Every claim, contact, return request and defect that counts, one row each, and the names of their files.

    A row's ``source`` is the number of its file among ``file_names``, ``source_line`` its line there, ``in_this_run``
    whether a file of this run holds it, ``in_ledger`` whether the ledger holds just that already. Claims also have
    ``conflicting_row``, where else this run's files speak of the same claim, and the ledger's own word as ``…_before``.
    ``last_run`` is the as-of of the last run (UTC µs), NEVER without one; ``logs`` says which lists were ever given.
    """

    claims: pd.DataFrame
    contacts: pd.DataFrame
    returns: pd.DataFrame
    defects: pd.DataFrame
    file_names: list[str]
    last_run: int
    logs: GivenLogs

    def order_keys(self) -> Array:
        """The keys of the orders that are claimed, or that a contact or return of this run's files is about."""
        tonight_rows = [
            arrow.filter_rows(rows, arrow.to_bool(rows["in_this_run"])) for rows in (self.contacts, self.returns)
        ]
        return groups.sorted_unique(
            np.concatenate([arrow.to_int64(rows["order_key"]) for rows in (self.claims, *tonight_rows)])
        )


def gather_inputs(
    tonight: dict[str, pd.DataFrame],
    remembered: ClaimHistory,
    tonight_files: Sequence[str],
    last_run: int,
    logs: GivenLogs,
) -> ClaimInputs:
    """The run's rows, and of those remembered up to ``last_run`` the ones that this run's do not replace."""
    file_names = list(tonight_files)
    newest_claims, doubled = _select_newest(tonight["claims"], tonight_files)
    stacked = []
    for kind, ledger_rows in zip(_KINDS, remembered, strict=True):
        kind_rows = newest_claims if kind.name == "claims" else tonight[kind.name]
        new_rows = _select_values(kind_rows, kind)
        for name, column in (("source", "file"), ("source_line", "line"), ("source_record", "record")):
            new_rows[name] = kind_rows[column]
        new_rows["in_this_run"] = arrow.to_series(np.ones(len(new_rows), bool))
        new_rows = _compare_with_ledger(new_rows, ledger_rows, kind)
        if kind.name == "claims":
            new_rows["conflicting_row"] = doubled
        stacked.append(
            arrow.concat_frames([new_rows, _keep_unreplaced(ledger_rows, new_rows, kind, file_names)])
            if len(ledger_rows)
            else new_rows
        )
    tables = (CLAIM_INPUTS, CONTACTS, RETURNS, DEFECTS)
    claims, contacts, returns, defects = (verified(rows, table) for rows, table in zip(stacked, tables, strict=True))
    return ClaimInputs(claims, contacts, returns, defects, file_names=file_names, last_run=last_run, logs=logs)


def _select_values(rows: pd.DataFrame, kind: FileKind) -> pd.DataFrame:
    """The rows' values without their text."""
    values = [column.value_name for column in kind.columns if not column.audit_only]
    values += [f"{name}_day" for name in values if f"{name}_day" in rows]
    return arrow.to_frame(arrow.to_table(rows, [*values, "order_key", "item_key"]))


def _keep_unreplaced(
    ledger_rows: pd.DataFrame, new_rows: pd.DataFrame, kind: FileKind, file_names: list[str]
) -> pd.DataFrame:
    """The remembered rows that are not in this run's files, by their ids; ``file_names`` grows by theirs."""
    ledger_rows = arrow.filter_rows(ledger_rows, ~_has_match(ledger_rows, new_rows, _ID_COLUMNS[kind.name]))
    encoded = arrow.to_arrow(ledger_rows["source_file"]).combine_chunks().dictionary_encode()
    file_index = pc.add(encoded.indices.cast(pa.int64()), len(file_names))
    file_names += encoded.dictionary.to_pylist()
    kept = arrow.to_frame(arrow.to_table(ledger_rows, [name for name in ledger_rows.columns if name in new_rows]))
    return kept.assign(
        source=arrow.to_series(file_index),
        source_line=ledger_rows["source_line"],
        source_record=arrow.to_series(pa.nulls(len(ledger_rows), pa.int64())),
        in_this_run=arrow.to_series(np.zeros(len(ledger_rows), bool)),
        in_ledger=arrow.to_series(np.ones(len(ledger_rows), bool)),
        **{f"{name}_before": ledger_rows[name] for name in _RESULT_COLUMNS if kind.name == "claims"},
    )


def _compare_with_ledger(new_rows: pd.DataFrame, ledger_rows: pd.DataFrame, kind: FileKind) -> pd.DataFrame:
    """The new rows with ``in_ledger``, and with the results that claims had before; null where the ledger has none."""
    if not len(ledger_rows):
        empty = {
            f"{name}_before": pa.nulls(len(new_rows), arrow.to_arrow(ledger_rows[name]).type)
            for name in _RESULT_COLUMNS
            if name in ledger_rows
        }
        empty |= {"in_ledger": pa.array(np.zeros(len(new_rows), bool))}
        return new_rows.assign(**{name: arrow.to_series(values) for name, values in empty.items()})
    ledger_index = _match_ids(new_rows, ledger_rows, _ID_COLUMNS[kind.name])
    again = ledger_index >= 0
    positions = pa.array(np.maximum(ledger_index, 0), mask=ledger_index < 0)
    for name in new_rows.columns:
        if name in ledger_rows and name not in ("source", "source_line", "in_this_run"):
            ledger_values = arrow.to_arrow(ledger_rows[name]).take(positions)
            again &= groups.is_same(arrow.to_arrow(new_rows[name]), ledger_values)
    before = {
        f"{name}_before": arrow.to_series(arrow.to_arrow(ledger_rows[name]).take(positions))
        for name in _RESULT_COLUMNS
        if kind.name == "claims"
    }
    return new_rows.assign(in_ledger=arrow.to_series(again), **before)


def _match_ids(rows: pd.DataFrame, candidates: pd.DataFrame, ids: tuple[str, ...]) -> Array:
    """For each new row the position of the one held with its ids, −1 without one."""
    group = _number_ids(rows, candidates, ids)
    last = np.full(int(group.max(initial=-1)) + 1, -1)
    last[group[len(rows) :]] = np.arange(len(candidates))
    return last[group[: len(rows)]]


def _number_ids(first: pd.DataFrame, second: pd.DataFrame, ids: tuple[str, ...]) -> Array:
    """A number for the ids of each row of the one and, behind them, of the other."""
    return groups.factorize_rows(
        arrow.concat_frames([arrow.to_frame(arrow.to_table(rows, ids)) for rows in (first, second)]), ids
    )


def _has_match(ledger_rows: pd.DataFrame, new_rows: pd.DataFrame, ids: tuple[str, ...]) -> Array:
    """Which of the rows held have the ids of a new one, as bool."""
    return _match_ids(ledger_rows, new_rows, ids) >= 0


def _select_newest(rows: pd.DataFrame, file_names: Sequence[str]) -> tuple[pd.DataFrame, pd.Series[str]]:
    """The last row of each claim of an order, by file name and line, and where another one says otherwise."""
    no_text = arrow.to_series(pa.nulls(len(rows), pa.string()))
    claim_group = groups.factorize_rows(rows, _ID_COLUMNS["claims"])
    last = np.zeros(int(claim_group.max(initial=-1)) + 1, np.int64)
    last[claim_group] = np.arange(len(rows))
    if len(last) == len(rows):
        return rows, no_text
    last_row = last[claim_group]
    replaced = np.flatnonzero(last_row != np.arange(len(rows)))
    file, line = arrow.to_int64(rows["file"]), arrow.to_int64(rows["line"])
    differs = np.zeros(len(replaced), bool)
    for name in rows.columns:
        if pa.types.is_string(arrow.to_arrow(rows[name]).type):
            value_codes = groups.factorize_text(rows[name])
            differs |= value_codes[replaced] != value_codes[last_row[replaced]]
    replaced = replaced[differs]
    locations = arrow.format_locations(file_names, file[replaced], line[replaced], np.zeros(len(replaced), bool))
    texts = pc.binary_join_element_wise("the claim is also listed at ", locations, ", with different content", "")
    text_index = np.full(len(rows), -1)
    text_index[last_row[replaced]] = np.arange(len(replaced))
    text_index = text_index[np.sort(last)]
    return arrow.take_rows(rows, np.sort(last)), arrow.to_series(texts.take(pa.array(text_index, mask=text_index < 0)))
