"""What Dagster and dbt must find in the environment of a process that the project starts.

Here: one function, called by the command line before it starts anything.
Not here: the user's own settings (`settings.py`).
Explained in docs/operator.md, "Settings".
"""

import os

from pipelines.settings import Settings
from pipelines.warehouse.dbt import dbt_environment


def prepare_environment(settings: Settings) -> None:
    """Point Dagster and dbt at the folders of these settings, and keep every tool off the network."""
    settings.dagster.mkdir(parents=True, exist_ok=True)
    os.environ.update(dbt_environment(settings))
    os.environ.update(
        {
            "DAGSTER_HOME": str(settings.root),
            "DUNGHEN_DAGSTER": str(settings.dagster),
            # What a run plans is written at once (`orchestration/history.py`).
            "DAGSTER_EVENT_BATCH_SIZE": "1000",
            "DUNGHEN_DATA": str(settings.data),
            "GX_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
        }
    )
