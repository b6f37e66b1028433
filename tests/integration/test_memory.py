# SPDX-License-Identifier: MIT
# What patrm's memory holds of secrets: the identity and the request while
# they are needed, those among the TOKENs likewise, nothing when it ends. It is
# stopped by ptrace(2), and all that is mapped is searched.

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field

import pytest

from ports import closed_port
from server import ID, IDS, Turn, http, record
from traced import await_start, go_on, stands_at_end, traced

pytestmark = pytest.mark.native("searches patrm's memory by ptrace")

# No bytes of them stand in the program for another reason. The first is what
# authenticates, the second is of another token.
KEY = "lsv2_pt_" + "7d1f3c95e0b8264ac59d7e31f0482b6a" + "_90c4e1d7b3"
LEAKED = "lsv2_pt_" + "b26e08f4d7915ca3e84b1d60f97a352c" + "_5ea81f6c02"
PIECE = 12      # so many bytes of one are as bad as all


def places(memory, pid, secret):
    """Where any piece of the secret is, by mapping. Half of it is in each,
    somewhere; so much does not come by chance."""
    found = []
    half = PIECE // 2
    pieces = [secret[i:i + half].encode()
              for i in range(8, len(secret) - half + 1, half + 1)]
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
            at = min(hits) + len(secret)    # the rest of this copy
            found.append(f"{min(hits) + begin:#x} in {line}")
    return found


@dataclass
class Search:
    """What was found, and how it ended; the leaked one only in the middle
    is apart."""
    start: list = field(default_factory=list)
    middle: list = field(default_factory=list)
    leaked: list = field(default_factory=list)
    end: list = field(default_factory=list)
    status: int = 0


def search(process, ready, send=None):
    """Runs it to its end. Once ready() is true it is searched in the middle,
    and gets the signal, if any."""
    found, pid = Search(), process.pid
    limit = time.monotonic() + 30
    await_start(pid)
    # To open it later, when it is not dumpable, would take more rights.
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        found.start = places(memory, pid, KEY) + places(memory, pid, LEAKED)
        go_on(pid)
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
            if stands_at_end(status):
                found.end = (places(memory, pid, KEY)
                             + places(memory, pid, LEAKED))
                passed_on = 0
            elif passed_on == signal.SIGSTOP:
                found.middle = places(memory, pid, KEY)
                found.leaked = places(memory, pid, LEAKED)
                passed_on = send or 0
            go_on(pid, passed_on)
    process.returncode = os.waitstatus_to_exitcode(status)
    found.status = process.returncode
    return found


def in_its_places(found, most=2):
    """It is there; the request, and what it is made of; no other copies, and
    none where nothing is wiped."""
    return 1 <= len(found) <= most and not any(
        "[" in place for place in found)


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
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                    cwd=tmp_path, preexec_fn=traced, start_new_session=True)
            except subprocess.SubprocessError:
                pytest.skip("needs ptrace(2), which is not allowed here")
        started.append(process)
        return search(process, ready, send)

    yield go
    for process in started:
        if process.returncode is None:
            process.kill()
            process.wait(10)


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
    found = run(lambda: False, "-e", f"https://127.0.0.1:{closed_port()}",
                "--retries=0", *args, env={"LANGSMITH_API_KEY": KEY})
    assert found.status == status
    assert found.start and found.end == []


# ---- what is for a gateway

OTHER = {"LANGSMITH_API_KEY": "lsv2_pt_" + "7" * 32 + "_" + "7" * 10}


@pytest.mark.parametrize("how", ["file", "standard input", "environment"])
def test_headers(serve, certs, run, key_file, how):
    line = f"X-Gateway: {KEY}"
    server = serve(Turn([0.3, DONE]))
    args, env, stdin = {
        "file": (["--header-file", key_file(line)], {}, b""),
        "standard input": (["--header-file=-"], {}, line.encode()),
        "environment": ([], {"LANGCHAIN_CUSTOM_HEADERS": line}, b"")}[how]
    found = run(lambda: server.requests, "-e", server.endpoint, "--cacert",
                certs.ca, *args, ID, env=OTHER | env, stdin=stdin)
    assert found.status == 0
    assert in_its_places(found.middle), found.middle
    assert found.end == []


@pytest.mark.parametrize("bad", ["no header", "Host: x", "X: \x01"])
def test_no_header_before_a_bad_one(run, key_file, bad):
    found = run(lambda: False, "-e", f"https://127.0.0.1:{closed_port()}",
                "--header-file", key_file(f"X-Gateway: {KEY}\n{bad}\n"), ID,
                env=OTHER)
    assert found.status == 2 and found.end == []


@pytest.mark.parametrize("kind", ["P-256", "RSA-2048"])
def test_the_key_of_a_client_certificate(serve, certs, run, monkeypatch,
                                         kind):
    """Its last line, which is not written over where it is decoded."""
    cert = certs.pki.leaf(certs.middle, "A Client", san=None, key=kind)
    *_, line, _ = cert.key.read_text().splitlines()
    assert len(line) > PIECE
    monkeypatch.setattr(sys.modules[__name__], "KEY", line)
    server = serve(Turn([0.3, DONE]))
    found = run(lambda: server.requests, "-e", server.endpoint, "--cacert",
                certs.ca, "--cert", cert.chain, "--key", cert.key, ID,
                env=OTHER)
    assert found.status == 0
    assert found.middle == [] and found.end == []


