"""``ledger show``, whatever text is given for an order id."""

import logging
import re

import pyarrow as pa
import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline import cli
from pipeline.app import console
from pipeline.model import order_keys
from pipeline.utils.arrow import to_series
from tests.conftest import CALM
from tests.house import House, order, report

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
