"""No test reads the developer's own files or leaves this machine."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import keyring
import keyring.backends.fail
import platformdirs
import pytest


def test_every_folder_of_ours_lies_in_the_tests_own_home(home):
    folders = platformdirs.PlatformDirs("vedette", "vedette")
    for folder in (folders.user_data_dir, folders.user_config_dir, folders.user_cache_dir, folders.user_runtime_dir):
        assert Path(folder).is_relative_to(home)
    assert Path.home() == home
    assert len(str(home)) < 40, "a Unix socket's path must stay short"


def test_no_cloud_credentials_and_no_key_store_are_in_reach(home):
    assert {name for name in os.environ if name.startswith("AWS_")} == {"AWS_EC2_METADATA_DISABLED"}
    assert not (home / ".aws").exists()
    assert isinstance(keyring.get_keyring(), keyring.backends.fail.Keyring)


def test_another_machine_is_out_of_reach():
    with pytest.raises(AssertionError, match="only this machine"), socket.socket() as out:
        out.connect(("192.0.2.1", 80))
