"""The seller's uploads against the order items: which rows are refused and why, and what the others change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import findings, frames
from pipeline.account import INDIVIDUAL
from pipeline.batch import Admitted, Context, FilePlan
from pipeline.frames import Array
from pipeline.reconcile import cancel, confirm, facts
from pipeline.reconcile.match import Pairs
from pipeline.rules import cancellations, files, parcels, shipments
from pipeline.rules.rule import family, judge
from schemas.confirmation import SHIP_TO

_HELD = ("recipient_name", "ship_address_1", "ship_city", "ship_postal_code", "ship_country")
_REDIRECT = {ours.replace("-", "_"): theirs for ours, theirs in zip(SHIP_TO, _HELD, strict=True)}
_LAST = (shipments.more_than_remains,)  # asked of the rows that have no other error


class Decided(NamedTuple):
    """Both kinds of rows with ``accepted``, what was found, and what the accepted ones do to each order item."""

    confirmations: pd.DataFrame
    cancellations: pd.DataFrame
    findings: pd.DataFrame
    confirmed: Array  # units an item, int64
    called_off: Array  # bool an item


class Known(NamedTuple):
    """What the rows of the uploads are held against."""

    items: pd.DataFrame
    held: confirm.Held
    quarantined: pd.DataFrame
    contacts: pd.DataFrame
    names: Sequence[str]
    context: Context


def decide(confirmations: pd.DataFrame, cancellations_: pd.DataFrame, said: pd.DataFrame, known: Known) -> Decided:
    """What becomes of every row of the uploads; ``said`` are the findings of pass one."""
    policy = known.context.policy
    rows, pairs, can = _confirmations(confirmations, known)
    theirs, covered = cancel.cancelable(cancellations_, known.items) if len(cancellations_) else (cancellations_, None)
    if covered is not None and pairs is not None:
        rows["also"] = cancel.opposed(rows, pairs, theirs, covered, known.names)
        theirs["also"] = cancel.opposed(theirs, covered, rows, pairs, known.names)
    first = [one for one in family(shipments) + family(parcels) if one not in _LAST]
    clash = cancellations.confirmed_and_canceled
    found = findings.join(
        [
            judge([*first, clash], rows, policy),
            judge([cancellations.not_cancelable, clash], theirs, policy),
        ]
    )
    sound = ~findings.has_error(rows, findings.join([said, found]))
    confirmed = np.zeros(len(known.items), np.int64)
    if pairs is not None:
        rows, units = confirm.asked(rows, known.items, pairs.only(can), sound)
        over = judge(list(_LAST), rows, policy)
        found, sound_before = findings.join([found, over]), sound
        sound = sound & ~findings.has_error(rows, over)
        mine = pairs.only(can & sound_before[pairs.row])
        kept = sound[mine.row]
        confirmed = np.bincount(mine.item[kept], weights=units[kept], minlength=len(known.items)).astype(np.int64)
    called_off = np.zeros(len(known.items), bool)
    fine = ~findings.has_error(theirs, findings.join([said, found]))
    if covered is not None:
        called_off[covered.item[fine[covered.row]]] = True
    return Decided(_fated(rows, sound), _fated(theirs, fine), found, confirmed, called_off)


def _fated(rows: pd.DataFrame, accepted: Array) -> pd.DataFrame:
    if not len(rows):
        return rows
    return rows.assign(accepted=frames.series(accepted), skipped=frames.series(np.zeros(len(rows), bool)))


def _confirmations(rows: pd.DataFrame, known: Known) -> tuple[pd.DataFrame, Pairs | None, Array]:
    """The confirmation rows with every fact a rule asks about, their pairs, and which pairs can be confirmed."""
    if not len(rows):
        return rows, None, np.zeros(0, bool)
    items = known.items
    rows, pairs, can = facts.known(rows, items, known.quarantined, known.context)
    rows["copy_of"] = confirm.copies(rows, frames.flags(rows["unreadable"]), known.names)
    rows["destinations"] = confirm.destinations(rows, known.held, pairs)
    rows["redirected"] = confirm.redirected(rows, known.held, pairs, _requests(known), _REDIRECT)
    return rows, pairs, can


def _requests(known: Known) -> Array:
    """The orders whose buyer, or Amazon for them, has asked before as-of for another address (order keys)."""
    contacts = known.contacts
    if not len(contacts):
        return np.zeros(0, np.int64)
    asked = pc.and_(
        pc.equal(frames.arrow(contacts["topic"]), "address"),
        pc.is_in(frames.arrow(contacts["direction"]), value_set=pa.array(["buyer", "amazon"])),
    )
    as_of = known.context.as_of
    before = (contacts["sent_date"] < as_of).fillna(False) | (contacts["sent_date_day"] <= as_of.date()).fillna(False)
    sent = pc.fill_null(asked, False).to_numpy() & before.to_numpy(bool)
    return frames.numbers(contacts["order_key"])[sent]


def turned_away(
    plans: Sequence[FilePlan], admitted: Sequence[Admitted], context: Context
) -> tuple[list[FilePlan], list[Admitted], pd.DataFrame]:
    """The same, where the account may not confirm in bulk with such files refused whole and emptied (SPEC §4, Plan)."""
    if context.account.plan != INDIVIDUAL:
        return list(plans), list(admitted), findings.none()
    kept, said = list(plans), []
    for one in plans:
        mine = [part.rows["order_key"] for part in admitted if part.file == one.file and "order_key" in part.rows]
        orders = pd.concat(mine).nunique() if mine else 0
        if one.kind and one.kind.name == "confirmation" and orders > 1:
            kept[one.file] = replace(one, refused=files.not_professional.code)
            said.append(findings.about_file(files.not_professional, one.file, one.header_line, orders=str(orders)))
    refused = {one.file for one in kept if one.refused == files.not_professional.code}
    emptied = [
        part._replace(rows=part.rows.head(0), findings=findings.none()) if part.file in refused else part
        for part in admitted
    ]
    return kept, emptied, findings.join(said)
