"""What was measured, as tables in Markdown."""

import itertools
import statistics
from typing import NamedTuple

from tests.benchmarks.measure import LARGE_OUTPUTS, MIB, Job, Run

_NONE = "–"


class Sitting(NamedTuple):
    """All runs of one size: the lines and bytes of the two files, and the runs of each job by name."""

    lines: int
    size: int
    runs: dict[str, list[Run]]

    def lines_read(self, name: str) -> int:
        """The lines of the files that a job was given."""
        return self.runs[name][0].lines

    def seconds(self, name: str) -> float:
        """The median time of a job."""
        return statistics.median(run.seconds for run in self.runs[name])

    def cpu_seconds(self, name: str) -> float:
        """The median time of all processors together."""
        return statistics.median(run.cpu_seconds for run in self.runs[name])

    def peak(self, name: str) -> float:
        """The most memory that any of a job's runs held, in MiB."""
        return max(run.peak for run in self.runs[name]) / MIB


def sitting(one: Sitting, jobs: list[Job]) -> str:
    """One size: time, ratio to the first job, memory, what was accepted, and what each of them does."""
    base = one.seconds(jobs[0].name)
    rows = [
        f"**{one.lines:,} lines, {one.size / MIB:.0f} MiB**",
        "",
        "| | seconds | CPU seconds | times feedwarden | lines a second | peak MiB | accepted | same outputs | does |",
        "|---|---:|---:|---:|---:|---:|---:|---|---|",
    ]
    for job in jobs:
        if job.name not in one.runs:
            rows.append(f"| {job.name} {f'| {_NONE} ' * 7}| {job.does} |")
            continue
        seconds, accepted = one.seconds(job.name), one.runs[job.name][0].accepted
        told = f"{accepted:,}" if accepted is not None else _NONE
        speed, cpu_seconds = f"{one.lines_read(job.name) / seconds:,.0f}", f"{one.cpu_seconds(job.name):.2f}"
        same = "yes" if one.runs[job.name][0].outputs == len(LARGE_OUTPUTS) else "no"
        rows.append(
            f"| {job.name} | {seconds:.2f} | {cpu_seconds} | {seconds / base:.2f} | {speed} "
            f"| {one.peak(job.name):,.0f} | {told} | {same} | {job.does} |"
        )
    return "\n".join(rows)


def growth(several: list[Sitting], jobs: list[Job]) -> str:
    """What a million lines more cost each job between one size and the next: level where cost grows with the lines."""
    steps = list(itertools.pairwise(several))
    heads = " | ".join(f"{one.lines:,} → {next_.lines:,}" for one, next_ in steps)
    rows = [f"| seconds, MiB per million lines more | {heads} |", "|---|" + "---:|" * len(steps)]
    for job in jobs:
        cells = [_step(job.name, one, next_) for one, next_ in steps]
        rows.append(f"| {job.name} | {' | '.join(cells)} |")
    return "\n".join(rows)


def _step(name: str, one: Sitting, next_: Sitting) -> str:
    if name not in one.runs or name not in next_.runs:
        return _NONE
    more = (next_.lines_read(name) - one.lines_read(name)) / 1e6
    seconds, mib = next_.seconds(name) - one.seconds(name), next_.peak(name) - one.peak(name)
    return f"{seconds / more:.2f} s, {mib / more:,.0f}"
