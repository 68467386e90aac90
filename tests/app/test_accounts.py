"""A folder of accounts: a run for each with a ledger and an output of its own, one page and one worklist over all."""

import filecmp
import html.parser
import json
import shutil
import signal
import zoneinfo
from pathlib import Path
from urllib.parse import unquote

import pytest
from click.testing import CliRunner

import pipeline
from pipeline import cli
from tests.app.test_interrupts import end, start
from tests.app.test_log import log_lines
from tests.house import NIGHTS, order, report, upload

AMERICA, GERMANY, JAPAN = 'marketplace = "Amazon.com"', 'marketplace = "Amazon.de"', 'marketplace = "Amazon.co.jp"'


@pytest.fixture
def inbox(tmp_path, monkeypatch):
    """Two accounts; the first order of the second is due before those of the first."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "inbox"
    for name, settings, numbers in (("de", GERMANY, (3, 4)), ("us", AMERICA, (1, 2))):
        (folder / name).mkdir(parents=True)
        (folder / name / "account.toml").write_text(settings, encoding="utf-8")
        report(folder / name / "unshipped.txt", *numbers)
    early = folder / "de/unshipped.txt"
    text = early.read_text(encoding="utf-8").replace("2026-03-20T06:59:59", "2026-03-12T22:59:59", 1)
    early.write_text(text, encoding="utf-8")
    return folder


def run(*more, folder="inbox", out="out", as_of=NIGHTS[0]):
    return CliRunner().invoke(cli.main, ["run", folder, "--out", out, "--as-of", as_of, *map(str, more)])


def lines(path="out/worklist.tsv"):
    header, *rows = Path(path).read_text(encoding="utf-8").splitlines()
    return [dict(zip(header.split("\t"), row.split("\t"), strict=True)) for row in rows]


def test_each_account_has_the_run_it_would_have_alone(inbox):
    result = run()
    assert (result.exit_code, result.stderr) == (0, "")
    assert sorted(path.name for path in Path("ledger").iterdir()) == ["de", "us"]
    for name in ("de", "us"):
        alone = CliRunner().invoke(
            cli.main,
            ["run", str(inbox / name), "--out", f"alone/{name}", "--ledger", f"l/{name}", "--as-of", NIGHTS[0]],
        )
        assert alone.exit_code == 0
        for path in Path("alone", name).rglob("*.*"):
            assert filecmp.cmp(path, Path("out") / path.relative_to("alone"), shallow=False), path


@pytest.mark.usefixtures("inbox")
def test_the_worklist_is_one_and_sorted_together():
    run()
    joint = lines()
    assert [(line["account"], line["order_id"]) for line in joint] == [
        ("de", order(3)[0]),
        ("us", order(1)[0]),
        ("us", order(2)[0]),
        ("de", order(4)[0]),
    ]
    own = [line for name in ("de", "us") for line in lines(f"out/{name}/reports/worklist.tsv")]
    assert sorted(map(str, own)) == sorted(str({k: v for k, v in line.items() if k != "account"}) for line in joint)
    manifest = json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))
    assert [(entry["name"], entry["status"]) for entry in manifest["accounts"]] == [("de", 0), ("us", 0)]
    assert {entry["path"]: entry["rows"] for entry in manifest["outputs"]} == {"report.html": 0, "worklist.tsv": 4}


@pytest.mark.slow
def test_the_reader_chooses_the_time_zone(inbox):
    run()
    assert [line["due_local"] for line in lines()] == [
        "2026-03-12 23:59 CET",  # 22:59:59 UTC in Berlin
        *["2026-03-19 23:59 PDT"] * 2,  # 06:59:59 UTC of the next day in Los Angeles
        "2026-03-20 07:59 CET",
    ]
    run("--time-zone", "Asia/Tokyo")
    assert {line["due_local"] for line in lines()} == {"2026-03-13 07:59 JST", "2026-03-20 15:59 JST"}
    assert "Asia/Tokyo" in Path("out/report.html").read_text(encoding="utf-8")
    wrong = run("--time-zone", "Mars/Olympus")
    assert (wrong.exit_code, wrong.stderr.count("\n"), "Europe/Berlin" in wrong.stderr) == (2, 1, True)
    assert "Europe/Berlin" in zoneinfo.available_timezones()
    single = run("--time-zone", "Asia/Tokyo", folder=str(inbox / "us"), out="other")
    assert (single.exit_code, single.stderr.count("\n"), "several accounts" in single.stderr) == (2, 1, True)


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.links, self.scripts, self.texts = [], 0, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.scripts += tag == "script"
        self.links += [value for name, value in attrs if tag == "a" and name == "href"]

    def handle_data(self, data):
        self.texts.append(data)


def test_the_page_lists_accounts_and_links_to_their_pages(inbox):
    shutil.move(inbox / "us", inbox / "us & <b>more")
    result = run()
    assert result.stdout.splitlines()[-1] == "Page: out/report.html"
    page = Page(Path("out/report.html").read_text(encoding="utf-8"))
    assert page.scripts == 0
    assert "us & <b>more" in page.texts
    targets = {unquote(link) for link in page.links}
    assert targets == {"de/report.html", "us & <b>more/report.html", "worklist.tsv"}
    assert all((Path("out") / target).is_file() for target in targets)


@pytest.mark.parametrize(
    ("settings", "said"),
    [("plan = 1", "plan = 1 must be text"), (None, "has no account.toml"), ("", "no input files found")],
)
def test_a_broken_account_stops_alone_and_is_named_first(inbox, settings, said):
    (inbox / "aa-fr").mkdir()
    if settings is not None:
        (inbox / "aa-fr/account.toml").write_text(settings, encoding="utf-8")
    if settings:
        report(inbox / "aa-fr/unshipped.txt", 9)
    result = run()
    assert result.exit_code == 1
    assert result.stderr.startswith("feedwarden: aa-fr: ")
    assert (result.stderr.count("\n"), said in result.stderr) == (1, True)
    assert result.stdout.startswith("Stopped\n  aa-fr: ")
    assert not Path("out/aa-fr").exists()
    assert settings == "" or not Path("ledger/aa-fr").exists()
    assert [line["account"] for line in lines()].count("us") == 2
    text = Path("out/report.html").read_text(encoding="utf-8")
    assert text.index("aa-fr") < text.index("Accounts</h2>")
    accounts = json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))["accounts"]
    assert accounts[0]["name"] == "aa-fr"
    assert accounts[0]["status"] in (2, 3)


def test_where_no_account_can_be_run_its_own_status_holds(inbox):
    for name in ("de", "us"):
        (inbox / name / "account.toml").write_text("plan = 1", encoding="utf-8")
    assert run().exit_code == 2


def test_two_accounts_with_one_ledger_are_2(inbox):
    Path("ledgers").mkdir()
    Path("ledgers/us").mkdir()
    Path("ledgers/de").symlink_to("us")
    result = run("--ledger", "ledgers")
    assert (result.exit_code, result.stderr.count("\n"), "have one ledger" in result.stderr) == (2, 1, True)
    assert not Path("out").exists()
    run(folder=str(inbox / "us"), out="single")  # makes a ledger of its own at ./ledger
    result = run()
    assert (result.exit_code, result.stderr.count("\n"), "ledger of one account" in result.stderr) == (2, 1, True)
    result = CliRunner().invoke(cli.main, ["run", str(inbox / "us"), str(inbox / "de"), "--out", "out"])
    assert (result.exit_code, "both describe an account" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("prepare", "more", "said"),
    [
        (lambda inbox: (inbox / "loose.txt").write_text(""), [], "lies beside the folders of accounts"),
        (lambda inbox: (inbox / "fr").symlink_to("us"), [], "have one folder"),
        (lambda _: None, ["--account", "inbox/us/account.toml"], "each folder below inbox has its own"),
        (lambda _: (Path("out").mkdir(), Path("out/mine.txt").write_text("")), [], "give a new folder"),
    ],
)
def test_what_cannot_be_begun_is_2_and_nothing_is_written(inbox, prepare, more, said):
    prepare(inbox)
    before = sorted(Path().rglob("*"))
    result = run(*more)
    assert (result.exit_code, result.stderr.count("\n"), said in result.stderr) == (2, 1, True)
    assert sorted(Path().rglob("*")) == before


@pytest.mark.slow
def test_the_next_night_goes_on_from_each_ledger_and_replaces_the_page(inbox):
    upload(inbox / "us/up.txt", (1, "2", "T1"))
    assert run().exit_code == 0
    first = Path("out/manifest.json").read_bytes()
    assert run().exit_code == 0  # the same night again
    assert Path("out/manifest.json").read_bytes() == first
    assert run(as_of=NIGHTS[1]).exit_code == 0
    findings = Path("out/us/reports/findings.tsv").read_text(encoding="utf-8")
    assert "SHP-116" in findings
    assert json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))["as_of"] == NIGHTS[1]
    assert not list(Path("out").glob("*.new"))


@pytest.mark.usefixtures("inbox")
@pytest.mark.slow
def test_outputs_and_ledgers_inside_the_folder_are_no_accounts():
    words = ["--ledger", "inbox/ledger"]
    for _ in range(2):
        result = run(*words, out="inbox/out")
        assert (result.exit_code, result.stderr) == (0, "")
    assert sorted(path.name for path in Path("inbox/out").iterdir()) == [
        *("de", "manifest.json", "report.html", "us", "worklist.tsv")
    ]


@pytest.mark.usefixtures("inbox")
def test_a_dry_run_writes_nothing():
    result = run("--dry-run")
    assert result.stdout.startswith("Dry run: nothing was written.")
    assert sorted(path.name for path in Path().iterdir()) == ["inbox"]


@pytest.mark.usefixtures("inbox")
def test_outputs_are_the_owners_alone():
    run()
    assert {path.stat().st_mode & 0o077 for path in (Path("out"), *Path("out").rglob("*"))} == {0}


def test_the_log_names_each_account(inbox):
    (inbox / "fr").mkdir()
    events = log_lines(run("--log-format", "json"))
    accounts = {line["account"]: (line["status"], line["level"]) for line in events if line["event"] == "account"}
    assert accounts == {"de": (0, "info"), "us": (0, "info"), "fr": (2, "error")}
    assert (events[0]["event"], events[-1]["event"], events[-1]["page"]) == ("start", "end", "out/report.html")
    runs = {line["run"] for line in events} - {None}
    assert len(runs) == 2


@pytest.mark.usefixtures("inbox")
@pytest.mark.slow
def test_an_interrupt_names_what_was_published_before(tmp_path):
    words = ["run", "inbox", "--out", "out", "--as-of", NIGHTS[0]]
    place = "pipeline.app.accounts:_join_outputs"
    assert end(start(tmp_path, signal.SIGINT, place, *words)) == (
        130,
        "",
        "feedwarden: interrupted, nothing was published after de, us; run it again\n",
    )
    assert not Path("out/report.html").exists()
    assert run().exit_code == 0


def test_from_python(inbox):
    (inbox / "fr").mkdir()
    night = pipeline.run_accounts(inbox, out="out", as_of=NIGHTS[0], time_zone="Asia/Tokyo")
    assert (night.exit_status, [*night.outputs], [*night.stopped]) == (1, ["de", "us"], ["fr"])
    assert night.page.is_file()
    assert night.worklist["account"].tolist() == [line["account"] for line in lines()]
    assert len(night.outputs["us"].orders) == 2
    with pytest.raises(pipeline.WrongUsage, match="run_accounts"):
        pipeline.run(inbox, out="other")
    with pytest.raises(pipeline.WrongUsage, match=r"has an account\.toml"):
        pipeline.run_accounts(inbox / "us", out="other")


@pytest.mark.slow
def test_where_no_account_can_be_run_the_page_of_before_stays(inbox):
    assert run().exit_code == 0
    kept = {path.name: path.read_bytes() for path in Path("out").iterdir() if path.is_file()}
    for name in ("de", "us"):
        (inbox / name / "account.toml").write_text("marketplace = 7", encoding="utf-8")
    stopped = run()
    assert stopped.exit_code == 2
    assert "Dry run" not in stopped.output
    assert kept
    assert kept == {path.name: path.read_bytes() for path in Path("out").iterdir() if path.is_file()}


def test_feeds_to_upload_are_named_for_each_account(inbox):
    upload(inbox / "us/a.txt", (1, "1", "T1"))
    said = run()
    assert "us  Amazon.com  3 accepted, 0 to correct, 1 file to upload in us/feeds" in said.output
    assert "de  Amazon.de  2 accepted, 0 to correct\n" in said.output
    header, shown = "to upload", Path("out/report.html").read_text(encoding="utf-8")
    assert header in shown


@pytest.mark.slow
def test_what_nobody_is_known_to_have_uploaded_is_counted_wherever_the_output_is(inbox):
    upload(inbox / "us/a.txt", (1, "1", "T1"))
    assert "earlier runs" not in run().output
    again = run(out="tomorrow", as_of=NIGHTS[1])
    assert "us  Amazon.com  2 accepted, 0 to correct, 1 part of earlier runs not known to be uploaded" in again.output
    assert "0 + 1 of earlier runs" in Path("tomorrow/report.html").read_text(encoding="utf-8")
    assert "earlier runs" not in run(out="out", as_of=NIGHTS[1]).output
