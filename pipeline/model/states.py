"""The states of an order item and their numbers; ``lifecycle.state`` says which is tried first (SPEC §4)."""

STATE_NAMES = ("canceled", "shipped", "auto-canceled", "partially-shipped", "unshipped", "pending", "unknown")
CANCELED, SHIPPED, AUTO_CANCELED, PARTIALLY_SHIPPED, UNSHIPPED, PENDING, UNKNOWN = range(7)
SHIPPABLE_STATES = (UNSHIPPED, PARTIALLY_SHIPPED)
OPEN_STATES = (*SHIPPABLE_STATES, PENDING)
