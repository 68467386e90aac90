"""What in the output of a run is called by a name that others look for."""

from __future__ import annotations

MANIFEST_NAME = "manifest.json"
OVERDUE_WORD = "overdue"  # how the reason of a worklist line begins whose time is over
