"""report.html in a real Chromium: nothing fails, nothing leaves, everything can be used; and nothing evil acts."""

import itertools
import json
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from pipeline.model.profiles import PastRun
from pipeline.quality import compare
from tests import nights, whole

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SWITCHES = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
WIDTHS = "one => [one.scrollWidth, one.clientWidth]"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture(scope="module")
def browser(chromium):
    """One browser for all tests, with a fresh profile that is thrown away."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, headless=True, args=list(SWITCHES))
        yield opened
        opened.close()


class Looked:
    """A page that was opened, what it complained of and what it asked for."""

    def __init__(self, browser, path, viewport=None, scheme="light", **options):
        self.context = browser.new_context(color_scheme=scheme, viewport=viewport or DESK, **options)
        self.page = self.context.new_page()
        self.said, self.asked, self.dialogs = [], [], []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        self.address, self.folder = path.as_uri(), path.parent
        self.page.goto(self.address)

    def column(self, name, at, part=""):
        """The shown cells of a column of a table, or the part of each that the selector names."""
        script = "([name, at, part]) => [...document.querySelectorAll(`table[data-name=${name}] tbody tr`)]"
        script += ".filter((row) => !row.hidden).map((row) => row.cells[at])"
        script += ".map((cell) => (part ? cell.querySelector(part) : cell)?.textContent ?? '')"
        return self.page.evaluate(script, [name, at, part])


def rows(path):
    """The rows of a TSV file as dicts."""
    header, *lines = [line.split("\t") for line in path.read_text("utf-8").splitlines()]
    return [dict(zip(header, line, strict=True)) for line in lines]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    from tests.publish.conftest import Night as Files

    night = Files(tmp_path_factory.mktemp("page"))
    night.report(range(1, 40), promise_date="2026-03-14T06:59:59+00:00")
    night.report(range(40, 44), name="old.txt", purchase_date="2026-02-10T10:00:00+00:00")
    night.report([44], name="older.txt", purchase_date="2026-02-11T10:00:00+00:00", sku="OTHER-1")
    night.report([45], name="late.txt", promise_date="2026-03-08T06:59:59+00:00")
    night.confirm([1, 2, 99], carrier_code="Pigeon")
    night.confirm([3, 4], name="good.txt", tracking_number="")
    night.publish()
    return night.out / "report.html"


@pytest.fixture
def look(browser, home):
    """The page opened; closed afterwards, by when it must have complained of nothing and asked for nothing."""
    opened = []

    def open_(**options):
        opened.append(Looked(browser, options.pop("path", home), **options))
        return opened[-1]

    yield open_
    for one in opened:
        one.context.close()
        assert one.said == []
        assert one.asked == [one.address]
        assert one.dialogs == []


def test_nothing_fails_and_nothing_leaves(look):
    told = look()
    assert told.page.title() == "feedwarden run, 2026-03-10T07:00:00Z"
    assert told.page.inner_text("h1") == "1 thing is overdue."


def test_charts_are_drawn(look):
    told = look()
    boxes = told.page.eval_on_selector_all(
        "svg.chart .series rect",
        "all => all.map((one) => [getComputedStyle(one).fill, one.getBoundingClientRect().height])",
    )
    assert len(boxes) > 5
    assert max(height for _, height in boxes) > 20
    assert not {fill for fill, _ in boxes} & {"none", "rgb(0, 0, 0)"}
    bars = told.page.eval_on_selector_all(".bar rect", "all => all.map((one) => one.getBoundingClientRect().width)")
    assert bars
    assert min(bars) > 1


def due_times(told):
    """The local due times of the shown lines of the worklist, where they have one."""
    return [cell for cell in told.column("worklist", 0, ".at") if cell]


def test_the_worklist_sorts_both_ways(look):
    told = look()
    header = told.page.locator("table[data-name=worklist] thead th").first
    header.get_by_role("button").click()
    assert header.get_attribute("aria-sort") == "ascending"
    times = due_times(told)
    assert len(set(times)) > 1
    assert times == sorted(times)
    header.get_by_role("button").press("Enter")
    assert header.get_attribute("aria-sort") == "descending"
    assert due_times(told) == times[::-1]


def test_other_tables_sort_too(look):
    told = look()
    told.page.get_by_text("Line by line").click()
    told.page.locator("table[data-name=findings] thead th").nth(1).get_by_role("button").click()
    codes = told.column("findings", 1)
    assert codes == sorted(codes)
    assert len(set(codes)) > 1


def test_the_worklist_filters_by_action_sku_and_marketplace(look):
    told = look()
    lines = rows(told.folder / "reports/worklist.tsv")
    every = told.column("worklist", 1)
    assert every == [line["action"] for line in lines]
    told.page.get_by_label("Action", exact=True).select_option("confirm")
    shown = [line for line in lines if line["action"] == "confirm"]
    assert 0 < len(shown) < len(lines)
    assert told.column("worklist", 1) == ["confirm"] * len(shown)
    assert told.column("worklist", 2, "a") == [line["order_id"] for line in shown]
    assert told.page.locator("#worklist-count").inner_text() == f"All {len(shown)} lines that fit, of {len(lines)}"
    told.page.get_by_label("Sku").fill("other")
    assert told.column("worklist", 3) == [line["sku"] for line in shown if "OTHER" in line["sku"]] == ["OTHER-1"]
    told.page.get_by_role("button", name="Clear").click()
    told.page.get_by_label("Marketplace").select_option("Amazon.com")
    assert told.column("worklist", 1) == every
    told.page.get_by_label("Order, item or words").fill("111-0000040")
    assert set(told.column("worklist", 2, "a")) == {"111-0000040-0000000"}
    told.page.get_by_label("Sku").fill("no such sku")
    assert told.column("worklist", 1) == []


def test_a_tile_shows_what_is_due_then(look):
    told = look()
    overdue = [line for line in rows(told.folder / "reports/worklist.tsv") if line["reason"].startswith("overdue")]
    told.page.locator(".tile", has_text="overdue").get_by_role("link").click()
    assert told.column("worklist", 8) == [line["reason"] for line in overdue]
    assert {cell.split()[-1] for cell in told.column("worklist", 0, ".due")} == {"late"}


def test_a_rule_opens(look):
    page = look().page
    detail = page.locator("#rule-FMT-006 tr.more")
    assert not detail.is_visible()
    control = page.locator("#rule-FMT-006").get_by_role("button")
    assert control.get_attribute("aria-expanded") == "false"
    control.click()
    assert detail.is_visible()
    assert control.get_attribute("aria-expanded") == "true"
    assert "Pigeon" in detail.inner_text()
    control.press("Enter")
    assert not detail.is_visible()


def test_a_line_of_the_worklist_leads_to_its_rule(look):
    page = look().page
    page.locator("table[data-name=worklist]").get_by_role("link", name="LIF-201").first.click()
    assert page.locator("#rule-LIF-201 tr.more").is_visible()
    assert page.evaluate("location.hash") == "#rule-LIF-201"


def test_links_lead_to_files_that_are_there(look):
    told = look()
    links = told.page.locator("#outputs a")
    targets = links.evaluate_all("all => all.map((one) => one.href)")
    assert len(targets) > 8
    for target in targets:
        assert Path(urllib.request.url2pathname(urllib.parse.urlparse(target).path)).is_file()
    feed = told.page.locator(".steps").get_by_role("link", name="feeds/shipping-confirmation-001.tsv")
    with told.page.expect_request("**/feeds/shipping-confirmation-001.tsv") as clicked:
        feed.click()
    assert Path(urllib.parse.urlparse(clicked.value.url).path).is_file()
    told.asked.remove(clicked.value.url)


def test_an_order_opens_in_the_seller_central_of_its_marketplace(look):
    told = look()
    link = told.page.locator("table[data-name=worklist]").get_by_role("link", name="111-0000040-0000000").first
    assert link.get_attribute("href") == "https://sellercentral.amazon.com/orders-v3/order/111-0000040-0000000"
    assert link.get_attribute("rel") == "noreferrer"


def test_all_columns_of_the_worklist_are_read_on_a_desk(look):
    page = look().page
    for name in ("Worklist", "Due, by action"):
        content, shown = page.get_by_role("group", name=name, exact=True).evaluate(WIDTHS)
        assert content <= shown


def test_without_its_script_the_page_shows_the_first_lines(browser, home):
    told = Looked(browser, home, java_script_enabled=False)
    assert told.page.locator("table[data-name=worklist] tbody tr").count() == len(
        rows(told.folder / "reports/worklist.tsv")
    )
    assert told.page.locator("#rule-FMT-006 tr.more").is_visible()
    assert not told.page.locator("#worklist-filters").is_visible()
    told.context.close()


def test_tables_filter(look):
    told = look()
    told.page.get_by_text("Line by line").click()
    every = told.column("findings", 1)
    told.page.get_by_label("Filter the findings").fill("fmt-006 pigeon")
    assert told.column("findings", 1) == ["FMT-006"] * 3
    assert told.page.locator("#findings-list [role=status]").inner_text() == f"3 of {len(every)} shown"
    told.page.get_by_label("Filter the findings").fill("")
    assert told.column("findings", 1) == every


def test_the_theme_follows_the_system_until_it_is_chosen(look):
    colour = "getComputedStyle(document.body).backgroundColor"
    light, dark = look(scheme="light").page, look(scheme="dark").page
    assert light.evaluate(colour) != dark.evaluate(colour)
    first = light.evaluate(colour)
    light.get_by_role("button", name="Dark theme").click()
    assert light.evaluate(colour) == dark.evaluate(colour)
    light.get_by_role("button", name="Light theme").press("Enter")
    assert light.evaluate(colour) == first


def test_it_fits_a_phone(look):
    page = look(viewport=PHONE).page
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    text = page.eval_on_selector("svg.chart text", "one => one.getBoundingClientRect().height")
    assert text >= 9  # pixels: still read


def test_it_can_be_used_with_the_keyboard_alone(look):
    page = look().page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.tagName"))
    assert {"A", "BUTTON", "SELECT", "INPUT", "DIV"} <= reached
    page.locator("#rules").get_by_role("button").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("#rules tr.more").first.is_visible()


def test_it_prints_everything(look):
    page = look().page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.eval_on_selector_all("details", "all => all.every((one) => one.open)")
    assert page.eval_on_selector_all("tr.more", "all => all.every((one) => !one.hidden)")
    assert page.eval_on_selector("nav", "one => getComputedStyle(one).display") == "none"
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.set_viewport_size({"width": 718, "height": 1000})  # A4 without its margins, at 96 dots an inch
    for name in ("Worklist", "Due, by action", "Files", "Findings by rule", "Findings"):
        content, shown = page.get_by_role("group", name=name, exact=True).evaluate(WIDTHS)
        assert content <= shown, name


@pytest.mark.parametrize(("scheme", "viewport"), [("light", DESK), ("dark", PHONE)])
def test_axe_finds_no_violation(browser, home, scheme, viewport):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    told = Looked(browser, home, viewport, scheme, bypass_csp=True)  # axe is a script of its own
    told.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    told.page.evaluate("for (const one of document.querySelectorAll('tr.more')) one.hidden = false")
    found = axe.run(told.page).response["violations"]
    told.context.close()
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found] == []


def test_nothing_evil_acts(look, tmp_path):
    from tests.publish.conftest import Night as Files

    night = Files(tmp_path)
    night.evil()
    night.publish()
    told = look(path=night.out / "report.html")
    told.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    told.page.mouse.move(300, 300)
    told.page.wait_for_timeout(100)
    assert told.page.evaluate("window.hit") is None
    assert told.page.evaluate("[...document.scripts].map((one) => one.type)") == ["application/json", ""]
    assert told.page.title().startswith("feedwarden run")
    skus = [line["sku"].removeprefix("'") for line in rows(told.folder / "reports/worklist.tsv")]
    assert any("<script>" in sku for sku in skus)
    assert sum("<" in cell for cell in told.column("worklist", 3)) == sum("<" in sku for sku in skus)
    told.page.get_by_label("Filter the findings").fill("<script>")
    assert told.column("findings", 1)


def test_trends_are_drawn(look, tmp_path):

    from pipeline.publish import publish_run
    from pipeline.publish.reports import metrics as reports_metrics
    from tests.publish.conftest import Night as Files

    night = Files(tmp_path)
    night.report(range(1, 5))
    settled = night.settle()
    told, summary = reports_metrics.describe_metrics(settled.metrics), compare.summarize_run(settled)
    past = [PastRun(f"2026-01-{day:02}T07:00:00Z", json.loads(json.dumps(told)), summary) for day in range(1, 20)]
    for one, night_ in enumerate(past):
        night_.metrics["late_shipment"]["rate"] = one / 500
    publish_run(whole.ready(compare.compare_run(settled, past)), night.out)
    page = look(path=night.out / "report.html").page
    assert page.locator("svg.chart[aria-labelledby=chart-rate-late_shipment] .series.rate path").count() == 1
    assert page.locator("svg.chart[aria-labelledby=chart-refused]").count() == 1
    assert "Nothing: columns, values and shares match the 19 earlier runs" in page.inner_text("#drift")


def test_claims_that_look_like_html_are_shown_as_text(look, tmp_path):
    from tests.publish.conftest import Night as Files

    night = Files(tmp_path)
    night.report([1, 2])
    hostile = ["<img src=x onerror=window.hit=1>", "</script><script>window.hit=1</script>"]
    header = ["claim-id", "order-id", "claim-type", "claim-date", "claim-amount", "currency", "info-requested-date"]
    dates = {"claim-date": "2026-03-09T07:00:00+00:00", "info-requested-date": "2026-03-09T08:00:00+00:00"}
    claim = {"claim-type": "not-received", "claim-amount": "12.50", "currency": "USD"} | dates
    night.table(
        "claims.txt",
        header,
        [{"claim-id": text, "order-id": night.order(at)} | claim for at, text in enumerate(hostile, 1)],
    )
    night.publish()
    told = look(path=night.out / "report.html")
    assert sorted(told.column("claims", 1)) == sorted(hostile)
    assert (
        told.column("claims", 0, ".due") == ["in 25 h"] * 2
    )  # of 48 hours from 08:00 of the day before as-of, which is at 07:00
    assert told.page.evaluate("window.hit") is None


def test_many_findings_and_lines_open_in_time(browser, tmp_path):
    from tests.publish.conftest import Night as Files

    night = Files(tmp_path)
    night.report(range(1, 50_001))
    night.confirm(range(100_000, 150_000), carrier_code="Pigeon")
    night.publish()
    assert len(rows(night.out / "reports/worklist.tsv")) == 50_000
    assert len(rows(night.out / "reports/findings.tsv")) >= 100_000
    began = time.perf_counter()
    told = Looked(browser, night.out / "report.html")
    assert told.page.locator("#worklist-count").inner_text() == "The first 200 of 50,000 lines"
    assert time.perf_counter() - began < 3
    began = time.perf_counter()
    told.page.get_by_label("Order, item or words").fill("111-0049999")
    assert told.column("worklist", 2, "a") == ["111-0049999-0000000"]
    assert time.perf_counter() - began < 1
    told.context.close()


LABELS = """all => all.map((axis) => [...axis.querySelectorAll("text")].filter((one) => one.textContent)
  .map((one) => one.getBoundingClientRect()).map((box) => [box.left, box.right]))"""


CUT_OFF = """all => all.filter((one) => {
  const [own, chart] = [one, one.closest("svg")].map((element) => element.getBoundingClientRect());
  return own.left < chart.left - 1 || own.right > chart.right + 1;
}).map((one) => one.textContent)"""


@pytest.fixture(scope="module")
def seven_nights(tmp_path_factory):
    """The outputs of seven nights on one ledger, three of them on one day."""
    told = tmp_path_factory.mktemp("seven")
    nights.tell(nights.HOME / "seven", told)
    return [told / f"out-{number}" for number in range(1, 8)]


@pytest.mark.parametrize("viewport", [DESK, PHONE])
def test_labels_of_days_do_not_stand_on_each_other(look, seven_nights, viewport):
    page = look(path=seven_nights[-1] / "report.html", viewport=viewport).page
    axes = [boxes for boxes in page.locator("svg.chart .axis.x").evaluate_all(LABELS) if len(boxes) > 1]
    assert len(axes) >= 6
    for boxes in axes:
        assert all(left[1] < right[0] for left, right in itertools.pairwise(boxes)), boxes
    assert page.locator("svg.chart text").evaluate_all(CUT_OFF) == []


def test_trends_show_what_each_night_left_open_and_found(look, seven_nights):
    page = look(path=seven_nights[-1] / "report.html").page
    chart = page.locator("figure", has=page.locator("svg[aria-labelledby=chart-open-states]"))
    chart.locator("summary").click()
    header, *lines = [line.split("\t") for line in chart.locator("tr").all_inner_texts()]
    assert len(lines) == len(seven_nights)
    for out, (_, *numbers) in zip(seven_nights, lines, strict=True):
        states = [row["state"] for row in rows(out / "reports/orders.tsv")]
        shown = dict(zip(header[1:], map(int, numbers), strict=True))
        assert shown == {name: states.count(name) for name in shown}
    chart = page.locator("figure", has=page.locator("svg[aria-labelledby=chart-findings]"))
    chart.locator("summary").click()
    header, *lines = [line.split("\t") for line in chart.locator("tr").all_inner_texts()]
    for out, (_, *numbers) in zip(seven_nights, lines, strict=True):
        codes = [row["code"] for row in rows(out / "reports/findings.tsv")]
        assert [int(number) for number in numbers] == [codes.count(code) for code in header[1:]]
