"""A ledger of an earlier version, which kept what stood in a shifted cell, is cleaned: the text is in no file of it."""

import shutil

import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.app import console
from pipeline.ledger import scrub
from pipeline.ledger.snapshot import LedgerSnapshot
from pipeline.ledger.tables import ORDER_ITEMS
from pipeline.model import profiles
from pipeline.quality import compare
from pipeline.reconcile import processing_reports
from pipeline.validate import schema_check
from tests.house import ANSWER, NIGHTS, UNSHIPPED, House, order, report, upload, written
from tests.ledger.older_layouts import OLDER_LAYOUTS

MARK = "Quillfeather"
BOUGHT = "2026-03-01T10:00:00+00:00"


def invoke(*words):
    return CliRunner().invoke(cli.main, [*map(str, words)])


def shifted(path, *numbers):
    """An Unshipped Orders report in which a name stands in ship-service-level."""
    dates = (BOUGHT, BOUGHT, "2026-03-01T10:40:00+00:00", "2026-03-20T06:59:59+00:00", "")
    rows = [(*order(n), *dates, f"SKU-{n}", "2", "0", "2", f"Zoë {MARK}") for n in numbers]
    return written(path, UNSHIPPED, rows)


def answered(path):
    texts = ("18181", "Warning", f"see {MARK}@mail.example")
    counts = [f"\tNumber of records {word}\t\t1" for word in ("processed", "successful")]
    return written(path, ANSWER, [("1", *order(1), *texts)], above=("Feed Processing Summary:", *counts, ""))


def summarize_all(*given):
    """What an earlier version remembered of a run: any heading, any value."""
    summary = SUMMARIZE(*given)
    for kind in summary["kinds"].values():
        kind["columns"] |= {f"Ann {MARK}": {"rows": 1}, "ship-service-level": {"rows": 1, "values": {MARK: 1}}}
        kind["columns"]["recipient-name"] = {"rows": 1, "values": {f"Zoë {MARK}": 1}}
    return summary


SUMMARIZE = profiles.summarize_run


@pytest.fixture
def house(tmp_path, monkeypatch):
    """Two nights of a version that masked nothing, and a third of the present one."""
    folder = tmp_path / "house"
    folder.mkdir()
    house = House(folder)
    with monkeypatch.context() as patch:
        patch.setattr(schema_check, "mask_unknown_words", lambda *_: None)
        patch.setattr(processing_reports, "mask_texts", lambda rows: rows)
        patch.setattr(compare.profiles, "summarize_run", summarize_all)
        house.run(shifted(folder / "first.txt", 1, 2), upload(folder / "a.txt", (1, "2", "T1")))
        house.run(shifted(folder / "second.txt", 2, 3), answered(folder / "answer.txt"))
    house.run(report(folder / "third.txt", 2, 3), upload(folder / "b.txt", (2, "2", "T2")))
    return house


def find_mark(folder):
    return [path for path in folder.rglob("*") if path.is_file() and MARK.encode() in path.read_bytes()]


def next_night(house, name):
    given = [upload(house.folder / "c.txt", (3, "2", "T3"), (1, "2", "T1")), report(house.folder / "fourth.txt", 3)]
    ran = invoke(
        *("run", *given, "--as-of", NIGHTS[3], "--out", house.folder / name, "--ledger", house.folder / "ledger")
    )
    assert ran.exit_code in (0, 1), ran.output