# ---- secrets among the TOKENs, profiles, lists

def short_key(secret):
    return f"{secret[:12]}...{secret[-4:]}"


MINE = record(IDS[0], short_key=short_key(KEY))
THEIRS = record(IDS[1], short_key=short_key(LEAKED))
LIST, REST, NONE = (http(200, tokens) for tokens in (
    [record(), THEIRS, MINE], [MINE], []))
REFUSED = http(401, {"detail": "Invalid token"})
HIDDEN = http(403)      # the members' list
VERIFIED = [LIST, HIDDEN, http(200, record()), http(200, THEIRS), REST,
            REFUSED]
GIVEN = {"LANGSMITH_API_KEY": KEY}


@pytest.fixture
def staged(serve, certs, run):
    """staged(turns, stage, *args) searches when it waits for the answer to
    request number `stage`, from 1."""
    def go(turns, stage, *args, **how):
        turns = [t if isinstance(t, Turn)
                 else Turn([0.2, t] if number == stage else t)
                 for number, t in enumerate(turns, 1)]
        server = serve(*turns)
        found = run(lambda: len(server.requests) == stage, "-e",
                    server.endpoint, "--cacert", certs.ca, *args, **how)
        assert len(server.requests) == len(turns)
        return found, server
    return go


@pytest.mark.parametrize("stage", range(1, 7))
def test_a_secret_among_the_tokens(staged, stage):
    """It is looked up, deleted, and tried at the end: read, in the block,
    in the last request."""
    found, server = staged(
        VERIFIED, stage, "-y", "--verify", "--retries=0", "-", env=GIVEN,
        stdin=f"{ID}\n# leaked\n{LEAKED}\n{LEAKED}\n".encode())
    assert found.status == 0
    # twice in the piece that was read, in the last line, twice in the block
    assert in_its_places(found.leaked, 6 if stage == 6 else 5), found.leaked
    assert in_its_places(found.middle), found.middle
    assert found.end == []
    assert [LEAKED.encode() in r for r in server.requests] \
        == [False] * 5 + [True]


AMONG = {
    "a dry run": (0, [LIST, HIDDEN], ["-n"], None),
    "nobody to ask": (2, [LIST, HIDDEN], [], None),
    "nothing matches": (4, [NONE, HIDDEN], ["-y"], None),
    "two match": (2, [http(200, [THEIRS, record(short_key=short_key(
        LEAKED))]), HIDDEN], ["-y"], None),
    "weak": (2, [http(200, [record(short_key=LEAKED[:12])]), HIDDEN], ["-y"],
             None),
    "not allowed": (3, [http(403)], ["-y"], None),
    "key refused": (3, [REFUSED], ["-y"], None),
    "no list": (1, [http(200, b"<p>")], ["-y"], None),
    "a torn list": (1, [Turn([0.2, LIST[:-9]], "cut")], ["-y"], None),
    "SIGTERM": (143, [Turn(end="hang")], ["-y"], signal.SIGTERM),
    "lost": (6, [LIST, HIDDEN, Turn([0.2], "cut")], ["-y", "-t", "2"], None),
    "unverified": (10, [LIST, HIDDEN, http(200, THEIRS), LIST, REFUSED],
                   ["-y", "--verify", "-t", "1"], None),
    "revoked": (0, [LIST, HIDDEN, http(200, THEIRS)], ["-y", "--revoke"],
                None),
}


@pytest.mark.parametrize("name", AMONG)
def test_none_of_a_secret_among_the_tokens(staged, name):
    status, turns, args, send = AMONG[name]
    found, _ = staged(turns, len(turns), "--retries=0", *args, "-",
                      env=GIVEN, stdin=LEAKED.encode(), send=send)
    assert found.status == status
    assert in_its_places(found.leaked, 4), found.leaked
    assert in_its_places(found.middle), found.middle
    assert found.end == []


def test_none_of_very_many(staged):
    """Two blocks of secrets; what ends a piece that is read, and so is in
    two of them, is wiped as well."""
    lines = [f"{LEAKED[:40]}_{n:010x}" for n in range(1500)]
    found, _ = staged([NONE, HIDDEN, NONE], 3, "-y", "--retries=0", "-",
                      env=GIVEN, stdin="\n".join(lines).encode())
    assert found.status == 4
    assert len(found.leaked) > 400 and not any(
        "[" in place for place in found.leaked)
    assert found.end == []


