"""Claims are judged as the contract reads: what is written of a made-up seller beside an independent reading of it."""

import datetime as dt
import json
import re
from collections import defaultdict
from decimal import Decimal

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.claims import evaluate
from pipeline.cli import main
from tests import tables
from tests.claims import made, oracle, oracle_unclaimed

OTHERS = ("CLM-401", "CLM-419", "CLM-420")  # about orders without a claim
BUYERS = ("reply", "refer", "resolve", "invite")
NO_DUE = "9999"  # sorts behind every due time


class Reports:
    """What a run writes of a seller."""

    def __init__(self, folder, world, nights=1):
        self.world, self.home, self.nights = world, folder, nights
        for night in range(1, nights + 1):
            self.out = self.run(night, nights)
        self.feed = [row for out in sorted(folder.glob("out*")) for row in read_feed(out)]
        self.findings, self.claims = self.read("findings"), {row["claim_id"]: row for row in self.read("claims")}
        self.worklist, self.metrics = self.read("worklist"), json.loads((self.out / "reports/metrics.json").read_text())

    def run(self, night, nights):
        """One run: with several, the reports and uploads come in the first, and all the rest half by half."""
        out, given = self.home / f"out{night}", self.home / f"input{night}"
        given.mkdir()
        for name, data in self.world.files(night if nights > 1 else 0).items():
            (given / name).write_bytes(data)
        account = self.home / "account.toml"
        account.write_text(self.world.account(), encoding="utf-8")
        as_of = self.world.as_of - dt.timedelta(seconds=nights - night)
        words = ["run", str(given), "--as-of", as_of.isoformat(), "--policy", self.world.policy, "--out", str(out)]
        words += ["--account", str(account)]
        ledger = ["--ledger", str(self.home / "ledger")] if nights > 1 else ["--no-ledger"]
        result = CliRunner().invoke(main, [*words, *ledger])
        assert result.exit_code in (0, 1), result.output
        return out

    def holds(self, found):
        """Whether the line that a finding names is one of this run's, about its order."""
        path = self.out.with_name(self.out.name.replace("out", "input")) / found["source_file"]
        lines = path.read_text("utf-8").splitlines() if path.is_file() else []
        return bool(lines) and found["order_id"] in lines[int(found["line"]) - 1].split("\t")

    def read(self, name):
        return rows_of(self.out / f"reports/{name}.tsv")


def read_feed(out):
    return [row for part in sorted((out / "feeds").glob("shipping-confirmation-*.tsv")) for row in rows_of(part)]


def rows_of(path):
    header, *rows = (line.split("\t") for line in path.read_text("utf-8").splitlines())
    return [dict(zip(header, row, strict=True)) for row in rows]


def cell(value):
    """A value as a report writes it."""
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return ";".join(value) if isinstance(value, list) else str(value or "")


def compare(folder, seed, orders, nights=1):
    """Judge a seller by the program and by the oracle; how many claims were compared."""
    world = made.World(seed, orders)
    told = Reports(folder, world, nights)
    known = oracle.prepare(world, told.feed)
    verdicts = {row["claim-id"]: oracle.Claim(known[row["order-id"]], row) for row in world.rows["claims"]}
    compare_claims(told, verdicts)
    compare_orders(told, known, {verdict.order.id for verdict in verdicts.values() if verdict.status() in oracle.OPEN})
    counts = defaultdict(list)
    for verdict in verdicts.values():
        counts[verdict.order.id].append(verdict.counts())
    rate = oracle_unclaimed.rate(world, known, counts)
    assert {name: told.metrics["odr"][name] for name in rate} == rate
    assert told.metrics["exposure"] == oracle_unclaimed.exposure(known)
    return len(verdicts)


