"""Night after night: what one run publishes, the next ones know; a run that was killed leaves no trace but its end."""

import filecmp
import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.ledger.store import Ledger

UNSHIPPED = (
    "order-id order-item-id purchase-date payments-date reporting-date promise-date days-past-promise sku "
    "quantity-purchased quantity-shipped quantity-to-ship ship-service-level"
).split()
CONFIRMATION = "order-id order-item-id quantity ship-date carrier-code carrier-name tracking-number ship-method".split()
ANSWER = "original-record-number order-id order-item-id error-code error-type error-message".split()
BOUGHT, NIGHTS = "2026-03-01T10:00:00+00:00", [f"2026-03-{day:02d}T07:00:00Z" for day in range(8, 16)]


def written(path, header, rows, above=()):
    lines = [*above, "\t".join(header), *("\t".join(row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def order(number):
    return f"111-0000000-{number:07d}", f"1{number:013d}"


def report(path, *numbers, units="2"):
    dates = (BOUGHT, BOUGHT, "2026-03-01T10:40:00+00:00", "2026-03-20T06:59:59+00:00", "")
    return written(path, UNSHIPPED, [(*order(n), *dates, f"SKU-{n}", units, "0", units, "Standard") for n in numbers])


def upload(path, *rows):
    """Rows of (number, quantity, tracking number)."""
    return written(
        path, CONFIRMATION, [(*order(n), units, "2026-03-05", "GLS", "", track, "") for n, units, track in rows]
    )


class House:
    """A seller's folder with its ledger."""

    def __init__(self, folder):
        self.folder, self.night = folder, 0

    def run(self, *files, out=None, night=None):
        """One night; its findings as (code, line) of the uploads and reports, and what its feed holds."""
        at = NIGHTS[self.night if night is None else night]
        self.night += night is None
        self.out = self.folder / (out or f"out{self.night}")
        words = [
            "run",
            *map(str, files),
            "--as-of",
            at,
            "--out",
            str(self.out),
            "--ledger",
            str(self.folder / "ledger"),
        ]
        result = CliRunner().invoke(cli.main, words)
        assert result.exit_code in (0, 1), result.output
        return {(row["code"], row["order_id"]) for row in self.rows("reports/findings.tsv")}

    def rows(self, name):
        lines = (self.out / name).read_text(encoding="utf-8").split("\n")[:-1]
        return [dict(zip(lines[0].split("\t"), line.split("\t"), strict=True)) for line in lines[1:]]

    def fed(self):
        feed = "feeds/shipping-confirmation-001.tsv"
        return [row["tracking-number"] for row in self.rows(feed)] if (self.out / feed).exists() else []

    def states(self):
        return {row["order_id"]: row["state"] for row in self.rows("reports/orders.tsv")}


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def test_a_confirmation_given_on_two_nights_is_published_once(house, tmp_path):
    first, given = report(tmp_path / "unshipped.txt", 1, 2), upload(tmp_path / "confirm.txt", (1, "2", "T1"))
    house.run(first, given)
    assert house.fed() == ["T1"]
    assert ("SHP-116", order(1)[0]) in house.run(report(tmp_path / "unshipped2.txt", 2), given)
    assert house.fed() == []
    assert house.states() == {order(1)[0]: "shipped", order(2)[0]: "unshipped"} or house.states() == {
        order(2)[0]: "unshipped"
    }


def test_another_tracking_number_is_a_correction_and_ships_nothing_more(house, tmp_path):
    first = report(tmp_path / "unshipped.txt", 1)
    house.run(first, upload(tmp_path / "a.txt", (1, "2", "T1")))
    assert ("SHP-121", order(1)[0]) in house.run(upload(tmp_path / "b.txt", (1, "2", "T2")))
    assert house.fed() == ["T2"]
    assert ("SHP-116", order(1)[0]) in house.run(upload(tmp_path / "b.txt", (1, "2", "T2")))


def test_what_remains_is_what_earlier_nights_left(house, tmp_path):
    house.run(report(tmp_path / "unshipped.txt", 1), upload(tmp_path / "a.txt", (1, "1", "T1")))
    assert house.states() == {order(1)[0]: "partially-shipped"}
    assert ("SHP-106", order(1)[0]) in house.run(upload(tmp_path / "b.txt", (1, "3", "T2")))
    assert ("SHP-106", order(1)[0]) not in house.run(upload(tmp_path / "c.txt", (1, "", "T3")))
    assert house.fed() == ["T3"]
    assert ("SHP-105", order(1)[0]) in house.run(upload(tmp_path / "d.txt", (1, "2", "T4")))


def test_evidence_older_than_a_day_is_named(house, tmp_path):
    house.run(report(tmp_path / "unshipped.txt", 1, 2))
    assert ("SHP-115", order(1)[0]) not in house.run(upload(tmp_path / "a.txt", (1, "2", "T1")))
    assert ("SHP-115", order(2)[0]) in house.run(upload(tmp_path / "b.txt", (2, "2", "T2")))


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


def test_the_same_run_again_changes_nothing(house, tmp_path):
    files = [report(tmp_path / "unshipped.txt", 1, 2), upload(tmp_path / "a.txt", (1, "2", "T1"))]
    house.run(*files)
    house.run(report(tmp_path / "unshipped2.txt", 2))
    house.run(*files, out="again", night=0)
    assert Ledger(str(tmp_path / "ledger")).last == 2
    assert alike(tmp_path / "out1", tmp_path / "again")


def alike(one, other):
    """Whether two folders hold the same files with the same bytes."""
    names = [{path.relative_to(here).as_posix() for path in here.rglob("*") if path.is_file()} for here in (one, other)]
    return (
        names[0] == names[1]
        and filecmp.cmpfiles(one, other, names[0], shallow=False)[0] != []
        and all((one / name).read_bytes() == (other / name).read_bytes() for name in names[0])
    )


KILLER = """
import os, sys
from pipeline import cli
from pipeline.ledger import commit
from pipeline.publish import place
left = [int(sys.argv.pop(1))]
def deadly(work):
    def maybe(*args, **words):
        left[0] -= 1
        if left[0] == 0:
            os._exit(9)
        return work(*args, **words)
    return maybe
commit.write_deltalake = deadly(commit.write_deltalake)
commit.DeltaTable.create = deadly(commit.DeltaTable.create)
place._flush = deadly(place._flush)
place._swap = deadly(place._swap)
cli.main()
"""


@pytest.mark.slow
@pytest.mark.parametrize("at", range(1, 10))
def test_a_run_that_was_killed_is_as_if_it_had_not_been(house, tmp_path, at):
    files = [report(tmp_path / "unshipped.txt", 1, 2), upload(tmp_path / "a.txt", (1, "2", "T1"))]
    place = tmp_path / "killed"
    place.mkdir()
    words = [
        "run",
        *map(str, files),
        "--as-of",
        NIGHTS[0],
        "--out",
        str(place / "out1"),
        "--ledger",
        str(place / "ledger"),
    ]
    dead = subprocess.run([sys.executable, "-c", KILLER, str(at), *words], check=False, capture_output=True)
    assert dead.returncode in (0, 9)
    house.run(*files)
    other = House(place)
    other.run(*files)
    assert alike(tmp_path / "out1", place / "out1")
    assert not [path.name for path in place.iterdir() if path.name.startswith(".out1")]
    told = [Ledger(str(here / "ledger")) for here in (tmp_path, place)]
    assert told[0].last == told[1].last == 1
    for read in (Ledger.items, Ledger.confirmations):
        one, two = (read(ledger).drop(columns="seq") for ledger in told)
        assert one.equals(two)


def test_nothing_personal_is_remembered(house, tmp_path):
    header = [*UNSHIPPED, "buyer-name", "recipient-name", "ship-address-1"]
    row = [*(report(tmp_path / "unshipped.txt", 1).read_text(encoding="utf-8").split("\n")[1].split("\t"))]
    house.run(written(tmp_path / "private.txt", header, [[*row, "Zq7 Private", "Zq7 Private", "12 Zq7 Street"]]))
    ledger = Ledger(str(tmp_path / "ledger"))
    held = ledger.items().astype(str).to_csv() + json.dumps(ledger.last_run(), default=str)
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
    assert told(house, "history").output.count("published") == 2


def test_a_damaged_ledger_is_named(house, tmp_path):
    house.run(report(tmp_path / "unshipped.txt", 1))
    assert told(house, "verify").exit_code == 0
    next((tmp_path / "ledger/order_items").rglob("*.parquet")).write_bytes(b"no parquet")
    damaged = told(house, "verify")
    assert damaged.exit_code == 4
    assert "order_items: cannot be read" in damaged.output
