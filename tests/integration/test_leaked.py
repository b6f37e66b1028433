# SPDX-License-Identifier: MIT
# Leaked secrets of anybody: --self -, each with its own authority.

import json
import re
import signal
import time
from pathlib import Path

import pytest

from conftest import KEY
from organization import TOKENS
from result import lines, told
from server import IDS, Turn, http, record

GO = ["--self", "-", "-y", "-j"]


def sent(standin):
    """What came, and whose key it was."""
    return [(r.method, r.path.removeprefix(TOKENS), r.headers["x-api-key"])
            for r in standin.requests]


@pytest.fixture
def several(standin):
    """several(n, **state) is a Standin, and n tokens of n members."""
    def make(count=3, **state):
        running = standin(**{"tokens": 1, "others": 1} | state)
        return running, [running.org.add(f"member{n}@example.com")
                         for n in range(count)]
    return make


@pytest.fixture
def clean(patrm, certs):
    """clean(standin, *args) is the Result without any key around."""
    def run(standin, *args, secrets=(), env=None, **more):
        run = patrm.start("-e", standin.endpoint, "--cacert", certs.ca, *args,
                          env=env, **more)
        run.secrets += [s.encode() for s in secrets]
        return run.end()
    return run


# ---- what is done

@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_each_by_itself(several, clean, end):
    """Found in its own list, and deleted by its own key; no other is sent,
    and over one connection."""
    running, tokens = several()
    peers = set()
    running.hook = lambda request: peers.add(len(peers))
    secrets = [t.secret for t in tokens]
    result = clean(running, *GO, secrets=secrets, stdin=(
        "# leaked" + end + end.join(secrets)).encode())
    assert result.status == 0, result
    assert told(result) == [(t.id, "deleted") for t in tokens]
    assert [o["record"] for o in result.objects] == [
        t.record for t in tokens]
    assert {t.id for t in tokens} == set(running.org.deleted)
    assert sent(running) == [("GET", "", s) for s in secrets] + [
        ("DELETE", f"/{t.id}", t.secret) for t in tokens]
    for token in tokens:
        assert token.id in result.errors    # was shown


@pytest.mark.parametrize("env", [
    {"LANGSMITH_API_KEY": KEY}, {"LANGSMITH_API_KEY": "\x01 no key"},
    {"LANGSMITH_BEARER_TOKEN": "eyJ"},
    {"LANGSMITH_ORGANIZATION_ID": IDS[0], "LANGSMITH_WORKSPACE_ID": IDS[1]},
    {"LANGSMITH_ORGANIZATION_ID": "x", "LANGSMITH_TENANT_ID": "y"},
], ids=str)
def test_what_is_there_for_another_key(several, clean, env):
    """Of the environment nothing but the endpoint counts."""
    running, tokens = several(2)
    result = clean(running, *GO, env=env,
                   stdin=lines(*[t.secret for t in tokens]))
    assert result.status == 0, result
    assert {r.headers["x-api-key"] for r in running.requests} == {
        t.secret for t in tokens}
    for request in running.requests:
        assert "authorization" not in request.headers
        assert "x-organization-id" not in request.headers
        assert "x-tenant-id" not in request.headers


def test_a_scope_that_is_given(several, clean):
    """For those of one organization."""
    running, tokens = several(2)
    scope = ["-o", running.org.id, "-w", running.org.workspace]
    result = clean(running, *GO, *scope,
                   stdin=lines(*[t.secret for t in tokens]))
    assert result.status == 0, result
    for request in running.requests:
        assert request.headers["x-organization-id"] == running.org.id
        assert request.headers["x-tenant-id"] == running.org.workspace


def test_over_one_connection(serve, delete):
    """The key is another; the connection is the same."""
    secrets = [f"lsv2_pt_{n:032x}_{n:010x}" for n in range(3)]
    records = [record(IDS[n], short_key=s[:12] + "..." + s[-4:])
               for n, s in enumerate(secrets)]
    server = serve(*[Turn(http(200, [r])) for r in records],
                   *[Turn(http(200, r)) for r in records])
    result = delete(server, *GO, stdin=lines(*secrets))
    assert result.status == 0, result
    assert server.connections == 1 and len(server.requests) == 6
    assert [re.search(rb"X-API-Key: (.*)\r", r)[1].decode()
            for r in server.requests] == secrets * 2


