"""What the columns hold, and what has changed since earlier runs."""

from pipeline.quality.audit_profiles import AuditCounts, profile_audit
from pipeline.quality.cell_counts import GroupCounts, count_group
from pipeline.quality.compare import compare_run, summarize_run
from pipeline.quality.merge_profiles import merge_kind_profiles
from pipeline.quality.profile import profile_group, profile_kinds, profile_values
from pipeline.quality.text_counts import TextCounts, add_text_counts, assign_parts, count_texts
from pipeline.quality.value_counts import count_values

__all__ = [
    "AuditCounts",
    "GroupCounts",
    "TextCounts",
    "add_text_counts",
    "assign_parts",
    "compare_run",
    "count_group",
    "count_texts",
    "count_values",
    "merge_kind_profiles",
    "profile_audit",
    "profile_group",
    "profile_kinds",
    "profile_values",
    "summarize_run",
]
