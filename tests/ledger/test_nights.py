"""Night after night: what one run publishes, the next ones know."""

import json
import shutil

import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.ledger.snapshot import LedgerSnapshot
from tests.house import ANSWER, BOUGHT, NIGHTS, UNSHIPPED, alike, order, report, upload, written


def test_a_confirmation_given_on_two_nights_is_published_once(house, tmp_path):
    first, given = report(tmp_path / "unshipped.txt", 1, 2), upload(tmp_path / "confirm.txt", (1, "2", "T1"))
    house.run(first, given)
    assert house.fed() == ["T1"]
    assert ("SHP-116", order(1)[0]) in house.run(report(tmp_path / "unshipped2.txt", 2), given)
    assert house.fed() == []
    assert house.states() == {order(1)[0]: "shipped", order(2)[0]: "unshipped"} or house.states() == {
        order(2)[0]: "unshipped"
    }


@pytest.mark.slow
def test_another_tracking_number_is_a_correction_and_ships_nothing_more(house, tmp_path):
    first = report(tmp_path / "unshipped.txt", 1)
    house.run(first, upload(tmp_path / "a.txt", (1, "2", "T1")))
    assert ("SHP-121", order(1)[0]) in house.run(upload(tmp_path / "b.txt", (1, "2", "T2")))
    assert house.fed() == ["T2"]
    assert ("SHP-116", order(1)[0]) in house.run(upload(tmp_path / "b.txt", (1, "2", "T2")))


@pytest.mark.slow
def test_what_remains_is_what_earlier_nights_left(house, tmp_path):
    house.run(report(tmp_path / "unshipped.txt", 1), upload(tmp_path / "a.txt", (1, "1", "T1")))
    assert house.states() == {order(1)[0]: "partially-shipped"}
    assert ("SHP-106", order(1)[0]) in house.run(upload(tmp_path / "b.txt", (1, "3", "T2")))
    assert ("SHP-106", order(1)[0]) not in house.run(upload(tmp_path / "c.txt", (1, "", "T3")))
    assert house.fed() == ["T3"]
    assert ("SHP-105", order(1)[0]) in house.run(upload(tmp_path / "d.txt", (1, "2", "T4")))


def test_a_report_made_at_as_of_does_not_count_what_the_run_publishes(house, tmp_path):
    dates = (BOUGHT, BOUGHT, NIGHTS[0], "2026-03-20T06:59:59+00:00", "")
    row = (*order(1), *dates, "SKU-1", "3", "1", "2", "Standard")
    house.run(written(tmp_path / "unshipped.txt", UNSHIPPED, [row]), upload(tmp_path / "a.txt", (1, "1", "T1")))
    (item,) = house.rows("reports/orders.tsv")
    assert (item["quantity_shipped"], item["quantity_remaining"]) == ("2", "1")
    assert ("SHP-106", order(1)[0]) in house.run(upload(tmp_path / "b.txt", (1, "2", "T2")))


PAID = "order-id order-item-id purchase-date payments-date sku quantity-purchased currency latest-delivery-date".split()


@pytest.mark.slow
def test_a_night_without_a_reporting_date_leaves_the_release_as_it_was(house, tmp_path):
    """The earliest reporting-date of all nights counts, and a payments-date only until there is one."""
    bought = [(*order(n), BOUGHT, BOUGHT, f"SKU-{n}", "2", "USD", "2026-03-20T06:59:59Z") for n in (1, 2)]

    def unshipped(name, number, reported):
        dates = (BOUGHT, BOUGHT, reported, "2026-03-20T06:59:59Z", "")
        return written(tmp_path / name, UNSHIPPED, [(*order(number), *dates, f"SKU-{number}", "2", "0", "2", "")])

    def released():
        return [one["released_at"][:10] for one in house.rows("reports/orders.tsv")]

    first = unshipped("a.txt", 1, "2026-03-04T10:00:00Z")
    found = house.run(first, written(tmp_path / "orders.txt", PAID, bought))
    assert released() == ["2026-03-04", "2026-03-01"]
    found |= house.run(written(tmp_path / "orders.txt", PAID, bought), unshipped("b.txt", 2, "2026-03-05T10:00:00Z"))
    assert "LIF-208" not in {code for code, _ in found}  # both were released before the ledger saw their estimates
    assert released() == ["2026-03-04", "2026-03-05"]
    house.run(unshipped("c.txt", 1, "2026-03-03T10:00:00Z"), unshipped("d.txt", 2, "2026-03-06T10:00:00Z"))
    assert released() == ["2026-03-03", "2026-03-05"]


