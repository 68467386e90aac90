"""Law 11: whatever is lost, killed or done by others, Amazon works off at most one feed from a part (SPEC §11.6)."""

import math
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.amazon import collect, durable_files, submit
from pipeline.amazon.operations import CANCELLED, DONE, FATAL
from pipeline.amazon.parts import EXPIRED, FAILED, FEED_ANSWERED, list_parts
from tests.amazon.simulated import (
    BUSY,
    LOST_MADE,
    LOST_NOT_MADE,
    TAKEN,
    CrashingOs,
    Home,
    Killed,
    SimulatedAmazon,
    write_output,
)

SETTLE = 900
MOST_STEPS = 250
QUIET_ROUNDS, ROUND_SECONDS = 40, 400
ANSWERS = st.lists(st.sampled_from([LOST_MADE, LOST_NOT_MADE, TAKEN, BUSY]), min_size=1, max_size=6)
ENDINGS = st.lists(st.tuples(st.integers(30, 7200), st.sampled_from([DONE, DONE, FATAL, CANCELLED])), max_size=4)
COMMANDS = st.lists(st.tuples(st.sampled_from(["submit", "collect", "wait"]), st.integers(0, 1500)), max_size=8)
SCHEDULES = st.fixed_dictionaries(
    {
        "answers": ANSWERS,
        "lags": st.lists(st.integers(0, SETTLE), max_size=6),
        "endings": ENDINGS,
        "other_tool": st.lists(st.integers(0, 4000), max_size=3),
        "kills": st.lists(st.integers(1, MOST_STEPS), max_size=4),
        "commands": COMMANDS,
        "parts": st.integers(1, 3),
    }
)
SHARED_MEMORY = "/dev/shm"  # noqa: S108  where there is one: fast
SCRATCH = SHARED_MEMORY if Path(SHARED_MEMORY).is_dir() else None


def play_schedule(schedule):
    """Everything of the schedule happens; afterwards nothing goes wrong any more, until all is quiet."""
    folder = Path(tempfile.mkdtemp(dir=SCRATCH))
    amazon = SimulatedAmazon()
    for name in ("answers", "lags", "endings", "other_tool"):
        setattr(amazon, name, list(schedule[name]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(durable_files, "os", CrashingOs(amazon))
        replace = Path.replace
        patch.setattr(Path, "replace", lambda path, target: (amazon.step(), replace(path, target), amazon.step())[1])
        try:
            home = Home(folder, amazon)
            names = [f"shipping-confirmation-{number:03d}.tsv" for number in range(1, schedule["parts"] + 1)]
            output = write_output(folder / "out", names=names)
            contents = [(output / "feeds" / name).read_bytes() for name in names]
            kills = list(schedule["kills"])
            for command, seconds in schedule["commands"]:
                if kills:
                    amazon.kill_at = amazon.steps + kills.pop(0)
                run_command(home, output, command)
                check_law(amazon, contents)
                amazon.kill_at = None
                amazon.clock.seconds += seconds
            finish_schedule(home, output, contents)
        finally:
            shutil.rmtree(folder)


def run_command(home, output, command):
    try:
        if command == "submit":
            return home.run(submit.submit_outputs, [output])
        if command == "collect":
            return home.run(collect.collect_feeds, home.inbox, 0)
        return home.run(collect.collect_feeds, home.inbox, 1800)
    except Killed:
        return None


def check_law(amazon, contents):
    for content in contents:
        assert amazon.count_made(content) <= 1


def finish_schedule(home, output, contents):
    """Once submit ends with 0 and every feed is answered, each part is exactly one feed, if Amazon let it be."""
    amazon = home.amazon
    amazon.answers = []
    working = sum(seconds for seconds, _ in amazon.endings) + sum(feed.ended - feed.created for feed in amazon.feeds)
    for _ in range(QUIET_ROUNDS + math.ceil(working / ROUND_SECONDS)):  # no feed ends before Amazon has worked it off
        status = run_command(home, output, "submit")
        check_law(amazon, contents)
        amazon.clock.seconds += ROUND_SECONDS
        run_command(home, output, "collect")
        with home.hold() as session:
            parts = list_parts(session.state)
        if status == 0 and all(part.state in (FEED_ANSWERED, FAILED, EXPIRED) for part in parts):
            assert [amazon.count_made(content) for content in contents] == [1] * len(contents)
            return
        if "AMZ-727" in home.codes() or status == 1:  # a person is asked, and rightly so
            return
    raise AssertionError(f"never quiet: {[part.state for part in parts]} {home.codes()[-20:]}")


CANCELED_TWICE = {  # once where its making was seen, once where it was found
    "answers": [TAKEN, LOST_MADE],
    "lags": [],
    "endings": [(30, CANCELLED), (30, CANCELLED)],
    "other_tool": [],
    "kills": [],
    "commands": [("submit", 0), ("wait", 0), ("submit", 0)],
    "parts": 1,
}
CANCELED_AFTER_HOURS = CANCELED_TWICE | {  # a feed after the other, each canceled after almost two hours
    "answers": [LOST_MADE],
    "endings": [(30, CANCELLED), (6852, CANCELLED), (6851, CANCELLED)],
    "commands": [("submit", 0)],
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SCHEDULES)
@example(CANCELED_TWICE)
@example(CANCELED_AFTER_HOURS)
def test_at_most_one_feed_a_part(schedule):
    play_schedule(schedule)


@pytest.mark.slow
@settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SCHEDULES)
def test_at_most_one_feed_a_part_over_thousands_of_runs(schedule):
    play_schedule(schedule)