def test_the_text_is_in_no_file_of_the_ledger(house):
    ledger = house.folder / "ledger"
    before = LedgerSnapshot(str(ledger))
    items = before.read_items()
    assert find_mark(ledger)
    dry = invoke("ledger", "scrub", "--dry-run", "--ledger", ledger)
    assert dry.exit_code == 0, dry.output
    texts = (before.read_rows(ORDER_ITEMS)["ship_service_level"] == f"Zoë {MARK}").sum()
    counts = ["confirmations.answer_text: 1", f"order_items.ship_service_level: {texts}", "runs.summary: 2"]
    assert dry.output.splitlines() == ["Dry run: nothing was changed.", *(f"{count} to be masked" for count in counts)]
    assert LedgerSnapshot(str(ledger)).versions == before.versions
    done = invoke("ledger", "scrub", "--ledger", ledger)
    assert done.exit_code == 0, done.output
    assert MARK not in done.output
    assert f"order_items.ship_service_level: {texts} masked" in done.output
    assert find_mark(ledger) == []
    after = LedgerSnapshot(str(ledger))
    assert after.number == before.number
    others = [name for name in items if name != "ship_service_level"]
    kept = [sorted(map(repr, rows[others].to_dict("records"))) for rows in (items, after.read_items())]
    assert kept[0] == kept[1]
    assert len(kept[0]) == 3
    assert invoke("ledger", "verify", "--ledger", ledger).exit_code == 0
    again = invoke("ledger", "scrub", "--ledger", ledger)
    assert "nothing was to be masked" in again.output


@pytest.mark.slow
def test_nights_go_on_as_on_a_ledger_that_was_not_cleaned(house, tmp_path):
    other = House(tmp_path / "other")
    shutil.copytree(house.folder, other.folder)
    assert invoke("ledger", "scrub", "--ledger", house.folder / "ledger").exit_code == 0
    for one in (house, other):
        next_night(one, "out4")
    names = ["feeds/shipping-confirmation-001.tsv", "reports/orders.tsv", "reports/findings.tsv"]
    for name in names:
        assert (house.folder / "out4" / name).read_bytes() == (other.folder / "out4" / name).read_bytes(), name
    assert find_mark(house.folder / "out4") == find_mark(house.folder / "ledger") == []


def test_a_ledger_of_today_has_nothing_to_mask(tmp_path):
    (tmp_path / "clean").mkdir()
    clean = House(tmp_path / "clean")
    clean.run(report(clean.folder / "r.txt", 1, 2), upload(clean.folder / "a.txt", (1, "2", "T1")))
    clean.run(report(clean.folder / "s.txt", 1, 2), upload(clean.folder / "b.txt", (2, "2", "T2")))
    done = invoke("ledger", "scrub", "--ledger", clean.folder / "ledger")
    assert done.output.startswith("nothing was to be masked\n")


@pytest.mark.slow
def test_a_scrub_that_is_interrupted_leaves_the_ledger_as_it_was_or_clean(house, monkeypatch):
    ledger = house.folder / "ledger"

    def stop(*_):
        raise OSError("the disk is gone")

    for name in ("_mask_runs", "_remove_old_files"):
        with monkeypatch.context() as patch:
            patch.setattr(scrub, name, stop)
            stopped = invoke("ledger", "scrub", "--ledger", ledger)
            assert stopped.exit_code == console.COULD_NOT_FINISH
            assert len(LedgerSnapshot(str(ledger)).read_items()) == 3
            assert find_mark(ledger)
    done = invoke("ledger", "scrub", "--ledger", ledger)
    assert done.exit_code == 0, done.output
    assert find_mark(ledger) == []
    assert len(LedgerSnapshot(str(ledger)).read_confirmations()) == 2


@pytest.mark.slow
@pytest.mark.parametrize("name", OLDER_LAYOUTS)
def test_ledgers_of_older_layouts_are_cleaned(house, name):
    ledger = house.folder / "ledger"
    OLDER_LAYOUTS[name].rebuild(str(ledger))
    assert find_mark(ledger)
    done = invoke("ledger", "scrub", "--ledger", ledger)
    assert done.exit_code == 0, done.output
    assert find_mark(ledger) == []
    assert invoke("ledger", "verify", "--ledger", ledger).exit_code == 0


def test_a_ledger_that_is_not_there_is_not_begun(tmp_path):
    done = invoke("ledger", "scrub", "--ledger", tmp_path / "none")
    assert done.exit_code == console.WRONG_USAGE
    assert not (tmp_path / "none").exists()
