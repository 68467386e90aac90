"""What the columns hold, and what has changed since earlier runs."""

from pipeline.audit.compare import compare_run, summarize_run
from pipeline.audit.merge_profiles import merge_kind_profiles
from pipeline.audit.profile import profile_audit, profile_kinds, profile_split, profile_values
from pipeline.audit.value_counts import count_values

__all__ = [
    "compare_run",
    "count_values",
    "merge_kind_profiles",
    "profile_audit",
    "profile_kinds",
    "profile_split",
    "profile_values",
    "summarize_run",
]