def test_evidence_older_than_a_day_is_named(house, tmp_path):
    house.run(report(tmp_path / "unshipped.txt", 1, 2))
    assert ("SHP-115", order(1)[0]) not in house.run(upload(tmp_path / "a.txt", (1, "2", "T1")))
    assert ("SHP-115", order(2)[0]) in house.run(upload(tmp_path / "b.txt", (2, "2", "T2")))


@pytest.mark.parametrize(("hours", "text"), [(72, "more than 72 hours ago"), (1, "more than 1 hour ago")])
def test_the_time_between_looks_is_named_as_the_policy_has_it(house, tmp_path, hours, text):
    overlay = tmp_path / "policy.toml"
    entry = f'[[entry]]\nname = "order.check_every"\nvalues = [{{ from = 2000-01-01, value = {hours} }}]\n'
    overlay.write_text(f'extends = "amazon"\n\n{entry}', encoding="utf-8")
    house.run(report(tmp_path / "unshipped.txt", 1, 2))
    house.run(
        report(tmp_path / "later.txt", 2), upload(tmp_path / "a.txt", (1, "2", "T1")), "--policy", overlay, night=4
    )
    found = {row["code"]: row["message"] for row in house.rows("reports/findings.tsv")}
    assert found["SHP-115"].endswith(text)
    assert found["LIF-207"].endswith(text)


@pytest.mark.parametrize("nights", [("orders", "unshipped"), ("unshipped", "orders")], ids=" then ".join)
def test_an_item_was_released_when_it_was_first_reported_whichever_night_says_so(house, tmp_path, nights):
    header = "order-id order-item-id purchase-date payments-date sku quantity-purchased currency item-price".split()
    row = (*order(1), BOUGHT, BOUGHT, "SKU-1", "2", "USD", "20.00")
    files = {
        "orders": written(tmp_path / "orders.txt", header, [row]),
        "unshipped": report(tmp_path / "unshipped.txt", 1),
    }
    for kind in nights:
        house.run(files[kind])
    assert house.rows("reports/orders.tsv")[0]["released_at"] == "2026-03-01T10:40:00Z"


@pytest.mark.slow
def test_a_night_made_up_for_later_makes_no_evidence_older(house, tmp_path):
    both, seen = report(tmp_path / "unshipped.txt", 1, 2), ("2026-03-09T07:00:00Z", "2026-03-10T07:00:00Z")
    house.run(both, night=2)
    house.run(both, night=1)
    found = house.run(upload(tmp_path / "a.txt", (1, "2", "T1")), night=3)
    assert {code for code, _ in found}.isdisjoint({"SHP-115", "LIF-207"})
    assert {(row["first_seen"], row["last_seen"]) for row in house.rows("reports/orders.tsv")} == {seen}


def test_what_amazon_refused_is_open_again(house, tmp_path):
    first = report(tmp_path / "unshipped.txt", 1, 2, 3)
    given = upload(tmp_path / "a.txt", (1, "2", "T1"), (2, "2", "T2"), (3, "2", "T3"))
    house.run(first, given)
    summary = ["Riepilogo elaborazione feed:", "\tNumero record elaborati\t\t3", "\tNumero con successo\t\t2", ""]
    told = [("2", order(2)[0], "", "18028", "Errore", "no"), ("3", order(3)[0], "", "18181", "Avviso", "odd")]
    answer = written(tmp_path / "answer.txt", ANSWER, told, summary)
    found = house.run(answer)
    assert {("ACK-601", order(2)[0]), ("ACK-602", order(3)[0])} <= found
    assert "ACK-603" not in {code for code, _ in found}
    assert house.states()[order(2)[0]] == "unshipped"
    assert house.run(given) >= {("SHP-116", order(1)[0]), ("SHP-116", order(3)[0])}
    assert house.fed() == ["T2"]


