# SPDX-License-Identifier: MIT
# Many TOKENs on standard input: each is told once, whatever stands around it;
# how many lists that takes; who goes last; what stops a batch, and the memory.

import os
import re
import resource
import signal
import socket
import struct
import subprocess
import termios
import time
from collections import Counter
from contextlib import ExitStack
from fcntl import ioctl
from pathlib import Path
from types import SimpleNamespace

import pytest

from organization import MEMBERS, TOKENS
from result import lines, told
from server import until
from standin import Standin
from summary import summary

BLOCK = 1024            # TOKENs that are taken together
NOBODY = "00000000-0000-4000-8000-00000000000{}"
MANY = 100_000
APART = 512             # KiB that many TOKENs may take more than one
FATES = ("nothing was deleted|this call deleted nothing|no deletion was sent"
         "|it is unknown whether|the token is deleted")


def gets(standin):
    """The lists that were read, by path."""
    return [r.path for r in standin.requests if r.method == "GET"]


def deletions(standin):
    """The ids that a deletion was sent for, in order."""
    return [r.path.rpartition("/")[2] for r in standin.requests
            if r.method == "DELETE"]


def text_of(result):
    """The names that the text has: of what is deleted, and of the rest, each
    with its fate."""
    done = [dict(block)["id"] for block in result.blocks] \
        if result.out else []
    rest = [name for name, said in re.findall(
        r"(?m)^patrm: (line \d+|[0-9a-f-]{36})(?: \(.*?\))?: (.*)$",
        result.errors) if re.search(FATES, said)]
    return done, rest


@pytest.fixture
def short_key():
    return lambda standin, token: standin.org.tokens[token].record["short_key"]


# ---- one line each

@pytest.fixture
def mixed(standin):
    """Everything that may stand on standard input, and how each ends."""
    running = standin(tokens=9)
    org = running.org
    own = org.ids()
    by_id, by_key, by_secret, upper, quiet, last = own[1:7]
    for secret in ("1" * 42, "2" * 42):
        org.add(secret=f"lsv2_pt_abcd{secret}", short_key="lsv2_pt_abcd...ef")
    expected = {
        by_id: "deleted", by_key: "deleted", by_secret: "deleted",
        upper: "deleted", quiet: "deleted", last: "deleted",
        "line 6": "invalid", "line 8": "invalid", "line 9": "missing",
        "line 10": "ambiguous", NOBODY.format(1): "missing",
        "line 12": "invalid", "line 14": "invalid", "line 15": "invalid",
    }
    given = [
        "# what is left of last year",
        by_id,
        "",
        org.tokens[by_key].record["short_key"] + "\r",
        f"  {org.tokens[by_secret].secret}\t\r",
        "no token",
        upper.upper() + "\r",
        org.tokens[own[7]].secret[:-1],
        "lsv2_pt_0000...0000",
        "lsv2_pt_abcd",
        NOBODY.format(1),
        "x" * 5000,
        f"{quiet} ",
        by_id + "\0",
        f"{by_id} {by_key}",
        "   \t",
        "#" + "y" * 5000,
        last,       # and no newline behind it
    ]
    return SimpleNamespace(running=running, expected=expected,
                           stdin="\n".join(given).encode(),
                           left=[own[0], *own[7:]])


def test_each_has_one_line_of_json(mixed, ask):
    result = ask(mixed.running, "-j", "-y", "-", stdin=mixed.stdin)
    assert result.status == 9
    assert sorted(told(result)) == sorted(mixed.expected.items())
    for one in result.objects:
        assert ("error" in one) == (one["outcome"] != "deleted")
    assert mixed.running.org.ids()[:len(mixed.left)] == mixed.left
    assert result.errors.endswith(summary(mixed.expected.values()))


