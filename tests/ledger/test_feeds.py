"""No feed is lost: parts are known by run, name and hash, carried on until somebody uploads them, and written again."""

import hashlib
import json
import re

import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.app import console, run_job
from pipeline.ledger import order_rows
from pipeline.ledger.history import History
from pipeline.ledger.snapshot import LedgerSnapshot
from tests.house import ANSWER, CONFIRMATION, NIGHTS, alike, order, report, upload, written

FIRST, SECOND, THIRD = (f"2026-03-08T{hour:02d}-00-00Z" for hour in (7, 9, 15))
PART = "shipping-confirmation-001.tsv"
CANCELLATION = "order-id\tcancellation-reason-code\tamazon-order-item-code".split("\t")
TEMPLATE = (
    "TemplateType=OrderCancellation\tVersion=1.0/1.0.3\tThis row for Amazon.com use only.  Do not modify or delete."
)
RECORDS = re.compile(r"^ *(\d+)  (\S+)  (\S+) +(\d+)  (\w+) +(\S+) +(\S+)$", re.MULTILINE)


def program(*words):
    return CliRunner().invoke(cli.main, [*map(str, words)])


class Day:
    """A seller's folder in which every run of a day writes to one output."""

    def __init__(self, home):
        self.home, self.out, self.ledger = home, home / "out", home / "ledger"

    def run(self, as_of, *files, out=None, more=()):
        words = ["run", *files, "--as-of", as_of.replace("-00-00Z", ":00:00Z"), "--out", out or self.out]
        result = program(*words, "--ledger", self.ledger, *more)
        assert result.exit_code in (0, 1), result.output
        return result.output

    def feeds(self, *words, status=console.OK):
        result = program("feeds", *words, "--ledger", self.ledger)
        assert result.exit_code == status, result.output
        return result.output

    def states(self):
        return {(int(run), name): state for run, _, name, _, state, _, _ in RECORDS.findall(self.feeds("list"))}

    def parts(self, out=None):
        """Every part in the output with its bytes."""
        folder = (out or self.out) / "feeds"
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.tsv")}

    def manifest(self):
        return json.loads((self.out / "manifest.json").read_text("utf-8"))


def canceled(path, *rows):
    return written(path, CANCELLATION, rows, above=(TEMPLATE,))


def counted(path, **stock):
    rows = [(sku.replace("_", "-"), units, "2026-03-08T06:00:00Z") for sku, units in stock.items()]
    return written(path, ["sku", "quantity", "counted-at"], rows)


def answered(path, *numbers):
    """Amazon's answer to a feed: it names the orders with a warning."""
    rows = [(str(at), *order(n), "18181", "Warning", "odd") for at, n in enumerate(numbers, 1)]
    counts = (
        "Feed Processing Summary:",
        *(f"\tNumber of records {word}\t\t{len(numbers)}" for word in ("processed", "successful")),
    )
    return written(path, ANSWER, rows, above=(*counts, ""))


@pytest.fixture
def day(tmp_path):
    return Day(tmp_path)


@pytest.fixture
def first(day, tmp_path):
    """The first run of a day: a confirmation, a cancellation and a stock feed, none of them uploaded."""
    files = [
        report(tmp_path / "unshipped.txt", *range(1, 7)),
        upload(tmp_path / "a.txt", (1, "2", "T1")),
        canceled(tmp_path / "cancel.txt", (order(6)[0], "GeneralAdjustment", order(6)[1])),
        counted(tmp_path / "stock.txt", SKU_1="5", SKU_6="0"),
    ]
    day.run(FIRST, *files)
    return day, files


NAMES = ("order-cancellation-001.tsv", PART, "stock.tsv")