@pytest.mark.slow
def test_a_correction_stands_where_what_it_corrects_is_refused(house, tmp_path):
    def refusal(name, processed):
        summary = ["Feed Processing Summary:", f"\tNumber of records processed\t\t{processed}"]
        row = ("1", *order(1), "1", "Error", "no")
        return written(
            tmp_path / name, ANSWER, [row], [*summary, f"\tNumber of records successful\t\t{processed - 1}", ""]
        )

    listed = report(tmp_path / "unshipped.txt", 1, 2, 3)
    house.run(listed, upload(tmp_path / "a.txt", (1, "2", "T1"), (2, "2", "T2")))
    house.run(upload(tmp_path / "b.txt", (1, "2", "T3")))
    assert ("ACK-601", order(1)[0]) in house.run(listed, refusal("first.txt", 2))
    assert house.states()[order(1)[0]] == "shipped"
    assert [one["quantity_confirmed"] for one in house.rows("reports/orders.tsv")] == ["2", "2", "0"]
    assert ("ACK-601", order(1)[0]) in house.run(listed, refusal("second.txt", 1))
    assert house.states()[order(1)[0]] == "unshipped"
    assert ("SHP-121", order(1)[0]) not in house.run(listed, upload(tmp_path / "c.txt", (1, "2", "T4")))
    assert house.fed() == ["T4"]
    assert house.states()[order(1)[0]] == "shipped"


def test_an_answer_that_fits_no_feed_is_said(house, tmp_path):
    house.run(report(tmp_path / "unshipped.txt", 1), upload(tmp_path / "a.txt", (1, "2", "T1")))
    summary = [
        "Feed Processing Summary:",
        "\tNumber of records processed\t\t7",
        "\tNumber of records successful\t\t7",
        "",
    ]
    found = house.run(written(tmp_path / "answer.txt", ANSWER, [("1", order(9)[0], "", "1", "Error", "x")], summary))
    assert "ACK-603" in {code for code, _ in found}


def test_a_feed_without_an_answer_is_missed_after_a_day(house, tmp_path):
    first = report(tmp_path / "unshipped.txt", 1)
    house.run(first, upload(tmp_path / "a.txt", (1, "2", "T1")))
    assert "ACK-604" not in {code for code, _ in house.run(first)}
    assert "ACK-604" in {code for code, _ in house.run(first)}


TRACKED = "amazon-order-id purchase-date last-updated-date order-status sku item-status quantity".split()


def tracking(path, day, status, *numbers):
    """An All Orders report without item ids, made on a day of March."""
    at = f"2026-03-{day:02d}T06:00:00+00:00"
    items = status if status in ("Shipped", "Cancelled") else "Unshipped"
    rows = [(order(n)[0], BOUGHT, at, status, f"SKU-{n}", items, "2") for n in numbers]
    return written(path, TRACKED, rows)


@pytest.mark.slow
def test_an_item_known_by_sku_alone_is_forgotten_once_it_is_known_by_its_id(house, tmp_path):
    house.run(tracking(tmp_path / "all.txt", 8, "Pending", 1))
    assert house.states() == {order(1)[0]: "pending"}
    house.run(report(tmp_path / "unshipped.txt", 1), upload(tmp_path / "a.txt", (1, "2", "T1")))
    assert [row["state"] for row in house.rows("reports/orders.tsv")] == ["shipped"]
    house.run(report(tmp_path / "unshipped2.txt", 2))
    assert order(1)[0] not in house.states()


def test_a_newer_report_without_item_ids_says_that_an_item_is_shipped(house, tmp_path):
    house.run(report(tmp_path / "unshipped.txt", 1, 2))
    house.run(tracking(tmp_path / "all.txt", 9, "Shipped", 1), report(tmp_path / "unshipped2.txt", 2))
    assert house.states() == {order(1)[0]: "shipped", order(2)[0]: "unshipped"}


@pytest.mark.slow
def test_all_orders_knows_no_parts_and_takes_none_back(house, tmp_path):
    dates = (BOUGHT, BOUGHT, "2026-03-08T06:00:00Z", "2026-03-20T06:59:59Z", "")
    rows = [
        (*order(n), *dates, f"SKU-{n}", "3", shipped, left, "") for n, shipped, left in ((1, "1", "2"), (2, "0", "3"))
    ]
    house.run(written(tmp_path / "unshipped.txt", UNSHIPPED, rows))
    at = "2026-03-09T06:00:00Z"
    told = [(*order(n), BOUGHT, at, "Shipping", f"SKU-{n}", "Unshipped", "3") for n in (1, 2)]
    header = ["amazon-order-id", "order-item-id", *TRACKED[1:]]
    found = house.run(
        written(tmp_path / "all.txt", header, told), upload(tmp_path / "a.txt", (1, "3", "T1"), (2, "3", "T2"))
    )
    assert ("SHP-106", order(1)[0]) in found
    assert house.fed() == ["T2"]
    assert [one["quantity_shipped"] for one in house.rows("reports/orders.tsv")] == ["1", "3"]
    house.run(written(tmp_path / "all2.txt", header, told), upload(tmp_path / "b.txt", (1, "2", "T1")))
    assert house.fed() == ["T1"]
    assert house.states()[order(1)[0]] == "shipped"


