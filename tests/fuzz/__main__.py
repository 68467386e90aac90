"""``python -m tests.fuzz --minutes N --seed S``: attacks until the time is over; exit status 1 where one succeeded."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

import click

from tests.fuzz.attack import Outcome, attack

_LEAST_BYTES = 100_000  # by which the seconds are divided at least: starting a run costs some whatever its inputs


@dataclass
class Tally:
    """What became of the attacks of a kind; ``slowest`` are the seconds of the processor a MB, and the seed."""

    tried: int = 0
    faults: int = 0
    slowest: tuple[float, int] = (0.0, 0)

    def add(self, number: int, outcome: Outcome) -> None:
        """One more attack, of that seed."""
        self.tried += 1
        self.faults += bool(outcome.fault)
        self.slowest = max(self.slowest, (outcome.seconds / max(outcome.size, _LEAST_BYTES) * 1e6, number))


@click.command()
@click.option("--minutes", type=float, default=1, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Where to begin; each attack has the next number.")
@click.option("--one", is_flag=True, help="The attack of the seed alone, to look at.")
def main(minutes: float, seed: int, one: bool) -> None:  # noqa: FBT001
    """Attack the program with damaged inputs, and say what it did not survive."""
    end, tried, kinds = time.monotonic() + minutes * 60, 0, dict[str, Tally]()
    while (time.monotonic() < end and not one) or not tried:
        number = seed + tried
        outcome = attack(number)
        tried += 1
        kinds.setdefault(outcome.kind, Tally()).add(number, outcome)
        if outcome.fault:
            click.echo(f"seed {number}: {outcome.fault}")
    click.echo("kind\tinputs\tcrashes\tslowest CPU s/MB\tseed")
    for kind, tally in sorted(kinds.items()):
        click.echo(f"{kind}\t{tally.tried:,}\t{tally.faults:,}\t{tally.slowest[0]:.1f}\t{tally.slowest[1]}")
    faults = sum(tally.faults for tally in kinds.values())
    click.echo(f"{tried:,} inputs tried, {faults:,} crashes")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
