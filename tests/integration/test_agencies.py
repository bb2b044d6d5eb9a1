"""Agencies through time on the real lists: Nghệ An's 460 → 412 → 130 communes and the national table.

Here: the way from delivered files to marts, judged by the lists themselves and not by the models.
Not here: single rules; their dbt unit tests are `_unit_tests_agencies.yml`, `_unit_tests_lookups.yml`.
"""

from __future__ import annotations

from collections import Counter, defaultdict

import duckdb
import pytest

from pipelines.ingestion.ingest import Ingestion
from pipelines.ingestion.lake import LedgerEntry
from pipelines.settings import Settings
from pipelines.text import agency_key, nfc, squeeze
from pipelines.warehouse.connect import open_warehouse
from tests.agency_portals import (
    NATIONAL_TABLE,
    REGISTER,
    Dossier,
    borne_again,
    deliver,
    deliver_dossiers,
    describe_portal,
    reference,
    rows_of,
)
from tests.dbt_helpers import dbt, dbt_build, failures, query, settings_in

DAYS = ("2024-11-30", "2025-06-30", "2025-07-01")
DIVIDED, DIVIDED_INTO, WHOLE, WHOLE_INTO = "00016", "00008", "00013", "00004"
QUIETLY = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
COMPARED = ("mart_agency_month_as_is,test_name:sums_equal", "mart_district_month,test_name:sums_equal")
MODELS = (
    "fct_procedure_timeliness",
    "mart_agency_month_as_is",
    "mart_district_month",
    "mart_agency_unresolved",
)


def communes() -> tuple[list[tuple[str, str, str]], ...]:
    """Code, name and parent of every commune on each of the three days, from the lists."""
    before = reference("communes_460_before_2024-12-01")
    between = reference("communes_412_2024-12-01_to_2025-06-30")
    today = reference("communes_130")
    old = [
        [(r["commune_code"], r["commune_full_name"], r["district_name"]) for r in rows]
        for rows in (before, between)
    ]
    return old[0], old[1], [(r["commune_code"], r["commune"], "Tỉnh Nghệ An") for r in today]


def targets() -> dict[tuple[str, str], str]:
    """Day and code → the commune of today, from the lists."""
    chain = reference("chain_460_to_412_to_130")
    found = {(DAYS[0], r["code_before_2024-12-01"]): r["code_from_2025-07-01"] for r in chain}
    found |= {(DAYS[1], r["code_2024-12-01_to_2025-06-30"]): r["code_from_2025-07-01"] for r in chain}
    return found | {(DAYS[2], code): code for code, _, _ in communes()[2]}


def dossiers_of_nghe_an() -> list[Dossier]:
    """For each day and commune one dossier by code, one by name and parent, and one by name alone."""
    made = []
    for day, listed in zip(DAYS, communes(), strict=True):
        for code, name, parent in listed:
            made.append(Dossier(f"{day} code {code}", day, agency_code=code))
            made.append(Dossier(f"{day} parent {code}", day, agency=f"UBND {name}", parent=f"UBND {parent}"))
            made.append(Dossier(f"{day} name {code}", day, agency=f"UBND {name}"))
    return made


DOSSIERS_ELSEWHERE = [
    *(Dossier(f"divided {n}", "2025-06-30", agency_code=DIVIDED) for n in range(3)),
    Dossier("whole", "2025-06-30", agency_code=WHOLE),
    Dossier("new", "2025-07-01", agency_code=WHOLE_INTO),
    Dossier("too early to know", "2024-06-30", agency_code=WHOLE),
]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("agencies")
    usual = settings_in(folder / "data")
    contracts = folder / "contracts"
    describe_portal(contracts, "nghe_an_portal", "nghe_an")
    describe_portal(contracts, "ha_noi_portal", "vn_communes")
    settings = Settings(root=usual.root, data=usual.data, contracts=(*usual.contracts, contracts))
    deliver(settings.landing, "agencies", REGISTER)
    deliver(settings.landing, "agency_successions", NATIONAL_TABLE)
    deliver_dossiers(settings.landing, "nghe_an_portal", dossiers_of_nghe_an())
    deliver_dossiers(settings.landing, "ha_noi_portal", DOSSIERS_ELSEWHERE)
    outcomes = Ingestion.of(settings).run()
    assert {outcome.entry.status for outcome in outcomes} == {"accepted"}
    dbt_build(
        settings,
        "--select",
        *(f"+{model}" for model in MODELS),
        *QUIETLY,
    )
    return settings


def ledger(settings: Settings, kind: str) -> LedgerEntry:
    (entry,) = [e for e in Ingestion.of(settings).lake.entries().values() if e.kind == kind]
    return entry


def test_the_national_table_is_accepted_whole_but_for_six_rows_without_an_old_code(built: Settings) -> None:
    entry = ledger(built, "agency_successions")
    counts = entry.rows_read, entry.rows_accepted, entry.rows_quarantined, entry.rows_repeated
    assert counts == (10_571, 10_565, 6, 0)
    lake = built.lake / "_quarantine" / "*.parquet"
    with duckdb.connect() as con:
        reasons = con.execute(
            f"select distinct column_name, reason_code from read_parquet('{lake}', union_by_name = true)"
        ).fetchall()
    assert reasons == [("agency_code", "missing_key")]