@pytest.mark.parametrize("args, outcome", [
    (["--revoke"], "revoked"), (["--verify"], "deleted"),
    (["--verify", "--revoke"], "revoked"), (["-n"], "would-delete")])
def test_with_other_options(several, clean, args, outcome):
    running, tokens = several()
    result = clean(running, *GO, *args,
                   stdin=lines(*[t.secret for t in tokens]))
    assert result.status == 0, result
    assert told(result) == [(t.id, outcome) for t in tokens]
    if outcome == "deleted":
        assert set(running.org.deleted) == {t.id for t in tokens}
    else:
        assert running.org.deleted == {}
    assert (len(running.org.revoked()) == 3) == (outcome == "revoked")
    if "--verify" in args:      # each was refused, and so is proven
        refused = [r.headers["x-api-key"] for r in running.requests
                   if r.status == 403]
        assert sorted(refused) == sorted(t.secret for t in tokens)


@pytest.mark.parametrize("lag, status", [(1.2, 0), (60, 10)])
def test_proven_once_it_is_refused(several, clean, lag, status):
    running, tokens = several(cache_lag=lag)
    result = clean(running, *GO, "--verify", "-t", "4" if lag < 2 else "1",
                   stdin=lines(*[t.secret for t in tokens]))
    assert result.status == status, result
    assert set(running.org.deleted) == {t.id for t in tokens}
    if status:
        assert "its secret was not refused" in result.objects[0]["error"]


def test_audited(several, clean, tmp_path):
    running, tokens = several(2)
    log = tmp_path / "log"
    result = clean(running, *GO, "--audit", log,
                   stdin=lines(*[t.secret for t in tokens]))
    assert result.status == 0
    noted = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(n["id"], n["outcome"]) for n in noted] == [
        (t.id, o) for t in tokens for o in ("sending", "deleted")]


# ---- what is not

@pytest.mark.parametrize("bad_key", [401, 403])
@pytest.mark.parametrize("form", ["-j", "-v"])
def test_a_dead_one(several, clean, bad_key, form):
    """It is told, and keeps nothing back: only what needs that key."""
    running, tokens = several(4, bad_key=bad_key)
    running.org.remove(tokens[0].id)
    running.org.expire(tokens[2].id)
    result = clean(running, "--self", "-", "-y", form,
                   stdin=lines(*[t.secret for t in tokens], KEY))
    assert result.status == 9
    assert {tokens[1].id, tokens[3].id} < set(running.org.deleted)
    assert tokens[2].id in running.org.tokens
    said = result.errors
    if form == "-j":
        by_name = {o["token"]: o for o in result.objects}
        assert {n: o["outcome"] for n, o in by_name.items()} == {
            "line 1": "forbidden", "line 3": "forbidden",
            "line 5": "forbidden", tokens[1].id: "deleted",
            tokens[3].id: "deleted"}
        assert by_name["line 1"]["status"] == bad_key
        said = by_name["line 3"]["error"]
    assert "may be expired, revoked or deleted already" in said


def test_dead_ones_alone(several, clean):
    running, tokens = several(2)
    for token in tokens:
        running.org.remove(token.id)
    result = clean(running, *GO, stdin=lines(*[t.secret for t in tokens]))
    assert result.status == 3
    assert told(result) == [("line 1", "forbidden"), ("line 2", "forbidden")]
    assert all(r.method == "GET" for r in running.requests)


@pytest.mark.parametrize("text", [
    IDS[0], f'"{KEY}"', "lsv2_pt_3f2b...9d10", "lsv2_pt_3f2b", KEY[:-1], KEY + "0",
    "nonsense", "lsv2_****…33", "x" * 2000, '{"id":"%s"}' % IDS[0]],
    ids=lambda text: text[:20])
def test_what_is_no_secret(several, clean, text):
    """An id cannot authenticate."""
    running, (token,) = several(1)
    result = clean(running, *GO, stdin=lines(text, token.secret),
                   secrets=[KEY[:-1]])
    assert result.status == 9
    assert told(result) == [("line 1", "invalid"), (token.id, "deleted")]
    assert "no complete secret" in result.objects[0]["error"]
    assert {r.headers["x-api-key"] for r in running.requests} == {
        token.secret}


@pytest.mark.parametrize("stdin", [b"", b"\n# nothing\n"])
def test_nothing(several, clean, stdin):
    running, _ = several()
    assert clean(running, *GO, stdin=stdin).status == 2
    assert running.requests == []


