"""Situations 36 to 44 of SPEC §11.11: what becomes of submitted feeds, each in its own test."""

import gzip

import pytest

from pipeline.amazon import collect, decisions, submit
from pipeline.amazon.body_check import DocumentBroken
from pipeline.amazon.operations import CANCELLED, DONE, FATAL, NotFound, Unreachable
from pipeline.amazon.parts import EXPIRED, FAILED, FEED_ANSWERED, REFUSED_WHOLE, STORED, SUBMITTED, UNSURE, list_parts
from tests.amazon.simulated import LOST_MADE, LOST_NOT_MADE, OTHERS_CONTENT, Home, answer_feed, write_output

NAME = "shipping-confirmation-001.tsv"
TYPE = "POST_FLAT_FILE_FULFILLMENT_DATA"
HOUR, DAY = 3600.0, 86_400.0


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def publish(home, *endings, names=(NAME,), **made):
    home.amazon.endings = list(endings)
    output = write_output(home.folder / "out", names=names, **made)
    return output, home.run(submit.submit_outputs, [output])


def collect_after(home, seconds, wait=0.0):
    home.amazon.clock.seconds += seconds
    return home.run(collect.collect_feeds, home.inbox, wait)


def part_of(home):
    with home.hold() as session:
        return list_parts(session.state)[0]


def test_s36_a_feed_that_answers_about_other_orders_is_another_tools(home):
    home.amazon.answers, home.amazon.other_tool = [LOST_NOT_MADE], [4]
    output, status = publish(home)
    assert status == 4
    assert home.run(submit.submit_outputs, [output]) == 0  # the one candidate is adopted
    assert collect_after(home, HOUR) == 4
    assert "AMZ-726" in home.codes()
    assert part_of(home).state == UNSURE
    assert not list(home.inbox.glob("*"))
    for _ in range(4):
        home.amazon.clock.seconds += 600
        status = home.run(submit.submit_outputs, [output])
    assert status == 0
    assert home.amazon.count_made((output / "feeds" / NAME).read_bytes()) == 1


def test_s37_a_feed_that_amazon_does_not_know_yet_is_asked_for_again(home):
    publish(home)
    home.amazon.faults["getFeed"] = [NotFound("no such feed")]
    assert collect_after(home, 5) == 0
    assert part_of(home).state == SUBMITTED
    assert collect_after(home, 600) == 0
    assert part_of(home).state == FEED_ANSWERED


def test_s38_a_feed_in_the_queue_for_nine_hours_is_told_once_a_day_and_left_alone(home):
    publish(home, (60 * HOUR, DONE))
    assert collect_after(home, 7 * HOUR) == 0
    assert [collect_after(home, 2 * HOUR), collect_after(home, HOUR)] == [1, 1]
    assert home.codes().count("AMZ-732") == 1
    assert collect_after(home, DAY) == 1
    assert home.codes().count("AMZ-732") == 2
    assert home.amazon.calls["createFeed"] == 1


def test_s39_the_next_part_goes_when_the_one_before_ended(home):
    names = (NAME, "shipping-confirmation-002.tsv")
    publish(home, (400, DONE), (400, DONE), names=names)
    first, second = home.amazon.feeds
    assert first.ended <= second.created < first.created + 1200


def test_s39_the_next_part_goes_after_the_spacing_where_it_does_not_end(home):
    names = (NAME, "shipping-confirmation-002.tsv")
    publish(home, (40 * HOUR, DONE), (400, DONE), names=names)
    first, second = home.amazon.feeds
    assert 1200 <= second.created - first.created < 1300


@pytest.mark.parametrize("has_result", [True, False])
def test_s40_a_feed_that_failed_is_never_sent_again_by_itself(home, has_result, monkeypatch):
    output, _ = publish(home, (300, FATAL))
    if not has_result:
        shown = home.amazon._show
        monkeypatch.setattr(home.amazon, "_show", lambda feed: shown(feed)._replace(result_document_id=""))
    assert collect_after(home, HOUR) == 1
    assert home.codes()[-1] == "AMZ-730"
    assert part_of(home).state == FAILED
    assert len(list(home.inbox.glob("*.txt"))) == has_result
    assert home.run(submit.submit_outputs, [output]) == 0
    assert home.amazon.calls["createFeed"] == 1


def test_s41_a_canceled_feed_is_sent_again_once(home):
    output, _ = publish(home, (60, CANCELLED), (60, CANCELLED))
    assert collect_after(home, HOUR) == 1
    assert part_of(home).state == STORED
    assert home.run(submit.submit_outputs, [output]) == 0
    assert collect_after(home, HOUR) == 1
    assert part_of(home).state == REFUSED_WHOLE
    assert home.codes().count("AMZ-733") == 2
    assert home.run(submit.submit_outputs, [output]) == 1
    assert home.amazon.calls["createFeed"] == 2


