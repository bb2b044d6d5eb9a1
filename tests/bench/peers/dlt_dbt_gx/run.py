"""The fact, the mart and the checks with dlt, dbt and Great Expectations: `python run.py LANDING OUT`.

Here: files → raw tables in DuckDB (dlt), staging, fact and mart (dbt, `models/`), checks of frames (GX).
Not here: the other definitions, history, flags per dossier.
Rules: docs/how-time-is-counted.md.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dlt
import duckdb
import great_expectations as gx
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
from dlt.sources.filesystem import filesystem
from great_expectations import expectations as gxe
from great_expectations.expectations.row_conditions import Column

HERE = Path(__file__).resolve().parent
REFERENCE = HERE.parents[3] / "dbt_project" / "seeds"
KEY = os.environ.get("PSEUDONYM_KEY", "a key for measuring only").encode()
DOSSIERS = {
    "Mã hồ sơ": "dossier_code",
    "Mã TTHC": "procedure_code",
    "Lĩnh vực": "field_name",
    "Mã đơn vị": "agency_code",
    "Kênh nộp": "channel",
    "Trạng thái": "status",
    "Thời điểm nộp": "applied_at",
    "Thời điểm tiếp nhận": "received_at",
    "Thời điểm hẹn trả": "due_at",
    "Thời điểm xử lý xong": "finished_at",
    "Thời điểm trả kết quả": "returned_at",
    "Số lần yêu cầu bổ sung": "supplement_request_count",
    "Thời điểm yêu cầu bổ sung": "supplement_requested_at",
    "Thời điểm nhận bổ sung": "supplement_completed_at",
    "Số lần gia hạn": "extension_count",
    "Thời điểm xin lỗi": "apologised_at",
    "Kết quả": "stated_outcome",
    "Số CCCD": "applicant_id_number",
    "Số điện thoại": "applicant_phone",
}
AGENCY_COLUMNS = ["agency_code", "agency_name", "agency_level", "valid_from_date", "valid_to_date"]
AGENCIES = {name: name for name in AGENCY_COLUMNS}
PROCEDURES = {"ma_thu_tuc": "procedure_code", "ten_thu_tuc": "procedure_name", "linh_vuc": "field_name"}
PERSONAL = ("applicant_id_number", "applicant_phone")
OUTCOMES = ["on_time", "late", "open_in_time", "open_late", "not_applicable", "cannot_tell"]
CODE_PATTERN = (
    r"^([0-9]{3}[.][0-9]{2}[.][0-9]{2}[.])?[A-Z][0-9]{2}([.][0-9]{1,4})*-([0-9]{6}|[0-9]{8})-[0-9]{4,7}$"
)


@dlt.transformer
def read_text(files: list[Any], names: dict[str, str]) -> Iterator[pa.Table]:
    """The wanted columns of each file as text, with the file, the row and the day of extraction."""
    options = pa_csv.ConvertOptions(
        include_columns=list(names),
        column_types=dict.fromkeys(names, pa.string()),
        strings_can_be_null=True,
        null_values=[""],
    )
    for file in files:
        with file.open() as stream:
            table = pa_csv.read_csv(stream, convert_options=options).rename_columns(list(names.values()))
        name = Path(file["file_name"]).name
        table = table.append_column("file_name", pa.repeat(name, len(table)))
        table = table.append_column("row_number", pa.array(range(2, len(table) + 2)))
        yield table.append_column("extracted_on", pa.repeat(name.split(".")[0][-10:], len(table)))


def pseudonymised(table: pa.Table) -> pa.Table:
    """Personal numbers as keyed HMACs."""
    for name in PERSONAL:
        words = [
            text and hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()
            for text in table[name].to_pylist()
        ]
        table = table.drop_columns([name]).append_column(f"{name}_key", pa.array(words, pa.string()))
    return table


def load(landing: Path, warehouse: Path, state: Path) -> None:
    """Files → raw tables."""

    def resource(kind: str, glob: str, names: dict[str, str]) -> Any:
        files = filesystem(bucket_url=(landing / kind).resolve().as_uri(), file_glob=glob)
        return (files | read_text(names)).with_name(kind)

    pipeline = dlt.pipeline(
        "one_stop",
        destination=dlt.destinations.duckdb(str(warehouse)),
        dataset_name="raw",
        pipelines_dir=str(state),
    )
    pipeline.run(
        [
            resource("dossiers", "*.csv", DOSSIERS).add_map(pseudonymised),
            resource("agencies", "*.csv.gz", AGENCIES),
            resource("procedures", "*.csv.gz", PROCEDURES),
        ],
        write_disposition="replace",
        loader_file_format="parquet",
    )


def build(warehouse: Path, out: Path) -> None:
    """Raw tables → fact and mart."""
    paths = [
        "--project-dir",
        HERE,
        "--profiles-dir",
        HERE,
        "--target-path",
        out / "dbt",
        "--log-path",
        out / "dbt",
    ]
    environment = os.environ | {"WAREHOUSE": str(warehouse), "REFERENCE": str(REFERENCE)}
    subprocess.run([Path(sys.executable).parent / "dbt", "build", *paths], env=environment, check=True)


def expected_of_facts() -> Iterator[Any]:
    """What is expected of the fact."""

    def rule(rule_id: str, expectation: Callable[..., Any], **words: Any) -> Any:
        return expectation(meta={"rule_id": rule_id}, **words)

    def in_order(rule_id: str, earlier: str, later: str) -> Any:
        pair = {"column_A": later, "column_B": earlier, "or_equal": True}
        words = {**pair, "ignore_row_if": "either_value_is_missing"}
        return rule(rule_id, gxe.ExpectColumnPairValuesAToBeGreaterThanB, **words)

    never, not_null = gxe.ExpectColumnValuesToNotBeInSet, gxe.ExpectColumnValuesToNotBeNull
    accepted, closed = Column("is_accepted") == True, Column("is_closed") == True  # noqa: E712
    beyond = Column("status_code").is_not_in(["registered", "not_received", "withdrawn"])
    done = Column("status_code").is_in(["finished", "returned"])
    outcome = {"column": "outcome_strict", "mostly": 0.98}
    yield rule("open_past_due", never, **outcome, value_set=["open_late"], row_condition=accepted)
    yield rule("closed_past_due", never, **outcome, value_set=["late"], row_condition=closed)
    yield rule("no_due_date", not_null, column="due_at", row_condition=accepted)
    yield rule("no_receipt_date", not_null, column="received_at", row_condition=beyond)
    yield rule("closed_without_end", not_null, column="finished_at", row_condition=done)
    for name in ("agency", "procedure"):
        yield rule(f"no_{name}", never, column=f"{name}_resolution", value_set=["missing"])
        known = Column(f"{name}_resolution") != "missing"
        words = {"column": f"{name}_resolution", "value_set": ["unknown"], "row_condition": known}
        yield rule(f"unknown_{name}", never, **words)
    yield in_order("ends_before_receipt", "received_at", "finished_at")
    yield in_order("due_before_receipt", "received_at", "due_at")
    yield in_order("received_before_application", "applied_at", "received_at")
    yield in_order("received_in_future", "received_at", "observed_at")
    yield in_order("finished_in_future", "finished_at", "observed_at")
    yield rule("dossier_key_present", not_null, column="dossier_key")
    yield rule("dossier_counted_once", gxe.ExpectColumnValuesToBeUnique, column="dossier_key")
    yield rule("strict_outcome_present", not_null, column="outcome_strict")
    known_words = {"column": "outcome_strict", "value_set": OUTCOMES}
    yield rule("strict_outcome_known", gxe.ExpectColumnValuesToBeInSet, **known_words)


def expected_of_rows() -> Iterator[Any]:
    """What is expected of the accepted rows."""
    for name in ("status", "channel"):
        words = {"column": f"{name}_code", "value_set": ["unmapped"]}
        yield gxe.ExpectColumnValuesToNotBeInSet(meta={"rule_id": f"unmapped_{name}"}, **words)
    code = {"meta": {"rule_id": "malformed_dossier_code"}, "column": "dossier_code"}
    yield gxe.ExpectColumnValuesToMatchRegex(regex=CODE_PATTERN, **code)
    meta = {"rule_id": "conflicting_rows"}
    yield gxe.ExpectCompoundColumnsToBeUnique(column_list=["file_name", "dossier_code"], meta=meta)
    yield gxe.ExpectColumnValuesToNotBeNull(column="observed_at", meta={"rule_id": "dossier_rows_dated"})


def expected_of_files() -> Iterator[Any]:
    """What is expected of the ledger of files."""
    pairs = {
        "ledger_reconciled": ("rows_read", "rows_explained"),
        "accepted_rows_modelled": ("rows_accepted", "rows_modelled"),
    }
    for rule_id, (one, other) in pairs.items():
        meta = {"rule_id": rule_id}
        yield gxe.ExpectColumnPairValuesToBeEqual(column_A=one, column_B=other, meta=meta)


def check(warehouse: Path) -> pd.DataFrame:
    """Validate the three tables; one row a rule."""
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_pandas("frames")
    suites = {
        "fct_dossier": expected_of_facts,
        "stg_dossiers": expected_of_rows,
        "ledger": expected_of_files,
    }
    results = []
    for table, expected in suites.items():
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            frame = connection.sql(f"select * from main.{table}").df()
        batches = source.add_dataframe_asset(table).add_batch_definition_whole_dataframe("all")
        suite = context.suites.add(gx.ExpectationSuite(table, expectations=list(expected())))
        validation = gx.ValidationDefinition(data=batches, suite=suite, name=table)
        for result in validation.run(batch_parameters={"dataframe": frame}, result_format="BASIC").results:
            rule_id, found = result.expectation_config.meta["rule_id"], result.result
            counts = found["element_count"] - found.get("missing_count", 0), found["unexpected_count"]
            results.append((rule_id, *counts, result.success))
    return pd.DataFrame(results, columns=["rule_id", "checked_count", "failing_count", "passed"])


def main(landing: Path, out: Path) -> None:
    """Load, build, check, write."""
    out.mkdir(parents=True, exist_ok=True)
    warehouse = out / "warehouse.duckdb"
    load(landing, warehouse, out / "dlt")
    build(warehouse, out)
    results = check(warehouse)
    results.to_parquet(out / "checks.parquet", index=False)
    print(results.to_string(index=False))
    critical = [
        "dossier_key_present",
        "dossier_counted_once",
        "strict_outcome_present",
        "strict_outcome_known",
    ]
    if not results.loc[results["rule_id"].isin(critical), "passed"].all():
        raise SystemExit("a critical check failed")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
