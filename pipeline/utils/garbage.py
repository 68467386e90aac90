"""How often Python looks for garbage in cycles: rarely, as the tables of a run are let go of without it.

The program loads this module before most others, so it imports nothing that takes time.
"""

from __future__ import annotations

import gc

_LOADED_OBJECTS = 250_000  # containers that the whole program loads, none of which becomes garbage
_NEW_OBJECTS = 50_000  # new containers after which Python looks; its own default made a small run a sixth slower


def collect_after_loading() -> None:
    """While the program loads, the process looks for no garbage."""
    _set_threshold(_LOADED_OBJECTS)


def collect_rarely() -> None:
    """From here on the program looks for garbage once in a while, and never through what is loaded."""
    if gc.get_threshold()[0] == _LOADED_OBJECTS:  # else its work has begun, or somebody else's program has called
        gc.freeze()  # with the above a twentieth of a small run
        _set_threshold(_NEW_OBJECTS)


def _set_threshold(new_objects: int) -> None:
    gc.set_threshold(new_objects, *gc.get_threshold()[1:])
