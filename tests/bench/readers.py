"""How long readers wait: `.venv/bin/python -m tests.bench.readers DATA_FOLDER [--while-refreshing]`.

Here: typical queries of an analyst on the published file of a data folder, each 20 times, each time over a
fresh read-only connection with two threads, from opening to the last row; p50 and p95 in ms. With `--while-
refreshing` the same again while `dunghen refresh --force` runs on a copy of the data folder, as often as it
takes. Agency, month and night are picked from the data: the busiest agency, the month with most dossiers of
the last year, the night a year before the data cut.
Not here: whether the answers are right; cold disks (a file just read is in memory).
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb

DUNGHEN = Path(sys.executable).parent / "dunghen"
COPIED = ("lake", "warehouse", "published", "private", "dagster")
REPEATS = 20
CONFIG: dict[str, str | bool | int | float | list[str]] = {"threads": 2}
QUERIES = {
    "agencies, strictly late in a year": """
        select
            agency_name, sum(judged_count) as judged, sum(late_count) as closed_late,
            sum(open_late_count) as open_late,
            round(100.0 * sum(late_count + open_late_count) / sum(judged_count), 1) as late_pct
        from marts.mart_agency_month
        where
            definition_id = 'strict' and source_system = '{system}'
            and period_month_date > date '{month}' - interval 1 year and period_month_date <= date '{month}'
        group by agency_key, agency_name
        having judged > 0
        order by late_pct desc, agency_name
        limit 20
    """,
    "agency, month by month, all definitions": """
        select period_month_date, definition_id, judged_count, open_in_time_count, on_time_pct
        from marts.mart_agency_month
        where source_system = '{system}' and agency_key = '{agency}'
        order by period_month_date desc, definition_id
    """,
    "bridge, one agency in a month": """
        select step_name_vi, dossier_count, change_pct_points, rate_after_pct
        from on_time_bridge(
            'portal_stated', 'q766', agency := '{agency}', system := '{system}',
            first_month := '{month}', last_month := '{month}'
        )
    """,
    "bridge, the province in a month": """
        select step_name_vi, dossier_count, change_pct_points, rate_after_pct
        from on_time_bridge(
            'portal_stated', 'q766', register := '{register}',
            first_month := '{month}', last_month := '{month}'
        )
    """,
    "dossiers behind a bridge": """
        select dossier_code, agency_name, due_at, finished_at, first_outcome, second_outcome
        from on_time_bridge_dossiers(
            'strict', 'date_level', register := '{register}',
            first_month := '{month}', last_month := '{month}'
        )
        order by due_at desc nulls last
        limit 20
    """,
    "outcomes as of a night": """
        select outcome_strict, count(*) as dossiers
        from timeliness_as_of('{night}')
        where source_system = '{system}'
        group by outcome_strict
    """,
    "one agency's dossiers as of a night": """
        select dossier_code, status_code, due_at, outcome_strict
        from timeliness_as_of('{night}')
        where agency_key = '{agency}'
        order by due_at desc nulls last, dossier_code
        limit 100
    """,
    "agencies in a month as of a night": """
        select agency_name, judged_count, open_late_count, on_time_pct
        from agency_month_as_of('{night}')
        where
            definition_id = 'strict' and source_system = '{system}'
            and period_month_date = date_trunc('month', date '{night}')
        order by on_time_pct nulls last, agency_name
    """,
    "late dossiers of one agency": """
        select
            dossier_code, procedure_name, outcome_strict, received_at, due_at, finished_at, late_working_days,
            open_late_since_at
        from core.fct_procedure_timeliness
        where agency_key = '{agency}' and outcome_strict in ('late', 'open_late')
        order by late_working_days desc nulls last, dossier_key
    """,
    "open past due, the longest first": """
        select
            agency_name, dossier_code, procedure_name, due_at, late_working_days, open_step_name,
            reason_name_vi
        from marts.mart_late_open
        where source_system = '{system}'
        order by late_working_days desc nulls last, dossier_key
        limit 20
    """,
    "one dossier": "from core.fct_procedure_timeliness where dossier_code = '{dossier}'",
    "one dossier's history": """
        from core.fct_dossier_history where dossier_key = '{system}:{dossier}' order by version_number
    """,
    "late procedures of a year": """
        select
            procedure_code, any_value(procedure_name) as procedure_name, count(*) as dossiers,
            count(*) filter (where outcome_strict in ('late', 'open_late')) as late,
            median(late_working_days) as median_late_days
        from core.fct_procedure_timeliness
        where
            source_system = '{system}' and procedure_key <> 'unmapped'
            and period_month_date > date '{month}' - interval 1 year and period_month_date <= date '{month}'
        group by procedure_code
        order by late desc, procedure_code
        limit 15
    """,
    "backlog of one agency over a year": """
        select
            d.date_day, d.is_working_day, coalesce(sum(b.received_count), 0) as received,
            coalesce(sum(b.finished_count), 0) as finished, coalesce(sum(b.closing_count), 0) as closing,
            coalesce(sum(b.closing_past_due_count), 0) as past_due
        from core.dim_date as d
        left join core.fct_backlog_daily as b
            on d.date_day = b.date_day and b.source_system = '{system}' and b.agency_key = '{agency}'
        where
            d.calendar_code = 'vn'
            and d.date_day > date '{cut}' - interval 1 year and d.date_day <= date '{cut}'
        group by d.date_day, d.is_working_day
        order by d.date_day
    """,
    "flags of one agency": """
        select r.title_vi, f.dossier_code, f.first_seen_at, f.last_seen_at
        from quality.flagged_records as f
        inner join quality.rules as r using (rule_id)
        where f.rule_group in ('incomplete', 'implausible') and f.agency_key = '{agency}'
        order by f.rule_id, f.dossier_code
    """,
}


def asked(database: Path, query: str) -> list[tuple[Any, ...]]:
    """The answer over a connection of its own."""
    with duckdb.connect(str(database), read_only=True, config=CONFIG) as con:
        return con.execute(query).fetchall()


def picked(database: Path) -> tuple[dict[str, str], list[str]]:
    """What the queries ask for, and a dossier for each repetition."""
    busiest = "select {0} from marts.mart_agency_month where definition_id = 'strict'{1} group by {0} "
    by_size = "order by sum(dossier_count) desc, {0} limit 1"

    def most(column: str, where: str = "") -> str:
        return str(asked(database, (busiest + by_size).format(column, where))[0][0])

    system = most("source_system")
    of_system = f" and source_system = '{system}'"
    cut = asked(database, f"select data_cut_at from build_data_cuts where source_system = '{system}'")[0][0]
    of_year = (
        f"{of_system} and period_month_date between date '{cut:%F}' - interval 1 year and date '{cut:%F}'"
    )
    agency = most("agency_key", of_year + " and agency_code <> 'unmapped'")
    register = f"select agency_register from core.dim_agency where agency_key = '{agency}'"
    past = f"select cast(date '{cut:%F}' - interval 1 year as date)"
    dossiers = (
        f"select dossier_code from core.fct_procedure_timeliness where source_system = '{system}' "
        f"order by hash(dossier_key) limit {REPEATS}"
    )
    values = {
        "system": system,
        "agency": agency,
        "month": most("period_month_date", of_year),
        "register": str(asked(database, register)[0][0]),
        "cut": f"{cut:%F}",
        "night": str(asked(database, past)[0][0]),
    }
    return values, [code for (code,) in asked(database, dossiers)]


class Refreshing:
    """A refresh of a copy of a data folder, started again whenever it has ended."""

    def __init__(self, data: Path, copy: Path) -> None:
        self._copy = copy
        self._process: subprocess.Popen[bytes] | None = None
        self.started = 0
        for name in COPIED:
            if (data / name).exists():
                shutil.copytree(data / name, copy / name, symlinks=True)
        (copy / "landing").symlink_to((data / "landing").resolve())

    def keep_on(self) -> None:
        """Start one unless one is running.

        Raises:
            SystemExit: the one before failed.
        """
        if self._process is not None:
            ended = self._process.poll()
            if ended is None:
                return
            if ended:
                said = (self._copy / "refresh.log").read_text(encoding="utf-8")
                raise SystemExit(f"the refresh failed:\n{said[-2000:]}")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("DUNGHEN_", "DAGSTER", "DBT"))}
        with (self._copy / "refresh.log").open("w") as said:
            self._process = subprocess.Popen(
                [DUNGHEN, "refresh", "--force"],
                env=kept | {"DUNGHEN_DATA": str(self._copy)},
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        self.started += 1

    def stop(self) -> None:
        """End the running one with all it started."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait()


