"""Both commands on a bare Debian: built with debootstrap, entered with chroot, as root and as a user.

It takes minutes and needs root, debootstrap and the package registries, as this machine is set up to reach them: the
apt and pip configuration, the certificates and the environment that name them are taken over at run time.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BASE = "python3,python3-venv,make"
USER = 4242
HOMES = {0: "/root", USER: "/home/analyst"}

pytestmark = [
    pytest.mark.fresh,
    pytest.mark.timeout(2400),
    pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root"),
]

_REGISTRIES = re.compile(
    r"PIP_(?!FIND_LINKS).*|UV_.*|SSL_CERT_.*|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|(http|https|no|all)_proxy", re.IGNORECASE
)


@dataclass(frozen=True)
class Machine:
    """A bare Debian in a folder, with a checkout in root's home and one in a user's."""

    root: Path
    registries: Mapping[str, str]

    def run(self, command: str, *, user: int) -> tuple[int, str]:
        """Run a line in that user's checkout; exit code, and output and errors as one text.

        It sees of this machine's environment only what names the registries. Its mounts and every process that it
        leaves behind end with it.
        """
        environment = {
            **self.registries,
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": HOMES[user],
            "LANG": "C.UTF-8",
        }
        alone = ["unshare", "--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={self.root}/proc"]
        mounts = 'mount -t devpts -o ptmxmode=0666 devpts "$0/dev/pts"; mount -t sysfs -o ro sysfs "$0/sys"; exec "$@"'
        inside = ["chroot", f"--userspec={user}:{user}", str(self.root), "sh", "-c", f"cd ~/vedette || exit\n{command}"]
        done = subprocess.run(
            [*alone, "sh", "-ec", mounts, str(self.root), *inside],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=1500,
            check=False,
        )
        return done.returncode, done.stdout


def _debian_mirror() -> str:
    """The mirror that this machine's own apt uses."""
    for source in (*sorted(Path("/etc/apt").glob("**/*.sources")), *sorted(Path("/etc/apt").glob("**/*.list"))):
        if found := re.search(r"^(?:URIs:|deb(?: \[.*?\])?) *(\S+)", source.read_text(), re.MULTILINE):
            return found[1]
    pytest.fail("No apt source is configured on this machine, so no Debian can be built.")


def _copy_registries(root: Path) -> None:
    """What this machine's apt, pip and uv know of where packages are, and whom to trust."""
    (root / "etc/apt/sources.list").unlink(missing_ok=True)
    places = ["/etc/apt/sources.list.d", "/etc/apt/auth.conf.d", "/etc/apt/trusted.gpg.d", "/usr/share/keyrings"]
    places += [
        "/etc/pip.conf",
        "/etc/xdg/pip",
        "/etc/uv",
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/hosts",
        "/etc/resolv.conf",
    ]
    settings = [path for path in Path("/etc/apt/apt.conf.d").iterdir() if "Acquire::" in path.read_text()]
    for source in [*map(Path, places), *settings]:
        target = root / source.relative_to("/")
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        elif source.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


def _lay_checkout(root: Path, user: int) -> None:
    """The committed tree, as a clone would lay it."""
    home = root / HOMES[user].lstrip("/")
    (home / "vedette").mkdir(parents=True)
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
    subprocess.run(["tar", "-x", "-C", str(home / "vedette")], input=archive, check=True)
    for path in (home, *home.rglob("*")):
        os.chown(path, user, user, follow_symlinks=False)


