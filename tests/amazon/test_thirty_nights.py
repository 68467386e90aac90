"""Thirty nights of `feedwarden night` against the fake Amazon, with the simulated seller behind it.

Beside them the same nights are run from the simulation's own files, as a person would who carries every file by hand:
feeds, worklist and money of both are the same.
"""

import datetime as dt
import re

import pytest
from click.testing import CliRunner

from pipeline.cli import main
from tests import tables
from tests.amazon.fake_server import FakeAmazon
from tests.amazon.made_up_amazon import MadeUpAmazon, SimulatedTime
from tests.amazon.seller_home import Home
from tests.amazon.simulated_seller import FIRST_NIGHT, SimulatedSeller

SAME = ("feeds/", "reports/metrics.json", "reports/orders.tsv", "reports/claims.tsv", "reports/worklist.tsv")
FILE_NAME = re.compile(rb"\b(unshipped|orders|all-orders|returns|processing-report)-[^\s:;,()]+")


def without_file_names(outputs, name):
    """The output with only the kind of each file that it names: fetched files have names of their own."""
    return FILE_NAME.sub(rb"\1", outputs.get(name, b""))


def play_by_hand(folder, seller, night, as_of):
    """The night's run over the simulation's own files; what it wrote."""
    out = folder / f"out-{night}"
    words = ["run", seller.folder / f"night-{night:03}" / "us", "--ledger", folder / "ledger", "--out", out]
    result = CliRunner().invoke(main, [str(word) for word in [*words, "--as-of", as_of.isoformat()]])
    assert result.exit_code in (0, 1), result.output
    return tables.outputs(out)


def start_of(night):
    return FIRST_NIGHT + dt.timedelta(days=night - 1)


@pytest.mark.slow
@pytest.mark.parametrize("nights", [30])
def test_nights_without_a_person(tmp_path, nights):
    time = SimulatedTime(FIRST_NIGHT)
    seller = SimulatedSeller(tmp_path / "seller", nights + 1, time=time)
    with FakeAmazon(MadeUpAmazon(time, seller)) as fake:
        (tmp_path / "home").mkdir(mode=0o700)
        home = Home(tmp_path / "home", fake, '[reports]\nreturns = "wanted"\n')
        (home.folder / "account.toml").write_bytes(seller.account_file().read_bytes())
        for night in range(1, nights + 1):
            time.passed = max(time.passed, (start_of(night) - FIRST_NIGHT).total_seconds())
            seller.give_own_files(night, home.inbox)
            as_of = start_of(night) + dt.timedelta(hours=1)
            status = home.run("night", "--home", home.folder, "--as-of", as_of.isoformat())
            assert status in (0, 1), home.output
            by_hand = play_by_hand(tmp_path, seller, night, as_of)
            (out,) = [path for path in (home.folder / "out").iterdir() if path.name.startswith(f"{as_of:%Y-%m-%d}")]
            written = tables.outputs(out)
            for name in sorted({*by_hand, *written}):
                if name.startswith(SAME):
                    assert without_file_names(written, name) == without_file_names(by_hand, name), (night, name)
        home.assert_no_secret_written()
    assert all(count == 1 for count in fake.amazon.processed_parts().values())
    assert seller.fed
    assert [fed for fed in seller.fed if fed[3] not in (fed[2], 0)] == []  # 0: Amazon refused the feed as a whole
