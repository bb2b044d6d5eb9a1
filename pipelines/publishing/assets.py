"""The published build in Dagster.

Here: one asset for the database and one for the Parquet files; both are one folder swapped whole.
Not here: building and verifying (`publish.py`).
Explained in docs/operator.md, "Published builds".
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import dagster as dg
import duckdb

from pipelines.publishing.builds import DATABASE
from pipelines.publishing.inputs import code_revision
from pipelines.publishing.publish import publish
from pipelines.quality.flags import TABLES
from pipelines.resources import OWNERS, WriterLock
from pipelines.settings import Settings
from pipelines.warehouse.connect import READER_SCHEMAS
from pipelines.warehouse.dbt import ensure_manifest
from pipelines.warehouse.manifest import keys_in_layers

DATABASE_KEY = dg.AssetKey(["published", "analytics"])
PARQUET_KEY = dg.AssetKey(["published", "parquet"])


def publishing_assets(settings: Settings) -> list[dg.AssetsDefinition]:
    """What readers open; made only when every blocking check has passed."""
    before = [
        *(dg.AssetKey(list(key)) for key in keys_in_layers(ensure_manifest(settings), READER_SCHEMAS)),
        *(dg.AssetKey(["quality", table]) for table in TABLES),
    ]

    @dg.multi_asset(
        name="publish",
        specs=[
            dg.AssetSpec(
                DATABASE_KEY,
                deps=before,
                group_name="published",
                kinds={"duckdb"},
                owners=OWNERS,
                description="The database analysts open: facts, dimensions, marts, flags and ledger, and "
                "`build_info`. Built beside, verified, and put in place by one rename; nobody waits.",
            ),
            dg.AssetSpec(
                PARQUET_KEY,
                deps=before,
                group_name="published",
                kinds={"parquet"},
                owners=OWNERS,
                description="The same tables as Parquet files, of the same build.",
            ),
        ],
    )
    def publish_build(writer: WriterLock) -> Iterator[dg.MaterializeResult[Any]]:  # noqa: ARG001
        build = publish(settings, datetime.now(UTC), code_revision(settings))
        shared: dict[str, str | int] = {
            "build_id": build.build_id,
            "code_revision": build.code_revision,
            "dagster/row_count": build.row_count,
            "tables": build.table_count,
        }
        with duckdb.connect(str(build.path / DATABASE), read_only=True) as con:
            trend = dg.MetadataValue.md(_trend(con))
        yield dg.MaterializeResult(
            asset_key=DATABASE_KEY,
            metadata={
                **shared,
                "path": dg.MetadataValue.path(str(settings.published / DATABASE)),
                "strictly_late_by_month": trend,
            },
        )
        yield dg.MaterializeResult(
            asset_key=PARQUET_KEY,
            metadata={**shared, "path": dg.MetadataValue.path(str(settings.published / "parquet"))},
        )

    return [publish_build]


def _trend(con: duckdb.DuckDBPyConnection) -> str:
    """The strict late rate of the last twelve months as a table with bars."""
    rows = con.execute(
        "select m.period_month_date, sum(m.judged_count), sum(m.late_count + m.open_late_count) "
        "from marts.mart_agency_month as m inner join core.dim_source_system as s "
        "on m.source_system = s.source_system where m.definition_id = 'strict' "
        "and s.agency_register is not null and m.judged_count > 0 "
        "group by m.period_month_date order by m.period_month_date desc limit 12"
    ).fetchall()
    lines = ["| due in month | judged | strictly late | % | |", "|---|--:|--:|--:|---|"]
    for month, judged, late in rows:
        pct = 100 * late / judged
        # U+2011 keeps a month on one line
        lines.append(f"| {month:%Y\u2011%m} | {judged:,} | {late:,} | {pct:.1f} | {'█' * round(2 * pct)} |")
    return "\n".join(lines)
