"""The hint of a group of findings is true of each of them."""

import pytest

from pipeline.publish.page import rule_hints
from pipeline.rules import catalogue, cells


@pytest.mark.parametrize("code", sorted(catalogue.RULES_BY_CODE))
def test_the_hint_of_a_group_names_nothing_that_is_of_one_finding(code):
    hint = rule_hints.generalize_hint(catalogue.RULES_BY_CODE[code].hint)
    assert "{" not in hint
    assert hint.endswith(".")


def test_the_column_of_a_group_is_described():
    assert rule_hints.generalize_hint(cells.value_missing.hint) == "Fill in the column that each line names."


def test_two_sorts_of_files_have_two_hints(night):
    night.report([1, 2], sku="")
    night.confirm([1], carrier_code="")
    night.confirm([2], name="other.txt", ship_date="")
    night.publish()
    text = night.text("report.html")
    hints = text.partition('id="rule-FMT-001"')[2].partition("</tbody>")[0]
    assert "<b>Your own files:</b> Fill in the column that each line names." in hints
    assert "<b>Amazon’s reports:</b> Download the report again" in hints
    assert "Fill in sku" not in text
