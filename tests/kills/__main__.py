"""``python -m tests.kills --count N --seed S``: so many kills; exit status 1 where one was not made good."""

from __future__ import annotations

import sys

import click

from tests.kills.kill import begin_seller, kill_once


@click.command()
@click.option("--count", type=int, default=30, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Where to begin; each kill has the next number.")
def main(count: int, seed: int) -> None:
    """Kill runs at random instants, and say what the next run did not make good."""
    faults = 0
    with begin_seller() as seller:
        for number in range(seed, seed + count):
            for fault in kill_once(seller, number):
                faults += 1
                click.echo(fault)
    click.echo(f"{count:,} kills, {faults} faults")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
