"""The reason codes of quarantine and of failed files, with their remedies.

Here: loading `reasons.yaml`, the only place where a code is explained.
Not here: who raises which code (`pipelines.ingestion`).
Explained in docs/operator.md, "When a file is refused".
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict


class Reason(BaseModel):
    """What a reason code means: its level, a Vietnamese label and an English remedy.

    Attributes:
        passes_by_itself: the same bytes may be read next time, so they are tried again.
        remedy_vi: the remedy for the person who keeps a register; {words}, {range} and {hint} are those of
            the column.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    level: Literal["row", "file"]
    label: str
    remedy: str
    passes_by_itself: bool = False
    remedy_vi: str = ""


@cache
def load_reasons() -> Mapping[str, Reason]:
    """Reason code → meaning and remedy."""
    text = Path(__file__).with_name("reasons.yaml").read_text(encoding="utf-8")
    return {code: Reason.model_validate(entry) for code, entry in yaml.safe_load(text).items()}
