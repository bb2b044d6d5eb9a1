"""What the operating system refuses is said in one line, with the path and what to do."""

import errno
import os
import socket
from pathlib import Path

import pytest

from pipelines.cli import main
from pipelines.errors import refused_by_system


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (errno.EACCES, "give this user the right to it"),
        (errno.EROFS, "the disk is read-only; use another folder"),
        (errno.ENOSPC, "free space on its disk"),
        (errno.ENOTDIR, "check the path; a part of it is a file"),
        (errno.EIO, "mend this"),
    ],
)
def test_a_refusal_names_the_path_and_the_remedy(code: int, remedy: str) -> None:
    said = refused_by_system(OSError(code, os.strerror(code), "/data/lake"))
    assert said == f"/data/lake: {os.strerror(code)} → {remedy} and try again"


def test_a_data_folder_that_is_a_file_is_refused_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").write_text("not a folder")
    monkeypatch.setenv("DUNGHEN_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("sys.argv", ["dunghen", "deliver-sample"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith("✗ ")
    assert "→" in said
    assert "Traceback" not in said


def test_a_port_in_use_is_named_with_another_one_to_take(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr("sys.argv", ["dunghen", "ui", "--port", str(port)])
        with pytest.raises(SystemExit) as ended:
            main()
    assert ended.value.code == 1
    assert f"make ui PORT={port + 1}" in capsys.readouterr().err
