"""What a profile says of columns, by small frames of known content."""

import numpy as np
import pyarrow as pa
import pytest

from pipeline.model import profiles
from pipeline.model.file_plan import FilePlan, InputFile, Split
from pipeline.model.split_groups import SplitGroup
from pipeline.quality import audit_profiles, cell_counts, damage_signs, date_coverage, profile, text_counts
from pipeline.utils.arrow import to_frame
from schemas import columns, kinds


def text(values, of=columns.text, name="sku"):
    """The profile of a column of these cells."""
    rows = to_frame(pa.table({name: pa.array(values, pa.string())}))
    plain = profiles.ColumnProfile(name, "read", False, 1, len(values), sum(value is not None for value in values))
    cells, texts = cell_counts.count_cells(of(name), rows, 0)
    counts = text_counts.count_texts([("stock", texts)])
    return audit_profiles.build_profile(
        plain, cells, counts.distinct.get(("stock", 0), 0), counts.shapes.get(("stock", 0), ())
    )


def test_filled_distinct_and_lengths():
    told = text(["ab", None, "abcd", "ab", "é"])
    assert (told.filled, told.distinct, told.shortest, told.longest) == (4, 3, 1, 4)


@pytest.mark.parametrize(
    ("cell", "fine", "coarse"),
    [
        ("114-6901310-7662788", "999-9999999-9999999", "9-9-9"),
        ("Royal Mail", "Aaaaa Aaaa", "A A"),
        ("zoë 12 ÅB", "aaa 99 AA", "a 9 A"),
        ("例示1", "xx9", "x"),
        ("z" * 60, "a" * 40, "a"),
    ],
)
def test_shapes(cell, fine, coarse):
    told = [damage_signs.count_shapes(pa.array([cell]), pa.array([7]), coarse=how) for how in (False, True)]
    assert [(shape.to_pylist(), counts.to_pylist()) for shape, counts in told] == [([fine], [7]), ([coarse], [7])]


def test_a_coarse_shape_hides_how_long_a_name_is():
    shape, counts = damage_signs.count_shapes(pa.array(["Zoë Quillfeather", "Al Li"]), pa.array([2, 3]), coarse=True)
    assert (shape.to_pylist(), counts.to_pylist()) == (["A A"], [5])


@pytest.mark.parametrize(
    ("cell", "sign"),
    [
        ("1.1E+13", "number in scientific notation"),
        ("#REF!", "spreadsheet error"),
        ("#########", "spreadsheet error"),
        ("=A1", "spreadsheet formula"),
        ("-x", "spreadsheet formula"),
        ("cafÃ©", "decoded wrongly"),
        ("itâ€™s", "decoded wrongly"),
        ("a\ufffdb", "decoded wrongly"),
        ("a\u00a0b", "invisible character"),
        ("a\u202eb", "invisible character"),
        ("&amp;", "HTML"),
        ("&xFF0C;", "HTML"),
        ("<b>", "HTML"),
        ('"quoted"', "in quotation marks"),
        ("NULL", "word for an empty value"),
        ("n/a", "word for an empty value"),
    ],
)
def test_signs_of_damage(cell, sign):
    assert text([cell, cell, "well"]).signs == ((sign, 2),)


@pytest.mark.parametrize("cell", ["-1", "+5", "12", "café", "A&B", "a < b", "Null Island", "3E", "#1 seller", "5'2\""])
def test_what_is_no_sign(cell):
    assert text([cell]).signs == ()


