"""Processing reports of cancellations, which are no answers to confirmations of as many records (SPEC §8, §11.4)."""

import json

import pytest
from deltalake import DeltaTable

from tests.amazon.simulated import answer_feed
from tests.amazon.test_run_state import COUNTS_ONLY, HOUR, Seller, codes
from tests.conftest import first_quick
from tests.house import order, report, upload, written
from tests.ledger.test_feeds import CANCELLATION, TEMPLATE

CONFIRMED, CANCELED = (1, 2), (3, 4)


@pytest.fixture
def seller(tmp_path):
    """Two confirmations and two cancellations of one run."""
    seller = Seller(tmp_path)
    canceled = [(order(number)[0], "GeneralAdjustment", order(number)[1]) for number in CANCELED]
    files = [
        report(tmp_path / "unshipped.txt", *range(1, 9)),
        upload(tmp_path / "confirmed.txt", *((number, "2", f"T{number}") for number in CONFIRMED)),
        written(tmp_path / "canceled.txt", CANCELLATION, canceled, above=(TEMPLATE,)),
    ]
    seller.out = seller.run(*files)
    return seller


def collect_answers(seller, monkeypatch, refused=(), end=b""):
    """The answers of both feeds, the confirmations' first; that to the cancellations refuses some, the other none.

    ``end`` is what the answer to the cancellations has behind its counts.
    """
    cancellations = (seller.out / "feeds/order-cancellation-001.tsv").read_bytes()
    counts = COUNTS_ONLY % (len(CANCELED), len(CANCELED))

    def answer(content):
        if content != cancellations:
            return counts
        return answer_feed(content, refused) if refused else counts + end

    monkeypatch.setattr("tests.amazon.simulated.answer_feed", answer)
    seller.submit(seller.out)
    answers = seller.collect()
    types = {feed.feed_id: feed.feed_type for feed in seller.amazon.feeds}
    return sorted(answers, key=lambda path: "ORDER_ACK" in types[path.name.split("-")[-1].split(".")[0]])


def read_findings(out):
    return (out / "reports/findings.tsv").read_text("utf-8")


def read_answers(seller):
    """The parts of confirmations that the ledger knows to be answered."""
    runs = DeltaTable(str(seller.folder / "ledger" / "runs")).to_pyarrow_table().column("feeds").to_pylist()
    return [answer["part"] for feeds in runs for answer in json.loads(feeds)["answered"]]


def test_the_answer_to_cancellations_answers_no_confirmation(seller, monkeypatch):
    _, answer = collect_answers(seller, monkeypatch, end=b"\n")
    out = seller.run(answer)
    assert "ACK-603" not in codes(out)
    assert read_answers(seller) == []


def test_both_answers_of_the_same_bytes_are_known_by_the_state(seller, monkeypatch):
    answers = collect_answers(seller, monkeypatch)
    out = seller.run(*answers)
    assert not {"ACK-601", "ACK-603", "ACK-604"} & set(codes(out))
    assert read_answers(seller) == [1]


def test_a_refused_cancellation_is_said_and_refuses_no_confirmation(seller, monkeypatch):
    _, answer = collect_answers(seller, monkeypatch, refused=(1,))
    out = seller.run(answer)
    assert codes(out).count("ACK-603") == 1
    assert "about a record of order-cancellation-001.tsv of run 1 Amazon says: 18021 too many" in read_findings(out)
    assert read_answers(seller) == []
    assert not any(row["answer"] for row in seller.read_ledger())


@pytest.mark.parametrize("number", first_quick([0, 1]))
def test_without_the_state_a_count_that_fits_both_closes_neither(seller, monkeypatch, number):
    answer = collect_answers(seller, monkeypatch)[number]
    out = seller.run(answer, state=False)
    assert [code for code in codes(out) if code.startswith("ACK")] == ["ACK-603"]
    assert "2 published feeds (feed 1 of run 1, order-cancellation-001.tsv of run 1)" in read_findings(out)
    assert read_answers(seller) == []
    seller.amazon.clock.seconds += 25 * HOUR
    seller.run(upload(seller.folder / "more.txt", (7, "2", "T7")), state=False)
    assert read_answers(seller) == [1]
