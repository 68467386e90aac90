"""A policy as text for people: `feedwarden policy`."""

from __future__ import annotations

from pipeline.policy.model import Policy, list_values

HEADINGS = ("name", "value", "unit", "from", "source", "what", "marketplaces")
COLUMN_GAP = "  "


def format_policy(policy: Policy) -> str:
    """A heading with name and hash, then one line a value in aligned columns, without a last line end."""
    table = [HEADINGS, *(tuple(str(cell) for cell in row) for row in list_values(policy))]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        COLUMN_GAP.join(
            cell.rjust(width) if heading == "value" else cell.ljust(width)
            for heading, cell, width in zip(HEADINGS, row, widths, strict=True)
        ).rstrip()
        for row in table
    ]
    return "\n".join([f"policy {policy.name}  sha256 {policy.sha256}", "", *lines])
