# SPDX-License-Identifier: MIT
# SIGINT, SIGTERM and SIGHUP at every stage of a run: it ends at once with the
# status of CLI.md, and every TOKEN has its line.

import array
import contextlib
import fcntl
import os
import pty
import re
import signal
import socket
import subprocess
import termios
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

import conftest
from conftest import KEY
from ports import closed_port, own_address
from server import IDS, Turn, http, record, until
from summary import summary

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
TOKENS = IDS[:3]
AT_ONCE = 2.0       # seconds from the signal to the end
# Of several TOKENs: which one authenticates is looked for first.
LOOK = http(200, b"[]")
# a name server that never answers; not that of another run of these tests


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """What does not hear a signal is found out soon."""
    monkeypatch.setattr(conftest, "LONGEST", 30 if conftest.RUNNER else 8)


# ---- what a process is doing

def fields(pid):
    text = Path(f"/proc/{pid}/status").read_text()
    return dict(line.split(":\t", 1) for line in text.splitlines())


def is_waiting(pid):
    """Whether it sleeps where it hears signals: caught, and not blocked."""
    found = fields(pid)
    caught, blocked = (int(found[name], 16) for name in ("SigCgt", "SigBlk"))
    stops = sum(1 << (number - 1) for number in SIGNALS)
    return (found["State"].startswith("S") and caught & stops
            and not blocked & caught & stops)


