"""Laws 3 and 9 of SPEC §10 over made-up nights on one ledger: many orders of few ids, which collide."""

import datetime as dt
import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.app import jobs, run_job
from pipeline.ledger.snapshot import LedgerSnapshot
from tests import strategies
from tests.house import alike

DAY = dt.timedelta(days=1)


class Seller:
    """Nights given one after the other."""

    def __init__(self, folder):
        self.folder, self.files = folder, {}

    def night(self, name, files, as_of, account):
        """One night into the output called so: what its feed holds, and the states of the items it tells of."""
        inbox = self.folder / f"in-{name}"
        inbox.mkdir(exist_ok=True)
        for file, data in files.items():
            (inbox / file).write_bytes(data)
        (inbox / "account.toml").write_text(account, encoding="utf-8")
        out = self.folder / f"out-{name}"
        run_job.execute_job(jobs.Job((str(inbox),), str(out), as_of, str(self.folder / "ledger")))
        feeds = [
            row for feed in sorted(out.glob("feeds/shipping-*")) for row in feed.read_text("utf-8").split("\n")[1:-1]
        ]
        lines = (out / "reports/orders.tsv").read_text("utf-8").split("\n")[1:-1]
        return feeds, {tuple(line.split("\t")[:3]): line.split("\t")[3] for line in lines}

    def remembered(self):
        """Every row of the ledger."""
        ledger = LedgerSnapshot(str(self.folder / "ledger"))
        rows = [
            read(ledger).astype(str).to_numpy().tolist()
            for read in (LedgerSnapshot.read_items, LedgerSnapshot.read_confirmations)
        ]
        return ledger.last, [sorted(map(repr, part)) for part in rows]


def nights(seed, count):
    """Nights of the same orders, a day apart."""
    made = [strategies.night(random.Random(seed * 100 + number).choice, 12) for number in range(count)]
    return [(night.written(), made[0].as_of + number * DAY, made[0].account) for number, night in enumerate(made)]


@pytest.mark.slow
@settings(max_examples=4)
@given(seed=st.integers(0, 10**6))
def test_the_same_run_twice_is_the_same_run_once(tmp_path_factory, seed):
    seller = Seller(tmp_path_factory.mktemp("seller"))
    told = nights(seed, 3)
    for number, one in enumerate(told):
        seller.night(number, *one)
    before = seller.remembered()
    for number, one in enumerate(told):
        again = seller.folder / f"in-again-{number}"
        (seller.folder / f"in-{number}").rename(again)
        seller.night(f"again-{number}", *one)
        assert alike(seller.folder / f"out-{number}", seller.folder / f"out-again-{number}")
    assert seller.remembered() == before


@pytest.mark.slow
@settings(max_examples=4)
@given(seed=st.integers(0, 10**6))
def test_what_was_published_is_not_published_again(tmp_path_factory, seed):
    seller = Seller(tmp_path_factory.mktemp("seller"))
    (files, as_of, account), *_ = nights(seed, 1)
    first, _ = seller.night("first", files, as_of, account)
    again, _ = seller.night("again", files, as_of + dt.timedelta(minutes=1), account)
    uploads = {name: data for name, data in files.items() if name.startswith("confirmation")}
    alone, _ = seller.night("alone", uploads, as_of + dt.timedelta(minutes=2), account)
    assert not Counter(again) & Counter(first)
    assert not Counter(alone) & (Counter(first) + Counter(again))


@pytest.mark.slow
@settings(max_examples=4)
@given(seed=st.integers(0, 10**6))
def test_later_nights_reopen_nothing(tmp_path_factory, seed):
    seller = Seller(tmp_path_factory.mktemp("seller"))
    (files, as_of, account), *_ = nights(seed, 1)
    reports = {name: data for name, data in files.items() if not name.startswith(("conf", "canc"))}
    gone = set()
    for days in (0, 1, 25, 31, 62):
        _, states = seller.night(days, reports, as_of + days * DAY, account)
        assert not {item for item in gone if item in states} - {
            item for item in states if states[item] == "auto-canceled"
        }
        gone |= {item for item, state in states.items() if state == "auto-canceled"}
    assert gone
