"""Memory: what one task has let go of is there for the next, and beyond so much of it goes back to the system.

New pages cost about as much as what is written into them: with each table in new ones a run took half as long again.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools

import pyarrow as pa

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = (
    -1,
    -3,
    -8,
)  # glibc's M_TRIM_THRESHOLD, M_MMAP_THRESHOLD and M_ARENA_MAX
_MMAP_THRESHOLD_BYTES = 1 << 25  # bytes up to which the C library can be set to keep memory that was freed
_IDLE_DIVISOR = 1 << 3  # of the memory given that may lie idle
_MAX_IDLE_BYTES = 1 << 29
_SHORT_DECAY_MS, _LONG_DECAY_MS = 100, 60_000  # milliseconds after which Arrow gives back what is idle
_MAX_ARENAS = 2  # pools of the C library: each keeps what is idle for itself


@functools.cache
def keep_freed_memory(memory_bytes: int) -> None:
    """What is let go of is used again, and up to a share of the ``memory_bytes`` given is kept idle.

    Where the C library has no such setting, nothing changes.
    """
    with contextlib.suppress(AttributeError, OSError, TypeError):  # TypeError: Windows has no library without a name
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, _MMAP_THRESHOLD_BYTES)
        library.mallopt(_M_TRIM_THRESHOLD, min(memory_bytes // _IDLE_DIVISOR, _MAX_IDLE_BYTES))
        if memory_bytes < _MAX_IDLE_BYTES * _IDLE_DIVISOR:
            library.mallopt(_M_ARENA_MAX, _MAX_ARENAS)
    with contextlib.suppress(NotImplementedError):
        pa.set_memory_pool(pa.jemalloc_memory_pool())
        pa.jemalloc_set_decay_ms(_SHORT_DECAY_MS if memory_bytes < _MAX_IDLE_BYTES * _IDLE_DIVISOR else _LONG_DECAY_MS)


def release_memory() -> None:
    """What is not in use any more is given back to the system."""
    pa.default_memory_pool().release_unused()
    with contextlib.suppress(AttributeError, OSError, TypeError):  # TypeError: Windows has no library without a name
        ctypes.CDLL(None).malloc_trim(0)
