"""Where a workspace may lie: a regular file in a folder of a local disk.

SQLite's locks and its shared memory do not work between machines, so a workspace on a network file system would be
damaged sooner or later. Nothing here opens the file: closing any descriptor of an open SQLite file drops the locks
that this process holds on it.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from backend.errors import UserError
from backend.workspace.damage import explain_os

MOUNTS = Path("/proc/self/mountinfo")

# As the kernel names them. Folders shared with a virtual machine's host behave like a network.
NETWORK_TYPES = frozenset(
    "nfs nfs4 cifs smb2 smb3 smbfs 9p afs kafs ncpfs coda ceph lustre gfs2 ocfs2 beegfs orangefs pvfs2 glusterfs davfs"
    " vboxsf prl_fs vmhgfs drvfs fuse.sshfs fuse.glusterfs fuse.ceph fuse.ceph-fuse fuse.davfs fuse.davfs2 fuse.rclone"
    " fuse.s3fs fuse.goofys fuse.gcsfuse fuse.curlftpfs fuse.gvfsd-fuse fuse.kio-fuse fuse.vmhgfs-fuse fuse.mfs"
    " fuse.juicefs fuse.smbnetfs fuse.blobfuse2 fuse.drvfs".split()
)
_OCTAL = re.compile(rb"\\([0-7]{3})")


def network_type(path: Path, mounts: Path = MOUNTS) -> str:
    """The type of the network file system that `path` (or the folder it would be in) lies on; '' for a local one.

    Where the system does not say (not Linux), ''.
    """
    try:
        table = mounts.read_bytes()
    except OSError:
        return ""
    there = path if path.exists() else path.parent
    real = os.fsencode(os.path.realpath(there))
    try:
        number = there.stat().st_dev
    except OSError:
        return ""
    device = f"{os.major(number)}:{os.minor(number)}".encode()
    best: tuple[bool, int] = (False, -1)
    found = ""
    for line in table.splitlines():
        fields, _, rest = line.partition(b" - ")
        parts = fields.split()
        if len(parts) < 5 or not rest:
            continue
        point = _OCTAL.sub(lambda octal: bytes([int(octal[1], 8) & 0xFF]), parts[4])
        if not _is_under(real, point):
            continue
        # The device decides (one mount may hide another), then the deepest, then the latest of a stack.
        rank = (parts[2] == device, len(point))
        if rank >= best:
            best, found = rank, rest.split()[0].decode(errors="replace")
    return found if found in NETWORK_TYPES else ""


def _is_under(path: bytes, folder: bytes) -> bool:
    return folder == b"/" or path == folder or path.startswith(folder.rstrip(b"/") + b"/")


def refuse_network(path: Path) -> None:
    """`UserError` when `path` lies on a network file system."""
    kind = network_type(path)
    if kind:
        raise UserError(
            f"{path} lies on a network file system ({kind}), where a workspace would get damaged.",
            "Keep the workspace on a local disk, and hand it to others by exporting it.",
        )


def check_file(path: Path) -> None:
    """`UserError` unless `path` is a regular file that could be opened."""
    try:
        facts = path.stat()
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise missing_folder(path) from None
        raise UserError(f"There is no workspace {path}.", "Check the name, or create a new workspace.") from None
    except OSError as error:
        raise explain_os(error, path) or UserError(f"{path} cannot be used: {error.strerror}.") from error
    if stat.S_ISDIR(facts.st_mode):
        raise UserError(f"{path} is a folder, not a workspace.", "Name the workspace file in it.")
    if not stat.S_ISREG(facts.st_mode):
        raise UserError(f"{path} is not a regular file.", "Name a workspace file.")
    if not os.access(path, os.R_OK):
        raise UserError(f"You have no permission to read {path}.", "Make the file readable for you.")


def check_writable(path: Path) -> None:
    """`UserError` unless the file and its folder (for the files beside it) can be written."""
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise _not_writable(path.parent, "The folder ")
    if not os.access(path, os.W_OK):
        raise _not_writable(path, "")


def check_new(path: Path) -> None:
    """`UserError` unless a file `path` can be made: no such file yet, in a writable folder."""
    if os.path.lexists(path):
        raise already_there(path)
    check_folder(path)


def already_there(path: Path) -> UserError:
    """The sentence for a name that is taken."""
    what = "a folder" if path.is_dir() else "already there"
    return UserError(f"{path} is {what}; nothing is overwritten.", "Choose another name, or open it.")


def check_folder(path: Path) -> None:
    """`UserError` unless the folder of `path` is there and can be written."""
    if not path.parent.is_dir():
        raise missing_folder(path)
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise _not_writable(path.parent, "The folder ")


def missing_folder(path: Path) -> UserError:
    """The sentence for a path whose folder is not there."""
    if path.parent.exists():
        return UserError(f"{path.parent} is a file, not a folder.", "Choose another place for the workspace.")
    return UserError(f"There is no folder {path.parent}.", "Create it first, or choose another place.")


def _not_writable(what: Path, kind: str) -> UserError:
    read_only = bool(os.statvfs(what).f_flag & getattr(os, "ST_RDONLY", 1))
    why = "is on a read-only file system" if read_only else "is not writable for you"
    return UserError(
        f"{kind}{what} {why}, so the workspace can only be read.",
        "Open it read-only, or copy it to a folder you can write to.",
    )