def session_of(pid):
    """The processes of a session, zombies left out."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue    # has just ended
        if int(words[3]) == pid and words[0] != "Z":
            found.append(int(stat.parent.name))
    return found


# ---- stages: each brings patrm there, and says what must come of a signal

@pytest.fixture
def stage(patrm, certs, serve, request, tmp_path):
    """stage(name, *args) is (run, outcomes): patrm at that stage, and what
    must be said of tokens that were begun; the rest is not-tried."""
    with ExitStack() as stack:
        def start(name, *args, tokens=TOKENS, wrapper=(), **more):
            return Stage(patrm, certs, serve, request, tmp_path, stack).reach(
                name, [*args, *tokens], wrapper, more)
        yield start


class Stage:
    """Knows how to get there."""

    def __init__(self, patrm, certs, serve, request, folder, stack):
        self.patrm, self.certs, self.serve = patrm, certs, serve
        self.request, self.folder, self.stack = request, folder, stack

    def reach(self, name, args, wrapper, more):
        self.args, self.wrapper, self.more = args, list(wrapper), more
        run, outcomes = getattr(self, name.replace(" ", "_"))()
        if name != "flooded handshake":     # it has no time to wait
            until(lambda: is_waiting(run.process.pid), 5)
        return run, outcomes

    def run(self, url, *args, env=None, wrapper=(), **more):
        env = {"LANGSMITH_API_KEY": KEY} if env is None else env
        return self.patrm.start(
            "-e", url, "--cacert", self.certs.ca, *args, *self.args, env=env,
            wrapper=[*wrapper, *self.wrapper],
            **{"stdin": subprocess.DEVNULL, "start_new_session": True}
            | self.more | more)

    def script(self, *turns):
        """Before the first deletion of several TOKENs the own list is read."""
        several = sum(arg in TOKENS for arg in self.args) > 1
        return self.serve(*[Turn(LOOK)] * several, *turns)

    def at_the_last_turn(self, server):
        run = self.run(server.url("127.0.0.1"))
        until(lambda: len(server.requests) == len(server.script))
        return run

    def nobody(self):
        return f"https://127.0.0.1:{closed_port()}"

    def key_from_a_pipe(self):
        read, write = os.pipe()
        self.stack.callback(os.close, write)
        run = self.run(self.nobody(), "-k", "-", env={}, stdin=read)
        os.close(read)
        return run, {}

    def key_from_a_fifo(self):
        path = self.folder / "fifo"
        os.mkfifo(path)
        end = os.open(path, os.O_RDWR)
        self.stack.callback(os.close, end)
        return self.run(self.nobody(), "-k", path, env={}), {}

    def key_from_a_terminal(self):
        ours, theirs = pty.openpty()
        self.stack.callback(os.close, ours)
        run = self.run(self.nobody(), "-k", "-", env={}, stdin=theirs)
        os.close(theirs)
        return run, {}

    def resolving(self):
        alone = self.request.getfixturevalue("alone")   # root only
        silent = self.stack.enter_context(
            socket.socket(type=socket.SOCK_DGRAM))
        silent.bind((own_address(), 53))
        silent.settimeout(5)
        run = self.run("https://host.example", wrapper=alone(
            net=True, resolv=f"nameserver {own_address()}\n", hosts="\n"))
        assert b"\4host\7example\0" in silent.recv(512)
        return run, {}

    def connecting(self):
        """To a listener whose queue is full: SYNs are dropped."""
        listener = self.stack.enter_context(
            socket.create_server(("127.0.0.1", 0), backlog=0))
        port = listener.getsockname()[1]
        for _ in range(3):
            sock = self.stack.enter_context(socket.socket())
            sock.setblocking(False)
            sock.connect_ex(("127.0.0.1", port))

        def unanswered():   # SYN_SENT is 02, proc(5)
            return Path("/proc/net/tcp").read_text().count(
                f" 0100007F:{port:04X} 02 ")
        before = unanswered()
        run = self.run(f"https://127.0.0.1:{port}")
        until(lambda: unanswered() > before, 5)
        return run, {}

    def handshake(self):
        server = self.serve(Turn(end="hang", early=True))
        run = self.run(server.url("127.0.0.1"))
        until(lambda: server.connections)
        return run, {}

    def flooded_handshake(self):
        """change_cipher_spec records, faster than they can be read."""
        server = self.serve(Turn([b"\x14\3\3\0\1\1" * 5000] * 100_000,
                                 early=True), patience=6)
        run = self.run(server.url("127.0.0.1"))
        until(lambda: server.connections)
        return run, {}

    def own_list(self):
        """Which token authenticates is not known yet."""
        return self.at_the_last_turn(self.serve(Turn(end="hang"))), {}

    def answer(self):
        run = self.at_the_last_turn(self.script(Turn(end="hang")))
        return run, {TOKENS[0]: "unknown"}

    def second_answer(self):
        run = self.at_the_last_turn(self.script(
            Turn(http(200, record(TOKENS[0]))), Turn(end="hang")))
        return run, {TOKENS[0]: "deleted", TOKENS[1]: "unknown"}

    def pause_after(self, status):
        """Asked to, patrm closes the connection before it pauses."""
        server = self.script(Turn(http(status, b"", "Retry-After: 20",
                                       "Connection: close"), end="clean"))
        run = self.run(server.url("127.0.0.1"))
        until(lambda: not server.thread.is_alive())
        return run

    def pause_after_429(self):
        return self.pause_after(429), {TOKENS[0]: "rate-limited"}

    def pause_after_503(self):
        return self.pause_after(503), {TOKENS[0]: "unknown"}

    def pause_after_a_refusal(self):
        """The own list is read; then nobody is there any more."""
        server = self.serve(Turn(http(200, b"[]", "Connection: close"),
                                 end="clean"))
        run = self.run(server.url("127.0.0.1"), "--retries=9")
        until(lambda: not server.thread.is_alive())
        time.sleep(0.8)     # in the second pause, which lasts a second
        return run, {TOKENS[0]: "unreachable"}

    def tokens_from_a_pipe(self):
        """Nothing has been written; there is no TOKEN to tell of."""
        read, write = os.pipe()
        self.stack.callback(os.close, write)
        self.args = [arg for arg in self.args if arg not in TOKENS] + ["-"]
        run = self.run(self.nobody(), stdin=read)
        os.close(read)
        return run, {}


STAGES = ["key from a pipe", "key from a fifo", "key from a terminal",
          "resolving", "connecting", "handshake", "own list", "answer",
          "second answer", "pause after 429", "pause after 503",
          "pause after a refusal", "tokens from a pipe"]


FATES = {
    "unknown": "it is unknown whether",
    "not-tried": "nothing was deleted|no deletion was sent",
    "rate-limited": "nothing was deleted",
    "unreachable": "no deletion was sent",
}


def check(result, number, outcomes, tokens=TOKENS):
    """The status, a line for each TOKEN, in order, and one for them all.
    What is unknown comes last: a list might have settled it."""
    unknown = "unknown" in outcomes.values()
    assert result.status == (6 if unknown else 128 + number), result
    expected = [(token, outcomes.get(token, "not-tried")) for token in tokens]
    expected.sort(key=lambda one: one[1] == "unknown")
    last = summary(outcome for _, outcome in expected)
    if result.out.startswith(b"{"):
        told = [(o["token"], o["outcome"]) for o in result.objects]
        assert told == expected, result
        for one in result.objects:
            assert one["outcome"] == "deleted" or re.search(
                FATES[one["outcome"]], one["error"]), one
        assert result.errors == last
        return
    assert result.errors.endswith(last)
    lines = re.findall(r"(?m)^patrm: (\S+): (.*)$", result.errors)
    assert result.errors.count("\n") == len(lines) + bool(last)
    expected = [(token, end) for token, end in expected if end != "deleted"]
    assert [token for token, _ in lines] == [token for token, _ in expected]
    for (_, said), (_, outcome) in zip(lines, expected):
        assert re.search(FATES[outcome], said), said


@pytest.mark.parametrize("number", SIGNALS, ids=lambda n: n.name)
@pytest.mark.parametrize("args", [[], ["-j"]], ids=str)
@pytest.mark.parametrize("name", STAGES)
def test_signal(stage, name, args, number):
    """One signal, one end."""
    run, outcomes = stage(name, *args)
    began = time.monotonic()
    run.send(number)
    result = run.end()
    assert time.monotonic() - began < AT_ONCE
    assert session_of(run.process.pid) == []
    check(result, number, outcomes,
          [] if name == "tokens from a pipe" else TOKENS)


@pytest.mark.parametrize("number", SIGNALS, ids=lambda n: n.name)
@pytest.mark.parametrize("args", [["--list"], ["--all-members"], ["--self"],
                                  ["--list", "-j"]], ids=" ".join)
@pytest.mark.parametrize("name", ["key from a pipe", "key from a fifo",
                                  "key from a terminal", "connecting",
                                  "handshake", "answer"])
def test_signal_without_a_token(stage, name, args, number):
    """A list has none to tell of, and --self may not know its own yet."""
    run, _ = stage(name, *args, tokens=[])
    run.send(number)
    result = run.end()
    assert result.status == 128 + number and result.seconds < 5
    assert (result.out + result.err).count(b"\n") <= 1
    if args == ["--self"]:
        assert re.match("patrm: --self: .+; (nothing was deleted|"
                        "no deletion was sent); ", result.errors)


@pytest.mark.parametrize("number", SIGNALS, ids=lambda n: n.name)
def test_signal_in_a_flood(stage, number):
    """Where it has no time to wait it hears signals all the same."""
    run, outcomes = stage("flooded handshake", "-j")
    time.sleep(0.3)
    began = time.monotonic()
    run.send(number)
    result = run.end()
    assert time.monotonic() - began < AT_ONCE
    check(result, number, outcomes)


@pytest.mark.parametrize("name", [name for name in STAGES
                                  if name != "tokens from a pipe"])
def test_many_signals(stage, name):
    """All of them, again and again until it ends: one of them counts."""
    run, outcomes = stage(name, "-j")
    end = time.monotonic() + 5
    while run.process.poll() is None and time.monotonic() < end:
        for number in SIGNALS:
            run.send(number)
    result = run.end()
    assert session_of(run.process.pid) == []
    assert result.status == 6 or result.status - 128 in SIGNALS
    check(result, result.status - 128, outcomes)


@pytest.mark.parametrize("name", ["resolving", "connecting", "answer",
                                  "pause after 429"])
@pytest.mark.parametrize("number", [signal.SIGPIPE, signal.SIGCHLD,
                                    signal.SIGWINCH, signal.SIGCONT,
                                    signal.SIGURG], ids=lambda n: n.name)
def test_signals_that_end_nothing(stage, name, number):
    run, outcomes = stage(name, "-j")
    for _ in range(20):
        run.send(number)
        time.sleep(0.002)
    time.sleep(0.1)
    assert run.process.poll() is None
    run.send(signal.SIGTERM)
    check(run.end(), signal.SIGTERM, outcomes)


@pytest.mark.parametrize("name", ["key from a pipe", "resolving",
                                  "connecting", "answer",
                                  "pause after a refusal"])
def test_under_nohup(stage, name):
    """SIGHUP stays ignored, the others do not."""
    run, outcomes = stage(name, "-j", wrapper=["nohup"])
    for _ in range(5):
        run.send(signal.SIGHUP)
    time.sleep(0.2)
    assert run.process.poll() is None
    run.send(signal.SIGTERM)
    result = run.end()
    result.err = re.sub(rb"nohup: .*\n", b"", result.err)
    check(result, signal.SIGTERM, outcomes)


@pytest.mark.parametrize("number, name", [
    (signal.SIGINT, "INT"), (signal.SIGTERM, "TERM"), (signal.SIGHUP, "HUP")])
def test_what_is_ignored_stays_so(stage, number, name):
    """Each of them, as a shell starts its jobs in the background."""
    wrapper = ["sh", "-c", f'trap "" {name}; exec "$@"', "sh"]
    run, outcomes = stage("connecting", "-j", wrapper=wrapper)
    run.send(number)
    time.sleep(0.2)
    assert run.process.poll() is None
    other = next(n for n in SIGNALS if n != number)
    run.send(other)
    check(run.end(), other, outcomes)


@pytest.mark.native("/proc shows the emulator")
def test_interrupt_from_the_keyboard(patrm, certs):
    """Ctrl-C at the terminal that the key is read from."""
    pid, ours = pty.fork()
    if pid == 0:
        os.execve(patrm.binary, ["patrm", "-e", "https://127.0.0.1:1",
                                 "--cacert", str(certs.ca), "-k", "-",
                                 TOKENS[0]], {})
    with os.fdopen(ours, "rb+", buffering=0) as terminal:
        try:
            until(lambda: is_waiting(pid), 5)
            terminal.write(b"lsv2_\x03")
            until(lambda: fields(pid)["State"].startswith("Z"), 5)
        finally:
            os.kill(pid, signal.SIGKILL)
            _, status = os.waitpid(pid, 0)
        said = b""
        with contextlib.suppress(OSError):  # EIO is the end, of Linux
            while more := terminal.read(4096):
                said += more
    assert os.waitstatus_to_exitcode(status) == 128 + signal.SIGINT
    assert TOKENS[0].encode() in said


def test_results_that_nobody_reads(start, serve):
    """The pipe is full, the writer is told to stop: what could not be written
    is told on standard error, and that the token is gone."""
    read, write = os.pipe()
    with open(read, "rb"), open(write, "wb", buffering=0) as full:
        os.set_blocking(write, False)
        with pytest.raises(BlockingIOError):
            while True:
                os.write(write, b"\n" * 4096)
        os.set_blocking(write, True)
        server = serve(Turn(LOOK), Turn(http(200, record(TOKENS[0]))))
        run = start(server, "-j", *TOKENS, stdout=full)
        until(lambda: len(server.requests) == 2)
        time.sleep(0.2)
        assert run.process.poll() is None
        run.send(signal.SIGTERM)
        result = run.end()
    assert result.status == 128 + signal.SIGTERM
    lines = re.findall(r"(?m)^patrm: (\S+): (.*)$", result.errors)
    assert [token for token, _ in lines] == TOKENS
    assert "the token is deleted" in lines[0][1]
    assert "nothing was deleted" in lines[1][1]


# ---- a terminal that nobody reads, as after ^S

@pytest.fixture
def stopped_terminal():
    """(ours, theirs) of a pseudo-terminal, as a shell leaves it."""
    ours, theirs = pty.openpty()
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


def shown(ours):
    """How many bytes wait to be read there, of those that it tells of."""
    count = array.array("i", [0])
    fcntl.ioctl(ours, termios.FIONREAD, count)
    return count[0]


def stopped_by(run, number, ours):
    """The terminal takes nothing more by now: how the signal ends the run."""
    until(lambda: shown(ours) > 2000)
    time.sleep(0.5)
    assert run.process.poll() is None
    began = time.monotonic()
    run.send(number)
    result = run.end()
    assert time.monotonic() - began < 3
    return result


@pytest.mark.native("of an emulator the signal may be another's")
@pytest.mark.parametrize("number", SIGNALS, ids=lambda n: n.name)
@pytest.mark.parametrize("args", [[], ["-j"]], ids=str)
def test_a_list_at_a_terminal_that_nobody_reads(start, serve, number, args,
                                                stopped_terminal):
    ours, theirs = stopped_terminal
    server = serve(Turn(http(200, [record(token) for token in IDS])))
    run = start(server, "--list", *args, stdout=theirs)
    result = stopped_by(run, number, ours)
    assert result.status == 128 + number, result


@pytest.mark.native("of an emulator the signal may be another's")
@pytest.mark.parametrize("number", SIGNALS, ids=lambda n: n.name)
def test_deletions_at_a_terminal_that_nobody_reads(start, standin, number,
                                                   stopped_terminal):
    """What cannot be shown any more is told on standard error."""
    ours, theirs = stopped_terminal
    running = standin(tokens=1001, others=0)
    tokens = running.org.ids()[1:]
    run = start(running, *tokens, stdout=theirs,
                env={"LANGSMITH_API_KEY": running.org.key})
    result = stopped_by(run, number, ours)
    assert result.status in (6, 128 + number)
    told = dict(re.findall(r"(?m)^patrm: ([0-9a-f-]{36}): (.*)$",
                           result.errors))
    gone = set(running.org.deleted)
    assert 0 < len(gone) < len(tokens)
    assert set(tokens) - gone <= set(told)
    for token, line in told.items():
        fate = "the token is deleted" if token in gone else FATES["not-tried"]
        assert re.search(fate, line), line
    assert re.search("patrm: 1000 tokens: .*not-tried\n$", result.errors)


@pytest.mark.native("of an emulator the signal may be another's")
@pytest.mark.parametrize("number", SIGNALS, ids=lambda n: n.name)
def test_much_to_say_at_a_terminal_that_nobody_reads(start, serve, number,
                                                     stopped_terminal):
    """The signal comes first, and then more than the terminal takes."""
    _, theirs = stopped_terminal
    server = serve(Turn(end="hang"))
    run = start(server, "-j", *IDS[:1000], stdout=theirs)
    until(lambda: server.requests)
    began = time.monotonic()
    run.send(number)
    result = run.end()
    assert time.monotonic() - began < 3
    assert result.status == 128 + number
    assert "patrm: 1000 tokens: 1000 not-tried\n" in result.errors


FILLED = 128        # bytes at a time


def fill(terminal, most=1 << 20):
    """As many bytes as it takes, or so many: the kernel is given time to
    hand them on. Returns how many."""
    count = refusals = 0
    os.set_blocking(terminal, False)
    while count < most and refusals < 5:
        try:
            count += os.write(terminal, b"x" * FILLED)
            refusals = 0
            time.sleep(0.0005)
        except BlockingIOError:
            refusals += 1
            time.sleep(0.02)
    os.set_blocking(terminal, True)
    return count


@pytest.fixture(scope="module")
def terminal_room():
    """What a terminal takes with nobody reading."""
    ours, theirs = pty.openpty()
    with open(ours, "rb"), open(theirs, "wb"):
        return fill(theirs)


@pytest.mark.native("of an emulator the signal may be another's")
@pytest.mark.parametrize("left", [FILLED, 2 * FILLED, 3 * FILLED])
@pytest.mark.parametrize("args", [["-j", TOKENS[0]], ["-j", "--list"],
                                  ["--list"]], ids=str)
def test_a_terminal_that_is_almost_full_before(start, serve, args, left,
                                               stopped_terminal,
                                               terminal_room):
    """Others have filled it: room for the first bytes, which are few."""
    _, theirs = stopped_terminal
    fill(theirs, terminal_room - left)
    records = [record(token) for token in IDS[:1 if "-j" in args else 3]]
    server = serve(Turn(http(200, records if "--list" in args
                             else records[0])))
    run = start(server, *args, stdout=theirs)
    until(lambda: server.requests)
    time.sleep(0.5)
    assert run.process.poll() is None
    began = time.monotonic()
    run.send(signal.SIGTERM)
    result = run.end()
    assert time.monotonic() - began < 3
    assert result.status == 128 + signal.SIGTERM, result
    assert "--list" in args or "the token is deleted" in result.errors


# ---- a bundle without an end that comes soon

HUGE = 1 << 36      # bytes; a hole, but for the beginning


@pytest.fixture
def huge(tmp_path):
    """huge(text) is a file that begins so. It goes soon: where the disk has no
    holes it would be a large one."""
    path = tmp_path / "huge.pem"

    def make(text):
        path.write_text(text)
        os.truncate(path, HUGE)
        if path.stat().st_blocks > 2000:
            pytest.skip("this file system has no holes")
        return path
    yield make
    path.unlink()


def under_way(run):
    """It has been busy for a while: it reads, and has no time to wait."""
    def ticks():
        stat = Path(f"/proc/{run.process.pid}/stat").read_text()
        return sum(map(int, stat.rpartition(")")[2].split()[11:13]))
    until(lambda: ticks() > 20)


@pytest.mark.native("an emulator has a clock of its own")
@pytest.mark.parametrize("number", SIGNALS, ids=lambda n: n.name)
@pytest.mark.parametrize("opened", [False, True])
def test_signal_in_a_huge_bundle(patrm, serve, certs, huge, number, opened):
    """While it is opened, since there is no certificate, or searched."""
    bundle = huge(certs.ca.read_text() if opened else "")
    server = serve(Turn(http(204)))
    run = patrm.start("-e", server.endpoint, "--cacert", bundle, "-t", "60",
                      TOKENS[0], env={"LANGSMITH_API_KEY": KEY})
    under_way(run)
    assert bool(server.connections) == opened
    began = time.monotonic()
    run.send(number)
    result = run.end()
    assert time.monotonic() - began < AT_ONCE
    check(result, number, {}, TOKENS[:1])
    assert server.requests == []


@pytest.mark.native("an emulator has a clock of its own")
def test_deadline_in_a_huge_bundle(patrm, serve, certs, huge):
    server = serve(Turn(http(204)))
    result = patrm("-e", server.endpoint, "--cacert",
                   huge(certs.ca.read_text()), "-t", "1", "--retries=0",
                   TOKENS[0], env={"LANGSMITH_API_KEY": KEY})
    assert result.status == 5 and result.seconds < 3, result
    assert "timed out: verifying the server's certificate" in result.errors
    assert server.requests == []


# ---- names are resolved without another process

def test_one_process_alone(stage):
    run, _ = stage("resolving")
    assert session_of(run.process.pid) == [run.process.pid]
    run.send(signal.SIGTERM)
    run.end()


def test_a_signal_for_all_of_its_group(stage):
    """As from a keyboard."""
    run, outcomes = stage("resolving", "-j")
    os.killpg(run.process.pid, signal.SIGINT)
    check(run.end(), signal.SIGINT, outcomes)
