# SPDX-License-Identifier: MIT
# --list and --all-members: any number of tokens in fixed memory, a table that
# a terminal survives, and a list that is not read whole is told as that.

import fcntl
import gzip
import json
import os
import re
import signal
import threading
import time
import unicodedata
from contextlib import suppress
from datetime import datetime, timedelta, timezone

import pytest

from conftest import KEY
from organization import MEMBERS, OTHER, SELF, TOKENS
from server import (ID, IDS, Server, Turn, chunked, each_byte, http, record,
                    until)
from standin import Standin

MANY = 100_000
LIMIT = 512 << 10       # bytes of an element
DATES = "LAST USED  CREATED    EXPIRES   "
HEADING = f"{'ID':36} {'SHORT KEY':20} {'STATE':21} {DATES} DESCRIPTION\n"
OWNERS = HEADING.replace("DESCRIPTION", f"{'CREATED BY':36} DESCRIPTION")
NARROW = f"{'ID':36} {'SHORT KEY':20} STATE   LAST USED\n"
PAGE = b"<!doctype html>\n<title>LangSmith</title>\n<div id=root></div>\n"
CHUNKED = "Transfer-Encoding: chunked"
JSON = json.dumps([record(one) for one in IDS[:3]]).encode()


@pytest.fixture(scope="module")
def many(certs):
    with Standin(cert=certs.leaf, tokens=MANY) as standin:
        yield standin


@pytest.fixture(scope="module")
def some(certs):
    """By the number of its own tokens; it sees Bob's, too."""
    opened = {count: Standin(cert=certs.leaf, tokens=count, reader=True)
              for count in (0, 1, 1000)}
    for one in opened.values():
        one.__enter__()
    yield opened
    for one in opened.values():
        one.__exit__()


def rows_of(text, heading=HEADING, width=None):
    """The lines of a table, of one line each."""
    assert text.startswith(heading), text[:200]
    assert text.endswith("\n")
    lines = text.removeprefix(heading).split("\n")[:-1]
    for line in lines:
        assert width is None or columns_of(line) <= width, line
        assert re.match(r"[0-9a-fA-F-]{36} ", line), line
    return lines


def begin_of(one):
    """What stands of an active token before owner and description."""
    return (f"{one['id']} {one['short_key']:20} {'active':21} "
            f"{one['last_used_at'][:10]} {one['created_at'][:10]} never     ")


def columns_of(line):
    """As terminals count: wide characters are two, so is what U+FE0F makes
    an emoji, and what combines is none."""
    if line.isascii():
        return len(line)
    columns = 0
    for char, behind in zip(line, line[1:] + " "):
        if char == "\ufe0f" or unicodedata.combining(char):
            continue
        wide = unicodedata.east_asian_width(char) in "WF"
        columns += 2 if wide or behind == "\ufe0f" else 1
    return columns


def is_printable(text):
    """Nothing that a terminal obeys or hides; lines end."""
    return not any(unicodedata.category(char) in ("Cc", "Cf", "Cs", "Cn",
                                                  "Zl", "Zp")
                   for char in text.replace("\n", ""))


def ids_of(result):
    """What was shown, in whatever form."""
    return re.findall(r'(?m)^(?:\{.*?"id": ?")?([0-9a-f]{8}-[0-9a-f-]{27})\b',
                      result.text)


# ---- any number of tokens

@pytest.mark.parametrize("option", ["-l", "--list"])
@pytest.mark.parametrize("count", [0, 1, 1000])
def test_a_table_of_ones_own(some, ask, option, count):
    """With its heading, also where there is nothing under it."""
    org, began = some[count].org, len(some[count].requests)
    result = ask(some[count], option)
    assert result.status == 0 and result.err == b""
    own = [org.tokens[one].record for one in org.ids()]
    assert rows_of(result.text) == [
        f"{begin_of(one)} {one['description']}" for one in own]
    assert [(r.method, r.path) for r in some[count].requests[began:]] \
        == [("GET", TOKENS)]


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_a_table_of_everyones(some, ask, count):
    """Whose they are stands where the description stands otherwise."""
    org, began = some[count].org, len(some[count].requests)
    result = ask(some[count], "--all-members")
    assert result.status == 0 and result.err == b""
    assert rows_of(result.text, OWNERS) == [
        f"{begin_of(one.record)} {one.owner:36} {one.record['description']}"
        for one in org.tokens.values()]
    assert [(r.method, r.path) for r in some[count].requests[began:]] \
        == [("GET", MEMBERS)]


def test_both_are_all_members(some, ask):
    """--all-members says more than --list."""
    assert ask(some[1], "-l", "--all-members").text.startswith(OWNERS)


@pytest.mark.parametrize("option", ["--list", "--all-members"])
@pytest.mark.parametrize("count", [0, 1, 1000])
def test_records_in_json(some, ask, option, count):
    org = some[count].org
    result = ask(some[count], option, "--json")
    assert result.status == 0 and result.err == b""
    assert result.objects == [one.record for one in org.tokens.values()
                              if option != "--list" or one.owner == SELF]


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_quiet_hides_the_table_alone(some, ask, count):
    quiet = ask(some[count], "-q", "--list")
    assert (quiet.status, quiet.out, quiet.err) == (0, b"", b"")
    both = ask(some[count], "-q", "-j", "--list")
    assert (both.status, both.err) == (0, b"")
    assert len(both.objects) == count


