"""Amazon's answer to an uploaded feed: two summary lines, then a table where there is something to say.

The header of the table stays English where the summary lines are translated. Source: FORMATS §4a.
"""

from schemas.columns import integer, text
from schemas.kind import FileKind

KIND = FileKind(
    name="processing-report",
    title="feed processing report",
    source="Amazon's feed processing report",
    api_types=("the result document of the feed",),
    place="Orders > Upload Order Related Files > Review file status and history",
    recognized_by=(("original-record-number",),),
    columns=(
        integer("original-record-number").as_required(),
        text("order-id"),
        text("order-item-id"),
        text("sku"),
        text("error-code"),
        text("error-type"),
        text("error-message"),
    ),
)
