"""Situations 22 to 35a of SPEC §11.11: feeds on their way to Amazon, each in its own test."""

import hashlib
import json
import shutil
import threading

import pytest

from pipeline.amazon import collect, decisions, durable_files, operations, submit
from pipeline.amazon.operations import CANCELLED, Forbidden, Refused, Unreachable
from pipeline.amazon.parts import (
    CANCELLATION_TYPE,
    CONFIRMATION_TYPE,
    FEED_ANSWERED,
    GIVEN_UP,
    REFUSED_WHOLE,
    STORED,
    SUBMITTED,
    UNSURE,
    WAITING,
    list_parts,
)
from tests.amazon.simulated import (
    BUSY,
    LOST_MADE,
    LOST_NOT_MADE,
    OTHERS_CONTENT,
    CrashingOs,
    Home,
    Killed,
    write_output,
)

CONFIRMATION, CANCELLATION = "shipping-confirmation-001.tsv", "order-cancellation-001.tsv"
MINUTE = 60.0


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


@pytest.fixture
def output(home):
    return write_output(home.folder / "out")


def content_of(output, name=CONFIRMATION):
    return (output / "feeds" / name).read_bytes()


def parts_of(home):
    with home.hold() as session:
        return list_parts(session.state)


def submit_again(home, output, after=0.0):
    home.amazon.clock.seconds += after
    return home.run(submit.submit_outputs, [output])


def test_a_part_is_submitted_and_its_report_collected(home, output):
    assert submit_again(home, output) == 0
    home.amazon.clock.seconds += 600
    assert home.run(collect.collect_feeds, home.inbox) == 0
    (part,) = parts_of(home)
    report = home.inbox / f"processing-report-{home.amazon.feeds[0].feed_id}.txt"
    assert part.state == FEED_ANSWERED
    assert part.feeds[0].result_sha256 == hashlib.sha256(report.read_bytes()).hexdigest()
    assert report.stat().st_mode & 0o777 == 0o600
    assert home.amazon.calls == {
        "createFeedDocument": 1,
        "upload": 1,
        "getFeeds": 1,
        "createFeed": 1,
        "getFeed": 1,
        "getFeedDocument": 1,
        "download": 1,
    }


@pytest.mark.parametrize("change", ["changed", "removed"])
def test_s22_a_feed_that_was_changed_after_the_run_is_not_sent(home, output, change):
    feed = output / "feeds" / CONFIRMATION
    feed.write_bytes(content_of(output) + b"x") if change == "changed" else feed.unlink()
    assert submit_again(home, output) == 2
    assert not home.amazon.calls
    assert not parts_of(home)


def test_s23_the_same_part_is_sent_once_from_two_outputs(home, output):
    other = write_output(home.folder / "other")
    assert home.run(submit.submit_outputs, [output, other]) == 0
    assert submit_again(home, output) == 0
    assert submit_again(home, other) == 0
    assert home.amazon.count_made(content_of(output)) == 1
    assert "AMZ-721" in home.codes()


def test_s23_a_second_command_waits_or_ends_with_4(home, output):
    inside, leave = threading.Event(), threading.Event()

    def hold_for_long():
        with home.hold():
            inside.set()
            leave.wait(10)

    first = threading.Thread(target=hold_for_long)
    first.start()
    inside.wait(10)
    assert submit_again(home, output) == 4
    assert not home.amazon.calls
    leave.set()
    first.join()
    assert submit_again(home, output) == 0


def test_s24_a_signature_that_does_not_match_gets_one_new_document(home, output):
    home.amazon.faults["upload"] = [Refused(403, "SignatureDoesNotMatch"), Refused(403, "SignatureDoesNotMatch")]
    assert submit_again(home, output) == 1
    assert home.amazon.calls["createFeedDocument"] == 2
    assert home.amazon.calls["createFeed"] == 0
    assert parts_of(home)[0].state == REFUSED_WHOLE
    assert home.codes() == ["AMZ-723"]


