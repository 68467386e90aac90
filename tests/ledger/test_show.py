"""``ledger show``, whatever text is given for an order id."""

import datetime as dt
import logging
import re

import pyarrow as pa
import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline import cli
from pipeline.app import console
from pipeline.ledger import DATA_TABLES, ORDER_ITEMS, LedgerSnapshot, order_events
from pipeline.model import order_keys
from pipeline.utils.arrow import to_series
from schemas.examples import read_example
from schemas.kinds import KINDS
from tests.conftest import CALM
from tests.house import NIGHTS, House, order, report

UPLOADED_AT = "2026-03-10T09:30:00Z"
ORDER_IDS = st.from_regex(r"[0-9]{3}-[0-9]{7}-[0-9]{7}", fullmatch=True)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    """A ledger that knows one order."""
    house = House(tmp_path_factory.mktemp("shown"))
    house.run(report(house.folder / "unshipped.txt", 1))
    log = logging.getLogger("feedwarden")
    log.handlers, log.propagate = [], True  # as in a new process, where errors are printed
    return str(house.folder / "ledger")


def show(ledger, text):
    return CliRunner().invoke(cli.main, ["ledger", "show", "--ledger", ledger, "--", text])


def test_an_order_that_the_ledger_knows_is_told(ledger):
    result = show(ledger, order(1)[0])
    assert result.exit_code == console.OK
    assert result.output.startswith(f"Order {order(1)[0]}, purchased ")


@CALM
@given(st.one_of(st.text(), st.text("0123456789-"), ORDER_IDS))
@example("")
@example("1" * 24)  # more digits than a number of 64 bits holds
@example("9" * 17)  # as many digits as an order id
@example(order(1)[0].replace("-", ""))
@example(order(1)[0] + "\n")
@example("\u0661" * 3 + "-0000000-0000001")  # digits, though not ASCII's
@example("\ud800\x1b[2J")
@example("x" * 100_000)
def test_any_other_text_ends_with_one_line_and_2(ledger, text):
    result = show(ledger, text)
    if text == order(1)[0]:
        return
    assert (result.exit_code, result.output.count("\n")) == (console.WRONG_USAGE, 1)
    assert result.output.startswith("feedwarden: ")
    assert len(result.output) < 1000
    assert result.exception is None or isinstance(result.exception, SystemExit)


@pytest.fixture(scope="module")
def example_ledger(tmp_path_factory):
    """A ledger that knows the night that the examples of all kinds are, with a feed that was uploaded."""
    folder = tmp_path_factory.mktemp("examples")
    for kind in KINDS:
        if kind.name != "processing-report":
            (folder / f"{kind.name}.txt").write_text(read_example(kind) + "\n", encoding="utf-8")
    url = str(folder / "ledger")
    words = ["--ledger", url, "--as-of", "2026-03-10T07:00:00Z", "--out", str(folder / "out"), "--quiet"]
    for command in (["run", str(folder), *words], ["feeds", "uploaded", "1", "--ledger", url, "--as-of", UPLOADED_AT]):
        result = CliRunner().invoke(cli.main, command)
        assert result.exit_code == console.OK, result.output
    return url


SHOWN = {  # the order, by its last digits → lines of what is shown of it
    1: (
        "item 10000000000011 (MUG-BLUE) is shipped: 2 purchased, 2 confirmed by us",
        f"shipping-confirmation-001.tsv of run 1 is uploaded since {UPLOADED_AT}",
        "item 10000000000011: 1 confirmed, shipped 2026-03-09 with UPS 1Z999AA10123456784  [confirmation.txt:2]",
    ),
    2: ("item 10000000000021: 1 confirmed, shipped 2026-03-09 with City Bikes CB-1042  [confirmation.txt:4]",),
    4: (
        f"order-cancellation-001.tsv of run 1 is uploaded since {UPLOADED_AT}",
        "item 10000000000041: canceled by us, reason NoInventory  [cancellation.txt:3]",
    ),
    11: ("whole order: canceled by us  [cancellation.txt:10]",),
    12: ("2026-03-07            message from Amazon about address  [contacts.txt:6]",),
    21: (
        (
            "claim A1 (not-received) information-due, for 39.90 USD, counts in the order defect rate: open, "
            "answer by 2026-03-11T16:20:00Z"
        ),
        "2026-02-16T18:15:00Z  message from the buyer about delivery  [contacts.txt:2]",
        "2026-02-16T23:40:00Z  message to the buyer about delivery  [contacts.txt:3]",
        "2026-02-25            negative-feedback D1  [defects.txt:2]",
    ),
    22: (
        "2026-02-20            return request from the buyer about item, resolved 2026-02-22  [contacts.txt:4]",
        "2026-02-21T09:00:00Z  reply to the return request about item  [contacts.txt:5]",
    ),
    23: ("2026-02-25            negative-feedback D3, removed 2026-03-02  [defects.txt:4]",),
    26: (
        (
            "2026-02-20            item 10000000000261: return requested, Completed, StandardRefund, quantity 1, "
            "delivered back 2026-02-25, refunded 39.90 of 39.90 USD  [returns.txt:2]"
        ),
    ),
}


