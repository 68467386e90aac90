"""`run --state`: what is known of submitted feeds beside the ledger (SPEC §11.4, §11.12)."""

import datetime as dt
import re
import shutil

import pytest
from click.testing import CliRunner
from deltalake import DeltaTable

from pipeline import cli
from pipeline.amazon import collect, decisions, submit
from tests.amazon.simulated import LOST_MADE, START, Home, answer_feed
from tests.conftest import first_quick
from tests.house import order, report, upload

PART = "shipping-confirmation-001.tsv"
HOUR = 3600.0
COUNTS_ONLY = b"Feed Processing Summary:\n\tNumber of records processed\t\t%d\n\tNumber of records successful\t\t%d\n\n"


class Seller:
    """A home whose runs read the state, or do not."""

    def __init__(self, folder):
        self.home = Home(folder)
        self.folder, self.amazon = folder, self.home.amazon
        self.runs = 0

    def run(self, *files, state=True):
        self.runs += 1
        as_of = START + dt.timedelta(seconds=self.amazon.clock.seconds)
        out = self.folder / f"out-{self.runs}"
        words = ["run", *files, "--ledger", self.folder / "ledger", "--out", out, "--as-of", as_of.isoformat()]
        more = ["--state", self.folder / "amazon"] if state else []
        result = CliRunner().invoke(cli.main, [*map(str, [*words, *more])])
        assert result.exit_code in (0, 1), result.output
        return out

    def submit(self, out):
        assert self.home.run(submit.submit_outputs, [out]) == 0

    def collect(self, after=HOUR):
        self.amazon.clock.seconds += after
        assert self.home.run(collect.collect_feeds, self.home.inbox) == 0
        return sorted(self.home.inbox.glob("*"))

    def read_ledger(self):
        return DeltaTable(str(self.folder / "ledger" / "confirmations")).to_pyarrow_table().to_pylist()


@pytest.fixture
def seller(tmp_path):
    return Seller(tmp_path)


def codes(out):
    lines = (out / "reports/findings.tsv").read_text("utf-8").splitlines()
    column = lines[0].split("\t").index("code")
    return [line.split("\t")[column] for line in lines[1:]]


def publish_two(seller):
    """Two feeds of three records each, of two runs, both submitted."""
    outputs = []
    for night, numbers in enumerate(((1, 2, 3), (4, 5, 6))):
        files = [report(seller.folder / f"unshipped-{night}.txt", *range(1, 9))]
        files.append(upload(seller.folder / f"confirmed-{night}.txt", *((n, "1", f"T{n}") for n in numbers)))
        seller.amazon.clock.seconds += HOUR
        outputs.append(seller.run(*files))
        seller.submit(outputs[-1])
    return outputs


def test_s42_what_the_report_refuses_is_refused_in_exactly_that_part(seller, monkeypatch):
    _, second = publish_two(seller)
    wanted = (second / "feeds" / PART).read_bytes()
    monkeypatch.setattr(
        "tests.amazon.simulated.answer_feed",
        lambda content: answer_feed(content, refused=(1, 2, 3)) if content == wanted else COUNTS_ONLY % (3, 3),
    )
    out = seller.run(*seller.collect())
    assert codes(out).count("ACK-601") == 3
    assert not {"ACK-603", "ACK-604"} & set(codes(out))
    refused = {row["order_id"] for row in seller.read_ledger() if row["answer"] == "refused"}
    assert refused == {order(n)[0] for n in (4, 5, 6)}


@pytest.mark.slow
def test_reports_that_only_count_are_matched_by_their_content(seller, monkeypatch):
    publish_two(seller)
    monkeypatch.setattr("tests.amazon.simulated.answer_feed", lambda _content: COUNTS_ONLY % (3, 3))
    reports = seller.collect()
    without = shutil.copytree(seller.folder, seller.folder.with_name("without"))
    out = seller.run(*reports)
    assert "ACK-603" not in codes(out)
    guessing = Seller.__new__(Seller)
    guessing.__dict__ = {**vars(seller), "folder": without}
    out = guessing.run(*(without / "inbox" / path.name for path in reports), state=False)
    assert "ACK-603" in codes(out)


def test_the_ledger_has_the_feed_and_when_it_was_submitted(seller):
    publish_two(seller)
    unknown = {order(n)[0] for n in (4, 5, 6)}
    assert all(row["feed_id"] is None for row in seller.read_ledger() if row["order_id"] in unknown)
    seller.amazon.clock.seconds += HOUR
    seller.run(upload(seller.folder / "more.txt", (7, "1", "T7")))
    known = {row["order_id"]: (row["feed_id"], row["submitted_at"]) for row in seller.read_ledger() if row["feed_id"]}
    feeds = seller.amazon.feeds
    assert {known[order(n)[0]][0] for n in (1, 2, 3)} == {feeds[0].feed_id}
    assert {known[order(n)[0]][0] for n in (4, 5, 6)} == {feeds[1].feed_id}
    assert all(abs((at - START).total_seconds() - feeds[0].created) < 5 for _, at in [known[order(1)[0]]])
    again = len(seller.read_ledger())
    seller.amazon.clock.seconds += HOUR
    seller.run(upload(seller.folder / "more.txt", (7, "1", "T7")))
    assert len(seller.read_ledger()) == again  # what is known is not written again


