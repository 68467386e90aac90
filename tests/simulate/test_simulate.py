"""The made-up seller: the same seed gives the same bytes, its files are what they are called, and its truth is true."""

import datetime as dt
import gzip
import hashlib
import itertools
import json
import subprocess
import sys
from collections import Counter, defaultdict

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline import cli, policy
from pipeline.app import console, jobs, run_job
from pipeline.ingest import sources
from pipeline.model import account
from pipeline.model.run_context import RunContext
from pipeline.rules import catalogue
from pipeline.simulate import run
from pipeline.simulate.chunk import Chunk
from pipeline.simulate.markets import MARKET_CODES
from pipeline.simulate.order_events import (
    CANCELED_BY_SELLER,
    CONFIRMATION_REFUSED,
    FULFILLED_BY_AMAZON,
    OTHER_CHANNEL,
    SimulationOptions,
    World,
)
from schemas.kinds import KINDS
from tests import whole
from tests.conftest import first_quick
from tests.tables import ABOUT_ORDERS, outcome

START = dt.datetime(2026, 10, 19, 7, tzinfo=dt.UTC)
SEEDS = first_quick(range(1, 21))
# What no line can be damaged to show: the plan of an account, a whole file given twice, and Amazon's own orders, of
# which every All Orders report has many.
ELSEWHERE = {"FIL-009", "FIL-010", "ORD-109"}
ABOUT_LINES = ("FIL", "FMT", "ORD", "SHP", "CAN")
USUAL = SimulationOptions(
    orders=2000, nights=1, seed=1, dirty=0.0, start=START, history=35, marketplaces=("US", "UK", "DE", "JP")
)


def made(folder, **more):
    """A simulation in the folder."""
    run.simulate_seller(USUAL._replace(**more), str(folder))
    return folder


def table(path):
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    return [dict(zip(lines[0].split("\t"), line.split("\t"), strict=True)) for line in lines[1:]]


def truth(folder):
    """The codes that each line of each file must get."""
    told = defaultdict(set)
    for row in table(folder / "truth.tsv"):
        told[row["file"], int(row["line"])].add(row["code"])
    return told


def judged(folder, scratch):
    """What the program, without a memory, says of the files: (file, line) → {(code, severity)}."""
    said = defaultdict(set)
    for row in table(folder / "nights.tsv"):
        here, as_of = folder / row["folder"], dt.datetime.fromisoformat(row["as_of"])
        context = RunContext(as_of, account.load_account(here / "account.toml"), policy.load_policy("amazon"))
        found = outcome(whole.settle(sources.discover_sources([str(here)], str(scratch)), context))
        for one in found.findings:
            said[f"{row['folder']}/{one.file}", one.line].add((one.code, one.severity))
    return said


def digests(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path):
    told = zip("abc", (1, 1, 2), strict=True)
    one, same, other = (made(tmp_path / name, seed=seed, nights=2, dirty=0.05) for name, seed in told)
    assert digests(one) == digests(same)
    assert digests(one) != digests(other)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_damaged_line_gets_its_code_and_no_other_line_an_error(tmp_path, seed):
    folder = made(tmp_path / "made", seed=seed, dirty=0.1, marketplaces=(MARKET_CODES[seed % len(MARKET_CODES)],))
    said = judged(folder, tmp_path)
    told = truth(folder)
    about_lines = {
        place: {code for code in codes if not code.startswith(ABOUT_ORDERS)} for place, codes in told.items()
    }
    assert {
        place: codes for place, codes in about_lines.items() if not codes <= {code for code, _ in said[place]}
    } == {}
    errors = {
        (place, code)
        for place, found in said.items()
        for code, severity in found
        if severity == "error" and not code.startswith(ABOUT_ORDERS)
    }
    assert {(place, code) for place, code in errors if code not in told[place]} == set()


@pytest.mark.slow
def test_every_code_about_lines_is_among_the_damages(tmp_path):
    markets = (*USUAL.marketplaces, "IN")  # where there is Easy Ship
    folder = made(tmp_path / "made", orders=60_000, nights=4, dirty=0.2, marketplaces=markets)
    known = {rule.code for rule in catalogue.list_catalogue() if rule.code.startswith(ABOUT_LINES)}
    refused_feed = {"ACK-605"}  # of the codes about answers the one that a file shows by itself
    assert {code for codes in truth(folder).values() for code in codes} == (known - ELSEWHERE) | refused_feed


def test_every_damage_is_counted_and_a_clean_simulation_has_none(tmp_path):
    clean, dirty = (
        run.simulate_seller(USUAL._replace(dirty=share), str(tmp_path / str(share))) for share in (0.0, 0.02)
    )
    assert clean.damaged == 0
    assert dirty.damaged == len(table(tmp_path / "0.02" / "truth.tsv"))
    assert 0.01 < dirty.damaged / dirty.rows < 0.04