def test_the_same_twice(several, clean):
    running, (token, other) = several(2)
    result = clean(running, *GO, stdin=lines(
        token.secret, other.secret, token.secret, KEY, KEY))
    assert told(result) == [("line 4", "forbidden"), (token.id, "deleted"),
                            (other.id, "deleted")]
    assert "named twice: 2" in result.errors
    assert len(sent(running)) == 5


def test_two_of_one_member(standin, clean):
    """Each has the other in its list; both go, by their own keys."""
    running = standin(tokens=2)
    org = running.org
    both = [org.tokens[i] for i in org.ids()]
    result = clean(running, *GO, stdin=lines(*[t.secret for t in both]))
    assert result.status == 0 and org.ids() == []
    assert sent(running)[2:] == [("DELETE", f"/{t.id}", t.secret)
                                 for t in both]


def test_an_administrator_is_asked_for_nothing_else(standin, clean):
    """The list of all members is nobody's own."""
    running = standin(tokens=1, admin=True)
    token = running.org.tokens[running.org.ids()[0]]
    result = clean(running, *GO, stdin=lines(token.secret))
    assert result.status == 0
    assert [path for _, path, _ in sent(running)] == ["", f"/{token.id}"]


@pytest.mark.parametrize("fault, outcome, status", [
    ("drop-before", "refused", 1), ("status 500", "refused", 1),
    ("429", "rate-limited", 7), ("html", "refused", 1),
    ("torn 30", "refused", 1), ("status 404", "refused", 1)])
def test_a_list_that_cannot_be_read(several, clean, fault, outcome, status):
    running, tokens = several()
    running.inject(fault, only="GET")
    result = clean(running, *GO, "--retries=0",
                   stdin=lines(*[t.secret for t in tokens]))
    assert told(result) == [("line 1", outcome)] + [
        (t.id, "deleted") for t in tokens[1:]]
    assert result.status == 9
    assert tokens[0].id in running.org.tokens


@pytest.mark.parametrize("fault, status", [
    ("drop-after", 6), ("status 502 after", 6), ("drop-before", 6)])
@pytest.mark.parametrize("lag", [0, 60])
def test_a_lost_answer(several, clean, fault, status, lag):
    """The key is refused afterwards, which has many reasons; where the
    server remembers it, its list may be read, and proves what is gone."""
    running, (first, second) = several(2, cache_lag=lag)
    running.inject(fault, only="DELETE")
    result = clean(running, *GO, "--retries=0", "-t", "2",
                   stdin=lines(first.secret, second.secret))
    if lag and "after" in fault:
        status = 0
    ends = dict(told(result))
    assert ends[first.id] == ("deleted" if status == 0 else "unknown")
    assert ends[second.id] == "deleted"
    assert result.status == (9 if status else 0)


@pytest.mark.parametrize("status", [401, 403])
def test_a_deletion_that_is_refused(several, clean, status):
    """It is the end of that one alone."""
    running, tokens = several()

    def hook(request):
        if request.method == "DELETE" and tokens[0].id in request.path:
            running.inject(f"status {status}", only="DELETE")
            running.hook = None
    running.hook = hook
    # the fault meets the request that comes next: the second one
    result = clean(running, *GO, stdin=lines(*[t.secret for t in tokens]))
    assert told(result) == [(t.id, o) for t, o in zip(
        tokens, ["deleted", "forbidden", "deleted"], strict=True)]
    assert result.status == 9


# ---- a person, and many

def test_asked_once(several, terminal):
    running, tokens = several()
    at = terminal(running, "--self", "-", stdin=lines(
        *[t.secret for t in tokens]), stdout="pipe", stderr="pipe")
    for token in tokens:
        at.expect(f"id: {token.id}\n")
    at.expect("delete these 3 tokens? [y/N] ")
    assert not any(r.method == "DELETE" for r in running.requests)
    at.type("y\n")
    assert at.end().status == 0
    assert set(running.org.deleted) == {t.id for t in tokens}


def test_a_no_is_for_all(several, terminal):
    running, tokens = several()
    at = terminal(running, "--self", "-", stdin=lines(
        *[t.secret for t in tokens]), stdout="pipe", stderr="pipe")
    at.expect("[y/N] ")
    at.type("n\n")
    assert at.end().status == 2 and running.org.deleted == {}


def test_nobody_to_ask(several, clean):
    running, tokens = several()
    result = clean(running, "--self", "-", "-j", wrapper=["setsid", "-w"],
                   stdin=lines(*[t.secret for t in tokens]))
    assert result.status == 2 and "--yes" in result.objects[0]["error"]
    assert running.org.deleted == {}


