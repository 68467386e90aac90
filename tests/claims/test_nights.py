"""Claims night after night: what an earlier night was told still counts, and newer words replace older ones."""

import json

import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.ledger.snapshot import LedgerSnapshot
from pipeline.ledger.tables import CLAIMS as CLAIMS_TABLE
from tests.conftest import first_quick
from tests.house import run_night

ORDERS = (
    "order-id order-item-id purchase-date payments-date sku quantity-purchased currency item-price ship-country "
    "latest-ship-date latest-delivery-date"
).split()
CONFIRMATION = "order-id order-item-id quantity ship-date carrier-code carrier-name tracking-number".split()
CONTACTS = "contact-id order-id sent-date direction channel topic".split()
CLAIMS = (
    "claim-id order-id claim-type claim-date claim-amount currency info-requested-date decision decision-date funded-by"
).split()
RETURNS = ["Order ID", "Return request date", "A-to-Z Claim", "In policy", "Return delivery date"]
BOUGHT = "2026-02-20T10:00:00Z"


def order(number):
    return f"111-0000000-{number:07d}", f"1{number:013d}"


class House:
    """A seller's folder with its ledger."""

    def __init__(self, folder):
        self.folder, self.nights = folder, 0

    def write(self, name, header, *rows):
        lines = ["\t".join(header), *("\t".join([*row, *[""] * (len(header) - len(row))]) for row in rows)]
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def orders(self, *numbers):
        dates = ("2026-02-24T07:59:59Z", "2026-03-01T07:59:59Z")
        rows = [(*order(n), BOUGHT, BOUGHT, f"SKU-{n}", "1", "USD", "20.00", "US", *dates) for n in numbers]
        return self.write("orders.txt", ORDERS, *rows)

    def sent(self, *numbers):
        rows = [(*order(n), "1", "2026-02-23", "OnTrac", "", f"TRACK{n}") for n in numbers]
        return self.write("confirmation.txt", CONFIRMATION, *rows)

    def run(self, day, *files, command="claims"):
        """A night; the claims by their ids."""
        self.nights += 1
        self.out = self.folder / f"out{self.nights}"
        run_night(command, f"2026-{day}T07:00:00Z", files, self.folder / "ledger", self.out)
        return {row["claim_id"]: row for row in self.rows("reports/claims.tsv")}

    def rows(self, name):
        lines = (self.out / name).read_text(encoding="utf-8").split("\n")[:-1]
        return [dict(zip(lines[0].split("\t"), line.split("\t"), strict=True)) for line in lines[1:]]

    def todo(self):
        return {(row["action"], row["order_id"]) for row in self.rows("reports/worklist.tsv")}

    def said(self, *codes):
        return [row["code"] for row in self.rows("reports/findings.tsv") if row["code"] in codes]

    def odr(self):
        told = json.loads((self.out / "reports/metrics.json").read_text(encoding="utf-8"))["odr"]
        return told["numerator"], told["denominator"]


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def test_a_claim_of_last_week_still_counts_and_its_deadline_stays(house):
    claim = ("K1", order(1)[0], "not-received", "2026-03-06T10:00:00Z", "20.00", "USD", "", "granted")
    lost = house.write("claims.txt", CLAIMS, (*claim, "2026-03-08T10:00:00Z", "seller"))
    house.run("03-10", house.orders(1, 2), house.sent(1, 2), lost)
    assert house.odr() == (1, 2)
    held = house.run("03-17", house.orders(2), command="run")
    assert (held["K1"]["status"], held["K1"]["counts_in_odr"], house.odr()) == ("granted", "yes", (1, 2))
    assert ("appeal", order(1)[0]) in house.todo()
    held = house.run("04-08", house.orders(2), command="run")
    assert ("appeal", order(1)[0]) not in house.todo()
    assert held["K1"]["status"] == "granted"
    assert "K1" not in house.run("04-25", house.orders(2), command="run")
    assert house.odr() == (0, 0)


@pytest.mark.parametrize("decided", first_quick(["2026-03-25T10:00:00Z", "2026-03-10T10:00:00Z"]))
def test_the_end_of_the_time_to_appeal_is_told_once(house, decided):
    claim = ("K1", order(1)[0], "not-received", "2026-03-06T10:00:00Z", "20.00", "USD", "", "granted", decided)
    house.run("03-26", house.orders(1), house.sent(1), house.write("claims.txt", CLAIMS, (*claim, "seller")))
    assert house.said("CLM-407", "CLM-408") == ["CLM-407"]
    last = 9 if decided.startswith("2026-03-10") else 24  # the later one ends when the order counts no longer
    for day, said in ((last, ["CLM-407"]), (last + 1, ["CLM-408"]), (last + 2, [])):
        house.run(f"04-{day:02}", house.orders(2), command="run")
        assert house.said("CLM-407", "CLM-408") == said


