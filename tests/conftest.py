"""What tests share: an installation in a temporary folder, and how they are dealt out to two workers."""

from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

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

# One refresh of the whole sample, made once, in the worker that runs all of these.
SAMPLE_FILES = (
    "bridge", "dictionary_examples", "docs_queries", "electronic_truth", "forms", "newcomer",
    "kept_registers", "petition_truth", "privacy", "truth",
)  # fmt: skip
ON_THE_SAMPLE = {f"tests/e2e/test_{name}.py" for name in SAMPLE_FILES}


class FileByFile(LoadScopeScheduling):  # type: ignore[misc]
    """The tests of a file run in one worker, so that what they share is made once."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        return "on the sample" if file in ON_THE_SAMPLE else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FileByFile:
    """Deal out by file."""
    return FileByFile(config, log)


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
        "petitions",
        "published_statistics",
        "published_indices",
        "payments",
        "digitisation_statistics",
    ):
        (settings.landing / kind).mkdir(parents=True)
    return settings


@pytest.fixture
def ingestion(settings: Settings) -> Ingestion:
    """Ingestion into that installation."""
    return Ingestion.of(settings)