def test_each_has_one_line_of_text(mixed, ask):
    result = ask(mixed.running, "-y", "-", stdin=mixed.stdin)
    done, rest = text_of(result)
    for names, wanted in ((done, True), (rest, False)):
        assert sorted(names) == sorted(
            name for name, outcome in mixed.expected.items()
            if (outcome == "deleted") == wanted)
    assert result.status == 9
    assert result.errors.endswith(summary(mixed.expected.values()))


def test_the_same_of_crlf_and_of_lf(mixed, ask):
    stdin = mixed.stdin.replace(b"\r", b"").replace(b"\n", b"\r\n")
    result = ask(mixed.running, "-j", "-y", "-", stdin=stdin)
    assert sorted(told(result)) == sorted(mixed.expected.items())


SECRETLIKE = "lsv2_pt_" + "9" * 32
BAD = ["x", "lsv2_pt_0", SECRETLIKE, "x" * 5000, "\0", "é"]


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: repr(bad)[:20])
@pytest.mark.parametrize("place", ["first", "middle", "last", "all around"])
@pytest.mark.parametrize("lookup", [False, True])
def test_a_bad_line_loses_nothing(standin, ask, short_key, bad, place,
                                  lookup):
    """Nothing before it, nothing behind it."""
    running = standin(tokens=5)
    own = running.org.ids()
    given = [short_key(running, own[1]) if lookup else own[1], *own[2:]]
    at = {"first": [0], "middle": [2], "last": [4],
          "all around": [0, 2, 4, 6]}[place]
    for index in at:
        given.insert(index, bad)
    result = ask(running, "-j", "-y", "-", stdin=lines(*given))
    assert sorted(told(result)) == sorted(
        [(token, "deleted") for token in own[1:]]
        + [(f"line {index + 1}", "invalid") for index in at])
    assert result.status == 9 and running.org.ids() == own[:1]


@pytest.mark.parametrize("count", [1, BLOCK, BLOCK + 1])
def test_bad_lines_alone(standin, ask, count):
    """Of a whole block, too; nothing is sent for them."""
    running = standin()
    result = ask(running, "-j", "-", stdin=b"x\n\n" * count)
    assert told(result) == [(f"line {2 * n + 1}", "invalid")
                            for n in range(count)]
    assert result.status == 2 and running.requests == []


# ---- blocks

@pytest.mark.parametrize("count", [BLOCK, BLOCK + 1])
def test_a_block_and_one_more(standin, ask, count):
    running = standin(tokens=count + 1)
    own = running.org.ids()
    result = ask(running, "-j", "-", stdin=lines(*own[1:]))
    assert told(result) == [(token, "deleted") for token in own[1:]]
    assert result.status == 0 and gets(running) == [TOKENS]
    assert running.requests[0].method == "GET"
    assert deletions(running) == own[1:]


@pytest.mark.parametrize("count", [BLOCK - 1, BLOCK, BLOCK + 1])
def test_a_short_key_at_the_end_of_a_block(standin, ask, short_key, count):
    """Its lists are read before anything of its own block is deleted, and
    after all of the block before it, which had a look of its own."""
    running = standin(tokens=count + 1)
    own = running.org.ids()
    given = [*own[1:-1], short_key(running, own[-1])]
    result = ask(running, "-q", "-y", "-", stdin=lines(*given))
    assert result.status == 0 and running.org.ids() == own[:1]
    later = count > BLOCK
    assert gets(running) == [TOKENS] * later + [TOKENS, MEMBERS]
    first = [r.path for r in running.requests].index(MEMBERS) - 1
    before = running.requests[:first]
    assert [r.method for r in before] \
        == (["GET"] + ["DELETE"] * BLOCK if later else [])
    assert running.requests[first].path == TOKENS


def test_blocks_of_ids_need_one_look(standin, ask):
    """At which token authenticates: once, whatever comes."""
    running = standin(tokens=2101)
    own = running.org.ids()
    result = ask(running, "-j", "-", stdin=lines(*own[1:]))
    assert result.status == 0 and len(result.objects) == 2100
    assert gets(running) == [TOKENS] and deletions(running) == own[1:]
    assert running.requests[0].method == "GET"
    assert result.errors == summary(["deleted"] * 2100)


