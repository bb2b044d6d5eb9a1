"""One writer at a time, also between processes."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.lock import AnotherWriter, is_held, writer_lock

HOLD = """
import sys
from pathlib import Path
from pipelines.lock import writer_lock
with writer_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_waits_then_says_what_to_do_and_a_killed_one_leaves_no_lock(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        assert is_held(tmp_path)
        with pytest.raises(AnotherWriter, match="wait for it"), writer_lock(tmp_path, wait_seconds=0.3):
            pass
        holder.kill()
    assert not is_held(tmp_path)
    with writer_lock(tmp_path, wait_seconds=0):
        assert is_held(tmp_path)
