"""Small lakes and dbt builds over them, for tests of the warehouse.

Here: rows as ingestion would leave them, with defaults for what a test does not care about.
Not here: expectations; each test says its own.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

import polars as pl
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

from pipelines.contracts import Catalogue, load_catalogue
from pipelines.ingestion.lake import LEDGER_SCHEMA, QUARANTINE_SCHEMA, Lake
from pipelines.ingestion.typed import lake_schema
from pipelines.settings import Settings
from pipelines.text import agency_key
from pipelines.warehouse.connect import open_warehouse
from pipelines.warehouse.dbt import Scope, dbt_environment, environment, run_environment

Row = Mapping[str, Any]
SOURCES = {
    "nghean_tandan": "tandan_dossier_list",
    "nghean_igate": "igate_dossiers",
    "nghean_land": "nghean_dossier_csv",
    "boston311": "boston311_animal",
    "wabo_receipt": "wabo_receipt",
    "vn_tthc": "national_procedures",
    "nghean_register": "nghean_agencies",
}
SYSTEM_OF_KIND = {
    "dossiers": "nghean_igate",
    "ratings": "nghean_tandan",
    "procedures": "vn_tthc",
    "procedure_limits": "vn_tthc",
    "agencies": "nghean_register",
    "processing_log": "nghean_igate",
    "payments": "nghean_tandan",
    "supplements": "nghean_igate",
    "digitisation": "nghean_igate",
    "digitisation_statistics": "nghean_tandan",
    "petitions": "pakn_nghean",
}
SOURCE_OF_KIND = {
    "ratings": "tandan_ratings",
    "processing_log": "v17_processing_log",
    "petitions": "nghean_petitions",
}


def settings_in(folder: Path) -> Settings:
    """Settings whose data lie below a test's own folder."""
    usual = Settings.load()
    return Settings(root=usual.root, data=folder, contracts=usual.contracts)


def build_lake(settings: Settings, rows: Mapping[str, Sequence[Row]], quarantine: Sequence[Row] = ()) -> None:
    """Write rows of each kind as the lake holds them: a file for each `file_sha256`, and its ledger entry.

    A row may leave out every column. `file_sha256` defaults to a digest of system and `observed_at`,
    `row_number` to the row's place, time flags to whether the moment is not midnight, name keys to the
    folded name.
    """
    catalogue = load_catalogue(settings.contracts)
    lake = Lake(settings.lake)
    lake.prepare(catalogue)
    entries = []
    for kind, given in rows.items():
        files: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for number, row in enumerate(given, start=2):
            full = _complete(catalogue, kind, row, number)
            files[full["file_sha256"]].append(full)
        for sha256, content in files.items():
            frame = pl.DataFrame(content, schema=lake_schema(catalogue.kinds[kind]), orient="row")
            frame.write_parquet(lake.rows_path(kind, sha256))
            entries.append(_entry(kind, content))
    pl.DataFrame(entries, schema=dict(LEDGER_SCHEMA), orient="row").write_parquet(
        settings.lake / "_ledger" / "test.parquet"
    )
    pl.DataFrame(list(quarantine), schema=dict(QUARANTINE_SCHEMA), orient="row").write_parquet(
        settings.lake / "_quarantine" / "test.parquet"
    )


def deliver(
    settings: Settings, rows: Mapping[str, Sequence[Row]], name: str, scopes: Mapping[str, str] | None = None
) -> None:
    """Add to a lake what came under this name: all rows of a kind in one file, a ledger entry for each SHA.

    `scopes` says the scope of a `source_id`; a row may name any source and any system of the lake.
    """
    catalogue = load_catalogue(settings.contracts)
    entries = []
    for kind, given in rows.items():
        full = [_complete(catalogue, kind, row, number) for number, row in enumerate(given, start=2)]
        files: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in full:
            files[row["file_sha256"]].append(row)
        pl.DataFrame(full, schema=lake_schema(catalogue.kinds[kind]), orient="row").write_parquet(
            settings.lake / kind / f"{name}.parquet"
        )
        entries += [
            _entry(kind, content) | {"export_scope": (scopes or {}).get(content[0]["source_id"])}
            for content in files.values()
        ]
    pl.DataFrame(entries, schema=dict(LEDGER_SCHEMA), orient="row").write_parquet(
        settings.lake / "_ledger" / f"{name}.parquet"
    )


