# SPDX-License-Identifier: MIT
# The file itself: static, hardened, small, and able to run where there is
# nothing else; what it costs is printed (pytest -rP shows it).

import os
import re
import shutil
import subprocess
import time

import pytest

from server import ID, Turn, http, record, until

SIZE_MAX = 250_000      # without the roots inside, which have their own
STORE_MAX = 66_550


@pytest.fixture(scope="module")
def elf(binary):
    """What readelf says of headers, segments and dynamic entries."""
    return subprocess.run(["readelf", "-hlWd", binary], check=True, text=True,
                          capture_output=True, env={
                              "LC_ALL": "C", "PATH": os.environ["PATH"]}
                          ).stdout


def test_is_static_and_goes_anywhere(elf):
    assert re.search(r"Type: +DYN ", elf)
    assert "INTERP" not in elf and "NEEDED" not in elf
    assert re.search(r"FLAGS_1.*\bPIE\b", elf)


def test_is_hardened(elf):
    assert re.search(r"GNU_STACK .* RW +0x", elf)
    assert re.search(r"GNU_RELRO ", elf)
    assert re.search(r"FLAGS_1.*\bNOW\b|BIND_NOW", elf)
    assert not re.search(r"^ +LOAD .* RWE ", elf, re.M)
    assert "RPATH" not in elf and "RUNPATH" not in elf
    assert "TEXTREL" not in elf


def test_has_a_stack_protector(binary):
    """Its code compares the canary at %fs:0x28."""
    code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", binary],
                          check=True, text=True, capture_output=True).stdout
    assert code.count("%fs:0x28") > 20


def test_is_stripped(binary):
    sections = subprocess.run(["readelf", "-SW", binary], check=True,
                              text=True, capture_output=True).stdout
    assert ".symtab" not in sections and ".debug" not in sections


def test_is_small(binary):
    size = binary.stat().st_size
    table = (binary.parent / "roots.inc").read_text()
    store = int(re.search(r"#define ROOTS_BYTES (\d+)", table)[1])
    print(f"size: {size} bytes, {store} of them the roots inside")
    assert store <= STORE_MAX
    assert size - store <= SIZE_MAX


def test_names_no_folder_of_this_machine(binary):
    content = binary.read_bytes()
    for folder in (b"/work/", b"/home/", b"/tmp/", os.fsencode(binary.parent)):
        assert folder not in content


@pytest.fixture
def chrooted(patrm, certs, binary, tmp_path, as_root):
    """Starts it as nobody, with nothing there but it and a file of roots."""
    root = tmp_path / "root"
    root.mkdir()
    shutil.copy(binary, root / "patrm")
    shutil.copy(certs.ca, root / "ca.pem")
    patrm.binary = "/patrm"

    def start(server):
        return patrm.start("-e", server.url("127.0.0.1"), "--cacert",
                           "/ca.pem", ID, env={"LANGSMITH_API_KEY": "x"},
                           wrapper=["chroot", "--userspec=65534:65534", root])
    return start


def test_runs_in_an_empty_chroot(serve, chrooted):
    """Without /dev, /proc and /etc."""
    result = chrooted(serve(Turn(http(200, record())))).end()
    assert result.status == 0, result
    assert result.text.startswith(f"outcome: deleted\nid: {ID}\n")


def test_cannot_be_looked_into(serve, chrooted):
    """The kernel gives root what belongs to a process that leaves no core
    and that its own user may not trace: the key is in there."""
    server = serve(Turn(end="hang"))
    run = chrooted(server)
    until(lambda: server.requests)
    assert os.stat(f"/proc/{run.process.pid}/mem").st_uid == 0


def test_system_calls(serve, delete, tmp_path):
    """One DELETE over a new connection, one root trusted."""
    trace = tmp_path / "trace"
    result = delete(serve(Turn(http(200, record()))), ID,
                    wrapper=["strace", "-f", "-qq", "-o", trace])
    assert result.status == 0
    calls = re.findall(r"(?m)^\d+ +(\w+)\(", trace.read_text())
    print(f"system calls: {len(calls)}")
    assert len(calls) < 200
    assert "execve" not in calls[1:]


def test_memory(serve, start):
    """The most that it ever held, asked for before it ends."""
    data = http(200, record())
    server = serve(Turn(data[:-1], end="hang"))
    run = start(server, ID)
    until(lambda: server.requests)
    time.sleep(0.2)     # for the answer to arrive
    with open(f"/proc/{run.process.pid}/status", encoding="ascii") as file:
        peak = int(re.search(r"VmHWM:\s+(\d+) kB", file.read())[1])
    print(f"peak RSS: {peak} KiB")
    assert peak < 4096
