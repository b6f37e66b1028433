# SPDX-License-Identifier: MIT
# No claim without evidence that is younger than the deed: what each line may
# say of its token where the server is late, lossy, or says several things.

import base64
import json
import os
import random
import re
import socket
import struct
import subprocess
import threading
from datetime import datetime, timedelta, timezone
from fcntl import ioctl

import pytest

from organization import OTHER, TOKENS, reply
from pki import Cert
from server import ID, IDS, Turn, http, until

NOBODY = "00000000-0000-4000-8000-000000000001"
ADMIN = {"admin": True}
SURE = ["-j", "-y"]


def lines(*tokens):
    return "".join(f"{token}\n" for token in tokens).encode()


def told(result):
    return [(o["token"], o["outcome"]) for o in result.objects]


def said_of(result, token):
    """The one object about a token."""
    one, = [o for o in result.objects if o.get("token") == token]
    return one


def changes(standin):
    return [r.path.rpartition("/")[2] for r in standin.requests
            if r.method != "GET"]


def gets(standin):
    return [r.path for r in standin.requests if r.method == "GET"]


def on_change(standin, act):
    """act(token, n) before the n-th deletion is handled, from 1."""
    def hook(request):
        if request.method == "DELETE":
            act(request.path.rpartition("/")[2], len(changes(standin)))
    standin.hook = hook


def delete_late(standin, seconds):
    """The first deletion is done so much after it has come."""
    def act(token, n):
        if n == 1:
            threading.Timer(seconds, standin.org.remove, [token]).start()
    on_change(standin, act)


# ---- 1. a list proves that a token is gone, never that a deletion failed

OPEN = ["status 202", "status 201", "status 206", "status 500", "status 502",
        "status 504", "status 408", "html", "other-id", "drop-before rst",
        "drop-before fin", "drop-before clean"]


@pytest.mark.parametrize("named", ["own", "another's"])
@pytest.mark.parametrize("fault", OPEN)
def test_done_half_a_second_later(standin, ask, fault, named):
    """The list that is read at once still shows it; a later one does not."""
    running = standin(**ADMIN)
    token = (running.org.ids()[1] if named == "own"
             else running.org.ids(OTHER)[0])
    running.inject(f"{fault} before" if fault.startswith("status") else fault,
                   only="DELETE")
    delete_late(running, 0.5)
    result = ask(running, *SURE, "--retries=0", "-t", "5", token)
    assert told(result) == [(token, "deleted")] and result.status == 0
    assert token in running.org.deleted and len(gets(running)) > 1
    assert result.seconds < 5, "no longer than it takes"


@pytest.mark.parametrize("fault", OPEN)
def test_a_list_that_still_shows_it_is_no_no(standin, ask, fault):
    """Until time is up; what it says then is that nobody knows, and why."""
    running = standin(**ADMIN)
    token = running.org.ids()[1]
    running.inject(f"{fault} before" if fault.startswith("status") else fault,
                   only="DELETE")
    result = ask(running, *SURE, "--retries=0", "-t", "2", token)
    assert told(result) == [(token, "unknown")] and result.status == 6
    error = result.objects[0]["error"]
    assert "still shows" in error and "nothing was deleted" not in error
    assert "unknown" in error
    assert len(gets(running)) > 1, "the list is read again"
    assert 1 < result.seconds < 2 + 2 + 3, "until the deadline"


def test_a_pause_between_the_lists(standin, ask):
    running = standin(**ADMIN)
    token = running.org.ids()[1]
    running.inject("status 202 before", only="DELETE")
    result = ask(running, *SURE, "--retries=0", "-t", "3", token)
    assert result.status == 6 and 2 <= len(gets(running)) <= 10


@pytest.mark.parametrize("args", [[], ["--verify"]], ids=str)
def test_a_reset_while_it_works_and_then_429(standin, ask, args):
    """429 is final of the second request, not of the first."""
    running = standin(**ADMIN)
    token = running.org.ids()[1]
    running.inject("drop-before rst", only="DELETE")
    running.inject("429", only="DELETE")
    delete_late(running, 1.5)
    result = ask(running, *SURE, *args, "--retries=1", "-t", "5", token)
    assert told(result) == [(token, "deleted")] and result.status == 0
    assert len(changes(running)) == 2


