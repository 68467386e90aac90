"""Memory that is let go of goes back: what one task took is there for the next, and for others."""

from __future__ import annotations

import contextlib
import ctypes
import functools

import pyarrow as pa

_ARENA_MAX = -8  # glibc's M_ARENA_MAX
_ARENAS = 2  # pools of its own that the C library keeps at most, of which each holds on to what it once took


@functools.cache
def frugal() -> None:
    """As little as can be is kept of what was let go of, by whichever libraries can be told so."""
    with contextlib.suppress(NotImplementedError):
        pa.set_memory_pool(pa.jemalloc_memory_pool())
        pa.jemalloc_set_decay_ms(100)
    with contextlib.suppress(AttributeError, OSError):  # another C library than glibc
        ctypes.CDLL(None).mallopt(_ARENA_MAX, _ARENAS)


def given_back() -> None:
    """What is not in use any more is given back to the system."""
    pa.default_memory_pool().release_unused()
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
