# SPDX-License-Identifier: MIT
# Short keys, secrets and --self: which token each stands for, that only a list
# that was read whole decides it, and what is sent for it.

import gzip
import json
import re

import pytest

from conftest import KEY
from organization import MEMBERS, OTHER, SELF, TOKENS
from ports import closed_port
from server import ID, IDS, Turn, http, record
from summary import summary

# A secret that is of no token of the stand-in, but for those made of it.
SECRET = "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"
PAGE = b"<!doctype html>\n<title>LangSmith</title>\n<div id=root></div>\n"
CANDIDATES = 8      # so many are named


def sent(standin):
    return [(r.method, r.path) for r in standin.requests]


def ids_left(standin):
    return list(standin.org.tokens)


def own(*ids, members=True):
    """The requests of a block with lookups, and then those of deletions.
    Without members nothing but the caller's own list is read."""
    lists = [("GET", TOKENS)] + ([("GET", MEMBERS)] if members else [])
    return lists + [("DELETE", f"{TOKENS}/{one}") for one in ids]


def shows(head, tail=None, filler="..."):
    """A shape of short keys."""
    def shape(secret):
        return secret[:8 + head] + (filler + secret[-tail:] if tail else
                                    filler if tail == 0 else "")
    return shape


# ---- short keys

def asked_for(secret):
    """Ways to name a token whose short key shows 4 characters at its
    beginning and 4 at its end."""
    cases = {"the first 4": secret[:12]}
    for name, filler in (("three dots", "..."), ("a dot", "."),
                         ("stars", "***"), ("a star", "*"), ("a sign", "…"),
                         ("signs", "……"), ("a mixture", ".*…"),
                         ("dots in their number", "." * 27),
                         ("stars and _", "*" * 32 + "_" + "*" * 6)):
        cases[f"both, {name}"] = f"{secret[:12]}{filler}{secret[-4:]}"
    cases["both of 4"] = f"{secret[:10]}...{secret[-2:]}"
    cases["both of 16"] = f"{secret[:18]}...{secret[-6:]}"
    cases["less of its end"] = f"{secret[:12]}...{secret[-2:]}"
    cases["more of its end"] = f"{secret[:12]}...{secret[-6:]}"
    cases["less of its beginning"] = f"{secret[:10]}...{secret[-4:]}"
    cases["a filler behind it"] = f"{secret[:12]}..."
    cases["its end"] = f"lsv2_pt_...{secret[-4:]}"
    return cases


# These show more than 4, of which the record has just 4.
UNSURE = {**{f"the first {n}": SECRET[:8 + n] for n in (5, 12, 16)},
          "its end, all of it": f"lsv2_pt_***{SECRET[-10:]}"}


@pytest.mark.parametrize("name", asked_for(SECRET))
@pytest.mark.parametrize("place", ["argument", "stdin"])
def test_a_short_key(standin, ask, name, place):
    """Exactly one fits: looked up once, and deleted."""
    running = standin(tokens=3)
    wanted = running.org.add(secret=SECRET)
    given = asked_for(SECRET)[name]
    args, stdin = ([given], b"") if place == "argument" else (
        ["-"], f"\n# x\n {given}\t\r\n".encode())
    result = ask(running, "-y", "-j", *args, stdin=stdin)
    told, = result.objects
    assert result.status == 0, result
    assert told["token"] == wanted.id and told["outcome"] == "deleted"
    assert told["short_key"] == wanted.record["short_key"]
    assert told["record"] == wanted.record
    assert sent(running) == own(wanted.id)
    assert list(running.org.deleted) == [wanted.id]
    assert wanted.id in result.errors, "what was found is shown"


