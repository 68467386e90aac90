"""The command line as a process of its own that need not load the program: forked from one that has loaded it.

A night spends a third of its time on loading; a process that is killed at a random instant is killed at work instead.
"""

import contextlib
import importlib
import multiprocessing
import os
import pkgutil
import sys
from pathlib import Path

import pipeline
from tests.amazon.hurried import run_hurried

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__, "tests.amazon.test_night"])  # a child imports what its parent's main does

if "multiprocessing.forkserver" in " ".join(sys.orig_argv):
    for _module in pkgutil.walk_packages(pipeline.__path__, "pipeline."):
        with contextlib.suppress(ImportError):  # of an extra that is not installed
            importlib.import_module(_module.name)


def fork_command(words, environment):
    """The process, started; its time is that of the fake that the environment names."""
    process = _FORKS.Process(target=run_silently, args=([str(word) for word in words], environment))
    process.start()
    return process


def run_silently(words, environment):
    """The command, printing nothing."""
    os.environ.update({name: value for name, value in environment.items() if value is not None})
    for name in [name for name, value in environment.items() if value is None]:
        os.environ.pop(name, None)
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    sys.argv = ["feedwarden", *words]
    run_hurried()