def test_a_part_that_nobody_uploaded_is_carried_on_with_the_same_bytes(first, tmp_path):
    day, _ = first
    published = day.parts()
    assert sorted(published) == sorted(NAMES)
    text = day.run(SECOND, upload(tmp_path / "b.txt", (2, "2", "T2")))
    second = day.parts()
    earlier = {f"earlier/{FIRST}/{name}": data for name, data in published.items()}
    assert {name: second[name] for name in earlier} == earlier
    assert sorted(second) == sorted([*earlier, PART])
    assert f"Upload feeds/earlier/{FIRST}/order-cancellation-001.tsv and feeds/earlier/{FIRST}/{PART}" in one_line(text)
    command = f"feedwarden feeds uploaded 1 --ledger {day.ledger}"
    assert f"of run 1, unless that was done. Then say so: {command} " in one_line(text)
    assert any(line.endswith(command) for line in text.splitlines())
    day.run(THIRD, upload(tmp_path / "c.txt", (3, "2", "T3")))
    third = day.parts()
    assert {name: third[name] for name in earlier} == earlier
    assert third[f"earlier/{SECOND}/{PART}"] == second[PART]
    assert len(third) == len(earlier) + 2
    listed = {entry["path"]: (entry["sha256"], entry["rows"]) for entry in day.manifest()["outputs"]}
    for name, data in third.items():
        rows = data.count(b"\n") - 1 - ("cancellation" in name)
        assert listed[f"feeds/{name}"] == (hashlib.sha256(data).hexdigest(), rows)


def test_a_part_that_is_carried_on_is_the_file_that_was_published(first, tmp_path):
    """It is linked into the new output, not copied."""
    day, _ = first
    published = [(day.out / "feeds" / name).stat().st_ino for name in NAMES]
    day.run(SECOND, upload(tmp_path / "b.txt", (2, "2", "T2")))
    assert [(day.out / f"feeds/earlier/{FIRST}" / name).stat().st_ino for name in NAMES] == published


def one_line(text):
    return " ".join(text.split())


@pytest.mark.slow
def test_the_same_run_again_over_its_own_output_is_byte_identical(first, tmp_path):
    day, _ = first
    given = upload(tmp_path / "b.txt", (2, "2", "T2"), (1, "2", "T1"))
    day.run(SECOND, given)
    kept = tmp_path / "kept"
    day.out.rename(kept)
    kept_again = tmp_path / "again"
    for said in ((), ("uploaded", "1")):
        if said:
            day.feeds(*said)
        copy_tree(kept, day.out)
        day.run(SECOND, given)
        assert alike(kept, day.out), said
        day.out.rename(kept_again := kept_again.with_name(kept_again.name + "x"))


def copy_tree(one, other):
    import shutil

    shutil.copytree(one, other)


@pytest.mark.slow
def test_an_earlier_run_again_over_a_later_output_loses_nothing(first, tmp_path):
    day, files = first
    before = day.parts()
    day.run(SECOND, upload(tmp_path / "b.txt", (2, "2", "T2")))
    second = day.parts()[PART]
    day.run(FIRST, *files)
    assert day.parts() == {**before, f"earlier/{SECOND}/{PART}": second}
    assert LedgerSnapshot(str(day.ledger)).last == 2


@pytest.mark.slow
def test_runs_of_one_instant_have_folders_of_their_own(day, tmp_path):
    day.run(FIRST, report(tmp_path / "unshipped.txt", 1, 2, 3), upload(tmp_path / "a.txt", (1, "2", "T1")))
    day.run(FIRST, upload(tmp_path / "b.txt", (2, "2", "T2")))
    day.run(FIRST, upload(tmp_path / "c.txt", (3, "2", "T3")))
    parts = day.parts()
    assert sorted(parts) == [f"earlier/{FIRST}-run-2/{PART}", f"earlier/{FIRST}/{PART}", PART]
    for name, track in zip(sorted(parts), ("T2", "T1", "T3"), strict=True):
        assert f"\t{track}\t".encode() in parts[name]


