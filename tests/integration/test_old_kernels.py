# SPDX-License-Identifier: MIT
# Linux as it was: without the system calls that came later, without /dev, and
# what the README says of the calls that are made.

import ctypes
import itertools
import os
import re
import struct
from pathlib import Path

import pytest

from conftest import KEY, RUNNER, TOP
from server import ID, Turn, http, record
from test_i386 import binary as i386_binary
from traced import LIBC, detach, traced

pytestmark = [pytest.mark.native("about the calls of this machine's kernel"),
              pytest.mark.xdist_group("test_i386")]

NAME = "old.test"
GIVEN = {"LANGSMITH_API_KEY": KEY}
# Of Linux 3.2: in arch/x86/include/asm/unistd_64.h and unistd_32.h, the last.
# Those for time_t of 64 bits and all that came later have higher numbers.
LAST = {"x86_64": 311, "i386": 348}
X86_64 = 0xC000003E         # of linux/audit.h
AUXV = {"x86_64": "QQ", "i386": "II"}
ARCHES = list(LAST)
# of prctl(2), seccomp(2) and getauxval(3)
NO_NEW_PRIVS, SET_SECCOMP, FILTER = 38, 22, 2
ENOSYS, ALLOW = 0x00050026, 0x7FFF0000
AT_IGNORE, VDSO = 1, (32, 33)


@pytest.fixture(params=ARCHES)
def arch(request):
    return request.param


@pytest.fixture(scope="module", name="i386")
def i386_fixture():
    yield from i386_binary.__wrapped__()


@pytest.fixture
def old(arch, patrm, request):
    """Runs patrm for that processor as Linux 3.2 would."""
    if arch == "i386":
        patrm.binary = request.getfixturevalue("i386")
        if RUNNER:
            pytest.skip("this kernel runs no 32-bit programs")
    return patrm


