# SPDX-License-Identifier: MIT
# Makes each system call of a deletion fail in turn, with each error that it
# can have, and makes real short reads and writes. However it ends, it ends in
# time, and what its status says of the token is true of the stand-in's.

import ctypes
import fcntl
import re
import socket
import struct
import threading
import time
from dataclasses import dataclass

import pytest

from conftest import KEY
from faults import Relay, asked, settle_server, together, untrue
from nameserver import NameServer
from server import ID, Server, Turn, http, record
from standin import Standin
from tls_wire import WireServer

pytestmark = pytest.mark.native("strace injects into patrm's own calls")

NAME = "standin.test"
TIMEOUT = 3         # of patrm, in seconds
GRACE = 2           # that a run may take longer
TRIES = 40          # until an error meets its call: see inject()


@dataclass
class Call:
    """A row of the tables: calls of one kind, and how they can fail."""
    name: str
    where: str          # a pattern for the call's arguments
    harmless: str       # errors after which everything goes on
    serious: str = ""   # errors after which the status must be true
    wrong: int = None   # the status that those must have, where there is one


FILES = "EMFILE ENFILE ENOMEM"
LOST = "ECONNRESET ETIMEDOUT EHOSTUNREACH ENETUNREACH ENOMEM EIO EBADF"
FULL = "ENOSPC EIO EPIPE EDQUOT EFBIG EBADF ENOMEM"
CLOSE = "EINTR EIO ENOSPC EDQUOT EBADF"

# The first row that fits counts. EINTR of connect(2) is strace's: nothing is
# under way then, which is worse than what a kernel does. A close that strace
# fails leaves the file open.
CALLS = [
    Call("prctl", "", "EPERM EINVAL ENOSYS EACCES"),
    Call("rt_sigaction", "", "EINVAL EFAULT ENOSYS"),
    Call("rt_sigprocmask", "", "EINVAL EFAULT ENOSYS"),
    # whether the standard streams are open
    Call("poll", "fd=0, events=0", "EINTR ENOMEM EINVAL EFAULT ENOSYS"),
    # endpoint and key are given, so the profiles do not matter
    Call("open", r'/config\.json"', f"ENOENT ENOTDIR {FILES} EACCES EINTR EIO "
         "ELOOP EPERM"),
    Call("open", r'\.pem"', "", f"{FILES} EACCES EINTR EIO ENOENT EPERM", 2),
    Call("close", "", CLOSE),
    Call("fstat", "", "EBADF EIO ENOMEM EOVERFLOW ENOSYS"),
    Call("pread64", "^3, ", "EINTR", "EIO EBADF EISDIR ENOMEM EINVAL ESPIPE"),
    Call("ppoll", "^NULL, 0, {tv_sec=0, tv_nsec=0}", "EINTR EAGAIN ENOMEM "
         "EINVAL EFAULT ENOSYS"),
    Call("ppoll", r"^\[", "EINTR EAGAIN", "ENOMEM EINVAL EFAULT ENOSYS"),
    # to these two, musl's answer is another try without flags
    Call("socket", "SOCK_NONBLOCK", "EPROTONOSUPPORT EINVAL",
         f"{FILES} ENOBUFS EACCES EPERM EAFNOSUPPORT", 5),
    Call("connect", "", "", "EINTR EAGAIN EADDRNOTAVAIL EACCES EPERM "
         "ECONNREFUSED ECONNRESET ENETUNREACH ENETDOWN EHOSTUNREACH "
         "ETIMEDOUT EALREADY EBADF ENOMEM ENOBUFS EAFNOSUPPORT", 5),
    Call("getsockopt", "SO_ERROR", "", "EBADF ENOMEM ENOBUFS EINVAL "
         "ENOPROTOOPT", 5),
    # it waits; /dev/urandom is in its place
    Call("getrandom", ", 256, GRND_NONBLOCK", "EINTR EAGAIN ENOSYS EPERM"),
    Call("sendto", "", "EINTR EAGAIN",
         f"{LOST} EPIPE ENOBUFS EACCES EPERM ENETDOWN ECONNREFUSED"),
    Call("recvfrom", "", "EINTR EAGAIN", f"{LOST} ECONNREFUSED ENOTCONN"),
    Call("poll", "^\\[{fd=1, events=POLLOUT}], 1, 0",
         "EINTR EAGAIN ENOMEM EINVAL EFAULT ENOSYS"),
    Call("ioctl", "^1, TIOCGWINSZ", "EBADF EINVAL EIO ENOSYS EPERM"),
    Call("write", "^1, ", "EINTR EAGAIN", FULL, 8),
]