BATCH = 1024


def test_batches(several, clean):
    """Each is looked up, and then deleted, before the next begins."""
    running, tokens = several(BATCH + 2)
    result = clean(running, *GO, stdin=lines(*[t.secret for t in tokens]))
    assert result.status == 0 and result.errors.endswith(
        f"patrm: {BATCH + 2} tokens: {BATCH + 2} deleted\n")
    assert told(result) == [(t.id, "deleted") for t in tokens]
    first, rest = tokens[:BATCH], tokens[BATCH:]
    assert sent(running) == [
        step for block in (first, rest) for step in
        [("GET", "", t.secret) for t in block]
        + [("DELETE", f"/{t.id}", t.secret) for t in block]]


def hwm_of(pid):
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", text)[1])


MANY = 10_000
DEAD = range(0, MANY, 97)       # these are dead before


def test_very_many(standin, start):
    """10,000 secrets of 10,000 members, some of them dead: the server's state
    line by line, and the memory that it takes."""
    running = standin(tokens=1, others=0, shape=lambda s: s[:12])
    org = running.org
    tokens = [org.add(f"member{n}@example.com") for n in range(MANY)]
    for n in DEAD:
        org.remove(tokens[n].id)
    before = set(org.deleted)
    peaks = {}
    for count, block in (1, tokens[1:2]), (MANY, tokens):
        run = start(running, *GO, "--verify", env={"LANGSMITH_API_KEY": ""},
                    stdin=lines(*[t.secret for t in block]))
        asked = len(running.requests)

        def hook(_, asked=asked, run=run, count=count):
            number = len(running.requests) - asked
            if number % 100 == 0 or count == 1:
                peaks[count] = hwm_of(run.process.pid)
                if number <= 3 * BATCH:
                    peaks["first batch"] = peaks[count]
        running.hook = hook
        result = run.end(600)
        if count == 1:
            assert result.status == 0
            before |= {tokens[1].id}
    ends = dict(told(result))
    assert len(ends) == MANY and result.status == 9
    for n, token in enumerate(tokens):
        dead = n in DEAD or n == 1
        assert ends[f"line {n + 1}" if dead else token.id] == (
            "forbidden" if dead else "deleted")
        assert token.id in org.deleted and token.id not in org.tokens
    assert len(org.deleted) == MANY and len(org.tokens) == 1
    print(f"peak memory of patrm: {peaks[1]} KiB with 1 secret, "
          f"{peaks[MANY]} KiB with {MANY:,}")
    assert peaks[MANY] - peaks[1] <= 2048, peaks
    assert peaks[MANY] - peaks["first batch"] <= 64, peaks


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("when", ["lookup", "deletion"])
def test_a_signal(several, start, number, when):
    """Every secret has its line, and nothing is sent any more."""
    running, tokens = several(4)
    method = {"lookup": "GET", "deletion": "DELETE"}[when]
    go = start(running, *GO, env={"LANGSMITH_API_KEY": ""}, stdin=lines(
        *[t.secret for t in tokens]))

    def hook(request):
        if request.method == method and tokens[1].secret == \
                request.headers["x-api-key"]:
            go.send(number)
            running.inject("delay 3 before", only=method)
            running.hook = None
    running.hook = hook
    result = go.end()
    ends = dict(told(result))
    assert len(result.objects) == len(ends) == 4 and result.seconds < 3
    if when == "lookup":
        assert result.status == 128 + number
        assert set(ends.values()) == {"not-tried"}
        assert len(running.requests) <= 3
    else:
        # which deletion is cut short depends on when it is heard
        assert ends[tokens[0].id] == "deleted"
        assert ends[tokens[1].id] in ("deleted", "unknown")
        assert ends[tokens[3].id] == "not-tried"
        unknown = "unknown" in ends.values()
        assert result.status == (6 if unknown else 128 + number)
    time.sleep(0.1)
    for token in tokens:
        if ends.get(token.id, "not-tried") == "not-tried":
            assert token.id in running.org.tokens


def test_a_torn_audit_keeps_back_the_rest(several, clean):
    running, tokens = several(3)
    result = clean(running, *GO, "--audit", "/dev/full",
                   stdin=lines(*[t.secret for t in tokens]))
    assert result.status == 2 and running.org.deleted == {}
