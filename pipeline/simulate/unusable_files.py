"""Files that lie in a seller's folder and are of no use as they are: refused whole, or about nothing that is known."""

from __future__ import annotations

import numpy as np

from pipeline.simulate.file_key import FileKey
from pipeline.simulate.files import SimulatedFiles
from pipeline.simulate.processing_reports import FIRST_ROW_LINE, build_feed_refusal
from pipeline.simulate.random_draws import RandomDraws
from schemas import confirmation, contacts

_FOLDER_RATE_FACTOR = 5  # times the share of damaged lines: how many of the folders hold a stray file
_SAMPLE_ROW = "111-0000000-0000000"
_FEED_COLUMNS = confirmation.REQUIRED_FEED_COLUMNS


def _list_unusable_files() -> list[tuple[str, list[str]]]:
    """The code that each file must get in its first line, and its lines."""
    contact_columns = [column.name for column in contacts.KIND.columns]
    incomplete_columns = [name for name in _FEED_COLUMNS if name != "ship-date"]
    return [
        ("FIL-001", []),
        ("FIL-002", ["\t".join(incomplete_columns), _SAMPLE_ROW]),
        ("FIL-003", ["\t".join([*contact_columns, "mood"])]),
        ("FIL-004", ["\t".join([*_FEED_COLUMNS, "tracking-number"]), _SAMPLE_ROW]),
        ("FIL-008", ["what\thow-much", "a made-up note\t1"]),
    ]


def write_unusable_files(files: SimulatedFiles) -> None:
    """At most one in each market's night, and on the first one perhaps an answer to a feed that is not ours."""
    _write_unknown_refusals(files)
    options = files.world.options
    for night in range(1, options.nights + 1):
        for market in range(len(files.world.markets)):
            draws = RandomDraws(options.seed, np.array([night * len(files.world.markets) + market]))
            if draws.draw_flags("stray", options.dirty * _FOLDER_RATE_FACTOR)[0]:
                candidates = _list_unusable_files()
                code, lines = candidates[int(draws.draw_below("stray file", len(candidates))[0])]
                files.add_whole_file(FileKey(market, night, "stray"), code, lines)


def _write_unknown_refusals(files: SimulatedFiles) -> None:
    """Amazon refuses a whole feed that was uploaded before the first night: it is not known which (ACK-605)."""
    options, markets = files.world.options, files.world.markets
    draws = RandomDraws(options.seed, np.arange(len(markets)))
    is_refused = draws.draw_flags("unknown refusal", options.dirty * _FOLDER_RATE_FACTOR)
    for market in np.flatnonzero(is_refused).tolist():
        lines = build_feed_refusal(markets[market])
        files.add_whole_file(FileKey(market, 1, "processing-report"), "ACK-605", lines, FIRST_ROW_LINE)