def _complete(catalogue: Catalogue, kind: str, row: Row, number: int) -> dict[str, Any]:
    schema = lake_schema(catalogue.kinds[kind])
    unknown = set(row) - set(schema)
    if unknown:
        raise ValueError(f"the lake has no columns {sorted(unknown)} of {kind}")
    full = {name: row.get(name) for name in schema}
    system = str(row.get("source_system", SYSTEM_OF_KIND[kind]))
    full["source_system"] = system
    full["source_id"] = row.get("source_id") or SOURCE_OF_KIND.get(kind) or SOURCES[system]
    full["observed_at"] = row.get("observed_at", datetime(2026, 11, 1, 0, 30))
    full["row_number"] = row.get("row_number", number)
    identity = f"{kind} {full['source_system']} {full['observed_at']}"
    full["file_sha256"] = row.get("file_sha256", hashlib.sha256(identity.encode()).hexdigest())
    for name, column in catalogue.kinds[kind].columns.items():
        value = full.get(name)
        if column.time_flag and column.time_flag not in row and value is not None:
            full[column.time_flag] = (value.hour, value.minute, value.second) != (0, 0, 0)
        if column.name_key and column.name_key not in row and value is not None:
            full[column.name_key] = agency_key(value)
    return full


def _entry(kind: str, content: Sequence[Row]) -> dict[str, Any]:
    first = content[0]
    return dict.fromkeys(LEDGER_SCHEMA) | {
        "file_sha256": first["file_sha256"],
        "kind": kind,
        "source_id": first["source_id"],
        "source_system": first["source_system"],
        "file_name": f"{first['file_sha256'][:8]}.csv",
        "relative_path": f"{kind}/{first['file_sha256'][:8]}.csv",
        "size_bytes": 1,
        "observed_at": first["observed_at"],
        "status": "accepted",
        "rows_read": len(content),
        "rows_accepted": len(content),
        "rows_quarantined": 0,
        "rows_repeated": 0,
        "rows_not_records": 1,
        "ingested_at": datetime(2026, 11, 2),
    }


@cache
def parsed_project(project: Path) -> Manifest:
    """The project, parsed once for all tests of a process; paths of lake and warehouse are no part of it."""
    folders = ["--project-dir", str(project), "--profiles-dir", str(project)]
    result = dbtRunner().invoke(["--quiet", "parse", *folders])
    assert result.success, result.exception
    return cast("Manifest", result.result)


def dbt(settings: Settings, *arguments: str, scope: Scope = "whole") -> dbtRunnerResult:
    """Run one dbt command in this process over these settings."""
    settings.dbt_target.mkdir(parents=True, exist_ok=True)
    settings.warehouse.parent.mkdir(parents=True, exist_ok=True)
    project = settings.dbt_project
    # unit tests say by themselves, as a variable, that they are about a night
    said = run_environment(scope) if scope == "night" else {}
    with environment(dbt_environment(settings) | said):
        runner = dbtRunner(manifest=parsed_project(project))
        try:
            return runner.invoke(["--quiet", *arguments, "--project-dir", str(project)])
        finally:
            # dbt keeps the files open for its process, which here is that of the test
            DuckDBConnectionManager.close_all_connections()


def dbt_build(settings: Settings, *arguments: str, scope: Scope = "whole") -> dbtRunnerResult:
    """Build seeds, models and tests; fails the test with dbt's own messages when anything fails."""
    result = dbt(settings, "build", *arguments, scope=scope)
    assert result.success, "\n".join(failures(result)) or str(result.exception)
    return result


def failures(result: dbtRunnerResult) -> list[str]:
    """What went wrong in a run, a line for each node."""
    if result.result is None:
        return [str(result.exception)]
    return [
        f"{node.node.name}: {node.message}"
        for node in result.result
        if str(node.status) in {"error", "fail", "warn"}
    ]


def query(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    """Rows of one statement over the warehouse, read-only."""
    with open_warehouse(settings, read_only=True) as connection:
        return connection.execute(sql).fetchall()


def dicts(settings: Settings, sql: str, columns: Iterable[str]) -> list[dict[str, Any]]:
    """The named columns of a relation or statement after `from`, a dictionary for each row."""
    names = list(columns)
    return [
        dict(zip(names, row, strict=True)) for row in query(settings, f"select {', '.join(names)} from {sql}")
    ]