def test_values_are_told_where_they_come_again():
    assert text(["b", "a", "b", "a", "b"]).values == (("b", 3), ("a", 2))
    assert text(["a", "b", "c", "c"]).values is None  # most come once: no vocabulary
    assert text([str(one // 2) for one in range(200)]).values is None  # too many


def test_values_of_personal_columns_are_never_told():
    told = text(["Zoë", "Zoë", "Zoë"], lambda name: columns.personal_texts(name)[0])
    assert (told.values, told.least, told.distinct) == (None, None, 1)
    rows, personal = to_frame(pa.table({"sku": ["Zoë"] * 3})), columns.personal_texts("sku")[0]
    assert profile.profile_values(told, personal, lambda: rows).values is None


def test_light_and_deep_tell_the_same_values():
    values = ["Standard"] * 30 + ["Expedited"] * 5
    rows = to_frame(pa.table({"sku": pa.array(values)}))
    plain = profiles.ColumnProfile("sku", "read", False, 1, 35, 35)
    assert profile.profile_values(plain, columns.text("sku"), lambda: rows).values == text(values).values


def plan(file, header, kind="stock"):
    return FilePlan(file, InputFile(f"{file}.txt", "", ""), kinds.find_kind(kind), "utf-8", "", 0, 0, header=header)


def test_a_column_that_some_files_lack_counts_the_rows_of_those_that_have_it():
    plans = [plan(0, ("sku", "quantity", "counted-at", "odd")), plan(1, ("sku", "quantity", "counted-at"))]
    rows = to_frame(
        pa.table(
            {
                "file": pa.array([0, 0, 1], pa.int64()),
                "sku": ["a", "b", None],
                "quantity": ["1", "2", "3"],
                "counted-at": pa.array([None, None, None], pa.string()),
            }
        )
    )
    (kind,) = profile.profile_kinds(plans, {"stock": rows}, profile.profile_values)
    told = {one.name: one for one in kind.columns}
    assert (kind.files, kind.rows) == (2, 3)
    assert (told["sku"].files, told["sku"].rows, told["sku"].filled) == (2, 3, 2)
    assert (told["odd"].use, told["odd"].files, told["odd"].rows, told["odd"].filled) == ("unknown", 1, 2, None)


def test_rows_that_repeat_another_in_every_cell():
    table = pa.table({"file": pa.array([0, 0, 0, 1], pa.int64()), "sku": ["a", "a", "b", "a"], "quantity": ["1"] * 4})
    plans, frame = [plan(file, ("sku", "quantity")) for file in range(2)], to_frame(table)
    counts, texts = audit_profiles.AuditCounts.start(2), []
    for one in plans:
        rows = frame[frame["file"] == one.file].reset_index(drop=True)
        group = SplitGroup((one,), (Split(one.file, 0, 1, 1),))
        split_counts, split_texts = cell_counts.count_group(group, "stock", rows)
        counts.add(np.array([one.file]), "stock", split_counts)
        texts.append(split_texts)
    (kind,) = audit_profiles.profile_audit(plans, counts, text_counts.count_texts([("stock", texts)]))
    assert (kind.rows, kind.repeated) == (4, 1)  # the other file's row is none


def test_days_without_rows_and_the_longest_gaps():
    days = np.array(["2026-01-01", "2026-01-02", "2026-01-05", "2026-01-07", "2026-02-01"], "datetime64[us]")
    rows = to_frame(pa.table({"counted_at": pa.array(days, pa.timestamp("us", "UTC"))}))
    stock = kinds.find_kind("stock")
    told = date_coverage.describe_days(date_coverage.list_days(rows, "stock"), stock)
    assert (told.column, told.first, told.last, told.empty) == ("counted-at", "2026-01-01", "2026-02-01", 27)
    assert told.gaps == (
        profiles.DateGap("2026-01-03", "2026-01-04", 2),
        profiles.DateGap("2026-01-06", "2026-01-06", 1),
        profiles.DateGap("2026-01-08", "2026-01-31", 24),
    )
    assert date_coverage.describe_days(date_coverage.list_days(rows.head(0), "stock"), stock) is None


def test_no_two_columns_of_a_kind_share_a_name_in_a_frame():
    for kind in kinds.KINDS:
        for name in ("name", "text_name", "value_name"):
            names = [getattr(column, name) for column in kind.columns]
            assert len(names) == len(set(names)), (kind.name, name)
