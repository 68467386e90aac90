"""How often Python looks for garbage in cycles: rarely, as the tables of a run are let go of without it.

The program loads this module before most others, so it imports nothing that takes time.
"""

from __future__ import annotations

import gc

_NEW_OBJECTS = 50_000  # new containers after which Python looks; its own default made a small run a sixth slower


def collect_rarely() -> None:
    """From here on the process looks for garbage once in a while only."""
    gc.set_threshold(_NEW_OBJECTS, *gc.get_threshold()[1:])
