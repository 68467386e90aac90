"""What stands on report.html, read as HTML without a browser."""

import dataclasses
import hashlib
import html.parser
import json
import re
import time
import urllib.parse
from base64 import b64encode

import pyarrow.parquet as pq
import pytest

from pipeline.model import findings
from pipeline.publish.files.output_folder import OutputFolder
from pipeline.publish.page import headline, render, worklist_desk
from pipeline.rules import shipment_items
from tests import whole
from tests.publish.conftest import Night


class Read(html.parser.HTMLParser):
    """The elements of a page with their attributes, and its text without script and style."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.text, self.inside = [], [], None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self.inside = tag

    def handle_endtag(self, _tag):
        self.inside = None

    def handle_data(self, data):
        if self.inside not in ("script", "style"):
            self.text.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def told_night(tmp_path_factory):
    """A night whose page many tests read."""
    night = Night(tmp_path_factory.mktemp("night"))
    night.report(range(1, 30), promise_date="2026-03-14T06:59:59+00:00")
    night.confirm([1, 2, 99], carrier_code="Pigeon")
    night.confirm([3, 4], name="good.txt")
    night.publish()
    return night


@pytest.fixture(scope="module")
def read(told_night):
    """The page as its elements, and as text."""
    text = told_night.text("report.html")
    return Read(text), text


def test_the_page_is_one_file_and_asks_for_nothing(read):
    told, text = read
    assert not {"link", "img", "iframe", "object", "embed", "base", "form"} & {tag for tag, _ in told.elements}
    assert not [one for _, one in told.elements if {"src", "action", "srcset", "style"} & set(one)]
    assert all(one["rel"] == "noreferrer" for one in told.all("a") if ":" in one["href"])
    addresses = {re.sub(r"[0-9-]+$", "", one["href"]) for one in told.all("a") if ":" in one["href"]}
    assert addresses == {"https://sellercentral.amazon.com/orders-v3/order/"}
    assert set(re.findall(r"https?://(?:(?![0-9]{3}-)[^\"<])*", text)) == addresses
    assert not re.search(r"@import|url\(", text)


def test_only_its_own_script_and_style_may_run(read):
    told, text = read
    (policy,) = [one["content"] for one in told.all("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    for tag in ("script", "style"):
        (own,) = re.findall(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = b64encode(hashlib.sha256(own.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy
    assert not [name for _, one in told.elements for name in one if name.startswith("on")]


def test_every_link_leads_to_a_section_and_no_id_comes_twice(read):
    told, _ = read
    ids = [one["id"] for _, one in told.elements if "id" in one]
    assert len(ids) == len(set(ids))
    assert {one["href"][1:] for one in told.all("a") if one["href"].startswith("#")} <= set(ids)
    named = {word for _, one in told.elements for word in one.get("aria-labelledby", "").split()}
    assert named <= set(ids)


def test_every_output_is_linked_and_every_link_leads_to_a_file(read, told_night):
    told, _ = read
    linked = {urllib.parse.unquote(one["href"]) for one in told.all("a") if not re.match("#|https:", one["href"])}
    assert linked == set(told_night.files()) - {"report.html", "manifest.json"}


def test_the_numbers_are_those_of_the_reports(read, told_night):
    night = told_night
    told, text = read
    words = " ".join(" ".join(told.text).split())
    manifest = json.loads(night.text("manifest.json"))
    total = {fate: sum(one[fate] for one in manifest["inputs"]) for fate in ("accepted", "rejected", "skipped")}
    assert f"{total['rejected']} of {sum(total.values())} lines" in words
    for fate, number in total.items():
        assert f"{number} lines {fate}" in words
    for step in night.text("reports/summary.txt").split("What to do first")[1].split("\n")[1:3]:
        assert step.strip()[3:40] in words
    listed = text.partition('data-name="findings"')[2].partition("</table>")[0]
    assert listed.count("<tr><td>") == len(night.rows("reports/findings.tsv"))
    desk = text.partition('data-name="worklist"')[2].partition("</table>")[0]
    assert desk.count("<tr><td") == len(night.rows("reports/worklist.tsv")) == 27
    assert "29 order items are in reports/orders.tsv" in words
    metrics = json.loads(night.text("reports/metrics.json"))
    metrics.pop("exposure")  # not a rate
    for name, one in metrics.items():
        assert f"{one['numerator']:,} of {one['denominator']:,} in {one['window']['days']} days" in words, name


def test_charts_are_drawn_with_a_title_and_their_numbers(read):
    told, text = read
    charts = [one for one in told.all("svg") if one.get("role") == "img"]
    assert [one["aria-labelledby"] for one in charts] == ["chart-states", "chart-days"]
    assert '<rect x="' in text
    assert text.count("<summary>The numbers</summary>") == len(charts)


def test_bars_are_as_long_as_what_they_stand_for(read):
    _, text = read
    (bar,) = [one for one in re.findall(r"<svg viewBox=\"0 0 1000 24\".*?</svg>", text) if "rejected" in one]
    assert re.findall(r'class="(\w+)" x="([0-9.]+)" y="0" width="([0-9.]+)"', bar) == [("rejected", "0.0", "1000.0")]


def test_the_same_bytes_again_wherever_they_are_made(night, tmp_path, monkeypatch):
    night.report(range(1, 5))
    night.publish()
    first = night.text("report.html")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TZ", "America/St_Johns")
    time.tzset()
    render._load_template.cache_clear()
    night.publish()
    monkeypatch.undo()
    time.tzset()
    assert night.text("report.html") == first
    assert not re.search(r"20(2[0-57-9]|[3-9][0-9])-[0-9]{2}", first)  # no day but those of the inputs, all in 2026


def test_what_looks_like_html_is_shown_as_text(night):
    texts = night.evil()
    night.publish()
    page_ = night.text("report.html")
    told = Read(page_)
    assert [one.get("type") for one in told.all("script")] == ["application/json", None]
    assert len(told.all("style")) == 1
    assert not {"img", "iframe", "base", "link"} & {tag for tag, _ in told.elements}
    assert not [name for _, one in told.elements for name in one if name.startswith("on")]
    words = " ".join("".join(told.text).split())
    readable = [text for text in texts if text.isprintable()]
    assert len(readable) > 20
    assert [text for text in readable if " ".join(text.split()) not in words] == []


def test_nothing_personal_stands_on_it(night):
    night.report(range(1, 30), product_name="Zoë Quillfeather"[:3], ship_country="Narnia")
    night.publish()
    text = night.text("report.html")
    assert "Narnia" not in text  # which is no country: it may be the cell of another column
    assert not re.search("Quillfeather|Millrace|Cinderford|85803", text)


def test_many_findings_are_capped_and_said_to_be(night):
    night.report([1])
    night.confirm(range(10, 2610))
    night.publish()
    text = night.text("report.html")
    assert "The first 500 of 2,602, the worst first; all of them are in" in text
    assert pq.read_table(night.out / "reports/findings.parquet").num_rows == 2602
    assert text.partition('data-name="findings"')[2].count('<tr><td><span class="pill error">') == 500
    assert len(text) < 400_000


def test_a_hundred_thousand_findings_cost_little(night):
    night.report([1])
    night.confirm([2])
    settled = night.settle()
    rows = settled.findings
    at = [index % len(rows) for index in range(100_000)]
    many = findings.sort_findings(rows.take(at))
    began = time.perf_counter()
    ready = whole.ready(dataclasses.replace(settled, findings=many))
    desk = worklist_desk.build_desk(ready)
    render.write_page(OutputFolder(None), ready, ready.finding_counts.by_code, "0" * 32, [], desk)
    assert time.perf_counter() - began < 3
    assert shipment_items.unknown_order.code in set(many["code"])


def test_an_empty_night_has_a_page(night):
    night.write("empty.txt", "")
    night.publish()
    assert "The files have no lines of data." in night.text("report.html")
    assert "The worklist is empty." in night.text("report.html")


def test_all_well_is_said_so(night):
    night.report([1], days_past_promise="-2", reporting_date="2026-03-09T10:31:00+00:00")
    night.publish()
    assert "The only line was accepted; there are " in night.text("report.html")


@pytest.mark.parametrize(
    ("accepted", "rejected", "skipped", "unreadable", "text"),
    [
        (0, 0, 0, 0, "The files have no lines of data"),
        (1, 0, 0, 0, "The only line was accepted"),
        (0, 0, 1, 0, "The only line was skipped"),
        (0, 1, 0, 0, "1 of 1 line (100.0 %) could not be accepted"),
        (0, 0, 0, 1, "1 of 1 line (100.0 %) could not be accepted"),
        (2, 0, 0, 0, "All 2 lines were accepted"),
        (0, 0, 2, 0, "All 2 lines were skipped"),
        (1, 0, 1, 0, "1 of 2 lines was accepted, 1 was skipped"),
        (2000, 0, 3, 0, "2,000 of 2,003 lines were accepted, 3 were skipped"),
        (1, 1, 1, 1, "2 of 4 lines (50.0 %) could not be accepted"),
        (0, 1, 2, 0, "1 of 3 lines (33.3 %) could not be accepted"),
    ],
)
def test_the_headline_is_true_of_every_outcome(accepted, rejected, skipped, unreadable, text):
    outcomes = {"accepted": accepted, "rejected": rejected, "skipped": skipped, "unreadable": unreadable}
    assert headline.describe_outcomes(outcomes) == text
