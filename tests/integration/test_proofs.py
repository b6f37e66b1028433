# SPDX-License-Identifier: MIT
# What is proven of a token, by a list or by its secret: --verify, a lost
# answer, a 404; and how many requests that takes.

import re
from types import SimpleNamespace

import pytest

from organization import MEMBERS, OTHER, TOKENS
from result import lines, told
from server import Turn, http, record

NOBODY = "00000000-0000-4000-8000-000000000001"
VERIFY = ["-j", "-y", "--verify"]
AGAIN = ["--retries=1"]     # twice in all, half a second apart
FORBIDDEN = http(403, {"detail": "Forbidden"})


def gets(standin):
    return [r.path for r in standin.requests if r.method == "GET"]


def changes(standin):
    """The deletions and revocations that were sent."""
    return [r for r in standin.requests if r.method != "GET"]


def short(standin, token):
    return standin.org.tokens[token].record["short_key"]


def lag(standin, lists):
    """So many lists still show what is deleted by then, and show what is
    revoked by then as if it were not; what is read by the key of its own
    token stays as it is."""
    org = standin.org
    left = [lists]
    ghosts, hidden = set(), {}

    def hook(request):
        if request.method != "GET" or not changes(standin):
            return
        left[0] -= 1
        with org.lock:
            if left[0] >= 0:
                ghosts.update(org.deleted)
                org.tokens.update(org.deleted)
                for token in org.tokens.values():
                    if token.record.get("revoked_at"):
                        hidden[token.id] = token.record["revoked_at"]
                        token.record["revoked_at"] = None
            else:
                for token in ghosts:
                    org.tokens.pop(token, None)
                for token, when in hidden.items():
                    org.tokens[token].record["revoked_at"] = when
    standin.hook = hook


def after_a_change(standin, fault, times=99):
    """Lists fail, but not those that were read before."""
    def hook(request):
        if request.method != "GET" and len(changes(standin)) == 1:
            standin.inject(fault, only="GET", times=times)
    standin.hook = hook


# ---- --verify

LOOKUP = [TOKENS, MEMBERS]
HOW = {
    # how a token is named, and the lists read before and, where nothing
    # lags, behind it: what the caller's own has shown is proven by it
    "id, admin": (dict(admin=True), lambda t: t.id, [TOKENS] * 2),
    "id, reader": (dict(reader=True), lambda t: t.id, [TOKENS] * 2),
    "id, member": ({}, lambda t: t.id, [TOKENS] * 2),
    "short key": ({}, lambda t: t.record["short_key"], LOOKUP + [TOKENS]),
    "short key, admin": (dict(admin=True), lambda t: t.record["short_key"],
                         LOOKUP + [TOKENS]),
    # with the token's own key, too
    "secret": ({}, lambda t: t.secret, LOOKUP + [TOKENS] * 2),
}


@pytest.mark.parametrize("args", [[], ["--revoke"]], ids=str)
@pytest.mark.parametrize("how", HOW)
def test_proven_at_once(standin, ask, how, args):
    state, name, lists = HOW[how]
    running = standin(**state)
    own = running.org.ids()
    result = ask(running, *VERIFY, *args, "-",
                 stdin=lines(name(running.org.tokens[own[1]])))
    assert told(result) == [(own[1], "revoked" if args else "deleted")]
    assert result.status == 0 and "error" not in result.objects[0]
    assert result.objects[0]["record"]["id"] == own[1]
    assert gets(running) == lists and len(changes(running)) == 1
    assert result.seconds < 5, "no pause where nothing lags"


@pytest.mark.parametrize("how, args", [
    *[(how, []) for how in HOW], ("id, admin", ["--revoke"]),
    ("secret", ["--revoke"])], ids=str)