def test_what_was_uploaded_or_answered_is_not_carried_on(first, tmp_path):
    day, _ = first
    day.run(SECOND, upload(tmp_path / "b.txt", (2, "2", "T2")))
    assert day.feeds("uploaded", "2") == f"run 2: {PART} uploaded\n"
    text = day.run(THIRD, answered(tmp_path / "answer.txt", 1))
    assert sorted(day.parts()) == [f"earlier/{FIRST}/{name}" for name in NAMES if name != PART]
    assert "of run 2" not in text
    assert day.states() == {
        (1, PART): "answered",
        (1, "order-cancellation-001.tsv"): "published",
        (1, "stock.tsv"): "published",
        (2, PART): "uploaded",
    }
    day.feeds("uploaded", "1")
    day.run("2026-03-08T16:00:00Z", report(tmp_path / "later.txt", 3))
    assert day.parts() == {}
    assert day.states()[1, PART] == "answered"
    assert day.states()[1, "order-cancellation-001.tsv"] == "uploaded"


@pytest.mark.slow
def test_a_stock_feed_is_replaced_by_one_that_has_all_of_its_skus(day, tmp_path):
    """A cancellation for lack of stock makes a stock feed of one sku, in the runs that follow too."""
    day.run(FIRST, report(tmp_path / "unshipped.txt", 5, 6), counted(tmp_path / "stock.txt", SKU_1="5", SKU_2="1"))
    counted_first = day.parts()["stock.tsv"]
    day.run(SECOND, canceled(tmp_path / "cancel.txt", (order(6)[0], "NoInventory", order(6)[1])))
    assert day.parts()["stock.tsv"] == b"sku\tquantity\nSKU-6\t0\n"
    assert day.parts()[f"earlier/{FIRST}/stock.tsv"] == counted_first
    text = one_line(day.run(THIRD, report(tmp_path / "later.txt", 5)))
    assert sorted(day.parts()) == [
        *(f"earlier/{FIRST}/stock.tsv", f"earlier/{SECOND}/order-cancellation-001.tsv", "stock.tsv"),
    ]
    assert f"Upload feeds/earlier/{FIRST}/stock.tsv of run 1, unless that was done or orders have come in since" in text
    day.run("2026-03-08T16:00:00Z", counted(tmp_path / "more.txt", SKU_1="4", SKU_2="1", SKU_6="0"))
    assert sorted(day.parts()) == [f"earlier/{SECOND}/order-cancellation-001.tsv", "stock.tsv"]


def test_a_part_that_a_person_changed_is_carried_on_as_it_stands_and_said_to_be_changed(first, tmp_path):
    day, _ = first
    (day.out / "feeds" / PART).write_bytes(b"changed\n")
    text = day.run(SECOND, upload(tmp_path / "b.txt", (2, "2", "T2")))
    assert day.parts()[f"earlier/{FIRST}/{PART}"] == b"changed\n"
    assert f"feeds/earlier/{FIRST}/{PART} was changed since it was published" in one_line(text)


def test_a_part_that_a_person_took_away_is_gone_and_can_be_written_again(first, tmp_path):
    day, _ = first
    published = day.parts()[PART]
    (day.out / "feeds" / PART).unlink()
    text = day.run(SECOND, upload(tmp_path / "b.txt", (1, "2", "T1")))
    assert f"earlier/{FIRST}/{PART}" not in day.parts()
    notes = "published at 2026-03-08T07:00:00Z, 1 confirmation; 1 line of this run is in it"
    again = f"this writes it again: feedwarden feeds write 1 --out NEW-FOLDER --ledger {day.ledger} "
    assert f"{PART} of run 1, unless that was done: {notes}; {again}" in one_line(text)
    day.feeds("write", "1", "--out", tmp_path / "again")
    assert day.parts(tmp_path / "again")[PART] == published


@pytest.mark.slow
def test_many_waiting_runs_are_counted(day, tmp_path):
    day.run(FIRST, report(tmp_path / "unshipped.txt", 1, 2, 3, 4))
    for number in (1, 2, 3):
        day.run(f"2026-03-08T{8 + number:02d}:00:00Z", upload(tmp_path / f"{number}.txt", (number, "2", f"T{number}")))
    text = one_line(day.run("2026-03-08T20:00:00Z", upload(tmp_path / "4.txt", (4, "2", "T4"))))
    assert re.findall(r"of run (\d)", text) == ["2", "3"]
    assert f"Upload the parts of 1 more run, which this names: feedwarden feeds list --ledger {day.ledger} " in text


