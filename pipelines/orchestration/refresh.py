"""A refresh from the terminal: is there anything to do, and if so the job the schedule runs.

Here: deciding whether inputs changed, running the job in this process, saying how it goes.
Not here: the steps (`assets.py` of each package), the words of the summary (`reporting/`).
Explained in docs/operator.md, "Every night".
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

from pipelines.errors import Refusal
from pipelines.ingestion.ingest import Ingestion
from pipelines.lock import is_held
from pipelines.publishing.inputs import inputs_fingerprint
from pipelines.publishing.publish import current_build
from pipelines.settings import Settings

if TYPE_CHECKING:
    import dagster as dg


class RefreshFailed(Refusal):
    """A step failed and nothing new was published; the message names the step."""


class Interrupted(Refusal):
    """Somebody stopped the refresh; nothing new was published."""


class NothingDelivered(Refusal):
    """The landing folder is empty; the message says what to do."""


@dataclass(frozen=True)
class RefreshResult:
    """What a refresh did.

    Attributes:
        ran: false when nothing had changed since the published build.
        seconds: how long it took.
    """

    ran: bool
    seconds: float


def run_refresh(settings: Settings, *, force: bool, say: Callable[[str], None]) -> RefreshResult:
    """Run the nightly job in this process unless its inputs are those of the published build.

    Raises:
        NothingDelivered: when there is nothing in the landing folder and never was.
        RefreshFailed: when a step failed; the published build is untouched.
        Interrupted: when somebody stopped it; the published build is untouched.
    """
    try:
        return _refreshed(settings, force, say)
    except KeyboardInterrupt:
        raise Interrupted(
            "interrupted; nothing new was published → refresh again, files already read are not read again"
        ) from None


def _refreshed(settings: Settings, force: bool, say: Callable[[str], None]) -> RefreshResult:
    started = time.monotonic()
    one = Ingestion.of(settings)
    if not settings.landing.is_dir() or not one.delivered.is_there_any():
        raise NothingDelivered(
            f"nothing has been delivered to {settings.landing} → put exports into the folder of their kind "
            "(for example dossiers/), or run `dunghen deliver-sample` to start with the sample"
        )
    pending = one.pending()
    published = current_build(settings)
    if (
        not force
        and not pending
        and published
        and published.inputs_fingerprint == inputs_fingerprint(settings)
    ):
        say(f"Nothing new since build {published.build_id}: no new files, no changed rules.")
        return RefreshResult(ran=False, seconds=time.monotonic() - started)
    if is_held(settings.warehouse.parent):
        say("Another refresh is writing; this one starts when it ends.")
    say(f"New files: {len(pending)}; building.")
    _run_job(settings, say)
    if current_build(settings) == published:
        # Dagster skips a step whose inputs were never made, and calls the run a success.
        raise RefreshFailed(
            "nothing was published, although no step failed; files of the project changed meanwhile "
            "→ refresh again"
        )
    return RefreshResult(ran=True, seconds=time.monotonic() - started)


def _run_job(settings: Settings, say: Callable[[str], None]) -> None:
    # Two seconds that are not needed when there is nothing new.
    import dagster as dg  # noqa: PLC0415

    from pipelines.build import build_defs  # noqa: PLC0415
    from pipelines.orchestration.schedule import JOB  # noqa: PLC0415

    defs = build_defs(settings)
    clock = _StepClock(say)
    job = defs.resolve_job_def(JOB).with_hooks({clock.hook()})
    # dbt and Great Expectations talk to the terminal by themselves; what they say is kept beside.
    with settings.refresh_log.open("w") as log, _told_beside(log):
        result = job.execute_in_process(
            instance=dg.DagsterInstance.get(),
            raise_on_error=False,
            run_config={"loggers": {"console": {"config": {"log_level": "INFO"}}}},
        )
    if result.success:
        return
    reasons = [_reason(event) for event in result.all_events if event.is_step_failure]
    reasons = reasons or [_why_the_job_failed(result)]
    raise RefreshFailed(
        "\n".join(reasons) + f"\n→ nothing new was published; the whole story: {settings.refresh_log}, "
        f"or `dunghen ui`, run {result.run_id}"
    )


class _StepClock:
    """Says each finished step and how long it took."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say

    def hook(self) -> dg.HookDefinition:
        import dagster as dg  # noqa: PLC0415

        @dg.success_hook(name="say_step")
        def say_step(context: dg.HookContext) -> None:
            [step] = context.instance.get_run_step_stats(context.run_id, [context.step_key])
            took = time.time() - (step.start_time or time.time())
            self._say(f"  ✓ {context.op.name.replace('__', '/'):<28} {took:5.1f} s")

        return say_step


@contextmanager
def _told_beside(log: TextIO) -> Iterator[None]:
    """Keep what this process and those it starts say out of the terminal."""
    sys.stderr.flush()
    terminal = os.dup(2)
    os.dup2(log.fileno(), 2)
    try:
        with redirect_stdout(log), redirect_stderr(log):
            yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)


def _reason(event: dg.DagsterEvent) -> str:
    return f"step {event.step_key} failed: {_sentence(event.step_failure_data.error)}"


def _sentence(error: Any) -> str:
    """What the step itself said: the first cause that is not Dagster's wrapping of another."""
    while error is not None and error.cause is not None and (error.cls_name or "").startswith("Dagster"):
        error = error.cause
    if error is None:
        return "no reason given"
    if error.cls_name == "DagsterExecutionInterruptedError":
        raise KeyboardInterrupt
    said: str = error.message.strip()
    return said.split(": ", 1)[-1] if said.startswith("pipelines.") else said


def _why_the_job_failed(result: dg.ExecuteInProcessResult) -> str:
    evaluations = result.get_asset_check_evaluations()
    names = [e.check_name for e in evaluations if not e.passed and e.severity.value == "ERROR"]
    if names:
        return f"blocking checks failed: {', '.join(names)}"
    errors = [event.job_failure_data.error for event in result.all_events if event.is_job_failure]
    return f"the job failed: {_sentence(errors[0] if errors else None)}"
