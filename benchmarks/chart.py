"""How time grows with size, as a picture: ranking on words, and building."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.engines import OURS, PACKAGES

_COLOURS = ("#0b6e4f", "#8c8c8c", "#5b8db8", "#274b7a", "#c1762b", "#a3516f")
_PANELS = (
    ("rank_p50_ms", "Ten best for eight words", "milliseconds, median"),
    ("build_seconds", "Tokenise and build", "seconds"),
)
_WHOLE_REPLY = "ours, a whole reply"


def draw(sizes: Mapping[int, Mapping[str, Any]], file: Path) -> None:
    """Write the picture as SVG; the same figures give the same bytes."""
    matplotlib = import_module("matplotlib")
    matplotlib.rcParams.update(
        {
            "svg.hashsalt": "sources-say",
            "svg.fonttype": "none",
            "font.family": "sans-serif",
            "font.size": 9,
            "axes.spines.top": False,
            "axes.spines.right": False,
        }
    )
    figure = import_module("matplotlib.figure").Figure(figsize=(8.6, 3.9), layout="constrained")
    axes = figure.subplots(1, len(_PANELS))
    for panel, (key, title, unit) in zip(axes, _PANELS, strict=True):
        for name, colour in zip(PACKAGES, _COLOURS, strict=True):
            own = name == OURS
            style = {"color": colour, "linewidth": 2.2 if own else 1.2, "marker": "o"}
            _line(panel, sizes, name, key, style | {"markersize": 4, "label": name})
            if own and key.startswith("rank"):
                style |= {"linestyle": ":", "markersize": 4, "label": _WHOLE_REPLY}
                _line(panel, sizes, name, "reply_p50_ms", style)
        panel.set(xscale="log", yscale="log", xlabel="passages", ylabel=unit)
        for axis, form in ((panel.xaxis, "{x:,.0f}"), (panel.yaxis, "{x:g}")):
            axis.set_major_formatter(form)
        panel.set_title(title, loc="left", fontsize=10)
        panel.grid(visible=True, color="#e6e6e6", linewidth=0.6)
        panel.set_axisbelow(True)
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})


def _line(
    panel: Any, sizes: Mapping[int, Mapping[str, Any]], name: str, key: str, style: dict[str, Any]
) -> None:
    places = [size for size in sizes if key in sizes[size]["engines"].get(name, {})]
    if places:
        panel.plot(places, [sizes[size]["engines"][name][key] for size in places], **style)
