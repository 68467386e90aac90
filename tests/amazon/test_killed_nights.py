"""A night as a process of its own, ended by SIGKILL at a random instant, and started again until it is done.

FEEDWARDEN_KILLS says how many nights are killed; each is killed once or more often.
"""

import os
import random
import shutil
import subprocess
import time as real_time

import pytest
from click.testing import CliRunner

from pipeline.cli import main
from tests import tables
from tests.amazon.fake_server import FakeAmazon
from tests.amazon.made_up_amazon import MadeUpAmazon, SimulatedTime
from tests.amazon.seller_home import Home
from tests.amazon.simulated_seller import FIRST_NIGHT, SimulatedSeller
from tests.amazon.test_thirty_nights import SAME, without_file_names

KILLS = int(os.environ.get("FEEDWARDEN_KILLS", "10"))
AS_OF = FIRST_NIGHT.replace(hour=8).isoformat()
MAX_STARTS = 40


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    return SimulatedSeller(tmp_path_factory.mktemp("simulated") / "seller", 2, orders=60, time=None)


class PlayedNight:
    """What a night left: outputs, what the ledger says, what Amazon worked off, and how long it took."""

    def __init__(self, folder, seller, kill_after):
        folder.mkdir(mode=0o700)
        time = SimulatedTime(FIRST_NIGHT)
        seller.time, seller.fed = time, []
        amazon = MadeUpAmazon(time, seller)
        self.starts = 0
        with FakeAmazon(amazon) as fake:
            home = Home(folder, fake)
            shutil.copy(seller.account_file(), folder / "account.toml")
            seller.give_own_files(1, home.inbox)
            started = real_time.monotonic()
            while not self.play(home, kill_after(self.starts)):
                assert self.starts < MAX_STARTS
            self.seconds = real_time.monotonic() - started
            home.assert_no_secret_written()
        self.feeds = amazon.processed_parts()
        (out,) = (folder / "out").iterdir()
        self.outputs = {name: without_file_names(tables.outputs(out), name) for name in tables.outputs(out)}
        shown = CliRunner().invoke(main, ["ledger", "show", "--ledger", str(folder / "ledger")])
        assert shown.exit_code == 0
        self.ledger = shown.output
        self.left = [path for path in folder.rglob("*") if path.name.endswith((".aside", ".download"))]

    def play(self, home, seconds):
        """Whether the night came to its end before it was killed."""
        self.starts += 1
        with home.start("night", "--home", home.folder, "--as-of", AS_OF) as process:
            try:
                home.printed.append(process.communicate(timeout=seconds)[0])
            except subprocess.TimeoutExpired:
                process.kill()
                home.printed.append(process.communicate()[0])
                return False
        assert process.returncode in (0, 1, 4), home.printed[-1]
        return process.returncode in (0, 1)


@pytest.fixture(scope="module")
def unharmed(tmp_path_factory, simulated):
    night = PlayedNight(tmp_path_factory.mktemp("unharmed") / "home", simulated, lambda _: None)
    assert night.feeds
    assert night.starts == 1
    return night


@pytest.mark.slow
@pytest.mark.parametrize("number", range(KILLS))
def test_night_killed_at_a_random_instant(tmp_path, simulated, unharmed, number):
    draw = random.Random(number)
    instants = [draw.uniform(0.2, unharmed.seconds * 1.1), draw.uniform(0.2, unharmed.seconds * 1.1)]
    night = PlayedNight(
        tmp_path / "home", simulated, lambda starts: instants[starts] if starts < 1 + number % 2 else None
    )
    assert night.feeds == unharmed.feeds
    assert all(count == 1 for count in night.feeds.values())
    assert night.ledger == unharmed.ledger
    assert not night.left
    for name in sorted({*night.outputs, *unharmed.outputs}):
        if name.startswith(SAME):
            assert night.outputs.get(name) == unharmed.outputs.get(name), name