def test_a_canceled_order_is_canceled_with_items_that_only_the_ledger_holds(house, tmp_path):
    house.run(report(tmp_path / "unshipped.txt", 1, 2))
    told = [(order(1)[0], BOUGHT, "2026-03-09T06:00:00Z", "Cancelled", "ANOTHER-NAME", "Cancelled", "0")]
    found = house.run(written(tmp_path / "all.txt", TRACKED, told), upload(tmp_path / "a.txt", (1, "2", "T1")))
    assert {("SHP-104", order(1)[0]), ("LIF-209", order(1)[0])} <= found
    assert house.states() == {order(1)[0]: "canceled", order(2)[0]: "unshipped"}
    assert order(1)[0] not in {one["order_id"] for one in house.rows("reports/worklist.tsv")}


def test_the_same_run_again_changes_nothing(house, tmp_path):
    files = [report(tmp_path / "unshipped.txt", 1, 2), upload(tmp_path / "a.txt", (1, "2", "T1"))]
    house.run(*files)
    house.run(report(tmp_path / "unshipped2.txt", 2))
    house.run(*files, out="again", night=0)
    assert LedgerSnapshot(str(tmp_path / "ledger")).last == 2
    assert alike(tmp_path / "out1", tmp_path / "again")


def test_nothing_personal_is_remembered(house, tmp_path):
    header = [*UNSHIPPED, "buyer-name", "recipient-name", "ship-address-1"]
    row = [*(report(tmp_path / "unshipped.txt", 1).read_text(encoding="utf-8").split("\n")[1].split("\t"))]
    house.run(written(tmp_path / "private.txt", header, [[*row, "Zq7 Private", "Zq7 Private", "12 Zq7 Street"]]))
    ledger = LedgerSnapshot(str(tmp_path / "ledger"))
    held = ledger.read_items().astype(str).to_csv() + json.dumps(ledger.last_run_row(), default=str)
    assert "Zq7" not in held


def told(house, *words):
    return CliRunner().invoke(cli.main, ["ledger", *words, "--ledger", str(house.folder / "ledger")])


def test_an_orders_story_names_file_and_line_of_everything(house, tmp_path):
    house.run(report(tmp_path / "unshipped.txt", 1), upload(tmp_path / "a.txt", (1, "2", "T1")))
    summary = [
        "Feed Processing Summary:",
        "\tNumber of records processed\t\t1",
        "\tNumber of records successful\t\t0",
        "",
    ]
    house.run(
        written(tmp_path / "answer.txt", ANSWER, [("1", order(1)[0], "", "18028", "Error", "no such order")], summary)
    )
    story = told(house, "show", order(1)[0]).output
    for words in ("unshipped.txt:2", "a.txt:2", "answer.txt:6", "GLS T1", "18028 no such order", NIGHTS[0], NIGHTS[1]):
        assert words in story
    assert "answer.txt" not in told(house, "show", order(1)[0], "--version", "1").output
    assert "answer.txt" not in told(house, "show", order(1)[0], "--as-of", NIGHTS[0]).output
    assert told(house, "show", order(2)[0]).exit_code == 2
    assert "order items: unshipped 1\nconfirmations: 1\nclaims: 0\n" in told(house, "show").output
    assert "order items: shipped 1\n" in told(house, "show", "--version", "1").output
    assert told(house, "history", "--version", "3").exit_code == 2
    assert told(house, "history").output.count("published") == 2


@pytest.mark.parametrize("what", ["show", "history", "verify"])
def test_where_no_ledger_is_none_is_shown(house, tmp_path, what):
    absent = told(house, what)
    assert (absent.exit_code, absent.output.count("\n"), "no ledger found" in absent.output) == (2, 1, True)
    assert not (tmp_path / "ledger").exists()