def test_a_lookup_in_each_block_needs_a_list_each(standin, ask, short_key):
    """Its own, and no other one: 3 blocks, 3 lists; and the members' until
    it is known that it is not shown."""
    running = standin(tokens=2101)
    own = running.org.ids()
    given = own[1:]
    for at in (0, BLOCK + 500, 2099):
        given[at] = short_key(running, given[at])
    result = ask(running, "-j", "-y", "-", stdin=lines(*given))
    assert told(result) == [(token, "deleted") for token in own[1:]]
    assert result.status == 0
    assert gets(running) == [TOKENS, MEMBERS, TOKENS, TOKENS]
    methods = [r.method for r in running.requests]
    assert [at for at, method in enumerate(methods) if method == "GET"] \
        == [0, 1, BLOCK + 2, 2 * BLOCK + 3]


def test_what_is_nowhere_needs_the_members_list_once(standin, ask):
    """That it is not shown is not asked again for the next block."""
    running = standin(tokens=1)
    stdin = lines(*["lsv2_pt_0000"] * (BLOCK + 1))
    result = ask(running, "-j", "-y", "-", stdin=stdin)
    assert result.status == 4 and len(result.objects) == BLOCK + 1
    assert gets(running) == [TOKENS, MEMBERS, TOKENS]


# ---- what is named twice

DUPLICATES = {
    "id twice": lambda t: [t.id, t.id],
    "id in both cases": lambda t: [t.id, t.id.upper()],
    "id and short key": lambda t: [t.id, t.record["short_key"]],
    "short key and id": lambda t: [t.record["short_key"], t.id],
    "short key twice": lambda t: [t.record["short_key"]] * 2,
    "two short keys": lambda t: [t.secret[:12], t.record["short_key"]],
    "secret and id": lambda t: [t.secret, t.id],
    "id and secret": lambda t: [t.id, t.secret],
    "secret twice": lambda t: [t.secret] * 2,
    "all of them": lambda t: [t.id, t.secret, t.record["short_key"],
                              t.id.upper(), t.secret[:12]],
}


@pytest.mark.parametrize("form", DUPLICATES)
@pytest.mark.parametrize("self", [False, True], ids=["another", "self"])
@pytest.mark.parametrize("apart", [False, True], ids=["beside", "apart"])
def test_a_duplicate_is_told_once(standin, ask, form, self, apart):
    """And deleted once: a second deletion would be a 404. Apart, there is a
    lookup in between, and so it is known who authenticates."""
    running = standin(tokens=4)
    org = running.org
    own = org.ids()
    token = org.tokens[own[0 if self else 1]]
    given = DUPLICATES[form](token)
    if apart:
        given[1:1] = [org.tokens[own[2]].record["short_key"], own[3]]
    result = ask(running, "-j", "-y", "-", stdin=lines(*given))
    ids = [token.id, *own[2:]] if apart else [token.id]
    assert Counter(told(result)) == {(i, "deleted"): 1 for i in ids}
    assert result.status == 0
    assert sorted(deletions(running)) == sorted(ids)
    if apart:
        assert f"named twice: {len(given) - len(ids)}\n" in result.errors


def test_a_duplicate_of_another_block_is_told_again(standin, ask):
    """What a block has had is forgotten with it."""
    running = standin(tokens=BLOCK + 1)
    own = running.org.ids()
    result = ask(running, "-j", "-", stdin=lines(*own[1:], own[1]))
    assert told(result)[-1] == (own[1], "missing")
    assert len(result.objects) == BLOCK + 1 and result.status == 9


def test_bad_lines_are_not_duplicates(standin, ask):
    running = standin()
    result = ask(running, "-j", "-", stdin=lines("x", "x", SECRETLIKE))
    assert told(result) == [(f"line {n}", "invalid") for n in (1, 2, 3)]


