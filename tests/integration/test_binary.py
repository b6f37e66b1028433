# SPDX-License-Identifier: MIT
# The file itself: static, hardened, small, and able to run where there is
# nothing else; what it costs is printed (pytest -rP shows it).

import os
import re
import shutil
import signal
import struct
import subprocess
import time

import pytest

from server import ID, Turn, http, record, until

pytestmark = pytest.mark.native("about the file, and what the kernel makes of it")

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


@pytest.fixture
def running(serve, start, as_root):
    """The process id of one that waits for its answer, with the key in
    memory; only root may look into it."""
    server = serve(Turn(end="hang"))
    run = start(server, ID)
    until(lambda: server.requests)
    return run.process.pid


def mappings(pid):
    """(begin, end, rights, name) of each, as the kernel has them."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as file:
        for line in file:
            area, rights, _, _, _, *name = line.rstrip("\n").split(None, 5)
            begin, end = (int(n, 16) for n in area.split("-"))
            yield begin, end, rights, name[0] if name else ""


def segment(elf, name):
    """Address and length of that segment in the file."""
    found = re.search(rf"{name} +0x\w+ 0x(\w+) 0x\w+ 0x\w+ 0x(\w+)", elf)
    return int(found[1], 16), int(found[2], 16)


def test_relocated_data_is_sealed(elf, binary, running):
    """All of the RELRO segment, and the page that it begins on."""
    areas = list(mappings(running))
    base = min(begin for begin, _, _, name in areas if name == str(binary))
    address, size = segment(elf, "GNU_RELRO")
    page = os.sysconf("SC_PAGE_SIZE")
    assert size > 0 and (address + size) % page == 0
    at, end = (base + address) // page * page, base + address + size
    while at < end:
        _, at, rights, _ = next(
            area for area in areas if area[0] <= at < area[1])
        assert rights == "r--p"


def test_is_made_for_pages_of_any_size(elf):
    """No page up to the largest is in two segments, or sealed in part; and
    the file has no padding for that."""
    loads = [[int(n, 16) for n in found] for found in re.findall(
        r"LOAD +0x(\w+) 0x(\w+) 0x\w+ 0x(\w+) 0x(\w+) .* 0x(\w+)\n", elf)]
    assert len(loads) == 4
    for (at, begin, length, size, page), (then, later, *_) in zip(
            loads, loads[1:]):
        assert 0 <= then - (at + length) < 64
        assert (begin + size - 1) // page < later // page
    address, size = segment(elf, "GNU_RELRO")
    assert address == loads[2][1] and (address + size) % loads[1][4] == 0


def test_nothing_is_writable_and_executable(running):
    areas = list(mappings(running))
    assert [a for a in areas if "w" in a[2] and "x" in a[2]] == []
    (stack,) = [a for a in areas if a[3] == "[stack]"]
    assert stack[2] == "rw-p"


def test_lies_elsewhere_each_time(binary, serve, start, as_root):
    """Its code, its stack: as the kernel does with a PIE."""
    with open("/proc/sys/kernel/randomize_va_space", encoding="ascii") as file:
        if file.read().strip() == "0":
            pytest.skip("this kernel is told to give the same addresses")
    seen = set()
    for _ in range(3):
        server = serve(Turn(end="hang"))
        run = start(server, ID)
        until(lambda: server.requests)  # pylint: disable=W0640
        seen.add(tuple(begin for begin, _, _, name in mappings(
            run.process.pid) if name in (str(binary), "[stack]")))
        run.kill()
    assert len(seen) == 3


def test_the_canary_is_random_and_in_use(running):
    """musl takes it from the kernel's random bytes (AT_RANDOM), and makes its
    second byte a zero: frames of the functions that wait have it."""
    with open(f"/proc/{running}/auxv", "rb") as file:
        numbers = struct.unpack("40Q", file.read().ljust(320, b"\0")[:320])
    where = dict(zip(numbers[::2], numbers[1::2]))[25]
    with open(f"/proc/{running}/mem", "rb") as memory:
        memory.seek(where)
        canary = bytearray(memory.read(8))
        canary[1] = 0
        begin, end, _, _ = next(
            a for a in mappings(running) if a[3] == "[stack]")
        memory.seek(begin)
        stack = memory.read(end - begin)
    assert len(set(canary)) > 2
    assert stack.count(bytes(canary)) >= 2


def test_leaves_no_core(start, serve, tmp_path):
    """Whatever the limit is; another program does leave one."""
    unlimited = ["sh", "-c", 'cd "$0" && ulimit -c unlimited && exec "$@"',
                 tmp_path]
    with subprocess.Popen([*unlimited, "sleep", "30"]) as other:
        until(lambda: comm(other.pid) == "sleep")
        other.send_signal(signal.SIGSEGV)
        _, status = os.waitpid(other.pid, 0)
        other.returncode = status
    if not os.WCOREDUMP(status):
        pytest.skip("this kernel dumps no core of anything")
    server = serve(Turn(end="hang"))
    run = start(server, ID, wrapper=unlimited)
    until(lambda: server.requests)
    run.process.send_signal(signal.SIGSEGV)
    _, status = os.waitpid(run.process.pid, 0)
    run.process.returncode = -signal.SIGSEGV
    assert os.WTERMSIG(status) == signal.SIGSEGV
    assert not os.WCOREDUMP(status)


def comm(pid):
    with open(f"/proc/{pid}/comm", encoding="ascii") as file:
        return file.read().strip()


def test_seals_before_it_reads(serve, delete, tmp_path):
    """One system call, the first of main: before any file or socket."""
    trace = tmp_path / "trace"
    delete(serve(Turn(http(200, record()))), ID,
           wrapper=["strace", "-qq", "-o", trace])
    calls = re.findall(r"(?m)^(\w+)\((.*)", trace.read_text())
    names = [name for name, _ in calls]
    first = names.index("mprotect")
    assert names.count("mprotect") == 1 and "PROT_READ)" in calls[first][1]
    assert not set(names[:first]) & {"read", "open", "openat", "socket"}


def test_says_so_where_it_cannot_seal(patrm):
    """strace makes the call fail."""
    result = patrm("--version", wrapper=[
        "strace", "-qq", "-o", "/dev/null", "-e",
        "inject=mprotect:error=EACCES:when=1"])
    assert result.status == 5 and result.out == b""
    assert "the system refused mprotect: Permission denied" in result.errors


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