def test_every_spelling_of_a_note_is_known_and_text_is_clean(built: Settings) -> None:
    given = [row for row in rows_of(NATIONAL_TABLE) if row["old_commune_code"]]
    kinds = {
        "whole": "whole",
        "part": "part",
        "unchanged": "unchanged",
        "rename_or_type": "renamed",
        "other": "whole",
    }
    said = query(built, "select succession_code, count(*) from staging.stg_agency_successions group by 1")
    assert dict(said) == Counter(kinds[row["merge_kind"]] for row in given)
    names = query(built, "select agency_name, successor_agency_name from staging.stg_agency_successions")
    unclean = [name for pair in names for name in pair if name != nfc(name) or chr(10) in name]
    assert unclean == []
    keys = query(
        built, "select agency_name_key, successor_agency_name_key from staging.stg_agency_successions"
    )
    assert [key for pair in keys for key in pair if key != nfc(squeeze(key))] == []


def test_only_a_whole_is_followed_in_the_national_table(built: Settings) -> None:
    given: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in rows_of(NATIONAL_TABLE):
        if row["old_commune_code"]:
            given[row["old_commune_code"]].append((row["new_commune_code"], row["merge_kind"]))
    expected = {
        code: rows[0][0] if len(rows) == 1 and rows[0][1] != "part" else None for code, rows in given.items()
    }
    found = query(
        built,
        "select agency_code, as_is_agency_code, as_is_status, as_is_agency_key from core.dim_agency "
        "where agency_register = 'vn_communes' and valid_to_date = date '2025-07-01'",
    )
    assert {code: target for code, target, _, _ in found} == expected
    statuses = {code: (status, key) for code, _, status, key in found}
    for code, target in expected.items():
        known = ("merged", f"vn_communes:{target}@2025-07-01")
        assert statuses[code] == (known if target else ("split_unresolved", "vn_communes:split"))
    assert Counter(status for status, _ in statuses.values())["split_unresolved"] == 441 + 1


def test_each_of_the_460_communes_ends_at_the_right_one_of_130(built: Settings) -> None:
    found = query(
        built,
        "select f.dossier_code, f.agency_resolution, a.as_is_agency_code, a.agency_level "
        "from core.fct_procedure_timeliness as f inner join core.dim_agency as a using (agency_key) "
        "where f.source_system = 'nghe_an_portal' and f.dossier_code like '% code %'",
    )
    reached = {tuple(dossier.split(" code ")): rest for dossier, *rest in found}
    assert len(reached) == 460 + 412 + 130
    assert reached == {key: ["code", target, "commune"] for key, target in targets().items()}


def test_a_name_means_whoever_bore_it_that_day_and_is_never_joined_over_a_reorganisation(
    built: Settings,
) -> None:
    listed = [[(code, name) for code, name, _ in day] for day in communes()]
    again = [borne_again(listed[0], listed[1]), borne_again(listed[1], listed[2])]
    assert [len(names) for names in again] == [6, 9]
    assert "Xã Nghĩa Mai" in again[1]
    found = dict(
        query(
            built,
            "select dossier_code, case when agency_key not like '%:unmapped' then agency_code end "
            "from core.fct_procedure_timeliness where source_system = 'nghe_an_portal'",
        )
    )
    checked = 0
    for day, pairs in zip(DAYS, listed, strict=True):
        bearers = Counter(name for _, name in pairs)
        for code, name in pairs:
            assert found[f"{day} parent {code}"] == code, name
            assert found[f"{day} name {code}"] == (code if bearers[name] == 1 else None), name
            checked += name in again[0] | again[1]
    assert checked >= 2 * (6 + 9)
    homonyms = [sum(n > 1 for n in Counter(name for _, name in pairs).values()) for pairs in listed]
    assert homonyms[1:] == [10, 0]


def test_a_code_is_one_span_on_any_day_and_keys_say_both(built: Settings) -> None:
    clashes = query(
        built,
        "select a.agency_key, b.agency_key from core.dim_agency as a inner join core.dim_agency as b "
        "on a.agency_register = b.agency_register and a.agency_code = b.agency_code "
        "and a.agency_key < b.agency_key "
        "and a.valid_from_date < coalesce(b.valid_to_date, date '9999-01-01') "
        "and b.valid_from_date < coalesce(a.valid_to_date, date '9999-01-01')",
    )
    assert clashes == []
    odd = query(
        built,
        "select agency_key from core.dim_agency where agency_register is not null "
        "and agency_code <> 'unmapped' "
        "and agency_key <> agency_register || ':' || agency_code || '@' || valid_from_date",
    )
    assert odd == []
    reused = query(
        built,
        "select count(*) from (select agency_code from core.dim_agency where agency_register = 'nghe_an' "
        "and agency_level = 'commune' group by agency_code having count(distinct agency_name) > 1)",
    )
    assert reused[0][0] >= 40  # codes that mean another area or name on another day


