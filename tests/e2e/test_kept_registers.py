"""Registers that people keep, from shipped files to published tables: real rows, and the sample's truth."""

from pathlib import Path

import duckdb
import polars as pl

from tests.e2e.conftest import Installation


def test_the_seven_units_in_focus_of_2024_are_all_known(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(
        "select agency_level, count(*), count(*) filter (where agency_resolution = 'name') "
        "from core.dim_focus_unit where focus_year = 2024 group by agency_level order by 1"
    ).fetchall()
    assert rows == [("department", 3, 3), ("district", 4, 4)]


def test_targets_come_with_their_sources(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(
        "select target_year, comparison_code, cast(target_value as double) from core.dim_target "
        "where metric_code = 'on_time_pct' and scope_code = 'nghe_an' order by 1"
    ).fetchall()
    assert rows == [(2024, "at_least", 95.0), (2026, "more_than", 98.0)]
    [(unsaid, unnamed)] = warehouse.execute(
        "select count(*) filter (where length(source_label) < 10), "
        "count(*) filter (where metric_name_vi is null) from core.dim_target"
    ).fetchall()
    assert (unsaid, unnamed) == (0, 0)


def test_every_task_is_judged_as_the_truth_says(warehouse: duckdb.DuckDBPyConnection, truth: Path) -> None:
    expected = pl.read_parquet(truth / "reform_tasks.parquet")
    found = warehouse.sql("select task_code, task_outcome from core.fct_reform_task where is_sample").pl()
    assert sorted(found.rows()) == sorted(expected.rows())
    assert set(expected["task_outcome"]) == {
        "done_on_time",
        "done_late",
        "open_late",
        "open_in_time",
        "cancelled",
    }


def test_every_letter_is_judged_as_the_truth_says(warehouse: duckdb.DuckDBPyConnection, truth: Path) -> None:
    expected = pl.read_parquet(truth / "apologies.parquet")
    found = warehouse.sql(
        "select dossier_source_system as source_system, dossier_code, letter_date, is_before_due, "
        "has_extension from core.fct_apology"
    ).pl()
    assert found.select(expected.columns).sort("dossier_code", "letter_date").rows() == expected.rows()
    assert expected.height > 300


def test_late_dossiers_with_and_without_a_letter_add_up(
    warehouse: duckdb.DuckDBPyConnection, truth: Path
) -> None:
    letters = pl.read_parquet(truth / "apologies.parquet").filter(pl.col("source_system").is_not_null())
    by_dossier = letters.group_by("dossier_code").agg(pl.col("is_before_due").any(), pl.len())
    late = pl.read_parquet(truth / "dossiers.parquet").filter(
        pl.col("outcome_strict").is_in(["late", "open_late"])
    )
    [counts] = warehouse.execute(
        "select sum(late_dossier_count), sum(letter_count), "
        "sum(before_due_count) filter (where letter_count > 0), sum(many_extensions_count) "
        "from marts.mart_apology_compliance "
        "where source_system in ('nghean_tandan', 'nghean_igate')"
    ).fetchall()
    late = late.filter(pl.col("source_system") != "nghean_land")
    assert tuple(map(int, counts)) == (
        late.height,
        by_dossier.height,
        by_dossier["is_before_due"].sum(),
        by_dossier.filter(pl.col("len") > 1).height,
    )


def test_the_dossiers_without_an_apology_or_put_off_twice_are_those_of_the_truth(
    warehouse: duckdb.DuckDBPyConnection, truth: Path
) -> None:
    dossier = ["source_system", "dossier_code"]
    letters = pl.read_parquet(truth / "apologies.parquet").filter(pl.col("source_system").is_not_null())
    late = pl.read_parquet(truth / "dossiers.parquet").filter(
        pl.col("outcome_strict").is_in(["late", "open_late"])
        & pl.col("source_system").is_in(["nghean_tandan", "nghean_igate"])
    )
    found = warehouse.sql(
        "select source_system, dossier_code, breach_code, "
        "apologised_at is null and letter_count = 0 as is_silent "
        "from marts.mart_promise_breach where source_system in ('nghean_tandan', 'nghean_igate')"
    ).pl()
    silent = found.filter(pl.col("breach_code") == "late_without_apology")
    twice = found.filter(pl.col("breach_code") == "extended_more_than_once")
    assert silent["is_silent"].all()
    # the truth does not tell what the portals state; whoever wrote a letter is not in the list
    unwritten = late.join(letters, on=dossier, how="anti")
    assert silent.join(unwritten, on=dossier, how="anti").is_empty()
    [(stated,)] = warehouse.execute(
        "select count(*) from core.fct_procedure_timeliness where outcome_strict in ('late', 'open_late') "
        "and apologised_at is not null and source_system in ('nghean_tandan', 'nghean_igate') "
        "and dossier_key not in (select dossier_key from core.fct_apology where has_dossier)"
    ).fetchall()
    assert silent.height == unwritten.height - stated > 1_000
    more = letters.filter(pl.col("has_extension")).group_by(dossier).len().filter(pl.col("len") > 1)
    assert sorted(twice.select(dossier).rows()) == sorted(more.select(dossier).rows())
    assert twice.height == 36


def test_inspected_units_are_counted_once_against_the_target(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(
        "select inspection_year, unit_count, inspected_unit_count, not_placed_count, "
        "cast(target_pct as double), target_status_code, has_met_target from marts.mart_inspection_coverage "
        "where agency_level = 'all' and is_sample order by 1"
    ).fetchall()
    # 13 departments, 130 communes; one department of 2025 became another, one commune was seen twice in 2026
    assert rows == [
        (2025, 143, 3, 0, 30.0, "provisional", False),
        (2026, 143, 5, 0, 30.0, "provisional", False),
    ]


def test_invented_rows_are_marked_and_real_registers_hold_none(
    warehouse: duckdb.DuckDBPyConnection, installation: Installation
) -> None:
    for table in ("fct_reform_task", "fct_inspection", "fct_dialogue", "fct_apology", "fct_self_evaluation"):
        assert warehouse.execute(f"select bool_and(is_sample) from core.{table}").fetchall() == [(True,)]
    for path in (installation.data / "registers").rglob("*.csv"):
        assert "Dữ liệu mẫu" not in path.read_text(encoding="utf-8-sig"), path


def test_the_registers_have_no_error_and_the_command_says_so(installation: Installation) -> None:
    done = installation.dunghen("check-registers")
    assert "registers/targets/chi-tieu.csv: 29 dòng, không có lỗi" in done.stdout
    assert "apologies/xin-loi mau.csv" in done.stdout


def test_late_people_are_less_satisfied_under_every_definition(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(
        "select definition_id, sum(satisfied_count) filter (where outcome = 'late') "
        "/ sum(answered_count) filter (where outcome = 'late'), "
        "sum(satisfied_count) filter (where outcome in ('early', 'on_time')) "
        "/ sum(answered_count) filter (where outcome in ('early', 'on_time')), sum(rating_count) "
        "from marts.mart_satisfaction_by_lateness group by 1"
    ).fetchall()
    [(ratings,)] = warehouse.execute("select count(*) from core.fct_satisfaction").fetchall()
    assert len(rows) == 7
    assert {int(total) for *_, total in rows} == {ratings}
    for definition, late, in_time, _ in rows:
        assert late < in_time - 0.1, definition


def test_nobody_is_ranked_on_few_answers(warehouse: duckdb.DuckDBPyConnection) -> None:
    [(rows, few, unranked)] = warehouse.execute(
        "select count(*), count(*) filter (where satisfaction_rank is not null and "
        "answered_count < minimum_count), "
        "count(*) filter (where satisfaction_rank is null and no_rank_reason is null) "
        "from marts.mart_satisfaction_rank"
    ).fetchall()
    assert (few, unranked) == (0, 0)
    assert rows > 1_000