def test_what_was_submitted_is_not_carried_on_and_nobody_is_asked_to_upload_it(seller):
    publish_two(seller)
    seller.amazon.clock.seconds += HOUR
    files = [upload(seller.folder / "more.txt", (1, "1", "T1"), (7, "1", "T7"))]
    out = seller.run(*files)
    assert "SHP-116" in codes(out)
    summary = " ".join((out / "reports/summary.txt").read_text("utf-8").split())
    assert f"Submit feeds/{PART} with feedwarden submit" in summary
    assert "feeds uploaded" not in summary
    assert "(uploaded)" in (out / "reports/findings.tsv").read_text("utf-8")
    seller.amazon.clock.seconds += HOUR
    without = seller.run(*files, state=False)  # the ledger knows it by now
    assert "feeds uploaded 1" not in " ".join((without / "reports/summary.txt").read_text("utf-8").split())


def test_feeds_list_says_what_was_submitted(seller):
    publish_two(seller)
    words = ["feeds", "list", "--ledger", str(seller.folder / "ledger")]
    states = [
        re.findall("published|uploaded|answered", CliRunner().invoke(cli.main, [*words, *more]).output)
        for more in ([], ["--state", str(seller.folder / "amazon"), "--as-of", "2026-03-09T00:00:00Z"])
    ]
    assert states == [["uploaded", "published"], ["uploaded", "uploaded"]]  # a run has read that of the first
    seller.run(*seller.collect())
    assert re.findall("published|uploaded|answered", CliRunner().invoke(cli.main, words).output) == ["answered"] * 2


def test_nobody_is_asked_to_upload_what_is_being_submitted(seller):
    out = seller.run(report(seller.folder / "u.txt", 1), upload(seller.folder / "c.txt", (1, "1", "T1")))
    seller.amazon.answers = [LOST_MADE]
    assert seller.home.run(submit.submit_outputs, [out]) == 4
    seller.amazon.clock.seconds += HOUR
    out = seller.run(upload(seller.folder / "d.txt", (1, "1", "T1")))
    found = (out / "reports/findings.tsv").read_text("utf-8")
    assert "(being submitted)" in found
    assert "else upload it" not in found
    assert "Upload" not in (out / "reports/summary.txt").read_text("utf-8")


@pytest.mark.slow
def test_no_answer_is_counted_from_the_submission(seller):
    out = seller.run(report(seller.folder / "u.txt", 1), upload(seller.folder / "c.txt", (1, "1", "T1")))
    seller.amazon.clock.seconds += 20 * HOUR
    seller.submit(out)
    seller.amazon.clock.seconds += 10 * HOUR
    files = [upload(seller.folder / "d.txt", (1, "1", "T1"))]
    assert "ACK-604" not in codes(seller.run(*files))
    assert "ACK-604" in codes(seller.run(*files, state=False))
    seller.amazon.clock.seconds += 15 * HOUR
    out = seller.run(*files)
    assert "ACK-604" in codes(out)
    assert "submitted at 2026-03-09T03:" in (out / "reports/findings.tsv").read_text("utf-8")


@pytest.mark.slow
def test_rows_of_a_part_given_up_count_as_not_confirmed(seller):
    out = seller.run(report(seller.folder / "u.txt", 1, 2), upload(seller.folder / "c.txt", (1, "1", "T1")))
    with seller.home.hold() as session:
        submit.note_part(session, out, submit.read_output(out).parts[0])
    assert seller.home.run(decisions.give_up_part, PART) == 0
    seller.amazon.clock.seconds += HOUR
    given = upload(seller.folder / "d.txt", (1, "1", "T1"))
    out = seller.run(given)
    assert codes(out).count("ACK-606") == 1
    assert "SHP-116" not in codes(out)
    assert order(1)[0] in (out / "feeds" / PART).read_text("utf-8")
    seller.submit(out)
    assert seller.amazon.count_made((out / "feeds" / PART).read_bytes()) == 1
    seller.amazon.clock.seconds += HOUR
    assert "ACK-606" not in codes(seller.run(upload(seller.folder / "e.txt", (2, "1", "T2"))))


@pytest.mark.slow
def test_s40_rows_of_a_feed_that_failed_stay_unanswered_but_those_it_refuses(seller, monkeypatch):
    seller.amazon.endings = [(60, "FATAL")]
    numbers = (1, 2, 3)
    files = [report(seller.folder / "u.txt", *numbers)]
    out = seller.run(*files, upload(seller.folder / "c.txt", *((n, "1", f"T{n}") for n in numbers)))
    seller.submit(out)
    monkeypatch.setattr("tests.amazon.simulated.answer_feed", lambda content: answer_feed(content, refused=(2,)))
    seller.amazon.clock.seconds += HOUR
    assert seller.home.run(collect.collect_feeds, seller.home.inbox) == 1
    out = seller.run(*seller.home.inbox.glob("*"))
    assert codes(out).count("ACK-601") == 1
    seller.amazon.clock.seconds += 30 * HOUR
    assert "ACK-604" in codes(seller.run(upload(seller.folder / "d.txt", (1, "1", "T1"))))


@pytest.mark.parametrize("together", first_quick([True, False]))
def test_s35a_a_row_that_amazon_has_already_is_no_refusal_of_a_part_sent_twice(seller, together, monkeypatch):
    out = seller.run(report(seller.folder / "u.txt", 1, 2), upload(seller.folder / "c.txt", (1, "1", "T1")))
    seller.submit(out)
    first = seller.collect()
    if not together:
        assert "ACK-601" not in codes(seller.run(*first))
    assert seller.home.run(decisions.send_again, PART) == 0
    monkeypatch.setattr("tests.amazon.simulated.answer_feed", lambda content: answer_feed(content, refused=(1,)))
    both = seller.collect()
    assert len(both) == 2
    out = seller.run(*(both if together else set(both) - set(first)))
    assert "ACK-602" in codes(out)
    assert not {"ACK-601", "ACK-603"} & set(codes(out))
    assert not [row for row in seller.read_ledger() if row["answer"] == "refused"]
