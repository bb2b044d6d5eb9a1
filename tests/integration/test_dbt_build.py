"""The warehouse as a whole, built from small lakes by dbt itself.

Here: what only a build shows: that all layers fit, fail loudly, and do not depend on order or repetition.
Not here: single rules; their unit tests stand beside the models and run in the first build of this file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml

from pipelines.settings import Settings
from tests.dbt_helpers import build_lake, dbt, dbt_build, dicts, failures, parsed_project, query, settings_in

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
QUIETLY = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
APRIL, MAY, JULY = datetime(2025, 4, 1, 7, 30), datetime(2025, 5, 1, 7, 30), datetime(2025, 7, 2, 7, 30)

AGENCIES = [
    {
        "agency_code": "16942",
        "agency_name": "UBND xã Nghĩa Mai",
        "agency_level": "commune",
        "parent_agency_name": "UBND huyện Nghĩa Đàn",
        "valid_from_date": date(2020, 1, 1),
        "valid_to_date": date(2025, 7, 1),
        "successor_agency_code": "16951",
    },
    {
        "agency_code": "16951",
        "agency_name": "UBND xã Nghĩa Lâm",
        "agency_level": "commune",
        "parent_agency_name": "UBND tỉnh Nghệ An",
        "valid_from_date": date(2025, 7, 1),
    },
    {
        "agency_code": "16975",
        "agency_name": "UBND xã Nghĩa Mai",
        "agency_level": "commune",
        "parent_agency_name": "UBND tỉnh Nghệ An",
        "valid_from_date": date(2025, 7, 1),
    },
    {
        "agency_code": "H41.02",
        "agency_name": "Sở Tư pháp",
        "agency_level": "department",
        "valid_from_date": date(2020, 1, 1),
    },
]
PROCEDURES = [{"procedure_code": "1.001193", "procedure_name": "Đăng ký khai sinh", "field_name": "Hộ tịch"}]


def of_commune(code: str, observed_at: datetime, **told: Any) -> dict[str, Any]:
    return {
        "source_system": "nghean_tandan",
        "dossier_code": code,
        "agency_name": "Ủy ban nhân dân xã Nghĩa Mai",
        "procedure_name": "Đăng ký khai sinh",
        "observed_at": observed_at,
    } | told


DELIVERIES: Rows = {
    "agencies": AGENCIES,
    "procedures": PROCEDURES,
    "dossiers": [
        # promised for Friday 2 May 2025, a day off in exchange for Saturday 26 April; ended on Monday
        of_commune(
            "swap",
            JULY,
            row_number=11,
            status_code="returned",
            received_at=datetime(2025, 4, 25, 9),
            due_at=datetime(2025, 5, 2, 17),
            finished_at=datetime(2025, 5, 5, 10),
        ),
        # said to be open in April and May, closed in time afterwards; received before the communes merged
        of_commune(
            "before", APRIL, row_number=4, status_code="received", received_at=datetime(2025, 3, 31, 9)
        ),
        of_commune(
            "before",
            JULY,
            row_number=12,
            status_code="finished",
            received_at=datetime(2025, 3, 31, 9),
            due_at=datetime(2025, 6, 30),
            finished_at=datetime(2025, 6, 30, 16, 45),
        ),
        # the same name on the first day of the new commune; open and past due
        of_commune(
            "after",
            JULY,
            row_number=13,
            status_code="processing",
            received_at=datetime(2025, 7, 1, 8),
            due_at=datetime(2025, 7, 1, 17),
        ),
        # one file says two things
        of_commune(
            "twice",
            MAY,
            row_number=5,
            status_code="processing",
            received_at=datetime(2025, 4, 2, 8),
            due_at=datetime(2025, 4, 9, 8),
        ),
        of_commune(
            "twice",
            MAY,
            row_number=8,
            status_code="withdrawn",
            received_at=datetime(2025, 4, 2, 8),
            due_at=datetime(2025, 4, 9, 8),
        ),
        {
            "source_system": "boston311",
            "dossier_code": "101000",
            "agency_code": "ANML",
            "agency_name": "Animal Control",
            "status_code": "finished",
            "received_at": datetime(2015, 3, 1, 8),
            "due_at": datetime(2015, 3, 2, 8),
            "finished_at": datetime(2015, 3, 2, 9),
            "stated_outcome_code": "late",
            "observed_at": datetime(2023, 12, 31),
            "row_number": 2,
        },
    ],
    "ratings": [
        {
            "dossier_code": code,
            "agency_name": "UBND xã Nghĩa Mai",
            "satisfaction_code": word,
            "period_start_date": date(2025, 4, 1),
            "period_end_date": date(2025, 6, 30),
            "observed_at": JULY,
            "row_number": number,
        }
        for number, (code, word) in enumerate(
            [("swap", "very_satisfied"), ("before", "unsatisfied"), ("unheard of", "satisfied")], start=9
        )
    ],
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = settings_in(tmp_path_factory.mktemp("warehouse"))
    build_lake(settings, DELIVERIES)
    dbt_build(settings)  # seeds, models, unit tests, data tests
    return settings


def test_facts_say_what_was_delivered(built: Settings) -> None:
    columns = (
        "dossier_code",
        "agency_code",
        "agency_resolution",
        "procedure_code",
        "outcome_strict",
        "outcome_q766",
        "outcome_date_level",
        "elapsed_working_days",
        "late_working_days",
        "observation_count",
    )
    found = {
        row.pop("dossier_code"): tuple(row.values())
        for row in dicts(built, "core.fct_procedure_timeliness", columns)
    }
    assert found == {
        "swap": ("16942", "name", "1.001193", "late", "late", "late", 4, 1, 1),
        "before": ("16942", "name", "1.001193", "on_time", "on_time", "on_time", 62, None, 2),
        "after": ("16975", "name", "1.001193", "open_late", "open_late", "open_late", None, 1, 1),
        "twice": (
            "16942",
            "name",
            "1.001193",
            "not_applicable",
            "cannot_tell",
            "not_applicable",
            None,
            None,
            1,
        ),
        "101000": ("ANML", "as_delivered", None, "late", "late", "on_time", None, None, 1),
    }


def test_marts_follow_the_successor_of_an_agency(built: Settings) -> None:
    as_is = query(
        built,
        "select agency_code, as_is_agency_code, as_is_agency_name from core.dim_agency "
        "where agency_level = 'commune' order by agency_code",
    )
    assert as_is == [
        ("16942", "16951", "UBND xã Nghĩa Lâm"),
        ("16951", "16951", "UBND xã Nghĩa Lâm"),
        ("16975", "16975", "UBND xã Nghĩa Mai"),
    ]
    months = query(
        built,
        "select as_is_agency_code, cast(period_month_date as string), late_pct, no_rate_reason "
        "from marts.mart_agency_month where definition_id = 'strict' and source_system = 'nghean_tandan' "
        "order by period_month_date, as_is_agency_code",
    )
    assert months == [
        ("16951", "2025-04-01", None, "not_applicable"),
        ("16951", "2025-05-01", 100.0, None),
        ("16951", "2025-06-01", 0.0, None),
        ("16975", "2025-07-01", 100.0, None),
    ]


def test_ratings_find_their_dossier_agency_and_month(built: Settings) -> None:
    found = query(
        built,
        "select dossier_code, has_dossier, agency_key, cast(period_month_date as string), is_satisfied "
        "from core.fct_satisfaction order by dossier_code",
    )
    assert found == [
        ("before", True, "nghe_an:16942@2020-01-01", "2025-06-01", False),
        ("swap", True, "nghe_an:16942@2020-01-01", "2025-05-01", True),
        ("unheard of", False, "nghe_an:16942@2020-01-01", "2025-06-01", True),
    ]


def test_every_table_and_column_carries_its_description(built: Settings) -> None:
    bare = query(
        built,
        # the views of the chain of states hand on the columns of those before them: the next test;
        # the rows as they were have the columns of the fact
        "select schema_name, table_name, column_name from duckdb_columns() where comment is null "
        "and table_name not in (select view_name from duckdb_views() where schema_name = 'intermediate') "
        "and table_name != 'int_dossiers_before' "
        "and schema_name in ('staging', 'intermediate', 'core', 'marts', 'ops', 'reference') "
        "union all select schema_name, table_name, '' from duckdb_tables() where comment is null "
        "union all select schema_name, view_name, '' from duckdb_views() "
        "where not internal and schema_name = 'staging' and comment is null",
    )
    assert bare == []


def test_a_view_says_what_it_adds_to_what_it_hands_on(built: Settings) -> None:
    models = {
        key: node
        for key, node in parsed_project(built.dbt_project).nodes.items()
        if node.resource_type == "model"
    }

    def described(key: str) -> set[str]:
        """Columns that a view describes, and the views before it."""
        node = models[key]
        if node.name == "int_dossiers_now":
            return set(models["model.dung_hen.fct_dossier_history"].columns)
        if node.name == "int_timeliness_now":
            return set(models["model.dung_hen.fct_procedure_timeliness"].columns)
        if node.name == "int_dossier_deliveries":
            return set(node.columns) | set(models["model.dung_hen.stg_dossiers"].columns)
        before = [key for key in node.depends_on_nodes if key in models and models[key].name in views]
        return set(node.columns).union(*map(described, before))

    views = {
        name
        for (name,) in query(built, "select view_name from duckdb_views() where schema_name = 'intermediate'")
    }
    assert len(views) > 10
    for name in sorted(views):
        there = query(
            built,
            "select column_name from duckdb_columns() "
            f"where schema_name = 'intermediate' and table_name = '{name}'",
        )
        assert {column for (column,) in there} - described(f"model.dung_hen.{name}") == set(), name
        own = set(models[f"model.dung_hen.{name}"].columns)
        assert own <= {column for (column,) in there}, name


def test_facts_and_marts_have_the_columns_and_types_their_contracts_say(built: Settings) -> None:
    engine_words = {"string": "VARCHAR", "int": "INTEGER"}
    for path in sorted((built.dbt_project / "models").rglob("_*.yml")):
        if path.parent.name not in ("core", "marts"):
            continue
        schema = path.parent.name
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", []):
            said = [
                (column["name"], engine_words.get(column["data_type"], column["data_type"].upper()))
                for column in model["columns"]
            ]
            there = query(
                built,
                "select column_name, data_type from duckdb_columns() "
                f"where schema_name = '{schema}' and table_name = '{model['name']}' order by column_index",
            )
            assert there == said, model["name"]


def test_working_day_ordinals_agree_with_an_independent_count(built: Settings) -> None:
    seed = pl.read_csv(built.dbt_project / "seeds" / "calendar_exceptions.csv", try_parse_dates=True)
    days_off = seed.filter(pl.col("kind") == "off")["date"].to_numpy().astype("datetime64[D]")
    made_up = np.sort(seed.filter(pl.col("kind") == "work")["date"].to_numpy().astype("datetime64[D]"))
    rows = query(built, "select date_day, working_day_ordinal from core.dim_date order by date_day")
    days = np.array([day for day, _ in rows], dtype="datetime64[D]")
    weekdays = np.busday_count(days[0], days + 1, holidays=days_off)
    expected = weekdays + np.searchsorted(made_up, days, side="right")
    assert len(days) == 7 * 365 + 2
    assert expected.tolist() == [ordinal for _, ordinal in rows]


def tables(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, and of the views for readers, in an order of its own."""
    names = query(
        settings,
        "select schema_name || '.' || table_name from duckdb_tables() "
        "union all select schema_name || '.' || view_name from duckdb_views() "
        "where schema_name in ('core', 'marts') order by 1",
    )
    return {name: sorted(query(settings, f"select * from {name}"), key=repr) for (name,) in names}


