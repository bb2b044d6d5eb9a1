"""What was known on a past night, and what the shipped models would have foretold from it.

Here: a built warehouse taken back to a night, in memory; the compiled models of the early warning over that.
Not here: scores (`forecast_scores.py`), tables for people (`bench/early_warning.py`).
Explained in docs/early-warning.md, "How it was tested".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import duckdb
import polars as pl

from pipelines.settings import Settings
from tests.clock_helpers import model_statements

MODELS = (
    "dim_data_cut",
    "int_lateness_history",
    "int_lateness_open",
    "int_lateness_steps",
    "fct_lateness_cell",
    "mart_early_warning",
)
SCHEMA_OF = {
    "dim_data_cut": "analytics.core",
    "fct_lateness_cell": "analytics.core",
    "mart_early_warning": "analytics.marts",
}
COPIED = (
    "warehouse.intermediate.int_timesheet_days",
    "warehouse.staging.stg_source_systems",
    "analytics.core.dim_agency",
    "analytics.reference.early_warning_bins",
    "analytics.reference.early_warning_levels",
    "analytics.reference.measure_minimums",
)
# a portal that exported each month: the version that held on the night
AS_KNOWN = """
select * replace (true as is_current)
from built_analytics.core.fct_dossier_history
where source_system = $source and valid_from_at <= $night and coalesce(valid_to_at > $night, true)
"""
# a register delivered once: what ended later was open then
REWOUND = """
select * replace (
    if(finished_at < $night, finished_at, null) as finished_at,
    coalesce(finished_at < $night, false) as is_closed,
    if(finished_at >= $night, true, is_open) as is_open,
    if(finished_at >= $night, true, is_unsettled) as is_unsettled,
    if(finished_at >= $night, 'open_in_time', outcome_strict_before_due) as outcome_strict_before_due,
    if(finished_at >= $night, null, status_code) as status_code
)
from built_analytics.core.fct_dossier_history
where source_system = $source and is_current and received_at < $night
"""
STEPS = """
select * from built_analytics.core.fct_processing_step
where source_system = $source and started_at < $night
"""
# what a dossier has left, in days of its own clock
SHIPPED = "from built_analytics.reference.early_warning_levels"
PAST = """
with dossiers as (
    select *, calendar_version is null as has_no_calendar from analytics.core.fct_dossier_history
    where outcome_strict_before_due in ('on_time', 'late')
)
select
    outcome_strict_before_due = 'late' as is_late,
    case
        when has_no_calendar then date_diff('minute', finished_at, in_time_until_at) / 1440.0
        when allowed_working_minutes > 0 and elapsed_working_minutes is not null
            then (allowed_working_minutes - elapsed_working_minutes) / 480.0
        else counted_allowed_working_days - counted_elapsed_working_days
    end as days_left
from dossiers
where days_left is not null or is_late
"""
AGENCIES = """
select agency_key, sum(dossier_count) as past_count,
    coalesce(sum(dossier_count) filter (where is_late), 0) as past_late_count
from (
    select agency_key, is_late, dossier_count from warehouse.intermediate.int_lateness_history
    union all
    select agency_key, is_late, dossier_count from warehouse.intermediate.int_lateness_open
)
group by agency_key
"""
OUTCOMES = """
select history.dossier_key, history.outcome_strict_before_due != 'on_time' as is_late
from built_analytics.core.fct_dossier_history as history
inner join built_warehouse.intermediate.int_source_data_cuts as data_cuts
    on history.source_system = data_cuts.source_system
where history.source_system = $source and history.is_current and (
    history.outcome_strict_before_due in ('on_time', 'late')
    or (
        history.outcome_strict_before_due = 'open_in_time'
        and data_cuts.data_cut_at > history.strict_in_time_until_at
    )
)
"""
FORETOLD = """
select
    dossier_key, agency_key, level_code, step_name, reached_count, elapsed_share_pct,
    chance_late_pct / 100 as chance,
    case counted_in
        when 'working_minutes' then left_working_minutes / 480.0
        when 'working_days' then left_working_days
        else date_diff('minute', data_cut_at, due_at) / 1440.0
    end as days_left
