"""The bridge between two rates: its steps, as data and as a Markdown table.

Here: asking the published macro `on_time_bridge` once, and writing what it says.
Not here: why two definitions differ over a dossier (the model `dim_on_time_bridge`), the terminal
(`bridge_terminal.py`), the drawing (`bridge_chart.py`).
Explained in docs/analyst.md, "From one rate to another".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from pipelines.errors import Refusal

FILTERS = ("register", "system", "agency", "as_is_agency", "field", "first_month", "last_month")
_AGREED = "no_difference"


@dataclass(frozen=True)
class Step:
    """One reason why the rates differ.

    Attributes:
        step_id: its code.
        name: its name in Vietnamese.
        dossiers: dossiers the two definitions count differently for this reason.
        points: percentage points it brings; all steps add up to the difference.
        after: the rate after it and all steps before it, in percent.
    """

    step_id: str
    name: str
    dossiers: int
    points: float
    after: float


@dataclass(frozen=True)
class Bridge:
    """The way from one rate to another.

    Attributes:
        first_name, second_name: the definitions in Vietnamese.
        first_pct, second_pct: their rates, 0–100.
        first_counts, second_counts: numerator and denominator.
        agreed: dossiers both count alike.
        steps: what lies between, in the order of the seed.
    """

    first_name: str
    second_name: str
    first_pct: float
    second_pct: float
    first_counts: tuple[int, int]
    second_counts: tuple[int, int]
    agreed: int
    steps: tuple[Step, ...]


def read_bridge(
    con: duckdb.DuckDBPyConnection, first: str, second: str, filters: Mapping[str, str | None] | None = None
) -> Bridge:
    """Ask a published build for the bridge between two definitions.

    Args:
        con: the open build.
        first: definition the bridge starts from.
        second: definition it leads to.
        filters: any of `FILTERS`; months as dates of their first day.

    Raises:
        Refusal: a definition nobody knows, or no rate under one of them for what was chosen.
    """
    names = dict(con.execute("select definition_id, name_vi from core.dim_on_time_definition").fetchall())
    for definition in (first, second):
        if definition not in names:
            raise Refusal(f"there is no definition '{definition}' → use one of {', '.join(names)}")
    chosen = {name: value for name, value in (filters or {}).items() if value is not None}
    arguments = ", ".join(["?, ?", *(f"{name} := ?" for name in chosen if name in FILTERS)])
    rows = con.execute(
        "select step_id, step_name_vi, dossier_count, change_pct_points, rate_after_pct, first_on_time_pct, "  # noqa: S608
        "second_on_time_pct, first_in_time_count, first_judged_count, second_in_time_count, "
        f"second_judged_count from on_time_bridge({arguments}) order by step_order nulls last",
        [first, second, *chosen.values()],
    ).fetchall()
    if not rows or rows[0][5] is None or rows[0][6] is None:
        raise Refusal(
            f"no dossier is counted under both '{first}' and '{second}' for what was chosen "
            "→ choose a longer period, another agency or another definition"
        )
    head = rows[0]
    return Bridge(
        first_name=names[first],
        second_name=names[second],
        first_pct=head[5],
        second_pct=head[6],
        first_counts=(head[7], head[8]),
        second_counts=(head[9], head[10]),
        agreed=sum(row[2] for row in rows if row[0] == _AGREED),
        steps=tuple(Step(row[0], row[1], *row[2:5]) for row in rows if row[0] != _AGREED),
    )


def as_markdown(bridge: Bridge) -> str:
    """The bridge as a table; steps that move less than a hundredth of a point stay in it."""
    lines = ["| | hồ sơ | điểm % | tỷ lệ |", "|---|--:|--:|--:|"]
    lines.append(_rate_line(bridge.first_name, bridge.first_pct, bridge.first_counts))
    lines += [
        f"| {step.name} | {thousands(step.dossiers)} | {number(step.points, sign=True)} "
        f"| {number(step.after)}\u00a0% |"
        for step in bridge.steps
    ]
    lines.append(_rate_line(bridge.second_name, bridge.second_pct, bridge.second_counts))
    return "\n".join(lines)


def _rate_line(name: str, pct: float, counts: tuple[int, int]) -> str:
    return f"| **{name}** | {thousands(counts[1])} | | **{number(pct)}\u00a0%** |"


def number(value: float, *, sign: bool = False) -> str:
    """Two decimals as Vietnamese writes them."""
    shown = round(value, 2) + 0.0  # no minus before a zero
    text = f"{shown:+.2f}" if sign and shown else f"{shown:.2f}"
    return text.replace(".", ",").replace("-", "−")


def thousands(count: int) -> str:
    """A count with dots between thousands."""
    return f"{count:,}".replace(",", ".")