def test_a_reset_and_then_429_for_good(standin, ask):
    running = standin(**ADMIN)
    token = running.org.ids()[1]
    running.inject("drop-before rst", only="DELETE")
    running.inject("429", only="DELETE")
    result = ask(running, *SURE, "--retries=1", "-t", "2", token)
    assert told(result) == [(token, "unknown")] and result.status == 6
    assert "nothing was deleted" not in result.objects[0]["error"]


def test_a_late_revocation(standin, ask):
    running = standin(**ADMIN)
    token = running.org.ids()[1]
    running.inject("status 202 before", only="POST")

    def revoke():
        with running.org.lock:
            one = running.org.tokens[token]
            one.ended = 1.0
            one.record["revoked_at"] = "2026-11-25T12:00:00+00:00"

    def hook(request):
        if request.method == "POST":
            threading.Timer(0.5, revoke).start()
    running.hook = hook
    result = ask(running, *SURE, "--revoke", "-t", "5", token)
    assert told(result) == [(token, "revoked")] and result.status == 0


@pytest.mark.parametrize("number", [2, 15])
def test_a_signal_ends_the_lists(standin, start, number):
    """They are read until the deadline, but not after a signal."""
    running = standin(**ADMIN)
    token = running.org.ids()[1]
    running.inject("status 202 before", only="DELETE")
    run = start(running, *SURE, "-t", "30", token,
                env={"LANGSMITH_API_KEY": running.org.key})
    until(lambda: len(gets(running)) > 1)
    run.send(number)
    result = run.end()
    assert result.status == 6 and told(result) == [(token, "unknown")]
    assert result.seconds < 10


# ---- 2. evidence expires

def test_lists_of_before_say_nothing_of_what_came_after(standin, ask):
    """X's 404 has the lists read, which show Bob's Y. Y is deleted, and the
    answer lost; the 404 of the second try means this run's own deed."""
    running = standin(**ADMIN)
    y = running.org.ids(OTHER)[0]

    def act(token, n):
        if n == 1:
            running.inject("drop-after rst", only="DELETE")
    on_change(running, act)
    result = ask(running, *SURE, "--ignore-missing", "--verify", "-t", "5",
                 NOBODY, y)
    assert y in running.org.deleted
    one = said_of(result, y)
    assert one["outcome"] in ("missing", "deleted") and result.status == 0
    assert "not yours" not in one.get("error", "")


def test_a_404_after_a_lost_answer_is_unknown(standin, ask):
    """Without --ignore-missing, and where no list can be had."""
    running = standin(**ADMIN)
    y = running.org.ids(OTHER)[0]

    def act(token, n):
        if n == 1:
            running.inject("drop-after rst", only="DELETE")
        if n == 2:
            running.inject("status 500", only="GET", times=99)
    on_change(running, act)
    result = ask(running, *SURE, "-t", "2", "--retries=1", NOBODY, y)
    assert said_of(result, y)["outcome"] == "unknown"
    assert said_of(result, NOBODY)["outcome"] == "missing"


# ---- 3. who is covered by which list is known, not inferred

@pytest.mark.parametrize("times", [1, 99])
@pytest.mark.parametrize("status", [403, 404, 405])
def test_an_empty_own_list_says_nothing_of_others(standin, ask, status,
                                                  times):
    """The members' list fails once, or always; the caller's own is empty.
    The server said 204, and the token is there."""
    running = standin(tokens=0, others=1, **ADMIN)
    org = running.org
    bobs, = org.ids(OTHER)
    running.inject("no-content before", only="DELETE", times=99)
    left, whole = [times], org._list_members

    def members():
        left[0] -= 1
        return reply(status, {"detail": "no"}) if left[0] >= 0 else whole()
    org._list_members = members
    result = ask(running, *SURE, "--verify", "-t", "2", bobs)
    assert told(result) == [(bobs, "deleted-unverified")]
    assert result.status == 10


@pytest.mark.parametrize("status", [403, 404, 405])
def test_an_own_list_settles_no_lost_answer_of_others(standin, ask, status):
    running = standin(tokens=1, others=1, **ADMIN)
    bobs, = running.org.ids(OTHER)
    running.org._list_members = lambda: reply(status, {"detail": "no"})
    running.inject("status 502 before", only="DELETE")
    result = ask(running, *SURE, "--retries=0", "-t", "2", bobs)
    assert told(result) == [(bobs, "unknown")] and result.status == 6


