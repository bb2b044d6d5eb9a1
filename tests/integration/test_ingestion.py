"""The promises of ingestion: reconciled, idempotent, order-free, and no file stops another."""

import itertools
import json
import os
import random
import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from pipelines.ingestion import digests, ingest
from pipelines.ingestion.delivered import Delivered
from pipelines.ingestion.ingest import Ingestion, LandingMissing
from pipelines.ingestion.lake import Lake
from pipelines.settings import Settings
from tests.deliveries import boston_csv, land_csv, tandan_html

BOSTON_OLD_NAMES = """\
source: boston_old
kind: dossiers
title: Boston 311, the column names of before 2015
system: {code: boston_old, name: Boston 311 before 2015, time_zone: America/New_York}
recognise: {headers: [CASE_ENQUIRY_ID, OPEN_DT, TARGET_DT, CLOSED_DT]}
observed_at: {latest_of: [received_at, finished_at]}
columns:
  dossier_code: CASE_ENQUIRY_ID
  received_at: OPEN_DT
  due_at: TARGET_DT
  finished_at: CLOSED_DT
  status_code: CASE_STATUS
dates: ['%m/%d/%Y %I:%M:%S %p']
values:
  status_code: {Open: processing, Closed: finished}
"""


def rows_of(settings: Settings, kind: str = "dossiers") -> pl.DataFrame:
    return pl.read_parquet(settings.lake / kind / "*.parquet").sort("file_sha256", "row_number")


def table(settings: Settings, name: str) -> pl.DataFrame:
    return pl.read_parquet(settings.lake / name / "*.parquet")


def test_every_row_ends_in_exactly_one_place(settings: Settings, ingestion: Ingestion) -> None:
    said = ["UBND xã A", "Chứng thực"]
    promised = ["02/01/2025 08:00:00", "06/01/2025 17:00:00", ""]
    rows = [
        ["1", *said, "H41.1-250101-0001", "Đang xử lý", *[""] * 4, *promised],
        ["2", *said, "", "Đang xử lý", *[""] * 4, *promised],
        ["3", *said, "H41.1-250101-0003", "Đang xử lý", *[""] * 4, "32/01/2025", "x", ""],
        ["4", *said, "H41.1-250101-0001", "Đang xử lý", *[""] * 4, *promised],
    ]
    tandan_html(settings.landing / "dossiers" / "Danh sách 1_2_2025 0_30.xls", rows, group="UBND huyện B")
    [outcome] = ingestion.run()
    entry = outcome.entry
    assert (entry.rows_read, entry.rows_accepted, entry.rows_quarantined, entry.rows_repeated) == (4, 1, 2, 1)
    assert entry.rows_not_records == sum(json.loads(entry.not_records_detail).values())
    assert entry.rows_not_records >= 4
    reasons = table(settings, "_quarantine").sort("row_number", "column_name")
    assert reasons.select("column_name", "reason_code").rows() == [
        ("dossier_code", "missing_key"),
        ("due_at", "bad_timestamp"),
        ("received_at", "bad_timestamp"),
    ]
    [row] = rows_of(settings).to_dicts()
    assert (row["parent_agency_name"], row["status_code"]) == ("UBND huyện B", "processing")
    assert str(row["observed_at"]) == "2025-02-01 00:30:00"


def test_the_same_bytes_delivered_again_change_nothing(settings: Settings, ingestion: Ingestion) -> None:
    boston_csv(settings.landing / "dossiers" / "a.csv", 5)
    ingestion.run()
    before = {
        p: (p.stat().st_mtime_ns, p.read_bytes())
        for p in settings.lake.rglob("*.parquet")
        if not p.name.startswith("_")
    }
    shutil.copy(settings.landing / "dossiers" / "a.csv", settings.landing / "dossiers" / "again.csv")
    outcomes = ingestion.run()
    assert [o.is_new for o in outcomes] == [False, False]
    assert ingestion.pending() == []
    after = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in before}
    assert after.keys() == before.keys()
    assert {p: content for p, (_, content) in after.items()} == {
        p: content for p, (_, content) in before.items()
    }
    assert rows_of(settings).height == 5