def test_a_reply_of_an_earlier_night_is_remembered(house):
    written = house.write("contacts.txt", CONTACTS, ("C1", order(1)[0], "2026-03-02T10:00:00Z", "buyer", "message"))
    house.run("03-03", house.orders(1), house.sent(1), written)
    assert ("reply", order(1)[0]) in house.todo()
    answered = house.write("contacts.txt", CONTACTS, ("C2", order(1)[0], "2026-03-03T10:00:00Z", "seller", "message"))
    house.run("03-04", answered)
    assert ("reply", order(1)[0]) not in house.todo()
    claim = house.write(
        "claims.txt", CLAIMS, ("K1", order(1)[0], "not-received", "2026-03-06T10:00:00Z", "20.00", "USD")
    )
    held = house.run("03-10", claim)["K1"]
    assert (held["contact_at"], held["reply_at"]) == ("2026-03-02T10:00:00Z", "2026-03-03T10:00:00Z")
    assert "CLM-403" not in held["grant_reasons"]
    assert "CLM-402" not in held["grant_reasons"]  # the confirmation of the first night is evidence


def test_who_waits_is_not_forgotten(house):
    written = house.write("contacts.txt", CONTACTS, ("C1", order(1)[0], "2026-03-02T10:00:00Z", "buyer", "message"))
    house.run("03-03", house.orders(1), house.sent(1), written)
    house.run("03-06", house.orders(2), command="run")
    assert ("reply", order(1)[0]) in house.todo()


@pytest.mark.slow
def test_a_newer_row_of_the_same_claim_replaces_the_older(house):
    claim = ("K1", order(1)[0], "not-received", "2026-03-06T10:00:00Z", "20.00", "USD")
    house.run("03-10", house.orders(1), house.sent(1), house.write("claims.txt", CLAIMS, claim))
    denied = house.write("claims.txt", CLAIMS, (*claim, "", "denied", "2026-03-11T10:00:00Z"))
    assert house.run("03-12", denied)["K1"]["status"] == "denied"
    assert house.run("03-13", house.orders(2), command="run")["K1"]["status"] == "denied"


@pytest.mark.slow
def test_what_had_not_happened_yet_is_remembered(house):
    claim = ("K1", order(1)[0], "not-received", "2026-03-06T10:00:00Z", "20.00", "USD", "", "granted")
    ahead = house.write("claims.txt", CLAIMS, (*claim, "2026-03-10T10:00:00Z", "seller"))
    assert house.run("03-10", house.orders(1), house.sent(1), ahead)["K1"]["status"] == "investigating"
    assert house.said("CLM-417") == ["CLM-417"]
    assert house.run("03-11", house.orders(2), command="run")["K1"]["status"] == "granted"
    assert house.said("CLM-407", "CLM-417") == ["CLM-407"]
    house.run("03-12", ahead)
    assert LedgerSnapshot(str(house.folder / "ledger")).count_rows(CLAIMS_TABLE) == 2


@pytest.mark.slow
def test_a_night_made_up_for_later_takes_nothing_back(house):
    claim = ("K1", order(1)[0], "not-received", "2026-03-06T10:00:00Z", "20.00", "USD")
    denied = house.write("denied.txt", CLAIMS, (*claim, "", "denied", "2026-03-09T10:00:00Z"))
    house.run("03-10", house.orders(1), house.sent(1), denied)
    earlier = house.run("03-08", house.write("claims.txt", CLAIMS, claim))
    assert earlier["K1"]["status"] == "investigating"
    assert house.run("03-11", house.orders(2), command="run")["K1"]["status"] == "denied"


def test_time_alone_makes_information_overdue(house):
    claim = ("K1", order(1)[0], "not-received", "2026-03-06T10:00:00Z", "20.00", "USD", "2026-03-09T10:00:00Z")
    first = house.run("03-10", house.orders(1), house.sent(1), house.write("claims.txt", CLAIMS, claim))
    assert (first["K1"]["status"], first["K1"]["counts_in_odr"]) == ("information-due", "at-risk")
    assert house.run("03-12", house.orders(2), command="run")["K1"]["status"] == "information-overdue"
    assert LedgerSnapshot(str(house.folder / "ledger")).count_rows(CLAIMS_TABLE) == 2


def test_a_return_of_an_earlier_night_is_remembered(house):
    back = house.write("returns.txt", RETURNS, (order(1)[0], "02-Mar-2026", "N", "Y", "04-Mar-2026"))
    house.run("03-05", house.orders(1), house.sent(1), back)
    claim = ("K1", order(1)[0], "not-refunded", "2026-03-06T10:00:00Z", "20.00", "USD")
    held = house.run("03-10", house.write("claims.txt", CLAIMS, claim))["K1"]
    assert "CLM-416" in held["grant_reasons"]
    assert held["contact_at"] == "2026-03-02"


