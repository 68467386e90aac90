"""The claims as a report and the rules see them: what was found of each, one truth a rule, the evidence in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import findings, frames
from pipeline.claims import moments, status, words
from pipeline.claims.case import Case
from pipeline.claims.grounds import DISPUTED, GRANTING, Grounds
from pipeline.claims.refunds import Refunds
from pipeline.claims.status import COUNTS, STATUS, Standing

if TYPE_CHECKING:
    from pipeline.claims.judge import Known

NOWHERE = {"file": findings.LEDGER, "line": 0, "record": 0}  # of what no report of this run holds
_FACTS = {
    "no_tracking": "CLM-402",
    "no_reply": "CLM-403",
    "shipped_late": "CLM-404",
    "not_delivered": "CLM-405",
    "too_early": "CLM-409",
    "no_contact": "CLM-410",
    "order_unknown": "CLM-411",
    "claims_more": "CLM-412",
    "stranded": "CLM-414",
    "overcharged": "CLM-415",
    "owed": "CLM-416",
}


def report(mine: Case, found: Grounds, back: Refunds, standing: Standing, known: Known) -> pd.DataFrame:
    """The claims, one row each with everything a rule or a report asks about."""
    return _said(_rows(mine, found, back, standing, known), known, mine, found, back)


def _rows(mine: Case, found: Grounds, back: Refunds, standing: Standing, known: Known) -> pd.DataFrame:
    """The claims with the columns of the report, and with one truth a rule."""
    heard = known.heard
    rows = mine.rows.assign(
        status=frames.series(frames.strings(STATUS, standing.status)),
        eligible_from=frames.series(frames.instants(found.eligible)),
        contact_at=frames.series(words.spelt(heard.at(found.contact))),
        reply_at=frames.series(words.spelt(heard.at(found.reply))),
        reply_by=frames.series(frames.instants(moments.ends(found.due, mine.clock))),
        grant_reasons=frames.series(found.words(GRANTING)),
        dispute_grounds=frames.series(found.words(DISPUTED)),
        answer_by=frames.series(frames.instants(standing.answer_by)),
        appeal_by=frames.series(frames.instants(standing.appeal_by)),
        counts_in_odr=frames.series(frames.strings(COUNTS, standing.counts)),
        debited=frames.series(standing.debited),
        reimbursed=frames.series(standing.reimbursed),
        asked=frames.series(standing.asked),
        appealable=frames.series(standing.appealable),
        too_late=frames.series(standing.too_late),
        order_total=frames.series(found.total),
        **{name: frames.series(found.holds[code]) for name, code in _FACTS.items()},
    )
    item = pa.array(np.maximum(mine.item, 0), mask=mine.item < 0)
    rows["sku"] = frames.series(frames.arrow(known.items["sku"]).take(item))
    rows["ship_country"] = frames.series(back.country)
    rows["purchase_date"] = frames.series(frames.arrow(known.items["purchase_date"]).take(item))
    return _placed(rows, known, mine)


def _placed(rows: pd.DataFrame, known: Known, mine: Case) -> pd.DataFrame:
    """The claims with file, line and record of the report that last held their order; the ledger where none did."""
    at = known.last[np.maximum(mine.known, 0)] if len(known.last) else mine.known
    named = (mine.evidence >= 0) & (mine.evidence < len(known.items))
    at = np.where(named, mine.evidence, at)
    missing = mine.known < 0
    for name, otherwise in NOWHERE.items():
        held = frames.arrow(known.items[name]).take(pa.array(np.maximum(at, 0), mask=missing))
        rows[name] = frames.series(pc.fill_null(held, otherwise))
    return rows


def _said(rows: pd.DataFrame, known: Known, mine: Case, found: Grounds, back: Refunds) -> pd.DataFrame:
    """The claims with the evidence of each rule in words."""
    told = words.Words(mine, found, known.heard, known.told.names, known.sent)
    texts = {
        "tracking_said": ("CLM-402", told.tracking),
        "reply_said": ("CLM-403", told.reply),
        "shipping_said": ("CLM-404", lambda at: told.shipping(at, known.items)),
        "delivery_said": ("CLM-405", told.delivery),
        "early_said": ("CLM-409", told.early),
        "channel_words": ("CLM-410", told.channel),
        "refund_said": ("CLM-416", lambda at: told.refund(at, back, known.told.returns)),
    }
    for name, (code, say) in texts.items():
        mask = found.holds[code]
        rows[name] = words.spread(mask, say(np.flatnonzero(mask)))
    asked, decided = rows["asked"].to_numpy(bool), frames.flags(rows["appealable"]) | frames.flags(rows["too_late"])
    filed = found.holds["CLM-409"] | found.holds["CLM-410"]
    for name, column, mask in (
        ("requested_at", "info_requested_date", asked),
        ("decided_at", "decision_date", decided),
        ("filed_at", "claim_date", filed),
    ):
        rows[name] = words.spread(mask, words.spelt(mine.when[column].take(np.flatnonzero(mask))))
    rows["contradiction"] = _contradiction(mine)
    told_of = np.logical_or.reduce(
        [asked, decided, rows["contradiction"].notna().to_numpy(bool), *found.holds.values()]
    )
    rows["claim_place"] = words.spread(told_of, words.places(rows, known.told.names, np.flatnonzero(told_of)))
    return rows


def _contradiction(mine: Case) -> pd.Series[str]:
    """What is wrong with each claim's own row, in words; null where all is well."""
    masks, said = zip(*status.contradictions(mine), strict=True)
    doubled = frames.arrow(mine.rows["doubled"]).combine_chunks()
    any_ = np.logical_or.reduce([*masks, pc.is_valid(doubled).to_numpy(zero_copy_only=False)])
    at = np.flatnonzero(any_)
    none = pa.scalar(None, pa.string())
    parts = [pc.if_else(pa.array(mask[at]), text, none) for mask, text in zip(masks, said, strict=True)]
    parts.append(doubled.take(pa.array(at)))
    return words.spread(any_, pc.binary_join_element_wise(*parts, "; ", null_handling="skip"))