# ---- the token that authenticates

SELF = {
    "secret": lambda org, own: ([org.key], own[1:]),
    "short key": lambda org, own: (
        [org.tokens[own[0]].record["short_key"]], own[1:]),
    "id beside a lookup": lambda org, own: (
        [own[0]], [org.tokens[own[1]].record["short_key"], *own[2:]]),
    "id beside a secret": lambda org, own: (
        [own[0]], [*own[1:-1], org.tokens[own[-1]].secret]),
}


@pytest.mark.parametrize("form", SELF)
@pytest.mark.parametrize("at", [0, 2, 4], ids=["first", "middle", "last"])
@pytest.mark.parametrize("bad_key", [401, 403])
def test_who_authenticates_goes_last(standin, ask, form, at, bad_key):
    """All others are deleted before."""
    running = standin(tokens=5, bad_key=bad_key)
    own = running.org.ids()
    itself, others = SELF[form](running.org, own)
    given = [*others[:at], *itself, *others[at:]]
    result = ask(running, "-j", "-y", "-", stdin=lines(*given))
    assert told(result) == [(token, "deleted")
                            for token in [*own[1:], own[0]]]
    assert result.status == 0 and running.org.ids() == []
    assert deletions(running)[-1] == own[0]


@pytest.mark.parametrize("form", SELF)
def test_who_authenticates_in_the_first_of_two_blocks(standin, ask, form):
    running = standin(tokens=BLOCK + 100)
    own = running.org.ids()
    itself, others = SELF[form](running.org, own)
    if form == "id beside a secret":    # in the same block
        others = [others[-1], *others[:-1]]
    given = [others[0], *itself, *others[1:]]
    result = ask(running, "-j", "-y", "-", stdin=lines(*given))
    assert len(result.objects) == len(own) and result.status == 0
    assert running.org.ids() == [] and deletions(running)[-1] == own[0]


def test_who_authenticates_in_a_later_block_of_ids(standin, ask, short_key):
    """A list has shown who that is."""
    running = standin(tokens=BLOCK + 100)
    own = running.org.ids()
    given = [short_key(running, own[1]), *own[2:BLOCK + 50], own[0],
             *own[BLOCK + 50:]]
    result = ask(running, "-q", "-y", "-", stdin=lines(*given))
    assert result.status == 0 and running.org.ids() == []
    assert deletions(running)[-1] == own[0]
    assert gets(running) == [TOKENS, MEMBERS]


def test_who_authenticates_in_two_blocks(standin, ask):
    """Held back once, and deleted once."""
    running = standin(tokens=BLOCK + 100)
    own = running.org.ids()
    given = [running.org.key, *own[1:], own[0]]
    result = ask(running, "-j", "-y", "-", stdin=lines(*given))
    assert result.status == 0 and running.org.ids() == []
    assert deletions(running).count(own[0]) == 1
    assert [o["token"] for o in result.objects].count(own[0]) == 1


def test_who_authenticates_is_not_tried_after_a_stop(standin, ask):
    """A batch that has stopped does not go on with it."""
    running = standin(tokens=3, bad_key=401)
    own = running.org.ids()

    def expire(request):
        if request.method == "DELETE":
            running.org.expire(own[0])
    running.hook = expire
    result = ask(running, "-j", "-y", "-",
                 stdin=lines(running.org.key, *own[1:]))
    assert told(result) == [(own[1], "forbidden"), (own[2], "not-tried"),
                            (own[0], "not-tried")]
    assert result.status == 3 and running.org.ids() == own


# ---- the summary