def stands(told, night, *, uploads=True):
    """(order id, sku) → the states of its items that the seller ships, sorted, as they should be after the night's run.

    Without ``uploads`` as Amazon's reports alone tell it; then several items of one sku that do not stand alike are
    left out, as a report without item ids does not say which of them is which.
    """
    world = World(told)
    chunk = Chunk(world, 0, told.orders)
    orders, items, order = chunk.orders, chunk.items, chunk.items.order_index
    now, made = int(world.nights.as_of(night)), int(world.nights.reports_made_at(night))
    refused = (
        (orders.confirmation_outcome == CONFIRMATION_REFUSED)[order]
        & (items.first_night < night)
        & (orders.followup_night[order] > night)
    )
    confirmed = items.first_units * ((items.first_night <= night) & ~refused) + items.second_units * (
        items.second_night <= night
    )
    by_amazon = items.shipped_units(night)
    confirmed = np.maximum(confirmed, by_amazon) if uploads else by_amazon  # Amazon knows more of Easy Ship
    off = uploads & ((orders.outcome == CANCELED_BY_SELLER)[order] | items.canceled_alone)
    canceled = (items.canceled <= made) | (off & (orders.upload_night[order] <= night))
    conditions = {
        "canceled": canceled,
        "shipped": confirmed >= items.units,
        "auto-canceled": now > orders.purchase[order] + world.confirm_within_seconds,
        "partially-shipped": confirmed > 0,
        "unshipped": orders.released[order] <= made,
    }
    state = np.select(list(conditions.values()), list(conditions), "pending")
    ours = (orders.purchase[order] <= made) & ~np.isin(orders.outcome, (FULFILLED_BY_AMAZON, OTHER_CHANNEL))[order]
    ids, skus = chunk.order_id.take(order).to_pylist(), chunk.sku.to_pylist()
    states = states_by_sku((ids[at], skus[at], str(state[at])) for at in np.flatnonzero(ours))
    return {place: each for place, each in states.items() if uploads or len(set(each)) == 1}


def states_by_sku(rows):
    """(order id, sku) → the states of its items, sorted."""
    states = defaultdict(list)
    for order_id, sku, state in rows:
        states[order_id, sku].append(state)
    return {place: sorted(each) for place, each in states.items()}


class Seller:
    """A clean simulation, run night by night with a ledger for each market."""

    def __init__(self, folder, out):
        self.folder, self.out, self.found, self.kinds, self.orders = folder, out, [], {}, {}
        for row in table(folder / "nights.tsv"):
            self.night(row["folder"], dt.datetime.fromisoformat(row["as_of"]))

    def night(self, name, as_of):
        market = name.rpartition("/")[2]
        out = self.out / name
        run_job.execute_job(jobs.Job((str(self.folder / name),), str(out), as_of, ledger=str(self.out / market)))
        self.found += [row | {"as_of": as_of} for row in table(out / "reports/findings.tsv")]
        self.tonight = table(out / "reports/orders.tsv")
        self.orders |= {row["order_id"]: row for row in self.tonight}
        told = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
        self.kinds |= {f"{name}/{one['name']}": one["kind"] for one in told["inputs"]}

    def errors(self):
        return [row for row in self.found if row["severity"] == "error"]


def every_item_stands_where_it_should(seller, told, *, uploads=True):
    """In the last night's list of orders of the one market there is."""
    should = stands(told, told.nights, uploads=uploads)
    found = states_by_sku((row["order_id"], row["sku"], row["state"]) for row in seller.tonight)
    both_by_place = {place: (states, should[place]) for place, states in found.items() if place in should}
    assert {place: both for place, both in both_by_place.items() if Counter(both[0]) - Counter(both[1])} == {}
    places = should.keys() if uploads else should.keys() & found.keys()
    unshipped = [place for place in places if "unshipped" in should[place]]
    assert [place for place in unshipped if place not in found] == []


def only_what_life_calls_for(seller):
    """The only errors are orders that ran out of time and confirmations that the simulated Amazon refused."""
    assert {row["code"] for row in seller.errors()} <= {"LIF-202", "ACK-601"}
    for row in seller.errors():
        if row["code"] == "LIF-202":
            bought = dt.datetime.fromisoformat(seller.orders[row["order_id"]]["purchase_date"])
            assert row["as_of"] - bought > dt.timedelta(days=30)


def every_file_is_what_it_is_called(seller):
    """And every kind of file there is has been among them."""
    names = {name: name.rpartition("/")[2] for name in seller.kinds}
    assert all(names[name].startswith(f"{kind}-") for name, kind in seller.kinds.items())
    assert set(seller.kinds.values()) == {kind.name for kind in KINDS}


