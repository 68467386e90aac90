"""A seller's home folder and the commands run in it, against the fake Amazon."""

import json
import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from pipeline import cli
from pipeline.amazon.clock import AmazonClock
from tests.amazon.fake_server import CLIENT_ID, CLIENT_SECRET, MARK, REFRESH_TOKEN

US = "ATVPDKIKX0DER"
SECRETS = {
    "FEEDWARDEN_LWA_CLIENT_ID": CLIENT_ID,
    "FEEDWARDEN_LWA_CLIENT_SECRET": CLIENT_SECRET,
    "FEEDWARDEN_LWA_REFRESH_TOKEN": REFRESH_TOKEN,
}
NO_PROXY = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"))
ROOT = Path(__file__).resolve().parents[2]
SECRETS_FILE = "secrets.toml"


class Home:
    """A folder with amazon.toml; `run` is the command line with the fake's time, and keeps what was printed."""

    def __init__(self, folder: Path, fake, settings=""):
        self.folder, self.fake = folder, fake
        self.account = folder / "amazon.toml"
        self.inbox, self.state = folder / "inbox", folder / "amazon"
        self.environment = {**NO_PROXY, **SECRETS}
        self.printed = []
        self.write_account(settings)

    def write_account(self, settings="", **given):
        """amazon.toml for the fake; `settings` is TOML of tables, keywords are keys of the top."""
        top = {
            "region": "na",
            "marketplaces": [US],
            "endpoint": self.fake.url,
            "token-endpoint": f"{self.fake.url}/auth/o2/token",
        } | {name.replace("_", "-"): value for name, value in given.items()}
        lines = [f"{name} = {json.dumps(value)}" for name, value in top.items() if value is not None]
        self.account.write_text("\n".join([*lines, "", settings]), encoding="utf-8")

    def run(self, *words, **environment):
        """The exit status of the command."""
        clock = AmazonClock(self.fake.time.machine_time, self.fake.time.monotonic, self.fake.time.sleep)
        given = {**self.environment, **environment}
        result = CliRunner().invoke(cli.main, [str(word) for word in words], obj=lambda: clock, env=given)
        self.printed.append(result.output)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.output
        return result.exit_code

    def start(self, *words):
        """The command as a process of its own, whose time is the fake's."""
        given = {**os.environ, **self.environment, "FEEDWARDEN_FAKE": self.fake.url}
        return subprocess.Popen(
            [sys.executable, "-m", "tests.amazon.hurried", *map(str, words)],
            cwd=ROOT,
            env={name: value for name, value in given.items() if value is not None},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def fetch(self, *words, **environment):
        return self.run("fetch", "--amazon", self.account, "--into", self.inbox, *words, **environment)

    @property
    def output(self):
        return self.printed[-1]

    def files(self):
        """The names in the inbox, those behind a dot too."""
        return sorted(path.name for path in self.inbox.iterdir()) if self.inbox.is_dir() else []

    def kinds(self):
        """The kinds of the reports in the inbox."""
        return sorted(name.split("-2026")[0] for name in self.files())

    def journal(self):
        path = self.state / "journal.jsonl"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.is_file() else []

    def events(self):
        """(code, severity) of every event of the journal."""
        return [(entry["event"]["code"], entry["event"]["severity"]) for entry in self.journal() if "event" in entry]

    def codes(self):
        return [code for code, _ in self.events()]

    def assert_no_secret_written(self):
        """Situation 53: no secret, token or signed address in what was printed or written."""
        for text in self.printed:
            assert MARK not in text
        for path in self.folder.rglob("*"):
            if path.is_file() and path.name != SECRETS_FILE:
                assert MARK.encode() not in path.read_bytes(), path