def measured(database: Path, refreshing: Refreshing | None = None) -> dict[str, tuple[int, float, float]]:
    """Rows of the last answer, p50 and p95 in ms, by query."""
    values, dossiers = picked(database)
    found = {}
    for name, query in QUERIES.items():
        taken, rows = [], 0
        for dossier in dossiers:
            if refreshing:
                refreshing.keep_on()
            started = time.perf_counter()
            rows = len(asked(database, query.format(**values, dossier=dossier)))
            taken.append(1000 * (time.perf_counter() - started))
        percentiles = statistics.quantiles(taken, n=20, method="inclusive")
        found[name] = (rows, statistics.median(taken), percentiles[18])
    return found


def main(data: Path, *, while_refreshing: bool) -> None:
    """Print the table."""
    database = (data / "published" / "analytics.duckdb").resolve()  # this build, whatever is published later
    [(dossiers,)] = asked(database, "select count(*) from core.fct_procedure_timeliness")
    print(f"{dossiers:,} dossiers, {database.stat().st_size / 1e9:.2f} GB; {REPEATS} times each; ms")
    quiet, busy, started = measured(database), None, 0
    if while_refreshing:
        home = os.environ.get("DUNGHEN_BENCH")
        with tempfile.TemporaryDirectory(prefix="dunghen-readers-", dir=home) as copy:
            refreshing = Refreshing(data, Path(copy))
            try:
                refreshing.keep_on()
                time.sleep(10)  # until the tools have loaded and rows are moved
                busy = measured(database, refreshing)
            finally:
                refreshing.stop()
            started = refreshing.started
    print(f"{'query':<42}{'rows':>8}{'p50':>9}{'p95':>9}" + (f"{'p50 ↻':>9}{'p95 ↻':>9}" if busy else ""))
    for name, (rows, p50, p95) in quiet.items():
        line = f"{name:<42}{rows:>8,}{p50:>9.1f}{p95:>9.1f}"
        print(line + (f"{busy[name][1]:>9.1f}{busy[name][2]:>9.1f}" if busy else ""))
    if busy:
        print(f"↻ while a refresh of a copy ran; it was started {started} times")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path)
    parser.add_argument("--while-refreshing", action="store_true")
    given = parser.parse_args()
    main(given.data.resolve(), while_refreshing=given.while_refreshing)
