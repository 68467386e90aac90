"""Three nights without a person against the made-up Amazon: `make demo-amazon`.

The seller is the one of `feedwarden simulate`. Time is simulated: what Amazon takes minutes for takes none here.
"""

import shutil
import sys
import time as real_time
from collections import Counter
from pathlib import Path

from tests.amazon.fake_server import FakeAmazon
from tests.amazon.made_up_amazon import MadeUpAmazon, SimulatedTime
from tests.amazon.seller_home import Home
from tests.amazon.simulated_seller import FIRST_NIGHT, SimulatedSeller

NIGHTS, ORDERS = 3, 150
DAY = 86_400


def play_nights(folder, say):
    """Three nights in a new folder; `say` gets what is told, line by line."""
    shutil.rmtree(folder, ignore_errors=True)
    home_folder = folder / "seller"
    home_folder.mkdir(parents=True, mode=0o700)
    time = SimulatedTime(FIRST_NIGHT)
    seller = SimulatedSeller(folder / "simulated", NIGHTS + 1, orders=ORDERS, time=time)
    with FakeAmazon(MadeUpAmazon(time, seller)) as fake:
        home = Home(home_folder, fake)
        shutil.copy(seller.account_file(), home_folder / "account.toml")
        statuses = []
        for night in range(1, NIGHTS + 1):
            time.passed = max(time.passed, (night - 1) * DAY)
            seller.give_own_files(night, home.inbox)
            asked = len(fake.exchanges)
            say(f"\n{time.amazon_time():%Y-%m-%d %H:%M} UTC  $ feedwarden night --home {home_folder}")
            statuses.append(home.run("night", "--home", home_folder))
            for line in home.output.splitlines():
                say(f"  {line}")
            calls = Counter(exchange.operation for exchange in fake.exchanges[asked:])
            say(f"  exit status {statuses[-1]}; calls: {', '.join(f'{name} {n}' for name, n in sorted(calls.items()))}")
        home.run("amazon", "status", "--amazon", home.account)
        say(f"\n$ feedwarden amazon status --amazon {home.account}\n{home.output}")
        home.assert_no_secret_written()
    return statuses


def main():
    started = real_time.perf_counter()
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "out/demo-amazon")
    statuses = play_nights(folder, print)
    print(f"{NIGHTS} nights in {real_time.perf_counter() - started:.0f} s; what they wrote is in {folder}/seller")  # noqa: T201  a demonstration tells
    sys.exit(0 if set(statuses) <= {0, 1} else 1)


if __name__ == "__main__":
    main()
