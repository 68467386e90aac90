"""The page over several accounts in Chromium: all of it is on a screen, a phone and a sheet of paper."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import cli
from tests.house import NIGHTS, report, upload
from tests.publish.test_page_in_browser import browser  # noqa: F401  a fixture

_NEEDED = "document.documentElement.scrollWidth <= innerWidth && [...document.querySelectorAll('.work')].every("
_FITS = f"{_NEEDED}table => table.scrollWidth <= table.parentElement.clientWidth)"


@pytest.fixture
def joint_page(tmp_path):
    """The page over two accounts, of which one has a long sku's worth of work."""
    for name in ("us", "de"):
        folder = tmp_path / "inbox" / name
        folder.mkdir(parents=True)
        (folder / "account.toml").write_text('marketplace = "Amazon.com"\n', encoding="utf-8")
        report(folder / "unshipped.txt", 1, 2, 3)
        upload(folder / "a.txt", (1, "2", "T1"))
    words = ["run", tmp_path / "inbox", "--ledger", tmp_path / "ledgers", "--out", tmp_path / "out"]
    result = CliRunner().invoke(cli.main, [*map(str, words), "--as-of", NIGHTS[0]])
    assert result.exit_code == 0, result.output
    return Path(tmp_path / "out/report.html").as_uri()


@pytest.mark.parametrize(("width", "media"), [(1280, "screen"), (390, "screen"), (794, "print")])
def test_no_column_of_the_worklist_is_cut_off(browser, joint_page, width, media):  # noqa: F811  the fixture
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.emulate_media(media=media)
    page.goto(joint_page)
    assert page.evaluate(_FITS)
    order = page.locator(".work tbody tr").first.locator("td").nth(3)
    assert order.bounding_box()["height"] < 60  # an order id is in one line
    assert page.locator(".work .left").first.inner_text().split()[-1] in {"late", "h", "days", "now"}
