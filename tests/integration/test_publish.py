"""A build appears whole or not at all, can be taken back, and holds nothing that is not for readers."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.publishing import builds
from pipelines.publishing import publish as publishing
from pipelines.publishing.builds import PublishError, list_builds_in
from pipelines.publishing.publish import current_build, list_builds, publish, rollback
from pipelines.settings import Settings
from pipelines.warehouse.connect import open_warehouse
from tests.publishing_helpers import TABLES, VIEWS, fill_warehouse, installation

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = installation(tmp_path)
    fill_warehouse(made, 1)
    return made


def query(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(settings.published / "analytics.duckdb"), read_only=True) as con:
        return con.execute(sql).fetchall()


def seen(settings: Settings) -> tuple[str, int]:
    """Build id and marker as a reader finds them."""
    [(build_id,)] = query(settings, "select build_id from build_info")
    [(marker,)] = query(settings, "select distinct marker from core.fct_procedure_timeliness")
    return str(build_id), int(str(marker))


def at(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def leftovers(settings: Settings) -> list[str]:
    hidden = [p.name for p in settings.published.rglob(".*")]
    return hidden + [p.name for p in settings.published.rglob("*.wal")]


def test_readers_get_their_schemas_with_comments_and_nothing_of_the_writers(settings: Settings):
    build = publish(settings, NOW, "abc")
    tables = {f"{s}.{t}" for s, t in query(settings, "select schema_name, table_name from duckdb_tables()")}
    assert tables == {
        *TABLES,
        *(f"main.{t}" for t in ("build_info", "build_tables", "build_data_cuts")),
    }
    views = query(settings, "select schema_name, view_name from duckdb_views() where not internal")
    assert sorted(views) == [("marts", "marked"), ("ops", "one_number")]
    assert query(
        settings, "select comment from duckdb_tables() where table_name = 'fct_procedure_timeliness'"
    ) == [("One row a dossier, it's the heart.",)]
    assert query(
        settings,
        "select comment from duckdb_columns() where column_name = 'dossier_code' and schema_name = 'core'",
    ) == [("Mã hồ sơ.",)]
    parquet = {
        str(p.relative_to(build.path / "parquet")) for p in (build.path / "parquet").rglob("*.parquet")
    }
    assert parquet == {t.replace(".", "/") + ".parquet" for t in (*TABLES, *VIEWS)}


def test_a_build_says_what_it_is_in_table_file_and_parquet(settings: Settings):
    build = publish(settings, NOW, "abc")
    assert build.is_current
    assert build.build_id.startswith("20261124T010000000Z-")
    [row] = query(
        settings,
        "select build_id, built_at, code_revision, calendar_version, formula_version, table_count, row_count "
        "from build_info",
    )
    assert row == (build.build_id, NOW.replace(tzinfo=None), "abc", "2026.1", "v1", 5, 201)
    assert query(settings, "select * from build_data_cuts") == [("portal", datetime(2026, 11, 1, 0, 30))]
    assert query(settings, "select sum(row_count) from build_tables") == [(201,)]
    file = settings.published / "parquet" / "core" / "fct_procedure_timeliness.parquet"
    marks = query(
        settings, f"select decode(value) from parquet_kv_metadata('{file}') where decode(key) = 'build_id'"
    )
    assert marks == [(build.build_id,)]
    assert current_build(settings) == build


def test_clients_of_the_earlier_storage_version_can_open_it(settings: Settings):
    publish(settings, NOW, "abc")
    header = (settings.published / "analytics.duckdb").read_bytes()[:20]
    assert (header[8:12], int.from_bytes(header[12:20], "little")) == (b"DUCK", 68)


def test_seven_builds_are_kept_and_never_the_published_one_removed(settings: Settings):
    made = [publish(settings, at(n), "abc").build_id for n in range(9)]
    assert [b.build_id for b in list_builds(settings)] == made[:1:-1]
    rollback(settings, made[2])
    later = publish(settings, at(10), "abc", keep=1).build_id
    assert [b.build_id for b in list_builds(settings)] == [later]
    rollback_target = publish(settings, at(11), "abc", keep=2).build_id
    rollback(settings, later)
    builds.prune(settings.published, keep=1)
    assert {b.build_id for b in list_builds(settings)} == {later, rollback_target}
    assert leftovers(settings) == []


def test_rollback_goes_one_build_back_or_to_the_one_named(settings: Settings):
    ids = []
    for marker in (1, 2, 3):
        fill_warehouse(settings, marker)
        ids.append(publish(settings, at(marker), "abc").build_id)
    assert rollback(settings).build_id == ids[1]
    assert seen(settings) == (ids[1], 2)
    assert rollback(settings).build_id == ids[0]
    with pytest.raises(PublishError, match="no build older than the published one → choose one of"):
        rollback(settings)
    assert rollback(settings, ids[2]).is_current
    assert seen(settings) == (ids[2], 3)
    with pytest.raises(PublishError, match="build yesterday is not kept → choose one of"):
        rollback(settings, "yesterday")


def test_a_damaged_build_is_not_published_again(settings: Settings):
    first, second = (publish(settings, at(n), "abc") for n in (1, 2))
    (first.path / "analytics.duckdb").write_bytes(b"no database")
    with pytest.raises(PublishError, match=f"readers keep build {second.build_id}"):
        rollback(settings)
    assert seen(settings)[0] == second.build_id


def test_ids_grow_even_if_the_clock_is_set_back(settings: Settings):
    later, earlier = publish(settings, at(60), "abc"), publish(settings, at(0), "abc")
    assert earlier.build_id > later.build_id
    assert current_build(settings) == earlier


STEPS: dict[str, tuple[object, str]] = {
    "copying": (publishing, "write_description"),
    "writing Parquet": (publishing, "write_parts"),
    "writing the identity": (publishing, "write_identity"),
    "verifying": (publishing, "verify"),
    "making it durable": (publishing, "make_durable"),
    "switching": (publishing, "switch_to"),
    "the rename itself": (os, "replace"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_failure_before_any_step_leaves_the_old_build_whole(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, step: str
):
    before = publish(settings, at(1), "abc")
    fill_warehouse(settings, 2)

    def fail(*_: object, **__: object) -> None:
        raise OSError("the power went")

    with monkeypatch.context() as patch:
        patch.setattr(*STEPS[step], fail)
        with pytest.raises(PublishError, match=f"the power went .* readers keep build {before.build_id}"):
            publish(settings, at(2), "abc")
    assert seen(settings) == (before.build_id, 1)
    assert [b.build_id for b in list_builds(settings)] == [before.build_id]
    after = publish(settings, at(3), "abc")
    assert seen(settings) == (after.build_id, 2)
    assert leftovers(settings) == []


def test_a_missing_right_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", "/srv/published")

    monkeypatch.setattr(publishing, "switch_to", refuse)
    with pytest.raises(PublishError, match="/srv/published: no right to write → give it to this user"):
        publish(settings, NOW, "abc")


KILLED = """
import os, sys
from datetime import UTC, datetime
from pipelines.publishing import publish as publishing
from pipelines.settings import Settings
from pathlib import Path
usual = Settings.load()
settings = Settings(root=usual.root, data=Path(sys.argv[1]), contracts=usual.contracts)
setattr(publishing, sys.argv[2], lambda *_: os._exit(9))
publishing.publish(settings, datetime.now(UTC), "abc")
"""


@pytest.mark.parametrize("step", ["verify", "switch_to"])
def test_a_killed_publish_leaves_the_old_build_and_the_next_one_cleans_up(settings: Settings, step: str):
    before = publish(settings, NOW, "abc")
    fill_warehouse(settings, 2)
    done = subprocess.run([sys.executable, "-c", KILLED, str(settings.data), step], check=False)
    assert done.returncode == 9
    assert seen(settings) == (before.build_id, 1)
    after = publish(settings, datetime.now(UTC), "abc", keep=1)
    assert seen(settings) == (after.build_id, 2)
    assert [p.name for p in settings.published.glob("builds/*Z-*")] == [after.build_id]
    assert leftovers(settings) == []


FULL = """
import resource, sys
from datetime import UTC, datetime
from pathlib import Path
from pipelines.publishing.publish import PublishError, publish
from pipelines.settings import Settings
usual = Settings.load()
settings = Settings(root=usual.root, data=Path(sys.argv[1]), contracts=usual.contracts)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    publish(settings, datetime.now(UTC), "abc")
except PublishError as error:
    print(error)
