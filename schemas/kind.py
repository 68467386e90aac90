"""A kind of file: how its header is recognised, its columns, and the pandera schema that judges its text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from schemas import types
from schemas.columns import Column

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pa_schema
    import pyarrow as pa

    CellTest = Callable[[pa.ChunkedArray], pa.ChunkedArray]  # of text: who passes; null is unknown, and passes
    NoteFailure = Callable[[str, str, Any], None]  # gets a column's name, a code, and who fails (bool)


@dataclass(frozen=True)
class FileKind:
    """A kind of file; ``recognized_by`` is a list of alternatives a column, ``must_lack`` what it must not have."""

    name: str
    title: str
    recognized_by: tuple[tuple[str, ...], ...]
    columns: tuple[Column, ...]
    must_lack: tuple[str, ...] = ()
    is_upload: bool = False
    # Typed cells that every real file fills, by which a row is seen to be shifted; ids, which sellers mask, are not.
    always_filled: tuple[str, ...] = ()
    continued_blanks: tuple[str, ...] = ()  # columns that a line leaves blank which continues an earlier one
    free_texts: tuple[str, ...] = ()  # columns in which a buyer may write anything
    source: str = ""
    place: str = ""  # in Seller Central, by the names of its menus; empty for the seller's own kinds
    api_types: tuple[str, ...] = ()  # its report or feed types in the Selling Partner API
    note: str = ""  # what one must know to fill it in

    def matches_header(self, names: Iterable[str]) -> bool:
        """True when a header of these names, lower-cased and stripped, is of this kind."""
        header = set(names)
        return all(header & set(group) for group in self.recognized_by) and not header & set(self.must_lack)

    def missing_columns(self, names: Iterable[str]) -> list[str]:
        """The columns by which the kind is recognised that a header does not have."""
        header = set(names)
        return [" or ".join(group) for group in self.recognized_by if not header & set(group)]

    def share_of_columns(self, names: Iterable[str]) -> float:
        """The share of the columns by which the kind is recognised, or that it must have, that a header has."""
        header = set(names)
        known = [
            *self.recognized_by,
            *((name,) for name in self.required_columns() if (name,) not in self.recognized_by),
        ]
        return sum(bool(header & set(group)) for group in known) / len(known)

    def find_column(self, name: str) -> Column | None:
        """The column of that name, or None where the kind does not know it."""
        return next((column for column in self.columns if column.name == name), None)

    def may_hold_email(self, name: str) -> bool:
        """True for a column in which an e-mail address is no sign that the cells have shifted."""
        return "mail" in name or name in self.free_texts

    def required_columns(self) -> list[str]:
        """The names every file of the kind must have."""
        return [column.name for column in self.columns if column.required]

    def with_day_first_dates(self) -> FileKind:
        """The same kind where ship-dates may be spelt dd-mm-yyyy (FORMATS §2b, the AE help page)."""
        columns = tuple(
            replace(column, type=types.DAY_FIRST_DATE) if column.type is types.DATE else column
            for column in self.columns
        )
        return replace(self, columns=columns)

    def with_carriers(self, codes: tuple[str, ...]) -> FileKind:
        """The same kind where carrier codes may also be these."""
        if not codes:
            return self
        columns = tuple(
            replace(column, type=types.carrier_with(codes)) if column.type is types.CARRIER else column
            for column in self.columns
        )
        return replace(self, columns=columns)

    def build_schema(self, columns: Iterable[Column], note_failure: NoteFailure) -> pa_schema.DataFrameSchema:
        """The pandera schema of the columns' text, every check named by its code.

        A check tells pandera only whether a cell fails, and notes which do: pandera's own listing costs more than all
        checks together. Null passes, but where the cell must be filled.
        """
        import pandera.pandas as pa_schema

        return pa_schema.DataFrameSchema(
            {column.text_name: _build_pandera_column(column, note_failure) for column in columns}, name=self.name
        )


def _build_pandera_column(column: Column, note_failure: NoteFailure) -> pa_schema.Column:
    import pandas as pd
    import pandera.pandas as pa_schema
    import pyarrow as pa

    checks = [
        _build_check(column.text_name, code, test_text, note_failure) for code, test_text in list_cell_tests(column)
    ]
    return pa_schema.Column(pd.ArrowDtype(pa.string()), checks, nullable=True)


def list_cell_tests(column: Column) -> list[tuple[str, CellTest]]:
    """What is asked of the cells of a column: the code of the fault, and the test of the text that says who passes."""
    tests: list[tuple[str, CellTest]] = []
    if column.must_be_filled:
        tests.append(("FMT-001", lambda text: text.is_valid()))
    if column.type.readable_by():
        tests.append((column.type.code, _readable_test(column.type)))
    if column.max_length:
        tests.append(("FMT-007", _length_test(column.max_length)))
    return tests


def _build_check(name: str, code: str, test_text: CellTest, note_failure: NoteFailure) -> pa_schema.Check:
    import pandera.pandas as pa_schema
    import pyarrow.compute as pc

    def passes(text: pd.Series[Any]) -> bool:
        passing = pc.fill_null(test_text(text.array.__arrow_array__()), True)
        if pc.all(passing, min_count=0).as_py():
            return True
        note_failure(name, code, pc.invert(passing).to_numpy())
        return False

    return pa_schema.Check(passes, name=code, ignore_na=False)


def _readable_test(cell_type: types.CellType) -> CellTest:
    """The test that a text is of a type: by its closed list, else by its pattern."""
    import pyarrow as pa
    import pyarrow.compute as pc

    def is_readable(values: Any) -> Any:
        if cell_type.vocabulary:
            is_listed = pc.is_in(values, value_set=pa.array(sorted(cell_type.vocabulary()), pa.string()))
            matches_folded = pa.array(
                sorted(cell_type.values_by_casefold()) if cell_type.values_by_casefold else [], pa.string()
            )
            return pc.or_kleene(
                pc.or_(is_listed, pc.is_in(pc.utf8_lower(values), value_set=matches_folded)), pc.is_null(values)
            )
        return pc.match_substring_regex(values, pattern=f"^(?:{cell_type.pattern})$")

    def test_text(text: pa.ChunkedArray) -> pa.ChunkedArray:
        if not cell_type.has_few_values:
            return is_readable(text)
        dictionary = pc.dictionary_encode(text).combine_chunks()
        return pa.chunked_array([pc.take(is_readable(dictionary.dictionary), dictionary.indices)])

    return test_text


def _length_test(max_length: int) -> CellTest:
    import pyarrow.compute as pc

    return lambda text: pc.less_equal(pc.utf8_length(text), max_length)
