"""The files of a simulation on the disk: grown stretch by stretch, each in its own layout, and the truth about them."""

from __future__ import annotations

import contextlib
import gzip
import shutil
import threading
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.compute as pc

from pipeline.simulate import rates
from pipeline.simulate.answers import ROWS_FROM, Answers, Part, head
from pipeline.simulate.chance import Chance
from pipeline.simulate.damage import BAD_BYTE, Damaged
from pipeline.simulate.lives import World
from pipeline.simulate.markets import KINDS
from pipeline.simulate.text import Text

TRUTH, NIGHTS = "truth.tsv", "nights.tsv"
_BOM, _BAD = b"\xef\xbb\xbf", b"\x81"
_ALWAYS = ("unshipped", "orders")  # a report without rows is its header
_REPORTS = ("unshipped", "orders", "all-orders", "returns")
_SCRATCH = ".making"  # rows of answers whose counts are not known yet, and the truth about each file
_ANSWERS = "processing-report"


class Place(NamedTuple):
    """Which file a row goes into: of a market (its number), a night, a kind; of answers also the part, from 0."""

    market: int
    night: int
    kind: str
    part: int = 0


class Files:
    """A folder of nights, to be finished once every row is in its file; different files may grow at once."""

    def __init__(self, out: Path, world: World) -> None:
        """The folder is made, with the account file of each market's night."""
        self.out, self.world = out, world
        self.scratch = out / _SCRATCH
        self.lines: dict[Path, int] = {}  # of each file so far
        self.rows = 0
        self.damaged = 0
        self._counting = threading.Lock()
        self.scratch.mkdir(parents=True)
        for night in range(1, world.asked.nights + 1):
            for number in range(len(world.markets)):
                folder = out / self.folder(number, night)
                folder.mkdir(parents=True)
                (folder / "account.toml").write_text(self._account(number), encoding="utf-8")

    def folder(self, market: int, night: int) -> str:
        """The folder of a market's night, below the folder of all."""
        return f"night-{night:03d}/{self.world.markets[market].code.lower()}"

    def _account(self, number: int) -> str:
        one = self.world.markets[number]
        listed = "complete" if one.complete else "partial"
        home = f'home-country = "{one.store.country}"'
        return f'marketplace = "{one.store.name}"\n{home}\n\n[reports]\nunshipped = "{listed}"\n'

    def path(self, place: Place) -> Path:
        """The file's path below the folder of all."""
        part = f"-{place.part + 1:03d}" if place.kind == _ANSWERS else ""
        code, date = self.world.markets[place.market].code.lower(), self.world.nights.date(place.night)
        zipped = ".gz" if self._zipped(place) else ""
        return Path(self.folder(place.market, place.night)) / f"{place.kind}-{code}-{date}{part}.txt{zipped}"

    def _zipped(self, place: Place) -> bool:
        if place.kind not in _REPORTS:
            return False
        key = np.array([(place.night * len(self.world.markets) + place.market) * len(KINDS) + KINDS.index(place.kind)])
        return bool(Chance(self.world.asked.seed, key).below("zipped", rates.ZIPPED)[0] == 0)

    def add(self, place: Place, made: Damaged) -> None:
        """The lines put at the end of their file, and what must be found in them into the truth about it."""
        layout = self.world.markets[place.market].layouts[place.kind]
        path = self.path(place)
        if path not in self.lines:
            self._begin(place, path)
        data = self._bytes(made.lines, layout.end)
        if layout.encoding != "utf-8":
            data = data.decode().encode(layout.encoding)
        bad = np.flatnonzero(made.codes != "")
        if len(bad):
            data = data.replace(BAD_BYTE.encode(), _BAD)
            lines = zip((bad + self.lines[path] + 1).tolist(), made.codes[bad].tolist(), strict=True)
            with self._aside(path, "truth").open("a", encoding="utf-8", newline="\n") as truth:
                truth.writelines(f"{path.as_posix()}\t{line}\t{code}\n" for line, code in lines)
        self.lines[path] += len(made.codes)
        with self._counting:
            self.rows += len(made.codes)
            self.damaged += len(bad)
        self._append(self._aside(path, "rows") if place.kind == _ANSWERS else self.out / path, data)

    def stray(self, place: Place, code: str, lines: list[str]) -> None:
        """A file of no kind's own layout, whose first line must get the code."""
        path = self.path(place)
        (self.out / path).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
        self._aside(path, "truth").write_text(f"{path.as_posix()}\t1\t{code}\n", encoding="utf-8")
        self.rows += max(len(lines) - 1, 0)
        self.damaged += 1

    def _begin(self, place: Place, path: Path) -> None:
        layout = self.world.markets[place.market].layouts[place.kind]
        if place.kind == _ANSWERS:
            self.lines[path] = ROWS_FROM - 1
            return
        above = layout.head()
        self.lines[path] = len(above)
        data = "".join(line + layout.end for line in above).encode(layout.encoding)
        self._append(self.out / path, (_BOM if layout.bom else b"") + data)

    def _aside(self, path: Path, what: str) -> Path:
        return self.scratch / f"{path.as_posix().replace('/', '--')}.{what}"

    @staticmethod
    def _append(path: Path, data: bytes) -> None:
        """Behind what the file holds; a gzipped file may be made of several streams."""
        with path.open("ab") as file:
            file.write(gzip.compress(data, 1, mtime=0) if path.suffix == ".gz" else data)

    @staticmethod
    def _bytes(lines: Text, end: str) -> bytes:
        ended = pc.binary_join_element_wise(lines, end, "")
        size = pc.sum(pc.binary_length(ended)).as_py() or 0
        return bytes(ended.buffers()[2][:size]) if size else b""

    def finish(self, answers: Answers) -> None:
        """Reports without rows, Amazon's answers, the truth and the list of nights: nothing is left to be made."""
        places = [
            Place(market, night, kind)
            for night in range(1, self.world.asked.nights + 1)
            for market in range(len(self.world.markets))
            for kind in _ALWAYS
        ]
        for place in places:
            if self.path(place) not in self.lines:
                self._begin(place, self.path(place))
        for part, records in answers.parts():
            if part.night < self.world.asked.nights:
                self._answer(part, records, answers.refused[part])
        with (self.out / TRUTH).open("w", encoding="utf-8", newline="\n") as truth:
            truth.write("file\tline\tcode\n")
            for one in sorted(self.scratch.glob("*.truth")):
                with one.open(encoding="utf-8") as told:
                    shutil.copyfileobj(told, truth)
        self._nights()
        shutil.rmtree(self.scratch)

    def _answer(self, part: Part, records: int, refused: int) -> None:
        """The report that answers a part of a feed: on the night after, its counts above its rows."""
        place = Place(part.market, part.night + 1, _ANSWERS, part.part)
        market, path = self.world.markets[part.market], self.path(place)
        body = self._aside(path, "rows")
        told = "".join(f"{line}\n" for line in head(market, records, refused, rows=body.exists()))
        with (self.out / path).open("wb") as file:
            file.write(told.encode(market.layouts[_ANSWERS].encoding))
            with contextlib.suppress(FileNotFoundError), body.open("rb") as rows:
                shutil.copyfileobj(rows, file)

    def _nights(self) -> None:
        """Which folder is to be judged at which instant."""
        told = [
            f"{self.folder(market, night)}\t{self._as_of(night)}\n"
            for night in range(1, self.world.asked.nights + 1)
            for market in range(len(self.world.markets))
        ]
        (self.out / NIGHTS).write_text("folder\tas_of\n" + "".join(told), encoding="utf-8", newline="\n")

    def _as_of(self, night: int) -> str:
        return np.datetime_as_string(np.datetime64(int(self.world.nights.as_of(night)), "s")) + "Z"
