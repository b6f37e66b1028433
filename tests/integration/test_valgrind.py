# SPDX-License-Identifier: MIT
# The shipped binary under valgrind on its main paths: no byte is read before
# it was written, none outside of what is mapped, no system call gets either.

import json
import shutil
import signal
from datetime import datetime, timezone

import pytest

from conftest import KEY
from server import ID, IDS, Server, Turn, chunked, each_byte, http, record, \
    until
from standin import Standin

pytestmark = pytest.mark.native("valgrind runs this machine's code alone")

FOUND = 99      # valgrind's exit status where it found something
VALGRIND = ["valgrind", "-q", f"--error-exitcode={FOUND}", "--track-fds=no"]

PAGE = b"<!doctype html>\n<title>LangSmith</title>\n"
DETAIL = {"detail": [{"loc": ["path", "pat_id"], "msg": "no", "type": "t"}]}
DONE = http(200, record())
TORN = Turn(http(200, record())[:-100], end="cut")
EXPIRED = datetime(2020, 1, 1, tzinfo=timezone.utc)

# another token's secret, and the lists that show it
LEAKED = "lsv2_pt_" + "b26e08f4d7915ca3e84b1d60f97a352c" + "_5ea81f6c02"
SHORT = f"{LEAKED[:12]}...{LEAKED[-4:]}"
MINE = record(IDS[0], short_key=f"{KEY[:12]}...{KEY[-4:]}",
              created_by="alice@example.com", expires_at="2027-01-01")
THEIRS = record(IDS[1], short_key=SHORT, description="\x1b[2J\u202e\0é😀" * 99)
LIST, REST = http(200, [MINE, record(), THEIRS]), http(200, [MINE])
HIDDEN, REFUSED = http(403), http(401, {"detail": "Invalid token"})
LARGE = http(200, [record(description="x" * 600_000), 7, {}, MINE])
PROFILE = json.dumps({"current_profile": "other", "profiles": {
    "mine": {"api_url": "ENDPOINT", "workspace_id": ID, "oauth": {
        "access_token": "eyJ.x.y",
        "refresh_token": LEAKED, "expires_at": "2027-01-01"}},
    "other": {"api_url": None, "api_key": LEAKED}}})


class Case:
    """Turns of the scripted server, and how the run must end."""

    def __init__(self, status, *turns, args=(), token=ID, stdin=b"",
                 cert=None, cacert=None, send=None, plain=False,
                 profile=None, **server):
        self.status = status
        self.turns = [t if isinstance(t, Turn) else Turn(t) for t in turns]
        self.args = [*args, *([token] if token else [])]
        self.stdin = stdin
        self.cert = cert        # made from certs
        self.cacert = cacert
        self.plain = plain
        self.profile = profile  # the text of the file of profiles
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
    # IDS[0] authenticates, and so it goes last.
    "a batch": Case(9, LIST, *[http(200, record(i)) for i in IDS[1:3]],
                    http(404, {"detail": "no"}), http(200, MINE), token="-",
                    stdin="\r\n".join([*IDS[:2], "# no", "", IDS[2], IDS[3],
                                       "x" * 3000, KEY[:-1]]).encode()),
    "unknown, and not in the list": Case(0, http(202), http(200, [MINE])),
    "unknown, and in one's own": Case(6, http(500, DETAIL), HIDDEN, LIST,
                                      args=["--retries=0", "-t", "3"],
                                      plain=True),
    "404, somebody else's": Case(4, http(404, {"detail": "no"}), http(
        200, [MINE, record(created_by="\x1b[31mbob")]), REST),
    "a secret": Case(0, LIST, HIDDEN, http(200, THEIRS), http(200, record()),
                     REST, REFUSED, token="-", args=["-y", "--verify"],
                     stdin=f"{LEAKED}\n{ID}\n{SHORT}\n".encode()),
    "a secret and -v": Case(0, LIST, HIDDEN, http(200, THEIRS), token="-",
                            args=["-vy"], stdin=LEAKED.encode()),
    "a short key": Case(0, http(200, []), LIST, DONE, token="lsv2_pt_3f2b",
                        args=["-jy", "--audit=/dev/null"]),
    "an audit that fails": Case(2, DONE, args=["--audit=/dev/full"]),
    "two match": Case(2, http(200, [record(), MINE, record(IDS[2])]), HIDDEN,
                      token="lsv2_pt_3f2b", args=["-y"]),
    "nothing matches": Case(4, REST, HIDDEN, token="lsv2_pt_ffff...ffff"),
    "nobody to ask": Case(2, LIST, HIDDEN, token=SHORT),
    "a dry run": Case(0, LIST, args=["-n"], token=IDS[1]),
    "a dry run as JSON": Case(0, LIST, HIDDEN, args=["-nj"], token=SHORT),
    "revoked": Case(0, LIST, HIDDEN,
                    http(200, record(revoked_at="2026-11-11")),
                    http(200, [record(revoked_at="2026-11-11")]),
                    args=["-y", "--revoke", "--verify"],
                    token="lsv2_pt_3f2b...9d10"),
    "self": Case(0, LIST, http(200, MINE), REFUSED, token=None,
                 args=["--self", "-y", "--verify"]),
    "leaked ones": Case(
        9, LIST, REFUSED, http(200, THEIRS), REFUSED, token="-",
        args=["--self", "-y", "--verify", "--retries=0"],
        stdin=f"{LEAKED}\n{KEY}\nx\n".encode()),
    "self, last of all": Case(0, LIST, HIDDEN, http(200, THEIRS),
                              http(200, MINE), token="-", args=["-y"],
                              stdin=f"{KEY}\n{SHORT}\n".encode()),
    "not verified": Case(10, LIST, DONE, LIST,
                         args=["--verify", "-t", "3"], plain=True),
    "a list": Case(0, LIST, args=["--list"], token=None),
    "a list of all": Case(0, LIST, args=["--all-members"], token=None),
    "a list as JSON": Case(0, Turn(each_byte(LIST)), args=["-lj"],
                           token=None),
    "a list with odd elements": Case(1, LARGE, args=["-l"], token=None),
    "a torn list": Case(1, Turn(LIST[:-99], "cut"), token=None,
                        args=["-l", "--retries=0"]),
    "no list": Case(1, http(200, PAGE, kind="text/html"), token=SHORT),
    "a profile": Case(0, DONE, args=["--profile=mine"], profile=PROFILE),
    "no profile": Case(2, args=["--profile=no"], profile=PROFILE),
    "a profile that is torn": Case(2, args=["--profile=mine"],
                                     profile=PROFILE[:-9]),
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
        env = {"LANGSMITH_API_KEY": KEY}
        with Server(*case.turns, cert=cert,
                    **case.server) as server:
            if case.profile:
                path = patrm.folder / f"{name}.json"
                path.write_text(case.profile.replace("ENDPOINT",
                                                     server.endpoint))
                env["LANGSMITH_CONFIG_FILE"] = str(path)
            run = under_valgrind(
                patrm, "-e", server.endpoint, "--cacert",
                case.cacert or certs.ca, *case.args, stdin=case.stdin,
                env=env, start_new_session=True)
            run.secrets.append(LEAKED.encode())
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
            standin.inject(fault, only="DELETE")
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