def test_verbose_tells_no_secret(some, ask):
    result = ask(some[1], "-v", "--list")
    assert result.status == 0 and result.err
    assert result.out == ask(some[1], "--list").out


def test_a_hundred_thousand(many, ask):
    own = [many.org.tokens[one] for one in many.org.ids()]
    result = ask(many, "--list", "-t", "50")
    assert result.status == 0 and result.err == b""
    rows = rows_of(result.text)
    assert [row[:36] for row in rows] == [one.id for one in own]
    result = ask(many, "--list", "--json", "-t", "50")
    assert result.status == 0 and result.err == b""
    assert [json.loads(line) for line in result.text.splitlines()] \
        == [one.record for one in own]


# ---- at a terminal

def WIDE(width):
    """Runs a command at a terminal of that width."""
    return ["sh", "-c", f'stty cols {width}; exec "$@"', "sh"]


@pytest.fixture
def states(standin):
    """One of each state, and one that was never used."""
    running = standin(tokens=4, reader=True)
    own = [running.org.tokens[one].record for one in running.org.ids()]
    own[1]["revoked_at"] = "2026-11-01T10:00:00.123456+00:00"
    own[2]["expires_at"] = "2026-10-01T10:00:00+00:00"
    own[3]["last_used_at"] = None
    return running


CELLS = {       # of each token, behind its id and short key
    80: ["active  2026-02-10", "revoked on 2026-11-01", "expired 2026-02-10",
         "active  never"],
    None: ["active                2026-02-10 2026-01-01 never     ",
           "revoked on 2026-11-01 2026-02-10 2026-01-01 never     ",
           "expired               2026-02-10 2026-01-01 2026-10-01",
           "active                never      2026-01-01 never     "]}


@pytest.mark.parametrize("option", ["--list", "--all-members"])
@pytest.mark.parametrize("width", [1, 0, 79, 80, 132, 200])
def test_as_wide_as_the_terminal(states, terminal, option, width):
    """At least 80 columns; then what fits, in this order."""
    at = terminal(states, option, wrapper=WIDE(width))
    assert at.end().status == 0
    tokens = list(states.org.tokens.values())[:4]
    wide = max(width, 80)
    owners = option == "--all-members"
    ends = {(False, 80): [""] * 4, (True, 80): [""] * 4,
            (False, 132): [" " + t.record["description"] for t in tokens],
            (True, 132): [" " + SELF] * 4,
            (True, 200): [f" {SELF:36} {t.record['description']}"
                          for t in tokens]}
    ends[False, 200] = ends[False, 132]
    cells = CELLS.get(wide, CELLS[None])
    heading = {80: NARROW, 132: OWNERS[:124].rstrip() + "\n" if owners
               else HEADING, 200: OWNERS if owners else HEADING}[wide]
    assert rows_of(at.shown, heading, wide)[:4] == [
        f"{t.id} {t.record['short_key']:20} {cell}{end}"
        for t, cell, end in zip(tokens, cells, ends[owners, wide])]


def test_not_at_a_terminal_all_of_it(states, ask, terminal):
    """Whatever the other streams are."""
    one = states.org.tokens[states.org.ids()[0]].record
    one["description"] = "x" * 5000
    result = ask(states, "--all-members")
    assert f" {SELF:36} {'x' * 5000}\n" in result.text
    at = terminal(states, "--all-members", stdout="pipe")
    assert at.end().out == result.out


def test_since_when_it_is_revoked(standin, ask):
    """Of patrm's own revocations, too; and that is what can go."""
    running = standin(tokens=3)
    own = running.org.ids()
    assert ask(running, "--revoke", own[1]).status == 0
    since = running.org.tokens[own[1]].record["revoked_at"][:10]
    rows = rows_of(ask(running, "--list").text)
    assert [f"revoked on {since}" in row for row in rows] \
        == [False, True, False]
    found = ask(running, "--list", "--expired", "--json")
    assert [one["id"] for one in found.objects] == [own[1]]
    assert ask(running, "-", stdin=found.out).status == 0
    assert running.org.ids() == [own[0], own[2]]


# ---- which ones

def ago(days):
    return (datetime.now(timezone.utc) - timedelta(days=days, minutes=1)
            ).isoformat()


