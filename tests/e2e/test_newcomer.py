"""The refreshed sample as a newcomer meets it: what the terminal says, and what lies there afterwards."""

import re
import shutil
from pathlib import Path

import duckdb
import pytest

from tests.e2e.conftest import Installation, run_dunghen


def test_the_summary_tells_what_was_delivered_and_what_to_try_next(installation: Installation) -> None:
    words = ["Delivered", "accepted", "quarantined", "Dossiers", "Strictly late", "Flags raised"]
    words += ["Published", "Try next", "of nghe_an", "Xã ", "open_past_due", "analytics.duckdb"]
    missing = [word for word in words if word.lower() not in installation.output.lower()]
    assert missing == []
    assert re.search(r"[0-9,]…", installation.output) is None, "a number is cut short"
    assert max(map(len, installation.output.splitlines())) < 200


def test_a_second_refresh_has_nothing_to_do_and_says_so(installation: Installation) -> None:
    before = (installation.data / "published" / "current").resolve()
    done = installation.dunghen("refresh")
    assert "Nothing new" in done.stdout
    assert (installation.data / "published" / "current").resolve() == before


def test_the_published_database_names_its_build_and_its_inputs(warehouse: duckdb.DuckDBPyConnection) -> None:
    [info] = warehouse.sql("select * from build_info").pl().to_dicts()
    assert {"build_id", "built_at", "code_revision", "calendar_version", "inputs_fingerprint"} <= set(info)
    assert all(info[name] for name in ("build_id", "code_revision", "calendar_version", "inputs_fingerprint"))


def test_every_table_and_column_published_says_what_it_is(warehouse: duckdb.DuckDBPyConnection) -> None:
    bare = warehouse.execute(
        "with named as (select schema_name, table_name, '' as column_name, comment from duckdb_tables() "
        "union all select schema_name, view_name, '', comment from duckdb_views() "
        "union all select schema_name, table_name, column_name, comment from duckdb_columns()) "
        "select schema_name || '.' || table_name, column_name from named "
        "where schema_name in ('core', 'marts', 'quality') and coalesce(comment, '') = ''"
    ).fetchall()
    assert bare == []


@pytest.mark.slow
def test_the_rebuilt_warehouse_equals_the_one_it_replaces(installation: Installation, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(installation.data / "landing", data / "landing")
    shutil.copytree(installation.data / "private", data / "private")
    shutil.copytree(installation.data / "lake", data / "lake")
    run_dunghen(data, "refresh")
    old, new = (d / "published" / "analytics.duckdb" for d in (installation.data, data))
    with duckdb.connect() as con:
        con.execute(f"attach '{old}' as old (read_only)")
        con.execute(f"attach '{new}' as new (read_only)")
        tables = con.execute(
            "select distinct schema_name, table_name from duckdb_columns() where database_name = 'old' "
            "and schema_name in ('core', 'marts', 'quality', 'reference')"
        ).fetchall()
        assert len(tables) > 12
        for schema, table in tables:
            name = f"{schema}.{table}"
            [(differing,)] = con.execute(
                f"select count(*) from ((from old.{name} except all from new.{name}) "
                f"union all (from new.{name} except all from old.{name}))"
            ).fetchall()
            assert differing == 0, name


def test_check_source_recognises_and_drafts(installation: Installation, tmp_path: Path) -> None:
    known = min((installation.data / "landing" / "dossiers").glob("igate*.json.gz"))
    assert "igate_dossiers" in installation.dunghen("check-source", str(known)).stdout
    unknown = tmp_path / "export 2026-10-01.csv"
    unknown.write_text(
        "Mã hồ sơ;Ngày tiếp nhận;Hạn trả;Họ tên\nA-1;01/10/2026;05/10/2026;x\n", encoding="utf-8"
    )
    drafted = installation.dunghen("check-source", str(unknown)).stdout
    assert "no source fits" in drafted
    assert "dossier_code: Mã hồ sơ" in drafted
    assert "A-1" not in drafted


@pytest.mark.parametrize(
    ("kind", "files"), [("payments", "Danh sách biên lai*"), ("ratings", "*"), ("petitions", "*")]
)
def test_check_source_knows_a_file_of_another_kind(installation: Installation, kind: str, files: str) -> None:
    delivered = min((installation.data / "landing" / kind).glob(files))
    told = installation.dunghen("check-source", str(delivered)).stdout
    assert f"--kind {kind}" in told
    assert "Draft" not in told
