# SPDX-License-Identifier: MIT
# The same source for a 32-bit processor, where time goes on after 2038.

import errno
import subprocess
from datetime import datetime, timezone

import pytest

from conftest import TOP
from server import Turn, http

ID = "3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10"


def year(number):
    return datetime(number, 1, 1, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def binary():
    subprocess.run(["tests/need", "i386"], cwd=TOP, check=True, timeout=300)
    subprocess.run(["make", "-s", "TOOLCHAIN=i386"], cwd=TOP, check=True,
                   timeout=300, capture_output=True)
    return TOP / "build/i386/patrm"


@pytest.fixture(scope="module")
def wrapper(binary):
    """What to run it by: not every kernel runs 32-bit programs."""
    try:
        subprocess.run([binary, "--version"], check=True, capture_output=True)
    except OSError as error:
        if error.errno != errno.ENOEXEC:
            raise
        subprocess.run(["tests/need", "qemu-user"], cwd=TOP, check=True,
                       timeout=300)
        return ["qemu-i386"]
    return []


def test_is_for_32_bits(binary):
    assert binary.read_bytes()[:5] == b"\x7fELF\x01"


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize("at, status, says", [
    ("2040-06-01T00:00:00Z", 0, ""),
    ("2039-06-01T00:00:00Z", 5, "not valid before 2040-01-01T00:00:00Z"),
    ("2042-06-01T00:00:00Z", 5, "expired 2041-01-01T00:00:00Z"),
    ("2107-06-01T00:00:00Z", 5, "expired 2041-01-01T00:00:00Z"),
])
def test_after_2038(patrm, wrapper, serve, certs, key_file, at, status, says,
                    version):
    root = certs.pki.ca("Late Root", start=year(2020), end=year(2200))
    leaf = certs.pki.leaf(root, start=year(2040), end=year(2041))
    server = serve(Turn(http(204)), cert=leaf, version=version)
    result = patrm("-e", server.endpoint, "--cacert", root.cert, "-k",
                   key_file(), "--at", at, ID, wrapper=wrapper)
    assert result.status == status, result
    assert says in result.errors
