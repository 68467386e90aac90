"""Claims for people: what can still be won or lost comes first."""

import datetime as dt
from decimal import Decimal

import pyarrow as pa

from pipeline.publish.reports import claim_list
from pipeline.utils import dtypes

SOON, LATER = (dt.datetime(2026, 3, day, tzinfo=dt.UTC) for day in (11, 20))
CLAIMS = [  # id, status, answer by, appeal by, Amazon waits for information, can be appealed, until nobody knows when
    ("A", "denied", None, None, False, False, False),
    ("B", "investigating", None, None, False, False, False),
    ("C", "granted", None, LATER, False, True, False),
    ("D", "information-due", SOON, None, True, False, False),
    ("E", "granted", None, SOON, False, False, False),  # the time to appeal is over
    ("F", "granted", None, None, False, False, True),
    ("G", "withdrawn", SOON, None, False, False, False),  # nothing is left to answer
    ("H", "investigating", SOON, None, False, False, False),  # it was answered
]


def make_claims(rows):
    ids, statuses, answer_by, appeal_by, awaits_info, appealable, undated = zip(*rows, strict=True)
    return pa.table(
        {
            "claim_id": ids,
            "order_id": ids,
            "status": statuses,
            "answer_by": pa.array(answer_by, dtypes.TIMESTAMP),
            "appeal_by": pa.array(appeal_by, dtypes.TIMESTAMP),
            "awaits_info": awaits_info,
            "appealable": appealable,
            "appeal_undated": undated,
            "counts_in_odr": ["at-risk" if status == "investigating" else "no" for status in statuses],
            "claim_amount": pa.array(["1000.50"] * len(ids)).cast(dtypes.MONEY),
            "debited": pa.array(["1.00" if status == "granted" else None for status in statuses]).cast(dtypes.MONEY),
            "reimbursed": pa.nulls(len(ids), dtypes.MONEY),
            "currency": ["EUR"] * len(ids),
        }
    )


def test_an_appeal_of_unknown_end_comes_first_then_deadlines_then_what_is_undecided():
    selected = claim_list.select_claims([make_claims(CLAIMS[:3]), make_claims(CLAIMS[3:])], 9)
    assert "".join(selected["claim_id"].to_pylist()) == "FDCBHAEG"
    assert selected["action"].to_pylist() == ["appeal", "answer", "appeal", *[None] * 5]
    assert selected["deadline"].to_pylist()[:4] == [None, SOON, LATER, None]
    assert claim_list.select_claims([make_claims(CLAIMS)], 2)["claim_id"].to_pylist() == ["F", "D"]


def test_claims_are_added_up_by_status_and_currency():
    totals = claim_list.total_claims([make_claims(CLAIMS[:3]), make_claims(CLAIMS[3:])])
    undecided_first = [("information-due", 1), ("investigating", 2), ("denied", 1), ("granted", 3), ("withdrawn", 1)]
    assert totals.list_statuses() == undecided_first
    assert totals.at_risk == {"EUR": Decimal("2001.00")}
    assert totals.debited == {"EUR": Decimal("3.00")}
    assert totals.reimbursed == {}
