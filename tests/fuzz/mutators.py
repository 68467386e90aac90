"""Ways to damage an input: its bytes, its cells, its archive, its name."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import zipfile
from collections.abc import Callable

Mutator = Callable[[bytes, random.Random], bytes]

BYTES = [
    b"\x00",
    b"\r",
    b"\n",
    b"\t",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\x1b[2J",
    b"\xe2\x80\xae",
    b" ",
    b"\x0b",
    b'"',
]
CELLS = [
    *(
        b"",
        b" ",
        b"NULL",
        b"nan",
        b"-1",
        b"0",
        b"1e999",
        b"9" * 400,
        b"9" * 19,
        b"0x10",
        b"1,5",
        b"#REF!",
        b"=1+1",
        b"'",
    ),
    *(b"2026-02-30", b"9999-12-31T23:59:59-14:00", b"0001-01-01T00:00:00Z", b"2026-03-01", b"45000", b"03/04/2026"),
    *(
        "é\u202e\U0001f600".encode(),
        b"x" * 5000,
        b"ann@mail.example",
        b"111-0000000-0000001",
        b"1.1E+13",
        b"\\t",
        b"\xc3",
    ),
]
WORDS = [
    *(b"order-id", b"order-item-id", b"quantity-to-ship", b"tracking-number", b"cancellation-reason-code", b"claim-id"),
    *(b"sku", b"quantity", b"counted-at", b"original-record-number", b"A-to-Z Claim", b"Return request date", b""),
]


def flip(data: bytes, draw: random.Random) -> bytes:
    """Some bytes are others."""
    changed = bytearray(data)
    for _ in range(draw.randrange(1, 9)):
        if changed:
            changed[draw.randrange(len(changed))] = draw.randrange(256)
    return bytes(changed)


def insert(data: bytes, draw: random.Random) -> bytes:
    """Some bytes more, perhaps many."""
    at, piece = draw.randrange(len(data) + 1), draw.choice(BYTES)
    return data[:at] + piece * draw.choice([1, 1, 1, 2, 50, 3000]) + data[at:]


def cut(data: bytes, draw: random.Random) -> bytes:
    """A stretch is gone."""
    begin, end = sorted(draw.randrange(len(data) + 1) for _ in range(2))
    return data[:begin] + data[end:] if draw.random() < 0.5 else data[:begin]


def repeat(data: bytes, draw: random.Random) -> bytes:
    """A stretch stands many times."""
    begin, end = sorted(draw.randrange(len(data) + 1) for _ in range(2))
    return data[:end] + data[begin : begin + 2000] * draw.randrange(1, 30) + data[end:]


def change_cell(data: bytes, draw: random.Random) -> bytes:
    """Some cells hold something else."""
    lines = data.split(b"\n")
    for _ in range(draw.randrange(1, 6)):
        line = draw.randrange(len(lines))
        cells = lines[line].split(b"\t")
        cells[draw.randrange(len(cells))] = draw.choice(CELLS if line else WORDS)
        lines[line] = b"\t".join(cells)
    return b"\n".join(lines)


def shift_cells(data: bytes, draw: random.Random) -> bytes:
    """A TAB more or less in some lines."""
    lines = data.split(b"\n")
    for _ in range(draw.randrange(1, 6)):
        line = draw.randrange(len(lines))
        at = draw.randrange(len(lines[line]) + 1)
        lines[line] = (
            lines[line][:at] + b"\t" + lines[line][at:] if draw.random() < 0.5 else lines[line].replace(b"\t", b"", 1)
        )
    return b"\n".join(lines)


def swap_lines(data: bytes, draw: random.Random) -> bytes:
    """The lines in another order, the header perhaps not the first."""
    lines = data.split(b"\n")
    draw.shuffle(lines)
    return b"\n".join(lines)


def change_line_ends(data: bytes, draw: random.Random) -> bytes:
    """Other line ends, or none."""
    return data.replace(b"\n", draw.choice([b"\r\n", b"\r", b"", b"\n\n", b"\n\r", b"\x85"]))


def transcode(data: bytes, draw: random.Random) -> bytes:
    """The same text in another encoding."""
    text = data.decode("utf-8", "replace")
    return text.encode(draw.choice(["utf-16", "utf-16-le", "utf-32", "utf-8-sig", "cp1252", "cp932"]), "replace")


def pack(data: bytes, draw: random.Random) -> bytes:
    """In an archive of some kind."""
    kind = draw.randrange(5)
    if kind == 0:
        return gzip.compress(data)
    if kind == 1:
        return bz2.compress(data)
    packed = io.BytesIO()
    method = draw.choice([zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
    with zipfile.ZipFile(packed, "w", method) as archive:
        for number in range(draw.randrange(3) + 1):
            name = draw.choice(
                [f"{number}.txt", f"../{number}", f"a/{number}\x1b", "é" * 90 + str(number), f".{number}"]
            )
            archive.writestr(name, data if number == 0 else data[: len(data) // 2])
    return packed.getvalue() if kind < 4 else lzma.compress(packed.getvalue())


MUTATORS: tuple[Mutator, ...] = (
    *(flip, insert, cut, repeat, change_cell, change_cell, shift_cells, swap_lines, change_line_ends, transcode, pack),
)


def damage(data: bytes, draw: random.Random) -> bytes:
    """The data damaged once or several times."""
    for _ in range(draw.choice([1, 1, 1, 2, 2, 3, 6])):
        data = draw.choice(MUTATORS)(data, draw)
    return data[: 1 << 22]