@pytest.mark.parametrize("args, pick, ends", [
    ([], [1, 2], ["deleted"] * 2),
    ([], [1, None, 2], ["deleted", "missing", "deleted"]),
    (["-j"], [1, None], ["deleted", "missing"]),
    (["-v"], [1, 2], ["deleted"] * 2),
    ([], [1], []),              # of one there is none
    (["-j"], [None], []),
    ([], [1, 1], []),           # and this is one
    (["-q"], [1, 2], []),
    (["-qj"], [1, None], []),
])
def test_one_line_at_the_end(standin, ask, args, pick, ends):
    running = standin(tokens=3)
    own = running.org.ids()
    stdin = lines(*[NOBODY.format(n) if at is None else own[at]
                    for n, at in enumerate(pick)])
    result = ask(running, *args, "-", stdin=stdin)
    assert result.errors.endswith(summary(ends))
    assert result.errors.count(" tokens: ") == bool(ends)
    assert b" tokens: " not in result.out
    assert result.status == {(0,): 0, (4,): 4}.get(
        tuple({4 if at is None else 0 for at in pick}), 9)


# ---- what stops it

def after(standin, count, do):
    """Calls do() when that deletion arrives, before it is carried out."""
    def hook(request):
        if request.method == "DELETE" and len(deletions(standin)) == count:
            do()
    standin.hook = hook


def test_a_key_that_expires_stops_it(standin, ask):
    """401: it will not be better for the rest."""
    running = standin(tokens=9, bad_key=401)
    own = running.org.ids()
    after(running, 4, lambda: running.org.expire(own[0]))
    result = ask(running, "-j", "-", stdin=lines(*own[1:], "x"))
    assert told(result) == [
        *[(token, "deleted") for token in own[1:4]], (own[4], "forbidden"),
        *[(token, "not-tried") for token in own[5:]], ("line 9", "invalid")]
    assert result.status == 9 and deletions(running) == own[1:5]
    for one in result.objects[4:8]:
        assert "401" in one["error"] and "attempts" not in one
        assert "nothing was deleted" in one["error"]


@pytest.mark.parametrize("count", [3, BLOCK + 5])
@pytest.mark.parametrize("lookup", [False, True])
def test_a_key_that_has_expired(standin, ask, short_key, lookup, count):
    """Before anything was deleted all end alike: in 3; one request in all,
    or two: that the own list is refused says nothing of a deletion."""
    running = standin(tokens=count + 1, bad_key=401)
    own = running.org.ids()
    given = [short_key(running, own[1]) if lookup else own[1], *own[2:]]
    running.org.expire(own[0])
    result = ask(running, "-j", "-y", "-", stdin=lines(*given))
    assert told(result) == [
        ("line 1" if lookup else own[1], "forbidden"),
        *[(token, "not-tried") for token in own[2:]]]
    assert result.status == 3
    assert [r.method for r in running.requests] \
        == ["GET"] + ["DELETE"] * (not lookup)


def test_a_key_that_is_forbidden_is_told_each_time(standin, ask):
    """403 is about a token: for the next one it may be otherwise."""
    running = standin(tokens=6, bad_key=403)
    own = running.org.ids()
    after(running, 3, lambda: running.org.expire(own[0]))
    result = ask(running, "-j", "-", stdin=lines(*own[1:]))
    assert told(result) == [
        *[(token, "deleted") for token in own[1:3]],
        *[(token, "forbidden") for token in own[3:]]]
    assert result.status == 9 and deletions(running) == own[1:]


