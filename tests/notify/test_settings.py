"""notify.toml and its secrets: whatever is wrong with them is exit status 2, one line, and nothing is sent."""

import os

import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.notify import NotifyError, load_settings
from tests.notify.conftest import PASSWORD, mail_entry, web_entry

MAIL = mail_entry(2525)
HTTPS = 'url = "https://example.com/hook"'
BAD = {
    "no channel": "",
    "not TOML": "to = [",
    "not UTF-8": b"\xff\xfe\x00",
    "large": b"x" * (1 << 21),
    "unknown key": f"colour = 1\n{MAIL}",
    "unknown key of a channel": MAIL + "colour = 1",
    "key of another kind": web_entry('host = "localhost"'),
    "to of a wrong type": "to = 1",
    "deadlines": f'deadlines = "soon"\n{MAIL}',
    "deadlines of a wrong type": f"deadlines = 24\n{MAIL}",
    "locale": f'locale = "xx"\n{MAIL}',
    "link": f'link = "file:///etc"\n{MAIL}',
    "kind": '[[to]]\nkind = "pigeon"',
    "when": MAIL + 'when = ["sometimes"]',
    "nothing to be notified of": MAIL + "when = []",
    "order-ids": MAIL + "order-ids = 1",
    "name": MAIL + 'name = "a b"',
    "twice": MAIL + MAIL,
    "host": MAIL.replace('"127.0.0.1"', '"a b"'),
    "port": MAIL.replace("2525", "0"),
    "no TLS over a network": MAIL.replace('"127.0.0.1"', '"mail.example.com"') + 'tls = "none"',
    "header in an address": MAIL.replace("orders@example.com", "a@example.com\\r\\nBcc: b@example.com"),
    "no address": MAIL.replace('to = ["orders@example.com"]', "to = []"),
    "secret without a password": MAIL.replace("env:FEEDWARDEN_SMTP", "env:HALF_SECRET"),
    "secret that is not there": MAIL.replace("env:FEEDWARDEN_SMTP", "env:NO_SUCH_SECRET"),
    "secret in the file": MAIL.replace("env:FEEDWARDEN_SMTP", "warden:Marked-Secret-1"),
    "no credentials": MAIL.replace("env:FEEDWARDEN_SMTP", "credentials:smtp"),
    "credential elsewhere": MAIL.replace("env:FEEDWARDEN_SMTP", "credentials:../smtp"),
    "URL in a file that others can read": f'[[to]]\nkind = "webhook"\n{HTTPS}',
    "plain HTTP over a network": web_entry().replace("FEEDWARDEN_HOOK", "PLAIN_HOOK"),
    "user in the URL": web_entry().replace("FEEDWARDEN_HOOK", "USER_HOOK"),
    "no URL": web_entry().replace("FEEDWARDEN_HOOK", "NO_HOOK"),
}


@pytest.fixture(autouse=True)
def secrets(monkeypatch):
    monkeypatch.setenv("FEEDWARDEN_HOOK", "https://127.0.0.1:1/Marked-Secret-2")
    monkeypatch.setenv("PLAIN_HOOK", "http://example.com/Marked-Secret-2")
    monkeypatch.setenv("USER_HOOK", "https://warden:Marked-Secret-2@example.com/")
    monkeypatch.setenv("NO_HOOK", "Marked-Secret-2")
    monkeypatch.setenv("HALF_SECRET", "Marked-Secret-3")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)


def check_refused(words):
    ran = CliRunner().invoke(cli.main, [str(word) for word in words])
    assert isinstance(ran.exception, SystemExit), ran.exception
    assert (ran.exit_code, ran.stderr.count("\n")) == (2, 1), ran.stderr
    assert "Marked-Secret" not in ran.output
    assert len(ran.stderr) < 1000
    return ran.stderr


@pytest.mark.parametrize("content", BAD.values(), ids=BAD)
def test_settings_that_cannot_be_used(desk, content):
    desk.settings.write_bytes(content if isinstance(content, bytes) else content.encode())
    check_refused(["notify", "--test", "--notify", desk.settings])
    assert not desk.state.exists()


