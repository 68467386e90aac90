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
from pipeline.batch import Context, FilePlan, Whole
from pipeline.frames import Array
from pipeline.reconcile import cancel, confirm, facts, parcels, repeat
from pipeline.reconcile.match import Pairs
from pipeline.rules import cancellations, files, shipments
from pipeline.rules import parcels as parcel_rules
from pipeline.rules.rule import family, judge
from schemas.cancellation import BY_BUYER
from schemas.confirmation import SHIP_TO

_HELD = ("recipient_name", "ship_address_1", "ship_city", "ship_postal_code", "ship_country")
_REDIRECT = {ours.replace("-", "_"): theirs for ours, theirs in zip(SHIP_TO, _HELD, strict=True)}
_STATES = ("pending", "canceled", "auto_canceled", "not_unshipped")
_UNSHIPPED = ("not_unshipped", "evidence_old")  # asks that it still be unshipped, which a correction need not be
_LAST = (shipments.more_than_remains,)  # asked of the rows that have no other error
_LATER = (*_LAST, parcel_rules.one_parcel_many_places)  # which looks beyond a bucket


class Decided(NamedTuple):
    """Both kinds of rows with ``accepted``, what was found, and what the accepted ones do to each order item."""

    confirmations: pd.DataFrame
    cancellations: pd.DataFrame
    findings: pd.DataFrame
    published: pd.DataFrame  # row, item and units of everything newly confirmed, int64
    called_off: Array  # bool an item
    by_seller: Array  # of these, those not canceled because the buyer asked for it
    parcels: pd.DataFrame  # the confirmations with a tracking number, and where their orders go

    def confirmed(self, items: int) -> Array:
        """The units newly confirmed of each of so many order items, int64."""
        item, units = (self.published[name].to_numpy(np.int64) for name in ("item", "units"))
        return np.bincount(item, weights=units, minlength=items).astype(np.int64)

    def sent(self, items: pd.DataFrame) -> pd.DataFrame:
        """What is newly published, one row an order item, as the ledger will know it; ``source`` numbers its file."""
        row, item = (pa.array(self.published[name].to_numpy(np.int64)) for name in ("row", "item"))
        names = {"given_item": "order-item-id", "source": "file", "source_line": "line"}
        columns = {
            name: frames.arrow(self.confirmations[names.get(name, name)]).take(row)
            for name in ("ship_date", "tracked", "tracking_number", "given_item", "quantity", "source", "source_line")
        }
        keys = {name: frames.arrow(items[name]).take(item) for name in ("order_key", "item_key", "order_item_id")}
        return frames.frame(pa.table(columns | keys | {"units": frames.arrow(self.published["units"])}))


class Known(NamedTuple):
    """What the rows of the uploads are held against."""

    items: pd.DataFrame
    held: confirm.Held
    gone: Array  # items that a complete report no longer lists
    quarantined: pd.DataFrame
    contacts: pd.DataFrame
    published: pd.DataFrame  # by earlier runs
    names: Sequence[str]
    context: Context


def decide(confirmations: pd.DataFrame, cancellations_: pd.DataFrame, known: Known) -> Decided:
    """What becomes of every row of the uploads; no row counts that pass one did not believe."""
    policy = known.context.policy
    ours = _confirmations(confirmations, known)
    theirs = _cancellations(cancellations_, known)
    for side, other in ((ours, theirs), (theirs, ours)):
        side.rows["also"] = cancel.opposed(side.rows, side.stands, other.rows, other.stands, known.names)
    first = [one for one in family(shipments) + family(parcel_rules) if one not in _LATER]
    clash = cancellations.confirmed_and_canceled
    found = findings.join(
        [
            judge([*first, clash], ours.rows, policy),
            judge([cancellations.not_cancelable, clash], theirs.rows, policy),
        ]
    )
    sound = frames.flags(ours.rows["believed"]) & ~findings.has_error(ours.rows, found)
    rows, units = confirm.asked(ours.rows, known.items, ours.pairs, sound & ours.new)
    over = judge(list(_LAST), rows, policy)
    mine = ours.pairs.only((sound & ours.new)[ours.pairs.row])
    sound &= ~findings.has_error(rows, over)
    kept = sound[mine.row]
    mended = ours.stands.only((sound & ours.corrects)[ours.stands.row])
    published = frames.frame(
        pa.table(
            {
                "row": np.concatenate([mine.row[kept], mended.row]),
                "item": np.concatenate([mine.item[kept], mended.item]),
                "units": np.concatenate([units[kept], np.zeros(len(mended.row), np.int64)]),
            }
        )
    )
    fine = frames.flags(theirs.rows["believed"]) & ~findings.has_error(theirs.rows, found)
    asked = frames.equal(frames.arrow(theirs.rows["cancellation-reason-code"]), BY_BUYER)
    off = [theirs.pairs.item[kept[theirs.pairs.row]] for kept in (fine, fine & ~asked)]
    called_off, by_seller = (np.isin(np.arange(len(known.items)), which) for which in off)
    repeated = frames.known(rows["repeats"])
    return Decided(
        rows.assign(accepted=frames.series(sound & ~repeated), skipped=frames.series(sound & repeated)),
        theirs.rows.assign(accepted=frames.series(fine), skipped=frames.series(np.zeros(len(fine), bool))),
        findings.join([found, over]),
        published,
        called_off,
        by_seller,
        ours.parcels,
    )


