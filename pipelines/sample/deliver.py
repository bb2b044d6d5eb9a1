"""Deliver the shipped sample into an empty landing folder, and the registers that ship with the project.

Here: a copy, as a portal's clerk would drop files.
Not here: making the sample (`generate.py`).
Explained in docs/data-team.md, "The synthetic portal".
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_NO_DELIVERY = ("README.md", ".gitkeep")


def deliver_sample(landing: Path, sample: Path) -> int:
    """Copy `<sample>/landing` into `landing`, unless something was already delivered there.

    Args:
        landing: folder of delivered files; made if it is not there.
        sample: folder with `landing/<kind>/…`, usually `data/sample`.

    Returns:
        Number of files copied; 0 if the landing folder already holds a file, so that the sample never
        mixes with real deliveries.

    Raises:
        FileNotFoundError: `sample` holds no `landing` folder.
    """
    shipped = sample / "landing"
    if not shipped.is_dir():
        raise FileNotFoundError(f"no sample at {shipped}; make one with: dunghen generate --out {sample}")
    if landing.is_dir() and any(p.is_file() and p.name not in _NO_DELIVERY for p in landing.rglob("*")):
        return 0
    return _copied(shipped, landing)


def deliver_registers(registers: Path, shipped: Path) -> int:
    """Copy the registers that ship with the project, unless somebody keeps some there already.

    Returns:
        Number of files copied.
    """
    return 0 if registers.is_dir() else _copied(shipped, registers)


def _copied(shipped: Path, folder: Path) -> int:
    copied = 0
    for source in sorted(path for path in shipped.rglob("*") if path.is_file()):
        target = folder / source.relative_to(shipped)
        target.parent.mkdir(parents=True, exist_ok=True)
        # written beside and renamed, so that nobody reads half a file
        beside = target.with_name(f".{target.name}.part")
        shutil.copyfile(source, beside)
        beside.replace(target)
        copied += 1
    return copied