@pytest.mark.parametrize("status", [403, 404, 405])
def test_an_own_list_settles_what_it_has_shown(standin, ask, status):
    """By a short key: the lookup has shown that it is the caller's own."""
    running = standin(tokens=3)
    token = running.org.tokens[running.org.ids()[1]]
    running.org._list_members = lambda: reply(status, {"detail": "no"})
    running.inject("status 502 after", only="DELETE")
    result = ask(running, *SURE, "--retries=0", "-t", "3",
                 token.record["short_key"])
    assert told(result) == [(token.id, "deleted")] and result.status == 0


# ---- 4. exactly one of all that the caller may see

@pytest.mark.parametrize("args", [[], ["--dry-run"], ["--ignore-missing"]],
                         ids=str)
@pytest.mark.parametrize("state", [ADMIN, {"reader": True}], ids=str)
def test_ones_own_and_a_members_are_two(standin, ask, state, args):
    running = standin(**state)
    own = running.org.ids()[1]
    short = running.org.tokens[own].record["short_key"]
    bobs = running.org.add(OTHER, short_key=short).id
    result = ask(running, *SURE, *args, short)
    one, = result.objects
    assert one["outcome"] == "ambiguous" and result.status == 2
    assert sorted(one["candidates"]) == sorted([own, bobs])
    assert changes(running) == []


def test_a_members_list_that_fails_leaves_it_open(standin, ask):
    """Not a word that the caller may not see it: so it must be read."""
    running = standin(**ADMIN)
    own = running.org.ids()[1]
    running.org._list_members = lambda: reply(500, {"detail": "later"})
    result = ask(running, *SURE, "--retries=0",
                 running.org.tokens[own].record["short_key"])
    assert result.objects[0]["outcome"] == "refused" and result.status == 1
    assert changes(running) == []


@pytest.mark.parametrize("status", [403, 404, 405])
def test_what_the_caller_may_not_see_does_not_matter(standin, ask, status):
    running = standin()
    own = running.org.ids()[1]
    short = running.org.tokens[own].record["short_key"]
    running.org.add(OTHER, short_key=short)
    running.org._list_members = lambda: reply(status, {"detail": "no"})
    result = ask(running, *SURE, short)
    assert told(result) == [(own, "deleted")] and result.status == 0


# ---- 5. the key that works goes last

@pytest.mark.parametrize("where", ["arguments", "input", "both"])
def test_the_key_goes_last_without_a_lookup(standin, ask, where):
    """The key's own token stands first, twice, in capitals, too."""
    running = standin(tokens=4)
    own = running.org.ids()
    tokens = [own[0], own[0].upper(), own[1], own[2], own[0]]
    if where == "arguments":
        result = ask(running, *SURE, *tokens)
    elif where == "input":
        result = ask(running, *SURE, "-", stdin=lines(*tokens))
    else:
        result = ask(running, *SURE, tokens[0], "-", stdin=lines(*tokens[1:]))
    assert changes(running) == [own[1], own[2], own[0]]
    assert dict(told(result)) == dict.fromkeys(own[:3], "deleted")
    assert result.status == 0
    assert gets(running) == [TOKENS], "once, at the start"


def test_one_token_alone_needs_no_list(standin, ask):
    running = standin()
    own = running.org.ids()
    result = ask(running, *SURE, own[0], own[0].upper())
    assert result.status == 0 and changes(running) == [own[0]]


@pytest.mark.parametrize("fault", ["status 500", "status 403", "html",
                                   "drop-before rst", "torn 40"])
def test_the_run_goes_on_without_the_list(standin, ask, fault):
    """In the order given then; and it says so to who wants to know."""
    running = standin(tokens=4)
    own = running.org.ids()

    def hook(request):
        if request.method == "GET":
            running.inject(fault, only="GET", times=1)
    running.inject(fault, only="GET")
    running.hook = hook
    result = ask(running, *SURE, "-v", "--retries=0", own[1], own[2])
    assert dict(told(result)) == dict.fromkeys(own[1:3], "deleted")
    assert result.status == 0 and len(gets(running)) == 1
    assert re.search("list", result.errors), "nothing is said of it"


