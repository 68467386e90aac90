"""Some kills with --slow; ``python -m tests.kills`` makes as many as asked."""

import pytest

from tests.kills.kill import begin_seller, kill_once

pytest.importorskip("moto")


@pytest.fixture(scope="module")
def seller():
    with begin_seller() as made:
        yield made


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 31))
def test_a_killed_run_is_made_good_by_the_next(seller, seed):
    assert kill_once(seller, seed).faults == []
