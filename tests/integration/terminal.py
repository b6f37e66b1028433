# SPDX-License-Identifier: MIT
# Runs a command at a pseudo-terminal, and sits in front of it.
"""
with Terminal(["patrm", ...], stdin=b"TOKEN\\n", stdout="pipe") as terminal:
    terminal.expect("Delete it? ")
    terminal.type("y\\n")
    result = terminal.end()
assert "deleted" in result.text and "y" in terminal.shown

The command leads a session. Its standard input, output and error are each
"terminal", "pipe", "null" for /dev/null, or what subprocess takes; its input
may also be bytes. Where controlling is false, the session has no controlling
terminal: nobody can open /dev/tty, whatever the input is.
"""

import fcntl
import os
import select
import signal
import subprocess
import termios
import threading
import time
from contextlib import suppress

from result import Result


class Terminal:
    """The terminal, and the command at it; a context manager. All its waits
    end by themselves."""

    def __init__(self, command, *, stdin="terminal", stdout="terminal",
                 stderr="terminal", controlling=True, **more):
        """more goes to subprocess."""
        self.secrets = []       # what must never be shown, bytes
        self.screen, self.out, self.err = bytearray(), bytearray(), bytearray()
        self.seen = 0           # how much of what is shown was expected
        self.threads = []
        # Ours stays open on both sides: the last to close the other side
        # would take the terminal from the session.
        self.ours, self.theirs = os.openpty()
        kinds = {"terminal": self.theirs, "pipe": subprocess.PIPE,
                 "null": subprocess.DEVNULL}
        given = stdin if isinstance(stdin, bytes) else None
        if given is not None:
            stdin = "pipe"
        if controlling:
            more["preexec_fn"] = self._take
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            command, bufsize=0, start_new_session=True,
            stdin=kinds.get(stdin, stdin), stdout=kinds.get(stdout, stdout),
            stderr=kinds.get(stderr, stderr), **more)
        self.stdin = self.process.stdin     # where it is "pipe"

        self._start(collect, self.ours, self.screen)
        for pipe, into in ((self.process.stdout, self.out),
                           (self.process.stderr, self.err)):
            if pipe:
                self._start(collect, pipe.fileno(), into)
        if given is not None:
            self._start(feed, self.stdin, given)
            self.stdin = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _take(self):
        """In the new session, before the command."""
        fcntl.ioctl(self.theirs, termios.TIOCSCTTY, 0)

    def _start(self, work, *args):
        self.threads.append(threading.Thread(target=work, args=args,
                                             daemon=True))
        self.threads[-1].start()

    @property
    def shown(self):
        """All that the terminal has shown so far, what was typed included."""
        return self.screen.decode(errors="replace").replace("\r\n", "\n")

    def expect(self, text, seconds=10.0):
        """Waits until the text is shown, after what was expected before."""
        end = time.monotonic() + seconds
        while (at := self.shown.find(text, self.seen)) < 0:
            assert time.monotonic() < end, f"no {text!r} in {self.shown!r}"
            time.sleep(0.005)
        self.seen = at + len(text)

    def type(self, text):
        """A line ends with \\n; \\x03 is Ctrl-C, and \\x04 Ctrl-D."""
        assert select.select([], [self.ours], [], 10)[1], "nobody reads"
        os.write(self.ours, text.encode())

    def end(self, seconds=60.0):
        """Waits; a pipe on standard input is closed. What the terminal has
        shown is no part of the Result, but no secret either."""
        if self.stdin:
            self.stdin.close()
        try:
            self.process.wait(seconds)
            took = time.monotonic() - self.began
        finally:
            self.close()
        for secret in self.secrets:
            assert secret not in self.screen + self.out + self.err
        return Result(self.process.returncode, bytes(self.out),
                      bytes(self.err), took)

    def close(self):
        """Ends what is still there."""
        if self.ours is None:
            return
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
        os.close(self.theirs)
        for thread in self.threads:
            thread.join(10)
            assert not thread.is_alive(), "a child of it is still there"
        for pipe in (self.process.stdin, self.process.stdout,
                     self.process.stderr):
            if pipe:
                pipe.close()
        os.close(self.ours)
        self.ours = None


def collect(end, into):
    """Until nobody writes there; a terminal tells so by an error."""
    with suppress(OSError):
        while data := os.read(end, 65536):
            into += data


def feed(pipe, data):
    """All of it, or as much as is wanted."""
    with suppress(BrokenPipeError), pipe:
        pipe.write(data)
