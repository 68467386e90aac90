"""Commands about a ledger that a person is asked to type: outputs hold no paths, so a word stands for its folder."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

DEFAULT_LEDGER = "ledger"
LEDGER_PLACEHOLDER = "FOLDER-OF-THE-LEDGER"
OUTPUT_PLACEHOLDER = "NEW-FOLDER"
_OPTION = re.compile(rf"\s+--ledger\s+{LEDGER_PLACEHOLDER}")
_LEDGER_COMMAND = re.compile(rf"feedwarden [^\n]*? --ledger {LEDGER_PLACEHOLDER}")
_UNBROKEN_SPACE = "\x00"  # in no text that is shown, and no blank to what breaks lines


def format_command(words: str) -> str:
    """The command with the option that names the ledger, as outputs spell it."""
    return f"feedwarden {words} --ledger {LEDGER_PLACEHOLDER}"


def name_ledger(text: str, ledger: str) -> str:
    """The text for a terminal: its commands name this ledger, unless it is the one that they take by themselves."""
    is_default = "://" not in ledger and Path(ledger) == Path(DEFAULT_LEDGER)
    option = "" if is_default else f" --ledger {shlex.quote(ledger)}"
    return _OPTION.sub(lambda _match: option, text)


def bind_commands(text: str) -> str:
    """The text with the blanks of its commands hidden from what breaks lines; ``release_commands`` shows them again."""
    return _LEDGER_COMMAND.sub(lambda match: match[0].replace(" ", _UNBROKEN_SPACE), text)


def release_commands(text: str) -> str:
    """The text of ``bind_commands`` as it was."""
    return text.replace(_UNBROKEN_SPACE, " ")
