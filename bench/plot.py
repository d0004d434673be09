"""Plots: calm, and readable without colour."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")  # needs no display

from matplotlib import pyplot

from bench.target import Measured

_STYLE = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#999999",
    "axes.labelcolor": "#444444",
    "xtick.color": "#666666",
    "ytick.color": "#666666",
    "svg.fonttype": "none",
    "svg.hashsalt": "chat",  # the same figures give the same file
}
_COLOURS = ("#1f5a8a", "#b5651d", "#4b7f52", "#7a4b8a")


def plot_offered(path: Path, lines: dict[str, list[tuple[float, Measured]]]) -> None:
    """p50 and p99 against the offered rate, a colour for each system."""
    with pyplot.rc_context(_STYLE):
        figure, axes = pyplot.subplots(figsize=(7.2, 4), layout="constrained")
        for (name, steps), colour in zip(lines.items(), _COLOURS, strict=False):
            offered = [rate for rate, _ in steps]
            for quantile, size, line in (("p99", 4, "-"), ("p50", 3, ":")):
                axes.plot(
                    offered,
                    [getattr(one, quantile) * 1e3 for _, one in steps],
                    color=colour,
                    marker="o",
                    ms=size,
                    lw=0.4 * size,
                    ls=line,
                    label=f"{name}: {quantile}",
                )
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_xlabel("offered messages a second")
        axes.set_ylabel("ms from when due to the other's receipt")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(lambda value, _: f"{value:,g}")
            axis.set_minor_formatter("")
        axes.grid(color="#e6e6e6", lw=0.6)
        axes.set_axisbelow(True)
        axes.legend(frameon=False, fontsize=8)
        metadata = {"Date": None} if path.suffix == ".svg" else {}
        figure.savefig(path, dpi=150, metadata=metadata)
        pyplot.close(figure)