def steps(out):
    """What to do first, as the summary in the output has it, each step in one line."""
    text = (out / "reports/summary.txt").read_text("utf-8").split("What to do first\n")
    return re.split(r" (?=[0-9]+\. )", one_line(text[1].split("\n\n")[0])) if len(text) > 1 else []


@pytest.mark.slow
def test_a_part_that_nobody_uploaded_is_named_in_the_output_of_another_folder(first, tmp_path):
    """As a nightly script has it, which writes every night into a folder of its own."""
    day, _ = first
    out, given = tmp_path / "next", report(tmp_path / "later.txt", 2, 3)
    text = day.run(NIGHTS[2], given, out=out)
    (step,) = [step for step in steps(out) if "Upload" in step]
    assert step.endswith(
        f"Upload order-cancellation-001.tsv and {PART} of run 1, unless that was done: published at "
        "2026-03-08T07:00:00Z, 1 confirmation and 1 cancellation; this writes it again: feedwarden feeds write 1 --out "
        "NEW-FOLDER --ledger FOLDER-OF-THE-LEDGER (if you do not have it any more). Then say so: "
        "feedwarden feeds uploaded 1 --ledger FOLDER-OF-THE-LEDGER"
    )
    assert f"feedwarden feeds write 1 --out NEW-FOLDER --ledger {day.ledger} (if" in text
    page = (out / "report.html").read_text("utf-8")
    for name in ("order-cancellation-001.tsv", PART):
        assert f"<code>{name}</code>" in page
    assert "in the output of run 1 (2026-03-08T07:00:00Z), unless that was done" in page
    day.feeds("uploaded", "1")
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    day.run(NIGHTS[2], given, out=out)
    assert before == {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    day.run("2026-03-11T07:00:00Z", report(tmp_path / "last.txt", 3), out=tmp_path / "after")
    assert not [step for step in steps(tmp_path / "after") if "Upload" in step]


@pytest.mark.slow
def test_a_part_is_named_as_long_as_its_orders_can_be_confirmed(first, tmp_path):
    day, _ = first
    for at, is_named in (("2026-04-07T07:00:00Z", True), ("2026-04-07T07:00:01Z", False)):
        out = tmp_path / at.replace(":", "-")
        day.run(at, report(tmp_path / "later.txt", 3), out=out)
        assert any("Upload" in step for step in steps(out)) is is_named, at


def foreign_run(day, tmp_path, kind):
    given = upload(tmp_path / "b.txt", (2, "2", "T2"))
    words = {
        "ledger": ["run", given, "--ledger", tmp_path / "other"],
        "none": ["run", given, "--no-ledger"],
        "dry": ["run", given, "--no-ledger", "--dry-run"],
        "audit": ["audit", given],
    }[kind]
    return program(*words, "--out", day.out, "--as-of", "2026-03-08T09:00:00Z")


@pytest.mark.parametrize("kind", ["ledger", "none", "dry", "audit"])
def test_an_output_whose_feeds_the_ledger_does_not_know_is_not_replaced(first, tmp_path, kind):
    day, _ = first
    before = day.parts()
    result = foreign_run(day, tmp_path, kind)
    assert result.exit_code == console.WRONG_USAGE
    assert "feeds/order-cancellation-001.tsv is of run" in result.output
    assert result.output.count("\n") == 1
    assert day.parts() == before


def test_an_output_of_a_run_without_a_ledger_is_replaced_as_ever(day, tmp_path):
    given = [report(tmp_path / "unshipped.txt", 1), upload(tmp_path / "a.txt", (1, "2", "T1"))]
    for more in (["--no-ledger"], ["--no-ledger"], ["--ledger", day.ledger]):
        assert program("run", *given, *more, "--out", day.out, "--as-of", NIGHTS[0]).exit_code == console.OK
        assert sorted(day.parts()) == [PART]


@pytest.mark.slow
def test_a_dry_run_says_what_would_be_carried_on_and_writes_nothing(first, tmp_path):
    day, _ = first
    before = day.parts()
    text = day.run(SECOND, upload(tmp_path / "b.txt", (2, "2", "T2")), more=["--dry-run"])
    assert f"Upload feeds/earlier/{FIRST}/" in one_line(text)
    assert day.parts() == before


@pytest.mark.slow
def test_a_line_that_was_published_names_its_part_and_what_became_of_it(first, tmp_path):
    day, _ = first
    given = upload(tmp_path / "b.txt", (1, "2", "T1"))

    def said(number, *files):
        out = tmp_path / f"night{number}"
        day.run(f"2026-03-08T{10 + number}:00:00Z", given, *files, out=out)
        lines = (out / "reports/findings.tsv").read_text("utf-8").splitlines()
        (line,) = [line.split("\t") for line in lines if "\tSHP-116\t" in line]
        return line[9:], (out / "reports/summary.txt").read_text("utf-8")

    place = f"already published at 2026-03-08T07:00:00Z in {PART} of run 1"
    (message, hint), summary = said(1)
    assert message == f"{place} (not known to be uploaded); not written to the feed again"
    assert hint == (
        "Nothing to do if that part was uploaded; else upload it. Then say so: feedwarden feeds uploaded 1 "
        "--ledger FOLDER-OF-THE-LEDGER"
    )
    assert f"{PART} of run 1, unless that was done: published at 2026-03-08T07:00:00Z" in one_line(summary)
    assert "; 1 line of this run is in it; " in one_line(summary)
    day.feeds("uploaded", "1")
    (message, hint), summary = said(2)
    assert (message, hint) == (f"{place} (uploaded); not written to the feed again", "Nothing to do.")
    assert "Upload" not in summary
    (message, hint), summary = said(3, answered(tmp_path / "answer.txt", 1))
    assert (message, hint) == (f"{place} (answered by Amazon); not written to the feed again", "Nothing to do.")
    assert "Upload" not in summary


def test_the_parts_are_listed_with_records_state_time_and_hash(first):
    day, _ = first
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in day.parts().items()}
    at = "2026-03-08T07:00:00Z"
    rows = [("1", at, name, "2" if name == "stock.tsv" else "1", "published", at, hashes[name]) for name in NAMES]
    assert sorted(RECORDS.findall(day.feeds("list"))) == rows
    assert day.feeds() == day.feeds("list") == day.feeds("list", "1")
    assert day.feeds("list").splitlines()[0].split() == "run as of part records state since sha256".split()
    day.feeds("uploaded", "1", "--as-of", "2026-03-08T08:30:00Z")
    assert {row[4:6] for row in RECORDS.findall(day.feeds("list"))} == {("uploaded", "2026-03-08T08:30:00Z")}