def test_proven_after_a_while(standin, ask, how, args):
    """The first list after it is too old; half a second later it is not."""
    state, name, lists = HOW[how]
    running = standin(**state)
    own = running.org.ids()
    lag(running, 1)
    result = ask(running, *VERIFY, *args, "-",
                 stdin=lines(name(running.org.tokens[own[1]])))
    assert told(result) == [(own[1], "revoked" if args else "deleted")]
    assert result.status == 0
    assert len(gets(running)) > len(lists)
    assert len(changes(running)) == 1, "it is not deleted again"


@pytest.mark.parametrize("how, args, outcome", [
    *[(how, [], "deleted-unverified") for how in HOW],
    ("id, admin", ["--revoke"], "revoked"),
    ("short key", ["--revoke"], "revoked")])
def test_not_proven_in_time(standin, ask, how, args, outcome):
    """The list shows it to the end. That is as long as --timeout, and says
    what the server has said."""
    state, name, lists = HOW[how]
    running = standin(**state)
    own = running.org.ids()
    lag(running, 99)
    result = ask(running, *VERIFY, *args, "-t", "1", "-",
                 stdin=lines(name(running.org.tokens[own[1]])))
    assert told(result) == [(own[1], outcome)]
    assert result.status == 10 and result.seconds < 1 + 5
    assert "still shows it" in result.objects[0]["error"] or args
    assert "the server said that" in result.objects[0]["error"]
    assert len(changes(running)) == 1
    assert 2 <= len(gets(running)) <= len(lists) + 10


def test_not_proven_in_text(standin, ask):
    """The record on standard output, the doubt on standard error."""
    running = standin(admin=True)
    own = running.org.ids()
    lag(running, 99)
    result = ask(running, "--verify", "-t", "1", own[1])
    assert result.status == 10
    assert result.blocks[0][:2] == [("outcome", "deleted-unverified"),
                                    ("id", own[1])]
    assert re.fullmatch(rf"patrm: {own[1]}.*: not proven in time: .+\n",
                        result.errors)


def test_one_is_proven_and_one_is_not(standin, ask):
    """In one block; the proof of one does not wait for the other's time."""
    running = standin(admin=True, tokens=4)
    org = running.org
    own = org.ids()

    def hook(request):
        if request.method == "GET" and own[2] in org.deleted:
            org.tokens[own[2]] = org.deleted[own[2]]
    running.hook = hook
    result = ask(running, *VERIFY, "-t", "1", *own[1:])
    assert dict(told(result)) == {own[1]: "deleted", own[3]: "deleted",
                                  own[2]: "deleted-unverified"}
    assert result.status == 9


@pytest.mark.parametrize("state", [dict(admin=True), {}], ids=str)
def test_one_list_a_block(standin, ask, state):
    """Before it and behind it: who may not see the members' list needs to
    have been shown each token by its own."""
    running = standin(tokens=2101, **state)
    own = running.org.ids()
    result = ask(running, "-q", "--verify", "-", stdin=lines(*own[1:]))
    assert result.status == 0 and running.org.ids() == own[:1]
    assert gets(running) == [TOKENS] * 6
    assert [r.method for r in running.requests] == [
        method for count in (1024, 1024, 52)
        for method in ["GET", *["DELETE"] * count, "GET"]]


def test_each_block_of_others_tokens(standin, ask):
    """That its own list does not show them is no reason to stop there."""
    running = standin(tokens=1, others=1030, admin=True)
    result = ask(running, "-q", "--verify", "-",
                 stdin=lines(*running.org.ids(OTHER)))
    assert result.status == 0 and running.org.ids(OTHER) == []
    assert gets(running) == [TOKENS, MEMBERS] * 2


def test_nothing_to_prove_needs_no_list(standin, ask):
    """But for the one before the deletion."""
    running = standin(bad_key=401)
    result = ask(running, *VERIFY, NOBODY, "x", key="lsv2_pt_wrong")
    assert [o["outcome"] for o in result.objects] == ["forbidden", "invalid"]
    assert [r.method for r in running.requests] == ["GET", "DELETE"]
    del running.requests[:]
    result = ask(running, *VERIFY, "x", key="lsv2_pt_wrong")
    assert [o["outcome"] for o in result.objects] == ["invalid"]
    assert running.requests == []