@pytest.mark.parametrize("packed", [True, False])
def test_s42_the_report_lies_in_the_inbox_as_it_came(home, packed, monkeypatch):
    output, _ = publish(home)
    content = answer_feed((output / "feeds" / NAME).read_bytes(), refused=(1, 2, 3))
    sent = gzip.compress(content, mtime=0) if packed else content
    monkeypatch.setattr("tests.amazon.simulated.answer_feed", lambda _content: sent)
    assert collect_after(home, HOUR) == 0
    (report,) = home.inbox.glob("*")
    assert report.name == f"processing-report-{home.amazon.feeds[0].feed_id}.txt{'.gz' * packed}"
    assert report.read_bytes() == sent


def test_s43_a_feed_without_a_result_is_looked_for_for_28_days(home, monkeypatch):
    publish(home)
    shown = home.amazon._show
    monkeypatch.setattr(home.amazon, "_show", lambda feed: shown(feed)._replace(result_document_id=""))
    assert collect_after(home, HOUR) == 0
    assert home.codes()[-1] == "AMZ-731"
    assert collect_after(home, 20 * DAY) == 0
    assert collect_after(home, 8 * DAY) == 1
    assert home.codes()[-1] == "AMZ-734"
    assert part_of(home).state == EXPIRED
    calls = home.amazon.calls["getFeed"]
    assert collect_after(home, DAY) == 0
    assert home.amazon.calls["getFeed"] == calls


def test_s44_a_new_status_is_told_once_and_not_an_end(home, monkeypatch):
    publish(home)
    shown = home.amazon._show
    monkeypatch.setattr(home.amazon, "_show", lambda feed: shown(feed)._replace(status="ON_HOLD"))
    assert [collect_after(home, HOUR), collect_after(home, HOUR)] == [0, 0]
    assert home.codes() == ["AMZ-718"]
    monkeypatch.undo()
    assert collect_after(home, HOUR) == 0
    assert part_of(home).state == FEED_ANSWERED


def test_s44_an_id_in_a_new_shape_is_a_name_of_a_file_all_the_same(home, monkeypatch):
    made = home.amazon.make_feed
    monkeypatch.setattr(home.amazon, "make_feed", lambda *given, **changes: made(*given, feed_id="../a b", **changes))
    publish(home)
    assert collect_after(home, HOUR) == 0
    assert [path.parent for path in home.folder.rglob("processing-report-*")] == [home.inbox]


def test_collect_waits_and_looks_as_often_as_it_says(home):
    publish(home, (1000, DONE))
    assert collect_after(home, 0, wait=2700) == 0
    assert part_of(home).state == FEED_ANSWERED
    assert home.amazon.calls["getFeed"] == 5  # after 1, 2, 4, 8 and 10 minutes


def test_collect_ends_when_its_time_is_over(home):
    publish(home, (30 * HOUR, DONE))
    begun = home.amazon.clock.seconds
    assert collect_after(home, 0, wait=2700) == 0
    assert 2700 <= home.amazon.clock.seconds - begun < 2800
    assert part_of(home).state == SUBMITTED


def test_collect_looks_for_what_is_unsure_while_it_waits(home):
    home.amazon.answers = [LOST_NOT_MADE]
    output, status = publish(home)
    assert status == 4
    assert collect_after(home, 0, wait=2700) == 0
    assert part_of(home).state == FEED_ANSWERED
    assert home.amazon.count_made((output / "feeds" / NAME).read_bytes()) == 1


def test_amazon_away_is_4_and_the_other_feeds_are_looked_at(home):
    publish(home, names=(NAME, "order-cancellation-001.tsv"))
    home.amazon.faults["getFeed"] = [Unreachable("no route")]
    assert collect_after(home, HOUR) == 4
    assert len(list(home.inbox.glob("*"))) == 1
    assert collect_after(home, HOUR) == 0
    assert len(list(home.inbox.glob("*"))) == 2


def test_a_report_that_does_not_come_whole_keeps_no_other_from_coming(home):
    publish(home, names=(NAME, "order-cancellation-001.tsv"))
    home.amazon.faults["download"] = [DocumentBroken("cut short")] * 4
    assert collect_after(home, HOUR) == 1
    assert home.codes()[-1] == "AMZ-716"
    assert len(list(home.inbox.glob("*.txt"))) == 1
    assert collect_after(home, HOUR) == 0
    assert len(list(home.inbox.glob("*.txt"))) == 2


def test_a_part_sent_again_after_an_answer_has_both_feeds(home):
    publish(home)
    collect_after(home, HOUR)
    assert home.run(decisions.send_again, NAME) == 0
    collect_after(home, HOUR)
    assert len(part_of(home).own_feeds) == 2
    assert len(list(home.inbox.glob("*"))) == 2


def test_an_adopted_feed_that_is_canceled_is_not_taken_for_ours(home):
    home.amazon.answers, home.amazon.endings = [LOST_MADE], []
    home.amazon.lags = [200]
    home.amazon.make_feed(TYPE, OTHERS_CONTENT, 2.0, status=CANCELLED, visible=100.0, ended=120.0)
    home.amazon.lags = [300]
    output, _ = publish(home)
    home.amazon.clock.seconds = 150
    assert home.run(submit.submit_outputs, [output]) == 0
    collect_after(home, 10)
    assert part_of(home).state == UNSURE
    collect_after(home, 600)
    assert part_of(home).own_feeds[0].feed_id == home.amazon.feeds[1].feed_id
    assert home.amazon.calls["createFeed"] == 1
