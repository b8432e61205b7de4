"""`vedette demo`: the emulator, the company's account in it, two real scans of it, and the console on the result.

Without a window the same happens, then the summary is printed and the audit report written.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.demo import changes, company
from backend.demo.emulator import Emulator, client_maker
from backend.errors import UserError

if TYPE_CHECKING:
    from backend.client import Client

_WORKSPACE = "demo.vedette"
_REPORT = "demo-audit-report.pdf"


def run(directory: Path | None, *, window: bool) -> int:
    """Run the demo in `directory` (default: a folder of the user's data); returns an exit code."""
    from backend.cli.output import say
    from backend.client import Client

    folder = _folder(directory)
    path = _fresh(folder / _WORKSPACE)
    say("Starting the AWS emulator and filling the account of Marlowe & Finch …")
    with Emulator.start() as emulator:
        aws = client_maker(emulator.url)
        company.seed(aws)
        client = Client.open(path, face="demo", create=True)
        try:
            account = _account(client, emulator.url)
            say("Scanning it …")
            _scan(client, account)
            changes.happen(aws, company.REGIONS[0])
            if window:
                client.call("scan.start", accounts=[account], regions=list(company.REGIONS), everything=False)
                return _console(path)
            _scan(client, account)
            _summary(client)
            _report(client, folder / _REPORT)
        finally:
            client.close()
    return 0


def _folder(directory: Path | None) -> Path:
    if directory is None:
        import platformdirs

        directory = Path(platformdirs.user_data_dir("vedette", appauthor=False)) / "demo"
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The folder {directory} cannot be made: {error.strerror}.", "Use --directory.") from None
    return directory.resolve()


def _fresh(path: Path) -> Path:
    """A path without a workspace: each demo begins anew, but never under an engine that still holds the last one."""
    from backend.engine.lock import acquire

    lock = acquire(path)
    if lock is None:
        raise UserError(f"The demo workspace {path} is still open.", "Close its window, or wait ten seconds.")
    with lock:
        for name in ("", "-wal", "-shm"):
            path.with_name(path.name + name).unlink(missing_ok=True)
        path.with_suffix(".vedette.key").unlink(missing_ok=True)
    return path


def _account(client: Client, url: str) -> int:
    added = client.call(
        "account.add",
        timeout=None,
        name=company.NAME,
        kind="keys",
        options={"endpoint_url": url, "region": company.REGIONS[0], "regions": list(company.REGIONS)},
        keys={"access_key_id": "testing", "secret_access_key": "testing"},
        demo=True,
    )
    return int(added["account"])


def _scan(client: Client, account: int) -> None:
    from backend.cli import progress

    jobs = client.call("scan.start", accounts=[account], regions=list(company.REGIONS), everything=False)
    for job in progress.wait(client, jobs):
        progress.raise_error(job)


def _console(path: Path) -> int:
    from backend.engine.command import child_environment

    command = [sys.executable, "-P", "-m", "gui", "--workspace", str(path), "--demo"]
    return subprocess.run(command, env=child_environment(), check=False).returncode


def _summary(client: Client) -> None:
    from backend.cli.output import emit, say
    from backend.reads import overview

    conn = client.reader()
    found = overview.load(conn)
    rows: list[dict[str, Any]] = [{"severity": one.label, "failing": one.failed} for one in found.failing_by_severity]
    value = "n/a" if found.score.value is None else f"{found.score.value:.1f}"
    coverage = 0.0 if found.score.coverage is None else 100 * found.score.coverage
    say(f"Score {value} of 100, coverage {coverage:.1f} %.")
    emit("table", rows, ("severity", "failing"), empty="Nothing was found.")


def _report(client: Client, path: Path) -> None:
    from backend.cli import progress
    from backend.cli.output import say

    job = client.call("report.build", format="pdf", path=str(path), options={"title": "Demo audit report"}, query="")
    progress.one(client, job)
    say(f"The audit report is {path}")
    sys.stdout.write(f"{path}\n")
