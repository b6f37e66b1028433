# SPDX-License-Identifier: MIT
# Lines of --list --json are TOKENs on standard input, whatever their length;
# and a byte order mark before the first one, or in a key's file, is none.

import json

import pytest

from organization import MEMBERS, SERVICES, TOKENS
from server import IDS, Turn, http, record

MARK = b"\xef\xbb\xbf"
LIMIT = 512 << 10


def deletions(running):
    return [one.path.rpartition("/")[2] for one in running.requests
            if one.method == "DELETE"]


@pytest.mark.parametrize("args", [[], ["--verify"]], ids=str)
def test_a_list_deletes_itself(standin, ask, args):
    """As ids: without a question, the one that authenticates last."""
    running = standin(tokens=5)
    own = running.org.ids()
    listed = ask(running, "--list", "--json")
    result = ask(running, "-j", *args, "-", stdin=listed.out)
    assert result.status == 0
    assert [one["token"] for one in result.objects] == own[1:] + own[:1]
    assert [one["record"]["id"] for one in result.objects] \
        == [one["token"] for one in result.objects]
    assert running.org.ids() == []


def test_nothing_of_a_dry_run(standin, ask):
    running = standin(tokens=5)
    own = [running.org.tokens[one].record for one in running.org.ids()]
    listed = ask(running, "--list", "--json")
    result = ask(running, "-j", "--dry-run", "-", stdin=listed.out)
    assert result.status == 0
    assert [one["record"] for one in result.objects] == own
    assert {one["outcome"] for one in result.objects} == {"would-delete"}
    assert deletions(running) == [] and running.org.deleted == {}


def test_service_keys_of_a_list(standin, ask):
    """Their short keys say what they are, too."""
    for args in ([], ["--service-keys"]):
        running = standin(services=3)
        listed = ask(running, "--list", "--json", "--service-keys")
        result = ask(running, "-j", *args, "-", stdin=listed.out)
        assert result.status == 0 and running.org.services == {}
        assert len(running.org.tokens) == 5


def test_records_without_a_short_key(standin, ask):
    running = standin(services=1)
    key, = running.org.services
    line = json.dumps({"id": key}).encode()
    assert ask(running, "-", stdin=line).status == 4
    assert ask(running, "--service-keys", "-", stdin=line).status == 0
    assert [one.path for one in running.requests] == [
        f"{TOKENS}/{key}", MEMBERS, f"{SERVICES}/{key}"]


@pytest.mark.parametrize("letter", ["x", "\u00fc", "\u6771", "\n"])
@pytest.mark.parametrize("size", [1_000, 5_000, 60_000])
def test_any_length(standin, ask, letter, size):
    """Longer than any other line may be, through a pipe."""
    running = standin(tokens=3)
    own = running.org.ids()
    running.org.tokens[own[1]].record["description"] = letter * size
    listed = ask(running, "--list", "--json")
    result = ask(running, "-j", "-n", "-", stdin=listed.out)
    assert result.status == 0
    assert [one["token"] for one in result.objects] == own
    assert ask(running, "-", stdin=listed.out).status == 0
    assert running.org.ids() == []


@pytest.mark.parametrize("more, outcome", [(0, "deleted"), (1, "invalid")])
def test_the_largest(serve, delete, more, outcome):
    """Just what a list may show, and a byte more: the next is no matter."""
    line = json.dumps(record(IDS[0], description=""), separators=(",", ":"))
    line = line.replace('"description":""',
                        f'"description":"{"x" * (LIMIT - len(line) + more)}"')
    assert len(line) == LIMIT + more
    turns = [Turn(http(200, record(one))) for one in IDS[:2]]
    server = serve(Turn(http(403)), *turns[more:])
    result = delete(server, "-j", "-",
                    stdin=f"{line}\n{IDS[1]}\n".encode())
    assert [one["outcome"] for one in result.objects] == [outcome, "deleted"]


