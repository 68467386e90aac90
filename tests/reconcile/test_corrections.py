"""Which confirmations are in force when Amazon refuses one of a parcel, whatever the order of its answers (SPEC §1)."""

import pytest

from tests.house import ANSWER, BOUGHT, UNSHIPPED, House, order, report, upload, written


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def answer(path, processed, *refused):
    """A processing report that refuses the records, all of order 1."""
    counts = ("processed", processed), ("successful", processed - len(refused))
    above = ["Feed Processing Summary:", *(f"\tNumber of records {name}\t\t{count}" for name, count in counts), ""]
    return written(path, ANSWER, [(str(record), *order(1), "18028", "Error", "no") for record in refused], above)


def listed(path, purchased, shipped):
    dates = (BOUGHT, BOUGHT, "2026-03-01T10:40:00+00:00", "2026-03-20T06:59:59+00:00", "")
    row = (*order(1), *dates, "SKU-1", str(purchased), str(shipped), str(purchased - shipped), "Standard")
    return written(path, UNSHIPPED, [row])


def item(house):
    (row,) = (row for row in house.rows("reports/orders.tsv") if row["order_id"] == order(1)[0])
    return row["state"], *(row[f"quantity_{name}"] for name in ("shipped", "confirmed", "remaining"))


def test_a_correction_stays_in_force_when_its_original_is_refused_later(house, tmp_path):
    first = listed(tmp_path / "u.txt", 1, 0)
    house.run(first, upload(tmp_path / "a.txt", (1, "1", "T1")))
    house.run(first, report(tmp_path / "more.txt", 2), upload(tmp_path / "b.txt", (1, "1", "T2"), (2, "2", "X")))
    house.run(first, answer(tmp_path / "all-well.txt", 2))
    house.run(first, answer(tmp_path / "refused.txt", 1, 1))
    assert item(house) == ("shipped", "1", "1", "0")
    assert ("SHP-116", order(1)[0]) in house.run(first, upload(tmp_path / "c.txt", (1, "1", "T2")))


@pytest.mark.slow
def test_what_amazon_reported_before_us_is_added_to_what_a_correction_holds(house, tmp_path):
    first = listed(tmp_path / "u.txt", 4, 1)
    house.run(first, upload(tmp_path / "a.txt", (1, "3", "T1")))
    house.run(first, upload(tmp_path / "b.txt", (1, "3", "T2")))
    house.run(first, answer(tmp_path / "refused.txt", 1, 1))
    assert item(house) == ("shipped", "4", "3", "0")


@pytest.mark.parametrize("order_of_answers", [("a", "b"), pytest.param(("b", "a"), marks=pytest.mark.slow)])
@pytest.mark.slow
def test_where_both_are_refused_nothing_is_confirmed_whatever_came_first(house, tmp_path, order_of_answers):
    first = listed(tmp_path / "u.txt", 2, 0)
    others = report(tmp_path / "others.txt", 2)
    house.run(first, others, upload(tmp_path / "a.txt", (1, "2", "T1"), (2, "2", "X1")))
    house.run(first, upload(tmp_path / "b.txt", (1, "2", "T2")))
    answers = {"a": answer(tmp_path / "answer-a.txt", 2, 1), "b": answer(tmp_path / "answer-b.txt", 1, 1)}
    house.run(first, answers[order_of_answers[0]])
    assert item(house)[0] == "shipped"
    house.run(first, answers[order_of_answers[1]])
    assert item(house) == ("unshipped", "0", "0", "2")


@pytest.mark.slow
def test_a_refused_correction_leaves_what_it_corrected_in_force(house, tmp_path):
    first = listed(tmp_path / "u.txt", 2, 0)
    house.run(first, upload(tmp_path / "a.txt", (1, "2", "T1")))
    house.run(first, report(tmp_path / "more.txt", 2), upload(tmp_path / "b.txt", (1, "2", "T2"), (2, "2", "X")))
    house.run(first, answer(tmp_path / "refused.txt", 2, 1))
    assert item(house)[0] == "shipped"
    assert ("SHP-116", order(1)[0]) in house.run(first, upload(tmp_path / "c.txt", (1, "2", "T1")))


@pytest.mark.slow
def test_of_two_parcels_one_is_refused_and_the_other_stays(house, tmp_path):
    first = listed(tmp_path / "u.txt", 2, 0)
    house.run(first, upload(tmp_path / "a.txt", (1, "1", "T1"), (1, "1", "T2")))
    house.run(first, answer(tmp_path / "refused.txt", 2, 1))
    assert item(house) == ("partially-shipped", "1", "1", "1")
    assert ("SHP-127", order(1)[0]) in house.run(first, upload(tmp_path / "b.txt", (1, "1", "T3")))
    assert house.fed() == ["T3"]


@pytest.mark.slow
def test_what_was_shipped_before_us_stays_known_after_our_first_confirmation_is_refused(house, tmp_path):
    house.run(listed(tmp_path / "u.txt", 4, 1), upload(tmp_path / "a.txt", (1, "1", "T1")))
    assert item(house) == ("partially-shipped", "2", "1", "2")
    later = listed(tmp_path / "u2.txt", 4, 2)
    house.run(later, answer(tmp_path / "refused.txt", 1, 1))
    assert item(house) == ("partially-shipped", "2", "0", "2")
    house.run(later, upload(tmp_path / "b.txt", (1, "1", "T2")))
    assert item(house) == ("partially-shipped", "2", "1", "2")
