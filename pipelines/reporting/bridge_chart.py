"""The bridge between two rates as a picture, drawn without a browser.

Here: floating bars between two points. Heavy to import; import it where it is used.
Not here: what the steps are (`bridge.py`).
Explained in docs/analyst.md, "From one rate to another".
"""

from __future__ import annotations

from typing import Any

import altair as alt
import vl_convert

from pipelines.reporting.bridge import Bridge, number, thousands

_WIDTH = 460
_STEP_HEIGHT = 34
_FONT = "Noto Sans, DejaVu Sans, Liberation Sans, Arial, sans-serif"
_UP, _DOWN, _RATE = "#2a7f62", "#b3402a", "#1f3a5f"


def as_png(bridge: Bridge, title: str) -> bytes:
    """The chart as a picture."""
    return bytes(vl_convert.vegalite_to_png(bridge_chart(bridge, title).to_dict(), scale=1.5))


def as_svg(bridge: Bridge, title: str) -> str:
    """The chart as SVG text."""
    return str(vl_convert.vegalite_to_svg(bridge_chart(bridge, title).to_dict()))


def bridge_chart(bridge: Bridge, title: str) -> alt.LayerChart:
    """The bridge as floating bars between two rates; the axis does not start at 0, and says so."""
    rows = _rows(bridge)
    low = min(min(row["from"], row["to"]) for row in rows)
    high = max(max(row["from"], row["to"]) for row in rows)
    room = max((high - low) * 0.08, 0.2)
    labels = alt.Axis(labelLimit=330, ticks=False, domain=False)
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        y=alt.Y("label:N", sort=[row["label"] for row in rows], title=None, axis=labels)
    )
    x = alt.X(
        "from:Q",
        title="Tỷ lệ đúng hẹn, % (trục không bắt đầu từ 0)",
        axis=alt.Axis(labelExpr="replace(datum.label, '.', ',')"),
        scale=alt.Scale(domain=[low - room, high + (high - low) * 0.45 + 1.5 * room], nice=False),
    )
    colours = alt.Scale(domain=["up", "down", "rate"], range=[_UP, _DOWN, _RATE])
    colour = alt.Color("kind:N", scale=colours, legend=None)
    steps = base.transform_filter("datum.kind != 'rate'")
    rates = base.transform_filter("datum.kind == 'rate'")
    layers = alt.layer(
        steps.mark_bar(height=16).encode(x=x, x2="to:Q", color=colour),
        rates.mark_point(filled=True, size=130, opacity=1).encode(x=x, color=colour),
        base.mark_text(align="left", dx=8, fontSize=11).encode(x=alt.X("end:Q"), text="said:N"),
    )
    named = layers.properties(width=_WIDTH, height=_STEP_HEIGHT * len(rows), title=title)
    chart: alt.LayerChart = named.configure(
        font=_FONT,
        background="white",
        view=alt.ViewConfig(stroke=None),
        title=alt.TitleConfig(anchor="start"),
    )
    return chart


def _rows(bridge: Bridge) -> list[dict[str, Any]]:
    rows = [_rate_row(bridge.first_name, bridge.first_pct, bridge.first_counts)]
    before = bridge.first_pct
    for step in bridge.steps:
        rows.append(
            {
                "label": step.name,
                "from": before,
                "to": step.after,
                "end": max(before, step.after),
                "kind": "up" if step.points >= 0 else "down",
                "said": f"{number(step.points, sign=True)} điểm · {thousands(step.dossiers)} hồ sơ",
            }
        )
        before = step.after
    return [*rows, _rate_row(bridge.second_name, bridge.second_pct, bridge.second_counts)]


def _rate_row(name: str, pct: float, counts: tuple[int, int]) -> dict[str, Any]:
    in_time, judged = (thousands(count) for count in counts)
    return {
        "label": name,
        "from": pct,
        "to": pct,
        "end": pct,
        "kind": "rate",
        "said": f"{number(pct)} % ({in_time}/{judged})",
    }
