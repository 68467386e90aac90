"""The files of a simulation on the disk: grown stretch by stretch, each in its own layout, and the truth about them."""

from __future__ import annotations

import contextlib
import gzip
import shutil
import threading
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from pipeline.simulate import probabilities, processing_reports
from pipeline.simulate.damage import INVALID_BYTE_MARK, DamagedLines
from pipeline.simulate.file_key import FileKey
from pipeline.simulate.markets import FILE_KINDS
from pipeline.simulate.order_events import World
from pipeline.simulate.processing_reports import FIRST_ROW_LINE, FeedCounts, FeedPart
from pipeline.simulate.random_draws import RandomDraws
from pipeline.simulate.text_columns import TextArray

TRUTH_FILE, NIGHTS_FILE = "truth.tsv", "nights.tsv"
_UTF8_BOM, _INVALID_BYTE = b"\xef\xbb\xbf", b"\x81"
_REPORTS_WITHOUT_ROWS = ("unshipped", "orders")  # a report without rows is its header
_GZIPPED_KINDS = ("unshipped", "orders", "all-orders", "returns")
_SCRATCH_FOLDER = ".making"  # rows of answers whose counts are not known yet, and the truth about each file
_PROCESSING_REPORT = "processing-report"


class SimulatedFiles:
    """A folder of nights, to be finished once every row is in its file; different files may grow at once."""

    def __init__(self, output_folder: Path, world: World) -> None:
        """The folder is made, with the account file of each market's night."""
        self.output_folder, self.world = output_folder, world
        self.scratch_folder = output_folder / _SCRATCH_FOLDER
        self.line_counts: dict[Path, int] = {}  # of each file so far
        self.row_count = 0
        self.damaged_count = 0
        self._count_lock = threading.Lock()
        self.scratch_folder.mkdir(parents=True)
        for night in range(1, world.options.nights + 1):
            for market_number in range(len(world.markets)):
                folder = output_folder / self.night_folder(market_number, night)
                folder.mkdir(parents=True)
                (folder / "account.toml").write_text(self._account_text(market_number), encoding="utf-8")

    def night_folder(self, market: int, night: int) -> str:
        """The folder of a market's night, below the folder of all."""
        return f"night-{night:03d}/{self.world.markets[market].code.lower()}"

    def _account_text(self, market_number: int) -> str:
        market = self.world.markets[market_number]
        coverage = "complete" if market.complete_reports else "partial"
        country_line = f'home-country = "{market.marketplace.country}"'
        return f'marketplace = "{market.marketplace.name}"\n{country_line}\n\n[reports]\nunshipped = "{coverage}"\n'

    def file_path(self, file_key: FileKey) -> Path:
        """The file's path below the folder of all."""
        part_suffix = f"-{file_key.part_number + 1:03d}" if file_key.kind == _PROCESSING_REPORT else ""
        code, date = self.world.markets[file_key.market].code.lower(), self.world.nights.utc_date(file_key.night)
        gzip_suffix = ".gz" if self._is_gzipped(file_key) else ""
        return (
            Path(self.night_folder(file_key.market, file_key.night))
            / f"{file_key.kind}-{code}-{date}{part_suffix}.txt{gzip_suffix}"
        )

    def _is_gzipped(self, file_key: FileKey) -> bool:
        if file_key.kind not in _GZIPPED_KINDS:
            return False
        draw_key = np.array(
            [
                (file_key.night * len(self.world.markets) + file_key.market) * len(FILE_KINDS)
                + FILE_KINDS.index(file_key.kind)
            ]
        )
        return bool(
            RandomDraws(self.world.options.seed, draw_key).draw_below("zipped", probabilities.GZIPPED_ONE_IN)[0] == 0
        )

    def append_lines(self, file_key: FileKey, damaged_lines: DamagedLines) -> None:
        """The lines put at the end of their file, and what must be found in them into the truth about it."""
        layout = self.world.markets[file_key.market].layouts[file_key.kind]
        path = self.file_path(file_key)
        if path not in self.line_counts:
            self._start_file(file_key, path)
        data = self._encode_lines(damaged_lines.lines, layout.line_end)
        if layout.encoding != "utf-8":
            data = data.decode().encode(layout.encoding)
        damaged_rows = np.flatnonzero(damaged_lines.codes != "")
        if len(damaged_rows):
            data = data.replace(INVALID_BYTE_MARK.encode(), _INVALID_BYTE)
            lines = zip(
                (damaged_rows + self.line_counts[path] + 1).tolist(),
                damaged_lines.codes[damaged_rows].tolist(),
                strict=True,
            )
            with self._scratch_path(path, "truth").open("a", encoding="utf-8", newline="\n") as truth:
                truth.writelines(f"{path.as_posix()}\t{line}\t{code}\n" for line, code in lines)
        self.line_counts[path] += len(damaged_lines.codes)
        with self._count_lock:
            self.row_count += len(damaged_lines.codes)
            self.damaged_count += len(damaged_rows)
        self._append_bytes(
            self._scratch_path(path, "rows") if file_key.kind == _PROCESSING_REPORT else self.output_folder / path, data
        )

    def add_whole_file(self, file_key: FileKey, code: str, lines: list[str], damaged_line: int = 1) -> None:
        """A file that stands by itself, one line of which, counted from 1, must get the code."""
        path = self.file_path(file_key)
        layout = self.world.markets[file_key.market].layouts.get(file_key.kind)
        (self.output_folder / path).write_bytes(
            "".join(f"{line}\n" for line in lines).encode(layout.encoding if layout else "utf-8")
        )
        self._scratch_path(path, "truth").write_text(f"{path.as_posix()}\t{damaged_line}\t{code}\n", encoding="utf-8")
        self.row_count += max(len(lines) - 1, 0)
        self.damaged_count += 1

    def _start_file(self, file_key: FileKey, path: Path) -> None:
        layout = self.world.markets[file_key.market].layouts[file_key.kind]
        if file_key.kind == _PROCESSING_REPORT:
            self.line_counts[path] = FIRST_ROW_LINE - 1
            return
        header_lines = layout.header_lines()
        self.line_counts[path] = len(header_lines)
        data = "".join(line + layout.line_end for line in header_lines).encode(layout.encoding)
        self._append_bytes(self.output_folder / path, (_UTF8_BOM if layout.byte_order_mark else b"") + data)

    def _scratch_path(self, path: Path, suffix: str) -> Path:
        return self.scratch_folder / f"{path.as_posix().replace('/', '--')}.{suffix}"

    @staticmethod
    def _append_bytes(path: Path, data: bytes) -> None:
        """Behind what the file holds; a gzipped file may be made of several streams."""
        with path.open("ab") as file:
            file.write(gzip.compress(data, 1, mtime=0) if path.suffix == ".gz" else data)

    @staticmethod
    def _encode_lines(lines: TextArray, line_end: str) -> bytes:
        ended_lines = pc.binary_join_element_wise(lines, line_end, "")
        byte_count = pc.sum(pc.binary_length(ended_lines)).as_py() or 0
        return bytes(ended_lines.buffers()[2][:byte_count]) if byte_count else b""

    def finish(self, feed_counts: FeedCounts) -> None:
        """Reports without rows, Amazon's answers, the truth and the list of nights: nothing is left to be made."""
        file_keys = [
            FileKey(market, night, kind)
            for night in range(1, self.world.options.nights + 1)
            for market in range(len(self.world.markets))
            for kind in _REPORTS_WITHOUT_ROWS
        ]
        for file_key in file_keys:
            if self.file_path(file_key) not in self.line_counts:
                self._start_file(file_key, self.file_path(file_key))
        for feed_part, records in feed_counts.list_parts():
            if feed_part.night < self.world.options.nights:
                self._write_processing_report(feed_part, records, feed_counts.refused_counts[feed_part])
        with (self.output_folder / TRUTH_FILE).open("w", encoding="utf-8", newline="\n") as truth:
            truth.write("file\tline\tcode\n")
            for truth_path in sorted(self.scratch_folder.glob("*.truth")):
                with truth_path.open(encoding="utf-8") as truth_part:
                    shutil.copyfileobj(truth_part, truth)
        self._write_nights_file()
        shutil.rmtree(self.scratch_folder)

    def _write_processing_report(self, feed_part: FeedPart, records: int, refused: int) -> None:
        """The report that answers a part of a feed: on the night after, its counts above its rows."""
        file_key = FileKey(feed_part.market, feed_part.night + 1, _PROCESSING_REPORT, feed_part.part_number)
        market, path = self.world.markets[feed_part.market], self.file_path(file_key)
        rows_path = self._scratch_path(path, "rows")
        if self.world.refused_feeds.is_refused(feed_part.market, feed_part.night):
            header_lines = processing_reports.build_feed_refusal(market)
        else:
            header_lines = processing_reports.build_header(market, records, refused, rows=rows_path.exists())
        header_text = "".join(f"{line}\n" for line in header_lines)
        with (self.output_folder / path).open("wb") as file:
            file.write(header_text.encode(market.layouts[_PROCESSING_REPORT].encoding))
            with contextlib.suppress(FileNotFoundError), rows_path.open("rb") as rows:
                shutil.copyfileobj(rows, file)

    def _write_nights_file(self) -> None:
        """Which folder is to be judged at which instant."""
        night_lines = [
            f"{self.night_folder(market, night)}\t{self._format_as_of(night)}\n"
            for night in range(1, self.world.options.nights + 1)
            for market in range(len(self.world.markets))
        ]
        (self.output_folder / NIGHTS_FILE).write_text(
            "folder\tas_of\n" + "".join(night_lines), encoding="utf-8", newline="\n"
        )

    def _format_as_of(self, night: int) -> str:
        return np.datetime_as_string(np.datetime64(int(self.world.nights.as_of(night)), "s")) + "Z"
