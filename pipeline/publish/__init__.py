"""Feeds, reports, worklist, manifest: what a run writes, placed all at once or not at all."""

from pipeline.publish.place import OutputInUse, OutputRefused, check_out, finish
from pipeline.publish.publisher import Published, publish, publish_audit

__all__ = ["OutputInUse", "OutputRefused", "Published", "check_out", "finish", "publish", "publish_audit"]