def test_the_lake_does_not_depend_on_the_order_of_delivery(settings: Settings, tmp_path: Path) -> None:
    made = tmp_path / "made"
    made.mkdir()
    for number in range(3):
        boston_csv(made / f"{number}.csv", 3, first=10 * number)
    lakes = []
    for order in itertools.permutations(sorted(made.iterdir())):
        one = Ingestion.of(settings)
        lake = Ingestion(
            one.catalogue,
            Delivered(one.catalogue, settings.landing),
            Lake(tmp_path / f"lake{len(lakes)}"),
            one.pseudonymiser,
        )
        for path in (settings.landing / "dossiers").iterdir():
            path.unlink()
        for path in order:
            shutil.copy(path, settings.landing / "dossiers")
            lake.run()
        frame = pl.read_parquet(lake.lake.root / "dossiers" / "*.parquet")
        lakes.append(frame.sort("file_sha256", "row_number"))
    assert all(frame.equals(lakes[0]) for frame in lakes)


@pytest.mark.parametrize("seed", range(5))
def test_a_crash_between_any_two_steps_leaves_a_lake_that_the_next_run_completes(
    settings: Settings, ingestion: Ingestion, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    boston_csv(settings.landing / "dossiers" / "a.csv", 4)
    land_csv(settings.landing / "dossiers" / "b 2025-02-01.csv", ["05/01/2025", "31/02/2025"])
    ingestion.lake.prepare(ingestion.catalogue)
    count = itertools.count()
    replace = Path.replace

    def crashing(self: Path, target: Path) -> Path:
        if next(count) == seed:
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", crashing)
    with pytest.raises(KeyboardInterrupt):
        ingestion.run()
    monkeypatch.undo()
    delivered = Delivered(ingestion.catalogue, settings.landing)
    outcomes = Ingestion(ingestion.catalogue, delivered, ingestion.lake, ingestion.pseudonymiser).run()
    assert {o.entry.status for o in outcomes} == {"accepted"}
    assert rows_of(settings).height == 5
    ledger = table(settings, "_ledger")
    assert (
        ledger["rows_read"] == ledger["rows_accepted"] + ledger["rows_quarantined"] + ledger["rows_repeated"]
    ).all()
    assert not list(settings.lake.rglob("*.part"))


def test_a_new_source_needs_one_yaml_and_no_python(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = ["CASE_ENQUIRY_ID,OPEN_DT,TARGET_DT,CLOSED_DT,CASE_STATUS,NAME"]
    lines += ["101000295613,07/01/2011 01:32:33 AM,07/03/2011 03:30:00 AM,07/02/2011 11:14:40 PM,Closed,x"]
    (settings.landing / "dossiers" / "old.csv").write_text("\n".join(lines) + "\n")
    [refused] = Ingestion.of(settings).run()
    assert refused.entry.reason_code == "unknown_source"
    assert "boston311_animal" in (refused.entry.remedy or "") or "nearest" in (refused.entry.remedy or "")
    extra = tmp_path / "contracts"
    (extra / "sources").mkdir(parents=True)
    (extra / "sources" / "boston_old.yaml").write_text(BOSTON_OLD_NAMES)
    monkeypatch.setenv("DUNGHEN_CONTRACTS", str(extra))
    [accepted] = Ingestion.of(Settings.load()).run()
    assert (accepted.entry.source_id, accepted.entry.rows_accepted) == ("boston_old", 1)
    assert json.loads(accepted.entry.unknown_columns) == ["NAME"]
    [row] = rows_of(settings).to_dicts()
    assert str(row["received_at"]) == "2011-07-01 01:32:33"
    assert str(row["finished_at"]) == "2011-07-02 23:14:40"


def test_a_changed_contract_or_key_reads_the_file_again(
    settings: Settings, ingestion: Ingestion, monkeypatch: pytest.MonkeyPatch
) -> None:
    land_csv(settings.landing / "dossiers" / "b 2025-02-01.csv", ["05/01/2025"])
    ingestion.run()
    first = rows_of(settings)["applicant_phone_key"].to_list()
    monkeypatch.setenv("DUNGHEN_PSEUDONYM_KEY", "another key, long enough")
    again = Ingestion.of(settings)
    assert len(again.pending()) == 1
    again.run()
    assert rows_of(settings)["applicant_phone_key"].to_list() != first
    monkeypatch.setattr(ingest, "INGESTION_VERSION", ingest.INGESTION_VERSION + 1)
    assert len(again.pending()) == 1


def test_a_refused_file_that_is_taken_away_is_forgotten_and_an_accepted_one_is_not(
    settings: Settings, ingestion: Ingestion
) -> None:
    good, bad = settings.landing / "dossiers" / "a.csv", settings.landing / "dossiers" / "b.csv"
    boston_csv(good, 2)
    bad.write_text("a,b\n1,2\n")
    assert {o.entry.status for o in ingestion.run()} == {"accepted", "failed"}
    good.unlink()
    bad.unlink()
    ingestion.run()
    assert table(settings, "_ledger")["status"].to_list() == ["accepted"]
    assert rows_of(settings).height == 2


def test_a_file_refused_for_want_of_space_is_tried_again(settings: Settings, ingestion: Ingestion) -> None:
    boston_csv(settings.landing / "dossiers" / "a.csv", 2)
    [outcome] = ingestion.run()
    full = replace(outcome.entry, status="failed", reason_code="no_space", rows_read=0, rows_accepted=0)
    ingestion.lake.commit(full, None, pl.DataFrame())
    assert len(ingestion.pending()) == 1
    assert [o.entry.status for o in ingestion.run()] == ["accepted"]


def test_a_file_still_being_copied_is_left_alone(settings: Settings, ingestion: Ingestion) -> None:
    for name in (".hidden.csv", "a.csv.part", "~$b.xlsx", "README.md"):
        (settings.landing / "dossiers" / name).write_text("half a file")
    assert ingestion.run() == []


def test_a_file_outside_the_folder_of_a_kind_is_refused_with_a_remedy(
    settings: Settings, ingestion: Ingestion
) -> None:
    boston_csv(settings.landing / "stray.csv", 1)
    (settings.landing / "hoso").mkdir()
    boston_csv(settings.landing / "hoso" / "b.csv", 2)
    outcomes = ingestion.run()
    assert [o.entry.reason_code for o in outcomes] == ["unknown_kind", "unknown_kind"]
    assert all("Move the file" in (o.entry.remedy or "") for o in outcomes)


def test_a_missing_landing_folder_says_what_to_do(settings: Settings, ingestion: Ingestion) -> None:
    shutil.rmtree(settings.landing)
    with pytest.raises(LandingMissing, match="dunghen deliver-sample"):
        ingestion.run()


def test_pseudonyms_do_not_leave_the_number_readable(settings: Settings, ingestion: Ingestion) -> None:
    land_csv(
        settings.landing / "dossiers" / "b 2025-02-01.csv",
        ["05/01/2025"],
        phone="0900123456",
        citizen="040099123456",
    )
    ingestion.run()
    for path in settings.lake.rglob("*.parquet"):
        text = json.dumps(pl.read_parquet(path).select(pl.col(pl.String)).rows())
        assert "0900123456" not in text
        assert "040099123456" not in text
        assert "Nguyễn Văn Mẫu" not in text


def test_random_tables_reconcile(settings: Settings, ingestion: Ingestion) -> None:
    chance = random.Random(11)
    for number in range(8):
        dates = [chance.choice(["05/01/2025", "31/02/2025", "", "05/01/2022", "x"]) for _ in range(20)]
        land_csv(
            settings.landing / "dossiers" / f"{number} 2025-02-01.csv", dates, repeat=chance.randrange(3)
        )
    for outcome in ingestion.run():
        entry = outcome.entry
        assert entry.rows_read == entry.rows_accepted + entry.rows_quarantined + entry.rows_repeated
    assert table(settings, "_ledger")["rows_accepted"].sum() == rows_of(settings).height


def settled(path: Path) -> None:
    """Make a file's last change an old one."""
    os.utime(path, ns=(10**18, 10**18))


def test_a_file_nobody_touched_is_not_read_again(
    settings: Settings, ingestion: Ingestion, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [settings.landing / "dossiers" / name for name in ("a.csv", "b.csv")]
    for number, path in enumerate(paths):
        boston_csv(path, 2, first=10 * number)
        settled(path)
    ingestion.run()
    read: list[str] = []
    digest = digests.digest
    monkeypatch.setattr(digests, "digest", lambda path: read.append(path.name) or digest(path))
    assert ingestion.pending() == []
    assert [outcome.is_new for outcome in ingestion.run()] == [False, False]
    assert read == []
    boston_csv(paths[1], 3, first=20)
    assert ingestion.pending() == [paths[1]]
    assert read == ["b.csv"]
    ingestion.run()
    assert rows_of(settings).height == 7


@pytest.mark.parametrize("what", ["size", "time", "inode"])
def test_a_file_of_which_anything_changed_is_read_again(
    settings: Settings, ingestion: Ingestion, what: str
) -> None:
    path = settings.landing / "dossiers" / "a.csv"
    boston_csv(path, 2)
    settled(path)
    ingestion.run()
    content = path.read_bytes().replace(b"101000000001", b"101000000009")
    if what == "inode":
        other = path.with_name("other.part")
        other.write_bytes(content)
        other.replace(path)
    else:
        path.write_bytes(content + b"\n" * (what == "size"))
    if what != "time":
        settled(path)
    assert ingestion.pending() == [path]


def test_a_file_changed_a_moment_ago_is_not_remembered(settings: Settings, ingestion: Ingestion) -> None:
    path = settings.landing / "dossiers" / "a.csv"
    boston_csv(path, 2)
    ingestion.run()
    moment = path.stat()
    path.write_bytes(path.read_bytes().replace(b"101000000001", b"101000000009"))
    os.utime(path, ns=(moment.st_atime_ns, moment.st_mtime_ns))
    assert ingestion.pending() == [path]


@pytest.mark.parametrize("damage", [None, "", "[1]", '{"dossiers/a.csv": [1]}', '{"dossiers/a.csv": 1}'])
def test_the_memory_of_digests_may_be_lost_or_damaged(
    settings: Settings, ingestion: Ingestion, damage: str | None
) -> None:
    path = settings.landing / "dossiers" / "a.csv"
    boston_csv(path, 2)
    settled(path)
    ingestion.run()
    memory = settings.lake / digests.FILE
    kept = memory.read_text()
    if damage is None:
        memory.unlink()
    else:
        memory.write_text(damage)
    assert ingestion.pending() == []
    assert memory.read_text() == kept
    path.unlink()
    ingestion.run()
    assert json.loads(memory.read_text()) == {}


def test_preparing_a_lake_writes_only_what_differs(settings: Settings, ingestion: Ingestion) -> None:
    ingestion.lake.prepare(ingestion.catalogue)
    tables = sorted(settings.lake.rglob("*.parquet"))
    for path in tables:
        settled(path)
    pl.DataFrame({"old": [1]}).write_parquet(tables[0])
    tables[1].write_bytes(b"cut")
    ingestion.lake.prepare(ingestion.catalogue)
    assert [path for path in tables if path.stat().st_mtime_ns != 10**18] == tables[:2]
    assert pl.read_parquet(tables[0]).is_empty()