@pytest.mark.slow
def test_uploaded_twice_is_nothing_to_do_and_an_unknown_run_is_a_fault(first, tmp_path):
    day, _ = first
    run_id = day.manifest()["run_id"]
    day.run(SECOND, report(tmp_path / "later.txt", 3))
    assert day.feeds("uploaded", "2") == "run 2 published no feeds: nothing to do\n"
    assert LedgerSnapshot(str(day.ledger)).last == 2
    for unknown in ("3", "0", "nothing", "", "\x1b[2J", run_id[:5], "1 1"):
        text = day.feeds("uploaded", "1", unknown, status=console.WRONG_USAGE)
        assert "no run" in text
        assert text.count("\n") == 1
        assert "\x1b" not in text
    assert LedgerSnapshot(str(day.ledger)).last == 2
    assert day.feeds("uploaded", run_id[:8], "1").count("uploaded") == 1
    assert day.feeds("uploaded", "1", run_id) == "run 1: uploaded already, nothing to do\n"
    ledger = LedgerSnapshot(str(day.ledger))
    assert (ledger.last, len(ledger.runs)) == (2, 3)  # what a person said has no number of its own
    assert "no run '3'" in day.feeds("uploaded", "3", status=console.WRONG_USAGE)  # that row is no run


def test_what_amazon_answered_is_uploaded_already(day, tmp_path):
    day.run(FIRST, report(tmp_path / "unshipped.txt", 1), upload(tmp_path / "a.txt", (1, "2", "T1")))
    day.run(SECOND, answered(tmp_path / "answer.txt", 1))
    assert day.feeds("uploaded", "1") == "run 1: answered by Amazon already, nothing to do\n"
    assert LedgerSnapshot(str(day.ledger)).last == 2


