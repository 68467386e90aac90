"""What a new user meets: names that are nearly right, nights in the wrong order, and what is counted."""

import pytest
from click.testing import CliRunner

from pipeline import cli
from tests.house import NIGHTS, report, upload


def program(*words, **environment):
    return CliRunner().invoke(cli.main, [*map(str, words)], env=environment)


@pytest.fixture
def two_nights(tmp_path):
    """A ledger of two nights, the second of which reads a file of the first again; its words for a run."""
    ledger, given = ["--ledger", tmp_path / "ledger"], report(tmp_path / "unshipped.txt", 1)
    more = upload(tmp_path / "a.txt", (1, "2", "T1"))
    for night, files in ((NIGHTS[0], [given, more]), (NIGHTS[2], [given])):
        assert program("run", *files, "--as-of", night, "--out", tmp_path / night[:10], *ledger).exit_code == 0
    return tmp_path, ledger


@pytest.mark.slow
def test_a_run_of_before_the_newest_run_says_so_once(two_nights):
    home, ledger = two_nights
    words = ["run", home / "unshipped.txt", "--out", home / "late", *ledger]
    late = program(*words, "--as-of", NIGHTS[1])
    assert f"as of {NIGHTS[1]} is before the newest run of the ledger, as of {NIGHTS[2]}" in late.stderr
    assert late.stderr.count("\n") == 1
    files = [home / "unshipped.txt", home / "a.txt"]
    assert not program("run", *files, "--out", home / "again", *ledger, "--as-of", NIGHTS[0]).stderr


def test_content_of_an_earlier_run_is_named_by_its_number(two_nights):
    home, _ = two_nights
    findings = (home / NIGHTS[2][:10] / "reports/findings.tsv").read_text("utf-8")
    assert "run 1 has already processed this content" in findings


def test_the_history_says_what_it_counts(two_nights):
    first, second = program("ledger", "history", *two_nights[1]).output.splitlines()
    assert first.endswith("  2 files, 1 confirmation published")
    assert second.endswith("  1 file, 0 confirmations published")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("FEEDWARDEN_RUN_OTU", "FEEDWARDEN_RUN_OTU in the environment: no such option, ignored; did you mean "),
        ("FEEDWARDEN_OUT", "FEEDWARDEN_OUT in the environment: no such option, ignored; did you mean "),
        ("FEEDWARDEN_RUN_OUT", ""),
        ("FEEDWARDEN_SMTP", ""),  # a name that a secret of notices may have
        ("FEEDWARDEN_LEDGER_LEDGER", ""),
        ("FEEDWARDEN_LWA_CLIENT_ID", ""),
    ],
)
def test_a_variable_that_no_option_has_is_named_and_no_error(name, expected):
    result = program("rules", "SHP-101", **{name: "x"})
    assert result.exit_code == 0
    assert result.stderr.count("\n") == bool(expected)
    assert expected in result.stderr


def test_a_preview_of_notices_needs_no_secret(two_nights):
    home, _ = two_nights
    settings = home / "notify.toml"
    settings.write_text(
        '[[to]]\nkind = "mail"\nhost = "mail.example.com"\nfrom = "a@example.com"\nto = ["b@example.com"]\n'
        'secret = "env:NOT_SET_ANYWHERE"\n[[to]]\nkind = "webhook"\nurl = "env:NOT_SET_EITHER"\n',
        encoding="utf-8",
    )
    words = ["notify", home / NIGHTS[2][:10], "--notify", settings]
    preview = program(*words, "--dry-run")
    assert preview.exit_code == 0, preview.output
    assert "mail" in preview.output
    refused = program(*words)
    assert refused.exit_code == 2
    assert "NOT_SET_ANYWHERE" in refused.output


def test_a_missing_account_file_says_how_to_begin(tmp_path):
    result = program("amazon", "check", "--amazon", tmp_path / "amazon.toml", "--state", tmp_path / "state")
    assert result.exit_code == 2
    assert "no such file; to begin, write one as pipeline/amazon/README.md shows" in result.output
    assert result.output.count("\n") == 1


def test_a_missing_secret_says_what_next(tmp_path):
    text = 'region = "na"\nmarketplaces = ["ATVPDKIKX0DER"]\nsecrets = "env"\n'
    (tmp_path / "amazon.toml").write_text(text, encoding="utf-8")
    result = program("amazon", "check", "--amazon", tmp_path / "amazon.toml", "--state", tmp_path / "state")
    assert result.exit_code == 2
    assert "(AMZ-701); put it there as pipeline/amazon/README.md says, then try feedwarden amazon" in result.output
