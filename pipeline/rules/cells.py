"""FMT: a cell that is not what its column holds. The schemas find most of these; two are asked of whole rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model.severity import ERROR, INFO, WARNING
from pipeline.rules.rule import Mask, offence, rule
from schemas.kinds import REPORT_KINDS, UPLOAD_KINDS

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.policy import Policy


USUAL_ITEM_ID = (14, 15)  # digits (FORMATS §§1b, 6)

value_missing = offence(
    "FMT-001",
    "value_missing",
    "The line cannot be processed without this value.",
    title="Missing value",
    severity=ERROR,
    source="feedwarden's own check",
    message="{column} is empty",
    hint="Fill in {column}.",
)
not_an_id = offence(
    "FMT-002",
    "not_an_id",
    "An order id is 3, 7 and 7 digits with hyphens; an item id is 14 or 15 digits.",
    title="Unreadable id",
    severity=ERROR,
    source="Amazon's Shipping Confirmation template",
    message="{value} is not an {type}",
    hint="Copy the id from the order report, as text.",
)
not_a_date = offence(
    "FMT-003",
    "not_a_date",
    "An ambiguous date is not guessed.",
    title="Unreadable date",
    severity=ERROR,
    source="Amazon's reports and templates",
    message="{value} is not a readable {type}",
    hint="Write it as {spelling}; leave Amazon's own dates as they were downloaded.",
)
not_a_number = offence(
    "FMT-004",
    "not_a_number",
    "A quantity is counted in whole units.",
    title="Unreadable number",
    severity=ERROR,
    source="Amazon's Shipping Confirmation template",
    message="{value} is not a {type}",
    hint="Write digits only, for example 1.",
)
not_money = offence(
    "FMT-005",
    "not_money",
    "An amount is a plain decimal number without separators for thousands.",
    title="Unreadable amount",
    severity=ERROR,
    source="Amazon's Orders report",
    message="{value} is not an amount of money",
    hint="Write it like 1234.50, with at most two decimals.",
)
not_listed = offence(
    "FMT-006",
    "not_listed",
    "The column accepts only listed values, spelled exactly.",
    title="Value not in the list",
    severity=ERROR,
    source="Amazon's Shipping Confirmation template",
    amazon="5004",
    message="{value} is not a listed value of {column}",
    hint="Use a listed value, spelled exactly. {nearest}",
)
too_long = offence(
    "FMT-007",
    "too_long",
    "Amazon rejects or truncates a value that is too short or too long.",
    title="Wrong length",
    severity=ERROR,
    source="Amazon's Shipping Confirmation template",
    message="{value} is too short or too long for {column}",
    hint="{column} takes {bounds} characters.",
)
not_a_code = offence(
    "FMT-008",
    "not_a_code",
    "Currencies are ISO 4217 codes, countries ISO 3166 alpha-2 codes.",
    title="Unknown currency or country code",
    severity=ERROR,
    source="feedwarden's own check",
    message="{value} is not a {type} code",
    hint="Use the ISO code, for example USD or US.",
)
spreadsheet_damage = offence(
    "FMT-010",
    "spreadsheet_damage",
    "A spreadsheet has turned an id, a date or a tracking number into a number, or could not compute the cell.",
    severity=ERROR,
    source="Amazon's reports and templates",
    message="a spreadsheet has turned the {type} into {value}",
    hint="Export or download again and open it with every column set to Text, or not in a spreadsheet at all.",
)
quoted_cell = offence(
    "FMT-014",
    "quoted_cell",
    "Quotation marks are data in a flat file: Amazon takes them as a part of the value.",
    severity=WARNING,
    source="Amazon's reports and templates",
    message="{value} stands in quotation marks, which go to Amazon with it",
    hint="Remove the quotation marks; where a spreadsheet adds them, save the file as Text (Tab delimited) without.",
)


@rule(
    "FMT-011",
    asks=(*REPORT_KINDS, *UPLOAD_KINDS),
    severity=INFO,
    column="order-item-id",
    needs=["order_item_id"],
    source="feedwarden's own check",
    message="{order_item_id} does not have the usual 14 or 15 digits",
    hint="Nothing to do if the report has it like this.",
)
def unusual_item_id(rows: pd.DataFrame, policy: Policy) -> Mask:
    """Item ids of 11, 12 or 16 to 20 digits occur and are accepted as they are."""
    return ~rows["order_item_id"].str.len().isin(USUAL_ITEM_ID)


@rule(
    "FMT-012",
    asks="confirmation",
    title="Misspelled carrier code",
    severity=WARNING,
    column="carrier-code",
    needs=["carrier_code"],
    source="Amazon's Shipping Confirmation template",
    message="the feed says {carrier_spelling}, as Amazon's list spells this carrier code",
    hint="Correct the spelling where the file is made: Amazon compares it exactly.",
)
def carrier_misspelt(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A carrier code that matches exactly one listed value but for its spelling is corrected in the feed."""
    return rows["carrier_code"] != rows["carrier-code"]


@rule(
    "FMT-013",
    asks="confirmation",
    severity=ERROR,
    column="quantity",
    needs=["quantity_given"],
    source="Amazon's Shipping Confirmation template",
    message="quantity {quantity} is given without an order-item-id",
    hint="Add the order-item-id, or leave the quantity empty to confirm the whole order.",
)
def quantity_without_item(rows: pd.DataFrame, policy: Policy) -> Mask:
    """A quantity applies to one order item, not to a whole order."""
    return rows["order-item-id"].isna()