@pytest.mark.parametrize(("number", "expected"), SHOWN.items())
def test_everything_that_is_known_of_an_order_is_shown(example_ledger, number, expected):
    shown = show(example_ledger, f"111-1000000-{number:07d}").output
    for line in expected:
        assert line in shown
    events = shown.split("\n\n")[-1].rstrip("\n").split("\n")
    dates = [re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", event)[0] for event in events]
    assert dates == sorted(dates)


def test_no_order_has_a_value_called_none(example_ledger):
    """Whatever its rows lack."""
    ids = {row["order_id"] for row in LedgerSnapshot(example_ledger).read_rows(ORDER_ITEMS).to_dict("records")}
    assert len(ids) > len(SHOWN)
    for order_id in sorted(ids):
        assert "None" not in show(example_ledger, order_id).output


def test_rows_that_lack_everything_are_described():
    """Every column that may be null is."""
    run_as_of = {1: dt.datetime(2026, 3, 10, tzinfo=dt.UTC)}
    keys = {"seq": 1, "contact_id": "M1", "claim_id": "A1", "defect_id": "D1", "state": "unknown"}
    for table in DATA_TABLES:
        row = dict.fromkeys(table.schema.names) | {key: keys[key] for key in keys if key in table.schema.names}
        event = order_events.describe_event(table, row, run_as_of)
        assert "None" not in event.text
        assert event.when.instant == run_as_of[1]


def test_an_order_that_only_a_claim_names_is_shown(tmp_path):
    header = "claim-id\torder-id\tclaim-type\tclaim-date\n"
    (tmp_path / "claims.txt").write_text(f"{header}K1\t{order(7)[0]}\tnot-received\t2026-03-01\n", encoding="utf-8")
    House(tmp_path).run(tmp_path / "claims.txt")
    shown = show(str(tmp_path / "ledger"), order(7)[0]).output
    assert shown.startswith(f"Order {order(7)[0]}, in no report yet\n")
    assert "claim K1 (not-received) investigating" in shown


def test_what_every_night_repeats_is_said_once(tmp_path):
    house = House(tmp_path)
    house.run(report(tmp_path / "first.txt", 1))
    house.run(report(tmp_path / "second.txt", 1, 2))
    house.run(report(tmp_path / "third.txt", 1, 2, 3))
    shown = show(str(tmp_path / "ledger"), order(1)[0]).output
    assert [line[:20] for line in shown.split("\n") if line.endswith(".txt:2]")] == [NIGHTS[0]]
    assert f"last seen {NIGHTS[2]}" in shown


@CALM
@given(st.lists(ORDER_IDS, min_size=1, max_size=9))
def test_one_order_id_has_the_key_that_a_column_of_them_has(order_ids):
    keys = order_keys.encode_ids(to_series(pa.array(order_ids)), dashes=True)
    assert [order_keys.encode_order_id(order_id) for order_id in order_ids] == keys.tolist()
    assert all(0 < key < 2**63 for key in keys)
    assert len({*keys}) == len({*order_ids})


@CALM
@given(st.text(max_size=25))
def test_a_text_that_is_no_order_id_has_no_key(text):
    is_order_id = re.fullmatch(r"[0-9]{3}-[0-9]{7}-[0-9]{7}", text) is not None
    assert (order_keys.encode_order_id(text) is not None) == is_order_id