def no_such_calls():
    """From here on, whatever came after Linux 3.2 is unknown: seccomp(2)."""
    load, equal, greater, say = 0x20, 0x15, 0x25, 0x06
    program = b"".join(struct.pack("HBBI", *line) for line in [
        (load, 0, 0, 4),                        # the architecture
        (equal, 0, 2, X86_64),
        (load, 0, 0, 0),                        # the number
        (greater, 2, 3, LAST["x86_64"]),
        (load, 0, 0, 0),
        (greater, 0, 1, LAST["i386"]),
        (say, 0, 0, ENOSYS),
        (say, 0, 0, ALLOW)])
    lines = ctypes.create_string_buffer(program, len(program))
    whole = ctypes.create_string_buffer(struct.pack(
        "H6xP", len(program) // 8, ctypes.addressof(lines)))
    if LIBC.prctl(NO_NEW_PRIVS, 1, 0, 0, 0) or \
            LIBC.prctl(SET_SECCOMP, FILTER, whole, 0, 0):
        os._exit(99)


def no_such_calls_to_be_traced():
    traced()
    no_such_calls()


def hide_vdso(pid, form):
    """Takes it out of what the kernel tells the program, which has not begun:
    an old one, or another processor's, has none, or none for time of 64
    bits. The program then goes on by itself."""
    os.waitpid(pid, 0)
    pairs = struct.iter_unpack(form, Path(f"/proc/{pid}/auxv").read_bytes())
    # to AT_NULL, behind which there is a rest where pointers have 32 bits
    pairs = list(itertools.takewhile(lambda pair: pair[0] != 0, pairs))
    told = b"".join(struct.pack(form, *pair) for pair in pairs)
    hidden = b"".join(
        struct.pack(form, AT_IGNORE if kind in VDSO else kind, value)
        for kind, value in pairs)
    assert hidden != told
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps:
        stack, = (line for line in maps if "[stack]" in line)
    low, high = (int(end, 16) for end in stack.split()[0].split("-"))
    with open(f"/proc/{pid}/mem", "r+b", buffering=0) as memory:
        memory.seek(low)
        at = memory.read(high - low).index(told)
        memory.seek(low + at)
        memory.write(hidden)
    detach(pid)


# ---- Linux 3.2

@pytest.fixture
def then(old, arch, certs):
    """then(standin, *args) is the Result on Linux 3.2."""
    def run(standin, *args, **more):
        run = old.start("-e", standin.endpoint, "--cacert", certs.ca, *args,
                        env={"LANGSMITH_API_KEY": standin.org.key},
                        preexec_fn=no_such_calls_to_be_traced, **more)
        hide_vdso(run.process.pid, AUXV[arch])
        return run.end()
    return run


def test_deletions_on_linux_3_2(then, standin, tmp_path):
    running = standin()
    tokens = [running.org.add() for _ in range(3)]
    audit = tmp_path / "audit"
    running.inject("status 503")
    result = then(running, "-j", "--audit", audit, "--verify", "-",
                  stdin="".join(f"{t.id}\n" for t in tokens).encode())
    assert result.status == 0, result
    assert all(token.id in running.org.deleted for token in tokens)
    assert len(audit.read_text().splitlines()) == 6


def test_lists_on_linux_3_2(then, standin):
    result = then(standin(tokens=20), "--list", "-j")
    assert result.status == 0 and len(result.objects) == 20, result


def test_deadlines_on_linux_3_2(old, arch, serve, certs):
    server = serve(Turn(end="hang"))
    run = old.start("-e", server.endpoint, "--cacert", certs.ca, "-t", "1", ID,
                    env=GIVEN, preexec_fn=no_such_calls_to_be_traced)
    hide_vdso(run.process.pid, AUXV[arch])
    result = run.end()
    assert result.status == 6 and 0.9 < result.seconds < 2, result


# ---- one call at a time

@pytest.mark.parametrize("call", [
    "getrandom", "statx", "clock_gettime64", "ppoll_time64", "pselect6_time64",
    "prlimit64", "prctl", "pipe2", "accept4", "sendmmsg", "recvmmsg",
    "recvmmsg_time64", "faccessat2", "fcntl64", "openat2", "close_range",
    "clone3", "rseq", "membarrier", "set_robust_list"])
def test_each_falls_back(old, serve, certs, tmp_path, alone, call):
    """Those that came after Linux 2.6.12, if patrm makes them at all."""
    trace = tmp_path / "trace"
    server = serve(Turn(http(200, record())), cert=certs.pki.leaf(
        certs.middle, san=f"DNS:{NAME}"))
    result = old("-e", server.url(NAME), "--cacert", certs.ca, ID, env=GIVEN,
                 wrapper=[*alone(net=True, hosts=f"127.0.0.1 {NAME}\n"),
                          "strace", "-f", "-o", trace, "-e",
                          f"inject={call}:error=ENOSYS"])
    assert result.status == 0, result
    for line in trace.read_text().splitlines():
        if re.match(rf"\d+ +{call}\(", line):
            assert "ENOSYS" in line, line


# ---- random numbers where there is no getrandom(2)

def place(what):
    """A wrapper: /dev holds nothing but that, which is a command's doing."""
    return ["unshare", "-m", "sh", "-c",
            f"mount -t tmpfs none /dev && cd /dev && {what} && cd / && "
            'exec "$@"', "sh"]


def test_by_the_device(old, serve, certs, namespaces):
    server = serve(Turn(http(200, record())))
    result = old("-e", server.endpoint, "--cacert", certs.ca, ID, env=GIVEN,
                 preexec_fn=no_such_calls,
                 wrapper=place("mknod urandom c 1 9"))
    assert result.status == 0, result


@pytest.mark.parametrize("what, says", {
    "true": "No such file or directory",
    "echo 4 >urandom": "is not the kernel's",
    "mkfifo urandom": "is not the kernel's",
    "mkdir urandom": "is not the kernel's",
    "mknod urandom c 1 5": "is not the kernel's",       # /dev/zero
    "ln -s urandom urandom": "Symbolic link loop",
}.items(), ids=str)
def test_not_by_anything_else(old, serve, certs, namespaces, what, says):
    server = serve(Turn(http(200, record())))
    result = old("-e", server.endpoint, "--cacert", certs.ca, "--retries=0",
                 ID, env=GIVEN, preexec_fn=no_such_calls, wrapper=place(what))
    assert result.status == 5, result
    assert "there are no random numbers: no getrandom, and /dev/urandom" \
        in result.errors and says in result.errors
    assert "no deletion was sent" in result.errors
    server.stop()
    assert server.requests == []


def test_without_tls_none_are_needed(old, serve, namespaces):
    server = serve(Turn(http(503)), Turn(http(200, record())), plain=True)
    result = old("-e", server.endpoint, ID, env=GIVEN,
                 preexec_fn=no_such_calls, wrapper=place("true"))
    assert result.status == 0, result


# ---- random numbers when there are none yet

def none_yet(trace, when=""):
    """A wrapper: getrandom(2) says so, as it does if it must not wait."""
    return ["strace", "-f", "-o", trace, "-e", "trace=getrandom,setitimer",
            "-e", f"inject=getrandom:error=EAGAIN{when}"]


def test_the_kernel_is_made_to_gather_some(old, serve, certs, tmp_path):
    """By somebody who waits in the call, with an alarm that ends that."""
    trace = tmp_path / "trace"
    server = serve(Turn(http(200, record())))
    result = old("-e", server.endpoint, "--cacert", certs.ca, ID, env=GIVEN,
                 wrapper=none_yet(trace, ":when=1"))
    assert result.status == 0, result
    calls = re.findall(r"(?m)^\d+ +(getrandom\(.*, (?:0|GRND_\w+)\)|"
                       r"setitimer\(.*?tv_usec=\d+)", trace.read_text())
    assert [re.sub(r"\(.*[ =]", " ", call) for call in calls[:5]] == [
        "getrandom GRND_NONBLOCK)", "setitimer 100000", "getrandom 0)",
        "setitimer 0", "getrandom GRND_NONBLOCK)"]


def test_none_in_time(old, serve, certs, tmp_path):
    server = serve(Turn(http(200, record())))
    result = old("-e", server.endpoint, "--cacert", certs.ca, "-t", "1", ID,
                 env=GIVEN, wrapper=none_yet(tmp_path / "trace"))
    assert result.status == 5 and 0.9 < result.seconds < 3, result
    assert "the kernel has none yet; no deletion was sent" in result.errors


# ---- what the README says

def test_the_calls_that_the_readme_names(patrm, standin, certs, tmp_path,
                                         alone, key_file):
    """In all that patrm does: none is missing, and none is too many."""
    text = (TOP / "README.md").read_text(encoding="utf-8")
    named, = re.findall(r"its system calls on x86-64[^:]*:\n\n((?:    .*\n)+)",
                        text)
    running = standin(admin=True, cert=certs.pki.leaf(
        certs.middle, san=f"DNS:{NAME},DNS:localhost"))
    tokens = [running.org.add() for _ in range(3)]
    running.inject("status 503")
    trace = tmp_path / "trace"
    wrapper = [*alone(net=True, hosts=f"127.0.0.1 {NAME}\n",
                      resolv="nameserver 127.0.0.1\n"),
               "strace", "-f", "-A", "-o", trace]
    env = {"LANGSMITH_API_KEY": running.org.key}

    def run(*args, host=NAME, **more):
        return patrm("-e", running.url(host), "--cacert", certs.ca, *args,
                     env=env, wrapper=wrapper, **more)
    assert run("--list").status == 0
    assert run("-j", "--verify", "--audit", tmp_path / "audit", "-", stdin=(
        f"{tokens[0].id}\n").encode()).status == 0
    assert run("--yes", tokens[1].record["short_key"]).status == 0
    assert run("-t", "2", "--retries=0", ID, host="nowhere.test").status == 5
    wrapper.append("--inject=getrandom:error=EAGAIN:when=1")
    assert run("--list").status == 0
    wrapper.pop()
    there = patrm.at_terminal("-e", running.endpoint, "--cacert", certs.ca,
                              tokens[2].record["short_key"], env=env,
                              wrapper=wrapper)
    there.expect("?")
    there.type("y\n")
    assert there.end().status == 0
    made = set(re.findall(r"(?m)^\d+ +(\w+)\(", trace.read_text()))
    made -= set(re.findall(r"(?m)^\d+ +(\w+)\(.*strace", trace.read_text()))
    assert named.split() == sorted(made), " ".join(sorted(made))