@pytest.fixture
def with_files(start, tmp_path):
    """with_files(standin, *args, stdin=...) starts it with files for its
    streams: nobody has to feed it, or to read; end() is the Result."""
    with ExitStack() as stack:
        def run(standin, *args, stdin):
            given, out = tmp_path / "stdin", tmp_path / "stdout"
            given.write_bytes(stdin)
            run = start(standin, *args,
                        stdin=stack.enter_context(given.open("rb")),
                        stdout=stack.enter_context(out.open("wb")),
                        env={"LANGSMITH_API_KEY": standin.org.key})
            end = run.end

            def with_output():
                result = end()
                result.out = out.read_bytes()
                return result
            run.end = with_output
            return run
        yield run


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("count", [200, BLOCK + 200])
def test_a_signal_during_an_answer(standin, with_files, number, count):
    """Every TOKEN read has its line; what was sent is unknown, or settled."""
    running = standin(tokens=count + 1)
    own = running.org.ids()
    run = with_files(running, "-j", "-", stdin=lines(*own[1:]))

    def stop():
        run.send(number)    # the answer comes when that has had its effect
        until(lambda: run.process.poll() is not None, 20)
    after(running, 100, stop)
    result = run.end()
    until(lambda: own[100] not in running.org.ids())
    assert Counter(o["token"] for o in result.objects) \
        == Counter(own[1:])
    ends = dict(told(result))
    assert [ends[token] for token in own[1:100]] == ["deleted"] * 99
    assert ends[own[100]] == "unknown"
    assert {ends[token] for token in own[101:]} == {"not-tried"}
    assert result.status == 6 and len(deletions(running)) == 100
    assert running.org.ids() == [own[0], *own[101:]]


def test_a_429_makes_all_wait(standin, ask):
    """For what it asks, with the clock of those that follow stopped."""
    running = standin(tokens=4, others=0)
    own = running.org.ids()
    running.inject("429 3", only="DELETE")
    result = ask(running, "-j", "-t", "1", "--retries=0", *own[1:])
    assert told(result) == [(own[1], "rate-limited"), (own[2], "deleted"),
                            (own[3], "deleted")]
    assert result.status == 9 and 3 <= result.seconds < 4.5


def test_a_429_makes_lists_wait(standin, ask):
    """It is the last, and its proof comes after the pause."""
    running = standin(tokens=3, others=0)
    own = running.org.ids()
    running.inject("status 500", only="DELETE")
    running.inject("429 3", only="DELETE")
    result = ask(running, "-j", "-t", "1", "--retries=0", *own[1:])
    assert dict(told(result))[own[2]] == "rate-limited"
    assert result.seconds > 3


def test_a_signal_ends_a_pause(standin, with_files):
    running = standin(tokens=4)
    own = running.org.ids()
    running.inject("429 90", only="DELETE")
    run = with_files(running, "-j", "-", stdin=lines(*own[1:]))
    until(lambda: any(r.status == 429 for r in running.requests), 30)
    time.sleep(0.2)
    run.send(signal.SIGTERM)
    result = run.end()
    assert result.status == 128 + signal.SIGTERM and result.seconds < 10
    assert [end for _, end in told(result)] == [
        "rate-limited", "not-tried", "not-tried"]
    assert list(running.org.deleted) == []


@pytest.mark.parametrize("args", [[], ["-j"]], ids=str)
def test_a_signal_between_answers(standin, with_files, args):
    """In the pause that a 429 asks for nothing is unanswered."""
    running = standin(tokens=2101)
    own = running.org.ids()
    after(running, 99, lambda: running.inject("429 20", only="DELETE"))
    run = with_files(running, *args, "-", stdin=lines(*own[1:]))
    until(lambda: any(r.status == 429 for r in running.requests), 30)
    time.sleep(0.2)
    run.send(signal.SIGTERM)
    result = run.end()
    assert result.status == 128 + signal.SIGTERM
    if args:
        ends = told(result)
        read = [token for token, _ in ends]
    else:
        done, rest = text_of(result)
        read = done + rest
        ends = [(token, "deleted") for token in done]
    assert read == own[1:len(read) + 1] and len(read) >= BLOCK
    assert [token for token, end in ends if end == "deleted"] == own[1:100]
    assert result.errors.splitlines()[-1].startswith(
        f"patrm: {len(read)} tokens: 99 deleted, 1 rate-limited, ")


# ---- streams that break