SHAPES = {
    "a bare prefix": shows(4),
    "a long prefix": shows(16),
    "a prefix and dots": shows(8, 0),
    "both, by stars": shows(4, 4, "***"),
    "both, by a sign": shows(4, 4, "…"),
    "as long as the secret": lambda s: s[:12] + "*" * 35 + s[-4:],
    "with its _": lambda s: s[:12] + "*" * 28 + "_" + "*" * 6 + s[-4:],
    "6 and 2": shows(6, 2),
    "more than asked for": shows(20, 8),
    "the end alone": lambda s: "lsv2_pt_..." + s[-6:],
    "the end, the kind hidden": lambda s: "..." + s[-6:],
    "the kind cut": lambda s: "lsv2_..." + s[-6:],
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("given", ["short key", "secret"])
def test_records_of_other_shapes(standin, ask, name, given):
    """How the server redacts is not documented: what is visible counts."""
    running = standin(tokens=3, shape=SHAPES[name])
    wanted = running.org.add(secret=SECRET)
    text = SECRET if given == "secret" else f"{SECRET[:14]}...{SECRET[-6:]}"
    result = ask(running, "-n", "-j", "-", stdin=text.encode())
    told, = result.objects
    assert (result.status, told["outcome"]) == (0, "would-delete"), result
    assert told["token"] == wanted.id
    assert SECRET.encode() not in result.err


@pytest.mark.parametrize("short_key", [
    None, 7, "", "lsv2_pt_", "...", "***", "lsv2_", "x" * 300,
    ["lsv2_pt_3f2b...9d10"], {"a": "lsv2_pt_3f2b...9d10"},
    SECRET[:11] + "\x1b...9d10", SECRET[:11] + "\0", " " + SECRET[:12],
    SECRET[:12].upper(), SECRET[:11] + "-" + SECRET[-4:],
    "lsv2_sk_" + SECRET[8:12], "xxxx_xx_" + SECRET[8:12],
    SECRET[:11] + "0...9d10", SECRET[:12] + "...0d10",
    SECRET[:12] + "...9d1",
], ids=lambda value: repr(value)[:40])
def test_records_that_match_nothing(serve, delete, short_key):
    """Whatever stands there; the token is not theirs."""
    for text in (SECRET, f"{SECRET[:12]}...{SECRET[-4:]}"):
        server = serve(Turn(http(200, [record(short_key=short_key)])),
                       Turn(http(200, [])))
        result = delete(server, "-y", "-j", "-", stdin=text.encode())
        assert result.status == 4, result
        assert [o["outcome"] for o in result.objects] == ["missing"]
        assert len(server.requests) == 2


TOO_SHORT = ["lsv2_pt_3f2", "lsv2_pt_3...10", "lsv2_pt_", "lsv2_pt_...",
             "lsv2_pt_...d10", "lsv2_sk_***", "ls__ab"]
TOO_LONG = ["lsv2_pt_" + "9" * 17, SECRET[:20] + "..." + SECRET[-5:],
            SECRET[:-1], SECRET + "0", SECRET[:40], "lsv2_pt_" + "g" * 42,
            "ls__" + "a" * 32, SECRET.replace("_0", "-0")]


@pytest.mark.parametrize("text", TOO_SHORT + TOO_LONG)
@pytest.mark.parametrize("place", ["argument", "stdin"])
def test_what_is_no_short_key(standin, ask, text, place):
    """Told by where it stands; nothing is asked of the server for it."""
    running = standin()
    args, stdin = ([text], b"") if place == "argument" \
        else (["-"], text.encode())
    named = "argument 1" if place == "argument" else "line 1"
    for form in (["-j"], ["-v"], []):
        result = ask(running, "-y", *form, *args, stdin=stdin)
        assert result.status == 2
        said = (result.text + result.errors).replace(
            "lsv2_pt_3f2b...9d10", "")     # what one is like
        assert named in said
        assert text not in said or len(text) < 9
    assert running.requests == []


# ---- secrets

def all_that_is_said(result, audit):
    return result.out + result.err + audit.read_bytes()


FORMS = [[], ["-j"], ["-v"], ["-v", "-j"], ["-n"], ["-n", "-j"], ["--revoke"]]


@pytest.mark.parametrize("form", FORMS, ids=" ".join)
@pytest.mark.parametrize("end", ["found", "missing", "forbidden", "two"])
def test_a_secret_is_never_echoed(standin, ask, tmp_path, form, end):
    """Nor a part of it that its short key does not show."""
    running = standin(tokens=2)
    for _ in range({"found": 1, "two": 2}.get(end, 0)):
        running.org.add(secret=SECRET)
    if end == "forbidden":
        running.inject("status 403", times=9)
    audit = tmp_path / "audit"
    result = ask(running, "-y", "--audit", audit, *form, "-",
                 stdin=SECRET.encode())
    assert result.status == {"found": 0, "missing": 4, "forbidden": 3,
                             "two": 2}[end]
    said = all_that_is_said(result, audit)
    for part in (SECRET[8:16], SECRET[16:24], SECRET[-10:-4]):
        assert part.encode() not in said
    if end != "found":
        assert b"line 1" in result.out + result.err
    elif "-n" not in form:
        assert [json.loads(line)["short_key"] for line
                in audit.read_text().splitlines()] == [
                    "lsv2_pt_3f2b...9d10"] * 2


@pytest.mark.parametrize("args", [
    [SECRET], ["--", SECRET], [SECRET, "-y"], ["-n", SECRET],
    ["-o", SECRET], [f"--endpoint={SECRET}"], ["-k", SECRET],
    ["--audit", SECRET], ["--profile", SECRET], ["--cacert", SECRET],
], ids=lambda args: " ".join(args)[:24])
def test_a_secret_is_refused_as_an_argument(standin, patrm, args):
    """Other users would see it there; no file is called like that either."""
    running = standin()
    running.org.add(secret=SECRET)
    if not args[0].startswith("--endpoint"):
        args = ["-e", running.endpoint, *args]
    for form in ("-j", "-v"):
        result = patrm(*args[:2], form, *args[2:],
                       *([] if SECRET in args[2:] or "--" in args else [ID]),
                       env={"LANGSMITH_API_KEY": KEY})
        assert result.status == 2
        assert SECRET[8:20].encode() not in result.out + result.err
    assert running.requests == []
    assert list(patrm.folder.iterdir()) == []


@pytest.mark.parametrize("kind", ["pt", "sk"])
def test_a_secret_of_either_kind(standin, ask, kind):
    running = standin(tokens=2)
    secret = SECRET.replace("_pt_", f"_{kind}_")
    wanted = running.org.add(secret=secret)
    assert ask(running, "-y", "-", stdin=secret.encode()).status == 0
    assert list(running.org.deleted) == [wanted.id]


WEAK = {
    "4 by its beginning": (shows(4), 4),
    "5 by its beginning": (shows(5), 5),
    "2 and 2": (shows(2, 2), 4),
    "3 and 2": (shows(3, 2), 5),
    "1 and 4": (shows(1, 4), 5),
    "5 by its end": (lambda s: "..." + s[-5:], 5),
    "1": (shows(1), 1),
    "6 by its beginning": (shows(6), 6),
    "4 and 2": (shows(4, 2), 6),
    "3 and 3": (shows(3, 3), 6),
    "6 by its end": (lambda s: "..." + s[-6:], 6),
}


@pytest.mark.parametrize("name", WEAK)
@pytest.mark.parametrize("works", [True, False])
def test_how_much_of_a_secret_confirms(standin, ask, name, works):
    """Fewer than 6 characters are too little for --yes and nobody to ask,
    unless the secret itself may read a list with none but that token."""
    shape, confirmed = WEAK[name]
    running = standin(tokens=0, others=0)
    running.org.shape = shape
    wanted = running.org.add(secret=SECRET)
    if not works:
        running.org.expire(wanted.id)
    result = ask(running, "-y", "-j", "-", stdin=SECRET.encode())
    told, = result.objects
    assert told["token"] == wanted.id
    asked = own() + [("GET", TOKENS)] * (confirmed < 6)
    if confirmed >= 6 or works:
        assert (result.status, told["outcome"]) == (0, "deleted")
        assert sent(running) == asked + own(wanted.id)[2:]
    else:
        assert (result.status, told["outcome"]) == (2, "not-tried")
        assert f"only {confirmed} characters" in told["error"]
        assert "--yes" in told["error"]
        assert sent(running) == asked
    keys = [r.headers["x-api-key"] for r in running.requests]
    assert [key == SECRET for key in keys] == (
        [False] * 2 + [True] * (len(asked) - 2)
        + [False] * (len(keys) - len(asked)))


@pytest.mark.parametrize("other", [
    dict(secret=SECRET[:12] + "0" * 28 + "_" + "0" * 10),
    dict(short_key="lsv2_pt_..."), dict(short_key="")], ids=str)
@pytest.mark.parametrize("of", [SELF, OTHER])
def test_a_weak_secret_whose_owner_has_another(standin, ask, other, of):
    """One that it may be as well, or that shows nothing: of its owner that
    matters, of others it does not."""
    running = standin(admin=True, tokens=1, others=1, shape=shows(4))
    running.org.add(OTHER, secret=SECRET)
    running.org.add(of, **other)
    result = ask(running, "-y", "-j", "-", stdin=SECRET.encode())
    if "secret" in other:       # the caller sees both
        assert result.objects[0]["outcome"] == "ambiguous"
    else:
        assert result.status == (0 if of == SELF else 2), result
    assert len(running.org.deleted) == (result.status == 0)


def test_a_weak_secret_keeps_nothing_else_back(standin, ask):
    running = standin(tokens=3, others=0, bad_key=401)
    first = running.org.ids()[1]
    running.org.shape = shows(4)
    running.org.expire(running.org.add(secret=SECRET).id)
    result = ask(running, "-y", "-j", "-",
                 stdin=f"{SECRET}\n{first}\n".encode())
    assert [o["outcome"] for o in result.objects] == ["not-tried", "deleted"]
    assert result.status == 9 and list(running.org.deleted) == [first]


def test_a_weak_secret_that_is_refused_stops_nothing(standin, ask):
    """That 401 is the secret's own. The list that the run could not read was
    that of service keys, by a 403."""
    running = standin(tokens=3, others=0, services=1, admin=True,
                      keeper=False, bad_key=401)
    ids = running.org.ids()[1:]
    service, = running.org.services.values()
    running.org.shape = shows(4)
    running.org.expire(running.org.add(secret=SECRET).id)
    result = ask(running, "-y", "-j", "-", stdin="\n".join(
        [SECRET, service.record["short_key"], *ids]).encode())
    ends = {o["token"]: o["outcome"] for o in result.objects}
    assert list(ends.values()) == ["forbidden", "not-tried"] + ["deleted"] * 2
    assert ends["line 2"] == "forbidden", "whose reason is still its own"
    assert list(running.org.deleted) == ids and result.status == 9


@pytest.mark.parametrize("bad_key", [401, 403])
def test_a_weak_secret_hides_no_list(standin, ask, bad_key):
    """The list was shown to the run's key, so it settles a lost answer."""
    running = standin(tokens=1, services=2, admin=True, bad_key=bad_key)
    weak, wanted = running.org.services.values()
    weak.record["short_key"] = weak.secret[:12]
    running.org.expire(weak.id)
    running.inject("drop-after", only="DELETE")
    result = ask(running, "-y", "-j", "--retries=0", "-", stdin="\n".join(
        [weak.secret, wanted.record["short_key"]]).encode())
    ends = {o["token"]: o["outcome"] for o in result.objects}
    assert ends == {weak.id: "not-tried", wanted.id: "deleted"}, result
    assert result.status == 9 and list(running.org.deleted) == [wanted.id]


@pytest.mark.parametrize("works", [True, False])
def test_a_weak_secret_of_a_token_that_another_names(standin, ask, works):
    """It leaves what became of that token to the other's line; where it is
    sure of it, it is the same."""
    running = standin(tokens=3, others=0)
    running.org.shape = shows(4)
    wanted = running.org.add(secret=SECRET)
    if not works:
        running.org.expire(wanted.id)
    result = ask(running, "-y", "-j", "-",
                 stdin=f"{SECRET}\n{wanted.id}\n".encode())
    *unsure, deleted = result.objects
    assert (deleted["token"], deleted["outcome"]) == (wanted.id, "deleted")
    if works:
        assert unsure == [] and result.status == 0
        return
    unsure, = unsure
    assert (unsure["token"], unsure["outcome"]) == ("line 1", "ambiguous")
    assert unsure["candidates"] == [wanted.id]
    assert "no deletion was sent for this TOKEN" in unsure["error"]
    assert result.status == 9


def test_what_is_ambiguous_leaves_its_tokens_to_others(standin, ask):
    """One of those that it may be of is deleted by its id: so it says of
    itself alone that nothing was sent."""
    running = standin(tokens=1, others=0)
    running.org.shape = shows(4)
    first, second = (running.org.add(secret=SECRET[:12] + tail) for tail in (
        "0" * 28 + "_0123456789", "1" * 28 + "_0123456789"))
    result = ask(running, "-y", "-j", SECRET[:12], first.id)
    unsure, deleted = result.objects
    assert unsure["outcome"] == "ambiguous"
    assert set(unsure["candidates"]) == {first.id, second.id}
    assert "no deletion was sent for this TOKEN" in unsure["error"]
    assert (deleted["token"], deleted["outcome"]) == (first.id, "deleted")
    assert list(running.org.deleted) == [first.id] and result.status == 9


def test_a_weak_secret_that_is_only_shown(standin, ask):
    running = standin(tokens=1, others=0)
    running.org.shape = shows(4)
    wanted = running.org.add(secret=SECRET)
    result = ask(running, "-n", "-j", "-", stdin=SECRET.encode())
    assert result.status == 0 and result.objects[0]["token"] == wanted.id


def test_a_short_key_has_no_more_to_confirm(standin, ask):
    """All that it shows is confirmed, be it 4 characters."""
    running = standin(tokens=1, others=0)
    running.org.add(secret=SECRET)
    assert ask(running, "-y", SECRET[:12]).status == 0


@pytest.mark.parametrize("name", UNSURE)
def test_a_short_key_that_is_half_confirmed(standin, ask, name):
    """The record shows 4 characters of those asked for, as for a secret."""
    running = standin(tokens=1, others=0)
    wanted = running.org.add(secret=SECRET)
    result = ask(running, "-y", "-j", UNSURE[name])
    told, = result.objects
    assert (result.status, told["token"], told["outcome"]) == (
        2, wanted.id, "not-tried")
    assert sent(running) == own()
    result = ask(running, "-n", "-j", UNSURE[name])
    assert result.status == 0 and result.objects[0]["token"] == wanted.id


# ---- none, one, several

@pytest.mark.parametrize("text", ["lsv2_pt_zzzz", SECRET, SECRET[:12]])
@pytest.mark.parametrize("admin", [False, True])
def test_none(standin, ask, text, admin):
    running = standin(admin=admin)
    result = ask(running, "-y", "-j", "-", stdin=text.encode())
    told, = result.objects
    assert (result.status, told["token"], told["outcome"]) == (
        4, "line 1", "missing")
    assert "no token matches" in told["error"]
    assert ("not shown" in told["error"]) == (not admin)
    assert sent(running) == own()


@pytest.mark.parametrize("state", [{"admin": True}, {"reader": True}, {}],
                         ids=str)
def test_none_is_fine(standin, ask, state):
    """With --ignore-missing; what is there is deleted all the same. Where
    members' are not shown, what matches nothing may be theirs."""
    running = standin(**state)
    wanted = running.org.add(secret=SECRET)
    result = ask(running, "-y", "-j", "--ignore-missing", "-", stdin=(
        f"lsv2_pt_zzzz\n{SECRET}\nlsv2_pt_{'f' * 32}_{'f' * 10}\n".encode()))
    assert [o["outcome"] for o in result.objects] == [
        "missing", "missing", "deleted"]
    assert result.status == (0 if state else 9)
    assert list(running.org.deleted) == [wanted.id]
    assert [o["outcome"] for o in result.objects if "error" in o] == (
        [] if state else ["missing"] * 2)


@pytest.mark.parametrize("status, fault", [
    (3, "status 403"), (3, "status 401"), (1, "status 404"), (1, "html"),
    (7, "429"), (1, "torn 9")])
def test_a_failure_is_not_none(standin, ask, status, fault):
    running = standin()
    running.inject(fault, times=9)
    result = ask(running, "-y", "--ignore-missing", "--retries=0", SECRET[:12])
    assert result.status == status, result


def several(running, count, **more):
    """Tokens that a short key of 4 does not tell apart."""
    return [running.org.add(secret=f"{SECRET[:12]}{n:028x}_0a1b2c9d10",
                            description=f"number {n}", **more)
            for n in range(count)]


@pytest.mark.parametrize("count", [2, 3, CANDIDATES, CANDIDATES + 1, 300])
@pytest.mark.parametrize("text", [SECRET[:12], "lsv2_pt_3f2b...9d10",
                                  SECRET[:12] + "0" * 28 + "_0a1b2c9d10"])
def test_several(standin, ask, count, text):
    """The candidates are named, and none is deleted; a secret, too, is no
    more than its short key shows. Where there are more of one's own than can
    be named, others need not be looked for."""
    running = standin()
    wanted = [one.id for one in several(running, count)]
    result = ask(running, "-y", "-j", "-", stdin=text.encode())
    told, = result.objects
    assert (result.status, told["token"], told["outcome"]) == (
        2, "line 1", "ambiguous")
    assert len(told["candidates"]) == min(count, CANDIDATES)
    assert set(told["candidates"]) <= set(wanted)
    assert len(set(told["candidates"])) == len(told["candidates"])
    assert f"{count} tokens match" in told["error"]

    result = ask(running, "-y", "-", stdin=text.encode())
    assert result.status == 2 and result.out == b""
    first, *lines = result.errors.splitlines()
    assert first.startswith(f"patrm: line 1: {count} tokens match")
    assert len(lines) == min(count, CANDIDATES)
    for line in lines:
        assert re.match(r"patrm: line 1: [0-9a-f-]{36} lsv2_pt_3f2b\.\.\.9d10 "
                        r" number \d", line)
        assert line[15:51] in wanted
    assert sent(running) == own(members=count <= CANDIDATES) * 2 and running.org.deleted == {}


def test_several_of_a_mixture(standin, ask):
    """What is clear is done; those that are not say so."""
    running = standin()
    several(running, 2)
    one = running.org.ids()[1]
    wanted = running.org.add(secret="lsv2_pt_" + "e" * 32 + "_" + "e" * 10)
    result = ask(running, "-y", "-j", SECRET[:12], "lsv2_pt_eeee", one,
                 "lsv2_pt_zzzz")
    assert {o["outcome"] for o in result.objects} == {
        "ambiguous", "deleted", "missing"}
    assert result.status == 9
    assert list(running.org.deleted) == [wanted.id, one]
    assert result.errors.endswith(summary(
        o["outcome"] for o in result.objects))


def test_one_token_by_three_names(standin, ask):
    """Told once, deleted once."""
    running = standin()
    wanted = running.org.add(secret=SECRET)
    result = ask(running, "-y", "-j", "-", stdin="\n".join(
        [SECRET[:12], SECRET, f"{SECRET[:10]}*9d10",
         "lsv2_pt_3f2b…9d10"]).encode())
    assert [o["token"] for o in result.objects] == [wanted.id]
    assert result.status == 0 and sent(running) == own(wanted.id)


def test_an_id_and_its_short_key(standin, ask):
    running = standin()
    wanted = running.org.add(secret=SECRET)
    for order in ([wanted.id, SECRET[:12]], [SECRET[:12], wanted.id]):
        result = ask(running, "-n", "-j", *order)
        assert [o["token"] for o in result.objects] == [wanted.id]


def test_an_element_twice_is_one_token(serve, delete):
    """As the same id says."""
    both = record(short_key=SECRET[:12])
    server = serve(Turn(http(200, [both, both])), Turn(http(403)),
                   Turn(http(200, both)))
    assert delete(server, "-y", SECRET[:12]).status == 0


# ---- whose it is

@pytest.mark.parametrize("who", ["admin", "reader"])
def test_another_members(standin, ask, who):
    """Found for who may see it; deleted for who may do that, too."""
    running = standin(**{who: True})
    wanted = running.org.add(OTHER, secret=SECRET)
    result = ask(running, "-y", "-j", SECRET[:12])
    told, = result.objects
    assert told["token"] == wanted.id
    assert sent(running)[:3] == own(wanted.id)
    if who == "admin":
        assert result.status == 0 and list(running.org.deleted) == [wanted.id]
    else:
        assert result.status == 4 and running.org.deleted == {}
        assert OTHER in told["error"]


def test_another_members_that_is_not_shown(standin, ask):
    running = standin()
    running.org.add(OTHER, secret=SECRET)
    result = ask(running, "-y", "-j", SECRET[:12])
    assert result.status == 4
    assert "others are not shown" in result.objects[0]["error"]
    assert sent(running) == own()


@pytest.mark.parametrize("text", [SECRET[:12], SECRET])
def test_ones_own_does_not_go_first(standin, ask, text):
    """Another member's has the same short key, so two match."""
    running = standin(admin=True)
    hers = running.org.add(OTHER, secret=SECRET[:-6] + "ff9d10")
    mine = running.org.add(secret=SECRET)
    result = ask(running, "-y", "-j", "-", stdin=text.encode())
    told, = result.objects
    assert (result.status, told["token"], told["outcome"]) == (
        2, "line 1", "ambiguous"), result
    assert sorted(told["candidates"]) == sorted([mine.id, hers.id])
    assert running.org.deleted == {}
    assert sent(running) == own(), "theirs were looked at"


def test_ones_own_does_not_go_first_beside_what_is_clear(standin, ask):
    """The members' list answers for each TOKEN by itself."""
    running = standin(admin=True)
    mine = running.org.add(secret=SECRET)
    running.org.add(OTHER, secret=SECRET[:-6] + "ff9d10")
    theirs = running.org.add(OTHER, secret="lsv2_pt_" + "e" * 32 + "_"
                             + "e" * 10)
    result = ask(running, "-y", "-j", SECRET[:12], "lsv2_pt_eeee")
    assert {o["token"]: o["outcome"] for o in result.objects} == {
        "argument 1": "ambiguous", theirs.id: "deleted"}
    assert result.status == 9 and mine.id in ids_left(running)
    assert sent(running) == own(theirs.id)


def test_two_of_others(standin, ask):
    running = standin(admin=True)
    for last in "ab":
        running.org.add(OTHER, secret=f"{SECRET[:-5]}{last}9d10")
    result = ask(running, "-y", "-j", SECRET[:12])
    assert result.status == 2 and running.org.deleted == {}
    assert len(result.objects[0]["candidates"]) == 2


# ---- lists that decide nothing

MATCH = record(short_key="lsv2_pt_3f2b6c...9d10")
MINE = json.dumps([record(IDS[1], short_key="lsv2_pt_0000...0000"),
                   MATCH]).encode()
CHUNKED = "Transfer-Encoding: chunked"


def cut(data, at, end="cut"):
    return Turn(data[:at], end=end)


# What the list is like, and the status; it has the token that is asked for.
UNDECIDED = {
    **{f"torn at {at}": (1, cut(http(200, MINE), at))
       for at in (-1, -2, -200, -500)},
    "torn clean": (1, cut(http(200, MINE), -1, "clean")),
    "until close, no bracket": (1, cut(http(200, MINE, length=False), -1,
                                       "clean")),
    "until close, cut": (1, Turn(http(200, MINE, length=False), end="cut")),
    "reset": (1, cut(http(200, MINE), -1, "reset")),
    "no last chunk": (1, cut(http(
        200, b"%x\r\n%b\r\n0\r\n\r\n" % (len(MINE), MINE), CHUNKED,
        length=False), -5)),
    "no bracket": (1, Turn(http(200, MINE[:-1]))),
    "more behind it": (1, Turn(http(200, MINE + b"]"))),
    "a comma too many": (1, Turn(http(200, MINE[:-1] + b",]"))),
    "a null in it": (1, Turn(http(200, MINE[:-1] + b",null]"))),
    "a text in it": (1, Turn(http(200, b'["x",' + MINE[1:]))),
    "without an id in it": (1, Turn(http(
        200, MINE[:-1] + b',{"short_key":"lsv2_pt_0000"}]'))),
    "two keys in one": (1, Turn(http(
        200, MINE[:-1] + b',{"id":"%b","a":1,"a":2}]' % IDS[9].encode()))),
    "one too large": (1, Turn(http(200, [
        MATCH, record(IDS[9], description="x" * (600 << 10))]))),
    "one of too many values": (1, Turn(http(200, [
        MATCH, record(IDS[9], more=[0] * 9000)]))),
    "the one itself is odd": (1, Turn(http(200, [MATCH | {"id": "x"}]))),
    "an object": (1, Turn(http(200, MATCH))),
    "a web page": (1, Turn(http(200, PAGE, kind="text/html"))),
    "called a page": (1, Turn(http(200, MINE, kind="text/html"))),
    "204": (1, Turn(http(204))),
    "206": (1, Turn(http(206, MINE))),
    "203": (1, Turn(http(203, MINE))),
    "gzip": (1, Turn(http(200, gzip.compress(MINE),
                          "Content-Encoding: gzip"))),
    "302": (1, Turn(http(302, MINE, "Location: /x"))),
    "404": (1, Turn(http(404, MINE))),
    "500": (1, Turn(http(500, MINE))),
    "401": (3, Turn(http(401, MINE))),
    "403": (3, Turn(http(403, MINE))),
    "429": (7, Turn(http(429, MINE))),
    "no answer": (1, Turn(end="cut")),
    "no handshake": (5, Turn(early=True, end="cut")),
}


# Of the members' list, 403 and 404 say that it is not shown: that is all.
@pytest.mark.parametrize("name, whose", [
    *[(name, "own") for name in UNDECIDED],
    *[(name, "members") for name in UNDECIDED
      if name not in ("403", "404", "no handshake")]])
@pytest.mark.parametrize("text", [SECRET[:12], SECRET])
def test_a_list_that_decides_nothing(serve, delete, name, text, whose):
    """Not what is in it, and not what is not."""
    status, turn = UNDECIDED[name]
    turns = [turn] if whose == "own" else [Turn(http(200, [])), turn]
    server = serve(*turns)
    result = delete(server, "-y", "-j", "--retries=0", "-",
                    stdin=text.encode())
    told, = result.objects
    assert result.status == status, result
    assert told["token"] == "line 1" and told["error"]
    assert told["outcome"] == {1: "refused", 3: "forbidden", 5: "unreachable",
                               7: "rate-limited"}[status]
    assert "unknown whether" not in told["error"]
    server.stop()
    assert server.extra == [] and not any(
        request.startswith(b"DELETE") for request in server.requests)


@pytest.mark.parametrize("form", [[SECRET[:12]], ["-"], ["--self"],
                                  ["-n", ID]], ids=" ".join)
@pytest.mark.parametrize("name", ["torn at -1", "a null in it", "204", "500"])
def test_whatever_it_is_needed_for(serve, delete, form, name):
    status, turn = UNDECIDED[name]
    server = serve(turn)
    result = delete(server, "-y", "--retries=0", *form,
                    stdin=SECRET.encode() if form == ["-"] else b"",
                    env={"LANGSMITH_API_KEY": SECRET})
    assert result.status == status and result.out == b"", result
    server.stop()
    assert len(server.requests) == 1 and server.extra == []


@pytest.mark.parametrize("turn", [
    http(502), http(429), Turn(end="cut"), cut(http(200, MINE), -1)],
    ids=["502", "429", "cut", "torn"])
def test_a_list_is_read_again(serve, delete, turn):
    """And what was seen of the first is forgotten: it is one token."""
    turn = turn if isinstance(turn, Turn) else Turn(turn)
    server = serve(turn, Turn(http(200, MINE)), Turn(http(403)),
                   Turn(http(200, MATCH)))
    result = delete(server, "-y", "-j", SECRET[:12])
    assert result.status == 0 and result.objects[0]["token"] == ID


def test_a_second_reading_counts_alone(serve, delete):
    """The first had another match, and broke off behind it."""
    other = json.dumps([MATCH | {"id": IDS[3]}, MATCH]).encode()
    server = serve(cut(http(200, other), -5), Turn(http(200, MINE)),
                   Turn(http(403)), Turn(http(200, MATCH)))
    result = delete(server, "-y", "-j", SECRET[:12])
    assert result.status == 0, result
    assert result.objects[0]["token"] == ID


def test_ids_beside_a_list_that_fails(standin, ask):
    """They need none: they are deleted as asked."""
    running = standin()
    one = running.org.ids()[1]
    running.inject("status 500", only="GET", times=9)
    result = ask(running, "-y", "-j", "--retries=0", SECRET[:12], one)
    assert [o["outcome"] for o in result.objects] == ["refused", "deleted"]
    assert result.status == 9 and list(running.org.deleted) == [one]


def test_a_list_has_a_deadline(serve, delete):
    server = serve(Turn(end="hang"))
    result = delete(server, "-y", "-j", "-t", "1", SECRET[:12])
    assert result.status == 1 and 1 <= result.seconds < 4
    assert len(server.requests) == 1


def test_nobody_there(delete, serve):
    server = serve(Turn(http(204)))
    result = delete(server, "-y", "--retries=0", SECRET[:12],
                    endpoint=f"https://127.0.0.1:{closed_port()}")
    assert result.status == 5 and "no deletion was sent" in result.errors
    assert server.connections == 0


def test_nobody_to_be_trusted(serve, delete, certs):
    other = certs.pki.leaf(certs.pki.ca("Another Root"))
    server = serve(Turn(http(200, MINE)), cert=other)
    result = delete(server, "-y", "-", stdin=SECRET.encode())
    assert result.status == 5 and server.requests == []


# ---- --self

@pytest.mark.parametrize("form", [[], ["-j"], ["-v"], ["--revoke"]],
                         ids=" ".join)
@pytest.mark.parametrize("how", ["environment", "file", "stdin"])
def test_self(standin, ask, key_file, form, how):
    """With the secret as the only input."""
    running = standin(tokens=2)
    leaked = running.org.add(secret=SECRET)
    args, env, stdin = {
        "environment": ([], {"LANGSMITH_API_KEY": SECRET}, b""),
        "file": (["-k", key_file(SECRET)], {"LANGSMITH_API_KEY": ""}, b""),
        "stdin": (["-k", "-"], {"LANGSMITH_API_KEY": ""},
                  f" {SECRET}\n".encode()),
    }[how]
    result = ask(running, "--self", "--yes", *args, *form, env=env,
                 stdin=stdin)
    assert result.status == 0, result
    assert running.requests[-1].executed
    if form == ["--revoke"]:
        assert running.org.revoked() == [leaked.id]
    else:
        assert list(running.org.deleted) == [leaked.id]
        assert sent(running) == own(leaked.id, members=False)
    assert leaked.id.encode() in result.out
    assert SECRET.encode() not in result.out + result.err


@pytest.mark.parametrize("bad_key, key", [
    (403, SECRET), (401, SECRET)])
def test_self_with_a_wrong_key(standin, ask, bad_key, key):
    running = standin(bad_key=bad_key)
    result = ask(running, "--self", "-y", "-j", key=key)
    told, = result.objects
    assert (result.status, told["token"], told["outcome"]) == (
        3, "--self", "forbidden")
    assert told["status"] == bad_key
    assert sent(running) == own(members=False)


def test_self_with_a_service_key(standin, ask):
    """One that its own list does not show: nothing is deleted."""
    running = standin(admin=True)
    result = ask(running, "--self", "-y", "-j", key=running.org.service_key)
    assert result.status == 4
    assert result.objects[0]["outcome"] == "missing"
    assert running.org.deleted == {}


@pytest.mark.parametrize("args, env", [
    (["-o", ID], {"LANGSMITH_BEARER_TOKEN": "eyJhb"}),
    (["-w", ID, "--bearer-file", "FILE"], {}),
    ([], {"LANGSMITH_API_KEY": SECRET[:-1]}),
    ([], {"LANGSMITH_API_KEY": "lsv2_pt_3f2b...9d10"}),
    ([], {"LANGSMITH_API_KEY": "ls__" + "a" * 32}),
], ids=["bearer", "bearer file", "torn", "short", "old"])
def test_self_with_no_secret(standin, ask, key_file, args, env):
    """Refused before anything is sent."""
    running = standin()
    args = [key_file("eyJhb") if one == "FILE" else one for one in args]
    result = ask(running, "--self", "-y", *args, env=env)
    assert result.status == 2 and result.out == b""
    assert "--self" in result.errors
    assert running.requests == []


def test_self_is_not_looked_for_among_others(standin, ask):
    """A token of that short key which is not the caller's is another."""
    running = standin(admin=True, tokens=1)
    mine = running.org.ids()[0]
    running.org.tokens[mine].record["short_key"] = "lsv2_pt_0000...0000"
    key = running.org.key
    running.org.add(OTHER, secret=key[:-8] + "ffff" + key[-4:])
    result = ask(running, "--self", "-y", key=key)
    assert result.status == 4 and running.org.deleted == {}
    assert sent(running) == own(members=False)


def test_self_that_two_may_be(standin, ask):
    running = standin()
    both = several(running, 2)
    result = ask(running, "--self", "-y", "-j", key=both[0].secret)
    told, = result.objects
    assert (result.status, told["outcome"]) == (2, "ambiguous")
    assert set(told["candidates"]) == {one.id for one in both}
    assert running.org.deleted == {}


@pytest.mark.parametrize("shape", [
    *[shows(n) for n in (1, 2, 3, 4, 5, 8, 16)], shows(4, 0), shows(1, 1),
    shows(2, 2, "…"), shows(8, 8, "*"), lambda s: "lsv2_pt_..." + s[-4:],
    lambda s: "lsv2_****…" + s[-2:], lambda s: "..." + s[-4:],
    lambda s: "…" + s[-1:], lambda s: "lsv2_pt_***_" + s[-10:]])
def test_self_with_every_shape(standin, ask, shape):
    """Whatever is shown of it: its own list has no other that it may be."""
    running = standin(tokens=0, shape=shape)
    wanted = running.org.add(secret=SECRET)
    running.org.add(secret="lsv2_pt_" + "f" * 32 + "_" + "f" * 10)
    result = ask(running, "--self", "-y", "-j", "--verify", key=SECRET)
    assert result.status == 0, result
    assert list(running.org.deleted) == [wanted.id]


@pytest.mark.parametrize("shape", [shows(4), shows(2), shows(4, 2), shows(
    4, 4), lambda s: "lsv2_pt_..." + s[-4:]])
def test_self_that_shares_what_is_shown(standin, ask, shape):
    """Of one owner it is ambiguous; others' do not matter."""
    like = SECRET[:12] + "0" * 28 + SECRET[40:]
    for owner, status in (OTHER, 0), (SELF, 2):
        running = standin(tokens=1, shape=shape)
        running.org.add(secret=SECRET)
        running.org.add(owner, secret=like)
        result = ask(running, "--self", "-y", "-j", key=SECRET)
        assert result.status == status, result
        assert len(running.org.deleted) == (status == 0)


@pytest.mark.parametrize("short_key", ["", "lsv2_pt_", "***", None])
def test_self_that_is_weak(standin, ask, short_key):
    """4 characters, and there is one that may be anybody's."""
    running = standin(shape=shows(4))
    running.org.add(secret=SECRET)
    running.org.add(short_key=short_key)
    result = ask(running, "--self", "-y", key=SECRET)
    assert result.status == 2 and "--yes" in result.errors
    assert running.org.deleted == {}


def test_self_missing_is_never_fine(standin, ask):
    """What has authenticated is there, whatever the list shows."""
    running = standin()
    result = ask(running, "--self", "-y", "--ignore-missing",
                 key=running.org.service_key)
    assert result.status == 4 and running.org.deleted == {}


def test_self_only_shown(standin, ask):
    running = standin()
    mine = running.org.ids()[0]
    result = ask(running, "--self", "-n", "-j")
    assert result.status == 0
    assert result.objects[0]["record"] == running.org.tokens[mine].record
    assert sent(running) == own(members=False)


# ---- --dry-run

@pytest.mark.parametrize("form", ["id", "short key", "secret"])
@pytest.mark.parametrize("option", ["-n", "--dry-run"])
@pytest.mark.parametrize("more", [[], ["--yes"], ["--revoke"]],
                         ids=" ".join)
def test_what_would_be_deleted(standin, ask, form, option, more):
    """With the whole record, and nothing is sent but GETs, nothing asked."""
    running = standin()
    wanted = running.org.add(secret=SECRET, more={"not": ["known", 1.50]})
    text = {"id": wanted.id, "short key": SECRET[:12], "secret": SECRET}[form]
    result = ask(running, option, *more, "-j", "-", stdin=text.encode())
    told, = result.objects
    assert result.status == 0 and result.err == b"", result
    assert (told["token"], told["outcome"]) == (wanted.id, "would-delete")
    assert told["record"] == wanted.record
    result = ask(running, option, *more, "-", stdin=text.encode())
    assert result.status == 0 and result.err == b""
    (block,) = result.blocks
    assert block[:3] == [("outcome", "would-delete"), ("id", wanted.id),
                         ("short_key", "lsv2_pt_3f2b...9d10")]
    assert sent(running) == own(members=form != "id") * 2
    assert running.org.deleted == {} and running.org.revoked() == []


def test_what_would_not_be_deleted(standin, ask):
    """Ids, too, are looked up."""
    running = standin()
    several(running, 2)
    mine = running.org.ids()[0]
    result = ask(running, "-n", "-j", ID, mine, SECRET[:12], "lsv2_pt_zzzz")
    assert sorted((o["token"], o["outcome"]) for o in result.objects) \
        == sorted([(ID, "missing"), (mine, "would-delete"),
                   ("argument 3", "ambiguous"), ("argument 4", "missing")])
    assert result.status == 9
    assert sent(running) == own()


def test_a_dry_run_of_another_members(standin, ask):
    running = standin(reader=True)
    theirs = running.org.ids(OTHER)[0]
    result = ask(running, "-n", "-j", theirs)
    assert result.status == 0
    assert result.objects[0]["record"]["created_by"] == OTHER


def test_a_dry_run_keeps_no_audit(standin, ask, tmp_path):
    """Nothing was sent."""
    running = standin()
    audit = tmp_path / "audit"
    assert ask(running, "-n", "--audit", audit,
               running.org.ids()[0]).status == 0
    assert audit.read_bytes() == b""


# ---- --revoke

@pytest.mark.parametrize("form", ["id", "short key", "secret"])
def test_revoke(standin, ask, form):
    """By a POST; the record stays, and the token works no more."""
    running = standin()
    wanted = running.org.add(secret=SECRET)
    text = {"id": wanted.id, "short key": SECRET[:12], "secret": SECRET}[form]
    result = ask(running, "-y", "--revoke", "-j", "-", stdin=text.encode())
    told, = result.objects
    assert result.status == 0, result
    assert (told["token"], told["outcome"]) == (wanted.id, "revoked")
    assert told["record"]["revoked_at"]
    assert sent(running) == (own() if form != "id" else []) + [
        ("POST", f"{TOKENS}/{wanted.id}/revocation")]
    assert running.requests[-1].headers["content-length"] == "0"
    assert running.org.revoked() == [wanted.id]
    assert wanted.id in ids_left(running)
    assert ask(running, "--list", key=SECRET).status == 3


def test_revoke_in_text(standin, ask):
    running = standin()
    mine = running.org.ids()[1]
    result = ask(running, "--revoke", mine)
    assert result.status == 0 and result.blocks[0][:2] == [
        ("outcome", "revoked"), ("id", mine)]


@pytest.mark.parametrize("code, status", [(404, 4), (403, 3), (409, 1),
                                          (500, 6)])
def test_revoke_that_fails(serve, delete, code, status):
    """The words are its own."""
    server = serve(Turn(http(code)), Turn(http(403)), Turn(http(403)))
    result = delete(server, "--revoke", "--retries=0", ID)
    assert result.status == status
    assert "revoked" in result.errors and "deleted" not in result.errors


# ---- between lookup and deletion

@pytest.mark.parametrize("text", [SECRET[:12], SECRET, "--self"])
def test_it_is_gone_when_the_deletion_comes(standin, ask, text):
    running = standin(tokens=2)
    wanted = running.org.add(secret=SECRET)

    def hook(request):
        if request.method == "DELETE":
            running.org.remove(wanted.id)
    running.hook = hook
    if text == "--self":
        running.org.cache_lag = 60      # it authenticates for a while
        result = ask(running, "-y", "-j", "--self", key=SECRET)
    else:
        result = ask(running, "-y", "-j", "-", stdin=text.encode())
    told, = result.objects
    assert (result.status, told["token"], told["outcome"], told["status"]) \
        == (4, wanted.id, "missing", 404)
    assert "this call deleted nothing" in told["error"]
    assert running.org.tokens.get(wanted.id) is None


def test_it_is_gone_and_that_is_fine(standin, ask):
    running = standin()
    wanted = running.org.add(secret=SECRET)
    running.hook = lambda request: (request.method == "DELETE"
                                    and running.org.remove(wanted.id))
    result = ask(running, "-y", "-j", "--ignore-missing", SECRET[:12])
    assert result.status == 0
    assert result.objects[0]["outcome"] == "missing"


def test_a_new_one_of_the_same_short_key(standin, ask):
    """What was found is deleted, by its id; not what came since."""
    running = standin()
    wanted = running.org.add(secret=SECRET)
    running.hook = lambda request: (request.method == "DELETE"
                                    and running.org.add(secret=SECRET))
    assert ask(running, "-y", SECRET[:12]).status == 0
    assert list(running.org.deleted) == [wanted.id]


# ---- on the wire

def test_one_list_for_ids_alone(standin, ask):
    """Of several, to know the one that authenticates; for one id, none."""
    running = standin(tokens=5, admin=True)
    one, *ids = running.org.ids()[1:]
    assert ask(running, "-y", *ids).status == 0
    assert sent(running) == own(*ids, members=False)
    del running.requests[:]
    assert ask(running, "-y", one).status == 0
    assert sent(running) == [("DELETE", f"{TOKENS}/{one}")]


def test_one_list_a_block(standin, ask):
    """Two blocks of short keys and ids; that the members' is not shown is
    known by the second."""
    running = standin(tokens=1300, others=0)
    tokens = [running.org.tokens[one] for one in running.org.ids()[1:]]
    lines = [one.id if number % 3 else one.record["short_key"]
             for number, one in enumerate(tokens[:1100])]
    began = len(running.requests)
    result = ask(running, "-n", "-j", "-", stdin="\n".join(lines).encode())
    assert result.status == 0
    assert [o["token"] for o in result.objects] == [
        one.id for one in tokens[:1100]]
    assert sent(running)[began:] == own() + own(members=False)


def test_a_block_without_lookups_reads_the_own_list_alone(standin, ask):
    """Though the next has one, for which both are read."""
    running = standin(tokens=1100, others=0)
    tokens = [running.org.tokens[one] for one in running.org.ids()[1:1030]]
    lines = [one.id for one in tokens[:1025]] + [tokens[1025].secret]
    result = ask(running, "-y", "-q", "-", stdin="\n".join(lines).encode())
    assert result.status == 0
    assert sent(running) == own(*[one.id for one in tokens[:1024]],
                                members=False) \
        + own(*[one.id for one in tokens[1024:1026]])


def test_the_members_list_is_asked_for_once(standin, ask):
    """Where it is not shown, the next block does not ask again."""
    running = standin(tokens=1)
    result = ask(running, "-y", "-q", "-", stdin="\n".join(
        f"lsv2_pt_zz{number:04d}" for number in range(1030)).encode())
    assert result.status == 4
    assert sent(running) == own() + own(members=False)


def test_who_asks_is_the_same_all_the_while(standin, ask):
    """The key, the organization and the workspace are in each request."""
    running = standin(admin=True)
    theirs = running.org.add(OTHER, secret=SECRET)
    result = ask(running, "-y", "-o", running.org.id, "-w",
                 running.org.workspace, SECRET[:12])
    assert result.status == 0 and len(running.requests) == 3
    for request in running.requests:
        assert request.headers["x-api-key"] == running.org.key
        assert request.headers["x-organization-id"] == running.org.id
        assert request.headers["x-tenant-id"] == running.org.workspace
    assert theirs.id in running.org.deleted


def test_a_bearer_token_looks_up_as_well(standin, ask, key_file):
    running = standin()
    wanted = running.org.add(secret=SECRET)
    result = ask(running, "-y", "--bearer-file", key_file(running.org.bearer),
                 "-o", running.org.id, SECRET[:12])
    assert result.status == 0 and list(running.org.deleted) == [wanted.id]


def test_the_token_that_authenticates_goes_last(standin, ask):
    """Whatever it is called, and wherever it stands."""
    running = standin(tokens=3)
    first, *others = running.org.ids()
    wanted = running.org.add(secret=SECRET)
    for text in (running.org.key, first):
        result = ask(running, "-n", "-j", "-", stdin="\n".join(
            [text, *others, SECRET]).encode())
        assert result.status == 0
    result = ask(running, "-y", "-j", "-", stdin="\n".join(
        [running.org.key, *others, SECRET]).encode())
    assert [o["token"] for o in result.objects] == [
        *others, wanted.id, first]
    assert result.status == 0 and running.org.ids() == []


def test_a_hostile_list(serve, delete):
    """What is said of what was found is printable."""
    hostile = MATCH | {"short_key": SECRET[:12], "created_by": "a\x1b[2J",
                       "description": "x\n\u202eid: y\x9b"}
    for found in ([hostile], [hostile, hostile | {"id": IDS[4]}]):
        server = serve(Turn(http(200, found)), Turn(http(200, [])),
                       Turn(http(200, hostile)))
        result = delete(server, "-y", SECRET[:12])
        for char in "\x1b\u202e\x9b":
            assert char not in result.text + result.errors
        assert r"x\u{a}\u{202e}id: y\u{9b}"[:16] in result.errors
