"""Amazon in memory, with simulated time: it loses answers, shows feeds late, and serves a second tool beside ours.

A test is killed at a chosen step by `Killed`, which no handler of the program catches, as a kill is not caught.
"""
# ruff: noqa: ARG002  the parameters are those of the operations

import contextlib
import datetime as dt
import hashlib
import json
import os
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from pipeline.amazon.account import AmazonAccount
from pipeline.amazon.operations import (
    CANCELLED,
    DONE,
    FATAL,
    IN_PROGRESS,
    IN_QUEUE,
    AmazonFault,
    Document,
    Feed,
    FeedDocument,
    NotFound,
    Refused,
    Unreachable,
    Unsure,
)
from pipeline.amazon.session import Session
from pipeline.amazon.state import hold_state
from pipeline.amazon.waits import parse_waits

START = dt.datetime(2026, 3, 8, 7, 30, tzinfo=dt.UTC)
MARKETPLACES = ("ATVPDKIKX0DER",)
FINGERPRINT = {"region": "na", "sha256": "f" * 64}
TAKEN, LOST_MADE, LOST_NOT_MADE, BUSY, REFUSED = "taken", "lost, made", "lost, not made", "busy", "refused"
OTHERS_CONTENT = b"order-id\tship-date\n999-9999999-9999999\t2026-11-19\n"


class Killed(BaseException):
    """The process ended here."""


class SimulatedClock:
    """Time that passes only where it is waited for, and a second with every call."""

    def __init__(self):
        self.seconds = 0.0

    def amazon_time(self):
        return START + dt.timedelta(seconds=self.seconds)

    def monotonic(self):
        return self.seconds

    def sleep(self, seconds):
        self.seconds += seconds


class MadeFeed(NamedTuple):
    """A feed as Amazon has it: what it was made of, when it shows in getFeeds, and when and how it ends."""

    feed_id: str
    feed_type: str
    content: bytes
    created: float
    visible: float
    ended: float
    status: str
    marketplaces: tuple[str, ...] = MARKETPLACES


class SimulatedAmazon:
    """The operations, in memory."""

    def __init__(self, clock=None):
        self.clock = clock or SimulatedClock()
        self.documents, self.feeds, self.calls = {}, [], Counter()
        self.answers = []  # of the next createFeed calls; TAKEN where there is none
        self.lags = []  # seconds after which the next feeds show in getFeeds; 0 where there is none
        self.endings = []  # of the next feeds, (seconds, status)
        self.other_tool = []  # instants (s) at which a second tool makes a feed of the type
        self.faults = {}  # by operation what the next calls raise, None where they do not
        self.kill_at = None  # the step at which the process ends
        self.steps = 0

    def step(self):
        """One more instant at which a process can be killed."""
        self.steps += 1
        if self.kill_at is not None and self.steps >= self.kill_at:
            self.kill_at = None
            raise Killed

    def _call(self, operation):
        self.step()
        self.calls[operation] += 1
        self.clock.seconds += 1
        self.pass_time()
        fault = (self.faults.get(operation) or [None]).pop(0)
        if fault is not None:
            raise fault

    def pass_time(self):
        """What the second tool has done meanwhile is done."""
        for instant in [instant for instant in self.other_tool if instant <= self.clock.seconds]:
            self.other_tool.remove(instant)
            self.make_feed("POST_FLAT_FILE_FULFILLMENT_DATA", OTHERS_CONTENT, instant)

    def make_feed(self, feed_type, content, created=None, **changes):
        """A new feed at Amazon."""
        created = self.clock.seconds if created is None else created
        lag = self.lags.pop(0) if self.lags else 0.0
        duration, status = self.endings.pop(0) if self.endings else (300.0, DONE)
        number = str(50_000_001 + len(self.feeds))
        feed = MadeFeed(number, feed_type, content, created, created + lag, created + duration, status)
        self.feeds.append(feed._replace(**changes))
        return self.feeds[-1].feed_id

    def count_made(self, content):
        """How many feeds were made of these bytes, without those that were canceled before they began."""
        return sum(feed.content == content and feed.status != CANCELLED for feed in self.feeds)

    def set_deadline(self, monotonic):
        pass

    def create_feed_document(self, content_type):
        self._call("createFeedDocument")
        number = f"document-{len(self.documents) + 1}"
        self.documents[number] = None
        self.step()
        return FeedDocument(number, f"https://documents.example/{number}?secret")

    def upload_document(self, url, path, content_type):
        self._call("upload")
        number = url.rpartition("/")[2].partition("?")[0]
        self.documents[number] = Path(path).read_bytes()
        self.step()

    def create_feed(self, feed_type, marketplaces, document_id):
        self._call("createFeed")
        answer = self.answers.pop(0) if self.answers else TAKEN
        if answer == BUSY:
            raise Refused(429, "QuotaExceeded")
        if isinstance(answer, Refused):
            raise answer
        if answer == REFUSED:
            raise Refused(400, "InvalidInput")
        if answer == LOST_NOT_MADE:
            self.clock.seconds += 60
            raise Unsure("no answer")
        feed_id = self.make_feed(feed_type, self.documents[document_id], marketplaces=tuple(marketplaces))
        self.step()
        if answer == LOST_MADE:
            self.clock.seconds += 60
            raise Unsure("no answer")
        return feed_id

    def _show(self, feed):
        is_over = feed.ended <= self.clock.seconds
        status = feed.status if is_over else IN_PROGRESS if self.clock.seconds - feed.created > 60 else IN_QUEUE
        result = f"result-{feed.feed_id}" if is_over and status in (DONE, FATAL) else ""
        created = START + dt.timedelta(seconds=feed.created)
        return Feed(feed.feed_id, feed.feed_type, status, created, feed.marketplaces, result)

    def get_feed(self, feed_id):
        self._call("getFeed")
        found = [feed for feed in self.feeds if feed.feed_id == feed_id]
        if not found:
            raise NotFound(feed_id)
        return self._show(found[0])

    def list_feeds(self, feed_type, created_since):
        self._call("getFeeds")
        since = (created_since - START).total_seconds()
        return [
            self._show(feed)
            for feed in self.feeds
            if feed.feed_type == feed_type and feed.visible <= self.clock.seconds and feed.created >= since
        ]

    def get_feed_document(self, document_id):
        self._call("getFeedDocument")
        return Document(document_id)

    def download_document(self, document, target):
        self._call("download")
        feed = next(feed for feed in self.feeds if document.url == f"result-{feed.feed_id}")
        content = answer_feed(feed.content)
        target.write_bytes(content)
        target.chmod(0o600)
        self.step()
        return hashlib.sha256(content).hexdigest()


