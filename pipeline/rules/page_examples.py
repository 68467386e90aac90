"""The examples on the pages named README.md: commands that run in a clone as they are shown."""

from __future__ import annotations


def _run_nights(inputs: str, folder: str, as_of: dict[str, str]) -> tuple[tuple[str, ...], ...]:
    """A command a night, by the folder of its inputs: on a ledger in the folder, with an output a night there."""
    return tuple(
        (
            *("run", f"{inputs}/{night}/input", "--ledger", f"{folder}/ledger", "--as-of", instant),
            *("--out", f"{folder}/{night}", "--quiet"),
        )
        for night, instant in as_of.items()
    )


DEMO_INPUT = "fixtures/runs/demo/input"
FIXED_OPTIONS = ("--no-ledger", "--as-of", "2026-03-10T07:00:00Z")
EXAMPLE_COMMAND = ("run", DEMO_INPUT, *FIXED_OPTIONS, "--out", "out/demo")
CLAIMS_INPUT = "fixtures/runs/claims/input"
EVIDENCE_COMMAND = ("claims", CLAIMS_INPUT, *FIXED_OPTIONS, "--out", "out/claims", "--evidence", "K11")
NIGHTS_INPUT = "fixtures/nights/seven"
SHOWN_ORDER = "111-0000000-0000005"
HISTORY_COMMANDS = (
    *_run_nights(NIGHTS_INPUT, "out/seven", {"1": "2026-03-02T07:00:00Z", "2": "2026-03-03T07:00:00Z"}),
    ("ledger", "show", SHOWN_ORDER, "--ledger", "out/seven/ledger"),
    ("ledger", "explain", SHOWN_ORDER, "--ledger", "out/seven/ledger"),
)
DAY_INPUT = "fixtures/nights/one-day"
DAY_COMMANDS = (
    *_run_nights(DAY_INPUT, "out/day", {"1": "2026-03-10T06:00:00Z", "2": "2026-03-10T09:00:00Z"}),
    ("feeds", "uploaded", "2", "--ledger", "out/day/ledger", "--as-of", "2026-03-10T10:00:00Z"),
    ("feeds", "list", "--ledger", "out/day/ledger"),
)
EXAMPLES: dict[str, tuple[str, tuple[tuple[str, ...], ...]]] = {  # section → its inputs, and the commands that it shows
    "example": (DEMO_INPUT, (EXAMPLE_COMMAND,)),
    "history": (NIGHTS_INPUT, HISTORY_COMMANDS),
    "feeds": (DAY_INPUT, DAY_COMMANDS),
    "claims": (CLAIMS_INPUT, (EVIDENCE_COMMAND,)),
}