@pytest.mark.parametrize("named", ["id", "short key"])
@pytest.mark.parametrize("args", [[], ["--revoke"]], ids=str)
def test_another_members_token(standin, ask, named, args):
    """Only the list of all members would show it."""
    running = standin(admin=True)
    bobs = running.org.ids(OTHER)[0]
    token = bobs if named == "id" else short(running, bobs)
    result = ask(running, *VERIFY, *args, token)
    assert told(result) == [(bobs, "revoked" if args else "deleted")]
    assert result.status == 0 and gets(running)[-1] == MEMBERS
    assert gets(running)[:-1] == ([TOKENS] if named == "id" else LOOKUP)


def test_another_members_token_that_is_still_shown(standin, ask):
    running = standin(admin=True)
    bobs = running.org.ids(OTHER)[0]
    lag(running, 99)
    result = ask(running, *VERIFY, "-t", "1", bobs)
    assert told(result) == [(bobs, "deleted-unverified")]
    first, *later = gets(running)
    assert result.status == 10 and first == TOKENS
    assert set(later) == {MEMBERS} and len(later) > 1


@pytest.mark.parametrize("fault, state", [
    *[(fault, dict(admin=True)) for fault in (
        "status 500", "status 403", "html", "torn 700", "short 700", "gzip",
        "no-content", "drop-before rst")],
    ("status 500", {}), ("short 700", {})], ids=str)
def test_verified_by_a_list_that_cannot_be_read(standin, ask, fault, state):
    """That is no proof, and no failure of the deletion."""
    running = standin(**state)
    own = running.org.ids()
    after_a_change(running, fault)
    result = ask(running, *VERIFY, "--retries=0", "-t", "1", own[1])
    assert told(result) == [(own[1], "deleted-unverified")]
    assert result.status == 10 and result.seconds < 1 + 5
    assert "no list" in result.objects[0]["error"]
    assert own[1] in running.org.deleted


def test_a_list_that_can_be_read_later(standin, ask):
    running = standin(admin=True)
    own = running.org.ids()
    after_a_change(running, "status 502", times=2)
    result = ask(running, *VERIFY, "--retries=0", own[1])
    assert told(result) == [(own[1], "deleted")] and result.status == 0


def test_a_list_with_a_strange_element_is_no_proof(serve, delete):
    """The token may be what could not be read."""
    turns = [Turn(http(200, [record(NOBODY), 7])) for _ in range(20)]
    mine = record()
    server = serve(Turn(http(200, [])), Turn(http(200, mine)), *turns)
    result = delete(server, "-j", "--verify", "-t", "1", "--retries=0",
                    mine["id"])
    assert told(result) == [(mine["id"], "deleted-unverified")]
    assert result.status == 10


def test_not_with_a_dry_run(standin, ask):
    running = standin()
    result = ask(running, "--verify", "--dry-run", running.org.ids()[1])
    assert result.status == 2 and running.requests == []


# ---- a secret at hand

SECRET = {
    "line": (lambda org, t: (["-"], lines(t.secret), None)),
    "self": (lambda org, t: (["--self"], b"", t.secret)),
    "its own line": (lambda org, t: (["-"], lines(t.secret), t.secret)),
    "its own id": (lambda org, t: (
        ["-"], lines(t.id, t.record["short_key"]), t.secret)),
}


def tries(standin, secret):
    """The times that it was tried after a change, and the answers."""
    at = standin.requests.index(changes(standin)[0])
    return [r.status for r in standin.requests[at + 1:]
            if r.headers["x-api-key"] == secret]


@pytest.mark.parametrize("args", [[], ["--revoke"]], ids=str)
@pytest.mark.parametrize("bad_key", [401, 403])
@pytest.mark.parametrize("how", SECRET)
def test_a_secret_that_is_refused(standin, ask, how, bad_key, args):
    running = standin(bad_key=bad_key)
    token = running.org.tokens[running.org.ids()[1]]
    given, stdin, key = SECRET[how](running.org, token)
    result = ask(running, *VERIFY, *args, *given, stdin=stdin, key=key)
    assert told(result) == [(token.id, "revoked" if args else "deleted")]
    assert result.status == 0
    assert tries(running, token.secret)[-1] == bad_key