# What only a name needs. A file that cannot be read says nothing, and a server
# that cannot be asked is asked once more.
LOOKUP = [
    Call("open", '"/etc/', "", f"{FILES} EACCES EINTR EIO ENOENT EPERM"),
    Call("read", "", "EINTR", "EIO EBADF EISDIR ENOMEM"),
    Call("close", "", CLOSE),
    Call("uname", "", "EFAULT ENOSYS"),
    Call("getrandom", "", "EINTR EAGAIN ENOSYS EPERM EFAULT EINVAL"),
    Call("socket", "SOCK_DGRAM", f"{FILES} ENOBUFS EACCES EPERM EINVAL "
         "EAFNOSUPPORT EPROTONOSUPPORT"),
    Call("connect", "htons[(]53[)]", "EINTR EAGAIN EADDRNOTAVAIL EACCES EPERM "
         "ENETUNREACH EHOSTUNREACH EBADF ENOMEM ENOBUFS EAFNOSUPPORT"),
    Call("sendto", "", f"{LOST} EINTR EAGAIN EPIPE ENOBUFS EACCES EPERM "
         "ENETDOWN ECONNREFUSED"),
    Call("recvfrom", "", f"{LOST} EINTR EAGAIN ECONNREFUSED ENOTCONN"),
    Call("ppoll", "", "EINTR EAGAIN", "ENOMEM EINVAL EFAULT ENOSYS", 5),
]

# Calls that get no error, each for a reason.
NO_ERROR = {
    "execve": "before patrm is there at all",
    "arch_prctl": "musl's start, before main: it aborts, rightly",
    "set_tid_address": "musl's start: cannot fail",
    "mprotect": "musl's start, before main: relocations made read-only",
    "exit_group": "does not return",
    "clock_gettime": "cannot fail; a call only where there is no vDSO",
}

LINE = re.compile(r"(?:(\d+) +)?(\w+)\((.*)")


@dataclass
class Seen:
    """One call of a trace; n is its number among those of its name."""
    pid: int
    name: str
    n: int
    text: str


def calls_of(trace):
    """All calls in a trace, in order."""
    found, counts = [], {}
    for line in trace.read_text(errors="replace").splitlines():
        match = LINE.match(line)
        if match:
            pid, name = int(match[1] or 0), match[2]
            n = counts[pid, name] = counts.get((pid, name), 0) + 1
            found.append(Seen(pid, name, n, match[3]))
    return found


def row_of(call, table):
    """The row for a call; a call without one is a failure."""
    for row in table:
        if row.name == call.name and re.search(row.where, call.text):
            return row
    raise AssertionError(f"the table does not know {call.name}({call.text}")


@dataclass
class Pair:
    """An error for a call, and what must come of it."""
    call: Seen
    error: str
    row: Call
    harmless: bool
    places: list        # which n the call had in all the clean traces
    retries: int = 0

    def __str__(self):
        return (f"{self.call.name} {self.call.n} {self.error} "
                f"retries={self.retries}: {self.call.text[:60]}")


def nth_of_row(calls, row, nth):
    """The n of the nth call that a row is for; [] if there are fewer."""
    found = [call.n for call in calls if call.name == row.name
             and re.search(row.where, call.text)]
    return found[nth:nth + 1]


def pairs_for(calls, table, traces=(), **more):
    """Each of the calls with each of its errors."""
    found, rows = [], []
    for call in calls:
        if call.name in NO_ERROR:
            continue
        row = row_of(call, table)
        places = [call.n]
        for trace in traces:
            places += nth_of_row(trace, row, rows.count(row))
        rows.append(row)
        for error in row.harmless.split():
            found.append(Pair(call, error, row, True, places, **more))
        for error in row.serious.split():
            found.append(Pair(call, error, row, False, places, **more))
    return found


