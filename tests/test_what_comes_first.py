"""A night with everything that cannot wait: what comes first on the screen and on the page (SPEC §7)."""

import html
import re

import pytest

from tests import nights, tables

FIRST = (
    r"Answer the claim of order 111-0000000-0000003, 60\.00 USD, due 2026-03-09 00:00 PDT, overdue",
    r"Appeal the claim of order 111-0000000-0000004, 45\.00 USD, due 2026-03-12 00:00 PDT",
    r"Look into processing-report-2\.txt:6: ACK-601 Amazon refused the whole feed 1 of run 1, and none of its rows ",
    r"Confirm 1 order item before Amazon cancels it at 2026-03-10 05:00 PDT",
)  # the due times are as-of − 24 h, + 48 h and + 5 h in Los Angeles


@pytest.fixture(scope="module")
def second_night(tmp_path_factory):
    home = tmp_path_factory.mktemp("urgent")
    nights.tell(nights.HOME / "urgent", home)
    return home / "out-2"


def check_first(steps):
    assert len(steps) > len(FIRST)
    for step, pattern in zip(steps, FIRST, strict=False):
        assert re.match(pattern, step)


def test_the_summary_begins_with_what_is_lost_first(second_night):
    text = (second_night / "reports/summary.txt").read_text("utf-8").partition("What to do first\n")[2]
    check_first([" ".join(step.split()) for step in re.split(r"(?m)^  \d+\. ", text)[1:]])


def test_so_does_the_page(second_night):
    page = (second_night / tables.PAGE).read_text("utf-8")
    (steps,) = re.findall(r'<ol class="steps">(.*?)</ol>', page, re.DOTALL)
    listed = re.findall(r"<li>(.*?)</li>", steps, re.DOTALL)
    check_first([html.unescape(re.sub("<[^>]*>", "", step)) for step in listed])


def test_the_worklist_ends_with_what_is_overdue(second_night):
    header, *rows = [line.split("\t") for line in (second_night / "reports/worklist.tsv").read_text().splitlines()]
    lines = [dict(zip(header, row, strict=True)) for row in rows]
    overdue = [line["reason"].startswith("overdue: ") for line in lines]
    assert overdue == sorted(overdue)
    assert overdue.count(True) == 1
    due = [line["due_at"] for line in lines if float(line["hours_left"]) >= 0]
    assert due == sorted(due)
    assert "-0.0" not in {line["hours_left"] for line in lines}
