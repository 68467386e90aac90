"""Claims are judged as the contract reads: the engine beside an independent reading of it, row by row."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.claims import evaluate
from tests import tables
from tests.claims import made, oracle

COLUMNS = (
    *("status", "eligible_from", "grant_reasons", "dispute_grounds", "answer_by", "appeal_by", "counts_in_odr"),
    *("debited", "reimbursed"),
)
OTHERS = {"CLM-406", "CLM-407", "CLM-408", "CLM-411", "CLM-412"}


def plain(value):
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).replace(microsecond=0, tzinfo=dt.UTC)
    return None if value is None or value != value else value  # noqa: PLR0124  NaT and NaN are not themselves


def compare(seed, orders):
    """Judge a world by the engine and by the oracle; how many claims were compared."""
    world = made.World(seed, orders)
    outcome = tables.run(world.files(), tables.Options(as_of=world.as_of))
    accepted = oracle.prepare(world, outcome.accepted("confirmation"))
    found = outcome.settled.claims.rows
    rows = {row["claim_id"]: row for row in found.to_dict("records")}
    codes = codes_of(outcome)
    for claim in world.rows["claims"]:
        told = oracle.Verdict(world, accepted, claim).verdict()
        mine = rows[claim["claim-id"]]
        assert {name: plain(mine[name]) for name in COLUMNS} == {name: plain(told[name]) for name in COLUMNS}, claim
        said = codes.get(claim["claim-id"], set())
        assert said & OTHERS == told["codes"] & OTHERS, claim
        assert "CLM-417" in said or "CLM-417" not in told["codes"], claim
        grounds = ";".join(filter(None, (told["grant_reasons"], told["dispute_grounds"])))
        assert said - OTHERS - {"CLM-417"} == set(filter(None, grounds.split(";"))), claim
    return world, outcome, rows


def codes_of(outcome):
    """The codes found about each claim, which a finding's message names."""
    codes = {}
    findings = outcome.settled.findings
    for code, message in zip(findings["code"].tolist(), findings["message"].tolist(), strict=True):
        if message.startswith("claim "):
            codes.setdefault(message.split()[1], set()).add(code)
    return codes


@pytest.mark.parametrize(
    ("seed", "orders"), [(0, 500), *(pytest.param(n, 900, marks=pytest.mark.slow) for n in (1, 2, 3))]
)
def test_claims_are_judged_as_the_contract_reads(seed, orders):
    world, outcome, rows = compare(seed, orders)
    assert_rate(world, outcome, rows)


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(10, 2**32))
def test_claims_are_judged_as_the_contract_reads_drawn(seed):
    compare(seed, 30)


def assert_rate(world, outcome, rows):
    """The order defect rate, counted by hand."""
    since = world.as_of - oracle.WINDOW
    listed = {row["order-id"]: row for row in world.rows["orders"]}
    listed |= {row["amazon-order-id"]: row for row in world.rows["all-orders"]}
    recent = {order for order, row in listed.items() if since <= oracle.read(row["purchase-date"]) <= world.as_of}
    lost = {row["order_id"] for row in rows.values() if row["counts_in_odr"] == "yes"} & recent
    metric = next(one for one in outcome.settled.metrics if one.name == "odr")
    assert (metric.numerator, metric.denominator) == (len(lost), len(recent))
    assert Decimal(metric.numerator + metric.count_to_target) / metric.denominator >= metric.target


def test_claims_are_judged_alike_in_any_slices(monkeypatch):
    """However many claims are judged at a time, and on however many cores."""
    world = made.World(5, 60)
    told = []
    for cores, few in ((1, 1000), (3, 1), (50, 1)):
        monkeypatch.setattr(evaluate.pa, "cpu_count", lambda cores=cores: cores)
        monkeypatch.setattr(evaluate, "_MIN_SLICE", few)
        told.append(tables.run(world.files(), tables.Options(as_of=world.as_of)).settled)
    for one in told[1:]:
        assert one.findings.equals(told[0].findings)
        assert one.action_items.equals(told[0].action_items)
        assert one.claims.rows.equals(told[0].claims.rows)
        assert one.metrics == told[0].metrics
    assert len(told[0].claims.rows) > len(told)