@pytest.fixture(scope="module")
def bare_debian(host_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    root = tmp_path_factory.mktemp("debian")
    build = ["debootstrap", "--variant=minbase", f"--include={BASE}", "bookworm", str(root), _debian_mirror()]
    built = subprocess.run(build, capture_output=True, text=True, check=False, env=host_environment)
    assert built.returncode == 0, built.stdout[-3000:] + built.stderr[-1000:]
    for place in (root, *root.parents):  # pytest's folders are closed to others; the user must get through
        if place.is_relative_to(tmp_path_factory.getbasetemp().parent):
            place.chmod(0o755)
    _copy_registries(root)
    with (root / "etc/passwd").open("a") as users:
        users.write(f"analyst:x:{USER}:{USER}::{HOMES[USER]}:/bin/sh\n")
    for user in HOMES:
        _lay_checkout(root, user)
    registries = {name: value for name, value in host_environment.items() if _REGISTRIES.fullmatch(name)}
    yield Machine(root, registries)
    shutil.rmtree(root, ignore_errors=True)


def _assert_a_demo_was_scanned(machine: Machine, user: int) -> None:
    code, output = machine.run("make run", user=user)
    assert code == 0, output
    assert "Traceback" not in output
    report = re.search(r"/\S+\.pdf\b", output)
    assert report, output
    assert (machine.root / report[0].lstrip("/")).read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize("target", ["setup", "run", "test"])
def test_a_user_without_the_system_libraries_is_given_the_one_line(bare_debian: Machine, target: str):
    code, output = bare_debian.run(f"make {target}", user=USER)
    assert code != 0
    lines = [line.strip() for line in output.splitlines() if "apt-get" in line]
    assert len(lines) == 1, output
    assert lines[0].startswith("sudo apt-get install ")
    assert {"libegl1", "libxcb-cursor0", "libwayland-cursor0"} < set(lines[0].split())
    assert "Traceback" not in output
    (bare_debian.root / "install-line").write_text(lines[0])


def test_the_one_line_is_all_that_the_user_lacked(bare_debian: Machine):
    line = (bare_debian.root / "install-line").read_text().removeprefix("sudo ")
    code, output = bare_debian.run(f"apt-get update -qq && {line} -y -qq", user=0)
    assert code == 0, output
    _assert_a_demo_was_scanned(bare_debian, USER)
    code, output = bare_debian.run("make setup && .venv/bin/vedette --help", user=USER)
    assert code == 0, output
    assert "Installing" not in output, "a second set-up finds nothing to do"


def test_root_needs_nothing_but_the_command(bare_debian: Machine):
    _assert_a_demo_was_scanned(bare_debian, 0)
    code, output = bare_debian.run("make system-test", user=0)
    assert code == 0, output[-3000:]


def test_the_listed_libraries_suffice_for_a_window(bare_debian: Machine):
    window = (
        "from PySide6.QtCore import QTimer; from PySide6.QtWidgets import QApplication, QLabel; app = QApplication([]);"
        " label = QLabel('x'); label.show(); QTimer.singleShot(100, lambda: app.exit(int(not label.isVisible())));"
        " print(app.platformName()); raise SystemExit(app.exec())"
    )
    show = f'env QT_QPA_PLATFORM=xcb .venv/bin/python -c "{window}"'
    wait = "while ! [ -s /tmp/display ]; do sleep 0.05; done; export DISPLAY=:$(cat /tmp/display)"
    code, output = bare_debian.run(f"Xvfb -displayfd 3 3>/tmp/display 2>/dev/null & {wait}; timeout 60 {show}", user=0)
    assert (code, output.strip()) == (0, "xcb")
    missing = "ldd .venv/lib/python3*/site-packages/PySide6/Qt/plugins/platforms/libq{}.so | grep 'not found'"
    for plugin in ("offscreen", "xcb", "wayland"):
        assert bare_debian.run(missing.format(plugin), user=0) == (1, ""), plugin


def test_root_runs_the_tests(bare_debian: Machine):
    code, output = bare_debian.run("make test", user=0)
    assert code == 0, output[-6000:]
    assert re.search(r"\d+ passed", output)


def test_a_user_runs_the_tests(bare_debian: Machine):
    code, output = bare_debian.run("make quick", user=USER)
    assert code == 0, output[-6000:]
    assert re.search(r"\d+ passed", output)
