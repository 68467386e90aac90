"""The seller's own stock count. Source of the layout: SPEC §2."""

from schemas.columns import instant, quantity, text
from schemas.kind import FileKind

KIND = FileKind(
    name="stock",
    title="stock count",
    source="feedwarden's own layout",
    note="quantity is what may still be sold at counted-at: units that older open orders wait for are not in it",
    recognized_by=(("sku",), ("quantity",), ("counted-at",)),
    columns=(
        text("sku").as_required(),
        quantity("quantity").as_required().with_value_name("quantity_counted"),
        instant("counted-at").as_required(),
    ),
)