@pytest.mark.parametrize("how", ["line", "self", "its own id"])
def test_a_secret_that_is_refused_after_a_while(standin, ask, how):
    """The server remembers whom it has let in; it is tried until then."""
    running = standin(cache_lag=1.5)
    token = running.org.tokens[running.org.ids()[1]]
    given, stdin, key = SECRET[how](running.org, token)
    result = ask(running, *VERIFY, *given, stdin=stdin, key=key)
    assert told(result) == [(token.id, "deleted")] and result.status == 0
    answers = tries(running, token.secret)
    assert answers[-1] == 403 and 200 in answers
    assert result.seconds > 1.4


@pytest.mark.parametrize("how, args, outcome", [
    *[(how, [], "deleted-unverified") for how in SECRET],
    ("line", ["--revoke"], "revoked"), ("self", ["--revoke"], "revoked")])
def test_a_secret_that_still_works(standin, ask, how, args, outcome):
    running = standin(cache_lag=60)
    token = running.org.tokens[running.org.ids()[1]]
    given, stdin, key = SECRET[how](running.org, token)
    result = ask(running, *VERIFY, *args, "-t", "1", *given, stdin=stdin,
                 key=key)
    assert told(result) == [(token.id, outcome)]
    assert result.status == 10 and result.seconds < 1 + 5
    assert "secret was not refused" in result.objects[0]["error"]
    assert set(tries(running, token.secret)) == {200}


@pytest.mark.parametrize("fault", ["status 500", "429", "html", "drop-before"])
def test_a_secret_that_is_not_refused_in_as_many_words(standin, ask, fault):
    """Only 401 and 403 refuse it."""
    running = standin(bad_key=401)
    token = running.org.tokens[running.org.ids()[0]]
    after_a_change(running, fault)
    result = ask(running, *VERIFY, "--self", "-t", "1", "--retries=0",
                 key=token.secret)
    if fault == "html":     # 200 is 200
        assert "secret was not refused" in result.objects[0]["error"]
    assert told(result) == [(token.id, "deleted-unverified")]
    assert result.status == 10


def test_without_verify_nothing_is_tried(standin, ask):
    running = standin(cache_lag=60)
    token = running.org.tokens[running.org.ids()[1]]
    result = ask(running, "-j", "-y", "-", stdin=lines(token.secret))
    assert result.status == 0 and gets(running) == LOOKUP
    assert {r.headers["x-api-key"] for r in running.requests} \
        == {running.org.key}


# ---- lost answers

LOST = {
    # what happens to each attempt: carried out or not
    "drop-after fin": True, "drop-after rst": True, "drop-after clean": True,
    "status 502 after": True, "status 500 after": True, "html after": True,
    "other-id after": True, "status 408 after": True,
    "drop-before fin": False, "drop-before rst": False,
    "status 502 before": False, "status 503": False, "html": False,
    "other-id": False, "status 408": False,
}


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("how", ["id, admin", "short key", "id, member"])
def test_a_lost_answer_is_settled(standin, ask, fault, how):
    """By the list that would show the token. A plain member's own list would
    not show somebody else's: what it does not show was perhaps never its, so
    that stays unknown. So does what a list shows to the end: the server may
    be at it still."""
    state, name, _ = HOW[how]
    running = standin(**state)
    own = running.org.ids()
    given = name(running.org.tokens[own[1]])
    running.inject(fault, only="DELETE", times=9)
    result = ask(running, "-j", "-y", "--retries=0", "-t", "1", "-",
                 stdin=lines(given))
    settled = LOST[fault] and how != "id, member"
    assert told(result) == [(own[1], "deleted" if settled else "unknown")]
    assert result.status == (0 if settled else 6) and result.seconds < 2 + 5
    assert (own[1] in running.org.deleted) == LOST[fault]
    assert result.objects[0]["attempts"] == 1
    error = result.objects[0].get("error", "")
    assert ("list still shows" in error) == (not LOST[fault])
    assert ("unknown whether" in error) == (not settled)
    assert "nothing was deleted" not in error


