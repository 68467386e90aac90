"""Each line of the worklist knows its marketplace, and its order opens in the Seller Central of that."""

import json
import re

import pytest

from pipeline.publish.page import seller_central

ORDER = "111-0000001-0000000"


@pytest.mark.parametrize(
    ("marketplace", "host"),
    [
        ("Amazon.com", "sellercentral.amazon.com"),
        ("Amazon.ca", "sellercentral.amazon.ca"),
        ("Amazon.de", "sellercentral-europe.amazon.com"),
        ("Amazon.co.uk", "sellercentral-europe.amazon.com"),
        ("Amazon.nl", "sellercentral.amazon.nl"),
        ("Amazon.be", "sellercentral.amazon.com.be"),
        ("Amazon.co.jp", "sellercentral.amazon.co.jp"),
    ],
)
def test_an_order_is_at_the_host_of_its_marketplace(marketplace, host):
    assert seller_central.order_url(marketplace, ORDER) == f"https://{host}/orders-v3/order/{ORDER}"


@pytest.mark.parametrize("text", [None, "", "S01-1234567-1234567", "javascript:alert(1)", f"{ORDER}/..", f"{ORDER}\n"])
def test_what_is_no_order_id_is_no_link(text):
    assert seller_central.order_url("Amazon.com", text) == ""


def test_lines_of_several_marketplaces(night):
    night.report([1, 2, 3])
    header, *lines = night.inputs.joinpath("unshipped.txt").read_text("utf-8").splitlines()
    channels = ["Amazon.de", "amazon.co.uk", "Non-Amazon"]
    told = [f"{line}\t{channel}" for line, channel in zip(lines, channels, strict=True)]
    night.write("unshipped.txt", "\n".join([f"{header}\tsales-channel", *told, ""]))
    night.publish(marketplace="Amazon.ca")
    page = night.text("report.html")
    data = json.loads(re.search(r'id="worklist-data">(.*?)</script>', page)[1])
    values, numbers = data["columns"]["marketplace"]
    orders, order_numbers = data["columns"]["order_id"]
    shown = {orders[order]: values[number] for order, number in zip(order_numbers, numbers, strict=True)}
    assert shown == {
        night.order(1): "Amazon.de",
        night.order(2): "Amazon.co.uk",
        night.order(3): "Amazon.ca",  # no store: the account's
    }
    assert f'href="https://sellercentral-europe.amazon.com/orders-v3/order/{night.order(1)}" rel="noreferrer"' in page
