import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.publish.feeds import uploads
from schemas import cancellation
from schemas.confirmation import REQUIRED_FEED_COLUMNS

ONE = "feeds/shipping-confirmation-001.tsv"
TWO = "feeds/shipping-confirmation-002.tsv"
HEAD = len("\t".join(REQUIRED_FEED_COLUMNS)) + 1


def slowly(sizes, room, records):
    """The same, row by row."""
    parts, begin, held = [], 0, 0
    for at, size in enumerate(sizes):
        if at > begin and (held + size > room or at - begin == records):
            parts.append((begin, at))
            begin, held = at, 0
        held += size
    return [*parts, (begin, len(sizes))] if sizes else []


@given(st.lists(st.integers(1, 9)), st.integers(1, 30), st.integers(1, 5))
def test_parts(sizes, room, records):
    assert list(uploads.split_parts(np.array(sizes, np.int64), room, records)) == slowly(sizes, room, records)


def test_the_rows_of_a_feed(night):
    night.report([1, 2, 3])
    night.confirm([2, 1], ship_date="20260309", carrier_code="royal mail")
    night.publish()
    assert night.lines(ONE) == [
        "\t".join(REQUIRED_FEED_COLUMNS),
        f"{night.order(2)}\t{night.item(2)}\t2\t2026-03-09\tRoyal Mail\t\tRN302315884GB\t",
        f"{night.order(1)}\t{night.item(1)}\t2\t2026-03-09\tRoyal Mail\t\tRN302315884GB\t",
    ]


def test_blank_stays_blank(night):
    night.report([1])
    night.confirm([1], order_item_id="", quantity="", tracking_number="")
    night.publish()
    assert night.lines(ONE)[1] == f"{night.order(1)}\t\t\t2026-03-09\tRoyal Mail\t\t\t"


def test_files_by_name_then_line_whatever_their_order(night):
    night.report(range(1, 7))
    night.confirm([4, 3], "b.txt")
    night.confirm([6, 5], "a.txt")
    night.confirm([1], "c.txt", quantity="99")
    night.publish()
    assert [row["order-id"] for row in night.rows(ONE)] == [night.order(number) for number in (6, 5, 4, 3)]


def test_only_columns_of_files_with_accepted_rows(night):
    night.report([1, 2])
    header = [*REQUIRED_FEED_COLUMNS, "ship_from_address_city", "ship-to-name", "transparency_code", "odd"]
    good = night.confirmed(1) | {"ship_from_address_city": " Leeds ", "ship-to-name": "Zoë Quillfeather", "odd": "x"}
    night.table("a.txt", header, [good])
    night.table("b.txt", [*REQUIRED_FEED_COLUMNS, "ship_from_supply_source_id"], [night.confirmed(9)])
    night.publish()
    assert night.lines(ONE) == [
        "\t".join([*REQUIRED_FEED_COLUMNS, "transparency_code", "ship_from_address_city"]),
        f"{night.order(1)}\t{night.item(1)}\t2\t2026-03-09\tRoyal Mail\t\tRN302315884GB\t\t\tLeeds",
    ]


def test_no_feed_where_nothing_is_accepted(night):
    night.report([1])
    night.confirm([2])
    night.publish()
    assert not [path for path in night.files() if path.startswith("feeds/")]


@pytest.mark.parametrize(("limit", "rows"), [(3, [3]), (2, [2, 1]), (1, [1, 1, 1])])
def test_a_part_holds_so_many_records(night, limit, rows):
    night.report([1, 2, 3])
    night.confirm([1, 2, 3])
    night.publish(feed_records=limit)
    paths = [path for path in night.files() if path.startswith("feeds/")]
    assert paths == [f"feeds/shipping-confirmation-{at:03d}.tsv" for at in range(1, len(rows) + 1)]
    assert [len(night.rows(path)) for path in paths] == rows


@pytest.mark.parametrize(("more", "files"), [(0, 1), (-1, 2)])
def test_a_part_holds_so_many_bytes(night, more, files):
    night.report([1, 2])
    night.confirm([1, 2])
    row = len(f"{night.order(1)}\t{night.item(1)}\t2\t2026-03-09\tRoyal Mail\t\tRN302315884GB\t\n")
    limit = HEAD + 2 * row + more
    night.publish(feed_bytes=limit)
    paths = [path for path in night.files() if path.startswith("feeds/")]
    assert len(paths) == files
    assert max((night.out / path).stat().st_size for path in paths) <= limit


def test_bytes_are_not_characters(night):
    night.report([1, 2])
    night.confirm([1, 2], carrier_name="é" * 30)
    row = len(f"{night.order(1)}\t{night.item(1)}\t2\t2026-03-09\tRoyal Mail\t\tRN302315884GB\t\n") + 60
    night.publish(feed_bytes=HEAD + 2 * row - 1)
    assert TWO in night.files()


def test_a_row_larger_than_a_part_is_a_part(night):
    night.report([1, 2])
    night.confirm([1, 2])
    night.publish(feed_bytes=1)
    assert [len(night.rows(path)) for path in (ONE, TWO)] == [1, 1]


def test_cancellations(night):
    night.report([1, 2, 3])
    header = ["order-id", "cancellation-reason-code", "amazon-order-item-code"]
    rows = [
        {header[0]: night.order(1), header[1]: "NoInventory", header[2]: night.item(1)},
        {header[0]: night.order(2)},
        {header[0]: night.order(9)},
    ]
    night.table("cancel.txt", header, rows)
    night.publish()
    assert night.lines("feeds/order-cancellation-001.tsv") == [
        "\t".join(cancellation.TEMPLATE_LINE),
        "\t".join(header),
        f"{night.order(1)}\tNoInventory\t{night.item(1)}",
        f"{night.order(2)}\t\t",
    ]


def test_a_feed_reads_back_as_it_was_accepted(night):
    night.report(range(1, 6))
    night.confirm([1, 2, 3], ship_date="2026/03/09", carrier_code="royal mail", tracking_number="  RN302315884GB ")
    night.publish()
    feed = (night.out / ONE).read_bytes()
    (night.inputs / "confirm.txt").unlink()
    night.write("feed.txt.gz", gzip.compress(feed))
    settled = night.settle()
    assert not [code for code in settled.findings["code"] if not code.startswith("MET-")]
    night.publish()
    assert (night.out / ONE).read_bytes() == feed
