"""Reports in Dagster.

Here: one asset for each report that is looked at in the UI.
Not here: what a report says (`bridge.py`), how a build is published.
Explained in docs/operator.md, "Published builds".
"""

from base64 import b64encode
from typing import Any

import dagster as dg
import duckdb

from pipelines.errors import Refusal
from pipelines.publishing.assets import DATABASE_KEY
from pipelines.publishing.builds import DATABASE
from pipelines.reporting.bridge import as_markdown, read_bridge
from pipelines.resources import OWNERS
from pipelines.settings import Settings

# What a province reports of itself, and what the national index finds.
FIRST, SECOND = "portal_stated", "q766"
_TITLE = "Vì sao tỷ lệ của cổng khác Chỉ số 766"


def reporting_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """Reports made from the published build."""

    @dg.asset(
        key=["reports", "on_time_bridge"],
        deps=[DATABASE_KEY],
        group_name="reports",
        kinds={"duckdb"},
        owners=OWNERS,
        description="Why the rate the portals state differs from the national index's, step by step and with "
        "the number of dossiers behind each step; for the agencies of the register. Every step opens to its "
        "dossiers: `on_time_bridge_dossiers`.",
    )
    def on_time_bridge() -> dg.MaterializeResult[Any]:
        with duckdb.connect(str(settings.published / DATABASE), read_only=True) as con:
            register = con.execute(
                "select agencies.agency_register from core.fct_procedure_timeliness as dossiers "
                "inner join core.dim_agency as agencies on dossiers.agency_key = agencies.agency_key "
                "group by all having agencies.agency_register is not null order by count(*) desc limit 1"
            ).fetchall()
            chosen = {"register": register[0][0]} if register else {}
            try:
                bridge = read_bridge(con, FIRST, SECOND, chosen)
            except Refusal as reason:  # a province whose portals state nothing has no bridge, and no failure
                return dg.MaterializeResult(metadata={"no_bridge": str(reason)})
        from pipelines.reporting.bridge_chart import as_png  # noqa: PLC0415 (heavy)

        picture = b64encode(as_png(bridge, _TITLE)).decode()
        return dg.MaterializeResult(
            metadata={
                "chart": dg.MetadataValue.md(f"![{_TITLE}](data:image/png;base64,{picture})"),
                "steps": dg.MetadataValue.md(as_markdown(bridge)),
                "first_on_time_pct": round(bridge.first_pct, 2),
                "second_on_time_pct": round(bridge.second_pct, 2),
            }
        )

    return [on_time_bridge]
