"""The kinds of job there are: which worker does the work, and which handler takes what it sends.

Workers and handlers are named, not imported: the engine starts without boto3, and a worker without the engine.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backend.engine.jobs import Job, Outcome
    from backend.engine.server import Engine


class Handler:
    """The engine's side of one job. One object for each job; all calls come from the engine's thread."""

    async def begin(self, engine: Engine, job: Job) -> dict[str, Any]:
        """Arguments of the worker, secrets included. Raise `UserError` and the job fails with its sentence."""
        return dict(job.request)

    def batch(self, engine: Engine, job: Job, data: dict[str, Any]) -> None:
        """Write what the worker sent. Called inside one transaction; an exception rolls it back and ends the job."""

    def end(self, engine: Engine, job: Job, outcome: Outcome) -> None:
        """The job ended, whichever way; `outcome` says how. Called outside of any transaction."""


@dataclass(frozen=True)
class JobKind:
    """A kind of job. `worker` and `handler` are 'package.module:name'; `at_once` many run, further ones queue."""

    name: str
    worker: str
    handler: str = "backend.engine.kinds:Handler"
    at_once: int = 1

    def make_handler(self) -> Handler:
        """A handler for one job."""
        made = resolve(self.handler)()
        assert isinstance(made, Handler)
        return made


def resolve(name: str) -> Any:
    """The object that 'package.module:name' names."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


_HANDLERS = "backend.engine.handlers"
_WORKERS = "backend.engine.workers"

KINDS: dict[str, JobKind] = {
    kind.name: kind
    for kind in (
        JobKind("scan", "backend.inventory.aws.scan_worker:run", f"{_HANDLERS}.scan:ScanHandler", at_once=2),
        JobKind("evaluate", "backend.posture.evaluate_worker:run", f"{_HANDLERS}.evaluate:EvaluateHandler"),
        JobKind("check", "backend.inventory.aws.check_worker:run", f"{_HANDLERS}.check:CheckHandler", at_once=2),
        JobKind("report", "backend.reports.worker:run", f"{_HANDLERS}.reports:ReportHandler"),
        JobKind("report.verify", "backend.reports.verification:run", at_once=2),
        JobKind("export", f"{_WORKERS}.handover:export", f"{_HANDLERS}.handover:ExportHandler"),
        JobKind("triage.preview", f"{_WORKERS}.handover:preview", f"{_HANDLERS}.handover:PreviewHandler"),
        JobKind("triage.import", f"{_WORKERS}.handover:preview", f"{_HANDLERS}.handover:ImportHandler"),
        JobKind("audit.verify", f"{_WORKERS}.handover:verify", f"{_HANDLERS}.audit:VerifyHandler"),
        JobKind("rule.check", f"{_WORKERS}.rules:check", at_once=2),
        JobKind("profile.list", f"{_WORKERS}.accounts:profiles", at_once=2),
        JobKind("account.test", f"{_WORKERS}.accounts:test", f"{_HANDLERS}.accounts:TestHandler", at_once=4),
        JobKind("account.organization", f"{_WORKERS}.accounts:members", f"{_HANDLERS}.accounts:MembersHandler"),
    )
}