def answer_feed(content, refused=()):
    """A processing report that takes all records but those refused, and warns of the first, by its order."""
    lines = content.decode().splitlines()
    header = next(number for number, line in enumerate(lines) if "order-id" in line)
    column = lines[header].split("\t").index("order-id")
    orders = [line.split("\t")[column] for line in lines[header + 1 :]]
    errors = [f"{number}\t{orders[number - 1]}\t\t18021\tError\ttoo many" for number in refused]
    warning = [] if 1 in refused else [f"1\t{orders[0]}\t\t18181\tWarning\tno such number"]
    rows = ["original-record-number\torder-id\torder-item-id\terror-code\terror-type\terror-message", *warning, *errors]
    head = ["Feed Processing Summary:", f"\tNumber of records processed\t\t{len(orders)}"]
    head += [f"\tNumber of records successful\t\t{len(orders) - len(refused)}", ""]
    return ("\n".join(head + rows) + "\n").encode()


class CrashingOs:
    """The module os, with a step before and after everything that changes the disk."""

    def __init__(self, amazon):
        self._amazon = amazon

    def __getattr__(self, name):
        return getattr(os, name)

    def fsync(self, descriptor):
        self._amazon.step()

    def write(self, descriptor, data):
        self._amazon.step()
        written = os.write(descriptor, data)
        self._amazon.step()
        return written


def make_account(folder, **waits):
    """An account of one marketplace."""
    return AmazonAccount(
        path=folder / "amazon.toml",
        region="na",
        marketplaces=MARKETPLACES,
        feed_marketplaces=MARKETPLACES,
        secrets="env",
        secret_created=None,
        endpoint="https://sellingpartnerapi-na.amazon.com",
        token_url="https://api.amazon.com/auth/o2/token",
        needs={},
        waits=parse_waits(waits),
        keep=30 * 86_400.0,
    )


class Home:
    """A seller's folder: state, inbox, outputs, and the events that the commands report."""

    def __init__(self, folder, amazon=None, **waits):
        self.folder, self.amazon = Path(folder), amazon or SimulatedAmazon()
        self.account = make_account(self.folder, **waits)
        self.inbox, self.events = self.folder / "inbox", []
        with self.hold():
            """The state is begun before anything is published."""

    @contextlib.contextmanager
    def hold(self):
        """The state held, as a command does."""
        with hold_state(self.folder / "amazon", self.amazon.clock, self.events.append, 1.0) as state:
            state.begin_account(FINGERPRINT, self.folder / ".amazon.begun")
            yield Session(self.account, self.amazon, self.amazon.clock, state)

    def run(self, command, *arguments):
        """The exit status of a command, 4 or 2 where it ended with a fault; Killed goes through."""
        try:
            with self.hold() as session:
                return command(session, *arguments)
        except AmazonFault as fault:
            return fault.exit_status

    def codes(self):
        """The codes of all events so far, in order."""
        return [event.code for event in self.events]


def write_output(folder, as_of=START, names=("shipping-confirmation-001.tsv",), orders=3, seed=0):
    """An output of a run with these parts, as its manifest describes it."""
    feeds = folder / "feeds"
    feeds.mkdir(parents=True)
    outputs = []
    for number, name in enumerate(names):
        rows = [f"111-{seed:07d}-{number * 100 + row:07d}" for row in range(orders)]
        lines = ["order-id\tship-date\tcarrier-code", *(f"{order}\t2026-11-19\tUPS" for order in rows)]
        if name.startswith("order-cancellation"):
            lines = ["TemplateType=OrderCancellation", "order-id\tcancellation-reason-code"]
            lines += [f"{order}\tNoInventory" for order in rows]
        content = ("\n".join(lines) + "\n").encode()
        (feeds / name).write_bytes(content)
        outputs.append({"path": f"feeds/{name}", "sha256": hashlib.sha256(content).hexdigest(), "rows": orders})
    content = {"run_id": f"{seed:032x}", "as_of": as_of.isoformat(), "inputs": [], "outputs": outputs}
    (folder / "manifest.json").write_text(json.dumps(content))
    return folder


UNREACHABLE = Unreachable("no route")
