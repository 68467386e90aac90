"""`feedwarden notify` and `run --notify`: what is printed, what is noted, which exit status."""

import datetime as dt
import json
import re
from dataclasses import replace

import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.app.notify_command import notify_end, notify_night
from pipeline.notify import Happening
from tests.notify.conftest import PASSWORD, mail_entry, web_entry, web_server
from tests.notify.test_situations import PROMISE, ROOT, as_mail, documents, happening, run

PART_NAME = "shipping-confirmation-001.tsv"
PART = f"{PART_NAME} (0123456789ab)"
APPRISE_WARNS = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of libraries that it loads


@pytest.fixture
def due(tmp_path):
    return run(tmp_path, PROMISE - dt.timedelta(hours=5), 1, 2, 3)[0]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch):
    monkeypatch.setattr("pipeline.notify.delivery.sleep", lambda _seconds: None)


def notify(*words):
    ran = CliRunner().invoke(cli.main, ["notify", *map(str, words)])
    assert isinstance(ran.exception, SystemExit | None), ran.exception
    return ran


def test_one_line_to_each_channel(desk, mail, web):
    desk.write(mail_entry(mail.port), web_entry())
    ran = notify("--test", "--notify", desk.settings)
    assert (ran.exit_code, ran.stdout.count("sent: feedwarden: test")) == (0, 2)
    assert as_mail(mail.mails[0]).get_content().startswith("This is a test of the channel mail-")
    assert documents(web)[0]["command"] == "notify"
    assert not desk.noted()
    web.status = 500
    ran = notify("--test", "--notify", desk.settings)
    assert ran.exit_code == 1
    assert "NTF-801" in ran.stderr


def test_a_dry_run_sends_and_notes_nothing(desk, due, mail, web):
    desk.write(mail_entry(mail.port), web_entry())
    ran = notify(due, "--notify", desk.settings, "--dry-run")
    assert ran.exit_code == 0
    assert ran.stdout.count("Subject: feedwarden: 3 due by 23:59 PDT") == 2
    assert not mail.mails
    assert not web.requests
    assert not desk.state.exists()


def test_an_output_is_reported_once(desk, due, mail):
    desk.write(mail_entry(mail.port))
    first, second = (notify(due, "--notify", desk.settings) for _ in range(2))
    assert (first.exit_code, second.exit_code, len(mail.mails)) == (0, 0, 1)
    assert second.stdout.endswith(": nothing new\n")


def test_the_state_may_be_elsewhere(desk, due, mail, tmp_path):
    desk.write(mail_entry(mail.port))
    notify(due, "--notify", desk.settings, "--state", tmp_path / "elsewhere")
    assert (tmp_path / "elsewhere" / "notices.jsonl").is_file()
    assert not desk.state.exists()


@pytest.mark.parametrize("words", [[], ["out", "--home", "home"]])
def test_either_an_output_or_a_home(desk, monkeypatch, words):
    monkeypatch.chdir(desk.folder)
    (desk.folder / "home").mkdir()
    desk.write(mail_entry(2525))
    (desk.folder / "home" / "notify.toml").write_bytes(desk.settings.read_bytes())
    ran = notify(*words)
    assert (ran.exit_code, ran.stderr.count("\n")) == (2, 1)


def test_what_is_no_output(desk, tmp_path):
    desk.write(mail_entry(2525))
    (tmp_path / "other").mkdir()
    ran = notify(tmp_path / "other", "--notify", desk.settings)
    assert (ran.exit_code, ran.stderr.count("\n")) == (2, 1)


def write_night(desk, started_at, as_of, status):
    """A record of a night as the state has it."""
    (desk.state / "nights").mkdir(parents=True, exist_ok=True)
    record = {"started_at": started_at, "as_of": as_of, "ends": {}, "status": status, "is_left": False, "change": 1}
    path = desk.state / "nights" / f"{started_at.replace(':', '-')}.json"
    path.write_text(json.dumps(record), encoding="utf-8")


def test_the_newest_finished_night_of_a_home(desk, tmp_path, web):
    run(tmp_path, PROMISE - dt.timedelta(hours=5), 1, 2, 3, name="out/2026-03-20T01-59-59Z")
    desk.write(web_entry())
    write_night(desk, "2026-03-19T01:30:00Z", "2026-03-19T01:31:00Z", 0)
    write_night(desk, "2026-03-20T01:30:00Z", "2026-03-20T01:59:59Z", 1)
    write_night(desk, "2026-03-21T01:30:00Z", None, None)
    assert notify("--home", desk.folder).exit_code == 0
    (document,) = documents(web)
    assert (document["command"], document["status"], document["actions"]) == ("night", 1, {"ship": 3})


