# SPDX-License-Identifier: MIT
# The same source for a 32-bit processor, on any machine that tests/check runs
# on: what test_core.py asks of every one.

import errno
import subprocess

import pytest

from conftest import RUNNER, TOP
from test_core import *     # noqa: F401,F403

pytestmark = pytest.mark.native("builds for i386")


@pytest.fixture(scope="module")
def binary():
    subprocess.run(["tests/need", "i386"], cwd=TOP, check=True, timeout=300)
    subprocess.run(["make", "-s", "TOOLCHAIN=i386"], cwd=TOP, check=True,
                   timeout=300, capture_output=True)
    binary = TOP / "build/i386/patrm"
    try:
        subprocess.run([binary, "--version"], check=True, capture_output=True)
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
        # Not every kernel runs 32-bit programs.
        subprocess.run(["tests/need", "qemu-user"], cwd=TOP, check=True,
                       timeout=300)
        RUNNER[:] = ["qemu-i386"]
    yield binary
    RUNNER.clear()


def test_is_for_32_bits(binary):
    assert binary.read_bytes()[:5] == b"\x7fELF\x01"