BAD = {
    "torn": b'{"id":"' + IDS[0].encode(),
    "no id": b'{"short_key":"lsv2_pt_3f2b...9d10"}',
    "a secret in it": b'{"id":"lsv2_pt_' + b"3" * 32 + b'_0123456789"}',
    "two ids": json.dumps({"id": IDS[0]}).encode()[:-1]
    + b',"id":"%b"}' % IDS[1].encode(),
    "what a deletion prints": json.dumps(
        {"token": IDS[0], "outcome": "deleted", "record": record()}).encode(),
    "what a torn list prints": json.dumps(
        {"outcome": "refused", "error": "cut short"}).encode(),
    "an array": json.dumps([record()]).encode(),
    "two on a line": json.dumps({"id": IDS[0]}).encode() * 2,
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_record(serve, delete, name):
    """It is told by its line, and never repeated."""
    server = serve()
    result = delete(server, "-j", "-", stdin=b"\n" + BAD[name] + b"\n")
    told, = result.objects
    assert (result.status, told["token"], told["outcome"]) \
        == (2, "line 2", "invalid")
    assert "lsv2_pt_333" not in result.text and server.requests == []


def test_none_on_the_command_line(serve, delete):
    server = serve()
    result = delete(server, "-j", json.dumps({"id": IDS[0]}))
    assert result.status == 2 and server.requests == []


def test_a_record_and_its_id_are_one(standin, ask):
    running = standin()
    own = running.org.tokens[running.org.ids()[1]]
    lines = f"{own.id}\n{json.dumps(own.record)}\n{own.id.upper()}\n"
    result = ask(running, "-j", "-", stdin=lines.encode())
    assert result.status == 0 and len(result.objects) == 1
    assert deletions(running) == [own.id]


def test_more_than_a_batch(standin, ask):
    running = standin(tokens=1500)
    listed = ask(running, "--list", "--json")
    result = ask(running, "-j", "-", stdin=listed.out)
    assert result.status == 0 and running.org.ids() == []
    assert deletions(running)[-1] == running.org.secrets[running.org.key].id


# ---- a byte order mark

@pytest.mark.parametrize("lines", [
    b"%b\n", b"%b", b"\r\n%b\r\n", b"# ids\r\n%b\n", b" %b \n"])
@pytest.mark.parametrize("form", ["id", "short", "secret", "record"])
def test_before_the_first_token(standin, ask, lines, form):
    running = standin()
    own = running.org.tokens[running.org.ids()[1]]
    text = {"id": own.id, "short": own.record["short_key"],
            "secret": own.secret, "record": json.dumps(own.record)}[form]
    result = ask(running, "-y", "-j", "-", stdin=MARK + lines % text.encode())
    assert result.status == 0, result
    assert list(running.org.deleted) == [own.id]


def test_nothing_but_a_mark(standin, ask):
    running = standin()
    result = ask(running, "-", stdin=MARK)
    assert result.status == 2 and "no TOKEN" in result.errors


def test_elsewhere_it_is_part_of_it(standin, ask):
    running = standin()
    own = running.org.ids()[1].encode()
    result = ask(running, "-j", "-", stdin=b"\n" + MARK + own)
    assert result.status == 2 and running.org.deleted == {}
    result = ask(running, "-j", "-", stdin=MARK * 2 + own)
    assert result.status == 2 and running.org.deleted == {}


@pytest.mark.parametrize("form", ["file", "input"])
@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\"\n"])
def test_in_a_key_file(standin, ask, key_file, form, end):
    running = standin()
    own = running.org.ids()[1]
    quote = '"' if '"' in end else ""
    content = MARK + f"{quote}{running.org.key}{end}".encode()
    args, more = ["-k", key_file(content)], {}
    if form == "input":
        args, more = ["-k", "-"], {"stdin": content}
    assert ask(running, *args, own, key="lsv2_pt_wrong", **more).status == 0


def test_in_a_bearer_file(standin, ask, key_file):
    running = standin()
    file = key_file(MARK + running.org.bearer.encode())
    result = ask(running, "--bearer-file", file, "-o", running.org.id,
                 running.org.ids()[1])
    assert result.status == 0