@pytest.mark.parametrize("how, status", [
    ("id, admin", 0), ("short key", 0), ("id, member", 6)])
def test_a_lost_answer_that_is_retried(standin, ask, how, status):
    """The next attempt brings a 404, or is lost as well."""
    for times in (1, 9):
        state, name, _ = HOW[how]
        running = standin(**state)
        own = running.org.ids()
        given = name(running.org.tokens[own[1]])
        running.inject("drop-after", only="DELETE", times=times)
        result = ask(running, "-j", "-y", *AGAIN, given)
        assert result.status == status
        assert result.objects[0]["attempts"] == len(changes(running)) == 2


@pytest.mark.parametrize("fault", ["drop-after", "status 502 after"])
@pytest.mark.parametrize("state, given, status", [
    (dict(admin=True), "bob", 0), (dict(reader=True), "bob", 6),
    ({}, "bob", 6)])
def test_a_lost_answer_about_anothers_token(standin, ask, fault, state,
                                            given, status):
    """A reader's deletion of it is a 404 that got lost: nobody knows that,
    and the list shows it still."""
    running = standin(**state)
    bobs = running.org.ids(OTHER)[0]
    running.inject(fault, only="DELETE", times=9)
    result = ask(running, "-j", "--retries=0", "-t", "1", bobs)
    assert result.status == status
    assert ("still shows" in result.objects[0].get("error", "")) \
        == ("reader" in state)
    assert (bobs in running.org.deleted) == ("admin" in state)


@pytest.mark.parametrize("fault", ["status 500", "html", "torn 100",
                                   "short 100", "drop-before", "gzip"])
@pytest.mark.parametrize("how", ["id, admin", "short key"])
@pytest.mark.parametrize("done", [True, False])
def test_a_lost_answer_and_a_list_that_fails(standin, ask, fault, how, done):
    state, name, _ = HOW[how]
    running = standin(**state)
    own = running.org.ids()
    given = name(running.org.tokens[own[1]])
    running.inject(f"drop-{'after' if done else 'before'}", only="DELETE",
                   times=9)
    after_a_change(running, fault)
    result = ask(running, "-j", "-y", "--retries=0", given)
    assert told(result) == [(own[1], "unknown")] and result.status == 6
    assert "unknown whether" in result.objects[0]["error"]
    assert (own[1] in running.org.deleted) == done


@pytest.mark.parametrize("fault, status", [("drop-after", 0),
                                           ("drop-before", 6)])
def test_a_lost_revocation(standin, ask, fault, status):
    """Its record is there either way; what counts is revoked_at."""
    running = standin()
    own = running.org.ids()
    running.inject(fault, only="POST", times=9)
    result = ask(running, "-j", "-y", "--revoke", "--retries=0", "-t", "1",
                 "-", stdin=lines(short(running, own[1])))
    assert told(result) == [(own[1], "unknown" if status else "revoked")]
    assert result.status == status
    assert running.org.revoked() == ([] if status else [own[1]])


@pytest.mark.parametrize("fault", ["drop-after", "drop-before"])
def test_several_lost_answers_need_one_list(standin, ask, fault):
    """And what was answered is told before. Only where one of them is still
    shown it is read again."""
    running = standin(admin=True, tokens=6)
    own = running.org.ids()
    faults = iter(["drop-after", "", fault, "", "drop-after"])

    def hook(request):
        # for the next one: this one has its fault by now
        if request.method == "DELETE" and (fault := next(faults, "")):
            running.inject(fault, only="DELETE")
    running.hook = hook
    result = ask(running, "-j", "--retries=0", "-t", "1", *own[1:])
    done = fault == "drop-after"
    assert told(result) == [
        (own[1], "deleted"), (own[3], "deleted"), (own[5], "deleted"),
        (own[2], "deleted"), (own[4], "deleted" if done else "unknown")]
    assert result.status == (0 if done else 9)
    first, *later = gets(running)
    assert first == TOKENS and set(later) == {TOKENS}
    assert len(later) == 1 if done else 1 < len(later) <= 10


