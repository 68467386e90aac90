"""Peer: frictionless on both files, by the Table Schemas that ``feedwarden schema --json`` gives: cells, and no more.

usage: peer_frictionless.py ORDERS CONFIRMATION OUT_DIR AS_OF

It writes OUT_DIR/errors.tsv (file, line, what). It knows nothing of orders, so it accepts what others refuse.
"""

import sys
from pathlib import Path

from frictionless import Detector, Dialect, Schema, formats, validate
from frictionless.resources import TableResource

from schemas import kinds, show

MANY = 10**9  # errors: all of them, as the others report


def main(orders: str, confirmation: str, out: str, _as_of: str) -> None:
    """Check both files cell by cell, and write what is wrong with them."""
    Path(out).mkdir(parents=True, exist_ok=True)
    with Path(out, "errors.tsv").open("w", encoding="utf-8") as errors:
        errors.write("file\tline\terror\n")
        for path, kind in ((orders, "unshipped"), (confirmation, "confirmation")):
            errors.writelines(f"{Path(path).name}\t{line}\t{told}\n" for line, told in checked(path, kind))


def checked(path: str, kind: str) -> list[tuple[int, str]]:
    """Line and type of every error in a file."""
    source = TableResource(
        path=Path(path).name,
        basepath=str(Path(path).parent),
        format="csv",
        schema=Schema.from_descriptor(show.to_table_schema(kinds.find_kind(kind))),
        detector=Detector(schema_sync=True),
        dialect=Dialect(controls=[formats.CsvControl(delimiter="\t", quote_char="\x00")]),
        encoding="cp437",  # every byte is a letter
    )
    errors = validate(source, limit_errors=MANY).tasks[0].errors
    return [(getattr(error, "row_number", 1), error.type) for error in errors]


if __name__ == "__main__":
    main(*sys.argv[1:5])
