"""Situations 1 to 7 and 47 to 49: secrets, tokens, roles, and whose the state is."""

import datetime as dt
import errno
import os
import shutil

import pytest

from tests.amazon.fake_server import CLIENT_ID, CLIENT_SECRET, HANG, REFRESH_TOKEN, error, status
from tests.amazon.seller_home import SECRETS_FILE, US

ROLE = "role Direct to Consumer Shipping"


def test_s01_client_refused(home, fake):
    assert home.fetch(FEEDWARDEN_LWA_CLIENT_SECRET="wrong") == 2
    assert "client id or secret" in home.output
    assert "AMZ-701" in home.codes()
    assert [exchange.operation for exchange in fake.exchanges] == ["token"]


def test_s02_refresh_token_refused(home, fake):
    assert home.fetch(FEEDWARDEN_LWA_REFRESH_TOKEN="wrong") == 2
    assert "refresh token: authorise again" in home.output
    assert "AMZ-701" in home.codes()
    assert [exchange.operation for exchange in fake.exchanges] == ["token"]


def test_s02_application_not_allowed(home, fake):
    fake.script["token"] = [status(400, b'{"error": "unauthorized_client"}')]
    assert home.fetch() == 2
    assert fake.calls("token") == 1


def test_s03_token_service_down_for_a_while(home, fake):
    fake.script["token"] = [status(503)] * 3
    assert home.fetch("-v") == 0
    assert fake.calls("token") == 4
    assert home.kinds() == ["all-orders", "orders", "returns", "unshipped"]


def test_s04_token_service_hangs(home, fake):
    home.write_account('[wait]\nconnect = "1s"\nread = "1s"\n')
    fake.script["token"] = [HANG] * 8
    assert home.fetch() == 4
    assert fake.calls("token") <= 8
    assert not home.files()


def test_s05_client_secret_expired(home, fake):
    expired = error(403, "Unauthorized", "Access denied.", "The LWA secret token you provided has expired.")
    fake.script["createReport"] = [expired, expired]
    assert home.fetch() == 2
    assert fake.calls("token") == 2
    assert "AMZ-703" in home.codes()
    assert "rotate the secret" in home.output


@pytest.mark.parametrize("operation", ["createRestrictedDataToken", "getReportDocument"])
def test_s06_restricted_role_lacking(home, fake, operation):
    def deny(request):
        is_restricted = (
            request.headers.get("x-amz-access-token", "").startswith("Atz.sprdt") or "token" in operation.lower()
        )
        return error(403, "Unauthorized", "Access to requested resource is denied.") if is_restricted else None

    fake.script[operation] = [deny] * 20
    assert home.fetch() == 3
    assert home.kinds() == ["all-orders", "returns"]
    assert ("AMZ-706", "error") in home.events()
    assert ROLE in home.output


def test_s07_access_token_ends_in_mid_night(home, fake, amazon):
    amazon.report_seconds = 2 * 3600
    home.write_account('[wait]\nreport = "3h"\n')
    assert home.fetch("--only", "unshipped") == 0
    assert fake.calls("token") == 3  # one an hour
    assert home.kinds() == ["unshipped"]
    assert all(exchange.status < 300 for exchange in fake.exchanges)


def test_s07_access_token_withdrawn(home, fake):
    expired = error(403, "Unauthorized", "Access to requested resource is denied.", "The access token has expired.")
    fake.script["getReport"] = [expired]
    assert home.fetch() == 0
    assert fake.calls("token") == 2


def write_secrets(home, mode=0o600):
    path = home.folder / SECRETS_FILE
    path.write_text(
        f'client-id = "{CLIENT_ID}"\nclient-secret = "{CLIENT_SECRET}"\nrefresh-token = "{REFRESH_TOKEN}"\n'
    )
    path.chmod(mode)
    home.write_account(secrets=f"file:{SECRETS_FILE}")
    home.environment = {
        name: None if name.startswith("FEEDWARDEN") else value for name, value in home.environment.items()
    }
    return path


def test_s47_secrets_file_of_the_user_alone(home):
    write_secrets(home)
    assert home.fetch("--only", "returns") == 0


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o610])
def test_s47_secrets_file_others_can_read(home, fake, mode):
    write_secrets(home, mode)
    assert home.fetch() == 2
    assert "AMZ-701" in home.codes()
    assert not fake.exchanges


def test_s47_secrets_file_is_a_link(home, fake):
    path = write_secrets(home)
    target = path.with_name("elsewhere-" + SECRETS_FILE)
    shutil.move(path, target)
    path.symlink_to(target)
    assert home.fetch() == 2
    target.unlink()
    assert "is a link" in home.output
    assert not fake.exchanges


def test_s47_secrets_file_of_another(home, fake, monkeypatch):
    write_secrets(home)
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    assert home.fetch() == 2
    assert "another user" in home.output
    assert not fake.exchanges


@pytest.mark.parametrize("name", ["CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN"])
def test_s47_secret_missing(home, fake, name):
    assert home.fetch(**{f"FEEDWARDEN_LWA_{name}": ""}) == 2
    assert "AMZ-701" in home.codes()
    assert not fake.exchanges


def test_s47_secrets_of_systemd(home, tmp_path):
    folder = tmp_path / "credentials"
    folder.mkdir()
    for name, value in list(home.environment.items()):
        if name.startswith("FEEDWARDEN"):
            (folder / name).write_text(value + "\n")
            home.environment[name] = None
    home.write_account(secrets="credentials")
    assert home.fetch("--only", "returns", CREDENTIALS_DIRECTORY=str(folder)) == 0
    assert home.fetch("--only", "returns") == 2


def test_s48_state_of_another_account(home, fake):
    assert home.fetch("--only", "returns") == 0
    before = len(fake.exchanges)
    assert home.fetch(FEEDWARDEN_LWA_REFRESH_TOKEN="of-another-seller") == 2
    assert "AMZ-702" in home.codes()
    assert len(fake.exchanges) == before


@pytest.mark.parametrize("place", ["append_line", "write_json"])
def test_s48_state_read_only(home, monkeypatch, place):
    assert home.fetch("--only", "returns") == 0

    def refuse(*_):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    with monkeypatch.context() as patch:
        patch.setattr(f"pipeline.amazon.state.{place}", refuse)
        assert home.fetch("--only", "orders") == 4
    assert "Read-only" in home.output
    assert home.fetch("--only", "orders") == 0


def test_s48_state_lost(home, fake):
    """Reports are asked for anew: that is harmless. What becomes of parts is told by the tests of submit."""
    assert home.fetch("--only", "returns") == 0
    shutil.rmtree(home.state)
    assert home.fetch("--only", "returns") == 0
    assert fake.calls("createReport") == 2


def test_s49_two_regions_in_one_account_file(home, fake):
    home.write_account(marketplaces=[US, "A1PA6795UKMFR9"])
    assert home.fetch() == 2
    assert "an account file" in home.output
    home.write_account(region=["na", "eu"])
    assert home.fetch() == 2
    assert "one account file for each region" in home.output
    assert not fake.exchanges


@pytest.mark.parametrize(("days", "severity", "expected"), [(149, None, 0), (150, "warning", 0), (180, "error", 0)])
def test_client_secret_ages(home, fake, days, severity, expected):
    created = (fake.time.amazon_time() - dt.timedelta(days=days)).date()
    home.account.write_text(home.account.read_text().replace("region", f"secret-created = {created}\nregion", 1))
    assert home.fetch("--only", "returns") == expected
    assert home.events() == ([("AMZ-703", severity)] if severity else [])
