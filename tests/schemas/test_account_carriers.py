"""[carriers] also in account.toml: read, or refused in one line."""

import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.model.account import Account, AccountError, load_account


def account(folder, text):
    path = folder / "account.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_codes_are_sorted_and_each_is_there_once(tmp_path):
    read = load_account(account(tmp_path, '[carriers]\nalso = ["Veho", "Ekart", "Veho"]\n'))
    assert read.carriers_also == ("Ekart", "Veho")
    assert read.settings()["carriers_also"] == ("Ekart", "Veho")


def test_without_any_nothing_is_said_of_them(tmp_path):
    for text in ("", "[carriers]\n", "[carriers]\nalso = []\n"):
        assert load_account(account(tmp_path, text)) == Account()
    assert "carriers_also" not in Account().settings()


def test_ten_thousand_are_as_good_as_one(tmp_path):
    codes = ", ".join(f'"Carrier {number:05}"' for number in range(10_000))
    assert len(load_account(account(tmp_path, f"[carriers]\nalso = [{codes}]\n")).carriers_also) == 10_000


@pytest.mark.parametrize(
    "text",
    [
        '[carriers]\nalso = [""]\n',
        '[carriers]\nalso = ["  "]\n',
        '[carriers]\nalso = [" Veho"]\n',
        '[carriers]\nalso = ["a\\tb"]\n',
        "[carriers]\nalso = [1]\n",
        '[carriers]\nalso = "Veho"\n',
        '[carriers]\nalso = ""\n',
        "[carriers]\nalso = [[]]\n",
        '[carriers]\nmore = ["Veho"]\n',
        'carriers = "Veho"\n',
        'carriers-also = ["Veho"]\n',
    ],
)
def test_what_is_no_list_of_codes_is_one_line_and_exit_2(tmp_path, text):
    path = account(tmp_path, text)
    with pytest.raises(AccountError):
        load_account(path)
    (tmp_path / "input").mkdir()
    words = ["run", str(tmp_path / "input"), "--account", str(path), "--no-ledger", "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(cli.main, words)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