@pytest.mark.parametrize("form", ["secret", "id"])
def test_held_back_it_keeps_its_secret(standin, ask, form):
    """Two tokens may be the key's: both are held back. One was given by its
    secret, so its proof is that this is refused."""
    running = standin(tokens=2, others=0)
    org = running.org
    key = org.key
    org.tokens[org.ids()[0]].record["short_key"] = f"lsv2_pt_...{key[-4:]}"
    secret = key[:16] + "0" * 24 + "_0123456789"
    twin = org.add(secret=secret, short_key=key[:16])
    given = [secret] if form == "secret" else [twin.id, secret]
    result = ask(running, *SURE, "--verify", "-t", "5", "-",
                 stdin=lines(*given, org.ids()[1]))
    assert dict(told(result))[twin.id] == "deleted" and result.status == 0
    assert changes(running)[-1] == twin.id
    tried = [r for r in running.requests
             if r.headers.get("x-api-key") == secret]
    assert tried and running.requests.index(tried[-1]) > max(
        i for i, r in enumerate(running.requests) if r.method == "DELETE")


# ---- 6. one line a TOKEN, one truth a token

def weak(secret):
    return secret[:12]


@pytest.mark.parametrize("args", [[], ["--dry-run"], ["--revoke"],
                                  ["--verify"]], ids=str)
@pytest.mark.parametrize("order", [1, -1])
def test_an_id_and_its_weak_secret(standin, ask, args, order):
    """Four characters confirm the secret: too few alone. The id is sure."""
    running = standin(shape=weak)
    token = running.org.tokens[running.org.ids()[1]]
    given = [token.id, token.secret][::order]
    result = ask(running, *SURE, *args, "-", stdin=lines(*given))
    outcomes = {o["outcome"] for o in result.objects
                if o["token"] == token.id}
    assert len(outcomes) == 1, result.objects
    assert outcomes <= {"deleted", "would-delete", "revoked"}
    for one in result.objects:
        assert "nothing was" not in one.get("error", "")
    assert changes(running).count(token.id) <= 1


def test_an_id_and_its_weak_secret_in_text(standin, ask):
    running = standin(shape=weak)
    token = running.org.tokens[running.org.ids()[1]]
    result = ask(running, "-y", "-", stdin=lines(token.id, token.secret))
    assert token.id in running.org.deleted
    assert "nothing was deleted" not in result.errors


@pytest.mark.parametrize("args", [
    [], ["--nonsense"], ["-t", "x", ID], ["--self", ID], ["-q", "-v", ID],
    ["-k", "/nonexistent/key", ID], ["--cacert", "/nonexistent/ca", ID],
    ["--audit", "/nonexistent/a", ID],
    ["--profile", "nobody", ID]], ids=" ".join)
def test_json_of_usage_and_configuration(patrm, args):
    """Before any TOKEN, so without one; wherever the option stands."""
    given = {"LANGSMITH_API_KEY": "lsv2_pt_x"}
    if not any(a in ("-e", "--profile") for a in args):
        args = [*args, "-e", "https://127.0.0.1:1"]
    for every in (["-j", *args], [*args, "-j"]):
        result = patrm(*every, env=given)
        assert result.status == 2
        one, = result.objects
        assert "token" not in one and one["error"]


@pytest.mark.parametrize("args, stdin", [([], b""), ([], b"\n# none\n")])
def test_json_of_an_empty_input(standin, ask, args, stdin):
    result = ask(standin(), "-j", *args, "-", stdin=stdin)
    assert result.status == 2
    one, = result.objects
    assert "token" not in one and one["error"]


@pytest.mark.parametrize("form", [[], ["-j"]], ids=str)
@pytest.mark.parametrize("args, stdin", [
    (["{}", "-"], b""), (["-", "{}"], b"\n#\n"),
    (["-", "{}"], b"\xef\xbb\xbf")], ids=str)
def test_an_empty_input_behind_a_deletion(standin, ask, args, stdin, form):
    """An argument was deleted by then, so nothing is said of that."""
    running = standin()
    own = running.org.ids()
    result = ask(running, *form, *[arg.format(own[1]) for arg in args],
                 stdin=stdin)
    assert result.status == 9 and own[1] not in running.org.ids()
    said = result.errors
    if form:
        deleted, empty = result.objects
        assert deleted["outcome"] == "deleted" and "token" not in empty
        said = empty["error"]
    assert "there is no TOKEN on standard input" in said
    assert "nothing" not in result.text + result.errors


def test_json_of_input_that_breaks_off(standin, start, tmp_path):
    """What was read is told; then the error, as an object of its own."""
    running = standin()
    own = running.org.ids()
    with Folder(tmp_path) as folder:
        run = start(running, "-j", own[1], "-", stdin=folder,
                    env={"LANGSMITH_API_KEY": running.org.key})
        result = run.end()
    assert [o.get("token") for o in result.objects] == [own[1], None]
    assert result.objects[1]["error"] and result.status == 9


