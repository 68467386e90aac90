"""The seller's own stock count. Source of the layout: SPEC §2."""

from schemas.columns import instant, quantity, text
from schemas.kind import Kind

KIND = Kind(
    name="stock",
    title="stock count",
    source="SPEC §2",
    recognised=(("sku",), ("quantity",), ("counted-at",)),
    columns=(
        text("sku").must(),
        quantity("quantity").must().named("quantity_counted"),
        instant("counted-at").must(),
    ),
)
