"""A late list between two monthly lists, from the files to the history of the dossier."""

from pathlib import Path

import pytest

from pipelines.ingestion.ingest import Ingestion
from pipelines.settings import Settings
from tests.dbt_helpers import dbt_build, dicts, settings_in
from tests.deliveries import tandan_html
from tests.portal_exports import Cell, at, page

LATE_TITLES = [
    "STT", "Mã hồ sơ", "Ngày tiếp nhận", "Ngày hẹn trả", "Ngày có kết quả", "Đơn vị giải quyết", "Ghi chú",
]  # fmt: skip
KNOWN, ALONE = "H41.9-260105-0001", "H41.9-260105-0002"


def listed(status: str, end: str) -> list[str]:
    """A row of the monthly list about the known dossier."""
    moments = ["05/01/2026 09:15:00", "12/01/2026 16:30:00", end]
    return ["1", "UBND xã A", "Chứng thực", KNOWN, status, "", "", "", "05/01/2026 08:00:00", *moments]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """January's list, a late list of the week after, February's list; delivered in another order."""
    settings = settings_in(Path(tmp_path_factory.mktemp("partial")))
    landing = settings.landing / "dossiers"
    landing.mkdir(parents=True)
    tandan_html(landing / "Danh sách 1_3_2026 0_30.xls", [listed("Đã trả kết quả", "14/01/2026 10:00:00")])
    page(
        landing / "Phụ lục I 9_2_2026 7_30.xls",
        [[Cell("PHỤ LỤC I", 7)]],
        [LATE_TITLES],
        [
            [Cell("UBND huyện B", 7)],
            ["1", KNOWN, "05/01/2026", "12/01/2026", "14/01/2026", "Phòng Kinh tế", ""],
            ["2", ALONE, "05/01/2026", "13/01/2026", "15/01/2026", "Phòng Kinh tế", ""],
        ],
    )
    tandan_html(landing / "Danh sách 1_2_2026 0_30.xls", [listed("Đang xử lý", "")])
    assert {o.entry.status for o in Ingestion.of(settings).run()} == {"accepted"}
    chosen = ("--select", "+int_dossier_states", "--indirect-selection", "cautious")
    dbt_build(settings, *chosen, "--exclude-resource-type", "unit_test")
    return settings


def states(settings: Settings, dossier_code: str) -> list[dict[str, object]]:
    columns = (
        "version_number", "status_code", "agency_name", "delivered_procedure_name", "applied_at",
        "received_at",
        "due_at", "has_due_time", "finished_at", "has_finished_time", "due_change_count", "is_listed",
    )  # fmt: skip
    where = f"intermediate.int_dossier_states where dossier_code = '{dossier_code}' order by version_number"
    return dicts(settings, where, columns)


def test_a_late_list_brings_the_end_and_takes_nothing_back(built: Settings) -> None:
    always: dict[str, object] = {
        "agency_name": "UBND xã A", "delivered_procedure_name": "Chứng thực",
        "applied_at": at("2026-01-05", "08:00:00"), "received_at": at("2026-01-05", "09:15:00"),
        "due_at": at("2026-01-12", "16:30:00"), "has_due_time": True, "due_change_count": 0,
        "is_listed": True,
    }  # fmt: skip
    versions: list[dict[str, object]] = [
        {"status_code": "processing", "finished_at": None, "has_finished_time": None},
        {"status_code": "processing", "finished_at": at("2026-01-14"), "has_finished_time": False},
        {"status_code": "returned", "finished_at": at("2026-01-14", "10:00:00"), "has_finished_time": True},
    ]
    assert states(built, KNOWN) == [
        always | version | {"version_number": number} for number, version in enumerate(versions, start=1)
    ]


def test_a_dossier_that_only_a_late_list_names_is_there(built: Settings) -> None:
    [state] = states(built, ALONE)
    assert state == {
        "version_number": 1, "status_code": None, "agency_name": "Phòng Kinh tế",
        "delivered_procedure_name": None,
        "applied_at": None, "received_at": at("2026-01-05"), "due_at": at("2026-01-13"),
        "has_due_time": False,
        "finished_at": at("2026-01-15"), "has_finished_time": False, "due_change_count": 0, "is_listed": True,
    }  # fmt: skip