@pytest.fixture
def aged(standin):
    """Its tokens by what is particular of them; in plain, since --at is the
    time of certificates, too."""
    running = standin(tokens=0, others=0, reader=True, cert=None)
    add = running.org.add
    made = {"created_at": ago(100), "last_used_at": ago(1)}
    kinds = {
        "plain": add(**made),
        "idle": add(**made | {"last_used_at": ago(95)}),
        "never": add(**made | {"last_used_at": None}),
        "new": add(created_at=ago(5), last_used_at=None),
        "expired": add(**made | {"expires_at": ago(2)}),
        "lasting": add(**made | {"expires_at": ago(-2)}),
        "revoked": add(**made | {"revoked_at": ago(3)}),
        "unknown": add(created_at="once", last_used_at="long ago"),
        "bobs": add(OTHER, **made | {"last_used_at": ago(95)}),
    }
    running.kinds = {token.id: kind for kind, token in kinds.items()}
    running.org.key = kinds["plain"].secret
    return running


CHOSEN = [
    (["--expired"], "expired revoked"),
    (["--unused-for", "90"], "idle never bobs"),
    (["--unused-for", "4"], "idle never new bobs"),
    (["--unused-for=96"], "never"),
    (["--older-than", "99"],
     "plain idle never expired lasting revoked bobs"),
    (["--older-than", "101"], ""),
    (["--older-than", "5"],
     "plain idle never new expired lasting revoked bobs"),
    (["--owner", "bob@example.com"], "bobs"),
    (["--owner", "BOB"], "bobs"),
    (["--owner", "nobody"], ""),
    (["--owner", "alice", "--unused-for", "90"], "idle never"),
    (["--owner", "alice", "--unused-for", "90", "--older-than", "6",
      "--expired"], ""),
    (["--expired", "--older-than", "6"], "expired revoked"),
    (["--expired", "--at", "2126-01-01T00:00:00Z"],
     "expired lasting revoked"),
    (["--unused-for", "90", "--at", "2026-01-01T00:00:00Z"], ""),
]


@pytest.mark.parametrize("args, kinds", CHOSEN, ids=lambda one: str(one))
@pytest.mark.parametrize("option", ["--list", "--all-members"])
def test_only_these(aged, ask, option, args, kinds):
    """In both forms; all of several must hold. What is not known is not so."""
    kinds = [kind for kind in kinds.split()
             if kind != "bobs" or option == "--all-members"]
    result = ask(aged, option, "--json", *args)
    assert result.status == 0
    assert [aged.kinds[one["id"]] for one in result.objects] == kinds
    table = ask(aged, option, *args)
    assert [aged.kinds[one] for one in ids_of(table)] == kinds
    assert table.text.startswith("ID ")


@pytest.mark.parametrize("args", [
    ["--expired"], ["--unused-for", "1"], ["--older-than=1"],
    ["--owner", "x"]], ids=" ".join)
def test_only_of_a_list(serve, delete, args):
    for more in ([ID], ["-"], ["--self"], []):
        result = delete(serve(), *args, *more, stdin=ID.encode(),
                        env={"LANGSMITH_API_KEY": KEY})
        assert result.status == 2, more
        assert args[0].partition("=")[0] in result.errors


@pytest.mark.parametrize("args", [
    ["--unused-for", "x"], ["--unused-for", ""], ["--older-than", "-1"],
    ["--older-than", "99999"], ["--owner", ""], ["--expired=yes"],
    ["--owner", "a", "--owner", "b"], ["--owner", KEY]], ids=" ".join)
def test_no_such_choice(serve, delete, args):
    """An empty name would be anybody's."""
    server = serve()
    result = delete(server, "--list", *args)
    assert result.status == 2 and server.requests == []


def test_what_is_chosen_is_deleted_without_more(aged, ask):
    """patrm --list --unused-for 90 --json | patrm --dry-run -"""
    listed = ask(aged, "--list", "--unused-for", "90", "--json")
    result = ask(aged, "-j", "--dry-run", "-", stdin=listed.out)
    assert [aged.kinds[one["token"]] for one in result.objects] \
        == ["idle", "never"]
    assert aged.org.deleted == {}
    assert ask(aged, "-", stdin=listed.out).status == 0
    assert [aged.kinds[one] for one in aged.org.deleted] == ["idle", "never"]


# ---- progress

@pytest.mark.parametrize("args", [["--list"], ["--list", "--json"],
                                  ["--dry-run", "SHORT"]], ids=" ".join)
def test_progress_of_a_long_list(some, terminal, args):
    """On standard error, and away again before anything else stands there;
    also while a TOKEN is looked up."""
    org = some[1000].org
    last = org.tokens[org.ids()[-1]].record["short_key"]
    args = [last if one == "SHORT" else one for one in args]
    at = terminal(some[1000], *args, stdout="pipe")
    result = at.end()
    assert result.status == 0
    for count in (256, 512, 768):
        text = f"{count} tokens seen"
        assert f"{text}\r{' ' * len(text)}\r" in at.shown
    assert len(result.text.splitlines()) >= 13
    assert "seen" not in result.text


def test_progress_of_a_slow_list(serve, terminal):
    """However short it is."""
    def slowly():
        yield http(200, b"[", length=False)
        for one in IDS[:4]:
            yield json.dumps(record(one)).encode()
            yield 0.4
            yield b"]" if one == IDS[3] else b","
    at = terminal(serve(Turn(slowly(), end="clean")), "-l", "-j", stdout="pipe")
    result = at.end()
    assert result.status == 0 and len(result.objects) == 4
    assert at.shown == "4 tokens seen\r             \r"


