"""A year of made-up weekly nights: what was put in at known places is told there, and nowhere else."""

import datetime as dt
import json
import random
import re

import pytest

from pipeline import policy
from pipeline.ingest import sources
from pipeline.model.account import Account
from pipeline.model.profiles import PastRun
from pipeline.model.run_context import RunContext
from pipeline.publish import manifest, publish_run
from pipeline.publish.reports import metrics
from pipeline.quality import compare
from tests import whole

pytestmark = pytest.mark.slow
WEEKS, ORDERS = 52, 120
FIRST = dt.datetime(2025, 1, 6, 7, tzinfo=dt.UTC)
NEW_COLUMN, NEW_VALUE, LESS_FILLED, MORE_REJECTED, FEW_ROWS = 10, 20, 30, 40, 45
COLUMNS = (
    "order-id order-item-id purchase-date payments-date reporting-date promise-date sku quantity-purchased "
    "quantity-shipped quantity-to-ship ship-service-level ship-country buyer-name"
).split()


def week(number):
    """The Unshipped Orders report of a week; what is odd about it begins in the week that its name says."""
    dice, night = random.Random(number), FIRST + dt.timedelta(weeks=number)
    names = [*COLUMNS, *["is-iba"] * (number >= NEW_COLUMN)]
    lines = ["\t".join(names)]
    for at in range(10 if number == FEW_ROWS else ORDERS):
        bought = night - dt.timedelta(hours=dice.randint(4, 140))
        row = {
            "order-id": f"111-{number:07}-{at:07}",
            "order-item-id": f"1{number:05}{at:08}",
            "purchase-date": bought.isoformat(),
            "payments-date": "" if number >= LESS_FILLED and at % 2 else bought.isoformat(),
            "reporting-date": (bought + dt.timedelta(hours=1)).isoformat(),
            "promise-date": (night + dt.timedelta(days=3)).isoformat(),
            "sku": "" if number == MORE_REJECTED and at % 5 == 0 else f"SKU-{dice.randint(1, 400)}",
            "quantity-purchased": "1",
            "quantity-shipped": "0",
            "quantity-to-ship": "1",
            "ship-service-level": "Next"
            if number == NEW_VALUE and at < 3
            else dice.choice(["Standard"] * 5 + ["Second"]),
            "ship-country": dice.choice(["US", "CA", "MX"]),
            "buyer-name": "Zoë Quillfeather",
            "is-iba": "false",
        }
        if number == NEW_VALUE and at < 3:
            row["ship-service-level"] = "Next"
        lines.append("\t".join(row[name] for name in names))
    return night, "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def year(tmp_path_factory):
    """Every week settled, each with the weeks before it as its nights."""
    home, nights, told = tmp_path_factory.mktemp("year"), [], []
    numbers = policy.load_policy("amazon")
    for number in range(WEEKS):
        night, text = week(number)
        path = home / f"unshipped-{number:02}.txt"
        path.write_text(text, encoding="utf-8")
        context = RunContext(night, Account(), numbers)
        found = sources.discover_sources([str(path)], str(home))
        settled = compare.compare_run(whole.settle(found, context), nights)
        told.append(settled)
        summary = compare.summarize_run(settled)
        nights = [*nights, PastRun(manifest.format_as_of(context), metrics.describe_metrics(settled.metrics), summary)]
    return told


def test_drift_is_told_where_it_was_put_and_nowhere_else(year):
    told = {at: {(one.what, one.column) for one in settled.drift} for at, settled in enumerate(year)}
    assert told[NEW_COLUMN] == {("new column", "is-iba")}
    assert told[NEW_VALUE] == {("new value", "ship-service-level")}
    assert ("filled", "payments-date") in told[LESS_FILLED]
    assert {("lines rejected", ""), ("finding", "FMT-001"), ("filled", "sku")} <= told[MORE_REJECTED]
    assert ("number of rows", "") in told[FEW_ROWS]
    lasting = range(LESS_FILLED, WEEKS)  # until it has become usual
    odd = {at for at, said in told.items() if said}
    assert odd - set(lasting) == {NEW_COLUMN, NEW_VALUE}
    assert {what for at in lasting if at not in (MORE_REJECTED, FEW_ROWS) for what in told[at]} == {
        ("filled", "payments-date")
    }


def test_what_was_found_says_what_and_how_much(year):
    (one,) = year[NEW_VALUE].drift
    assert one.description == "Next is new, 3 times"
    (one,) = [one for one in year[MORE_REJECTED].drift if one.what == "lines rejected"]
    assert (one.before, one.now) == ("0.0 %", "20.0 %")


def test_the_page_shows_the_year(year, tmp_path):
    publish_run(whole.ready(year[-1]), tmp_path / "out")
    text = (tmp_path / "out/report.html").read_text("utf-8")
    (chart,) = re.findall(r'<svg class="chart"[^>]*aria-labelledby="chart-refused">.*?</svg>', text)
    shares = [float(one) for one in re.findall(r"<title>([0-9.]+) %</title>", chart)]
    assert len(shares) == 2 * WEEKS  # rejected and unreadable
    assert [at for at, share in enumerate(shares) if share] == [MORE_REJECTED]
    assert shares[MORE_REJECTED] == 20
    assert "Quillfeather" not in text


def test_a_summary_is_small_and_holds_nothing_personal(year):
    text = json.dumps(compare.summarize_run(year[-1]), ensure_ascii=False)
    assert len(text) < 3000
    assert not re.search("Quillfeather|SKU-|111-", text)