def test_an_old_output_does_not_show_that_what_stopped_later_works_again(desk, due, web):
    desk.write(web_entry('when = ["stopped"]'))
    desk.send(Happening("run", PROMISE, 4))
    desk.send(happening(due))
    assert [document["events"] for document in documents(web)] == [{"stopped": 1}]


def test_a_home_without_nights_has_outputs(desk, tmp_path, web):
    run(tmp_path, PROMISE - dt.timedelta(hours=5), 1, name="out/2026-03-20")
    desk.write(web_entry())
    assert notify("--home", desk.folder).exit_code == 0
    assert documents(web)[0]["actions"] == {"ship": 1}
    assert notify("--home", tmp_path / "in", "--notify", desk.settings).exit_code == 2


def test_a_sign_of_life_every_night_and_once_a_night(desk, tmp_path, web):
    desk.write(web_entry('when = ["always"]'))
    for hours in (80, 79):
        out, _ = run(tmp_path, PROMISE - dt.timedelta(hours=hours), 1)
        for _ in range(2):
            desk.send(happening(out))
    assert [document["subject"] for document in documents(web)] == ["feedwarden: run finished, nothing new"] * 2


def test_order_ids_can_be_left_out(desk, due, mail, web):
    desk.write(mail_entry(mail.port), web_entry(), head="order-ids = false")
    desk.send(happening(due))
    assert b"111-0000000" not in mail.mails[0].content + web.requests[0].body
    assert documents(web)[0]["actions"] == {"ship": 3}


def test_the_link_stands_before_the_files(desk, due, web):
    desk.write(web_entry(), head='link = "https://intranet/feedwarden/"')
    desk.send(happening(due))
    assert documents(web)[0]["files"] == [
        "https://intranet/feedwarden/out/report.html",
        "https://intranet/feedwarden/out/reports/worklist.tsv",
    ]


@pytest.mark.parametrize(
    ("spoil", "status"), [(lambda folder: (folder / "in" / "unshipped.txt").write_bytes(b""), 3), (None, 2)]
)
def test_a_run_that_stopped_and_the_next_good_one(desk, tmp_path, web, spoil, status):
    desk.write(web_entry('when = ["stopped"]'))
    (tmp_path / "in").mkdir()
    words = ["run", str(tmp_path / "in"), "--no-ledger", "--as-of", "2026-03-15T07:00:00Z", "--out"]
    words += [str(tmp_path / "out"), "--notify", str(desk.settings)]
    if spoil:
        spoil(tmp_path)
    else:
        words += ["--account", str(tmp_path / "none.toml")]
    for _ in range(2):
        assert CliRunner().invoke(cli.main, words).exit_code == status
    _, ran = run(tmp_path, PROMISE - dt.timedelta(hours=80), 1, words=["--notify", str(desk.settings)])
    assert ran.exit_code == 0
    assert [document["events"] for document in documents(web)] == [{"stopped": 1}, {"recovered": 1}]


def test_the_status_of_what_stopped_stays(desk, web, capsys):
    web.status = 500
    desk.write(web_entry())
    failures = []
    stopped = Happening("night", PROMISE, 4, step="run")
    assert notify_end(desk.sender(), stopped, lambda *failure: failures.append(failure)) == 4
    assert failures == [(desk.sender().settings.channels[0].name, "the server did not take it (500)")]
    assert notify_end(desk.sender(), Happening("night", PROMISE, 0)) == 1
    assert PASSWORD not in capsys.readouterr().err


def test_the_last_step_of_a_night(desk, due, web):
    night = Happening("night", PROMISE - dt.timedelta(hours=5), 0, due, desk.state)
    assert notify_night(desk.folder, night, PROMISE, print) == 0
    assert not web.requests
    desk.write(web_entry())
    assert notify_night(desk.folder, night, PROMISE, print) == 0
    assert len(web.requests) == 1
    desk.write("to = 1")
    assert notify_night(desk.folder, night, PROMISE, print) == 2
    assert notify_night(desk.folder, replace(night, status=4), PROMISE, print) == 4


def test_a_dry_run_of_a_run_sends_nothing(desk, tmp_path, web):
    desk.write(web_entry())
    _, ran = run(tmp_path, PROMISE - dt.timedelta(hours=5), 1, words=["--dry-run", "--notify", str(desk.settings)])
    assert (ran.exit_code, web.requests) == (0, [])


def write_journal(desk, *lines):
    desk.state.mkdir(exist_ok=True)
    with (desk.state / "journal.jsonl").open("a", encoding="utf-8") as journal:
        for number, line in enumerate(lines):
            journal.write(json.dumps({"change": number, "at": "2026-03-20T01:00:00Z", **line}) + "\n")


