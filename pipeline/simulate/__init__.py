"""A made-up seller: files as Amazon and the seller would write them, night by night, and the truth about them."""

from pipeline.simulate.run import InvalidSimulation, format_summary, parse_options, simulate_seller

__all__ = [
    "InvalidSimulation",
    "format_summary",
    "parse_options",
    "simulate_seller",
]
