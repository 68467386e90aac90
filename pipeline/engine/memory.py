"""Memory: what one task has let go of is there for the next, and beyond so much of it goes back to the system.

New pages cost about as much as what is written into them: with each table in new ones a run took half as long again.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools

import pyarrow as pa

_TRIM, _MMAP, _ARENAS = -1, -3, -8  # glibc's M_TRIM_THRESHOLD, M_MMAP_THRESHOLD and M_ARENA_MAX
_LARGEST = 1 << 25  # bytes up to which the C library can be told to keep what it was given back
_SHARE = 1 << 3  # of the memory given that may lie idle
_MOST = 1 << 29
_SOON, _LATE = 100, 10_000  # milliseconds after which Arrow gives back what is idle
_FEW = 2  # pools of the C library: each keeps what is idle for itself


@functools.cache
def kept(memory: int) -> None:
    """What is let go of is used again, and up to a share of the ``memory`` given is kept idle.

    Where the C library cannot be told so, all stays as it is.
    """
    with contextlib.suppress(AttributeError, OSError):
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP, _LARGEST)
        library.mallopt(_TRIM, min(memory // _SHARE, _MOST))
        if memory < _MOST * _SHARE:
            library.mallopt(_ARENAS, _FEW)
    with contextlib.suppress(NotImplementedError):
        pa.set_memory_pool(pa.jemalloc_memory_pool())
        pa.jemalloc_set_decay_ms(_SOON if memory < _MOST * _SHARE else _LATE)


def given_back() -> None:
    """What is not in use any more is given back to the system."""
    pa.default_memory_pool().release_unused()
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
