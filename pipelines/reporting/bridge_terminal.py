"""The bridge in a terminal, and as a picture where one is asked for.

Here: what `dunghen bridge` prints and draws.
Not here: how the bridge is read (`bridge.py`), the picture itself (`bridge_chart.py`).
Explained in docs/analyst.md, "From one rate to another".
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from pipelines.errors import Refusal
from pipelines.publishing.builds import DATABASE
from pipelines.reporting.bridge import Bridge, number, read_bridge, thousands
from pipelines.settings import Settings


def print_bridge(
    settings: Settings,
    definitions: tuple[str, str],
    filters: Mapping[str, str | None],
    chart: Path | None = None,
    console: Console | None = None,
) -> None:
    """Print the bridge of the published build; draw it too when a file is named.

    Raises:
        Refusal: nothing is published, a definition or month is not known, or the file is neither .svg nor
            .png.
    """
    if chart is not None and chart.suffix not in (".svg", ".png"):
        raise Refusal(f"{chart}: a chart is an .svg or a .png → name the file so")
    database = settings.published / DATABASE
    if not database.exists():
        raise Refusal(f"{database} is not there → run `dunghen refresh` first")
    with duckdb.connect(str(database), read_only=True) as con:
        try:
            bridge = read_bridge(con, *definitions, filters)
        except duckdb.ConversionException as error:
            raise Refusal("a month is written YYYY-MM, such as 2025-10") from error
    (console or Console()).print(_as_table(bridge))
    if chart is not None:
        from pipelines.reporting.bridge_chart import as_png, as_svg  # noqa: PLC0415 (heavy)

        title = f"{bridge.first_name} → {bridge.second_name}"
        chart.write_bytes(
            as_png(bridge, title) if chart.suffix == ".png" else as_svg(bridge, title).encode("utf-8")
        )


def _as_table(bridge: Bridge) -> Table:
    table = Table("", "hồ sơ", "điểm %", "tỷ lệ", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    table.add_row(*_rate_cells(bridge.first_name, bridge.first_pct, bridge.first_counts), style="bold")
    for step in bridge.steps:
        points, after = number(step.points, sign=True), f"{number(step.after)}\u00a0%"
        table.add_row(f"  {step.name}", thousands(step.dossiers), points, after)
    table.add_row(*_rate_cells(bridge.second_name, bridge.second_pct, bridge.second_counts), style="bold")
    return table


def _rate_cells(name: str, pct: float, counts: tuple[int, int]) -> tuple[str, str, str, str]:
    return name, thousands(counts[1]), "", f"{number(pct)}\u00a0%"