@pytest.mark.slow
def test_the_same_files_again_are_not_kept_twice(house):
    claim = ("K1", order(1)[0], "not-received", "2026-03-06T10:00:00Z", "20.00", "USD")
    files = [
        house.write("claims.txt", CLAIMS, claim),
        house.write("contacts.txt", CONTACTS, ("C1", order(1)[0], "2026-03-05T10:00:00Z", "seller", "message")),
        house.write("returns.txt", RETURNS, (order(1)[0], "02-Mar-2026", "N", "Y")),
    ]
    house.run("03-10", house.orders(1), house.sent(1), *files)
    house.run("03-11", *files)
    told = CliRunner().invoke(cli.main, ["ledger", "verify", "--ledger", str(house.folder / "ledger")]).output
    for table in ("claims", "contacts", "returns"):
        assert f"{table}: 1 row" in told


def test_the_ledger_tells_an_orders_claims(house):
    claim = ("K1", order(1)[0], "not-received", "2026-03-06T10:00:00Z", "20.00", "USD", "", "denied")
    files = [
        house.write("claims.txt", CLAIMS, (*claim, "2026-03-08T10:00:00Z")),
        house.write("contacts.txt", CONTACTS),
    ]
    house.run("03-10", house.orders(1), house.sent(1), *files)
    words = ["ledger", "show", order(1)[0], "--ledger", str(house.folder / "ledger")]
    told = CliRunner().invoke(cli.main, words).output
    for one in ("K1", "denied", "claims.txt:2", "CLM-410"):
        assert one in told


def test_the_facts_of_one_claim(house):
    claim = ("K1", order(1)[0], "not-received", "2026-03-06T10:00:00Z", "20.00", "USD")
    written = house.write("contacts.txt", CONTACTS, ("C1", order(1)[0], "2026-03-05T10:00:00Z", "buyer", "message"))
    claims = house.write("claims.txt", CLAIMS, claim)
    house.run("03-08", house.orders(1), house.sent(1), written)
    words = [
        "--ledger",
        str(house.folder / "ledger"),
        "--as-of",
        "2026-03-10T07:00:00Z",
        "--out",
        str(house.folder / "o"),
    ]
    result = CliRunner().invoke(cli.main, ["claims", str(claims), *words, "--evidence", "K1"])
    assert result.exit_code == 0
    where = ("claims.txt:2", "contacts.txt:2", "confirmation.txt:2", "[ledger]")
    for one in (*where, "TRACK1", "2026-03-05T10:00:00Z", "CLM-409"):
        assert one in result.output
    unknown = CliRunner().invoke(cli.main, ["claims", str(claims), *words, "--evidence", "K9"])
    assert unknown.exit_code == 2
    assert "K9 is neither a claim nor an order" in unknown.output


@pytest.mark.slow
def test_the_facts_of_one_order(house):
    written = house.write("contacts.txt", CONTACTS, ("C1", order(1)[0], "2026-03-05T10:00:00Z", "buyer", "message"))
    house.run("03-08", house.orders(1, 2), house.sent(1), written)
    words = [
        "--ledger",
        str(house.folder / "ledger"),
        "--as-of",
        "2026-06-10T07:00:00Z",
        "--out",
        str(house.folder / "o"),
    ]
    result = CliRunner().invoke(cli.main, ["claims", str(written), *words, "--evidence", order(1)[0]])
    assert result.exit_code == 0, result.output
    for_amazon, for_seller = result.output.split("To tell Amazon")[1].split("For yourself")
    for one in ("2026-02-23", "OnTrac, TRACK1  [confirmation.txt:2]", "buyer, message", "[contacts.txt:2]"):
        assert one in for_amazon
    assert "a reply to the buyer" in for_seller
    assert "TRACK1" not in for_seller
    unknown = CliRunner().invoke(cli.main, ["claims", str(written), *words, "--evidence", order(9)[0]])
    assert unknown.exit_code == 2


@pytest.mark.slow
def test_the_facts_of_a_claim_that_was_closed_long_ago(house):
    claim = ("K1", order(1)[0], "not-received", "2026-03-06T10:00:00Z", "20.00", "USD", "", "denied", "2026-03-08")
    house.run("03-10", house.orders(1), house.sent(1), house.write("claims.txt", CLAIMS, claim))
    words = [
        "--ledger",
        str(house.folder / "ledger"),
        "--as-of",
        "2026-08-10T07:00:00Z",
        "--out",
        str(house.folder / "o"),
    ]
    for asked in ("K1", order(1)[0]):
        result = CliRunner().invoke(cli.main, ["claims", str(house.orders(2)), *words, "--evidence", asked])
        assert result.exit_code == 0, result.output
        for one in ("Status: denied", "TRACK1  [confirmation.txt:2]", "decision-date 2026-03-08  [claims.txt:2]"):
            assert one in result.output