@pytest.mark.slow
def test_clean_nights_with_a_ledger_have_no_errors_but_those_of_life(tmp_path):
    told = USUAL._replace(orders=4000, nights=3, marketplaces=("JP",))
    seller = Seller(made(tmp_path / "made", **told._asdict()), tmp_path)
    every_item_stands_where_it_should(seller, told)
    only_what_life_calls_for(seller)
    every_file_is_what_it_is_called(seller)


@pytest.mark.slow
def test_many_clean_nights_with_a_ledger(tmp_path):
    """Across both ends of summer time, with repeats, corrections, refusals, parcels that follow, and lost orders."""
    folder = made(tmp_path / "made", orders=12_000, nights=16, seed=2, marketplaces=("US", "DE"))
    seller = Seller(folder, tmp_path)
    only_what_life_calls_for(seller)
    every_file_is_what_it_is_called(seller)
    codes = Counter(row["code"] for row in seller.found)
    assert {"LIF-202", "LIF-206", "LIF-209", "LIF-213", "ACK-601", "ACK-602"} <= set(codes)
    assert {"ORD-111", "SHP-116", "SHP-121", "SHP-125", "SHP-127", "CAN-504"} <= set(codes)
    assert any("whole feed" in row["message"] for row in seller.found if row["code"] == "ACK-601")
    assert not {"ACK-603", "SHP-115"} & set(codes)


def catalogue_codes():
    return [rule.code for rule in catalogue.list_catalogue()]


def orders_missing_from_reports(told):
    """The ids of the orders that the Unshipped Orders report of some night lacks, though they are open."""
    chunk = Chunk(World(told), 0, told.orders)
    return set(chunk.order_id.take(np.flatnonzero(chunk.incidents.missing_from <= told.nights)).to_pylist())


@pytest.mark.slow
def test_whole_lives_of_orders(tmp_path):
    """From the first order on, past the time in which it must be confirmed: the program knows where each stands."""
    told = USUAL._replace(orders=3000, nights=34, history=2, marketplaces=("UK",))
    seller = Seller(made(tmp_path / "made", **told._asdict()), tmp_path)
    every_item_stands_where_it_should(seller, told)
    only_what_life_calls_for(seller)
    found = {code: {row["order_id"] for row in seller.found if row["code"] == code} for code in catalogue_codes()}
    assert not any(found[code] for code in ("LIF-203", "LIF-205", "LIF-207", "ACK-603"))
    missing = orders_missing_from_reports(told)
    assert found["SHP-124"]
    assert found["LIF-206"]
    assert found["SHP-124"] | found["SHP-115"] | found["LIF-206"] <= missing


@pytest.mark.slow
@pytest.mark.parametrize("market", ["US", "UK"])
def test_what_is_confirmed_elsewhere_is_known_from_the_reports(tmp_path, market):
    told = USUAL._replace(nights=7, history=5, marketplaces=(market,))
    folder = made(tmp_path / "made", **told._asdict())
    for kind in ("confirmation", "cancellation", "processing-report"):
        for path in folder.rglob(f"{kind}-*"):
            path.unlink()
    every_item_stands_where_it_should(Seller(folder, tmp_path), told, uploads=False)


@pytest.mark.slow
def test_a_dirty_night_after_another_is_judged_by_the_same_truth(tmp_path):
    folder = made(tmp_path / "made", orders=8000, nights=4, dirty=0.1, marketplaces=("US", "DE", "UK", "IN"))
    seller = Seller(folder, tmp_path)
    told, said = truth(folder), defaultdict(set)
    dates = {row["as_of"]: row["folder"].partition("/")[0] for row in table(folder / "nights.tsv")}
    by_night = {dt.datetime.fromisoformat(as_of): night for as_of, night in dates.items()}
    for row in seller.found:
        market = row["source_file"].split("-2026")[0].rpartition("-")[2]
        place = f"{by_night[row['as_of']]}/{market}/{row['source_file']}", int(row["line"])
        said[place].add(row["code"])
        about_order = row["code"].startswith(ABOUT_ORDERS)
        assert row["severity"] != "error" or about_order or row["code"] in told[place], (place, row)
    assert {place for place, codes in told.items() if not codes <= said[place]} == set()


