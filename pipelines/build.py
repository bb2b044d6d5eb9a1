"""Every part put together.

Here: one function that builds the definitions, whose resources a test may replace.
Not here: anything that a part can say of itself.
Explained in docs/architecture.md.
"""

from collections.abc import Mapping

import dagster as dg

from pipelines.ingestion.assets import lake_assets
from pipelines.orchestration.schedule import nightly
from pipelines.publishing.assets import publishing_assets
from pipelines.quality.assets import quality_assets, quality_checks
from pipelines.reporting.assets import reporting_assets
from pipelines.resources import WriterLock
from pipelines.settings import Settings
from pipelines.warehouse.assets import BUILT_FILES, dbt_resource, warehouse_assets


def build_defs(
    settings: Settings | None = None, resource_overrides: Mapping[str, object] | None = None
) -> dg.Definitions:
    """All assets, checks, jobs, schedules and sensors of one installation.

    Steps run one after the other in one process: DuckDB has one writer, and a process for each step
    would cost 8 to 10 seconds a step on small data.
    """
    settings = settings or Settings.load()
    steps = dg.Definitions(
        assets=[
            *lake_assets(settings),
            BUILT_FILES,
            warehouse_assets(settings),
            *quality_assets(settings),
            *publishing_assets(settings),
            *reporting_assets(settings),
        ],
        asset_checks=quality_checks(settings),
        resources={
            "dbt": dbt_resource(settings),
            "writer": WriterLock(folder=str(settings.warehouse.parent)),
            **(resource_overrides or {}),
        },
        executor=dg.in_process_executor,
    )
    return dg.Definitions.merge(steps, nightly(settings))
