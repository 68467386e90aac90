"""amazon.toml: what it says, what it may not say, and where the secrets are."""

import sys

import pytest

from pipeline.amazon.account import InvalidAmazonAccount, load_amazon_account, load_marketplaces
from pipeline.amazon.credentials import read_secrets
from pipeline.amazon.operations import BadCredentials
from schemas.lists.marketplace_list import read_marketplaces

LEAST = 'region = "eu"\nmarketplaces = ["A1PA6795UKMFR9", "A13V1IB3VIYZZH"]\n'


def load(tmp_path, text):
    path = tmp_path / "amazon.toml"
    path.write_text(text)
    return load_amazon_account(path)


def test_defaults(tmp_path):
    account = load(tmp_path, LEAST)
    assert account.endpoint == "https://sellingpartnerapi-eu.amazon.com"
    assert account.token_url == "https://api.amazon.com/auth/o2/token"
    assert account.feed_marketplaces == ("A1PA6795UKMFR9",)
    assert account.secrets == "env"
    assert account.needs == {
        "unshipped": "required",
        "orders": "wanted",
        "all-orders": "wanted",
        "returns": "wanted",
        "performance": "",
    }
    minutes = (account.waits.report, account.waits.feed, account.waits.settle, account.waits.spacing)
    assert [seconds / 60 for seconds in minutes] == [45, 45, 15, 20]
    assert (account.waits.connect, account.waits.read, account.waits.document) == (10, 60, 1800)
    assert account.waits.unsure == "resend"
    assert account.keep == 30 * 86_400


def test_everything_given(tmp_path):
    text = (
        LEAST
        + 'feed-marketplaces = ["A13V1IB3VIYZZH"]\nsecrets = "keyring:amazon"\nsecret-created = 2026-08-01\n'
        + '[reports]\nunshipped = "wanted"\nreturns = false\nperformance = "wanted"\n'
        + '[wait]\nreport = "2h"\nunsure = "ask"\n[privacy]\nkeep = "7d"\n'
    )
    account = load(tmp_path, text)
    assert account.feed_marketplaces == ("A13V1IB3VIYZZH",)
    assert str(account.secret_created) == "2026-08-01"
    assert (account.needs["unshipped"], account.needs["returns"], account.needs["performance"]) == (
        "wanted",
        "",
        "wanted",
    )
    assert (account.waits.report, account.waits.unsure, account.keep) == (7200, "ask", 7 * 86_400)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("region", "TOML"),
        (LEAST + "colour = 1\n", "unknown key colour"),
        (LEAST + "[reports]\nsales = true\n", "unknown key reports.sales"),
        (LEAST + "[wait]\nlunch = '1h'\n", "unknown key wait.lunch"),
        (LEAST + "[privacy]\nshare = true\n", "unknown key privacy.share"),
        (LEAST + "reports = 3\n", "must be a table"),
        (LEAST.replace('"eu"', '"xx"'), "region"),
        (LEAST.replace('"eu"', '"na"'), 'belongs to the region "eu"'),
        ('region = "eu"\n', "marketplaces"),
        ('region = "eu"\nmarketplaces = []\n', "1 to 25"),
        ('region = "eu"\nmarketplaces = ["A1PA6795UKMFR9", "A1PA6795UKMFR9"]\n', "different"),
        ('region = "eu"\nmarketplaces = ["A1PA6795UKMFR8"]\n', "not the id of a marketplace"),
        (LEAST + 'feed-marketplaces = ["ATVPDKIKX0DER"]\n', "feed-marketplaces"),
        (LEAST + '[privacy]\nkeep = "31d"\n', "longer than 30d"),
        (LEAST + '[privacy]\nkeep = "721h"\n', "longer than 30d"),
        (LEAST + '[wait]\nreport = "45"\n', "length of time"),
        (LEAST + "[wait]\nreport = 45\n", "length of time"),
        (LEAST + '[wait]\nunsure = "maybe"\n', "wait.unsure"),
        (LEAST + "[reports]\nunshipped = true\n", "reports.unshipped"),
        (LEAST + 'secrets = "file"\n', "secrets"),
        (LEAST + 'secret-created = "2026-08-01"\n', "secret-created"),
        (LEAST + 'endpoint = "http://example.com"\ntoken-endpoint = "https://example.com"\n', "endpoint"),
        (LEAST + 'endpoint = "https://example.com"\n', "both endpoints"),
        (LEAST + 'endpoint = "https://u:p@example.com"\ntoken-endpoint = "https://example.com"\n', "endpoint"),
        (LEAST + 'endpoint = "ftp://127.0.0.1"\ntoken-endpoint = "https://example.com"\n', "endpoint"),
    ],
)
def test_refused(tmp_path, text, words):
    with pytest.raises(InvalidAmazonAccount) as fault:
        load(tmp_path, text)
    assert words in str(fault.value)
    assert fault.value.exit_status == 2


def test_account_file_that_is_not_there(home, fake):
    assert home.run("fetch", "--amazon", home.folder / "none.toml", "--into", home.inbox) == 2
    assert "none.toml: no such file; to begin, write one" in home.output
    assert not fake.exchanges


@pytest.mark.parametrize("host", ["127.0.0.1:1", "127.9.9.9", "[::1]:1", "localhost:1"])
def test_http_on_this_machine_alone(tmp_path, host):
    text = LEAST + f'endpoint = "http://{host}"\ntoken-endpoint = "http://{host}/token"\n'
    assert load(tmp_path, text).endpoint == f"http://{host}"


def test_marketplaces_are_those_of_the_stores():
    stores = [store for region in load_marketplaces().values() for store in region.values()]
    assert sorted(stores) == sorted({store.name for store in read_marketplaces().values()})


def test_keyring(tmp_path, monkeypatch):
    import keyring

    account = load(tmp_path, LEAST + 'secrets = "keyring:amazon"\n')
    monkeypatch.setattr(keyring, "get_password", lambda service, name: f"{service} {name}")
    assert read_secrets(account, {}).client_id == "amazon FEEDWARDEN_LWA_CLIENT_ID"
    monkeypatch.setattr(keyring, "get_password", lambda *_: None)
    with pytest.raises(BadCredentials):
        read_secrets(account, {})


def test_keyring_without_its_extra(tmp_path, monkeypatch):
    account = load(tmp_path, LEAST + 'secrets = "keyring:amazon"\n')
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(BadCredentials, match=r"feedwarden\[keyring\]"):
        read_secrets(account, {})


@pytest.mark.parametrize("module", ["httpx2", "tenacity"])
def test_without_the_extra(home, fake, monkeypatch, module):
    monkeypatch.setitem(sys.modules, module, None)
    assert home.fetch() == 2
    assert 'pip install "feedwarden[amazon]"' in home.output
    assert not fake.exchanges
