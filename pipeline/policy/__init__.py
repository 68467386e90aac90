"""The numbers of Amazon's rules: dated, cited, and read by name and by the row's own date."""

from pipeline.policy.files import load, names
from pipeline.policy.model import Entry, Policy, PolicyError, Row, Value, describe

__all__ = ["Entry", "Policy", "PolicyError", "Row", "Value", "describe", "load", "names"]