def test_a_read_error_in_the_middle(standin, start):
    """What was read before it is done, and told; 2 is for the rest."""
    running = standin(tokens=6)
    own = running.org.ids()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        theirs = socket.create_connection(listener.getsockname())
        ours, _ = listener.accept()
    with theirs, ours:
        run = start(running, "-j", "-", stdin=theirs,
                    env={"LANGSMITH_API_KEY": running.org.key})
        ours.sendall(lines(*own[1:4], "x", own[4]) + own[5].encode())
        waiting = bytearray(4)
        until(lambda: not ioctl(theirs, termios.FIONREAD, waiting)
              and waiting == bytes(4))
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, 0))    # ECONNRESET
        ours.close()
        result = run.end()
    # The last line was not whole: it may be the beginning of a longer one.
    *ends, last = result.objects
    assert [(o["token"], o["outcome"]) for o in ends] == [
        *[(token, "deleted") for token in own[1:4]], ("line 4", "invalid"),
        (own[4], "deleted")]
    assert result.status == 9 and running.org.ids() == [own[0], own[5]]
    assert set(last) == {"outcome", "error"} and last["outcome"] == "invalid"
    assert re.match("cannot read any more TOKENs: standard input: .",
                    last["error"]), last
    assert "nothing was deleted" not in last["error"]


def test_a_read_error_at_once(standin, ask):
    """A folder can be opened, but not read."""
    running = standin()
    folder = os.open("/", os.O_RDONLY)
    try:
        result = ask(running, "-j", "-", stdin=folder)
    finally:
        os.close(folder)
    said, = result.objects
    assert set(said) == {"outcome", "error"} and said["outcome"] == "invalid"
    assert "nothing was deleted" in said["error"]
    assert result.status == 2 and result.err == b""
    assert running.requests == []


def reads_so_much(run, size):
    """What it says, up to there; then nobody reads any more."""
    with run.process.stdout as pipe:
        data = pipe.read(size)
    run.process.stdout = None
    return data


@pytest.mark.parametrize("args", [[], ["-j"]], ids=str)
def test_nobody_reads_on_in_the_middle(standin, start, args):
    """More than a pipe holds. All are deleted, and what could not be written
    is told elsewhere, with its status: 8."""
    running = standin(tokens=501)
    own = running.org.ids()
    run = start(running, *args, "-", stdin=subprocess.PIPE,
                env={"LANGSMITH_API_KEY": running.org.key})
    run.process.stdin.write(lines(*own[1:]))
    run.process.stdin.close()
    run.process.stdin = None
    reads_so_much(run, 2000)
    result = run.end()
    assert result.status == 9 and running.org.ids() == own[:1]
    _, rest = text_of(result)
    assert rest and rest == own[-len(rest):]
    assert re.search(rf"(?m)^patrm: {own[-1]}.*: its record could not be "
                     r"written out: .*; the token is deleted", result.errors)
    assert f", {len(rest)} deleted-unread" in result.errors


@pytest.mark.parametrize("args", [[], ["-j"]], ids=str)
def test_a_disk_that_is_full_in_the_middle(standin, start, tmp_path, args):
    """By a limit on what a file may hold, and not by SIGXFSZ."""
    running = standin(tokens=21)
    own = running.org.ids()
    path = tmp_path / "out"

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
    with path.open("wb") as file:
        run = start(running, *args, "-", stdin=lines(*own[1:]), stdout=file,
                    env={"LANGSMITH_API_KEY": running.org.key},
                    preexec_fn=limit, restore_signals=False)
        result = run.end()
    _, rest = text_of(result)
    assert 0 < len(rest) < 20 and rest == own[-len(rest):]
    whole = path.read_text()
    assert all(token in whole for token in own[1:21 - len(rest)])
    assert result.status == 9 and running.org.ids() == own[:1]


@pytest.mark.parametrize("args", [[], ["-j"]], ids=str)
def test_a_disk_that_is_full(standin, ask, args):
    running = standin(tokens=21)
    own = running.org.ids()
    with open("/dev/full", "wb") as full:
        result = ask(running, *args, "-", stdin=lines(*own[1:]), stdout=full)
    assert result.status == 8 and running.org.ids() == own[:1]
    assert text_of(result)[1] == own[1:]
    assert result.errors.splitlines()[-1] \
        == "patrm: 20 tokens: 20 deleted-unread"


