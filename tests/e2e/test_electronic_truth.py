"""What portals tell of paying and digitising is concluded as the generator's truth says, to the last row."""

from pathlib import Path

import duckdb
import polars as pl
import pytest

NATIONAL = "nghean_national_sync"
COMPARED = {
    "national_dossiers": f"core.fct_procedure_timeliness where source_system = '{NATIONAL}'",
    "payments": "core.fct_payment",
    "supplement_requests": "core.fct_supplement_request",
    "digitisation": "core.fct_dossier_digitisation",
    "digitisation_statistics": "core.fct_digitisation_statistic",
    "electronic_files": "(select l.*, 0 as rows_not_records_expected from ops.ingestion_ledger as l)",
}
# as delivered in the truth; what the fact makes of it is looked at on its own
NOT_COMPARED = {
    "national_dossiers": ["agency_name", "procedure_code"],
    "electronic_files": ["rows_not_records"],
}


def differing(found: pl.DataFrame, expected: pl.DataFrame) -> tuple[int, int]:
    """Rows only one of the two has, however often."""
    one, other = (frame.group_by(pl.all()).len() for frame in (found, expected.cast(pl.Schema(found.schema))))
    keys = one.columns
    return tuple(  # type: ignore[return-value]
        a.join(b, on=keys, how="anti", nulls_equal=True).height for a, b in ((one, other), (other, one))
    )


@pytest.mark.parametrize("name", COMPARED)
def test_every_row_is_concluded_as_the_truth_says(
    name: str, warehouse: duckdb.DuckDBPyConnection, truth: Path
) -> None:
    expected = pl.read_parquet(truth / f"{name}.parquet").drop(NOT_COMPARED.get(name, []))
    found = warehouse.sql(f"select {', '.join(expected.columns)} from {COMPARED[name]}").pl()
    if name == "electronic_files":
        found = found.join(expected, on=["file_name", "kind"], how="semi")
    assert found.height == expected.height > 15
    assert differing(found, expected) == (0, 0)


def test_every_part_of_a_payload_reconciles_by_itself(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    parts = warehouse.execute(
        "select file_sha256, count(*), count(distinct kind), "
        "bool_and(rows_read = rows_accepted + rows_quarantined + rows_repeated), min(rows_repeated), "
        "min(unknown_columns) from ops.ingestion_ledger where source_system = ? group by all",
        [NATIONAL],
    ).fetchall()
    assert len(parts) == 3
    for _, entries, kinds, is_reconciled, _, unknown in parts:
        assert (entries, kinds, is_reconciled, unknown) == (4, 4, True, "[]")


def test_what_is_set_aside_is_what_the_truth_says(warehouse: duckdb.DuckDBPyConnection, truth: Path) -> None:
    expected = pl.read_parquet(truth / "electronic_quarantine.parquet")
    found = warehouse.sql(f"select {', '.join(expected.columns)} from ops.quarantined_rows").pl()
    found = found.join(expected, on=["file_name", "kind"], how="semi")
    assert differing(found, expected) == (0, 0)
    assert set(expected["reason_code"]) == {"bad_number", "missing_key"}


def test_published_figures_find_their_agency(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = warehouse.sql(
        "select agency_resolution, agency_name like 'Đơn vị thử nghiệm%', count(*) > 100 "
        "from core.fct_digitisation_statistic group by all order by all"
    ).fetchall()
    assert found == [("name", False, True), ("unknown", True, False)]


def test_words_nobody_knows_are_counted(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = warehouse.sql(
        "select kind, column_name, delivered_word, row_count from ops.unmapped_value "
        "where source_system like 'nghean_national%' or kind = 'payments' order by all"
    ).fetchall()
    words = {(kind, column): (word, count) for kind, column, word, count in found}
    assert words["digitisation", "subject_type_code"] == ("Hợp tác xã", 3)
    assert words["dossiers", "channel_code"] == ("9", 3)
    assert words["dossiers", "status_code"] == ("77", 3)
    assert words["payments", "payment_status_code"][0] == "Đang đối soát"


def test_the_marts_count_what_the_truth_adds_up_to(warehouse: duckdb.DuckDBPyConnection, truth: Path) -> None:
    month = pl.col("received_at").dt.truncate("1mo").dt.date().alias("received_month_date")
    dossiers = pl.read_parquet(truth / "national_dossiers.parquet").filter(
        pl.col("received_at").is_not_null()
    )
    in_force = ~pl.col("collection_code").is_in(["exempt"]) & (pl.col("total_vnd") > 0)
    fees = (
        pl.read_parquet(truth / "payments.parquet")
        .filter((pl.col("source_system") == NATIONAL) & in_force)
        .group_by("dossier_code")
        .agg(
            fee_vnd=pl.col("total_vnd").sum(),
            is_paid_online=(pl.col("payment_status_code") == "paid").fill_null(value=False).any(),
        )
    )
    papers = pl.read_parquet(truth / "digitisation.parquet")
    whole = dossiers.join(fees, on="dossier_code", how="left").join(papers, on="dossier_code", how="left")
    by_procedure = (
        whole.group_by(month, "procedure_code")
        .agg(
            dossier_count=pl.len(),
            channel_known_dossier_count=(pl.col("channel_code") != "unmapped").sum(),
            online_dossier_count=(pl.col("channel_code") == "online").sum(),
            obligation_dossier_count=pl.col("fee_vnd").count(),
            online_paid_dossier_count=pl.col("is_paid_online").fill_null(value=False).sum(),
            fee_total_vnd=pl.col("fee_vnd").sum(),
            component_count=pl.col("component_count").sum(),
            digitised_component_count=pl.col("digitised_component_count").sum(),
            electronic_result_count=pl.col("electronic_result_count").sum(),
            result_count=pl.col("result_count").sum(),
        )
        .sort("received_month_date", "procedure_code")
    )
    expected = by_procedure.drop("procedure_code").group_by("received_month_date").sum()
    expected = expected.sort("received_month_date")
    sums = ", ".join(f"sum({name}) as {name}" for name in expected.columns[1:])
    found = warehouse.sql(
        f"select received_month_date, procedure_code, {sums} from marts.mart_procedure_month_online "
        f"where source_system = '{NATIONAL}' group by all order by all"
    ).pl()
    found = found.with_columns(pl.col("fee_total_vnd").fill_null(0))
    assert found.cast(pl.Schema(by_procedure.schema)).rows() == by_procedure.rows()
    assert by_procedure.height > 100
    for mart in ("mart_agency_month_online", "mart_agency_month_online_as_is"):
        found = warehouse.sql(
            f"select received_month_date, {sums} from marts.{mart} "
            f"where source_system = '{NATIONAL}' group by received_month_date order by received_month_date"
        ).pl()
        assert found.cast(pl.Schema(expected.schema)).rows() == expected.rows()
    assert expected["online_paid_dossier_count"].sum() > 30
