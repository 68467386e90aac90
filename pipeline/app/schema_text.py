"""What ``feedwarden schema`` prints: kinds of files for people, for other programs, or as a file to start from."""

from __future__ import annotations

import json

from schemas.examples import read_example
from schemas.kind import FileKind
from schemas.kinds import KINDS
from schemas.show import describe_kind, describe_kinds, to_table_schema

_BY_NAME = {kind.name: kind for kind in KINDS}


def format_schema(name: str | None, *, as_json: bool, as_example: bool) -> str:
    """The kind of that name, or every kind.

    Raises KeyError, with what is wrong, where there is no such kind, or an example is asked for without a kind.
    """
    kind = _find_kind(name) if name else None
    if as_example:
        return _format_example(kind, as_json=as_json)
    if as_json:
        schemas = {one.name: to_table_schema(one) for one in KINDS}
        return json.dumps(schemas[kind.name] if kind else schemas, indent=2, ensure_ascii=False)
    return describe_kind(kind) if kind else describe_kinds()


def _find_kind(name: str) -> FileKind:
    if name not in _BY_NAME:
        raise KeyError(f"{name} is not a kind of file; the kinds are {', '.join(sorted(_BY_NAME))}")
    return _BY_NAME[name]


def _format_example(kind: FileKind | None, *, as_json: bool) -> str:
    if as_json:
        raise KeyError("--example and --json exclude each other: an example is a file of the kind itself")
    if kind is None:
        raise KeyError(f"name the kind of the example, one of {', '.join(sorted(_BY_NAME))}")
    return read_example(kind)
