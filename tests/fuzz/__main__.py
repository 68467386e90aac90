"""``python -m tests.fuzz --minutes N --seed S``: attacks until the time is over; exit status 1 where one succeeded."""

from __future__ import annotations

import sys
import time

import click

from tests.fuzz.attack import attack


@click.command()
@click.option("--minutes", type=float, default=1, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Where to begin; each attack has the next number.")
@click.option("--one", is_flag=True, help="The attack of the seed alone, to look at.")
def main(minutes: float, seed: int, one: bool) -> None:  # noqa: FBT001
    """Attack the program with damaged inputs, and say what it did not survive."""
    end, tried, faults, slowest = time.monotonic() + minutes * 60, 0, 0, (0.0, 0)
    while (time.monotonic() < end and not one) or not tried:
        number = seed + tried
        outcome = attack(number)
        tried += 1
        slowest = max(slowest, (outcome.seconds / max(outcome.size, 10_000), number))
        if outcome.fault:
            faults += 1
            click.echo(f"seed {number}: {outcome.fault}")
    click.echo(
        f"{tried:,} attacks, {faults} faults; the slowest took {slowest[0] * 1e6:.1f} s a MB (seed {slowest[1]})"
    )
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
