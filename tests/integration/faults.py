# SPDX-License-Identifier: MIT
# What the tests of faults share: a stand-in that many runs use at once, a
# relay that spoils a connection at any byte, and how much memory a run took.
"""
with Standin(cert=leaf) as standin, Relay(standin.port, down=100) as relay:
    ... run a client against relay.url ...
relay.settle()
assert relay.links[0].up_bytes > 0

meter.wrapper(file) is a command that runs another one and leaves the most
memory that it ever held, in KiB, in the file.
"""

import fcntl
import os
import selectors
import socket
import struct
import subprocess
import termios
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from server import until
from standin import Standin

# runs of patrm at a time
PARALLEL = 1 if os.environ.get("RUNNER") else 4
THOROUGH = os.environ.get("PATRM_THOROUGH") == "1"

TCP_CLOSE = 7           # as after a reset; linux/tcp_states.h

# Issue 4 has 1,500 KiB; the kernel counts pages per processor and may be
# late by 32 of them on each of two.
PEAK = 1500 - 256

# A wait4 of Python's own would show Python's memory: what a child held before
# execve counts. This parent is smaller than what it measures.
METER = r"""
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	struct rusage used;
	int status;
	pid_t child = fork();
	FILE *out;

	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execv(argv[2], argv + 2);
		_exit(127);
	}
	if (argc < 3 || child < 0 || wait4(child, &status, 0, &used) != child)
		return 126;
	out = fopen(argv[1], "w");
	if (out == NULL || fprintf(out, "%ld\n", used.ru_maxrss) < 0 ||
	    fclose(out) != 0)
		return 125;
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
	return WEXITSTATUS(status);
}
"""


@pytest.fixture
def standin(certs):
    """One that is running."""
    with Standin(cert=certs.leaf) as running:
        yield running


@pytest.fixture(scope="session")
def meter(tmp_path_factory):
    """meter(file) is a wrapper that leaves the peak memory in the file."""
    folder = tmp_path_factory.mktemp("meter")
    source, program = folder / "meter.c", folder / "meter"
    source.write_text(METER)
    subprocess.run(["cc", "-O2", "-static", "-o", program, source],
                   check=True)
    return lambda file: [program, file]


def together(work, cases, *, at_once=PARALLEL):
    """[work(case) for case in cases], some at a time; the first failure of
    any is the failure of all."""
    with ThreadPoolExecutor(at_once) as pool:
        futures = [pool.submit(work, case) for case in cases]
        return [future.result() for future in futures]


def settle_server():
    """Waits until the stand-ins have read all that was sent to them."""
    until(lambda: not any("process_request_thread" in thread.name
                          for thread in threading.enumerate()), 20)


def asked(standin, token):
    """The requests about a token that have arrived."""
    return [request for request in list(standin.requests)
            if token in request.path]


def untrue(standin, token, status):
    """What is wrong with the status, or None; by what CLI.md says of it."""
    requests = asked(standin, token)
    executed = any(request.executed for request in requests)
    gone = token in standin.org.deleted
    if executed != gone:
        return "the stand-in contradicts itself"
    if status in (0, 8) and not gone:
        return f"{status}, but the token exists"
    if status in (2, 5) and requests:
        return f"{status}, but a DELETE has arrived"
    if status not in (0, 2, 5, 6, 8):
        return f"{status} is not for this"
    return None


# ---- a relay

@dataclass
class Link:
    """One connection through the relay, and what went through."""
    up: bytearray = field(default_factory=bytearray)     # from the client
    down: bytearray = field(default_factory=bytearray)   # to the client
    said: bytearray = field(default_factory=bytearray)   # by the server
    cut: bool = False

    @property
    def up_bytes(self):
        return len(self.up)