def test_s25_an_upload_address_that_is_over_is_replaced(home, output):
    home.amazon.faults["upload"] = [Refused(403, "AccessDenied")]
    assert submit_again(home, output) == 0
    assert home.amazon.calls["createFeedDocument"] == 2
    assert home.amazon.count_made(content_of(output)) == 1


@pytest.mark.parametrize("moment", ["document", "upload", "intent", "createFeed", "note"])
@pytest.mark.parametrize("unsure", ["resend", "ask"])
def test_s26_killed_at_any_step_the_next_start_makes_it_one_feed(tmp_path, moment, unsure):
    operation = {"document": "upload", "upload": "getFeeds", "intent": "createFeed"}.get(moment)
    home = Home(tmp_path, unsure=unsure)
    amazon, output = home.amazon, write_output(tmp_path / "out")
    if operation:  # what comes next is never begun
        amazon.faults[operation] = [Killed()]
    else:
        original = amazon.make_feed

        def make_and_die(*arguments, **changes):
            feed_id = original(*arguments, **changes)
            amazon.kill_at = amazon.steps + (1 if moment == "createFeed" else 2)
            return feed_id

        amazon.make_feed = make_and_die
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(durable_files, "os", CrashingOs(amazon))
        with pytest.raises(Killed):
            submit_again(home, output)
        if not operation:
            amazon.make_feed = original
        status = [submit_again(home, output, 500) for _ in range(6)][-1]
    assert amazon.count_made(content_of(output)) == (0 if (moment, unsure) == ("intent", "ask") else 1)
    assert status == (4 if (moment, unsure) == ("intent", "ask") else 0)


def test_s27_a_lost_answer_is_found_at_the_next_start(home, output):
    home.amazon.answers = [LOST_MADE]
    assert submit_again(home, output) == 4
    assert parts_of(home)[0].state == UNSURE
    assert submit_again(home, output) == 0
    (part,) = parts_of(home)
    assert part.state == SUBMITTED
    assert part.feeds[0].is_found
    assert home.codes()[:2] == ["AMZ-724", "AMZ-725"]
    assert home.amazon.calls["createFeed"] == 1


@pytest.mark.parametrize("answer", [LOST_MADE, LOST_NOT_MADE])
def test_s28_an_answer_that_says_nothing_is_adopted_or_sent_after_the_settling_time(home, output, answer):
    home.amazon.answers = [answer]
    assert submit_again(home, output) == 4
    if answer == LOST_MADE:
        assert submit_again(home, output) == 0
    else:
        assert [submit_again(home, output, 7 * MINUTE) for _ in range(3)] == [4, 4, 4]
        assert home.amazon.calls["createFeed"] == 1
        assert submit_again(home, output, 2 * MINUTE) == 0
        assert home.amazon.calls["upload"] == 1  # the document is the same
    assert home.amazon.count_made(content_of(output)) == 1


def test_s28_who_wants_to_be_asked_is_asked(tmp_path):
    home = Home(tmp_path, unsure="ask")
    output = write_output(tmp_path / "out")
    home.amazon.answers = [LOST_NOT_MADE]
    assert [submit_again(home, output, 10 * MINUTE) for _ in range(6)] == [4] * 6
    assert home.amazon.count_made(content_of(output)) == 0
    assert home.run(decisions.send_again, CONFIRMATION) == 0
    assert home.amazon.count_made(content_of(output)) == 1


def test_s29_an_answer_that_cannot_be_read_is_unsure(home, output):
    home.amazon.faults["createFeed"] = [operations.Unsure("202 without a feedId")]
    assert submit_again(home, output) == 4
    home.amazon.make_feed(CONFIRMATION_TYPE, content_of(output), home.amazon.clock.seconds - 1)
    assert submit_again(home, output) == 0
    assert home.codes()[:2] == ["AMZ-724", "AMZ-725"]


