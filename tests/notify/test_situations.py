"""Situations 54 to 61 of SPEC §12, each by its number, against real servers on this machine."""

import base64
import datetime as dt
import email
import email.policy
import json
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.notify import Happening, read_manifest
from tests import house
from tests.conftest import first_quick
from tests.notify.conftest import (
    IMPATIENT,
    PASSWORD,
    USER,
    mail_entry,
    mail_server,
    raw_server,
    server_context,
    web_entry,
    web_server,
)

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "pipeline/notify/notice.schema.json").read_text("utf-8"))
MARK = "Quillfeather"
PROMISE = dt.datetime(2026, 3, 20, 6, 59, 59, tzinfo=dt.UTC)  # of every order of tests/house


def run(folder, at, *orders, name="out", words=()):
    """One run over an Unshipped report with those orders."""
    (folder / "in").mkdir(exist_ok=True)
    house.report(folder / "in" / "unshipped.txt", *orders)
    out = folder / name
    command = ["run", str(folder / "in"), "--no-ledger", "--as-of", at.isoformat(), "--out", str(out), *words]
    ran = CliRunner().invoke(cli.main, command)
    assert isinstance(ran.exception, SystemExit | None), ran.exception
    return out, ran


def happening(out, status=0):
    return Happening("run", read_manifest(out).as_of, status, out)


@pytest.fixture
def due(tmp_path):
    """An output with three orders that are due within 24 hours."""
    return run(tmp_path, PROMISE - dt.timedelta(hours=5), 1, 2, 3)[0]


def as_mail(envelope):
    return email.message_from_bytes(envelope.content, policy=email.policy.default)


def documents(web):
    found = [json.loads(request.body) for request in web.requests]
    for document in found:
        jsonschema.validate(document, SCHEMA)
    return found


def test_54_the_same_night_twice_is_one_notice_a_channel(desk, due, mail, web):
    desk.write(mail_entry(mail.port), web_entry())
    for _ in range(2):
        assert not [delivery.failure for delivery in desk.send(happening(due)) if delivery.failure]
    message, (document,) = as_mail(mail.mails[0]), documents(web)
    assert len(mail.mails) == 1
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "text/plain"
    assert message.get_content_charset() == "utf-8"
    assert message["Subject"] == document["subject"] == "feedwarden: 3 due by 23:59 PDT"
    assert web.requests[0].headers["Idempotency-Key"] == document["key"]
    assert document["actions"] == {"ship": 3}
    assert (desk.state / "notices.jsonl").stat().st_mode & 0o777 == 0o600
    assert desk.state.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("kind", first_quick(["mail", "webhook"]))
def test_55_killed_after_the_server_took_it_it_comes_again_under_the_same_key(desk, due, mail, web, kind):
    desk.write(mail_entry(mail.port) if kind == "mail" else web_entry())
    words = [sys.executable, "-m", "pipeline.cli", "notify", str(due), "--notify", str(desk.settings)]
    box = mail if kind == "mail" else web
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    box.before_answer = process.kill
    assert process.wait(timeout=60) == -signal.SIGKILL
    box.before_answer = lambda: None
    assert not desk.noted()
    for _ in range(2):
        subprocess.run(words, cwd=ROOT, check=True, capture_output=True, timeout=60)
    if kind == "mail":
        keys = [as_mail(envelope)["Message-ID"] for envelope in mail.mails]
    else:
        keys = [request.headers["Idempotency-Key"] for request in web.requests]
    assert len(keys) == 2
    assert keys[0] == keys[1]


def refuse_login(authority):
    return mail_server(server_context(authority.ca), password="another")


def refuse_mail(answer):
    def serve(authority):
        manager = mail_server(server_context(authority.ca))
        entered = manager.__enter__()
        entered.answer = answer
        return Entered(manager, entered)

    return serve


class Entered:
    """A context that was entered before."""

    def __init__(self, manager, box):
        self.manager, self.box = manager, box

    def __enter__(self):
        return self.box

    def __exit__(self, *error):
        return self.manager.__exit__(*error)


@pytest.mark.parametrize(
    ("serve", "reason"),
    [
        (refuse_login, "the server refused the login (535)"),
        (refuse_mail("451 later"), "the server did not take it (451)"),
        (refuse_mail("554 never"), "the server did not take it (554)"),
    ],
    ids=["login", "4xx", "5xx"],
)
def test_56_a_mail_server_that_refuses(desk, due, authority, caplog, serve, reason):
    with serve(authority) as box:
        desk.write(mail_entry(box.port))
        (delivery,) = desk.send(happening(due))
    assert delivery.failure == reason
    assert [line["state"] for line in desk.noted()] == ["owed"]
    assert PASSWORD not in caplog.text + (desk.state / "notices.jsonl").read_text("utf-8")


def record_bytes(heard, greeting, answer):
    def talk(connection):
        connection.wfile.write(greeting)
        for line in connection.rfile:
            heard.append(line)
            if answer:
                connection.wfile.write(answer)

    return talk


