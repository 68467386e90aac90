"""amazon check says what a night would miss; amazon forget removes what was kept for too long."""

import datetime as dt
import os

import pytest

from tests.amazon.fake_server import error, status


def check(home, *words, **environment):
    return home.run("amazon", "check", "--amazon", home.account, *words, **environment)


def forget(home, *words):
    return home.run("amazon", "forget", "--amazon", home.account, *words)


def test_all_is_well(home, fake):
    assert home.fetch() == 0
    assert check(home) == 0, home.output
    for name in ("access token", "getReports", "getFeeds", "role Direct to Consumer", "clock", "client secret"):
        assert f"ok       {name}" in home.output
    assert "encryption at rest cannot be seen" in home.output
    assert fake.calls("createReport") == 4  # those of fetch: the check makes nothing
    assert not fake.calls("createFeed")


def test_nothing_is_written(home):
    assert check(home) == 0
    assert not home.state.exists()
    assert "can be tried once an Unshipped report was fetched" in home.output


def test_secrets_are_refused(home, fake):
    assert check(home, FEEDWARDEN_LWA_CLIENT_SECRET="wrong") == 2
    assert "client id or secret" in home.output
    assert [exchange.operation for exchange in fake.exchanges] == ["token"]


def test_secrets_are_missing(home, fake):
    assert check(home, FEEDWARDEN_LWA_CLIENT_SECRET="") == 2
    assert not fake.exchanges


@pytest.mark.parametrize("operation", ["getFeeds", "getReports", "createRestrictedDataToken"])
def test_role_is_lacking(home, fake, operation):
    assert home.fetch("--only", "unshipped") == 0
    fake.script[operation] = [error(403, "Unauthorized", "Access to requested resource is denied.")]
    assert check(home) == 2
    assert "FAILED" in home.output


def test_service_is_down(home, fake):
    fake.script["getFeeds"] = [status(503)] * 8
    assert check(home) == 1


def test_others_have_rights(home):
    home.inbox.mkdir(mode=0o750)
    home.inbox.chmod(0o750)
    assert check(home) == 1
    assert "AMZ-705" in home.output


def test_clock_is_wrong(home, fake):
    fake.time.skew = 600
    assert check(home) == 1
    assert "AMZ-704" in home.output
    fake.time.skew = 3 * 86_400
    assert check(home) == 2


def test_secret_is_old(home, fake):
    created = (fake.time.amazon_time() - dt.timedelta(days=151)).date()
    home.account.write_text(home.account.read_text().replace("region", f"secret-created = {created}\nregion", 1))
    assert check(home) == 1
    assert "AMZ-703" in home.output


@pytest.fixture
def fetched(home, fake):
    """A home with reports fetched at 02:00, one of them archived, and a file of the user's own in the inbox."""
    assert home.fetch() == 0
    archive = home.folder / "archive" / "2026-03-10T02-00-00Z"
    archive.mkdir(parents=True)
    (path,) = home.inbox.glob("unshipped-*")
    path.rename(archive / path.name)
    (home.inbox / "my-confirmations.txt").write_text("order-id\n")
    for made in [*archive.iterdir(), *home.inbox.iterdir()]:
        instant = fake.time.amazon_time().timestamp()
        os.utime(made, (instant, instant))
    return home


def kept(home):
    archived = [path.name for path in (home.folder / "archive").rglob("*") if path.is_file()]
    return {name.split("-2026")[0] for name in [*home.files(), *archived]}


def wait_until(fake, days, seconds=0):
    """So long after the first fetch began to ask."""
    fake.time.sleep(days * 86_400 + seconds - fake.time.passed)


def test_orders_count_from_the_start_of_their_range(fetched, fake):
    """Their range began 7 days before they were fetched: 23 days later they are 30 days old."""
    wait_until(fake, 23, -1)
    assert forget(fetched) == 0
    assert "orders" in kept(fetched)
    wait_until(fake, 23, 1)
    assert forget(fetched) == 0
    assert kept(fetched) == {"unshipped", "all-orders", "returns", "my-confirmations.txt"}


def test_the_rest_counts_from_its_download(fetched, fake):
    wait_until(fake, 30, -1)
    forget(fetched)
    assert kept(fetched) == {"unshipped", "all-orders", "returns", "my-confirmations.txt"}
    wait_until(fake, 30, 100)
    assert forget(fetched, "--dry-run") == 0
    assert fetched.output.count("would remove") == 3
    assert len(kept(fetched)) == 4
    assert forget(fetched) == 0
    assert kept(fetched) == {"my-confirmations.txt"}
    assert list((fetched.folder / "archive").iterdir()) == []


def test_all_at_once(fetched, fake):
    calls = len(fake.exchanges)
    assert forget(fetched, "--all") == 0
    assert kept(fetched) == {"my-confirmations.txt"}
    assert len(fake.exchanges) == calls


def test_shorter_time_of_the_account_file(fetched, fake):
    fetched.write_account('[privacy]\nkeep = "2d"\n')
    wait_until(fake, 1)
    forget(fetched)
    assert kept(fetched) == {"unshipped", "all-orders", "returns", "my-confirmations.txt"}


def test_fatal_documents_are_removed(home, fake, amazon):
    amazon.report_fates = ["FATAL with document", "FATAL"]
    assert home.fetch("--only", "returns") == 1
    (path,) = (home.state / "fatal").iterdir()
    instant = fake.time.amazon_time().timestamp()
    os.utime(path, (instant, instant))
    fake.time.sleep(31 * 86_400)
    assert forget(home) == 0
    assert not path.exists()


def test_state_of_eighteen_months_is_removed(fetched, fake):
    old = (fake.time.amazon_time() - dt.timedelta(seconds=1)).timestamp()
    for path in (fetched.state / "reports").iterdir():
        os.utime(path, (old, old))
    fake.time.sleep(548 * 86_400)
    lines = len(fetched.journal())
    assert forget(fetched) == 0
    assert list((fetched.state / "reports").iterdir()) == []
    assert 1 <= len(fetched.journal()) < lines
    assert fetched.fetch("--only", "returns") == 0
    numbers = [entry["change"] for entry in fetched.journal()]
    assert numbers == sorted(set(numbers))
