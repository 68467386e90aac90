"""An interrupt ends the program with one line and its own status, at whatever moment it comes.

The program loads this module before any other, so it imports nothing that takes time.
"""

from __future__ import annotations

import os
import signal
import sys

TYPE_CHECKING = False  # as typing has it, which takes longer to load than all the rest
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import FrameType
    from typing import Any, NoReturn

PROGRAM = "feedwarden"
SIGNAL_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_SIGNAL_BASE = 128  # an exit status is this and the number of the signal


class Interrupted(KeyboardInterrupt):
    """The program was asked to end."""


class _State:
    """What has come so far: the number of the first signal, and what the program does about it."""

    received: int | None = None
    may_raise = False  # before the program has begun its work, an interrupt ends the process at once
    deferred: int | None = None  # the number of a signal that came too late for what was finished then
    is_finished = False  # what was asked for is done: an interrupt comes too late to change anything
    report: Callable[[str], Any] | None = None  # says the line, where the log knows how
    published: tuple[str, ...] = ()  # what was published before the work that can be interrupted


def is_program(module_name: str) -> bool:
    """Whether the module is loaded as the program: by ``-m``, or by its script."""
    processes = sys.modules.get("multiprocessing.process")
    if processes and processes.parent_process():
        return False  # a worker, in which Python loads the program again
    script = os.path.basename(sys.argv[0]) if sys.argv else ""  # noqa: PTH119  pathlib takes time to load
    return module_name == "__main__" or script in (PROGRAM, f"{PROGRAM}.exe")


def listen(report: Callable[[str], Any] | None = None, *, may_raise: bool = False) -> None:
    """The signals that ask the program to end are listened to; one that is ignored, as under nohup, stays so.

    Until ``may_raise``, a signal ends the process at once; from then on the first raises Interrupted, the second ends.
    """
    _State.may_raise, _State.report, _State.is_finished = may_raise, report, False
    for name in SIGNAL_NAMES:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _handle_signal)


def finish() -> None:
    """From here on an interrupt is passed over: what was asked for is done, and the process ends at once."""
    _State.is_finished = True


def resume(published: Sequence[str] = ()) -> None:
    """Interrupts count again: more work is begun after what is ``published``, which an interrupt then names.

    Raises Interrupted where one came meanwhile.
    """
    _State.is_finished, _State.published = False, tuple(published)
    _State.received = _State.received or _State.deferred
    check_interrupt()


def defer(number: int, _frame: FrameType | None = None) -> None:
    """A signal comes too late for what is done now; what is begun afterwards is interrupted."""
    _State.deferred = number


def describe_interrupt() -> str:
    """What an interrupted program says."""
    after = f" after {', '.join(_State.published)}" if _State.published else ""
    return f"interrupted, nothing was published{after}; run it again"


def was_interrupted() -> bool:
    """Whether the program was asked to end, even where a library has swallowed the exception."""
    return _State.received is not None


def exit_status(error: BaseException | None = None) -> int:
    """The exit status of an interrupted program: 130 after an interrupt from the keyboard, 143 after SIGTERM."""
    number = _State.received if _State.received is not None else getattr(error, "number", signal.SIGINT)
    return _SIGNAL_BASE + int(number)


def check_interrupt() -> None:
    """Raises Interrupted where the program was asked to end."""
    if was_interrupted():
        raise Interrupted


def _handle_signal(number: int, _frame: FrameType | None) -> None:
    if _State.is_finished:
        defer(number)
        return
    is_first, _State.received = _State.received is None, _State.received or number
    if not (is_first and _State.may_raise):
        _end_process()
    raise Interrupted


def _end_process() -> NoReturn:
    try:
        if _State.report:
            _State.report(describe_interrupt())
        else:
            os.write(2, f"{PROGRAM}: {describe_interrupt()}\n".encode())
    finally:
        os._exit(exit_status())
