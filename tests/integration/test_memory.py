# SPDX-License-Identifier: MIT
# What patrm's memory holds of a secret: the identity and the request while
# they are needed, nothing when it ends. It is stopped by ptrace(2), and all
# that is mapped is searched.

import ctypes
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field

import pytest

from server import ID, Turn, free_port, http, record

# No bytes of it stand in the program for another reason.
KEY = "lsv2_pt_" + "7d1f3c95e0b8264ac59d7e31f0482b6a" + "_90c4e1d7b3"
PIECE = 12      # so many bytes of it are as bad as all

PTRACE_TRACEME, PTRACE_CONT, PTRACE_SETOPTIONS = 0, 7, 0x4200
PTRACE_O_EXITKILL, PTRACE_O_TRACEEXIT = 0x100000, 0x40
EVENT_EXIT = signal.SIGTRAP | 6 << 8
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p,
                        ctypes.c_void_p]


def ptrace(request, pid=0, data=0):
    if LIBC.ptrace(request, pid, None, data) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def traced():
    ptrace(PTRACE_TRACEME)


def places(memory, pid):
    """Where any piece of the secret is, by mapping."""
    found = []
    pieces = [KEY[i:i + PIECE].encode()
              for i in range(8, len(KEY) - PIECE + 1)]
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
        lines = maps.read().splitlines()
    for line in lines:
        area, rights, *_ = line.split()
        begin, end = (int(part, 16) for part in area.split("-"))
        if "r" not in rights or "[v" in line:   # [vvar]: the kernel's
            continue
        memory.seek(begin)
        data = memory.read(end - begin)
        at = -1
        while hits := [hit for piece in pieces
                       if (hit := data.find(piece, at + 1)) >= 0]:
            at = min(hits) + len(KEY)   # the rest of this copy
            found.append(f"{min(hits) + begin:#x} in {line}")
    return found


@dataclass
class Search:
    """What was found, and how it ended."""
    start: list = field(default_factory=list)
    middle: list = field(default_factory=list)
    end: list = field(default_factory=list)
    status: int = 0


def search(process, ready, send=None):
    """Runs it to its end. Once ready() is true it is searched in the middle,
    and gets the signal, if any."""
    found, pid = Search(), process.pid
    limit = time.monotonic() + 30
    _, status = os.waitpid(pid, 0)      # it stands at its first instruction
    assert os.WIFSTOPPED(status), status
    ptrace(PTRACE_SETOPTIONS, pid, PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL)
    # To open it later, when it is not dumpable, would take more rights.
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        found.start = places(memory, pid)
        ptrace(PTRACE_CONT, pid)
        asked = False
        while True:
            if not asked and ready():
                asked = True
                os.kill(pid, signal.SIGSTOP)
            done, status = os.waitpid(pid, os.WNOHANG)
            if not done:
                assert time.monotonic() < limit, "it does not end"
                time.sleep(0.002)
                continue
            if not os.WIFSTOPPED(status):
                break
            passed_on = os.WSTOPSIG(status)
            if status >> 8 == EVENT_EXIT:
                found.end = places(memory, pid)
                passed_on = 0
            elif passed_on == signal.SIGSTOP:
                found.middle = places(memory, pid)
                passed_on = send or 0
            ptrace(PTRACE_CONT, pid, passed_on)
    process.returncode = os.waitstatus_to_exitcode(status)
    found.status = process.returncode
    return found


def in_its_places(found):
    """It is there; the request, and what it is made of; no other copies."""
    return 1 <= len(found) <= 2 and not any("[" in place for place in found)


@pytest.fixture
def run(binary, tmp_path):
    """run(ready, *args, env=..., stdin=..., send=...) searches a run."""
    started = []

    def go(ready, *args, env=None, stdin=b"", send=None):
        given = tmp_path / "stdin"
        given.write_bytes(stdin)
        with given.open("rb") as stdin_file:
            try:
                process = subprocess.Popen(
                    [binary, *args], stdin=stdin_file, env=env or {},
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                    cwd=tmp_path, preexec_fn=traced)
            except subprocess.SubprocessError:
                pytest.skip("needs ptrace(2), which is not allowed here")
        started.append(process)
        return search(process, ready, send)

    yield go
    for process in started:
        if process.returncode is None:
            process.kill()
            process.wait(10)
        process.stdout.close()
        process.stderr.close()


BEARER = ["-o", ID]
SOURCES = {
    "file": lambda path: (["-k", path], {}, b""),
    "standard input": lambda path: (["-k", "-"], {}, KEY.encode()),
    "environment": lambda path: ([], {"LANGSMITH_API_KEY": KEY}, b""),
    "older name": lambda path: ([], {"LANGCHAIN_API_KEY": f" '{KEY}'"}, b""),
    "bearer": lambda path: (BEARER, {"LANGSMITH_BEARER_TOKEN": KEY}, b""),
    "bearer file": lambda path: (["--bearer-file", path, *BEARER], {}, b""),
    "not used": lambda path: (["-k", path], {
        name: KEY for name in ("LANGSMITH_API_KEY", "LANGCHAIN_API_KEY",
                               "LANGSMITH_BEARER_TOKEN")}, b""),
}
DONE, GONE = http(200, record()), http(404, {"detail": "no"})


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize("source", SOURCES)
def test_two_places_and_then_none(serve, certs, run, key_file, source,
                                 version):
    server = serve(Turn([0.3, DONE]), version=version)
    args, env, stdin = SOURCES[source](key_file(KEY + "\n"))
    found = run(lambda: server.requests, "-e", server.endpoint, "--cacert",
                certs.ca, *args, ID, env=env, stdin=stdin)
    assert found.status == 0
    assert bool(found.start) == bool(env)   # the search does find it
    assert in_its_places(found.middle), found.middle
    assert found.end == []


ENDS = {
    "missing": (4, [Turn([0.2, GONE])], None),
    "lost": (6, [Turn([0.2], end="cut")], None),
    "retried": (0, [Turn(http(429, b"", "Retry-After: 0")),
                    Turn([0.2, DONE])], None),
    "SIGTERM": (6, [Turn(end="hang")], signal.SIGTERM),
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("plain", [False, True], ids=["tls", "plain"])
def test_none_whatever_the_end(serve, certs, run, key_file, end, plain):
    status, turns, send = ENDS[end]
    server = serve(*turns, plain=plain)
    url = server.url("127.0.0.1") if plain else server.endpoint
    found = run(lambda: len(server.requests) == len(turns), "-e", url,
                "--cacert", certs.ca, "--retries=1" if end == "retried"
                else "--retries=0", "-k", key_file(KEY), ID, send=send)
    assert found.status == status
    assert in_its_places(found.middle), found.middle
    assert found.end == []


@pytest.mark.parametrize("args, status", [
    ([ID], 5), (["-t", "0", ID], 2), (["--cacert", "/nowhere", ID], 2),
    (["-o", "x", ID], 2), (["x"], 2), ([], 2), (["-q", "-v", ID], 2),
])
def test_none_where_nothing_was_sent(run, args, status):
    found = run(lambda: False, "-e", f"https://127.0.0.1:{free_port()}",
                "--retries=0", *args, env={"LANGSMITH_API_KEY": KEY})
    assert found.status == status
    assert found.start and found.end == []


def test_none_of_what_was_no_token(run):
    """A secret among the TOKENs on standard input."""
    found = run(lambda: False, "-e", f"https://127.0.0.1:{free_port()}",
                "-", stdin=f"{KEY}\n{KEY}\n".encode(),
                env={"LANGSMITH_API_KEY": "other"})
    assert found.status == 2
    assert found.end == []
