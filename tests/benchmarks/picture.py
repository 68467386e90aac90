"""What was measured, as a picture: time, processor time and memory of each job over the number of lines.

usage: python -m tests.benchmarks.picture FIGURES.json PICTURE.svg
"""

import json
import sys
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

_WIDE, _HIGH = 12, 4
_OURS = {
    "feedwarden": "#b3401b",
    "with ledger": "#e08a5b",
    "one job": "#d9a441",
    "512 MiB": "#c26d8a",
    "whole night": "#8c5a2b",
}
_THEIRS = ("#27506b", "#4c8ca8", "#5b7f3a", "#8a7aa8", "#7a7a7a", "#2a8a7a")


def draw(figures: list[dict[str, object]], path: Path) -> None:
    """The picture written as SVG, the same bytes for the same figures."""
    mpl.use("svg")
    mpl.rcParams |= {"svg.hashsalt": "feedwarden", "svg.fonttype": "none", "font.size": 9}
    figure, axes = plt.subplots(1, 3, figsize=(_WIDE, _HIGH), layout="constrained")
    others = iter(_THEIRS)
    for name in dict.fromkeys(str(one["name"]) for one in figures):
        mine = [one for one in figures if one["name"] == name]
        color, ours = _OURS.get(name) or next(others), name in _OURS
        for axis, what in zip(axes, ("seconds", "cpu", "mib"), strict=True):
            lines, values = [one["lines"] for one in mine], [one[what] for one in mine]
            axis.plot(lines, values, marker="o", label=name, color=color, linewidth=2.5 if ours else 1.2)
    for axis, title in zip(axes, ("seconds", "CPU seconds", "peak memory, MiB"), strict=True):
        axis.set(xscale="log", yscale="log", xlabel="lines", title=title)
        axis.grid(visible=True, which="major", alpha=0.3)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=5, frameon=False)
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


if __name__ == "__main__":
    draw(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), Path(sys.argv[2]))
