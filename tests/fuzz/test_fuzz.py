"""Some attacks each time the suite runs, more of them with --slow."""

import pytest

from tests.fuzz.attack import attack


@pytest.mark.parametrize("seed", range(3))
def test_an_attack_is_survived(seed):
    assert attack(seed).fault == ""


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1100))
def test_attacks_are_survived(seed):
    assert attack(seed).fault == ""