def test_what_a_person_says_is_no_night(day, tmp_path):
    cancel = canceled(tmp_path / "cancel.txt", (order(5)[0], "NoInventory", order(5)[1]))
    day.run(FIRST, report(tmp_path / "unshipped.txt", 1, 2, 5), cancel)
    url = str(day.ledger)
    before = History(LedgerSnapshot(url))
    day.feeds("uploaded", "1")
    after = History(LedgerSnapshot(url))
    assert list(before.nights) == list(after.nights)
    for name in ("runs_by_content", "last_report_time", "read_out_of_stock"):
        assert getattr(before, name)() == getattr(after, name)(), name
    assert before.latest_as_of == after.latest_as_of
    assert before.ledger.last_run_row() == after.ledger.last_run_row()
    assert after.read_out_of_stock() == {"SKU-5": 1_772_953_200_000_000}  # canceled at 2026-03-08T07:00:00Z
    tables = LedgerSnapshot(url).versions
    assert {name: version for name, version in tables.items() if name != "runs"} == {
        name: version for name, version in before.ledger.versions.items() if name != "runs"
    }
    history = program("ledger", "history", "--ledger", url).output.splitlines()
    assert len(history) == 2
    assert history[1].endswith("uploaded: the feeds of run 1")
    assert "1 run, the last as of 2026-03-08T07:00:00Z" in program("ledger", "show", "--ledger", url).output
    assert program("ledger", "verify", "--ledger", url).exit_code == console.OK
    day.run(SECOND, upload(tmp_path / "b.txt", (2, "2", "T2")))
    assert day.manifest()["ledger"] == {"before": 1, "after": 2}
    assert "feedwarden feeds uploaded 2" in one_line((day.out / "reports/summary.txt").read_text("utf-8"))


@pytest.mark.slow
def test_the_next_night_is_the_same_whether_somebody_said_so_or_not(first, tmp_path):
    """Nothing but what is said of feeds, and the number of the run."""
    day, _ = first
    copy_tree(day.ledger, tmp_path / "silent")
    day.feeds("uploaded", "1")
    given = [report(tmp_path / "later.txt", 2, 3), upload(tmp_path / "b.txt", (2, "2", "T2"))]
    silent = Day(tmp_path)
    silent.ledger, silent.out = tmp_path / "silent", tmp_path / "silent-out"
    day.run(NIGHTS[2], *given, out=tmp_path / "said-out")
    silent.run(NIGHTS[2], *given)
    for name in ("findings.tsv", "orders.tsv", "worklist.tsv", "metrics.json"):
        one, two = ((tmp_path / folder / "reports" / name).read_bytes() for folder in ("said-out", "silent-out"))
        assert one == two, name


ODD_COLUMNS = (
    *CONFIRMATION,
    "transparency_code",
    "ship_from_address_name",
    "ship_from_address_countrycode",
    "cod-collection-method",
)