@pytest.mark.parametrize("args, token", [
    (["--ignore-missing"], NOBODY), (["--ignore-missing", "-y"],
                                     "lsv2_pt_ffffffff"),
    (["--dry-run"], None), ([], None)], ids=str)
@pytest.mark.parametrize("form", [[], ["-j"]], ids=str)
def test_a_line_that_cannot_be_written(standin, start, form, args, token):
    running = standin(**ADMIN)
    with open("/dev/full", "wb") as full:
        run = start(running, *form, *args, token or running.org.ids()[1],
                    stdout=full, env={"LANGSMITH_API_KEY": running.org.key})
        result = run.end()
    assert result.status not in (0, 9), result
    assert result.errors, "nobody is told"


@pytest.mark.parametrize("form", [[], ["-j"]], ids=str)
@pytest.mark.parametrize("fault", ["drop-after", None])
def test_missing_that_cannot_be_written(standin, ask, tmp_path, fault, form):
    """It is as gone as one that was deleted: 8, never 1, a refusal. What
    cannot be written stands in the audit."""
    running, log = standin(**ADMIN), tmp_path / "log"
    token = running.org.ids()[1] if fault else NOBODY
    if fault:
        running.inject(fault, only="DELETE")
    with open("/dev/full", "wb") as full:
        result = ask(running, *form, "--ignore-missing", "--audit", log,
                     token, stdout=full)
    assert result.status == 8 and token not in running.org.tokens, result
    assert json.loads(log.read_text().splitlines()[-1])["outcome"] == "missing"
    fate = "the token is deleted" if fault else "this call deleted nothing"
    assert fate in result.errors and "nothing was" not in result.errors


@pytest.mark.parametrize("form", [[], ["-j"]], ids=str)
def test_a_dry_run_that_cannot_be_written(standin, ask, form):
    """What is there is not gone."""
    running = standin()
    own = running.org.ids()
    with open("/dev/full", "wb") as full:
        result = ask(running, *form, "-n", own[1], stdout=full)
    assert result.status == 1 and running.org.ids() == own
    assert "nothing was deleted" in result.errors


# ---- 7. a sentence claims only what it concerns

