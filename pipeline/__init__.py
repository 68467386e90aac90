"""feedwarden: checks an Amazon seller's flat files and writes feeds that are safe to upload."""

from __future__ import annotations

TYPE_CHECKING = False  # as typing has it, which the program loads after it listens to interrupts
if TYPE_CHECKING:
    from typing import Any

    from pipeline.python_api import (
        AccountsOutput,
        AuditOutput,
        CouldNotFinish,
        FeedwardenError,
        NoUsableInput,
        RunOutput,
        WrongUsage,
        audit,
        run,
        run_accounts,
    )

__version__ = "0.1.0"
__all__ = [
    "AccountsOutput",
    "AuditOutput",
    "CouldNotFinish",
    "FeedwardenError",
    "NoUsableInput",
    "RunOutput",
    "WrongUsage",
    "__version__",
    "audit",
    "run",
    "run_accounts",
]


def __getattr__(name: str) -> Any:
    """What is for use from Python is loaded when it is asked for."""
    import importlib

    if name in __all__:
        return getattr(importlib.import_module("pipeline.python_api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
