"""How far a rate is from its target: on either side of it, whichever side is the better one."""

import datetime as dt
from decimal import Decimal

import pytest

from pipeline.lifecycle import check_rate_targets
from pipeline.model.metrics import Metric


def rate(name, numerator, denominator, target, *, higher_is_better):
    as_of = dt.datetime(2026, 3, 10, tzinfo=dt.UTC)
    target = None if target is None else Decimal(target)
    return Metric(name, numerator, denominator, dt.timedelta(30), as_of, target, higher_is_better)


@pytest.mark.parametrize(
    ("numerator", "denominator", "target", "left"),
    [
        pytest.param(0, 0, "0.04", "", id="nothing to count"),
        pytest.param(1, 1, None, "", id="no target"),
        pytest.param(0, 26, "0.04", "", id="two away"),
        pytest.param(0, 25, "0.04", "one more brings it there", id="one away"),
        pytest.param(1, 26, "0.04", "one more brings it there", id="one away, and not the first"),
        pytest.param(1, 25, "0.04", "it is missed", id="at the target"),
        pytest.param(2, 25, "0.04", "it is missed", id="past the target"),
    ],
)
def test_a_rate_that_must_stay_below_its_target(numerator, denominator, target, left):
    check(rate("late_shipment", numerator, denominator, target, higher_is_better=False), "MET-701", left)
    check(rate("cancellation", numerator, denominator, target, higher_is_better=False), "MET-702", left)


@pytest.mark.parametrize(
    ("numerator", "denominator", "target", "left"),
    [
        pytest.param(0, 0, "0.95", "", id="nothing to count"),
        pytest.param(1, 1, None, "", id="no target"),
        pytest.param(40, 40, "0.95", "", id="two away"),
        pytest.param(39, 40, "0.95", "one more brings it there", id="one away"),
        pytest.param(21, 21, "0.95", "", id="two away, though one more is past the half of the way"),
        pytest.param(20, 20, "0.95", "one more brings it there", id="one away, all of them being valid"),
        pytest.param(38, 40, "0.95", "it is only just met", id="at the target"),
        pytest.param(37, 40, "0.95", "it is missed", id="past the target"),
        pytest.param(0, 1, "0.95", "it is missed", id="none of one"),
    ],
)
def test_a_rate_that_must_reach_its_target(numerator, denominator, target, left):
    check(rate("tracking", numerator, denominator, target, higher_is_better=True), "MET-703", left)


def check(metric, code, left):
    found = [(row.code, row.message) for part in check_rate_targets([metric]) for row in part.itertuples()]
    assert [one for one, _ in found] == [code] * bool(left)
    assert all(message.endswith(f": {left}") for _, message in found)
