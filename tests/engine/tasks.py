"""What tests give the workers of an engine to do: functions of a module, which other processes can import."""

import os
import signal
import threading
import time
from pathlib import Path

import pyarrow as pa


def double(number):
    return 2 * number


def late(number):
    """The double; the earlier the part, the later it is done."""
    time.sleep((10 - number) / 100)
    return 2 * number


def odd(number):
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number


def slow_or_wrong(folder, number):
    """The first part takes long, the second fails, and every one leaves a file."""
    (Path(folder) / str(number)).touch()
    if number == 1:
        raise ValueError("1 is wrong")
    time.sleep(0.5 if number == 0 else 0.01)
    return number


def deadly_once(folder, number):
    """Whoever is the first to work on part 5 is killed in the middle of it."""
    with Path(folder, f"begun-{number}").open("a", encoding="ascii") as begun:
        begun.write("x")
    if number == 5 and begun.closed and Path(folder, "begun-5").stat().st_size == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def deadly(_number):
    os.kill(os.getpid(), signal.SIGKILL)


def process(_number):
    time.sleep(0.05)
    return os.getpid()


def deadly_elsewhere(pid, number):
    """The double; a process other than that one is killed."""
    if os.getpid() != pid:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return 2 * number


class Untold(Exception):
    """It does not pickle."""

    def __init__(self, one, two):
        super().__init__(f"nobody is told of {one} and {two}")
        self.lock = threading.Lock()


def fail_untold(number):
    raise Untold(number, number)


def list_open_files(_number):
    """The process, and the files that it has open."""
    time.sleep(0.05)
    paths = [link.resolve() for link in Path("/proc/self/fd").iterdir() if link.exists()]
    return os.getpid(), tuple(sorted(str(path) for path in paths if "/proc/" not in str(path)))


def make_file(folder, number):
    """The process that has made a file."""
    Path(folder, str(number)).touch()
    return process(number)


def count_cores(_number):
    """How many threads Arrow may use where the task is done."""
    return pa.cpu_count()