@pytest.fixture
def standin(certs):
    san = f"DNS:localhost,DNS:{NAME},IP:127.0.0.1"
    with Standin(cert=certs.pki.leaf(certs.middle, san=san)) as running:
        running.tls.num_tickets = 0     # see test_each_call_fails
        yield running


@pytest.fixture
def traced(patrm, certs, standin, tmp_path):
    """traced(number, token, *options) is a run under strace, and its trace;
    the number keeps traces apart."""
    def run(number, token, *options, host="127.0.0.1", args=(), before=(),
            **more):
        trace = tmp_path / f"trace{number}"
        env = {"LANGSMITH_API_KEY": standin.org.key}
        result = patrm("-e", standin.url(host), "--cacert", certs.ca, "-t",
                       str(TIMEOUT), *args, token, env=env,
                       wrapper=[*before, "strace", "-o", trace, *options],
                       **more)
        assert standin.org.key.encode() not in result.out + result.err
        return result, trace
    return run


@pytest.fixture
def clean(traced, standin):
    """clean(...) are traces of runs without faults, the shortest first: now
    and then a read comes before its data, and is one call more."""
    def trace(**more):
        runs = []
        for number in range(8):
            result, file = traced(f"clean{number}", standin.org.add().id, "-f",
                                  args=["-j"], **more)
            assert result.status == 0, result
            runs.append(calls_of(file))
        return sorted(runs, key=len)
    return trace


@pytest.fixture
def inject(traced, standin):
    """inject(number, pair) is how a run with that fault ended. Where another
    call, or none, was the n-th this time (see clean), it runs again."""
    def run(number, pair, **where):
        for attempt in range(TRIES):
            token = standin.org.add().id
            n = pair.places[attempt % len(pair.places)]
            spec = f"{pair.call.name}:error={pair.error}:when={n}"
            options = ["-e", f"inject={spec}"]
            result, trace = traced(f"{number}.{attempt}", token, *options,
                                   args=["-j", f"--retries={pair.retries}"],
                                   **where)
            text = trace.read_text(errors="replace")
            trace.unlink()      # there are hundreds
            met = [line for line in text.splitlines() if "(INJECTED)" in line]
            if met and all(re.search(pair.row.where, LINE.match(line)[3])
                           for line in met):
                return Ended(pair, token, result, text)
        raise AssertionError(f"{pair} was not injected")
    return run


@dataclass
class Ended:
    """How a run with a fault ended."""
    pair: Pair
    token: str
    result: object
    trace: str

    def wrong(self, standin):
        """What is wrong with it, or None."""
        status, row = self.result.status, self.pair.row
        if self.result.seconds > TIMEOUT + GRACE:
            return f"took {self.result.seconds:.1f} s"
        if status < 0:
            return f"died by signal {-status}"
        if self.pair.harmless and status != 0:
            return f"{status}, but the error is harmless"
        if self.pair.harmless and len(asked(standin, self.token)) != 1:
            return "not exactly one DELETE"
        if not self.pair.harmless and self.pair.retries == 0 \
                and row.wrong is not None and status != row.wrong:
            return f"{status} instead of {row.wrong}"
        told = self.result.out + self.result.err
        if status != 2 and self.token.encode() not in told:
            return "nothing is said of the token"
        return untrue(standin, self.token, status)


def sweep(inject, standin, pairs, **where):
    """Injects all, and fails with all that went wrong."""
    ended = together(lambda job: inject(*job, **where),
                     list(enumerate(pairs)))
    settle_server()
    statuses, wrong = {}, []
    for end in ended:
        status = end.result.status
        statuses[status] = statuses.get(status, 0) + 1
        fault = end.wrong(standin)
        if fault:
            wrong.append(f"{end.pair}\n    {fault}: "
                         f"{end.result.out[:250]} {end.result.err[:250]}")
    assert not wrong, "\n".join([f"{len(wrong)} of {len(ended)}:", *wrong])
    return ended, statuses


def test_tables_know_themselves():
    """An error is named once a row, and no call is in and out at once."""
    for row in CALLS + LOOKUP:
        errors = f"{row.harmless} {row.serious}".split()
        assert len(errors) == len(set(errors)) > 0, row
        assert row.name not in NO_ERROR


