"""The nightly job, its schedule, and the sensor that looks at the landing folder.

Here: triggers. They are on by default as soon as a daemon runs.
Not here: what a run does.
Explained in docs/operator.md, "Every night".
"""

import hashlib
import time
from pathlib import Path

import dagster as dg

from pipelines.ingestion.delivered import IGNORED_SUFFIXES
from pipelines.ingestion.ingest import Ingestion
from pipelines.settings import Settings

TIME_ZONE = "Asia/Ho_Chi_Minh"
# A file still being copied keeps changing its time; one that has rested this long is complete.
REST_SECONDS = 30
SENSOR_INTERVAL_SECONDS = 60


JOB = "nightly_refresh"


def nightly(settings: Settings) -> dg.Definitions:
    """The job, its schedule and its sensor."""
    job = dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.all(),
        description="Ingest what was delivered, build the warehouse, check it, publish it.",
    )
    return dg.Definitions(jobs=[job], schedules=[nightly_schedule()], sensors=[landing_sensor(settings)])


def nightly_schedule() -> dg.ScheduleDefinition:
    """01:00 in Việt Nam, after the portals' own nightly jobs."""
    return dg.ScheduleDefinition(
        name="nightly_refresh_at_one",
        job_name=JOB,
        cron_schedule="0 1 * * *",
        execution_timezone=TIME_ZONE,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Every night at 01:00 Asia/Ho_Chi_Minh.",
    )


def landing_sensor(settings: Settings) -> dg.SensorDefinition:
    """Starts a refresh when files have been delivered that no refresh has read, and have come to rest."""

    @dg.sensor(
        name="landing_folder",
        job_name=JOB,
        minimum_interval_seconds=SENSOR_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Runs the refresh when files have been delivered.",
    )
    def landing_folder(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        state, newest = landing_state(settings.landing, settings.registers)
        if newest is None:
            return dg.SkipReason(f"nothing has been delivered to {settings.landing} yet")
        if state == context.cursor:
            return dg.SkipReason("nothing new has been delivered")
        if time.time() - newest < REST_SECONDS:
            return dg.SkipReason("a file changed a moment ago; waiting until it rests")
        if not Ingestion.of(settings).pending():
            return dg.SensorResult(skip_reason="every delivered file has been read", cursor=state)
        return dg.SensorResult(run_requests=[dg.RunRequest(run_key=state)], cursor=state)

    return landing_folder


def landing_state(*folders: Path) -> tuple[str, float | None]:
    """A word for the set of delivered files, and when the newest was changed (seconds since 1970)."""
    parts, newest = [], None
    places = [(folder, path) for folder in folders if folder.is_dir() for path in sorted(folder.rglob("*"))]
    for folder, path in places:
        if path.name.startswith((".", "~$")) or path.name.lower().endswith(IGNORED_SUFFIXES):
            continue
        if path.is_file():
            stat = path.stat()
            parts.append(f"{path.relative_to(folder)}:{stat.st_size}:{stat.st_mtime_ns}")
            newest = max(newest or 0.0, stat.st_mtime)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest(), newest
