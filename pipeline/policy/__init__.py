"""The numbers of Amazon's rules: dated, cited, and read by name and by the row's own date."""

from pipeline.policy.load import load_policy, profile_names
from pipeline.policy.model import Policy, PolicyEntry, PolicyError, PolicyRow, PolicyValue, list_values

__all__ = [
    "Policy",
    "PolicyEntry",
    "PolicyError",
    "PolicyRow",
    "PolicyValue",
    "list_values",
    "load_policy",
    "profile_names",
]