def test_a_lost_answer_about_who_authenticates(standin, ask):
    """Its key is refused now, and that has many reasons: no list was read,
    so nothing is settled."""
    running = standin()
    own = running.org.ids()
    running.inject("drop-after", only="DELETE", times=9)
    result = ask(running, "-j", "-y", "--self", "--retries=0")
    assert told(result) == [(own[0], "unknown")] and result.status == 6
    assert own[0] in running.org.deleted


# ---- 404

EXPLAINED = [MEMBERS, TOKENS]


def test_missing_is_said_to_be_anothers(standin, ask):
    running = standin(reader=True)
    bobs = running.org.ids(OTHER)[0]
    result = ask(running, bobs)
    assert result.status == 4 and OTHER in result.errors
    assert "not yours" in result.errors
    assert "this call deleted nothing" in result.errors
    # and that the caller's own list does not have it
    assert gets(running) == EXPLAINED and bobs in running.org.ids(OTHER)
    result = ask(running, "-j", bobs)
    assert told(result) == [(bobs, "missing")]
    assert OTHER in result.objects[0]["error"]


def test_missing_is_missing_for_a_plain_member(standin, ask):
    running = standin()
    bobs = running.org.ids(OTHER)[0]
    for args in ([], ["-j"]):
        result = ask(running, *args, bobs)
        assert result.status == 4
        said = result.text + result.errors
        assert "bob" not in said and "this call deleted nothing" in said


@pytest.mark.parametrize("state", [{}, dict(reader=True), dict(admin=True)],
                         ids=str)
def test_missing_where_there_is_none(standin, ask, state):
    running = standin(**state)
    result = ask(running, NOBODY)
    assert result.status == 4 and "bob" not in result.errors
    assert "no such token" in result.errors


@pytest.mark.parametrize("state", [{}, dict(reader=True)], ids=str)
def test_several_missing_need_one_list(standin, ask, state):
    """Each says whose it is, and the caller's own was read before; the next
    block reads it anew, if it may."""
    running = standin(tokens=1, others=4, **state)
    bobs = running.org.ids(OTHER)
    result = ask(running, "-j", *bobs[:2], NOBODY, *bobs[2:])
    assert result.status == 4 and gets(running) == [TOKENS, MEMBERS]
    assert [OTHER in o["error"] for o in result.objects] \
        == [bool(state), bool(state), False, bool(state), bool(state)]
    many = [f"00000000-0000-4000-8000-{n:012}" for n in range(1025)]
    del running.requests[:]
    result = ask(running, "-q", "-", stdin=lines(*many))
    assert result.status == 4 and result.errors.count("\n") == 1025
    assert gets(running) == [TOKENS] + [MEMBERS] * (2 if state else 1)


def test_missing_that_is_fine_needs_no_list(standin, ask):
    """But for the one before several deletions."""
    running = standin(reader=True)
    bobs = running.org.ids(OTHER)[0]
    result = ask(running, "-j", "--ignore-missing", bobs, NOBODY)
    assert told(result) == [(bobs, "missing"), (NOBODY, "missing")]
    assert result.status == 0
    assert [r.method for r in running.requests] == ["GET"] + ["DELETE"] * 2
    assert gets(running) == [TOKENS]
    assert not any("error" in one for one in result.objects)
    del running.requests[:]
    result = ask(running, "-j", "--ignore-missing", bobs)
    assert result.status == 0 and gets(running) == []


