"""What tests share: an installation in a temporary folder."""

from pathlib import Path

import pytest

from pipelines.ingestion.ingest import Ingestion
from pipelines.settings import Settings

TAN_DAN_HEADER = [
    "STT",
    "Đơn vị tiếp nhận",
    "Tên thủ tục hành chính",
    "Mã hồ sơ",
    "Trạng thái",
    "Địa chỉ",
    "Người nộp",
    "Chủ hồ sơ",
    "Ngày nộp hồ sơ",
    "Ngày nhận",
    "Ngày hẹn trả",
    "Ngày kết thúc xử lý",
]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An empty installation: a data folder of its own, the project's contracts, no key in the environment."""
    monkeypatch.setenv("DUNGHEN_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("DUNGHEN_CONTRACTS", raising=False)
    monkeypatch.delenv("DUNGHEN_PSEUDONYM_KEY", raising=False)
    settings = Settings.load()
    for kind in (
        "dossiers",
        "ratings",
        "procedures",
        "procedure_limits",
        "agencies",
        "processing_log",
        "published_scores",
        "agency_successions",
    ):
        (settings.landing / kind).mkdir(parents=True)
    return settings


@pytest.fixture
def ingestion(settings: Settings) -> Ingestion:
    """Ingestion into that installation."""
    return Ingestion.of(settings)