@pytest.mark.parametrize("args, more", [
    (["--list"], {}), (["--list", "-q", "-j"], {"stdout": "pipe"}),
    (["--list"], {"stdout": "pipe", "stderr": "pipe"}),
    (["--list", "-v"], {"stdout": "pipe"})], ids=str)
def test_no_progress(some, terminal, args, more):
    """Between rows of a table, to a file, or where nobody wants it."""
    at = terminal(some[1000], *args, **more)
    result = at.end()
    assert result.status == 0
    assert "seen" not in at.shown + result.errors


# ---- memory

def peak_of(process, read):
    """The most KiB of memory that it had at once. Its output goes into a pipe
    that is full: it waits there while it is looked at, at its end, too."""
    def look():
        with suppress(OSError, TypeError):
            with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
                seen.append(int(re.search(r"VmHWM:\s*(\d+) kB",
                                          file.read())[1]))
    seen = []
    limit = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < limit:
        look()
        time.sleep(0.01)
        if asleep(process.pid) and len(seen) > 30:
            break
    while os.read(read, 4096):
        look()
    return max(seen)


def asleep(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rpartition(") ")[2][0] == "S"
    except OSError:
        return True


def measure(start, standin, *args):
    read, write = os.pipe()
    size = fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
    os.write(write, b"x" * size)
    run = start(standin, "-t", "300", *args, stdout=write,
                env={"LANGSMITH_API_KEY": standin.org.key})
    os.close(write)
    peak = peak_of(run.process, read)
    os.close(read)
    assert run.end().status == 0
    return peak


@pytest.mark.native("/proc shows the emulator")
@pytest.mark.parametrize("args", [["--list"], ["--list", "--json"],
                                  ["--dry-run", "--json", "ID"]])
def test_memory_is_fixed(some, many, start, args):
    """Shown, or looked at for a token that is the last of them."""
    def peak(standin):
        own = standin.org.ids()
        return measure(start, standin,
                       *[own[-1] if one == "ID" else one for one in args])
    one, all_of_them = peak(some[1]), peak(many)
    print(f"peak RSS of {' '.join(args)}: 1 token {one} KiB, "
          f"{MANY} tokens {all_of_them} KiB")
    assert all_of_them <= one + 256


# ---- what stands in it

HOSTILE = {
    "escapes": "\x1b[2J\x1b]0;owned\x07\x9b31m",
    "lines": "a\nb\r\nc\td\x0b\x0c\x85\u2028\u2029",
    "all controls": "".join(map(chr, [*range(32), *range(127, 160)])),
    "bidi": "abc\u202egnp.\u2066x\u2069\u200f\u061c",
    "zero width": "a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg",
    "wide": "東京のチームの評価用トークン、夜間に動くもの",
    "wide to the edge": "a" * 21 + "東",
    "halfwidth": "ｱｲｳｴｵ" * 20,
    "emoji": "🚀🔥" * 30,
    "emoji in sequences": "👩‍👩‍👧‍👦" * 4 + "🇩🇪🇯🇵" * 4 + "❤️☎️" * 9,
    "combining": "e\u0301" * 100,
    "marks without end": "a" + "\u0301" * 3000,
    "hangul": "\u1112\u1161\u11ab" * 20,
    "long": "x" * 100_000,
    "long and wide": "漢" * 100_000,
    "just fits": "y" * 22,
    "one too many": "y" * 23,
    "tags": "\U000e0041\U000e007f",
    "noncharacters": "\uffff\ufdd0\U0010ffff",
    "private": "\ue000\U000f0000",
    "backslashes": "\\u{202e}\\",
    "empty": "",
    "null": None,
    "a number": -1.5e300,
    "true": True,
    "an array": ["a\x1b[0m", {"b": "c\u202e"}, None],
    "an object": {"a\x1b": "b" * 3000},
}


FIELDS = ("description", "short_key", "created_by", "last_used_at",
          "created_at", "expires_at", "revoked_at")


def records_with(field):
    return [record(one, **{"created_by": SELF, field: value})
            for one, value in zip(IDS, HOSTILE.values())]


@pytest.mark.parametrize("option", ["--list", "--all-members"])
@pytest.mark.parametrize("field", FIELDS)
def test_hostile_cells(serve, delete, option, field):
    """One line each, the id whole, nothing obeyed; and nothing cut, since it
    is no terminal."""
    listed = http(200, json.dumps(records_with(field),
                                  ensure_ascii=False).encode())
    result = delete(serve(Turn(listed)), option)
    assert result.status == 0 and result.err == b""
    rows = rows_of(result.text, OWNERS if "all" in option else HEADING)
    assert [row[:36] for row in rows] == IDS[:len(HOSTILE)]
    assert is_printable(result.text)
    shown = dict(zip(HOSTILE, rows))
    if field == "created_by" and option == "--list" or field == "revoked_at":
        return
    assert r"\u{1b}[2J" in shown["escapes"]
    assert r"\u{202e}" in shown["bidi"]
    assert "x" * 100_000 in shown["long"]
    assert "\u6f22" * 100_000 in shown["long and wide"]


@pytest.mark.parametrize("option, width", [
    ("--list", 80), ("--all-members", 80), ("--list", 132),
    ("--all-members", 132), ("--all-members", 200), ("--all-members", 4000)])
@pytest.mark.parametrize("field", FIELDS)
def test_hostile_cells_at_a_terminal(serve, terminal, option, width, field):
    """As wide as that is, and no wider."""
    listed = http(200, json.dumps(records_with(field),
                                  ensure_ascii=False).encode())
    at = terminal(serve(Turn(listed)), option, wrapper=WIDE(width))
    assert at.end().status == 0
    heading = at.shown.partition("\n")[0] + "\n"
    rows = rows_of(at.shown, heading, width)
    assert [row[:36] for row in rows] == IDS[:len(HOSTILE)]
    assert is_printable(at.shown)


@pytest.mark.parametrize("ascii_only", [True, False])
def test_hostile_records_in_json(serve, delete, ascii_only):
    """Every field, known or not, as it came; in ASCII."""
    values = [value[:20_000] if isinstance(value, str) else value
              for value in HOSTILE.values()]
    records = [record(one, description=value, more={"deep": [value, [[1]]]},
                      **{"": value, "ключ\x1b": 10 ** 30})
               for one, value in zip(IDS, values)]
    listed = http(200, json.dumps(records, ensure_ascii=ascii_only).encode())
    result = delete(serve(Turn(listed)), "--list", "--json")
    assert result.status == 0 and result.objects == records


def test_numbers_stay_as_they_are(serve, delete):
    numbers = b"[1.0,1.50e+3,-0,123456789012345678901234567890,1E400]"
    one = b'{"id":"%b","n":%b}' % (ID.encode(), numbers)
    result = delete(serve(Turn(http(200, b"[" + one + b"]"))), "-l", "-j")
    assert result.status == 0 and numbers in result.out


def test_an_id_is_shown_as_it_came(serve, delete):
    """In capitals, and with nothing else beside it."""
    server = serve(Turn(http(200, [{"id": ID.upper()}])))
    result = delete(server, "--list")
    assert result.status == 0
    assert [row.split() for row in rows_of(result.text)] \
        == [[ID.upper(), "active"]]


# ---- elements that are none

FAT = json.dumps(record(IDS[1], description="x" * LIMIT))
ODD = {
    "too large": FAT,
    "a string too large": json.dumps("x" * (3 * LIMIT)),
    "too many values": json.dumps(record(IDS[1], more=[0] * 10_000)),
    "without an id": '{"short_key":"lsv2_pt_3f2b"}',
    "empty": "{}",
    "id null": '{"id":null}',
    "id a number": '{"id":7}',
    "id no UUID": '{"id":"me"}',
    "id deeper": json.dumps({"data": record(IDS[1])}),
    "an id too long": json.dumps({"id": IDS[1] + "0"}),
    "a string": f'"{IDS[1]}"',
    "null": "null",
    "a number": "17",
    "false": "false",
    "an array": json.dumps([record(IDS[1])]),
    "an empty array": "[]",
    "two ids": json.dumps(record(IDS[1]))[:-1] + f',"id":"{IDS[2]}"}}',
    "a key twice": json.dumps(record(IDS[1]))[:-1] + ',"description":""}',
    "a key twice by an escape": json.dumps(record(IDS[1]))[:-1]
    + r',"short\u005fkey":""}',
}


def listed(*elements):
    return http(200, f"[{', '.join(elements)}]".encode())


@pytest.mark.parametrize("name", ODD)
@pytest.mark.parametrize("at", [0, 1, 2])
def test_what_is_no_token_is_skipped_and_told(serve, delete, name, at):
    """The rest is shown; where it was is said."""
    good = [json.dumps(record(IDS[5])), json.dumps(record(IDS[6]))]
    elements = [*good[:at], ODD[name], *good[at:]]
    for form in ([], ["--json"]):
        server = serve(Turn(listed(*elements)))
        result = delete(server, "--list", *form)
        assert result.status == 1
        assert ids_of(result)[:2] == [IDS[5], IDS[6]]
        said = told_of(result, form)
        assert f"number {at + 1} " in said, said
        assert ("too large" in said) == name.startswith(("too", "a string t"))
        assert "nothing was deleted" in said
        assert len(server.requests) == 1, "it would be the same again"


def test_only_the_first_of_many_is_named(serve, delete):
    server = serve(Turn(listed("1", json.dumps(record()), "2", "3")))
    result = delete(server, "--list")
    assert result.status == 1 and ids_of(result) == [ID]
    assert "number 1 " in result.errors
    assert len(result.errors.splitlines()) == 1


def test_the_largest_element_that_is_taken(serve, delete):
    """Just what there is room for, and a byte more."""
    for more, status in ((0, 0), (1, 1)):
        empty = json.dumps(record(description=""))
        one = json.dumps(record(description="x" * (LIMIT - len(empty)
                                                   + more)))
        result = delete(serve(Turn(listed(one))), "--list")
        assert result.status == status, more
        assert ids_of(result) == ([] if more else [ID])


# ---- what is no list

def told_of(result, form):
    """The error, which is a line of its own."""
    if not form:
        assert re.fullmatch(r"patrm: [^\n]+\n", result.errors), result.errors
        return result.errors
    assert result.err == b""
    last = json.loads(result.text.splitlines()[-1])
    assert set(last) <= {"outcome", "status", "attempts", "error"}, last
    return last["error"]


class Case:
    """Turns or bytes of the server, and how it ends. says: must be in the
    error, if there is one; shown: how many tokens are. All turns are taken,
    and nothing more is asked for."""

    def __init__(self, status, *turns, says="", shown=0, args=()):
        self.status = status
        self.turns = [t if isinstance(t, Turn) else Turn(t) for t in turns]
        self.says = says
        self.shown = shown
        self.args = args


def cut(data, at, end="cut"):
    return Turn(data[:at], end=end)


ONCE, TWICE = ["--retries=0"], ["--retries=1"]
FINE = http(200, JSON)
SHORT = json.dumps([{"id": one} for one in IDS[:2]]).encode()
BARE = http(200, SHORT)
OPEN = http(200, SHORT, length=False)
IN_CHUNKS = http(200, chunked(SHORT, 7), CHUNKED, length=False)
HEAD = BARE.index(b"\r\n\r\n") + 4

# Where it can be cut: in the status, the fields, and each part of the body.
TORN = {
    f"{kind}, {end}, at {at}": Case(
        1, cut(data, at, end), args=ONCE,
        shown=None if at > HEAD else 0)
    for kind, data in (("length", BARE), ("until close", OPEN),
                       ("chunks", IN_CHUNKS))
    for end in ("cut", "clean")
    for at in [*range(0, len(data), 11), *range(len(data) - 7, len(data))]
} | {
    "until close, cut at its end": Case(1, Turn(OPEN, end="cut"), shown=2,
                                        args=ONCE, says="cut short"),
    "until close, clean": Case(0, Turn(OPEN, end="clean"), shown=2),
    "reset": Case(1, cut(FINE, 1200, "reset"), shown=None, args=ONCE),
    "a chunk that is none": Case(1, http(
        200, b"4\r\n[{\"i\r\nxyz\r\n", CHUNKED, length=False), args=ONCE),
    "a comma too many": Case(1, http(200, JSON[:-1] + b",]"), shown=3),
    "no bracket": Case(1, http(200, JSON[:-1]), shown=3),
    "a number at its end": Case(1, http(200, b"[1"), args=ONCE),
}
NO_LIST = {
    "nothing": Case(1, http(200)),
    "blanks": Case(1, http(200, b" \r\n")),
    "an object": Case(1, http(200, {})),
    "a record": Case(1, http(200, record())),
    "a list inside": Case(1, http(200, {"items": [record()]})),
    "a string": Case(1, http(200, b'"[]"')),
    "null": Case(1, http(200, b"null")),
    "a number": Case(1, http(200, b"7")),
    "a web page": Case(1, http(200, PAGE, kind="text/html"),
                       says="check the endpoint"),
    "a page called JSON": Case(1, http(200, PAGE),
                               says="check the endpoint"),
    "a list called a page": Case(1, http(200, JSON, kind="text/html")),
    "a list of no type": Case(1, http(200, JSON, kind=None)),
    "less than there is": Case(1, http(
        200, SHORT, "X-Pagination-Total: 3"), shown=2, says="2 of 3"),
    "less than there is, said twice": Case(1, http(
        200, SHORT, "X-Pagination-Total: 3, 3"), shown=2, says="2 of 3"),
    "less than one of two says": Case(1, http(
        200, SHORT, "X-Pagination-Total: 2, 3"), shown=2, says="2 of 3"),
    "as many, said twice": Case(0, http(
        200, SHORT, "X-Pagination-Total: 2, 2"), shown=2),
    "a list and more": Case(1, http(200, b"[] x")),
    "two lists": Case(1, http(200, b"[][]")),
    "a BOM": Case(1, http(200, b"\xef\xbb\xbf[]")),
    "no UTF-8": Case(1, http(200, b'["\xff"]')),
    "NUL": Case(1, http(200, b"[\0]")),
    "a lone surrogate": Case(1, http(200, rb'["\ud800"]')),
    "too deep": Case(1, http(200, b"[" * 40 + b"]" * 40)),
    "bad in its middle": Case(1, http(200, JSON.replace(
        b'"CI of', b"'CI of", 2)[:-1] + b"]"), shown=None),
    "204": Case(1, http(204)),
    "gzip": Case(1, http(200, gzip.compress(JSON),
                         "Content-Encoding: gzip")),
    "called gzip": Case(1, http(200, JSON, "Content-Encoding: gzip")),
    **{str(code): Case(1, http(code, JSON)) for code in (
        201, 202, 203, 206, 299)},
    **{str(code): Case(1, http(code, b"", "Location: /x"))
       for code in (301, 302, 303, 307, 308)},
    **{str(code): Case(1, http(code, {"detail": "no"}), says="no",
                       args=ONCE)
       for code in (400, 404, 405, 408, 409, 410, 418, 422, 425, 500, 501,
                    502, 503, 504)},
    "401": Case(3, http(401, {"detail": "Invalid token"}),
                says="Invalid token"),
    "403": Case(3, http(403, {"detail": "Forbidden"}), says="--region"),
    "403, a page": Case(3, http(403, PAGE, kind="text/html")),
    "429": Case(7, http(429, {"detail": "Too Many"}), args=ONCE,
                says="wait"),
    "429 for an hour": Case(7, http(429, b"", "Retry-After: 3600"),
                            args=TWICE, says="3600 s"),
    "no HTTP": Case(1, Turn(b"hello\r\n\r\n", end="clean"), args=ONCE),
    "SSH": Case(1, Turn(b"SSH-2.0-OpenSSH_9.2p1\r\n", end="clean"),
                args=ONCE),
    "no answer": Case(1, Turn(end="cut"), args=ONCE),
    "no handshake": Case(5, Turn(early=True, end="cut"), args=ONCE),
    "not TLS": Case(5, Turn(b"HTTP/1.1 400 Bad\r\n\r\n", early=True,
                            end="clean"), args=ONCE),
}
# Not before anything was shown.
RETRIED = {
    **{f"{code}, then a list": Case(0, http(code), FINE, shown=3)
       for code in (408, 425, 429, 500, 502, 503, 504)},
    "502 twice": Case(1, http(502), http(502)),
    "429 twice": Case(7, http(429), http(429)),
    "502, then 403": Case(3, http(502), http(403)),
    "403 is not": Case(3, http(403)),
    "a page is not": Case(1, http(200, PAGE, kind="text/html")),
    "lost, then a list": Case(0, Turn(end="cut"), FINE, shown=3),
    "lost in the head": Case(0, cut(FINE, 30), FINE, shown=3),
    "lost behind the bracket": Case(0, cut(BARE, HEAD + 1), FINE, shown=3),
    "lost in the first token": Case(0, cut(FINE, HEAD + 100, "reset"),
                                    FINE, shown=3),
    "lost behind what is none": Case(0, cut(http(200, b"[1, 2, {"), -1),
                                     FINE, shown=3),
    "lost behind a token": Case(1, cut(BARE, -5), shown=1),
    "lost in the second token": Case(1, cut(FINE, -300), shown=2),
    "lost before the bracket": Case(1, cut(BARE, -1), shown=2),
    "handshake, then a list": Case(0, Turn(early=True, end="cut"), FINE,
                                   shown=3),
}
TABLE = {f"{title}: {name}": case for title, cases in {
    "torn": TORN, "no list": NO_LIST, "retried": RETRIED}.items()
    for name, case in cases.items()}


@pytest.fixture(scope="module")
def ends(play, certs):
    """The results of all cases, and how many requests there were."""
    def one(patrm, _, case):
        ended = []
        for form in ([], ["--json"]):
            with Server(*case.turns, cert=certs.leaf) as server:
                ended.append((form, server, patrm(
                    "-e", server.endpoint, "--cacert", certs.ca, "--list",
                    *(case.args or TWICE), *form,
                    env={"LANGSMITH_API_KEY": KEY})))
        return ended
    return play(TABLE, one)


@pytest.mark.parametrize("name", TABLE)
def test_what_is_no_list_is_told(ends, name):
    """Never as what a deletion would be, 6 or 8; with what to do."""
    case = TABLE[name]
    for form, server, result in ends[name].result():
        assert result.status == case.status, result
        assert len(server.requests) == sum(not t.early for t in case.turns)
        assert server.extra == []
        shown = ids_of(result)
        assert len(shown) == len(set(shown)), "shown twice"
        if case.shown is not None:
            assert len(shown) == case.shown
        if case.status == 0:
            assert result.err == b""
            continue
        said = told_of(result, form)
        assert case.says in said
        assert re.search(r"; (nothing was deleted|no deletion was sent); .",
                         said)
        assert "unknown whether" not in said


def test_nobody_there(start, certs, patrm):
    with Server(Turn()) as server:
        pass
    result = patrm("-e", f"https://127.0.0.1:{server.port}", "--cacert",
                   certs.ca, "--list", *ONCE, env={"LANGSMITH_API_KEY": KEY})
    assert result.status == 5 and result.out == b""
    assert "check the endpoint" in told_of(result, [])


def test_nobody_to_be_trusted(serve, delete, certs):
    other = certs.pki.leaf(certs.pki.ca("Another Root"))
    server = serve(Turn(FINE), cert=other)
    result = delete(server, "--list")
    assert result.status == 5 and result.out == b""
    assert "--cacert" in told_of(result, [])
    assert server.requests == [], "the key was not sent"


def test_those_of_others_are_not_for_all(standin, ask):
    """Nobody's are shown then."""
    running = standin(tokens=2)
    result = ask(running, "--all-members")
    assert result.status == 3 and result.out == b""
    assert "Forbidden" in told_of(result, [])


@pytest.mark.parametrize("bad_key", [401, 403])
def test_a_wrong_key(standin, ask, bad_key):
    running = standin(bad_key=bad_key)
    result = ask(running, "--list", "-j", key="lsv2_pt_wrong")
    assert result.status == 3
    told, = result.objects
    assert told["outcome"] == "forbidden" and told["status"] == bad_key


# ---- in pieces

SMALL = json.dumps([{"id": IDS[0], "a": "ü\"\\\u202e]"}, {"id": IDS[1]}],
                   ensure_ascii=False).encode()


@pytest.fixture(scope="module")
def splits(play, certs):
    """In two chunks, wherever the border is; in plain, which is quicker."""
    def one(patrm, _, at):
        body = b"".join(chunked(part, len(part))[:-5] for part in (
            SMALL[:at], SMALL[at:])) + b"0\r\n\r\n"
        head = http(200, CHUNKED.encode(), CHUNKED, length=False)
        head = head[:head.index(b"\r\n\r\n") + 4]
        with Server(Turn([head, *re.split(rb"(?<=\r\n)", body)])) as server:
            return patrm("-e", server.endpoint.replace("localhost",
                                                       "127.0.0.1"),
                         "--list", "-j", env={"LANGSMITH_API_KEY": KEY})
    return play({at: at for at in range(1, len(SMALL))}, one)


def test_a_border_anywhere(splits):
    for at, run in splits.items():
        result = run.result()
        assert result.status == 0, (at, result)
        assert result.objects == json.loads(SMALL), at


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1000])
@pytest.mark.parametrize("plain", [False, True], ids=["tls", "plain"])
def test_byte_by_byte(serve, delete, size, plain):
    """Chunks of every size, each byte in a record of its own."""
    data = http(200, chunked(JSON, size), CHUNKED, length=False)
    server = serve(Turn(each_byte(data)), plain=plain)
    endpoint = server.url("127.0.0.1") if plain else None
    result = delete(server, "-l", "-j", endpoint=endpoint)
    assert result.status == 0 and result.objects == json.loads(JSON)


