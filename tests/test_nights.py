"""Golden stories of several nights: what a person reads of each night is, byte for byte, what is expected of it.

To bless what the program writes now: ``python -m tests.nights --bless [STORY…]``, then read the difference.
"""

import pytest

from tests import nights, tables


@pytest.fixture(scope="module")
def nights_of(tmp_path_factory):
    """What the nights of a story wrote; each story is run once."""
    known = {}

    def run_once(story):
        if story not in known:
            known[story] = nights.tell(story, tmp_path_factory.mktemp(story.name))
        return known[story]

    return run_once


EACH = [(story, number) for story in nights.stories() for number in range(1, len(nights.told(story)) + 1)]


@pytest.mark.parametrize(("story", "number"), EACH, ids=[f"{story.name}-{number}" for story, number in EACH])
def test_night(story, number, nights_of):
    night = nights_of(story)[number - 1]
    assert night.status == nights.told(story)[number - 1]["status"]
    expected = tables.outputs(story / str(number) / "expected")
    assert sorted(night.written) == sorted(expected)
    for name, data in expected.items():
        assert night.written[name].decode().split("\n") == data.decode().split("\n"), name
    assert not any(b"Buyer" in data or b"Example St" in data for data in night.written.values())
