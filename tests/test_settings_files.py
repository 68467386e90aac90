"""Any bytes as an account or a policy end in one line."""

import contextlib
import random

import pytest
from click.testing import CliRunner

from pipeline import cli
from pipeline.model import account
from pipeline.policy import PolicyError, load_policy
from tests.house import report

HUGE = "0x" + "f" * 9000
ENTRY = '[[entry]]\nname = "order.hold"\n'
BROKEN = [
    b"\xff\xfe\x00",
    b"\x00",
    b"plan = " + b"9" * 5000,
    f"[limits]\nfeed-bytes = {HUGE}".encode(),
    f"[limits]\nfeed-records = -{HUGE}".encode(),
    b"[limits]\nfeed-records = 0b" + b"1" * 70,
    b"plan = " + b"[" * 400 + b"]" * 400,
    b".".join([b"plan"] * 5000) + b" = 1",
    b"plan = 1999-99-99",
    b'policy = "\\u0000"',
    b'marketplace = "' + b"x" * 100_000 + b'"',
    b'"a\\nb\\u001b" = 1',
    b"reports = 1",
    b"limits = []",
    b"[carriers]\nalso = " + b"[" * 90 + b"]" * 90,
    b"a = 1\n" * 2,
    b"x" * (1 << 21),
    f"{ENTRY}values = [{{ from = 2000-01-01, value = {HUGE} }}]".encode(),
    f"{ENTRY}values = [{{ from = 2000-01-01, value = -{HUGE} }}]".encode(),
    f"{ENTRY}values = [{{ from = 2000-01-01, value = 1e999999999 }}]".encode(),
    f"{ENTRY}values = [{{ from = 0001-01-01, value = nan }}]".encode(),
    f"{ENTRY}unit = {HUGE}".encode(),
    f"{ENTRY}values = {'[' * 300}{']' * 300}".encode(),
    f"{ENTRY}marketplaces = [{{ names = [{HUGE}], values = [] }}]".encode(),
    b'extends = "' + b"y" * 50_000 + b'"',
    b"entry = 1",
    b"entry = [1]",
]


@pytest.mark.parametrize("data", BROKEN, ids=range(len(BROKEN)))
@pytest.mark.parametrize("option", ["--account", "--policy"])
def test_any_bytes_end_in_one_line(tmp_path, option, data):
    (tmp_path / "broken.toml").write_bytes(data)
    words = [str(report(tmp_path / "unshipped.txt", 1)), option, str(tmp_path / "broken.toml"), "--no-ledger"]
    ran = CliRunner().invoke(
        cli.main, ["run", *words, "--as-of", "2026-03-10T07:00:00Z", "--out", str(tmp_path / "out")]
    )
    assert isinstance(ran.exception, SystemExit), ran.exception
    assert (ran.exit_code, ran.stderr.count("\n")) == (2, 1)
    assert len(ran.stderr) < 1000
    assert ran.stderr.isprintable() or ran.stderr[:-1].isprintable()


PIECES = [
    *("[", "]", "{", "}", "=", ".", ",", '"', "'", '"""', "\n", "#", " ", "\\u0000", "\\", "\x00", "\ufeff", "é"),
    *("plan", "limits", "feed-bytes", "carriers", "also", "entry", "[[entry]]", "name", "values", "from", "value"),
    *("order.hold", '"order.hold"', "unit", '"days"', "rate", "2000-01-01", "1e9", "-1", "nan", "inf", HUGE, "true"),
    *("marketplaces", "names", '"professional"', "0.5", "99999999999999999999", "1979-05-27T07:32:00Z"),
]


@pytest.mark.parametrize("seed", range(20))
def test_any_words_end_in_one_error(tmp_path, seed):
    draw, path = random.Random(seed), tmp_path / "some.toml"
    for _ in range(100):
        text = "".join(draw.choice(PIECES) + draw.choice(["", "", " ", "\n"]) for _ in range(draw.randrange(1, 40)))
        path.write_text(text, "utf-8")
        for load, refusal in ((account.load_account, account.AccountError), (load_policy, PolicyError)):
            with contextlib.suppress(refusal):
                load(str(path))