@pytest.mark.parametrize("form", [[], ["-j"]], ids=str)
def test_missing_is_not_fine_where_a_list_shows_it(standin, ask, form):
    """One that was read for another TOKEN: it is there, and is not done."""
    running = standin(reader=True)
    own, bobs = running.org.ids(), running.org.ids(OTHER)[0]
    result = ask(running, *form, "-y", "--ignore-missing", bobs, NOBODY,
                 short(running, own[1]))
    assert gets(running) == [TOKENS, MEMBERS], "no list for its sake"
    said = result.errors
    if form:
        first, second, third = result.objects
        assert told(result) == [(bobs, "missing"), (NOBODY, "missing"),
                                (own[1], "deleted")]
        assert "error" not in second
        said = first["error"]
    assert result.status == 9 and bobs in running.org.ids(OTHER)
    assert "the token is there, but not yours: " + OTHER in said
    assert "this call deleted nothing" in said
    result = ask(running, *form, "-y", "--ignore-missing", bobs,
                 short(running, running.org.ids(OTHER)[1]))
    assert result.status == 4, "that and nothing else"


@pytest.mark.parametrize("state, args, status", [
    ({}, [], 4), (dict(reader=True), [], 4),
    ({}, ["--ignore-missing"], 4),      # it may be somebody else's
    (dict(reader=True), ["--ignore-missing"], 0),
], ids=str)
def test_nothing_matches(standin, ask, state, args, status):
    """A short key that is nowhere is missing, too."""
    running = standin(**state)
    result = ask(running, "-j", "-y", *args, "lsv2_pt_0000...0000")
    assert told(result) == [("argument 1", "missing")]
    assert result.status == status and changes(running) == []


# ---- 403

REGIONS = ["us", "eu", "apac", "aws"]


@pytest.fixture
def connected(patrm, certs, tmp_path, native):
    """connected(standin, *args) is the Result, and where it has connected
    to."""
    def run(standin, *args, key):
        trace = tmp_path / "trace"
        result = patrm(
            "-e", standin.endpoint, "--cacert", certs.ca, *args,
            env={"LANGSMITH_API_KEY": key},
            wrapper=["strace", "-f", "-o", trace, "-e",
                     "trace=socket,connect"])
        text = trace.read_text()
        if "ptrace" in result.errors and result.status == 1:
            pytest.skip("needs ptrace(2), which is not allowed here")
        places = re.findall(r"connect\(\d+, \{sa_family=AF_INET6?, "
                            r'.*?htons\((\d+)\).*?"([0-9a-f.:]+)"', text)
        return SimpleNamespace(result=result, trace=text, places=places)
    return run


@pytest.mark.parametrize("args", [["--list"], ["--self", "-y"], [NOBODY],
                                  ["-y", "lsv2_pt_0000"]], ids=" ".join)
def test_a_hint_at_the_other_regions(standin, connected, args):
    """The key may be of another region, and is not tried there: nothing but
    loopback is connected to, and no name of a region is looked for."""
    running = standin(bad_key=403)
    wrong = "lsv2_pt_" + "9" * 32 + "_" + "8" * 10
    seen = connected(running, *args, key=wrong)
    assert seen.result.status == 3, seen.result
    assert "--region" in seen.result.errors
    for region in REGIONS:
        assert re.search(rf"\b{region}\b", seen.result.errors)
    assert wrong not in seen.result.errors
    assert seen.places and all(
        address in ("127.0.0.1", "::1") for _, address in seen.places)
    assert str(running.port) in {port for port, _ in seen.places}
    assert "htons(53)" not in seen.trace


def test_where_there_is_no_network_at_all(patrm, alone):
    """A region that cannot be reached is not another one that could."""
    result = patrm("--region=us", "-t", "1", "--retries=0", NOBODY,
                   env={"LANGSMITH_API_KEY": "lsv2_pt_wrong"},
                   wrapper=alone(hosts="127.0.0.1 localhost\n",
                                 resolv="nameserver 127.0.0.1\n"))
    assert result.status == 5 and result.seconds < 1 + 5
    assert "no deletion was sent" in result.errors