def test_each_call_fails(inject, clean, standin):
    """One attempt: whether it was sent and answered is known exactly."""
    traces = clean()
    calls = traces[0]
    sends = [c for c in calls if c.name == "sendto"]
    request = int(sends[-2].text.rsplit("= ", 1)[1])     # then: close_notify
    pairs = pairs_for(calls, CALLS, traces)
    ended, statuses = sweep(inject, standin, pairs)
    wrong = []
    for end in ended:
        sent = re.search(rf"sendto\(.*= {request}$", end.trace, re.M)
        # Without tickets nothing but the answer comes before more is sent.
        answered = sent and re.search(
            r"(?m)^recvfrom\(.*= [1-9]\d*$",
            end.trace[sent.end():].split("sendto(")[0])
        # A status that a full disk or a wrong clock may have is told above.
        right = ({0, 8} if answered else {6}) if sent else {2, 5}
        if end.result.status not in right:
            wrong.append(f"{end.pair}: {end.result.status}, not {right}")
    print(f"system faults: {len(pairs)} pairs injected into "
          f"{len({(p.call.name, p.call.n) for p in pairs})} calls, "
          f"statuses {statuses}")
    assert not wrong, "\n".join(wrong)
    assert set(statuses) == {0, 2, 5, 6, 8}
    assert len(pairs) > 180


def test_each_call_fails_and_it_tries_again(inject, clean, standin):
    """Two attempts, and one serious error of each call before them."""
    traces = clean()
    pairs = [pair for pair in pairs_for(traces[0], CALLS, traces, retries=1)
             if not pair.harmless]
    first = {}
    for pair in pairs:
        first.setdefault((pair.call.name, pair.call.n), pair)
    _, statuses = sweep(inject, standin, list(first.values()))
    print(f"system faults before a retry: {len(first)} pairs injected, "
          f"statuses {statuses}")
    assert {0, 2, 6, 8} <= set(statuses)


def lookup_of(calls):
    """Those between the first file and the first connection."""
    begin = next(i for i, c in enumerate(calls) if "/etc/hosts" in c.text)
    end = next(i for i, c in enumerate(calls) if "SOCK_STREAM" in c.text)
    return calls[begin:end]


@pytest.mark.parametrize("hosts", [f"127.0.0.1 {NAME}\n", ""],
                         ids=["hosts", "DNS"])
def test_each_call_of_a_lookup_fails(inject, clean, standin, alone, hosts):
    """Of a name in /etc/hosts, and of one that a server knows."""
    with NameServer({} if hosts else {NAME: ["127.0.0.1"]}) as dns:
        where = {"host": NAME, "before": alone(
            net=True, hosts=hosts, resolv=f"nameserver {dns.address}\n")}
        traces = [lookup_of(trace) for trace in clean(**where)]
        pairs = pairs_for(traces[0], LOOKUP, traces)
        _, statuses = sweep(inject, standin, pairs, **where)
    print(f"system faults of a lookup: {len(pairs)} pairs injected, "
          f"statuses {statuses}")
    assert set(statuses) <= {0, 5}
    assert len(pairs) > (15 if hosts else 100)


@pytest.mark.parametrize("wait", range(2, 8))
def test_a_request_that_is_given_up(traced, standin, wait):
    """It could not be sent at once, and the wait for that fails: not one byte
    of it may leave with the goodbye to the server."""
    token = standin.org.add().id
    result, trace = traced(0, token, "-e", "inject=sendto:error=EAGAIN:when=3",
                           "-e", f"inject=ppoll:error=ENOMEM:when={wait}",
                           args=["-j", "--retries=0"])
    settle_server()
    assert untrue(standin, token, result.status) is None, result
    if re.search(r"ppoll\(.*POLLOUT.*\(INJECTED\)",
                 trace.read_text().partition("sendto(")[2]):
        assert result.status == 5


@pytest.fixture
def large_bundle(certs, tmp_path):
    """One of several chunks, and the root in the middle."""
    path = tmp_path / "bundle.pem"
    others = certs.pki.ca("Other Root").cert.read_text() * 45
    path.write_text(others + certs.ca.read_text() + others)
    return path