class Folder:
    """A folder as standard input: each read of it fails."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        self.number = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        return self.number

    def __exit__(self, *_):
        os.close(self.number)


@pytest.mark.parametrize("args", [[], ["--revoke"]], ids=str)
def test_a_read_error_after_deletions(standin, start, tmp_path, args):
    running = standin()
    own = running.org.ids()
    with Folder(tmp_path) as folder:
        run = start(running, *args, own[1], "-", stdin=folder,
                    env={"LANGSMITH_API_KEY": running.org.key})
        result = run.end()
    assert len(changes(running)) == 1
    assert re.search(r"(?m)^patrm: cannot read", result.errors)
    assert not re.search(r"nothing was|deleted nothing|revoked nothing",
                         result.errors), result.errors


def test_a_read_error_after_lines(standin, start):
    """A connection that is reset behind them."""
    running = standin(tokens=4)
    own = running.org.ids()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        theirs = socket.create_connection(listener.getsockname())
        ours, _ = listener.accept()
    with theirs, ours:
        run = start(running, "-", stdin=theirs,
                    env={"LANGSMITH_API_KEY": running.org.key})
        ours.sendall(lines(*own[1:]))
        waiting = bytearray(4)
        until(lambda: not ioctl(theirs, 0x541B, waiting)    # FIONREAD
              and waiting == bytes(4))
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, 0))
        ours.close()
        result = run.end()
    assert sorted(changes(running)) == sorted(own[1:])
    assert "nothing was deleted" not in result.errors, result.errors


# ---- 8. what the server says is not trusted to be harmless

OTHERS = "lsv2_sk_" + "89ab" * 8 + "_0123456789"


def echoes(key):
    """Ways to repeat a key."""
    escaped = key.replace("_", "\\u005f").replace("l", "\\u006c", 1)
    return {
        "detail": json.dumps({"detail": f"bad key {key}"}).encode(),
        "in quotes": json.dumps({"error": f"key='{key}', sorry"}).encode(),
        "escaped": b'{"detail":"bad key %b"}' % escaped.encode(),
        "in a list": json.dumps({"detail": [{
            "loc": ["header", key], "msg": f"bad {key}",
            "type": key}]}).encode(),
        "two": json.dumps({"detail": f"{key}{key}"}).encode(),
        "at the end": json.dumps({"message": "x" * 150 + key}).encode(),
        "raw": f"<p>bad key {key}</p>".encode(),
        "at the cut": b"x" * 170 + key.encode(),
    }


@pytest.mark.parametrize("whose", ["the key", "another's"])
@pytest.mark.parametrize("form", [[], ["-j"], ["-v"]], ids=str)
@pytest.mark.parametrize("how", echoes("x"))
@pytest.mark.parametrize("status", [403, 500])
def test_an_error_that_echoes_a_key(serve, start, status, how, form, whose):
    """No part of it that a short key may not show."""
    key = "lsv2_pt_" + "0123456789abcdef" * 2 + "_fedcba9876"
    secret = key if whose == "the key" else OTHERS
    body = echoes(secret)[how]
    turn = Turn(http(status, body, kind="application/json"))
    server = serve(turn, Turn(http(500)), Turn(http(500)))
    run = start(server, *form, "--retries=0", "-t", "1", ID)
    result = run.end()
    assert result.status == (3 if status == 403 else 6)
    said = result.text + result.errors
    for at in range(8, len(secret) - 17):
        assert secret[at:at + 17] not in said, said


@pytest.mark.parametrize("form", [[], ["-j"]], ids=str)
def test_a_bearer_token_that_is_echoed(serve, patrm, certs, tmp_path, form):
    """Whatever it looks like: it is the one in use."""
    bearer = "opaque-0123456789-abcdef"
    path = tmp_path / "bearer"
    path.write_text(bearer)
    server = serve(Turn(http(403, {"detail": f"bad token {bearer}"})))
    result = patrm("-e", server.endpoint, "--cacert", certs.ca, *form,
                   "--bearer-file", path, "-o", IDS[0], "--retries=0", ID)
    assert result.status == 3
    assert bearer not in result.text + result.errors


@pytest.mark.parametrize("form", [[], ["-j"], ["-v"]], ids=str)
def test_a_short_key_that_is_no_short_one(standin, ask, tmp_path, form):
    """A server that shows all of it: in no line, and in no audit."""
    running = standin()
    token = running.org.add(short_key="later")
    token.record["short_key"] = token.secret
    audit = tmp_path / "audit"
    result = ask(running, "-y", *form, "--audit", audit, "-",
                 stdin=lines(token.secret))
    # ask has looked for the secret in what was said.
    assert result.status in (0, 2)
    assert token.secret not in audit.read_text() if audit.exists() else True


@pytest.mark.parametrize("form", [[], ["-j"]], ids=str)
def test_a_record_with_a_secret_in_it(standin, ask, form):
    running = standin()
    token = running.org.add(description=f"old: {running.org.key}",
                            created_by=OTHERS)
    result = ask(running, *form, token.id)
    assert token.id in running.org.deleted and result.status == 0
    assert OTHERS not in result.text + result.errors


# ---- 9. lists that are read for one question answer the others

def test_the_lists_of_a_404_settle_a_lost_answer(standin, ask):
    """X's answer is lost, Y's 404 has the lists read, which show neither;
    after that no list can be read any more."""
    running = standin(**ADMIN)
    x = running.org.ids()[1]
    running.inject("drop-after rst", only="DELETE")

    def hook(request):
        if request.method == "GET" and NOBODY in changes(running):
            running.inject("status 500", only="GET", times=99)
    running.hook = hook
    result = ask(running, *SURE, "--retries=0", "-t", "2", x, NOBODY)
    assert x in running.org.deleted
    assert said_of(result, x)["outcome"] == "deleted"
    assert said_of(result, NOBODY)["outcome"] == "missing"


# ---- 10. nothing matches, of what can be seen

@pytest.mark.parametrize("state, status", [
    ({}, 4), (ADMIN, 0), ({"reader": True}, 0)], ids=str)
@pytest.mark.parametrize("form", ["short key", "secret"])
def test_nothing_matches_and_that_counts_as_done(standin, ask, state, status,
                                                 form):
    """Only where the list of all members was seen."""
    running = standin(**state)
    if form == "short key":
        result = ask(running, *SURE, "--ignore-missing", "lsv2_pt_ffffffff")
    else:
        result = ask(running, *SURE, "--ignore-missing", "-", stdin=lines(
            "lsv2_pt_" + "f" * 32 + "_" + "f" * 10))
    assert result.objects[0]["outcome"] == "missing"
    assert result.status == status


@pytest.mark.parametrize("status", [403, 404, 405])
def test_somebody_elses_that_nobody_shows(standin, ask, status):
    running = standin(tokens=1, others=1)
    bobs = running.org.tokens[running.org.ids(OTHER)[0]]
    running.org._list_members = lambda: reply(status, {"detail": "no"})
    result = ask(running, *SURE, "--ignore-missing",
                 bobs.record["short_key"])
    assert result.objects[0]["outcome"] == "missing"
    assert result.status == 4 and result.objects[0]["error"]


# ---- 11. a torn body that can never become the record

NEVER = [b'"abc', b"tru", b"[", b"[{", b'[{"id":"%b"' % ID.encode(), b"nul",
         b"-1", b"x", b"<", b"{]", b"{,", b'{"id":5', b'{"id":null,',
         b'{"id":"00', b'{"id":"%bx' % ID.encode(), b'{"id" "', b'{id',
         b'{"id":"%b"]' % ID.encode(), b"\xef\xbb\xbf{", b'{"a":tru}']
STILL = [b"", b" ", b"{", b'{"', b'{"id', b'{"id":', b'{"id":"',
         b'{"id":"%b' % ID[:9].encode(), b'{"id":"%b"' % ID.encode(),
         b'{"id":"\\u0033', b'{"a":tru', b'{"a":[1,{"b"',
         b'{"description":"x","id":"%b",' % ID.encode()]


def torn(body):
    return http(200, body, length=len(body) + 300)


@pytest.mark.parametrize("end", ["clean", "cut", "reset"])
@pytest.mark.parametrize("body", NEVER, ids=repr)
def test_torn_and_never_the_record(serve, delete, body, end):
    server = serve(Turn(torn(body), end))
    result = delete(server, "-j", "--retries=0", "-t", "1", ID)
    assert told(result) == [(ID, "unknown")] and result.status == 6


@pytest.mark.parametrize("body", STILL, ids=repr)
def test_torn_and_perhaps_the_record(serve, delete, body):
    server = serve(Turn(torn(body), "cut"))
    result = delete(server, "-j", "--retries=0", "-t", "1", ID)
    assert told(result) == [(ID, "deleted-unread")] and result.status == 8


# ---- time

def der(tag, *parts):
    """One element of DER."""
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def der_number(value):
    return der(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def der_name(text):
    return der(0x30, der(0x31, der(0x30, der(6, b"\x55\x04\x03"),
                                   der(12, text.encode()))))


SHA256_RSA = der(0x30, der(6, bytes.fromhex("2a864886f70d01010b")),
                 der(5))
RSA_KEY = der(0x30, der(6, bytes.fromhex("2a864886f70d010101")), der(5))


def der_certificate(subject, issuer, key, *extensions, signature):
    """Signed by nobody: whoever checks the signature does all of the work."""
    now = datetime.now(timezone.utc)
    times = [der(23, f"{now + timedelta(days=d):%y%m%d%H%M%SZ}".encode())
             for d in (-1, 30)]
    body = der(0x30, der(0xa0, der_number(2)), der_number(7), SHA256_RSA,
               der_name(issuer), der(0x30, *times), der_name(subject), key,
               der(0xa3, der(0x30, *extensions)))
    return der(0x30, body, SHA256_RSA, der(3, b"\0", signature))


def der_extension(oid, value, critical=True):
    return der(0x30, der(6, bytes.fromhex(oid)),
               der(1, b"\xff") if critical else b"", der(4, value))


def pem(certificate):
    text = base64.encodebytes(certificate).decode()
    return f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n"


@pytest.fixture(scope="module")
def slow(tmp_path_factory):
    """slow(bits, count): a chain of so many issuers, whose keys have 8,192
    bits, and exponents of so many: each signature is to be checked."""
    folder = tmp_path_factory.mktemp("slow")
    key = folder / "key"
    subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-out", key], check=True,
                   capture_output=True)
    public = subprocess.run(["openssl", "pkey", "-in", key, "-pubout",
                             "-outform", "DER"], check=True,
                            capture_output=True).stdout
    draw = random.Random(1)

    def number(bits):
        return draw.getrandbits(bits) | 1 << (bits - 1) | 1

    def make(bits, count):
        signature = draw.getrandbits(8190).to_bytes(1024, "big")
        san = der(0x30, der(0x82, b"localhost"))
        leaf = der_certificate(
            "localhost", "Slow 0", public, der_extension("551d11", san, False),
            signature=signature)
        text = pem(leaf)
        for n in range(count):
            rsa = der(0x30, der_number(number(8192)), der_number(number(bits)))
            text += pem(der_certificate(
                f"Slow {n}", f"Slow {n + 1}",
                der(0x30, RSA_KEY, der(3, b"\0", rsa)),
                der_extension("551d13", der(0x30, der(1, b"\xff"))),
                der_extension("551d0f", b"\x03\x02\x02\x04"),
                signature=signature))
        chain = folder / f"{bits}-{count}.pem"
        chain.write_text(text)
        return Cert(chain, key, chain)
    return make


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_arithmetic_has_a_deadline(serve, delete, slow, version):
    """Each of these signatures takes half a second, if it is checked."""
    server = serve(Turn(http(204)), cert=slow(8191, 4), version=version)
    result = delete(server, "-j", "--retries=0", "-t", "1", ID)
    assert result.status == 5
    assert result.objects[0]["outcome"] == "unreachable"
    assert server.requests == [] and result.seconds < 1 + 1


def test_an_exponent_over_64_bits_is_refused(serve, delete, slow):
    """By itself, not by the deadline."""
    server = serve(Turn(http(204)), cert=slow(8191, 4))
    result = delete(server, "-j", "--retries=0", "-t", "20", ID)
    assert result.status == 5 and result.seconds < 2
    assert "time" not in result.objects[0]["error"].split(";")[0]


@pytest.mark.parametrize("bits", [2, 17, 64, 65, 256])
def test_which_exponents_are_refused(serve, delete, slow, bits):
    """Over 64 bits for that alone; of others, nobody vouches for the last."""
    server = serve(Turn(http(204)), cert=slow(bits, 1))
    result = delete(server, "-j", "--retries=0", "-t", "20", ID)
    assert result.status == 5 and server.requests == []
    issuer = "exponent" not in result.objects[0]["error"]
    assert issuer == (bits <= 64), result.objects


# ---- people

def test_what_was_typed_before_does_not_answer(standin, terminal):
    """A y in the keyboard's buffer is for something else."""
    running = standin()
    token = running.org.tokens[running.org.ids()[1]]
    waiting = threading.Event()

    def hook(request):
        waiting.wait(5)
    running.hook = hook
    at = terminal(running, "-j", token.record["short_key"])
    until(lambda: running.requests)
    at.type("y\n")
    until(lambda: "y" in at.shown)
    waiting.set()
    at.expect("[y/N] ")
    with pytest.raises(subprocess.TimeoutExpired):
        at.process.wait(0.7)
    assert changes(running) == [], "it was taken for an answer"
    at.type("n\n")
    assert at.end().status == 2
    assert token.id in running.org.tokens and changes(running) == []