class _Side(NamedTuple):
    """The rows of one kind of upload with every fact a rule asks about, and the items they stand for.

    ``pairs`` are those that can be confirmed, ``stands`` what each row means: these, or where there are none all its
    items. ``new`` are the rows that say something no
    earlier run has published, ``corrects`` those that change what one has.
    """

    rows: pd.DataFrame
    pairs: Pairs
    stands: Pairs
    new: Array
    corrects: Array
    parcels: pd.DataFrame


def _confirmations(rows: pd.DataFrame, known: Known) -> _Side:
    items = known.items
    rows, pairs, can = facts.known(rows, items, known.gone, known.quarantined, known.context)
    rows = repeat.repeats(rows, known.published)
    again, about = frames.known(rows["repeats"]), frames.known(rows["corrects"])
    for name, settled in (*((name, again) for name in _STATES), *((name, again | about) for name in _UNSHIPPED)):
        rows[name] = frames.series(frames.flags(rows[name]) & ~settled)
    rows["copy_of"] = confirm.copies(rows, frames.flags(rows["unreadable"]), known.names)
    rows["redirected"] = confirm.redirected(rows, known.held, pairs, _requests(known), _REDIRECT)
    stands = pairs.only(can | ~pairs.any(can)[pairs.row])
    return _Side(rows, pairs.only(can), stands, ~again & ~about, about, parcels.parcels(rows, known.held, pairs))


def _cancellations(rows: pd.DataFrame, known: Known) -> _Side:
    rows, pairs = cancel.cancelable(rows, known.items)
    return _Side(rows, pairs, pairs, np.ones(len(rows), bool), np.zeros(len(rows), bool), rows.head(0))


def _requests(known: Known) -> Array:
    """The orders whose buyer, or Amazon for them, has asked for another address before as-of (order keys)."""
    contacts = known.contacts
    by = pc.is_in(frames.arrow(contacts["direction"]), value_set=pa.array(["buyer", "amazon"]))
    asked = frames.equal(frames.arrow(contacts["topic"]), "address") & pc.fill_null(by, False).to_numpy()
    before = frames.numbers(contacts["sent_date"]) != frames.moment(known.context.as_of)
    return frames.numbers(contacts["order_key"])[asked & before]


def turned_away(
    plans: Sequence[FilePlan], said: Sequence[tuple[int, Whole]], context: Context
) -> tuple[list[FilePlan], pd.DataFrame]:
    """The plans, bulk confirmations refused whole where the account may not give such (SPEC §4, Plan), and why.

    ``said`` tells of each split the number of its file and what its rows say of that.
    """
    if context.account.plan != INDIVIDUAL:
        return list(plans), findings.none()
    kept, found = list(plans), []
    for one in plans:
        keys = [whole.orders for file, whole in said if file == one.file and whole.orders is not None]
        orders = len(frames.distinct(np.concatenate(keys))) if keys else 0
        if orders > 1:
            kept[one.file] = replace(one, refused=files.not_professional.code)
            found.append(findings.about_file(files.not_professional, one.file, one.header_line, orders=str(orders)))
    return kept, findings.join(found)