def test_the_parts_of_a_run_are_written_again_byte_for_byte(day, tmp_path):
    """Several parts, optional columns, records of a whole order, a correction, and cancellations."""
    account = written(tmp_path / "account.toml", ["[limits]"], [["feed-records = 2"]])
    several = [*order(7)[:1], "10000000000071"]
    unshipped = report(tmp_path / "unshipped.txt", *range(1, 8))
    with unshipped.open("a", encoding="utf-8") as file:
        file.write(unshipped.read_text("utf-8").splitlines()[7].replace(order(7)[1], several[1]) + "\n")
    day.run(FIRST, unshipped, upload(tmp_path / "a.txt", (1, "2", "T1")), more=["--account", account])
    dates = ("2026-03-05", "20260306", "2026-03-05")
    rows = [
        (*order(number), "2", dates[at], "gls", "", f" T{number} ", "Ground", "A" * 29, "Lager Süd", "DE", "")
        for at, number in enumerate((2, 3, 4))
    ]
    rows += [(several[0], "", "", "2026-03-05", "Other", "Bicycle, Ltd", "T7", *[""] * 5)]
    rows += [(*order(1), "2", "2026-03-05", "GLS", "", "T1-corrected", *[""] * 5)]
    given = written(tmp_path / "b.txt", ODD_COLUMNS, rows)
    cancel = [(order(number)[0], "GeneralAdjustment", order(number)[1]) for number in (5, 6)]
    cancel[1] = (cancel[1][0], "", "")
    day.run(SECOND, given, canceled(tmp_path / "cancel.txt", *cancel), more=["--account", account])
    published = {name: data for name, data in day.parts().items() if not name.startswith("earlier")}
    assert len(published) == 4
    day.run(THIRD, report(tmp_path / "later.txt", 2, 3))
    text = day.feeds("write", "2", "--out", tmp_path / "again")
    assert day.parts(tmp_path / "again") == published
    assert text.splitlines()[0].endswith("order-cancellation-001.tsv: 2 records, the bytes that were published")
    assert len(text.splitlines()) == 4
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "again").rglob("*")} == {0}


@pytest.mark.slow
def test_a_part_is_written_again_after_amazon_has_answered(first, tmp_path):
    day, _ = first
    published = day.parts()
    day.run(SECOND, answered(tmp_path / "answer.txt", 1))
    text = day.feeds("write", "1", "--out", tmp_path / "again")
    assert "stock.tsv of run 1 cannot be written again: it is true for its moment only" in text
    del published["stock.tsv"]
    assert day.parts(tmp_path / "again") == published
    day.feeds("write", "1", "--out", tmp_path / "again")
    assert day.parts(tmp_path / "again") == published


@pytest.mark.slow
def test_a_part_of_other_bytes_is_not_written(first, tmp_path, monkeypatch):
    day, _ = first
    monkeypatch.setattr(order_rows, "OPTIONAL_COLUMNS", {})  # as if the ledger had forgotten them
    rows = [(*order(2), "2", "2026-03-05", "GLS", "", "T2", "Ground")]
    day.run(SECOND, written(tmp_path / "b.txt", CONFIRMATION, rows))
    text = day.feeds("write", "2", "--out", tmp_path / "again", status=console.COULD_NOT_FINISH)
    assert text == f"{PART} of run 2 cannot be written again: the ledger does not hold all of it\n"
    assert not (tmp_path / "again").exists()
    cancel = canceled(tmp_path / "cancel2.txt", (order(5)[0], "GeneralAdjustment", order(5)[1]))
    day.run(THIRD, written(tmp_path / "c.txt", CONFIRMATION, [(*order(3), *rows[0][2:])]), cancel)
    text = day.feeds("write", "3", "--out", tmp_path / "again", status=console.SOME_REJECTED)
    assert sorted(day.parts(tmp_path / "again")) == ["order-cancellation-001.tsv"]


@pytest.mark.slow
def test_a_run_of_before_hashes_were_kept_says_so(day, tmp_path, monkeypatch):
    build_row = run_job.build_run_row

    def build_row_of_then(result, placed, submitted, facts):
        row = build_row(result, placed, submitted, facts)
        parts = [{"part": part["part"], "records": part["records"]} for part in json.loads(row["feeds"])["published"]]
        return row | {"feeds": json.dumps({"published": parts, "answered": [], "ambiguous_counts": []})}

    monkeypatch.setattr(run_job, "build_run_row", build_row_of_then)
    cancel = canceled(tmp_path / "cancel.txt", (order(2)[0], "GeneralAdjustment", order(2)[1]))
    day.run(FIRST, report(tmp_path / "unshipped.txt", 1, 2, 3), upload(tmp_path / "a.txt", (1, "2", "T1")), cancel)
    monkeypatch.undo()
    assert RECORDS.findall(day.feeds("list"))[0][2:] == (PART, "1", "published", "2026-03-08T07:00:00Z", "-")
    text = day.feeds("write", "1", "--out", tmp_path / "again", status=console.COULD_NOT_FINISH)
    assert (
        text == f"{PART} of run 1 cannot be written again: it was published before the ledger kept the hash of a part\n"
    )
    day.run(SECOND, upload(tmp_path / "b.txt", (3, "2", "T3")))
    assert sorted(day.parts()) == [f"earlier/{FIRST}/{name}" for name in NAMES[:2]] + [PART]
    day.run(THIRD, answered(tmp_path / "answer.txt", 1))
    assert f"earlier/{FIRST}/order-cancellation-001.tsv" in day.parts()
    assert day.feeds("uploaded", "1") == "run 1: its parts uploaded\n"
    assert day.feeds("uploaded", "1").endswith("nothing to do\n")
    day.run("2026-03-08T16:00:00Z", report(tmp_path / "later.txt", 3))
    assert [name for name in day.parts() if FIRST in name] == []


