"""``python -m tests.kills --count N --seed S``: so many kills; exit status 1 where one was not made good."""

from __future__ import annotations

import resource
import sys

import click

from tests.kills.kill import begin_seller, kill_once


def read_cpu_seconds() -> float:
    """The seconds of the processor of this process and of those it has waited for, which forked ones are not."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


@click.command()
@click.option("--count", type=int, default=30, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Where to begin; each kill has the next number.")
def main(count: int, seed: int) -> None:
    """Kill runs at random instants, and say what the next run did not make good."""
    faults, early, costs = 0, 0, dict[str, tuple[int, float]]()
    with begin_seller() as seller:
        for number in range(seed, seed + count):
            begin = read_cpu_seconds()
            mode, is_early, found = kill_once(seller, number)
            early += is_early
            numbers, total = costs.get(mode, (0, 0.0))
            costs[mode] = numbers + 1, total + read_cpu_seconds() - begin
            faults += len(found)
            for fault in found:
                click.echo(f"kill {number} ({mode}): {fault}")
        seconds = {mode: f"{total / numbers:.1f}" for mode, (numbers, total) in sorted(costs.items())}
    click.echo(f"{count:,} kills, {early:,} of them before the end of the run; {faults} faults")
    click.echo(f"CPU seconds a kill, those of what was killed aside: {seconds}")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