"""


@pytest.mark.parametrize("limit", [0, 200_000, 1_000_000])
def test_a_disk_that_takes_no_more_is_a_clear_refusal(settings: Settings, limit: int):
    before = publish(settings, NOW, "abc")
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    fill_warehouse(settings, 2)
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(settings.data), str(limit)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"the disk of {settings.published} is full → free about" in done.stdout
    assert f"readers keep build {before.build_id}" in done.stdout
    assert seen(settings) == (before.build_id, 1)
    assert len(list(settings.published.glob("builds/*Z-*"))) == 1


def spoil(sql: str) -> Callable[[Settings], None]:
    def apply(settings: Settings) -> None:
        with open_warehouse(settings, read_only=False) as con:
            con.execute(sql)

    return apply


def test_a_private_column_in_what_is_for_readers_is_refused(settings: Settings):
    before = publish(settings, at(1), "abc")
    spoil("alter table core.fct_procedure_timeliness add column applicant_phone_key varchar default 'ab'")(
        settings
    )
    spoil("create view marts.who as select 'X' as applicant_name")(settings)
    with pytest.raises(PublishError) as refusal:
        publish(settings, at(2), "abc")
    for column in ("core.fct_procedure_timeliness.applicant_phone_key", "marts.who.applicant_name"):
        assert f"{column}: this column is private by contract" in str(refusal.value)
    assert list_builds(settings) == [before]
    columns = {name for (name,) in query(settings, "select distinct column_name from duckdb_columns()")}
    assert "marker" in columns
    assert columns.isdisjoint({"applicant_phone_key", "applicant_name", "applicant_id_number_key"})


def test_a_view_finds_its_tables_under_whatever_name_the_file_is_opened(settings: Settings):
    build = publish(settings, NOW, "abc")
    elsewhere = shutil.copyfile(build.path / "analytics.duckdb", settings.data / "my copy.duckdb")
    with duckdb.connect() as con:
        con.execute(
            "create schema core; create table core.fct_procedure_timeliness as select 'mine' as marker"
        )
        con.execute(f"attach '{elsewhere}' as other (read_only)")
        assert con.execute("select distinct marker from other.marts.marked").fetchall() == [(1,)]
        comments = con.execute(
            "select comment from duckdb_views() where view_name = 'marked' union all select comment "
            "from duckdb_columns() where table_name = 'marked' and column_name = 'marker'"
        ).fetchall()
    assert comments == [("What is marked.",), ("The mark.",)]


def test_a_view_that_reads_the_writers_own_file_is_refused(settings: Settings):
    before = publish(settings, at(1), "abc")
    spoil("create view marts.inside as select 1 as one from warehouse.staging.stg_dossiers")(settings)
    with pytest.raises(PublishError, match=r"the view marts.inside reads what readers do not get: .*staging"):
        publish(settings, at(2), "abc")
    assert list_builds(settings) == [before]


@pytest.mark.parametrize(
    ("cell", "form"),
    [("040199012345", "identity number"), ("gọi 0912345678", "mobile phone"), ("a@b.vn", "e-mail address")],
)
def test_a_build_with_somebody_in_it_is_discarded(settings: Settings, cell: str, form: str):
    before = publish(settings, at(1), "abc")
    spoil(f"update marts.mart_agency_month set dossier_code = '{cell}' where dossier_key = 'portal:1'")(
        settings
    )
    with pytest.raises(PublishError) as refusal:
        publish(settings, at(2), "abc")
    assert f"marts.mart_agency_month.dossier_code: 1 values look as if they held a {form}" in str(
        refusal.value
    )
    assert cell not in str(refusal.value)
    assert list_builds(settings) == [before]


def test_verification_compares_every_table_with_the_warehouse(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    before = publish(settings, at(1), "abc")
    real = publishing.write_parts

    def loses_a_row(con: duckdb.DuckDBPyConnection, *rest: object, **more: object) -> None:
        real(con, *rest, **more)  # type: ignore[arg-type]
        con.execute("delete from core.fct_procedure_timeliness where dossier_key = 'portal:7'")
        con.execute("update build_info set build_id = 'another'")

    monkeypatch.setattr(publishing, "write_parts", loses_a_row)
    with pytest.raises(PublishError) as refusal:
        publish(settings, at(2), "abc")
    assert "fct_procedure_timeliness: rows differ: warehouse 50, database 49, Parquet 50" in str(
        refusal.value
    )
    assert "build_info names another build" in str(refusal.value)
    assert list_builds(settings) == [before]


def test_a_warehouse_without_facts_is_not_published(settings: Settings):
    spoil("drop table core.fct_procedure_timeliness")(settings)
    with pytest.raises(
        PublishError, match=r"the warehouse has no core.fct_procedure_timeliness: the models were not built"
    ):
        publish(settings, NOW, "abc")
    settings.warehouse.unlink()
    with pytest.raises(PublishError, match=r"there is no warehouse .* → run `dunghen refresh`"):
        publish(settings, NOW, "abc")
    assert not (settings.published / "analytics.duckdb").exists()


def test_a_warehouse_that_is_being_written_is_left_alone(settings: Settings):
    holder = (
        "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('open', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(settings.warehouse)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "open\n"
        with pytest.raises(PublishError, match=r"another program has .* open → close it"):
            publish(settings, NOW, "abc")
        writer.kill()
    assert publish(settings, NOW, "abc").is_current


def test_a_folder_in_the_place_of_a_link_is_not_overwritten(settings: Settings):
    (settings.published / "parquet").mkdir(parents=True)
    with pytest.raises(PublishError, match="parquet is a folder where a link must be → move it away"):
        publish(settings, NOW, "abc")
    assert list_builds_in(settings.published) == []
    shutil.rmtree(settings.published / "parquet")
    assert publish(settings, NOW, "abc").is_current