def test_a_run_with_such_settings_is_not_begun(desk, tmp_path):
    desk.write("to = 1")
    out = tmp_path / "out"
    check_refused(["run", tmp_path, "--no-ledger", "--out", out, "--notify", desk.settings])
    assert not out.exists()


def test_a_settings_file_that_is_not_there(tmp_path):
    assert "no such file" in check_refused(["notify", "--test", "--notify", tmp_path / "none.toml"])


@pytest.mark.skipif(os.name != "posix", reason="modes of files are those of POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_secret_file_that_others_can_read(desk, tmp_path, mode):
    path = tmp_path / "smtp"
    path.write_text(f"warden:{PASSWORD}\n", encoding="utf-8")
    desk.write(MAIL.replace("env:FEEDWARDEN_SMTP", "file:smtp"))
    path.chmod(mode)
    assert "others can read it" in check_refused(["notify", "--test", "--notify", desk.settings])
    path.chmod(0o600)
    assert load_settings(desk.settings).channels[0].secret == f"warden:{PASSWORD}"


@pytest.mark.skipif(os.name != "posix", reason="links are those of POSIX")
def test_a_secret_behind_a_link(desk, tmp_path):
    (tmp_path / "elsewhere").write_text(f"warden:{PASSWORD}", encoding="utf-8")
    (tmp_path / "elsewhere").chmod(0o600)
    (tmp_path / "smtp").symlink_to(tmp_path / "elsewhere")
    desk.write(MAIL.replace("env:FEEDWARDEN_SMTP", "file:smtp"))
    with pytest.raises(NotifyError, match="is a link"):
        load_settings(desk.settings)


def test_a_url_may_stand_in_a_file_of_the_owner_alone(desk):
    desk.write(f'[[to]]\nkind = "webhook"\n{HTTPS}')
    desk.settings.chmod(0o600)
    assert load_settings(desk.settings).channels[0].url == "https://example.com/hook"


def test_a_credential_of_systemd(desk, tmp_path, monkeypatch):
    (tmp_path / "smtp").write_text(f"warden:{PASSWORD}\n", encoding="utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    desk.write(MAIL.replace("env:FEEDWARDEN_SMTP", "credentials:smtp"))
    assert load_settings(desk.settings).channels[0].secret == f"warden:{PASSWORD}"


def test_a_secret_of_a_keyring(desk, monkeypatch):
    keyring = pytest.importorskip("keyring")
    monkeypatch.setattr(
        keyring, "get_password", lambda service, user: f"{user}:{PASSWORD}" if service == "mail" else None
    )
    desk.write(MAIL.replace("env:FEEDWARDEN_SMTP", "keyring:mail"))
    assert load_settings(desk.settings).channels[0].secret == f"feedwarden:{PASSWORD}"
    desk.write(MAIL.replace("env:FEEDWARDEN_SMTP", "keyring:other"))
    with pytest.raises(NotifyError, match="no password"):
        load_settings(desk.settings)


def test_defaults_and_names(desk):
    settings = load_settings(desk.write(MAIL, web_entry('name = "chat"')).settings)
    mail, web = settings.channels
    assert (settings.deadlines.total_seconds(), settings.link) == (24 * 3600, "")
    assert (mail.tls, mail.port, mail.when) == ("starttls", 2525, ("error", "deadline", "warning-7d", "stopped"))
    assert (web.name, web.order_ids) == ("chat", True)
    assert PASSWORD not in repr(settings)
    assert "Marked-Secret" not in repr(settings)


def test_the_name_of_a_channel_does_not_change_with_what_it_gets(desk):
    names = set()
    for more in ('when = ["stopped"]', "order-ids = false", ""):
        names |= {channel.name for channel in load_settings(desk.write(MAIL + more).settings).channels}
    assert len(names) == 1


def test_an_apprise_channel_needs_its_extra(desk, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    monkeypatch.setenv("CHAT", "json://127.0.0.1:1/Marked-Secret-2")
    desk.write('[[to]]\nkind = "apprise"\nurl = "env:CHAT"')
    with pytest.raises(NotifyError, match=r"feedwarden\[notify\]"):
        load_settings(desk.settings)