def test_order_of_rows_and_repeated_builds_change_nothing(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    build_lake(settings, DELIVERIES)
    dbt_build(settings, *QUIETLY)
    first = tables(settings)
    assert len(first["core.fct_procedure_timeliness"]) == 5
    for parquet in settings.lake.rglob("test.parquet"):
        parquet.unlink()
    backwards = {kind: list(reversed(rows)) for kind, rows in DELIVERIES.items() if kind != "agencies"}
    build_lake(settings, backwards | {"agencies": AGENCIES})
    dbt_build(settings, *QUIETLY)
    assert tables(settings) == first


def test_a_warehouse_builds_before_anything_was_delivered(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    build_lake(settings, {})
    dbt_build(settings, "--exclude-resource-type", "unit_test")
    assert query(settings, "select count(*) from core.fct_procedure_timeliness") == [(0,)]
    assert query(settings, "select count(*) from core.dim_date") == [(7 * 365 + 2,)]


def test_a_date_beyond_the_calendar_fails_the_build_and_names_date_and_remedy(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    late_in_the_year = {
        "status_code": "finished",
        "received_at": datetime(2026, 12, 30, 8),
        "due_at": datetime(2026, 12, 31, 17),
        "finished_at": datetime(2027, 1, 4, 9),
        "observed_at": datetime(2027, 2, 1, 7, 30),
    }
    build_lake(
        settings,
        {"dossiers": [{"dossier_code": "next year", "agency_code": "H41.02"} | late_in_the_year]},
    )
    result = dbt(settings, "build", "--select", "+fct_dossier_history", *QUIETLY)
    assert not result.success
    [failure] = failures(result)
    assert "fct_dossier_history" in failure
    assert "2027-01-04" in failure
    assert "calendar_exceptions.csv" in failure
    assert "calendar_versions.csv" in failure
