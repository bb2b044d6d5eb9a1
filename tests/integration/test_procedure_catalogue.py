"""The mistakes of the real procedure catalogue, as it ships: all found, none repaired."""

import shutil
from pathlib import Path

import pytest

from pipelines.ingestion.ingest import Ingestion
from pipelines.settings import PROJECT_ROOT, Settings
from tests.dbt_helpers import dbt_build, query, settings_in

SHIPPED = PROJECT_ROOT / "data" / "sample" / "landing"
KINDS = ("procedures", "procedure_limits")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A warehouse of the two real files alone."""
    settings = settings_in(Path(tmp_path_factory.mktemp("catalogue")))
    for kind in KINDS:
        shutil.copytree(SHIPPED / kind, settings.landing / kind)
    assert {o.entry.status for o in Ingestion.of(settings).run()} == {"accepted"}
    chosen = ("--select", "+mart_procedure_catalogue_issue", "--indirect-selection", "cautious")
    dbt_build(settings, *chosen, "--exclude-resource-type", "unit_test")
    return settings


def test_every_issue_is_counted(built: Settings) -> None:
    found = query(
        built,
        "select issue_code, count(*), sum(affected_line_count) from marts.mart_procedure_catalogue_issue "
        "group by issue_code order by issue_code",
    )
    assert found == [
        ("fee_too_small", 96, 185),
        ("limit_digits_ambiguous", 55, 104),
        ("limit_unit_unknown", 1, 2),
        ("limit_without_unit", 313, 757),
        ("no_limit", 163, None),
        ("several_limits", 230, None),
    ]


def test_fees_are_kept_as_printed(built: Settings) -> None:
    fees = query(
        built,
        "select distinct fee_label, stated_fee_vnd from core.dim_procedure_method "
        "where procedure_code in ('3.000349', '1.003358') and fee_label like '1_5 %' order by 1",
    )
    # the second procedure's page says both: what is 145 is a dollar fee under the wrong name
    assert fees == [
        ("135 VNĐ", 135),
        ("145 USD", None),
        ("145 VNĐ", 145),
        ("155 USD", None),
        ("155 VNĐ", 155),
        ("165 USD", None),
        ("165 VNĐ", 165),
    ]


def test_every_line_has_one_reading_of_its_fee(built: Settings) -> None:
    readings = dict(
        query(built, "select fee_reading, count(*) from core.dim_procedure_method group by fee_reading")
    )
    assert readings == {
        "free": 5003,
        "amount": 1283,
        "not_stated": 1164,
        "foreign": 47,
        "several": 21,
        "words": 21,
    }
    assert sum(readings.values()) == 7539


def test_a_limit_without_a_unit_gives_no_limit(built: Settings) -> None:
    known = query(
        built,
        "select count(*) from intermediate.int_procedure_limits as limits "
        "inner join marts.mart_procedure_catalogue_issue as issues "
        "on issues.procedure_code = limits.procedure_code and issues.issue_code = 'limit_without_unit' "
        "where issues.affected_line_count = issues.line_count and limits.limit_source = 'channel' "
        "and limits.limit_status = 'known'",
    )
    assert known == [(0,)]