from analytics.marts.mart_early_warning
where outcome_strict = 'open_in_time' and chance_late_pct is not null
"""


@dataclass(frozen=True)
class PastNights:
    """A built warehouse that can be taken back to any night.

    Attributes:
        con: the built files under `built_…`, and what a night knew under the names the models read.
        statements: the compiled models.
    """

    con: duckdb.DuckDBPyConnection
    statements: Mapping[str, str]

    @classmethod
    def of(cls, settings: Settings) -> PastNights:
        """Open what was built there; nothing of it is changed."""
        statements = model_statements(settings, *MODELS)
        con = duckdb.connect(config={"threads": 2})
        for name, file in (("warehouse", settings.warehouse), ("analytics", settings.analytics)):
            con.execute(f"attach '{file}' as built_{name} (read_only)")
            con.execute(f"attach ':memory:' as {name}")
        for schema in ("warehouse.intermediate", "warehouse.staging"):
            con.execute(f"create schema {schema}")
        for schema in ("core", "marts", "reference"):
            con.execute(f"create schema analytics.{schema}")
        for relation in COPIED:
            # a view of the writer's file reads the lake by its own names
            if relation.endswith("stg_source_systems"):
                lake = settings.lake / "source_systems" / "*.parquet"
                con.execute(f"create table {relation} as from read_parquet('{lake}')")
            else:
                con.execute(f"create table {relation} as from built_{relation}")
        return cls(con, statements)

    def nights(self, source: str) -> list[datetime]:
        """Extractions of a portal that delivered often; the first of each month of one that did once."""
        told = self.con.execute(
            "select distinct valid_from_at from built_analytics.core.fct_dossier_history "
            "where source_system = ? order by 1",
            [source],
        ).fetchall()
        if len(told) != 1:
            return [night for (night,) in told]
        [(first, last)] = self.con.execute(
            "select min(received_at), max(last_observed_at) from built_analytics.core.fct_dossier_history "
            "where source_system = ?",
            [source],
        ).fetchall()
        months = pl.date_range(date(first.year, first.month, 1), last.date(), "1mo", eager=True)
        return [datetime(day.year, day.month, day.day) for day in months[1:]]

    def is_known_by_night(self, source: str) -> bool:
        """Whether its portal was asked more than once, so that past nights are known and not made up."""
        [(count,)] = self.con.execute(
            "select count(distinct valid_from_at) from built_analytics.core.fct_dossier_history "
            "where source_system = ?",
            [source],
        ).fetchall()
        return bool(count > 1)

    def go_to(self, source: str, night: datetime) -> None:
        """Leave in memory what was known of a system on a night, and what the models make of it."""
        dossiers = AS_KNOWN if self.is_known_by_night(source) else REWOUND
        values = {"source": source, "night": night}
        self._make("analytics.core.fct_dossier_history", dossiers, values)
        self._make("analytics.core.fct_processing_step", STEPS, values)
        self._make(
            "warehouse.intermediate.int_source_data_cuts",
            "select $source as source_system, cast($night as timestamp) as data_cut_at, "
            "cast($night as date) as data_cut_date",
            values,
        )
        self._make("warehouse.intermediate.int_dossiers_now", "from analytics.core.fct_dossier_history", {})
        # what is being tested is shown
        self._make(
            "analytics.marts.mart_early_warning_backtest",
            "select $source as source_system, true as is_better_than_naive",
            {"source": source},
        )
        for name in MODELS:
            self._make(f"{SCHEMA_OF.get(name, 'warehouse.intermediate')}.{name}", self.statements[name], {})

    def foretold(self) -> pl.DataFrame:
        """The chances told on that night, of dossiers not yet past due."""
        return self._read(FORETOLD).sort("dossier_key")

    def foretold_leaning(self, pseudo_counts: Mapping[str, int]) -> pl.DataFrame:
        """The same, were the pseudo-counts of these levels others."""
        self._make("analytics.reference.early_warning_levels", SHIPPED, {})
        for level, count in pseudo_counts.items():
            self.con.execute(
                "update analytics.reference.early_warning_levels set pseudo_count = ? where level_code = ?",
                [count, level],
            )
        self._make("analytics.marts.mart_early_warning", self.statements["mart_early_warning"], {})
        return self.foretold()

    def past(self) -> pl.DataFrame:
        """Dossiers that had ended by then, with the days they had left."""
        return self._read(PAST)

    def agencies(self) -> pl.DataFrame:
        """What each agency's past was."""
        return self._read(AGENCIES)

    def outcomes(self, source: str) -> pl.DataFrame:
        """What became of each dossier in the end; only of those where it is known."""
        return self._read(OUTCOMES, {"source": source})

    def _make(self, relation: str, statement: str, values: Mapping[str, object]) -> None:
        self.con.execute(f"create or replace table {relation} as {statement}", dict(values))

    def _read(self, statement: str, values: Mapping[str, object] | None = None) -> pl.DataFrame:
        frame: pl.DataFrame = self.con.sql(statement, params=dict(values or {})).pl()
        return frame