# ---- time, signals, and where it goes

def trickle(head, piece):
    yield head
    while True:
        yield 0.1
        yield piece


TRICKLES = {
    "nothing": [],
    "a head": [b"HTTP/1.1 200 OK\r\nContent-Type: applica"],
    "blanks": trickle(http(200, b"", length=False), b" "),
    "fields": trickle(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "tokens": trickle(http(200, b"[", length=False),
                      json.dumps(record()).encode() + b","),
    "one token": trickle(http(200, b'[{"a":"', length=False), b"x"),
}


@pytest.mark.parametrize("name", TRICKLES)
def test_a_list_has_a_deadline(serve, delete, name):
    """All of it, however much comes all the while."""
    server = serve(Turn(TRICKLES[name], end="hang"))
    result = delete(server, "--list", "-t", "1")
    assert result.status == 1
    assert 1 <= result.seconds < 3
    assert "--timeout" in result.errors or "cut short" in result.errors
    assert "timed out" in result.errors


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT,
                                    signal.SIGHUP])
@pytest.mark.parametrize("sent", [[], [http(200, JSON[:-1], length=False)]],
                         ids=["unanswered", "within"])
def test_a_signal_ends_it(serve, start, number, sent):
    server = serve(Turn(sent, end="hang"))
    run = start(server, "--list")
    until(lambda: server.requests)
    time.sleep(0.2)     # what was sent is read, or will be
    run.send(number)
    result = run.end()
    assert result.status == 128 + number
    assert "stopped by" in result.errors
    assert result.seconds < 5


@pytest.mark.parametrize("count, form", [
    (0, []), (1, []), (1, ["--json"]), (1, ["-qj"]), (1000, []),
    (1000, ["--json"])])
def test_a_full_disk(some, ask, count, form):
    """What was not shown was not done."""
    with open("/dev/full", "wb") as full:
        result = ask(some[count], "--list", *form, stdout=full)
    assert result.status == 1


@pytest.mark.parametrize("form", [[], ["--json"]], ids=" ".join)
def test_nobody_who_reads(some, ask, form):
    """`patrm --list | head -0` is no crash."""
    read, write = os.pipe()
    os.close(read)
    with open(write, "wb") as closed:
        result = ask(some[1000], "--list", *form, stdout=closed)
    assert result.status == 1


def test_who_reads_slowly(some, ask):
    """Gets all of it."""
    read, write = os.pipe()
    got = bytearray()

    def sip():
        time.sleep(0.5)
        while data := os.read(read, 1000):
            got.extend(data)
    reader = threading.Thread(target=sip)
    reader.start()
    with open(write, "wb") as pipe:
        result = ask(some[1000], "--list", "--json", stdout=pipe)
    reader.join(10)
    os.close(read)
    assert result.status == 0 and len(got.splitlines()) == 1000
