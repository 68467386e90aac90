"""Confirmations and cancellations against what the reports say: what remains, what is refused."""