# ---- memory

@pytest.fixture(scope="module")
def huge(certs):
    with Standin(cert=certs.leaf, tokens=MANY + 2) as running:
        yield running


@pytest.fixture
def peak_of(binary, huge, certs, tmp_path, native):
    """peak_of(*args, stdin=...) is the Result, and the most memory in KiB,
    read at each hundredth request and at the last."""
    def run(*args, stdin, requests):
        empty = tmp_path / f"empty{len(stdin)}"
        empty.mkdir()
        output = tmp_path / f"out{len(stdin)}"
        seen, pids = [], []
        count = len(huge.requests)

        def hook(_):
            number = len(huge.requests) - count
            if pids and (number % 100 == 0 or number == requests):
                text = Path(f"/proc/{pids[0]}/status").read_text()
                seen.append(int(re.search(r"VmHWM:\s+(\d+) kB", text)[1]))
        huge.hook = hook
        with output.open("wb") as out, (tmp_path / "in").open("wb+") as given:
            given.write(stdin)
            given.seek(0)
            process = subprocess.Popen(
                [binary, "-e", huge.endpoint, "--cacert", certs.ca, *args],
                env={"LANGSMITH_API_KEY": huge.org.key}, cwd=empty,
                stdin=given, stdout=out, stderr=subprocess.PIPE)
            pids.append(process.pid)
            try:
                _, errors = process.communicate(timeout=900)
            finally:
                process.kill()
        huge.hook = None
        assert len(huge.requests) - count == requests
        return process.returncode, output, errors.decode(), max(seen)
    return run


def test_memory_is_fixed(huge, peak_of):
    """1 and 100,000 ids; then a short key in what is left: a list, and no
    more than that. It prints what it has measured."""
    own = huge.org.ids()
    status, _, _, one = peak_of("-j", "-", stdin=lines(own[1]), requests=1)
    assert status == 0
    status, output, errors, all_of_them = peak_of(
        "-j", "-", stdin=lines(*own[2:]), requests=1 + MANY)
    assert status == 0 and huge.org.ids() == own[:1]
    assert errors == f"patrm: {MANY} tokens: {MANY} deleted\n"
    with output.open("rb") as file:
        for token, line in zip(own[2:], file, strict=True):
            assert line.startswith(
                b'{"token":"%b","outcome":"deleted",' % token.encode())
    print(f"peak memory of patrm: {one} KiB with 1 id on standard input, "
          f"{all_of_them} KiB with {MANY:,}")
    assert all_of_them - one <= APART, (one, all_of_them)


# ---- several names of one token

@pytest.mark.parametrize("names, deleted", [
    # a short key of 4 is sure; two secrets that both fit it cannot both be
    (["short", "this", "that"], True),
    (["this", "that"], False),
    # an id is sure; a secret that is confirmed by 4 characters is not
    (["id", "this"], True),
    (["this", "id"], True),
    (["short", "this"], True),
])
def test_a_secret_that_may_be_anothers_is_not_taken_for_done(
        standin, ask, names, deleted):
    """It is told by itself, and with status 2."""
    running = standin(shape=lambda secret: secret[:12])
    token = running.org.tokens[running.org.ids()[1]]
    other = token.secret[:12] + "0" * 28 + "_" + "0" * 10
    known = {"short": token.secret[:12], "this": token.secret,
             "that": other, "id": token.id}
    running.org.expire(token.id)    # its secret does not say which one it is
    result = ask(running, "--yes", "-j", "-",
                 stdin=lines(*[known[name] for name in names]))
    assert [o["outcome"] for o in result.objects].count("deleted") == deleted
    assert (token.id not in running.org.ids()) == deleted
    secrets = sum(name in ("this", "that") for name in names)
    assert len(result.objects) == secrets + deleted
    assert result.status == (9 if deleted else 2)