def event(code, severity="error"):
    return {"event": {"code": code, "about": PART, "message": "buyer Quillfeather", "severity": severity}}


def part(state):
    return {"kind": "parts", "record": {"name": PART_NAME, "sha256": "0123456789ab" * 5, "state": state}}


def test_errors_with_amazon_and_an_unsure_part_that_is_over(desk, due, web):
    desk.write(web_entry('when = ["error"]'))
    write_journal(desk, part("unsure"), event("AMZ-724"), event("AMZ-723"), event("AMZ-725", "warning"))
    night = Happening("night", PROMISE - dt.timedelta(hours=5), 4, state=desk.state)
    for _ in range(2):
        desk.send(night)
    write_journal(desk, part("submitted"))
    for _ in range(2):
        desk.send(Happening("night", PROMISE, 0, due, desk.state))
    first, second = documents(web)
    assert first["codes"] == {"AMZ-723": 1, "AMZ-724": 1}
    assert "1 feed refused, 1 other error" in first["subject"]
    assert second["events"] == {"recovered": 1}
    assert f"Over: AMZ-724 {PART}." in second["text"]
    assert "Quillfeather" not in json.dumps([first, second])


def test_old_errors_and_lines_that_are_none(desk, web):
    desk.write(web_entry('when = ["error"]'))
    write_journal(desk, {**event("AMZ-723"), "at": "2026-01-01T00:00:00Z"}, {"event": 7}, {"record": []})
    with (desk.state / "journal.jsonl").open("a", encoding="utf-8") as journal:
        journal.write('[1]\n{"event": {"code": "AMZ-7')
    desk.send(Happening("night", PROMISE, 0, state=desk.state))
    assert not web.requests


def test_a_log_that_was_cut_short_is_gone_on_with(desk, due, web):
    desk.write(web_entry())
    desk.send(happening(due))
    log = desk.state / "notices.jsonl"
    log.write_bytes(log.read_bytes()[:-20])
    for _ in range(2):
        desk.send(happening(due))
    keys = [request.headers["Idempotency-Key"] for request in web.requests]
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_where_nothing_can_be_noted_it_is_sent_all_the_same(desk, due, web):
    desk.write(web_entry())
    desk.state.mkdir()
    (desk.state / "notices.jsonl").mkdir()
    (delivery,) = desk.send(happening(due))
    assert len(web.requests) == 1
    assert delivery.unnoted
    assert notify(due, "--notify", desk.settings).exit_code == 4


def test_rows_that_amazon_refused_are_counted(desk, due, web):
    desk.write(web_entry())
    desk.send(Happening("night", PROMISE - dt.timedelta(hours=5), 1, due, refused_rows=3))
    assert "Amazon refused 3 rows of the feeds." in documents(web)[0]["text"]


@APPRISE_WARNS
def test_any_service_of_apprise(desk, due, monkeypatch):
    pytest.importorskip("apprise")
    with web_server(None) as hook:
        monkeypatch.setenv("CHAT", hook.url.replace("http://", "json://"))
        desk.write('[[to]]\nkind = "apprise"\nurl = "env:CHAT"')
        hook.status = 500
        (delivery,) = desk.send(happening(due))
        assert delivery.failure
        hook.status = 200
        (delivery,) = desk.send(happening(due))
    assert not delivery.failure
    assert json.loads(hook.requests[-1].body)["title"] == "feedwarden: 3 due by 23:59 PDT"


@APPRISE_WARNS
def test_apprise_is_never_asked_not_to_verify(desk, due, monkeypatch):
    pytest.importorskip("apprise")
    with web_server(None) as hook:
        monkeypatch.setenv("CHAT", hook.url.replace("http://", "json://") + "?verify=no")
        desk.write('[[to]]\nkind = "apprise"\nurl = "env:CHAT"')
        (delivery,) = desk.send(happening(due))
    assert delivery.failure
    assert not hook.requests


def test_the_mail_on_the_page_is_that_of_the_demo(desk, tmp_path):
    page = (ROOT / "pipeline/notify/README.md").read_text("utf-8")
    shown = re.search(r"```text\n(Subject: .*?\n)```", page, re.DOTALL)[1]
    words = ["run", str(ROOT / "fixtures/runs/demo/input"), "--no-ledger", "--as-of", "2026-03-10T07:00:00Z", "--out"]
    assert CliRunner().invoke(cli.main, [*words, str(tmp_path / "demo")]).exit_code == 1
    desk.write(mail_entry(2525), head='link = "https://intranet/feedwarden/"')
    ran = notify(tmp_path / "demo", "--notify", desk.settings, "--dry-run")
    assert ran.stdout.partition("\n")[2].rstrip("\n") == shown.rstrip("\n")
