"""What the columns hold, and what has changed since earlier runs."""

from pipeline.quality.compare import compare_run, summarize_run
from pipeline.quality.merge_profiles import merge_kind_profiles
from pipeline.quality.profile import profile_audit, profile_kinds, profile_split, profile_values
from pipeline.quality.value_counts import count_values

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
