"""A fake Amazon and a seller's home for every test; afterwards each test is held against Amazon's models."""

import pytest

from tests.amazon import model_check
from tests.amazon.fake_server import FakeAmazon
from tests.amazon.made_up_amazon import MadeUpAmazon, SimulatedTime
from tests.amazon.seller_home import Home

PLAIN = ("token", "document", "upload", "unknown")


@pytest.fixture
def amazon():
    """What Amazon has of the seller; its time goes by only where somebody sleeps."""
    return MadeUpAmazon(SimulatedTime())


@pytest.fixture
def fake(amazon):
    """The made-up Amazon over HTTP. What went over the wire is checked against Amazon's models where they are there."""
    with FakeAmazon(amazon) as server:
        yield server
    assert_wire_is_right(server)


@pytest.fixture
def home(fake, tmp_path):
    """A seller's home; whatever was written in it has no secret (situation 53)."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    seller = Home(folder, fake)
    yield seller
    seller.assert_no_secret_written()


def assert_wire_is_right(server):
    """Every call names this program and keeps its tokens to Amazon's own hosts; models agree where they are there."""
    for exchange in server.exchanges:
        assert server.has_other_clients or exchange.headers["user-agent"].startswith("feedwarden/")
        assert len(exchange.headers["user-agent"]) <= 500
        if exchange.operation in PLAIN:
            assert "x-amz-access-token" not in exchange.headers
            assert exchange.operation != "unknown", exchange.path
    if model_check.find_models() is not None:
        calls = [exchange for exchange in server.exchanges if exchange.operation not in PLAIN]
        if not server.answers_as_the_models:
            calls = [exchange._replace(answer=None) for exchange in calls]
        assert not [fault for exchange in calls for fault in model_check.check_exchange(exchange)]