@pytest.mark.parametrize("refusal", [Refused(400, ""), Forbidden("no"), Refused(413, "too large"), Refused(415, "")])
def test_s30_what_amazon_refuses_is_not_repeated_by_itself(home, output, refusal):
    home.amazon.faults["createFeed"] = [refusal]
    assert submit_again(home, output) == 1
    assert submit_again(home, output, 3600) == 1
    assert home.amazon.calls["createFeed"] == 1
    assert parts_of(home)[0].state == REFUSED_WHOLE
    assert home.codes()[0] == "AMZ-723"
    assert home.run(decisions.send_again, CONFIRMATION) == 0
    assert home.amazon.count_made(content_of(output)) == 1


def test_s31_too_many_calls_are_waited_out(home, output):
    home.amazon.answers = [BUSY, BUSY]
    assert submit_again(home, output) == 0
    assert home.amazon.count_made(content_of(output)) == 1
    assert home.amazon.clock.seconds > 240


def test_s31_who_is_busy_for_too_long_is_asked_later(home, output):
    home.amazon.answers = [BUSY] * 20
    assert submit_again(home, output) == 4
    assert parts_of(home)[0].state == STORED
    assert home.amazon.clock.seconds < 46 * MINUTE
    home.amazon.answers = []
    assert submit_again(home, output) == 0
    assert home.amazon.count_made(content_of(output)) == 1


def test_s32_a_feed_of_another_tool_beside_the_lost_one_is_decided_by_a_person(home, output):
    home.amazon.answers = [LOST_MADE]
    home.amazon.other_tool = [30]
    assert submit_again(home, output) == 4
    assert submit_again(home, output, 3600) == 4
    assert home.codes()[-1] == "AMZ-727"
    assert home.amazon.calls["createFeed"] == 1
    own = next(feed for feed in home.amazon.feeds if feed.content == content_of(output))
    assert home.run(decisions.adopt_candidate, CONFIRMATION, "no-such-feed") == 2
    assert home.run(decisions.adopt_candidate, CONFIRMATION, own.feed_id) == 0
    assert submit_again(home, output) == 0
    assert home.amazon.count_made(content_of(output)) == 1


def test_s32_a_part_that_is_given_up_is_never_sent(home, output):
    home.amazon.answers = [LOST_NOT_MADE]
    submit_again(home, output)
    assert home.run(decisions.give_up_part, parts_of(home)[0].sha256[:8]) == 0
    assert submit_again(home, output, 3600) == 0
    assert home.amazon.count_made(content_of(output)) == 0
    assert parts_of(home)[0].state == GIVEN_UP


@pytest.mark.parametrize("fault", [Forbidden("no role"), Unreachable("429")])
def test_s33_without_a_list_of_feeds_nothing_is_sent(home, output, fault):
    home.amazon.answers = [LOST_NOT_MADE]
    submit_again(home, output)
    home.amazon.faults["getFeeds"] = [fault] * 5
    assert [submit_again(home, output, 10 * MINUTE) for _ in range(5)] == [4] * 5
    assert home.amazon.calls["createFeed"] == 1
    assert parts_of(home)[0].state == UNSURE


def test_s33_no_attempt_is_made_without_the_list_before_it(home, output):
    home.amazon.faults["getFeeds"] = [Unreachable("no route")]
    assert submit_again(home, output) == 4
    assert home.amazon.calls["createFeed"] == 0
    assert parts_of(home)[0].state == STORED


def test_s34_a_candidate_among_many_older_feeds_is_found(home, output):
    for _ in range(250):
        home.amazon.make_feed(CONFIRMATION_TYPE, OTHERS_CONTENT, -3600)
    home.amazon.answers = [LOST_MADE]
    assert submit_again(home, output) == 4
    assert submit_again(home, output) == 0
    assert parts_of(home)[0].feeds[0].feed_id == home.amazon.feeds[-1].feed_id


def test_s35_a_feed_that_shows_late_is_adopted_late(home, output):
    home.amazon.answers, home.amazon.lags = [LOST_MADE], [5 * MINUTE]
    assert submit_again(home, output) == 4
    assert submit_again(home, output, MINUTE) == 4
    assert submit_again(home, output, 4 * MINUTE) == 0
    assert home.amazon.calls["createFeed"] == 1


