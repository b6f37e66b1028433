# SPDX-License-Identifier: MIT
# The shipped binary under valgrind on its main paths: no byte is read before
# it was written, none outside of what is mapped, no system call gets either.

import shutil
import signal
from datetime import datetime, timezone

import pytest

from conftest import KEY
from server import ID, IDS, Server, Turn, chunked, each_byte, http, record, \
    until
from standin import Standin

FOUND = 99      # valgrind's exit status where it found something
VALGRIND = ["valgrind", "-q", f"--error-exitcode={FOUND}", "--track-fds=no"]

PAGE = b"<!doctype html>\n<title>LangSmith</title>\n"
DETAIL = {"detail": [{"loc": ["path", "pat_id"], "msg": "no", "type": "t"}]}
DONE = http(200, record())
TORN = Turn(http(200, record())[:-100], end="cut")
EXPIRED = datetime(2020, 1, 1, tzinfo=timezone.utc)


class Case:
    """Turns of the scripted server, and how the run must end."""

    def __init__(self, status, *turns, args=(), token=ID, stdin=b"",
                 cert=None, cacert=None, send=None, plain=False, **server):
        self.status = status
        self.turns = [t if isinstance(t, Turn) else Turn(t) for t in turns]
        self.args = [*args, token]
        self.stdin = stdin
        self.cert = cert        # made from certs
        self.cacert = cacert
        self.plain = plain
        self.send = send        # a signal, once the server has a request
        self.server = server


CASES = {
    "TLS 1.2": Case(0, DONE, args=["-v"], version="TLSv1_2"),
    "TLS 1.3": Case(0, DONE, args=["-v"], version="TLSv1_3"),
    "ChaCha20": Case(0, DONE, version="TLSv1_2",
                     ciphers="ECDHE-ECDSA-CHACHA20-POLY1305"),
    "RSA": Case(0, DONE, cert=lambda certs: certs.pki.leaf(
        certs.root, key="RSA-2048")),
    "JSON": Case(0, DONE, args=["-j", "-o", ID, "-w", ID]),
    "in chunks, byte by byte": Case(0, Turn(each_byte(http(
        200, chunked(b'{"id":"%s"}' % ID.encode()),
        "Transfer-Encoding: chunked", length=False)))),
    "204": Case(0, http(204)),
    "404": Case(4, http(404, {"detail": "no"})),
    "422": Case(1, http(422, DETAIL)),
    "422 as JSON": Case(1, http(422, DETAIL), args=["-j"]),
    "429, then 200": Case(0, http(429, b"", "Retry-After: 0"), DONE),
    "lost, then 404": Case(6, Turn(end="cut"), http(404, {"error": "no"})),
    "torn": Case(8, TORN),
    "torn in the head": Case(6, Turn(b"HTTP/1.1 20", end="reset"),
                             args=["--retries=0"]),
    "no HTTP": Case(6, Turn(b"hello\n", end="hang"), args=["--retries=0"]),
    "a web page": Case(6, http(200, PAGE, kind="text/html")),
    "a long body": Case(8, http(200, record(description="x" * 600000))),
    "escapes": Case(0, http(200, record(description="\x1b[2J\u202e\0é😀"))),
    "expired": Case(5, DONE, cert=lambda certs: certs.pki.leaf(
        certs.middle, end=EXPIRED)),
    "for another name": Case(5, DONE, cert=lambda certs: certs.pki.leaf(
        certs.middle, san="DNS:example.com")),
    "an unknown issuer": Case(5, DONE, cacert="builtin"),
    "a wrong pin": Case(5, DONE, args=["--pin", "sha256//" + "A" * 43 + "="]),
    # Without TLS: a handshake takes a while under valgrind.
    "silence": Case(6, Turn(end="hang"), args=["-t", "3"], plain=True),
    "SIGTERM": Case(6, Turn(end="hang"), send=signal.SIGTERM),
    "a batch": Case(9, *[http(200, record(token)) for token in IDS[:3]],
                    http(404, {"detail": "no"}), token="-",
                    stdin="\r\n".join([*IDS[:2], "# no", "", IDS[2], IDS[3],
                                       "x" * 3000, KEY]).encode()),
}


def under_valgrind(patrm, *args, **more):
    return patrm.start(*args, wrapper=VALGRIND, **more)


def end(run):
    """To its end; whatever valgrind has to say is among the errors."""
    result = run.end()
    assert result.status != FOUND, result.errors
    assert b"==" not in result.err, result.errors
    return result


@pytest.fixture(scope="module")
def results(play, certs):
    if not shutil.which("valgrind"):
        pytest.skip("needs valgrind")

    # Certificates are made one after the other.
    leaves = {name: case.cert(certs) if case.cert else certs.leaf
              for name, case in CASES.items() if not case.plain}

    def one(patrm, name, case):
        cert = leaves.get(name)
        with Server(*case.turns, cert=cert, **case.server) as server:
            run = under_valgrind(
                patrm, "-e", server.endpoint, "--cacert",
                case.cacert or certs.ca, *case.args, stdin=case.stdin,
                env={"LANGSMITH_API_KEY": KEY})
            if case.send:
                until(lambda: server.requests, 30)
                run.send(case.send)
            return end(run).status
    return play(CASES, one)


@pytest.mark.parametrize("name", CASES)
def test_the_main_paths(results, name):
    assert results[name].result() == CASES[name].status


def test_the_standin(patrm, certs):
    """A server with a memory; several connections in a run."""
    if not shutil.which("valgrind"):
        pytest.skip("needs valgrind")
    with Standin(cert=certs.leaf, tokens=5) as standin:
        for fault in ("drop-after rst", "status 503", "torn 100", "gzip"):
            standin.inject(fault)
        targets = standin.org.ids()[1:]
        run = under_valgrind(
            patrm, "-e", standin.endpoint, "--cacert", certs.ca, "-j", "-",
            stdin="\n".join(targets).encode(),
            env={"LANGSMITH_API_KEY": standin.org.key})
        assert end(run).status in (6, 9)
        assert set(standin.org.deleted) == set(targets)


@pytest.mark.parametrize("args, status", [
    (["--help"], 0), (["--version"], 0), ([], 2), (["-x"], 2),
    (["--pin"], 2), (["-k", "/nowhere", ID], 2), (["-e", "x", ID], 2),
    (["-e", "https://localhost:1", "--retries=0", ID], 5),
])
def test_without_a_server(patrm, args, status):
    if not shutil.which("valgrind"):
        pytest.skip("needs valgrind")
    run = under_valgrind(patrm, *args, env={"LANGSMITH_API_KEY": KEY})
    assert end(run).status == status