@pytest.mark.parametrize(
    ("greeting", "answer", "reason"),
    [
        (b"", b"", "no answer in time"),
        (b"220 hello\r\n", b"", "no answer in time"),
        (b"220 hello\r\n", b"250-hello\r\n250 AUTH PLAIN LOGIN\r\n", "the server does not offer what is needed"),
    ],
    ids=["hangs", "hangs after hello", "no STARTTLS"],
)
def test_56_no_password_is_heard_by_a_server_without_tls(desk, due, caplog, greeting, answer, reason):
    heard = []
    with raw_server(record_bytes(heard, greeting, answer)) as port:
        desk.write(mail_entry(port))
        (delivery,) = desk.send(happening(due), IMPATIENT)
    assert delivery.failure.startswith(reason)
    said = b"".join(heard)
    assert b"AUTH" not in said
    for secret in (PASSWORD, USER):
        assert secret.encode() not in said
        assert base64.b64encode(secret.encode()) not in said
        assert secret not in caplog.text
    assert [line["state"] for line in desk.noted()] == ["owed"]


def test_56_what_is_owed_comes_with_the_next_notice_once(desk, due, tmp_path, mail):
    mail.answer = "451 later"
    desk.write(mail_entry(mail.port))
    desk.send(happening(due))
    mail.answer = "250 OK"
    later, _ = run(tmp_path, PROMISE - dt.timedelta(hours=4), 4, name="later")
    for _ in range(2):
        desk.send(happening(later))
    (envelope,) = mail.mails
    text = as_mail(envelope).get_content()
    assert [f"111-0000000-000000{number}" in text for number in (1, 2, 3, 4)] == [True] * 4
    assert "Some of this should have come with an earlier notice (NTF-801)." in text


def test_56_a_repeat_of_what_is_owed_has_the_same_key(desk, due, web):
    """A server may have taken it before it failed: then it sees one notice."""
    web.status = 500
    desk.write(web_entry())
    for _ in range(2):
        desk.send(happening(due))
    assert len({request.headers["Idempotency-Key"] for request in web.requests}) == 1


@pytest.mark.parametrize(("status", "tries"), [(500, 3), (301, 3), (410, 3)])
def test_57_a_webhook_that_refuses(desk, due, web, authority, status, tries):
    with web_server(server_context(authority.ca)) as elsewhere:
        web.status, web.headers = status, {"Location": elsewhere.url}
        desk.write(web_entry())
        (delivery,) = desk.send(happening(due))
        assert not elsewhere.requests
    assert delivery.failure == f"the server did not take it ({status})"
    assert len(web.requests) == tries
    assert len({request.headers["Idempotency-Key"] for request in web.requests}) == 1
    assert [line["state"] for line in desk.noted()] == ["owed"]
    assert "Marked-Secret" not in (desk.state / "notices.jsonl").read_text("utf-8")


def test_57_a_certificate_of_nobody_is_not_trusted(desk, due, web, mail, monkeypatch, tmp_path_factory):
    import trustme

    other = tmp_path_factory.mktemp("other") / "ca.pem"
    trustme.CA().cert_pem.write_to_path(other)
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    desk.write(web_entry(), mail_entry(mail.port))
    assert {delivery.failure for delivery in desk.send(happening(due))} == {
        "the server's certificate cannot be verified"
    }
    assert not web.requests
    assert not mail.mails


def test_58_of_5000_orders_10_are_named(desk, tmp_path, mail, web):
    out, _ = run(tmp_path, PROMISE - dt.timedelta(hours=5), *range(1, 5001))
    desk.write(mail_entry(mail.port), web_entry())
    desk.send(happening(out))
    text, (document,) = as_mail(mail.mails[0]).get_content(), documents(web)
    assert text.count("111-0000000-") == 10
    assert "and 4,990 more" in text
    assert len(text.splitlines()) <= 20
    assert len(mail.mails[0].content) <= 16_384
    assert len(web.requests[0].body) <= 16_384
    assert document["actions"] == {"ship": 5000}
    assert len(document["named"]) == 10


def test_59_a_deadline_is_reported_within_24_hours_and_once_more_when_it_is_over(desk, tmp_path, web):
    desk.write(web_entry('when = ["deadline"]'))
    seen = []
    for at in (
        PROMISE - dt.timedelta(hours=24, seconds=1),
        PROMISE - dt.timedelta(hours=24),
        PROMISE - dt.timedelta(hours=2),
        PROMISE + dt.timedelta(hours=1),
        PROMISE + dt.timedelta(hours=3),
    ):
        before = len(web.requests)
        desk.send(happening(run(tmp_path, at, 1)[0]))
        seen.append([entry["passed"] for document in documents(web)[before:] for entry in document["named"]])
    assert seen == [[], [False], [], [True], []]