def compare_claims(told, verdicts):
    """Row, codes and line of every claim."""
    codes, lines = defaultdict(set), defaultdict(list)
    for found in told.findings:
        if found["message"].startswith("claim K"):
            claim = found["message"].split()[1]
            codes[claim].add(found["code"])
            place = told.world.place(claim, told.nights)
            assert (found["source_file"], found["line"]) == place, found
    for line in told.worklist:
        for claim in re.findall(r"claim (K\d+)", line["reason"]):
            lines[claim].append(line)
    for claim, verdict in verdicts.items():
        row, said = verdict.verdict()
        if told.world.place(claim, told.nights)[0] == "ledger" and verdict.is_closed():
            assert not codes[claim] | set(lines[claim]), claim  # nothing that an earlier night has not said
            continue
        row |= {"contact_at": written(verdict.contact()), "reply_at": written(verdict.reply())}
        mine = told.claims[claim]
        assert {name: mine[name] for name in row} == {name: cell(value) for name, value in row.items()}, claim
        assert codes[claim] - {"CLM-417"} == said - {"CLM-417"}, claim
        assert said <= codes[claim], claim
        assert "CLM-417" not in codes[claim] or verdict.may_contradict_itself(), claim
        assert [shown(line) for line in lines[claim]] == expected([verdict.line()]), claim
        assert {line["amount"] for line in lines[claim]} <= {cell(verdict.amount)}, claim


def written(when):
    """A moment as a contact gives it: an instant or a plain date."""
    return when if when is None or isinstance(when, dt.datetime) else when.isoformat()


def shown(line):
    return line["action"], line["code"], line["due_at"], line["reason"].startswith("overdue")


def expected(lines):
    return [(action, code, cell(due), over) for action, code, due, over in filter(None, lines)]


def compare_orders(told, known, claimed):
    """What is found about orders without a claim, and what is to be done for their buyers; the order of all lines."""
    codes, lines = defaultdict(set), defaultdict(list)
    for found in told.findings:
        if found["code"] in OTHERS:
            codes[found["order_id"]].add(found["code"])
            assert told.holds(found) or (found["source_file"], found["line"]) == ("ledger", "0"), found
            assert told.holds(found) or told.nights > 1 or not known[found["order_id"]].known, found
    for line in told.worklist:
        if line["action"] in BUYERS or line["code"] in OTHERS:
            item, amount = (line["order_item_id"], line["amount"]) if line["code"] == "CLM-420" else ("", "")
            lines[line["order_id"]].append((*shown(line), item, amount))
    for order in known.values():
        said, todo = oracle_unclaimed.judge(order)
        assert codes[order.id] == said, order.id
        wanted = [(*one, item, cell(amount)) for *line, item, amount in todo for one in expected([line])]
        assert sorted(lines[order.id]) == sorted(wanted), order.id
    assert not [line for line in told.worklist if line["action"] == "ship" and line["order_id"] in claimed]
    assert [place(line) for line in told.worklist] == sorted(place(line) for line in told.worklist)


def place(line):
    """Where a line stands: an appeal that nobody knows the time of first, what is overdue last."""
    overdue, due = line["reason"].startswith("overdue"), line["due_at"]
    urgent = "" if line["action"] == "appeal" else NO_DUE
    return overdue, due or urgent, line["action"], line["order_id"], line["order_item_id"]


SEEDS = [(0, 250, 1), *(pytest.param(seed, 1200, 1, marks=pytest.mark.slow) for seed in range(1, 7))]
SEEDS += [pytest.param(seed, 600, 2, marks=pytest.mark.slow) for seed in range(7, 10)]


@pytest.mark.parametrize(("seed", "orders", "nights"), SEEDS)
def test_claims_are_judged_as_the_contract_reads(seed, orders, nights, tmp_path):
    assert compare(tmp_path, seed, orders, nights) > orders // 2


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(10, 2**32))
def test_claims_are_judged_as_the_contract_reads_drawn(seed, tmp_path_factory):
    compare(tmp_path_factory.mktemp("drawn"), seed, 30)


@pytest.mark.slow
@pytest.mark.parametrize("most", [9, 50])
def test_claims_are_judged_alike_in_any_slices(monkeypatch, most):
    """However many claims are judged at a time, and on however many cores."""
    world = made.World(5, 60)
    told = []
    for cores, few in ((1, 1000), (3, 1), (most, 1)):
        monkeypatch.setattr(evaluate.pa, "cpu_count", lambda cores=cores: cores)
        monkeypatch.setattr(evaluate, "_MIN_SLICE", few)
        told.append(tables.run(world.files(), tables.Options(as_of=world.as_of)).settled)
    for one in told[1:]:
        assert one.findings.equals(told[0].findings)
        assert one.action_items.equals(told[0].action_items)
        assert one.claims.rows.equals(told[0].claims.rows)
        assert one.metrics == told[0].metrics
    assert len(told[0].claims.rows) > len(told)
