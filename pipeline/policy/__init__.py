"""The numbers of Amazon's rules: dated, cited, and read by name and by the row's own date."""

from pipeline.policy.entries import BUSINESS_DAYS, MarketplaceValues, PolicyEntry, PolicyValue
from pipeline.policy.load import load_policy, profile_names
from pipeline.policy.model import Policy, PolicyError, PolicyRow, list_values

__all__ = [
    "BUSINESS_DAYS",
    "MarketplaceValues",
    "Policy",
    "PolicyEntry",
    "PolicyError",
    "PolicyRow",
    "PolicyValue",
    "list_values",
    "load_policy",
    "profile_names",
]