class Relay:
    """Passes bytes between clients and 127.0.0.1:PORT, and spoils them.

    down, up: cut the connection after so many bytes to or from the client.
    how: "fin" or "rst". first: spoil only the first connection. alone: end
    all others as soon as they are there.
    piece, pause: hand on at most so many bytes at once, wait so long after.
    insert: (n, bytes), to slip in before the server's TLS record number n.
    All waits end by themselves after `patience` seconds.
    """

    def __init__(self, port, *, down=None, up=None, how="fin", first=False,
                 alone=False, piece=65536, pause=0.0, insert=None, patience=20.0):
        self.port, self.how = port, how
        self.first, self.alone = first, alone
        self.limits = {"down": down, "up": up}
        self.piece, self.pause = piece, pause
        self.insert = insert
        self.patience = patience
        self.links = []
        self.threads = []
        self.stopping = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(patience)
        self.url = f"https://127.0.0.1:{self.listener.getsockname()[1]}"

    def __enter__(self):
        self.acceptor = self._spawn(self._accept)
        return self

    def __exit__(self, *_):
        self.stopping.set()
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.acceptor.join(self.patience)
        self.listener.close()
        self.settle()

    def settle(self):
        """Waits until all that came is passed on, and the clients are gone."""
        for thread in list(self.threads):
            thread.join(self.patience)
            assert not thread.is_alive(), "the relay does not end"

    # ---- in the threads

    def _spawn(self, target, *args):
        thread = threading.Thread(target=target, args=args, daemon=True)
        thread.start()
        return thread

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            link = Link()
            spoil = not (self.first and self.links)
            self.links.append(link)
            if self.alone and len(self.links) > 1:
                near.close()
                continue
            self.threads.append(
                self._spawn(self._serve, near, link, spoil))

    def _serve(self, near, link, spoil):
        try:
            far = socket.create_connection(("127.0.0.1", self.port), 5)
        except OSError:
            near.close()
            return
        with near, far:
            for sock in (near, far):
                sock.settimeout(5)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                self._pump(near, far, link, spoil)
            except OSError:
                pass    # either side has left

    def _pump(self, near, far, link, spoil):
        end = time.monotonic() + self.patience
        limit = self.limits if spoil else {"down": None, "up": None}
        ways = {near: (far, link.up, limit["up"]),
                far: (near, link.down, limit["down"])}
        with selectors.DefaultSelector() as selector:
            for sock in ways:
                selector.register(sock, selectors.EVENT_READ)
            while selector.get_map() and time.monotonic() < end \
                    and not (self.pause and self.stopping.is_set()):
                for key, _ in selector.select(0.2):
                    source = key.fileobj
                    if limit["down"] == 0 and not link.cut:
                        self._cut(near, far, link, selector)
                        continue
                    data = source.recv(self.piece)
                    if not data:
                        selector.unregister(source)
                        shut(ways[source][0])
                        if source is near:  # nothing is for nobody
                            return
                        continue
                    self._pass(source, data, ways, link, selector, near)

    def _pass(self, source, data, ways, link, selector, near):
        target, log, limit = ways[source]
        if limit is not None:
            data = data[:max(limit - len(log), 0)]
        if source is not near:
            data = self._slip(data, link)
        log += data
        if not link.cut or source is near:
            try:
                target.sendall(data)
            except OSError:
                if source is not near:
                    raise   # else: still read what the client says
        if self.pause:
            time.sleep(self.pause)
        if limit is not None and len(log) >= limit and not link.cut:
            far = next(sock for sock in ways if sock is not near)
            self._cut(near, far, link, selector)

    def _slip(self, data, link):
        before = len(link.said)
        link.said += data
        for n, (at, _, _) in enumerate(records(link.said)):
            if self.insert and n == self.insert[0] and at >= before:
                at -= before
                return data[:at] + self.insert[1] + data[at:]
        return data

    def _cut(self, near, far, link, selector):
        """Ends it for the client, once it has what it may have. What the
        client still says goes on: its request may be obeyed. A cut on the
        way up ends it for the server as well."""
        link.cut = True
        until(lambda: unsent(near) == 0, 5)
        if self.how == "rst":
            reset(near)
            if self.limits["up"] is not None:
                reset(far)
            raise ConnectionResetError
        shut(near)
        if self.limits["up"] is not None:
            shut(far)
            raise_after_reading(near)
        selector.unregister(far)


def unsent(sock):
    """Bytes that the peer has not got yet, but may (tcp(7), SIOCOUTQ)."""
    try:
        out = fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b"\0" * 4)
        state = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    except OSError:
        return 0
    return 0 if state == TCP_CLOSE else struct.unpack("i", out)[0]


def shut(sock):
    try:
        sock.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    sock.close()


def raise_after_reading(sock):
    """Reads to the end, so that closing the socket resets nothing."""
    while sock.recv(65536):
        pass
    raise ConnectionAbortedError


def records(stream):
    """(offset, type, whole length) of the TLS records in the bytes."""
    found, at = [], 0
    while at + 5 <= len(stream):
        length = 5 + int.from_bytes(stream[at + 3:at + 5], "big")
        found.append((at, stream[at], length))
        at += length
    return found
