"""The command line as a process of its own whose time is the fake Amazon's: `python -m tests.amazon.hurried ARGS…`.

The environment names the fake in FEEDWARDEN_FAKE. Waiting moves the fake's time instead of taking any.
"""

import datetime as dt
import json
import os
import time
import urllib.request

from pipeline import cli
from pipeline.amazon.clock import AmazonClock
from pipeline.app.console import run_as_process


class FakeTime:
    """The time of the fake, as this process last heard of it, and what has gone by since."""

    def __init__(self, url):
        self.url = url
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        self.sleep(0)

    def sleep(self, seconds):
        with self.opener.open(f"{self.url}/_time?seconds={seconds}") as answer:
            told = json.load(answer)
        self.passed, self.start, self.heard = told["passed"], dt.datetime.fromisoformat(told["start"]), time.monotonic()

    def monotonic(self):
        return self.passed + time.monotonic() - self.heard

    def machine_time(self):
        return self.start + dt.timedelta(seconds=self.passed)


def make_clock():
    fake = FakeTime(os.environ["FEEDWARDEN_FAKE"])
    return AmazonClock(fake.machine_time, fake.monotonic, fake.sleep)


def run_hurried():
    """The command of the arguments, to its end."""
    cli.make_clock = make_clock
    run_as_process(cli.main)


if __name__ == "__main__":
    run_hurried()