def test_59_one_that_is_over_when_it_is_first_seen_is_reported_as_that(desk, tmp_path, web):
    desk.write(web_entry('when = ["deadline"]'))
    desk.send(happening(run(tmp_path, PROMISE + dt.timedelta(hours=1), 1)[0]))
    assert [entry["passed"] for document in documents(web) for entry in document["named"]] == [True]


def test_60_no_buyers_data_of_any_input_column_is_in_a_notice(desk, tmp_path, mail, web):
    header = [*house.UNSHIPPED, "buyer-name", "recipient-name", "ship-address-1", "buyer-phone-number", "buyer-email"]
    rows = []
    for number, name in enumerate(header, 1):
        dates = (house.BOUGHT, house.BOUGHT, "2026-03-01T10:40:00+00:00", "2026-03-20T06:59:59+00:00", "")
        cells = dict(zip(header, (*house.order(number), *dates, "SKU", "1", "0", "1", "Standard"), strict=False))
        rows.append([f"{MARK} {number}" if column == name else cells.get(column, "") for column in header])
    (tmp_path / "in").mkdir()
    house.written(tmp_path / "in" / "unshipped.txt", header, rows)
    words = ["run", str(tmp_path / "in"), "--no-ledger", "--as-of", "2026-03-20T00:00:00Z", "--out"]
    CliRunner().invoke(cli.main, [*words, str(tmp_path / "out")])
    desk.write(mail_entry(mail.port), web_entry())
    desk.send(happening(tmp_path / "out"))
    assert as_mail(mail.mails[0])["Subject"].startswith("feedwarden: ")
    assert MARK.encode() not in mail.mails[0].content + web.requests[0].body
    assert MARK not in json.dumps(desk.noted())


@pytest.mark.parametrize("report", first_quick(["findings", "worklist", "claims"]))
def test_60_no_cell_of_a_report_is_repeated_that_could_be_a_buyers(desk, tmp_path, mail, web, report):
    """Each column of the reports in turn, as if the program had let it through."""
    words = ["run", str(ROOT / "fixtures/runs/claims/input"), "--no-ledger", "--as-of", "2026-03-10T07:00:00Z", "--out"]
    CliRunner().invoke(cli.main, [*words, str(tmp_path / "out")])
    path = tmp_path / "out" / "reports" / f"{report}.tsv"
    header, *lines = path.read_text("utf-8").splitlines()
    for number, name in enumerate(header.split("\t")):
        if name == "due_at":
            continue  # a time that is none is no report of ours: the next test
        planted = [
            "\t".join(f"{MARK}@example.com" if place == number else cell for place, cell in enumerate(line.split("\t")))
            for line in lines
        ]
        path.write_text("\n".join([header, *planted, ""]), "utf-8")
        desk.state = tmp_path / f"state-{number}"
        desk.write(mail_entry(mail.port), web_entry(), head='deadlines = "90d"')
        desk.send(happening(tmp_path / "out"))
        assert MARK not in json.dumps(desk.noted()), name
    assert mail.mails
    for content in (*(envelope.content for envelope in mail.mails), *(request.body for request in web.requests)):
        assert MARK.encode() not in content


def test_61_a_night_that_stopped_at_fetch_and_the_next_good_one(desk, due, web):
    desk.write(web_entry('when = ["stopped"]'))
    stopped = Happening("night", PROMISE - dt.timedelta(hours=30), 3, step="fetch")
    for _ in range(2):
        desk.send(stopped)
    good = Happening("night", PROMISE - dt.timedelta(hours=5), 0, due)
    for _ in range(2):
        desk.send(good)
    first, second = documents(web)
    assert (first["events"], second["events"]) == ({"stopped": 1}, {"recovered": 1})
    assert first["subject"] == "feedwarden: night stopped with status 3"
    assert "at the step fetch" in first["text"]
    assert second["subject"] == "feedwarden: works again"
    assert "Over: night of 2026-03-19T00:59:59Z (status 3)." in second["text"]


def test_the_log_of_a_run_names_the_code_and_no_secret(desk, tmp_path, web, caplog, monkeypatch):
    """`run --notify`: what was published stays, the status is 1 where it would have been 0."""
    monkeypatch.setattr("pipeline.notify.delivery.sleep", lambda _seconds: None)
    web.status = 500
    desk.write(web_entry())
    out, ran = run(tmp_path, PROMISE - dt.timedelta(hours=3), 1, name="noted", words=["--notify", str(desk.settings)])
    assert ran.exit_code == 1
    assert (out / "manifest.json").is_file()
    assert "NTF-801" in ran.stderr
    assert "nobody has been notified" in ran.stderr
    assert "Marked-Secret" not in ran.output + ran.stderr + caplog.text
    web.status = 200
    _, ran = run(tmp_path, PROMISE - dt.timedelta(hours=3), 1, name="noted", words=["--notify", str(desk.settings)])
    assert ran.exit_code == 0
    assert [line["state"] for line in desk.noted()] == ["owed", "sent"]
