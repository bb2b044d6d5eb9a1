"""The code location: every part put together.

Here: one function that builds the definitions, whose resources a test may replace.
Not here: anything that a part can say of itself.
Explained in docs/architecture.md.
"""

from collections.abc import Mapping

import dagster as dg

from pipelines.ingestion.assets import lake_assets
from pipelines.orchestration.schedule import landing_sensor, nightly_job, nightly_schedule
from pipelines.publishing.assets import publishing_assets
from pipelines.quality.assets import quality_assets, quality_checks
from pipelines.resources import WriterLock
from pipelines.settings import Settings
from pipelines.warehouse.assets import dbt_resource, warehouse_assets


def build_defs(
    settings: Settings | None = None, resource_overrides: Mapping[str, object] | None = None
) -> dg.Definitions:
    """All assets, checks, jobs, schedules and sensors of one installation.

    Steps run one after the other in one process: DuckDB has one writer, and a process for each step
    would cost 8 to 10 seconds a step on small data.
    """
    settings = settings or Settings.load()
    job = nightly_job()
    return dg.Definitions(
        assets=[
            *lake_assets(settings),
            warehouse_assets(settings),
            *quality_assets(settings),
            *publishing_assets(settings),
        ],
        asset_checks=quality_checks(settings),
        jobs=[job],
        schedules=[nightly_schedule(job)],
        sensors=[landing_sensor(job, settings.landing)],
        resources={
            "dbt": dbt_resource(settings),
            "writer": WriterLock(folder=str(settings.warehouse.parent)),
            **(resource_overrides or {}),
        },
        executor=dg.in_process_executor,
    )


defs = build_defs()
