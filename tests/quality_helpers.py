"""A small warehouse by hand: one faultless dossier, and whatever a test changes in it."""

from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.settings import Settings
from pipelines.warehouse.connect import open_warehouse

CUT = datetime(2026, 11, 1, 0, 30)
SEEN = datetime(2026, 10, 1, 0, 30)

DOSSIER: dict[str, Any] = {
    "source_system": "portal",
    "dossier_code": "H41.12-260901-0001",
    "agency_key": "17329@2025-07-01",
    "agency_resolution": "code",
    "has_delivered_agency": True,
    "procedure_code": "1.001193",
    "procedure_resolution": "code",
    "status_code": "finished",
    "channel_code": "online",
    "applied_at": datetime(2026, 9, 1, 8),
    "received_at": datetime(2026, 9, 1, 9),
    "has_received_time": True,
    "due_at": datetime(2026, 9, 10, 17),
    "has_due_time": True,
    "recomputed_due_at": datetime(2026, 9, 10, 17),
    "due_difference_reason": "none",
    "finished_at": datetime(2026, 9, 9, 15),
    "has_finished_time": True,
    "outcome_strict": "on_time",
    "is_accepted": True,
    "is_closed": True,
    "open_late_since_at": None,
    "state_first_observed_at": SEEN,
    "last_observed_at": SEEN,
    "data_cut_at": CUT,
}
ROW: dict[str, Any] = {
    "source_system": "portal",
    "dossier_code": DOSSIER["dossier_code"],
    "status_code": "finished",
    "channel_code": "online",
    "file_sha256": "f1",
    "observed_at": SEEN,
}
RATING: dict[str, Any] = {
    "source_system": "portal",
    "dossier_code": DOSSIER["dossier_code"],
    "satisfaction_code": "satisfied",
    "file_sha256": "f2",
    "observed_at": SEEN,
}
SCORE: dict[str, Any] = {"file_sha256": "f3", "indicator_id": "total"}
PETITION: dict[str, Any] = {
    "petition_key": "portal:PA-1",
    "status_code": "published",
    "sent_at": datetime(2026, 9, 1, 8),
    "refused_at": None,
    "supplement_requested_at": None,
    "resolved_at": datetime(2026, 9, 9, 15),
    "published_at": datetime(2026, 9, 10, 15),
    "resolve_outcome": "on_time",
}
LIMIT: dict[str, Any] = {"procedure_code": "1.001193", "file_sha256": "f0"}
FILE: dict[str, Any] = {
    "kind": "dossiers",
    "file_sha256": "f1",
    "rows_read": 1,
    "rows_accepted": 1,
    "rows_quarantined": 0,
    "rows_repeated": 0,
}
SYSTEMS = [
    {"source_system": "portal", "agency_register": "nghe_an", "procedure_catalogue": "vn"},
    {"source_system": "elsewhere", "agency_register": None, "procedure_catalogue": None},
]
TYPES = {datetime: "timestamp", bool: "boolean", int: "bigint", str: "varchar"}
TIMES = ("open_late_since_at", "refused_at", "supplement_requested_at")


def make_warehouse(
    folder: Path,
    dossiers: list[dict[str, Any]],
    rows: list[dict[str, Any]] | None = None,
    ratings: list[dict[str, Any]] | None = None,
    files: list[dict[str, Any]] | None = None,
) -> Settings:
    """Write a warehouse of the relations that rules read.

    Args:
        folder: of the new installation.
        dossiers: what each dossier differs in from `DOSSIER`.
        rows: what each accepted row differs in from `ROW`; by default one row per dossier.
        ratings: what each rating differs in from `RATING`; by default none.
        files: what each ledger entry differs in from `FILE`; by default entries that reconcile.
    """
    if rows is None:
        rows = [{key: d[key] for key in ("source_system", "dossier_code") if key in d} for d in dossiers]
    ratings = ratings or []
    if files is None:
        files = [
            {"rows_read": len(rows), "rows_accepted": len(rows)},
            {
                "kind": "ratings",
                "file_sha256": "f2",
                "rows_read": len(ratings),
                "rows_accepted": len(ratings),
            },
        ]
    usual = Settings.load()
    made = Settings(root=usual.root, data=folder, contracts=usual.contracts)
    made.warehouse.parent.mkdir(parents=True)
    with open_warehouse(made, read_only=False) as con:
        con.execute("create schema staging")
        con.execute("create schema intermediate")
        keyed = [_keyed(DOSSIER | d) for d in dossiers]
        _table(con, "core.fct_procedure_timeliness", _keyed(DOSSIER), keyed)
        _table(con, "staging.stg_dossiers", _keyed(ROW), [_keyed(ROW | r) for r in rows])
        _table(con, "staging.stg_ratings", _keyed(RATING), [_keyed(RATING | r) for r in ratings])
        con.execute(
            "create table intermediate.int_dossiers_often_told as "
            "select dossier_key from staging.stg_dossiers group by dossier_key having count(*) > 1"
        )
        _table(con, "staging.stg_published_scores", SCORE, [])
        _table(con, "staging.stg_procedure_limits", LIMIT, [])
        _table(con, "staging.stg_processing_log", {"file_sha256": "f3"}, [])
        for kind in ("petitions", "published_statistics", "published_indices"):
            _table(con, f"staging.stg_{kind}", {"file_sha256": "f4"}, [])
        _table(con, "core.fct_petition", PETITION, [])
        _table(con, "core.dim_source_system", SYSTEMS[0], SYSTEMS)
        satisfaction = {"rating_key": "portal:x", "agency_key": "17330@2025-07-01"}
        rated = [satisfaction | {"rating_key": _keyed(RATING | r)["dossier_key"]} for r in ratings]
        _table(con, "core.fct_satisfaction", satisfaction, rated)
        agency = {"agency_key": "17329@2025-07-01", "agency_code": "17329"}
        other = {"agency_key": "17330@2025-07-01", "agency_code": "17330"}
        _table(con, "core.dim_agency", agency, [agency, other])
        _table(con, "ops.ingestion_ledger", FILE, [FILE | f for f in files])
    return made


def add_scores(made: Settings, scores: list[dict[str, Any]]) -> None:
    """Put published scores into a warehouse; each says what it differs in from `SCORE`."""
    with open_warehouse(made, read_only=False) as con:
        for score in scores:
            row = SCORE | score
            con.execute(
                "insert into staging.stg_published_scores values (?, ?)", [row[name] for name in SCORE]
            )


def add_petitions(made: Settings, petitions: list[dict[str, Any]]) -> None:
    """Put petitions into a warehouse; each says what it differs in from `PETITION`."""
    holes = ", ".join("?" for _ in PETITION)
    with open_warehouse(made, read_only=False) as con:
        for petition in petitions:
            row = PETITION | petition
            con.execute(f"insert into core.fct_petition values ({holes})", [row[name] for name in PETITION])


def _keyed(row: dict[str, Any]) -> dict[str, Any]:
    key = None if row["dossier_code"] is None else f"{row['source_system']}:{row['dossier_code']}"
    return {"dossier_key": key, **row}


def _table(
    con: duckdb.DuckDBPyConnection, name: str, model: dict[str, Any], rows: list[dict[str, Any]]
) -> None:
    columns = ", ".join(
        f"{column} {'timestamp' if column in TIMES else TYPES[type(value)]}"
        for column, value in model.items()
    )
    con.execute(f"create table {name} ({columns})")
    holes = ", ".join("?" for _ in model)
    for row in rows:
        con.execute(f"insert into {name} values ({holes})", [row[column] for column in model])