def test_parts_are_written_to_a_new_folder_only(first, tmp_path):
    day, _ = first
    before = day.parts()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    for out in (day.out, tmp_path / "full", tmp_path / "a.txt", "s3://bucket/out"):
        text = day.feeds("write", "1", "--out", out, status=console.WRONG_USAGE)
        assert text.count("\n") == 1, text
    assert day.parts() == before
    for words in (
        ("write", "1"),
        ("write", "--out", tmp_path / "x"),
        ("write", "1", "1", "--out", tmp_path / "x"),
        ("uploaded",),
    ):
        assert day.feeds(*words, status=console.WRONG_USAGE).count("\n") == 1
    day.run(SECOND, report(tmp_path / "later.txt", 3))
    assert day.feeds("write", "2", "--out", tmp_path / "x") == "run 2 published no feeds: nothing to do\n"
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("what", [("list",), ("write", "1", "--out", "again"), ("uploaded", "1")])
@pytest.mark.parametrize("place", ["missing", "empty", "a file", "foreign", "other tables", ""])
def test_a_ledger_that_is_none_is_a_fault_in_one_line_and_is_not_begun(tmp_path, what, place, monkeypatch):
    monkeypatch.chdir(tmp_path)
    url = make_place(tmp_path, place)
    before = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*"))
    result = program("feeds", *what, "--ledger", url)
    assert result.exit_code == console.WRONG_USAGE, result.output
    assert result.output.count("\n") == 1
    assert sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*")) == before


def make_place(home, kind):
    place = home / kind
    if kind in ("empty", "foreign"):
        place.mkdir()
    if kind == "a file":
        place.write_text("")
    if kind == "foreign":
        (place / "holiday.jpg").write_text("")
    if kind == "other tables":
        import pyarrow as pa
        from deltalake import write_deltalake

        write_deltalake(str(place / "runs"), pa.table({"seq": [1]}))
    return str(place) if kind else ""


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
@pytest.mark.parametrize("name", ["holiday.jpg", "claims/own.txt", "runs/own.txt", "orders/x"])
def test_a_ledger_is_not_begun_where_something_else_lies(tmp_path, name, more):
    path = tmp_path / "ledger" / name
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    words = ["run", report(tmp_path / "unshipped.txt", 1), "--out", tmp_path / "out", "--as-of", NIGHTS[0], *more]
    result = program(*words, "--ledger", tmp_path / "ledger")
    assert result.exit_code == console.WRONG_USAGE
    assert f"is not a ledger, and contains {name.split('/')[0]}" in result.output
    assert result.output.count("\n") == 1
    assert [path.name for path in (tmp_path / "ledger").iterdir()] == [name.split("/")[0]]
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_run_that_begins_a_ledger_says_so_in_its_first_line(day, tmp_path):
    (tmp_path / "ledger").mkdir()
    given = report(tmp_path / "unshipped.txt", 1)
    for _ in range(2):
        assert day.run(FIRST, given).splitlines()[0].endswith(", begins a ledger")
    assert "begins a ledger" not in day.run(SECOND, given)
    stateless = program("run", given, "--no-ledger", "--as-of", NIGHTS[0], "--out", tmp_path / "other")
    assert "begins a ledger" not in stateless.output