@pytest.mark.parametrize("stage", [1, 2, 3])
@pytest.mark.parametrize("source", ["file", "standard input", "environment"])
def test_self(staged, key_file, source, stage):
    args, env, stdin = SOURCES[source](key_file(KEY + "\n"))
    found, server = staged(
        [LIST, http(200, MINE), REFUSED], stage, "--self", "-y", "--verify",
        "--retries=0", *args, env=env, stdin=stdin)
    assert found.status == 0
    assert in_its_places(found.middle, 3), found.middle     # in the block
    assert found.end == []
    assert all(KEY.encode() in r for r in server.requests)


@pytest.mark.parametrize("stage", [1, 2, 3])
def test_leaked_ones(staged, stage):
    """--self -: in the piece that was read, in its last line, and in the
    block; the key of the environment is of no use, and wiped."""
    found, server = staged(
        [LIST, http(200, THEIRS), REFUSED], stage, "--self", "-", "-y",
        "--verify", "--retries=0", env=GIVEN,
        stdin=f"{LEAKED}\n{LEAKED}\n".encode())
    assert found.status == 0
    assert in_its_places(found.leaked, 5), found.leaked
    assert found.middle == found.end == []
    assert all(LEAKED.encode() in r for r in server.requests)


@pytest.mark.parametrize("args, turns, status", [
    (["--self"], [LIST], 2), (["--self", "-n"], [LIST], 0),
    (["--self", "-y"], [REST.replace(b"lsv2", b"lsv3")], 4),
    (["--list"], [LIST], 0), (["-jl"], [LIST], 0),
    (["-l"], [http(200, b"[1]")], 1), (["--list"], [http(403)], 3),
    (["--all-members"], [LIST], 0),
])
@pytest.mark.parametrize("source", ["file", "environment"])
def test_none_of_other_ends(staged, key_file, source, args, turns, status):
    how, env, _ = SOURCES[source](key_file(KEY + "\n"))
    found, _ = staged(turns, 1, *how, *args, "--retries=0", env=env)
    assert found.status == status
    assert in_its_places(found.middle, 2 + ("--self" in args)), found.middle
    assert found.end == []


@pytest.mark.parametrize("kind", ["api_key", "escaped", "oauth"])
@pytest.mark.parametrize("asked", [["--list"], [ID]], ids=" ".join)
def test_profiles(serve, certs, run, tmp_path, kind, asked):
    """Of the file nothing stays but the one key, others are never seen."""
    server = serve(Turn([0.2, LIST if asked == ["--list"] else DONE]))
    secrets = {"oauth": {"access_token": KEY, "refresh_token": LEAKED},
               "api_key": LEAKED} if kind == "oauth" else {"api_key": KEY}
    text = json.dumps({"current_profile": "other", "profiles": {
        "other": {"api_url": server.endpoint, "api_key": LEAKED},
        "mine": {"api_url": server.endpoint, "workspace_id": ID} | secrets,
        "last": {"api_key": LEAKED}}})
    if kind == "escaped":
        text = text.replace(KEY, rf"\u006c{KEY[1:]}")
    path = tmp_path / "config.json"
    path.write_text(text)
    found = run(lambda: server.requests, "--cacert", certs.ca, "--profile",
                "mine", *asked, env={"LANGSMITH_CONFIG_FILE": str(path),
                                     "LANGSMITH_API_KEY": LEAKED})
    assert found.status == 0 and KEY.encode() in server.requests[0]
    assert in_its_places(found.middle), found.middle
    assert found.leaked == found.end == []


@pytest.mark.parametrize("text", [
    '{"profiles": {"mine": {"api_key": "KEY", "api_url": 3}}}',
    '{"profiles": {"mine": {"api_key": "KEY"}, "b": "LEAKED"}',
    '{"profiles": {"yours": {"api_key": "KEY"}}}',
    '{"profiles": {"mine": {"api_key": "KEY LEAKED"}}}',
    '{"profiles": {"mine": {"api_key": "KEY", "api_key": "LEAKED"}}}',
    '{"profiles": {"mine": {"api_key": "KEY"}}}' + " " * 70_000,
    "[KEY", "KEY\nLEAKED\n",
])
def test_profiles_that_are_of_no_use(run, tmp_path, text):
    path = tmp_path / "config.json"
    path.write_text(text.replace("KEY", KEY).replace("LEAKED", LEAKED))
    found = run(lambda: False, "-e", f"https://127.0.0.1:{closed_port()}",
                "--profile", "mine", ID,
                env={"LANGSMITH_CONFIG_FILE": str(path)})
    assert found.status == 2
    assert found.end == []


@pytest.mark.parametrize("line, status", [
    (KEY, 5),           # it would have been looked up
    (LEAKED, 5),
    (KEY[:-1], 2),      # no token
    (f"{LEAKED} {KEY}", 2),
    (f"{LEAKED}\0{LEAKED}", 2),
    (LEAKED * 30, 2),   # longer than a line may be
])
def test_none_of_lines(run, line, status):
    """A secret among the TOKENs on standard input."""
    found = run(lambda: False, "-e", f"https://127.0.0.1:{closed_port()}",
                "--retries=0", "-", stdin=f"{line}\n{line}\n".encode(),
                env={"LANGSMITH_API_KEY": "other"})
    assert found.status == status
    assert found.end == []