def test_s35a_a_feed_that_shows_after_an_hour_was_sent_twice_and_both_are_known(home, output):
    home.amazon.answers, home.amazon.lags = [LOST_MADE], [3600]
    statuses = [submit_again(home, output, 8 * MINUTE) for _ in range(4)]
    assert statuses[-1] == 0
    assert home.amazon.count_made(content_of(output)) == 2
    home.amazon.clock.seconds += 3600
    assert home.run(collect.collect_feeds, home.inbox) == 0
    (part,) = parts_of(home)
    assert {feed.feed_id for feed in part.own_feeds} == {feed.feed_id for feed in home.amazon.feeds}
    assert "AMZ-727" in home.codes()


def test_parts_of_a_type_go_one_after_the_other_and_types_side_by_side(home):
    names = ["shipping-confirmation-001.tsv", "shipping-confirmation-002.tsv", CANCELLATION]
    output = write_output(home.folder / "out", names=names)
    home.amazon.endings = [(7200, "DONE")] * 3
    assert submit_again(home, output) == 0
    made = [(feed.feed_type, feed.content) for feed in home.amazon.feeds]
    assert made == [
        (CONFIRMATION_TYPE, content_of(output, names[0])),
        (CONFIRMATION_TYPE, content_of(output, names[1])),
        (CANCELLATION_TYPE, content_of(output, CANCELLATION)),
    ]
    gaps = [late.created - early.created for early, late in zip(home.amazon.feeds, home.amazon.feeds[1:], strict=False)]
    assert gaps[0] >= 20 * MINUTE > gaps[1]


def test_no_part_goes_while_another_of_its_type_is_unsure(home):
    names = ["shipping-confirmation-001.tsv", "shipping-confirmation-002.tsv", CANCELLATION]
    output = write_output(home.folder / "out", names=names)
    home.amazon.answers = [LOST_NOT_MADE]
    assert submit_again(home, output) == 4
    assert [feed.feed_type for feed in home.amazon.feeds] == [CANCELLATION_TYPE]
    assert [part.state for part in parts_of(home)] == [UNSURE, WAITING, SUBMITTED]


def test_stock_is_not_submitted_and_old_parts_wait_for_a_person(home):
    output = write_output(home.folder / "out", names=[CONFIRMATION, "stock.tsv"])
    manifest = output / "manifest.json"
    old = json.loads(manifest.read_text()) | {"as_of": "2026-02-28T06:00:00Z"}
    manifest.write_text(json.dumps(old))
    assert submit_again(home, output) == 1
    assert home.codes() == ["AMZ-722", "AMZ-728"]
    assert home.amazon.calls["createFeed"] == 0
    assert home.run(decisions.send_again, CONFIRMATION) == 0
    assert home.amazon.count_made(content_of(output)) == 1


def test_s48_parts_that_a_lost_state_may_have_submitted_are_unsure(home, output):
    submit_again(home, output)
    lost = Home(home.folder / "elsewhere", home.amazon)
    (home.folder / "elsewhere" / ".amazon.begun").touch()
    shutil.rmtree(home.folder / "elsewhere" / "amazon")
    assert submit_again(lost, output) == 4
    assert home.amazon.count_made(content_of(output)) == 1
    assert submit_again(lost, output) == 0
    assert parts_of(lost)[0].feeds[0].feed_id == home.amazon.feeds[0].feed_id


def test_a_first_state_sends_what_was_published_before_it(tmp_path):
    output = write_output(tmp_path / "out")
    assert submit_again(Home(tmp_path), output) == 0


def test_a_canceled_feed_is_never_counted(home, output):
    home.amazon.endings = [(60, CANCELLED)]
    submit_again(home, output)
    home.amazon.clock.seconds += 600
    assert home.run(collect.collect_feeds, home.inbox) == 1
    assert submit_again(home, output) == 0
    assert home.amazon.calls["createFeed"] == 2