@pytest.mark.parametrize("ledger", ["out1", "out1/ledger"])
def test_a_ledger_in_the_output_folder_is_refused(house, tmp_path, ledger):
    given = report(tmp_path / "unshipped.txt", 1)
    house.run(given)
    words = ["run", str(given), "--as-of", NIGHTS[1], "--out", str(house.out), "--ledger", str(tmp_path / ledger)]
    before = sorted(house.out.rglob("*"))
    assert CliRunner().invoke(cli.main, words).exit_code == 2
    assert sorted(house.out.rglob("*")) == before


def test_a_damaged_ledger_is_named(house, tmp_path):
    house.run(report(tmp_path / "unshipped.txt", 1))
    assert told(house, "verify").exit_code == 0
    next((tmp_path / "ledger/order_items").rglob("*.parquet")).write_bytes(b"no parquet")
    damaged = told(house, "verify")
    assert damaged.exit_code == 4
    assert "order_items: cannot be read" in damaged.output


def test_a_refusal_is_told_with_its_own_code_where_a_warning_stands_before_it(house, tmp_path):
    house.run(report(tmp_path / "unshipped.txt", 1), upload(tmp_path / "a.txt", (1, "2", "T1")))
    said = [("1", *order(1), "18181", "Warning", "odd number"), ("1", *order(1), "18028", "Error", "no such order")]
    house.run(written(tmp_path / "answer.txt", ANSWER, said, summary(1, 0)))
    story = told(house, "show", order(1)[0]).output
    assert "refused the confirmation: 18028 no such order" in story
    assert "18181" not in story


def test_a_feed_refused_as_a_whole_counts_all_its_records(house, tmp_path):
    house.run(report(tmp_path / "unshipped.txt", 1, 2), upload(tmp_path / "a.txt", (1, "2", "T1"), (2, "2", "T2")))
    whole = written(tmp_path / "answer.txt", ANSWER, [("0", "", "", "90000", "Fatal", "header")], summary(2, 0))
    assert {code for code, _ in house.run(whole)} & {"ACK-601", "ACK-603"} == {"ACK-601"}
    assert house.states() == {order(1)[0]: "unshipped", order(2)[0]: "unshipped"}


@pytest.mark.slow
def test_as_of_finds_the_last_run_where_nights_were_given_out_of_order(house, tmp_path):
    given = report(tmp_path / "unshipped.txt", 1)
    house.run(given, night=2)
    house.run(given, upload(tmp_path / "a.txt", (1, "2", "T1")), night=0, out="earlier")
    assert "GLS T1" in told(house, "show", order(1)[0], "--as-of", NIGHTS[0]).output
    assert len(told(house, "history", "--as-of", NIGHTS[1]).output.splitlines()) == 2


@pytest.mark.parametrize("table", ["runs", "order_items", "confirmations"])
def test_a_table_that_is_gone_is_missed(house, tmp_path, table):
    given = report(tmp_path / "unshipped.txt", 1)
    house.run(given, upload(tmp_path / "a.txt", (1, "2", "T1")))
    shutil.rmtree(tmp_path / "ledger" / table)
    damaged = told(house, "verify")
    assert (damaged.exit_code, f"{table}: the table is gone" in damaged.output) == (4, True)
    words = ["run", given, "--as-of", NIGHTS[1], "--out", tmp_path / "out2", "--ledger", tmp_path / "ledger"]
    ran = CliRunner().invoke(cli.main, [str(word) for word in words])
    assert (ran.exit_code, ran.stderr.count("\n")) == (4, 1)
    assert not (tmp_path / "ledger" / table).exists()


def test_runs_that_cannot_be_read_end_in_a_line(house, tmp_path):
    house.run(report(tmp_path / "unshipped.txt", 1))
    next((tmp_path / "ledger/runs").rglob("*.parquet")).write_bytes(b"no parquet")
    for words in (("show", order(1)[0]), ("history",)):
        ended = told(house, *words)
        assert (ended.exit_code, type(ended.exception)) == (4, SystemExit)


def summary(processed, successful):
    return [
        "Feed Processing Summary:",
        f"\tNumber of records processed\t\t{processed}",
        f"\tNumber of records successful\t\t{successful}",
        "",
    ]
