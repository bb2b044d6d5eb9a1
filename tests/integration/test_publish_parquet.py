"""Parquet of a large table is parted by month, and what did not change is not written twice."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.publishing import parquet, verify
from pipelines.publishing.builds import Build, PublishError
from pipelines.publishing.contents import Table
from pipelines.publishing.parquet import parts_of
from pipelines.publishing.publish import list_builds, publish
from pipelines.settings import Settings
from pipelines.warehouse.connect import open_warehouse
from tests.publishing_helpers import add_months, fill_warehouse, installation

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
FOLDER = "core/fct_monthly/period_month_date="
MONTHS = {f"{FOLDER}{month}" for month in ("2026-01-01", "2026-02-01", "2026-03-01")}
NO_MONTH = f"{FOLDER}__HIVE_DEFAULT_PARTITION__"
TWO_ROWS = "select * from (values (1, 'a'), (2, 'b')) as t(x, y)"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(parquet, "ROWS_OF_A_LARGE_TABLE", 30)
    made = installation(tmp_path)
    fill_warehouse(made, 1)
    add_months(made)
    with open_warehouse(made, read_only=False) as con:
        con.execute("create view marts.monthly as select * from core.fct_monthly")
    return made


def change(settings: Settings, sql: str) -> None:
    with open_warehouse(settings, read_only=False) as con:
        con.execute(sql)


def made(settings: Settings, minutes: int, **options: bool) -> Build:
    return publish(settings, NOW + timedelta(minutes=minutes), "abc", **options)


def files(build: Build) -> dict[str, int]:
    """Every Parquet file of a build, or its folder where it is a month, and which file on the disk it is."""
    home = build.path / "parquet"
    return {
        str((p.parent if p.name.startswith("part_") else p).relative_to(home)): p.stat().st_ino
        for p in home.rglob("*.parquet")
    }


def new_in(later: Mapping[str, int], earlier: Mapping[str, int]) -> set[str]:
    return {place for place, file in later.items() if earlier.get(place) != file}


def read(build: Build, statement: str) -> list[tuple[object, ...]]:
    with duckdb.connect() as con:
        return con.execute(statement.replace("PARQUET", str(build.path / "parquet"))).fetchall()


def test_a_large_table_or_view_is_a_folder_by_month_and_reads_as_one(settings: Settings):
    build = made(settings, 1)
    places = {*MONTHS, NO_MONTH}
    assert {p for p in files(build) if "monthly" in p} == places | {
        p.replace("core/fct_monthly", "marts/monthly") for p in places
    }
    with duckdb.connect(str(build.path / "analytics.duckdb"), read_only=True) as con:
        rows = con.execute("select number, period_month_date from core.fct_monthly order by 1").fetchall()
    for table in ("core/fct_monthly", "marts/monthly"):
        assert rows == read(
            build, f"select number, period_month_date from 'PARQUET/{table}/*/*.parquet' order by 1"
        )


def test_a_month_that_did_not_change_is_the_same_file_and_outlives_its_build(settings: Settings):
    first = made(settings, 1)
    earlier = files(first)
    change(settings, "update core.fct_monthly set number = 100 where number = 4")
    second = publish(settings, NOW + timedelta(minutes=2), "abc", keep=1)
    february = f"{FOLDER}2026-02-01"
    assert new_in(files(second), earlier) == {february, february.replace("core/fct_monthly", "marts/monthly")}
    assert list_builds(settings) == [second]
    assert read(second, "select count(*), max(number) from 'PARQUET/core/fct_monthly/*/*.parquet'") == [
        (31, 100)
    ]


def test_an_unchanged_warehouse_writes_no_file_and_a_whole_build_writes_all(settings: Settings):
    first, second = made(settings, 1), made(settings, 2)
    assert new_in(files(second), files(first)) == set()
    assert second.build_id != first.build_id
    third = made(settings, 3, whole=True)
    assert new_in(files(third), files(second)) == set(files(third))


def test_a_month_that_is_gone_is_not_taken_over(settings: Settings):
    made(settings, 1)
    change(settings, "delete from core.fct_monthly where period_month_date is null")
    change(settings, "insert into core.fct_monthly values ('portal:new', 77, date '2026-01-01')")
    assert NO_MONTH not in files(made(settings, 2))


def test_a_table_that_grew_large_becomes_a_folder(settings: Settings):
    change(settings, "delete from core.fct_monthly where period_month_date = date '2026-03-01'")
    assert "core/fct_monthly.parquet" in files(made(settings, 1))
    add_months(settings)
    places = {p for p in files(made(settings, 2)) if p.startswith("core/fct_monthly")}
    assert places == {*MONTHS, NO_MONTH}


def test_a_file_that_is_not_as_it_was_written_is_not_taken_over(settings: Settings):
    first = made(settings, 1)
    [file] = (first.path / "parquet" / NO_MONTH).glob("*.parquet")
    file.write_bytes(file.read_bytes() + b"more")
    assert new_in(files(made(settings, 2)), files(first)) == {NO_MONTH}


def test_a_disk_without_hard_links_gets_files(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    first = made(settings, 1)

    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    second = made(settings, 2)
    assert new_in(files(second), files(first)) == set(files(second))


def test_only_what_changed_is_searched_for_people_and_somebody_there_is_found(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    first = made(settings, 1)
    searched = []
    real = verify.personal_forms_in

    def listening(con: duckdb.DuckDBPyConnection, relation: str, columns: list[str]) -> object:
        searched.append(relation)
        return real(con, relation, columns)

    monkeypatch.setattr(verify, "personal_forms_in", listening)
    change(settings, "update core.fct_monthly set dossier_key = '0912345678' where number = 4")
    with pytest.raises(PublishError, match=r"core.fct_monthly.dossier_key: 1 values .* mobile phone"):
        made(settings, 2)
    # a view shows nothing that its tables do not hold
    assert [r for r in searched if "main" not in r] == [
        '(from "core"."fct_monthly" where period_month_date in (date \'2026-02-01\'))'
    ]
    assert list_builds(settings) == [first]


def test_a_build_searched_for_other_forms_is_no_help(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    first = made(settings, 1)
    monkeypatch.setattr(parquet, "SEARCHED_FOR", "something else")
    second = made(settings, 2)
    assert new_in(files(second), files(first)) == set(files(second))


@pytest.mark.parametrize(
    ("other", "is_equal"),
    [
        ("select * from (values (2, 'b'), (1, 'a')) as t(x, y)", True),
        ("select * from (values (1, 'b'), (2, 'a')) as t(x, y)", False),
        ("select * from (values (1, 'a'), (2, 'b'), (2, 'b'), (2, 'b')) as t(x, y)", False),
        ("select x as z, y from (values (1, 'a'), (2, 'b')) as t(x, y)", False),
        ("select cast(x as bigint) as x, y from (values (1, 'a'), (2, 'b')) as t(x, y)", False),
        ("select y, x from (values (1, 'a'), (2, 'b')) as t(x, y)", False),
        ("select * from (values (1, 'a'), (2, null)) as t(x, y)", False),
    ],
)
def test_a_fingerprint_is_of_rows_in_any_order_and_of_nothing_else(other: str, is_equal: bool):
    with duckdb.connect() as con:
        con.execute("create schema core")
        prints = []
        for statement in (TWO_ROWS, other):
            con.execute(f"create or replace table core.t as {statement}")
            [part] = parts_of(con, {Table("core", "t"): 2})
            prints.append((part.rows, part.fingerprint))
    assert (prints[0] == prints[1]) == is_equal