def test_a_disk_that_is_too_slow(patrm, certs, large_bundle, tmp_path):
    """Each read of the bundle takes longer than there is time: what is late
    by then is not sent any more. The bundle is opened before the clock runs,
    which is the first read."""
    leaf = certs.pki.leaf(certs.root)

    def script(peer):
        peer.read_hello()
        peer.accept13()
        peer.answer(http(200, record()))

    def run(number, seconds="1"):
        trace = tmp_path / f"slow{number}"
        slow = f"inject=pread64:delay_enter=1500000:when={number}"
        with WireServer(leaf, script) as server:
            result = patrm("-e", server.endpoint, "--cacert", large_bundle,
                           "-t", seconds, "--retries=0", ID,
                           env={"LANGSMITH_API_KEY": KEY},
                           wrapper=["strace", "-o", trace, "-e", slow])
            server.stop()
        return result, server.asked, len(re.findall(
            r"(?m)^pread64\(", trace.read_text()))

    result, sent, reads = run(1, seconds="20")
    assert result.status == 0 and sent and reads > 4, result
    for result, sent, _ in together(run, range(2, reads + 1)):
        assert result.status == 5 and not sent, result
        assert re.search("timed out: (?!waiting;).*no deletion was sent",
                         result.errors)


# ---- output

@pytest.mark.parametrize("args", [[], ["-j"]], ids=str)
@pytest.mark.parametrize("error", FULL.split())
def test_output_that_fails(traced, standin, args, error):
    """Of two deletions the first cannot be told, and the second is."""
    first, second = standin.org.add().id, standin.org.add().id
    result, trace = traced(0, first, "-e", f"inject=write:error={error}"
                           ":when=1", args=[*args, "--retries=0", second])
    assert "(INJECTED)" in trace.read_text()
    assert {first, second} <= set(standin.org.deleted)
    assert result.status == 9       # 8, and 0
    told = result.text + result.errors
    assert first in told and second in told
    assert "deleted" in result.errors


@pytest.mark.parametrize("error", FULL.split())
def test_errors_that_fail(traced, standin, error):
    """-v tells much on standard error; none of it is needed."""
    token = standin.org.add().id
    result, trace = traced("clean", token, args=["-v"])
    errors = [call.n for call in calls_of(trace)
              if call.name == "write" and call.text.startswith("2, ")]
    assert result.status == 0 and len(errors) >= 3

    for n in errors:
        token = standin.org.add().id
        result, trace = traced(n, token, "-e",
                               f"inject=write:error={error}:when={n}",
                               args=["-v"])
        assert re.search(r"write\(2, .*\(INJECTED\)", trace.read_text())
        assert result.status == 0 and token in standin.org.deleted
        assert result.text.startswith("outcome: deleted\n")


def test_everything_told_fails(traced, standin):
    """Neither place takes anything: the status alone tells."""
    token = standin.org.add().id
    result, _ = traced(0, token, "-e", "inject=write:error=EIO", args=["-v"])
    assert result.status == 8 and token in standin.org.deleted
    result, _ = traced(0, token, "-e", "inject=write:error=EIO", args=["-j"])
    assert result.status == 4
    assert result.out == result.err == b""


# ---- short reads and writes: real ones, strace could only lie about them

BIG = record(description="x" * 60_000)


def test_a_disk_that_fills_up(serve, delete, tmp_path, namespaces):
    """The first write is short, the second fails: the record is torn."""
    disk = tmp_path / "disk"
    disk.mkdir()
    script = (f"mount -t tmpfs -o size=4k none {disk} && cd {disk} && "
              'head -c 100 /dev/zero >out && "$@" >>out; status=$?; '
              f"cat out >{tmp_path}/out; exit $status")
    trace = tmp_path / "trace"
    result = delete(serve(Turn(http(200, BIG))), "-j", ID, wrapper=[
        "unshare", "-m", "sh", "-c", script, "sh", "strace", "-o", trace])
    text = trace.read_text()
    assert re.search(r"write\(1, .*, 4096\) += 3996", text)
    assert "ENOSPC" in text
    assert result.status == 8
    assert "the token is deleted" in result.errors
    assert (tmp_path / "out").stat().st_size == 4096