def test_what_is_typed_after_it_does(standin, terminal):
    running = standin()
    token = running.org.tokens[running.org.ids()[1]]
    waiting = threading.Event()
    running.hook = lambda request: waiting.wait(5)
    at = terminal(running, "-j", token.record["short_key"])
    until(lambda: running.requests)
    at.type("n\n")
    until(lambda: "n" in at.shown)
    waiting.set()
    at.expect("[y/N] ")
    at.type("y\n")
    assert at.end().status == 0 and token.id in running.org.deleted


@pytest.mark.parametrize("before", [
    b'{"time":"2026-11-25T12:00:00Z","id":"3f2b', b"{", b"x",
    b'{"time":"2026-11-25T12:00:00Z"}\n{"ti'], ids=repr)
def test_a_torn_last_line_is_ended(standin, ask, tmp_path, before):
    """Where the machine went down in the middle of one."""
    running = standin()
    token = running.org.ids()[1]
    audit = tmp_path / "audit"
    audit.write_bytes(before)
    result = ask(running, "-j", "--audit", audit, token)
    assert result.status == 0
    text = audit.read_bytes()
    assert text.startswith(before + b"\n")
    ours = [json.loads(line)
            for line in text[len(before) + 1:].splitlines()]
    assert [one["outcome"] for one in ours] == ["sending", "deleted"]


@pytest.mark.parametrize("before", [b"", b'{"whole":1}\n'], ids=repr)
def test_no_empty_line_where_none_is_torn(standin, ask, tmp_path, before):
    running = standin()
    audit = tmp_path / "audit"
    audit.write_bytes(before)
    result = ask(running, "-j", "--audit", audit, running.org.ids()[1])
    assert result.status == 0
    text = audit.read_bytes()
    assert text.startswith(before + b"{") and b"\n\n" not in text
