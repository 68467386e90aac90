"""Feeds, reports, worklist, manifest: what a run writes, placed all at once or not at all."""

from pipeline.publish.files.atomic_replace import OutputInUse, check_output, finish_placing
from pipeline.publish.files.output_target import OutputRefused
from pipeline.publish.writer import PublishedOutput, publish_audit, publish_run

__all__ = [
    "OutputInUse",
    "OutputRefused",
    "PublishedOutput",
    "check_output",
    "finish_placing",
    "publish_audit",
    "publish_run",
]