PEAK = """
import resource, sys
from pipeline import cli
try:
    cli.main()
finally:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
def test_memory_does_not_grow_with_the_orders(tmp_path):
    def peak(orders):
        words = [
            "simulate",
            "--orders",
            str(orders),
            "--nights",
            "3",
            "--out",
            str(tmp_path / str(orders)),
            "--dirty",
            "2%",
        ]
        told = subprocess.run([sys.executable, "-c", PEAK, *words], capture_output=True, text=True, check=True)
        return int(told.stdout.split()[-1])

    assert peak(1_200_000) < 1.3 * peak(150_000)


def test_the_quirks_of_real_files_are_there(tmp_path):
    folder = made(tmp_path / "made", nights=9)
    files = [path for path in folder.rglob("*.txt*") if path.is_file()]
    plain = {".gz": gzip.decompress, ".txt": bytes}
    data = {path.name: plain[path.suffix](path.read_bytes()) for path in files}
    assert {path.suffix for path in files} == {".txt", ".gz"}

    def some(kind, code):
        return [text for name, text in data.items() if name.startswith(f"{kind}-{code}-")]

    assert all(text.startswith(b"\xef\xbb\xbf") for text in some("all-orders", "us"))
    assert all(line.endswith(b"\t\r") for text in some("unshipped", "uk") for line in text.split(b"\n")[:-1])
    assert b"-07:00" in b"".join(some("unshipped", "us"))
    assert b'12" x 18"' in b"".join(some("orders", "us"))
    assert all("注文番号".encode("cp932") in text.split(b"\n")[1] for text in some("confirmation", "jp"))
    assert "Käufer".encode("cp1252") in b"".join(some("orders", "de"))
    assert any(text.count(b"\n") == 3 for text in some("processing-report", "us"))
    assert b"\t \t" in b"".join(some("returns", "us") + some("returns", "uk"))


class MadeReports:
    """The rows of the files of one kind and market, each with ``file``, in their order."""

    def __init__(self, folder):
        self.folder = folder

    def rows(self, kind, code, encoding="utf-8-sig"):
        for path in sorted(self.folder.rglob(f"{kind}-{code}-*")):
            data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
            header, *lines = [line.split("\t") for line in data.decode(encoding).replace("\r\n", "\n").split("\n")[:-1]]
            yield from ({"file": path.name} | dict(zip(header, line, strict=True)) for line in lines)


def test_what_the_second_edition_reads_is_there(tmp_path):
    """One sku several times in an order, blank item-status, wishes to cancel, promotion lines, days, refused feeds."""
    folder = made(tmp_path / "made", orders=8000, nights=8, marketplaces=("US", "UK", "DE", "IN"))
    made_reports = MadeReports(folder)
    us, de, uk = (list(made_reports.rows("all-orders", *which)) for which in (("us",), ("de", "cp1252"), ("uk",)))
    unshipped = [row for code in ("us", "in") for row in made_reports.rows("unshipped", code)]
    assert len({name for name in unshipped[0] if name} - {"file"}) == 41
    assert len(de[0].keys() - {"file"}) == 57
    canceled = {row["item-status"] for row in uk if row["order-status"] == "Cancelled"}
    assert canceled == {"", "Cancelled"}
    assert "order-item-id" not in uk[0]
    assert max(Counter((row["file"], row["amazon-order-id"], row["sku"]) for row in uk).values()) > 1
    for rows in (de, unshipped):
        assert {row.get("is-buyer-requested-cancellation", "false") for row in rows} == {"false", "true"}
    assert "Easy Ship" in {row.get("fulfilled-by") for row in unshipped}
    assert {len(row["order-item-id"]) for row in us} == {15}
    orders = list(made_reports.rows("orders", "de", "cp1252"))
    details = [(above, row) for above, row in itertools.pairwise(orders) if not row["purchase-date"]]
    assert details
    for above, row in details:
        assert row["order-item-id"] == above["order-item-id"]
        assert float(row["item-promotion-discount"]) < 0
    assert {len(row["sent-date"]) for row in made_reports.rows("contacts", "uk")} == {10, 25}
    answers = [path.read_text(encoding="utf-8").split("\n") for path in folder.rglob("processing-report-u*")]
    refused = [lines for lines in answers if lines[-2].startswith("0\t\t\t90012\tFatal\t")]
    assert refused
    assert all([line.split("\t")[-1] for line in lines[1:3]] == ["0", "0"] for lines in refused)


@pytest.mark.parametrize("words", [["--marketplaces", "US,MARS"], ["--dirty", "21%"], ["--nights", "0"]])
def test_what_cannot_be_made_is_a_wrong_option(tmp_path, words):
    result = CliRunner().invoke(cli.main, ["simulate", "--out", str(tmp_path / "made"), *words])
    assert result.exit_code == console.WRONG_USAGE
    assert not (tmp_path / "made").exists()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    result = CliRunner().invoke(cli.main, ["simulate", "--orders", "10", "--out", str(tmp_path)])
    assert result.exit_code == console.WRONG_USAGE
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_one_order_and_one_night_are_enough(tmp_path):
    result = CliRunner().invoke(
        cli.main, ["simulate", "--orders", "1", "--nights", "1", "--out", str(tmp_path / "made"), "--dirty", "20%"]
    )
    assert result.exit_code == console.OK, result.output
    assert (tmp_path / "made" / "truth.tsv").exists()
