"""Where each order item stands."""