def test_a_commune_finds_its_district_until_june_2025_and_the_province_since(built: Settings) -> None:
    found = query(
        built,
        "select f.dossier_code, a.parent_agency_code, p.agency_level, p.agency_name "
        "from core.fct_procedure_timeliness as f inner join core.dim_agency as a using (agency_key) "
        "left join core.dim_agency as p on a.parent_agency_key = p.agency_key "
        "where f.source_system = 'nghe_an_portal' and f.dossier_code like '% code %'",
    )
    assert Counter((dossier[:10], level) for dossier, _, level, _ in found) == {
        (DAYS[0], "district"): 460,
        (DAYS[1], "district"): 412,
        (DAYS[2], "province"): 130,
    }
    parents = {tuple(dossier.split(" code ")): name for dossier, _, _, name in found}
    for day, listed in zip(DAYS, communes(), strict=True):
        for code, _, parent in listed:
            assert agency_key(parents[day, code]) == agency_key(parent)
    areas = query(
        built,
        "select area_level, agency_level, cast(sum(dossier_count) as int) from marts.mart_district_month "
        "where definition_id = 'strict' and source_system = 'nghe_an_portal' and agency_level = 'commune' "
        "group by all order by all",
    )
    by_name = sum(n == 1 for day in communes()[:2] for n in Counter(name for _, name, _ in day).values())
    assert areas == [("district", "commune", 2 * (460 + 412) + by_name), ("province", "commune", 3 * 130)]


def test_what_agencies_of_today_count_is_what_agencies_then_counted(built: Settings) -> None:
    result = dbt(built, "test", "--select", *COMPARED)
    assert result.success, failures(result)
    assert sum(node.node.name.startswith("sums_equal") for node in result.result.results) == 2


def test_dossiers_of_a_divided_commune_wait_in_a_row_of_their_own(built: Settings) -> None:
    rows = query(
        built,
        "select as_is_agency_code, as_is_agency_name, no_agency_reason, cast(sum(dossier_count) as int) "
        "from marts.mart_agency_month_as_is where source_system = 'ha_noi_portal' "
        "and definition_id = 'strict' group by all order by 1 nulls last, 3",
    )
    assert rows == [
        (WHOLE_INTO, "Phường Ba Đình", None, 2),
        (None, "Chưa xác định (tách)", "split_unresolved", 3),
        (None, "Chưa xác định được cơ quan", "unknown", 1),
    ]
    asked = query(
        built,
        "select candidate_agency_code, succession_label, dossier_count, candidate_count "
        f"from marts.mart_agency_unresolved where agency_register = 'vn_communes' "
        f"and agency_code = '{DIVIDED}' order by 1",
    )
    given = [row for row in rows_of(NATIONAL_TABLE) if row["old_commune_code"] == DIVIDED]
    assert asked == sorted((row["new_commune_code"], row["note_raw"], 3, len(given)) for row in given)
    assert len(asked) > 1
    nobody_else = query(
        built, "select count(*) from marts.mart_agency_unresolved where agency_register = 'nghe_an'"
    )
    assert nobody_else == [(0,)]


def test_an_answer_is_obeyed_and_a_mistyped_one_is_told(built: Settings) -> None:
    choices = (
        f"('vn_communes', '{DIVIDED}', '{DIVIDED_INTO}', date '2026-11-24', date '2025-07-01', "
        "null, 'confirmed', 'asked'), "
        "('vn_communes', '00019', '99999', date '2026-11-24', date '2025-07-01', "
        "null, 'confirmed', 'mistyped')"
    )
    with open_warehouse(built, read_only=False) as con:
        con.execute(f"insert into reference.agency_successor_choices values {choices}")
    result = dbt(
        built,
        "build",
        "--select",
        "int_agency_successors int_agency_lineage dim_agency mart_agency_month_as_is mart_agency_unresolved "
        "assert_successor_choices_name_a_candidate",
        "--exclude-resource-type",
        "unit_test",
        "--indirect-selection",
        "cautious",
    )
    assert result.success, failures(result)
    assert failures(result) == [
        "assert_successor_choices_name_a_candidate: Got 1 result, configured to warn if != 0"
    ]
    rows = query(
        built,
        "select as_is_agency_code, agency_level, cast(sum(dossier_count) as int) "
        "from marts.mart_agency_month_as_is where source_system = 'ha_noi_portal' "
        "and definition_id = 'strict' group by all order by 1 nulls last",
    )
    assert rows == [(WHOLE_INTO, "commune", 2), (DIVIDED_INTO, "commune", 3), (None, None, 1)]
    statuses = query(
        built,
        "select a.agency_code, a.as_is_status, count(u.agency_key) from core.dim_agency as a "
        "left join marts.mart_agency_unresolved as u using (agency_key) "
        f"where a.agency_register = 'vn_communes' and a.agency_code in ('{DIVIDED}', '00019') "
        "and a.valid_to_date is not null group by all order by all",
    )
    assert statuses[0] == (DIVIDED, "split_decided", 0)
    assert statuses[1][1] == "split_unresolved"
    assert statuses[1][2] > 1
