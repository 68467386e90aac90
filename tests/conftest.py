"""What every test stands on: a hostile time zone, hypothesis profiles, tests that wait to be asked for."""

import gc
import os
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Far from UTC, with summer time in January: a date taken in the machine's own zone comes out wrong here.
# Set before anything asks for the time, and inherited by every process a test starts.
os.environ["TZ"] = os.environ.get("FEEDWARDEN_TEST_TZ", "Pacific/Auckland")
time.tzset()

# Every run of a test checks the columns of its rows between the steps, as --verify does.
os.environ["FEEDWARDEN_VERIFY"] = "1"

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT.parent / "shared" / "samples"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def first_quick(values, quick=1):
    """The values of a parameter, of which the quick suite tries so many and the slow one all."""
    return [*values[:quick], *(pytest.param(value, marks=pytest.mark.slow) for value in values[quick:])]


CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("default", CALM)
settings.register_profile("ci", CALM, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


def pytest_addoption(parser):
    parser.addoption("--slow", action="store_true", default=bool(os.environ.get("SLOW")), help="run slow tests too")


def pytest_collection_modifyitems(config, items):
    waiting = {
        "slow": (not config.getoption("--slow"), "slow: run with --slow or SLOW=1"),
        "bench": ("bench" not in config.getoption("-m"), "a measurement: run with -m bench"),
    }
    for item in items:
        for marker, (waits, reason) in waiting.items():
            if waits and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_collection_finish():
    """What was collected lives until the end: Python need not look through it for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@pytest.fixture(scope="session")
def samples():
    """Real files with personal data masked; they live beside the repository, not in it."""
    if not SAMPLES.is_dir():
        pytest.skip("no ../shared/samples beside the repository")
    return SAMPLES


@pytest.fixture(scope="session")
def chromium():
    """The browser that looks at the HTML report."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium")
    return CHROMIUM
