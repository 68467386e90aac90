"""report.html in a real Chromium: nothing fails, nothing leaves, everything can be used; and nothing evil acts."""

import json

import pytest

from pipeline.model.profiles import PastRun
from pipeline.quality import compare
from tests import whole

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SWITCHES = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
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
        self.address = path.as_uri()
        self.page.goto(self.address)

    def column(self, name, at):
        """The shown cells of a column of a table."""
        script = "([name, at]) => [...document.querySelectorAll(`table[data-name=${name}] tbody tr`)]"
        script += ".filter((row) => !row.hidden).map((row) => row.cells[at].textContent)"
        return self.page.evaluate(script, [name, at])


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    from tests.publish.conftest import Night as Files

    night = Files(tmp_path_factory.mktemp("page"))
    night.report(range(1, 40), promise_date="2026-03-14T06:59:59+00:00")
    night.report(range(40, 44), name="old.txt", purchase_date="2026-02-10T10:00:00+00:00")
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
    assert "lines" in told.page.inner_text("h1")


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


def test_tables_sort_both_ways(look):
    told = look()
    header = told.page.locator("table[data-name=worklist] thead th").nth(1)
    header.get_by_role("button").click()
    assert header.get_attribute("aria-sort") == "ascending"
    hours = [float(cell) for cell in told.column("worklist", 1) if cell]
    assert hours == sorted(hours)
    header.get_by_role("button").press("Enter")
    assert header.get_attribute("aria-sort") == "descending"
    assert [float(cell) for cell in told.column("worklist", 1) if cell] == hours[::-1]
    told.page.locator("table[data-name=findings] thead th").nth(1).get_by_role("button").click()
    codes = told.column("findings", 1)
    assert codes == sorted(codes)
    assert len(set(codes)) > 1


def test_tables_filter(look):
    told = look()
    every = told.column("findings", 1)
    told.page.get_by_label("Filter the findings").fill("fmt-006 pigeon")
    assert told.column("findings", 1) == ["FMT-006"] * 3
    assert told.page.locator("[role=status]").first.inner_text() == f"3 of {len(every)} shown"
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
    assert {"A", "BUTTON", "SUMMARY", "DIV"} <= reached


def test_it_prints_everything(look):
    page = look().page
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.eval_on_selector_all("details", "all => all.every((one) => one.open)")
    assert page.eval_on_selector("nav", "one => getComputedStyle(one).display") == "none"
    assert page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize(("scheme", "viewport"), [("light", DESK), ("dark", PHONE)])
def test_axe_finds_no_violation(browser, home, scheme, viewport):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    told = Looked(browser, home, viewport, scheme, bypass_csp=True)  # axe is a script of its own
    told.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
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
    assert told.page.evaluate("document.scripts.length") == 1
    assert told.page.title().startswith("feedwarden run")
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
    nights = [PastRun(f"2026-01-{day:02}T07:00:00Z", json.loads(json.dumps(told)), summary) for day in range(1, 20)]
    for one, night_ in enumerate(nights):
        night_.metrics["late_shipment"]["rate"] = one / 500
    publish_run(whole.ready(compare.compare_run(settled, nights)), night.out)
    page = look(path=night.out / "report.html").page
    assert page.locator("svg.chart[aria-labelledby=chart-rate-late_shipment] .series.rate path").count() == 1
    assert page.locator("svg.chart[aria-labelledby=chart-refused]").count() == 1
    assert "Nothing: columns, values and shares match the 19 earlier runs" in page.inner_text("#drift")