@pytest.mark.parametrize("blocks", [0, 1])
def test_a_file_that_may_not_grow(serve, delete, tmp_path, blocks):
    """RLIMIT_FSIZE: a short write, and then not only EFBIG but SIGXFSZ."""
    script = f'ulimit -f {blocks}; exec "$@" >"{tmp_path}/out"'
    result = delete(serve(Turn(http(200, BIG))), "-j", ID,
                    wrapper=["sh", "-c", script, "sh"])
    assert result.status == 8, result
    assert "the token is deleted" in result.errors


def test_output_piece_by_piece(serve, start, tmp_path):
    """A socket as standard output, non-blocking, with next to no buffer."""
    trace = tmp_path / "trace"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        theirs = socket.socket()
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        theirs.connect(listener.getsockname())
        ours, _ = listener.accept()
    with ours, theirs:
        theirs.setblocking(False)
        run = start(serve(Turn(http(200, BIG))), "-j", ID, stdout=theirs,
                    wrapper=["strace", "-o", trace])
        theirs.close()
        ours.settimeout(20)
        out = b""
        while data := ours.recv(700):
            out += data
            if len(out) < 9000:
                time.sleep(0.02)
        result = run.end()
    result.out = out
    assert result.status == 0
    assert result.objects[0]["record"] == BIG
    text = trace.read_text()
    short = [match for match in re.finditer(
        r"write\(1, .*, (\d+)\) += (-?\d+)", text) if match[1] != match[2]]
    late = re.findall(r"poll\(\[{fd=1, .*\) += 0 \(Timeout\)", text)
    print(f"writes: {len(short)} short or refused, {len(late)} waited for")
    assert short and late


def small_buffers():
    """A network of one's own for this thread and what it starts, where a
    sending socket takes next to nothing at once."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(0x40000000) != 0:   # CLONE_NEWNET
        raise OSError(ctypes.get_errno(), "unshare")
    with socket.socket() as sock:       # SIOCSIFFLAGS, IFF_UP: netdevice(7)
        fcntl.ioctl(sock, 0x8914, struct.pack("16sh14x", b"lo", 1))
    with open("/proc/sys/net/ipv4/tcp_wmem", "w", encoding="ascii") as file:
        file.write("4608 4608 4608")


def in_thread(work):
    """Calls it in a thread of its own and gives what it gives."""
    box = []

    def target():
        try:
            box.append((work(), None))
        except BaseException as error:  # for whoever waits
            box.append((None, error))
    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    thread.join(60)
    assert box, "the thread does not end"
    value, error = box[0]
    if error:
        raise error
    return value


@pytest.mark.parametrize("plain", [False, True])
def test_a_request_that_leaves_in_pieces(patrm, certs, tmp_path, namespaces,
                                         plain):
    """A key of 8,000 bytes, and a server that is slow to read."""
    key = KEY + "k" * 8000
    trace = tmp_path / "trace"

    def work():
        small_buffers()
        server = Server(Turn(http(200, record())),
                        cert=None if plain else certs.leaf)
        server.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        with server:
            result = patrm("-e", server.url("127.0.0.1"), "-j",
                           *([] if plain else ["--cacert", certs.ca]), ID,
                           env={"LANGSMITH_API_KEY": key},
                           wrapper=["strace", "-o", trace])
        return result, server.requests

    result, requests = in_thread(work)
    assert result.status == 0, result
    assert len(requests) == 1 and key.encode() in requests[0]
    sends = re.findall(r"sendto\(.*, (\d+), MSG_NOSIGNAL, NULL, 0\) = (-?\d+)",
                       trace.read_text())
    short = [send for send in sends if send[0] != send[1]]
    print(f"short or refused sends: {len(short)} of {len(sends)}")
    assert any(done != "-1" for _, done in short), sends


@pytest.mark.parametrize("piece", [1, 2, 3, 5, 7, 19, 64])
def test_an_answer_in_pieces(patrm, certs, standin, piece):
    """Both ways in segments of so many bytes, whatever the records are."""
    token = standin.org.add().id
    with Relay(standin.port, piece=piece) as relay:
        result = patrm("-e", relay.url, "--cacert", certs.ca, "-j", token,
                       env={"LANGSMITH_API_KEY": standin.org.key})
    settle_server()
    assert result.status == 0 and result.objects[0]["attempts"] == 1
    assert len(asked(standin, token)) == 1
    assert untrue(standin, token, 0) is None
