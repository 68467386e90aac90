"""Nights killed with SIGKILL at random instants and compared with an unharmed one: python -m tests.amazon.kills 200."""

import sys
import tempfile
from pathlib import Path

from tests.amazon.test_night import kill_at_random

if __name__ == "__main__":
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as folder:
        kill_at_random(
            Path(folder), wanted, lambda name, count: sys.stdout.write(f"{count} of {wanted} {name}, all equal\n")
        )
