"""What is called otherwise than before, either side of every bound."""

import copy

import pytest

from pipeline.quality.drift import find_drift


def summary(rows=100, rejected=0, findings=None, **columns):
    """A night of one kind; a column is told as its filled cells, or as its values."""
    told = {
        name: {"rows": rows, "filled": one} if isinstance(one, int) else {"rows": rows, "filled": rows, "values": one}
        for name, one in columns.items()
    }
    return {
        "lines": {"accepted": rows - rejected, "rejected": rejected, "skipped": 0, "unreadable": 0},
        "findings": findings or {},
        "kinds": {"orders": {"rows": rows, "columns": told}},
    }


def whats(now, *before):
    return [(one.what, one.column) for one in find_drift(now, before)]


def test_nothing_is_otherwise_than_itself():
    one = summary(sku=100, currency={"USD": 60, "GBP": 40}, findings={"FMT-003": 7}, rejected=4)
    assert whats(one, copy.deepcopy(one)) == []
    assert whats(one) == []  # without a past


def test_columns_come_and_go():
    assert whats(summary(sku=100, new=1), summary(sku=100, old=5)) == [("new column", "new"), ("column gone", "old")]
    assert whats(summary(sku=100), summary(sku=100, old=5), summary(sku=100)) == []  # gone before already
    assert whats(summary(sku=100, new=1), summary(29, sku=29)) == []  # too few rows to know what is usual


@pytest.mark.parametrize(("usual", "known"), [({"USD": 38, "GBP": 2}, True), ({"USD": 37, "GBP": 2}, False)])
def test_a_new_value_where_each_was_seen_often(usual, known):
    rows = sum(usual.values())
    told = find_drift(summary(rows, currency=usual | {"XXX": 1}), [summary(rows, currency=usual)])
    assert [one.now for one in told if one.what == "new value"] == ["XXX"] * known


def test_a_value_of_a_column_that_has_many_is_not_new():
    many = {str(one): 2 for one in range(40)}
    assert ("new value", "sku") not in whats(summary(82, sku=many | {"x": 2}), summary(80, sku=many))


@pytest.mark.parametrize(("filled", "jumped"), [(100, False), (94, False), (92, False), (90, True)])
def test_how_much_is_filled(filled, jumped):
    assert (("filled", "sku") in whats(summary(sku=filled), summary(1000, sku=980))) is jumped


def test_a_share_of_a_value():
    now, before = {"Standard": 50, "Expedited": 50}, {"Standard": 95, "Expedited": 5}
    assert whats(summary(level=now), summary(level=before)) == [("share of a value", "level")] * 2


@pytest.mark.parametrize(("rejected", "jumped"), [(2, False), (6, False), (30, True)])
def test_lines_rejected(rejected, jumped):
    assert (("lines rejected", "") in whats(summary(rejected=rejected), summary(1000, rejected=20))) is jumped


def test_a_finding_that_was_rare():
    before = summary(1000, findings={"FMT-003": 1})
    assert whats(summary(1000, findings={"FMT-003": 2}), before) == []
    (one,) = find_drift(summary(1000, findings={"FMT-003": 60}), [before])
    assert (one.what, one.column, one.before, one.now) == ("finding", "FMT-003", "0.1 %", "6.0 %")
    (gone,) = find_drift(summary(1000), [summary(1000, findings={"FMT-003": 60})])
    assert gone.description == "0.0 % of the lines get FMT-003, previously 6.0 %"


@pytest.mark.parametrize(("rows", "odd"), [(100, False), (300, False), (301, True), (34, False), (33, True)])
def test_number_of_rows(rows, odd):
    nights = [summary(50), summary(100), summary(120)]
    assert (("number of rows", "") in whats(summary(rows), *nights)) is odd
