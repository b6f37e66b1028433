# SPDX-License-Identifier: MIT
# The command line, the environment and the standard streams: what is taken,
# what is refused before anything is sent, and what is written where.

import os
import re
import subprocess
import time

import pytest

from conftest import KEY
from server import ID, IDS, Turn, http, record, until

ORG = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
SECRET = "lsv2_pt_" + "9" * 32 + "_" + "8" * 10
GIVEN = {"LANGSMITH_API_KEY": KEY}
BIG = 10 << 20
BLOCK = 1024    # TOKENs that are taken together
# Of several TOKENs: which one authenticates is looked for first.
LOOK = Turn(http(200, b"[]"))


def refused(result, *words, json=False):
    """A mistake of the caller: status 2, one line, nothing else; with --json
    one object of no TOKEN, nothing else."""
    assert result.status == 2, result
    if json:
        said, = result.objects
        assert set(said) == {"outcome", "error"}, result
        assert said["outcome"] == "invalid" and result.err == b""
        said = said["error"]
    else:
        assert result.out == b""
        assert re.fullmatch(r"patrm: [^\n]+\n", result.errors), result
        said = result.errors
    assert len(said) < 1000
    for word in words:
        assert word in said
    assert result.seconds < 5


@pytest.fixture
def never(serve):
    """A server that nobody may come to."""
    server = serve(Turn(http(204)))
    yield server
    assert server.connections == 0


# ---- options

@pytest.mark.parametrize("option", ["-h", "--help", "-jh"])
def test_help(patrm, option):
    result = patrm(option)
    assert result.status == 0 and result.err == b""
    for name in ("-e, --endpoint", "--region", "-o, --organization",
                 "-w, --workspace", "-k, --api-key-file", "--bearer-file",
                 "--profile", "-l, --list", "--all-members", "--self",
                 "--revoke", "-n, --dry-run", "-y, --yes",
                 "--ignore-missing", "--verify", "--audit", "-j, --json",
                 "-q, --quiet", "-v, --verbose", "-t, --timeout",
                 "--retries", "--cacert", "--pin", "--at", "-h, --help",
                 "-V, --version"):
        assert name in result.text
    assert max(map(len, result.text.splitlines())) <= 80


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_version(patrm, option):
    result = patrm(option)
    assert result.status == 0 and result.err == b""
    assert re.match(r"patrm \d+\.\d+\.\d+\b", result.text)
    for part in (r"mbed ?TLS 3\.6\.7", r"jsmn 1\.1\.0", r"musl 1\.2\.6"):
        assert re.search(part, result.text, re.I), result.text


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_that_cannot_be_written(patrm, option):
    with open("/dev/full", "wb") as full:
        result = patrm(option, stdout=full)
    assert result.status > 0


@pytest.mark.parametrize("args, words", [
    ([], []),
    (["--"], []),
    (["--nonsense", ID], ["--nonsense"]),
    (["--jso", ID], ["--jso"]),
    (["--JSON", ID], []),
    (["-x", ID], ["-x"]),
    (["-jx", ID], ["x"]),
    (["--=x", ID], []),
    (["---json", ID], ["---json"]),
    (["--cert=/nowhere/at/all", ID], ["cannot open /nowhere/at/all"]),
    (["--cert=/dev/null", ID], ["no certificate in /dev/null"]),
    (["--key=/dev/null", ID], ["--key was given without --cert"]),
    (["--key=-", "--cert=-", ID], []),
    (["--header-file=/nowhere/at/all", ID], ["cannot open /nowhere/at/all"]),
    (["--header-file=/etc/hosts", ID], ["line", "/etc/hosts"]),
    (["--profile=x", ID], ["profile x"]),
    (["--profile=", ID], ["profile"]),
    *[([f"--audit={path}", ID], ["cannot open " + path]) for path in (
        "", "/", "/nowhere/at/all")],
    (["--pin=x", ID], []),
    (["--at=x", ID], []),
    # none that takes a secret, none that turns checks off
    *[([f"--{name}=x", ID], [f"--{name}"]) for name in (
        "api-key", "bearer", "token", "insecure", "no-verify")],
    # values
    (["--json=yes", ID], ["--json"]),
    (["--help=yes"], ["--help"]),
    (["--quiet=", ID], ["--quiet"]),
    ([ID, "-e"], ["--endpoint"]),
    ([ID, "--cacert"], ["--cacert"]),
    ([ID, "-jk"], ["--api-key-file"]),
    *[(["-t", value, ID], []) for value in (
        "", "0", "-1", "+1", "1.5", "1e3", "86401", "99999999999999999999",
        "4294967297", "18446744073709551617", "0x10", " 1", "1 ", "1s",
        "one")],
    *[(["--retries", value, ID], []) for value in (
        "", "-1", "101", "1.0", "x", "4294967296", "18446744073709551616")],
    *[(["--region", value, ID], []) for value in ("", "mars", "US", "eu ")],
    *[([option, value, ID], []) for option in ("-o", "-w") for value in (
        "", "me", ORG[:-1], ORG + "0", ORG.replace("-", ""), f"{{{ORG}}}",
        ORG.replace("0", "g"), f"{ORG}\r\nX: y", f" {ORG}", f"{ORG}\n",
        "1" * 100_000)],
    # twice
    (["-e", "https://a", "-e", "https://a", ID], ["--endpoint"]),
    (["-t1", "--timeout=1", ID], ["--timeout"]),
    (["--retries=1", "--retries=1", ID], ["--retries"]),
    (["-o", ORG, "-o", ORG, ID], ["--organization"]),
    (["-w", ORG, "-w", ORG, ID], ["--workspace"]),
    (["--region=us", "--region=us", ID], ["--region"]),
    (["--cacert=a", "--cacert=a", ID], ["--cacert"]),
    (["-ka", "-ka", ID], ["--api-key-file"]),
    (["--bearer-file=a", "--bearer-file=a", ID], ["--bearer-file"]),
    (["--profile=a", "--profile=a", ID], ["--profile"]),
    (["--audit=a", "--audit=a", ID], ["--audit"]),
    *[([f"--{name}=a", f"--{name}=a", ID], [f"--{name}"]) for name in (
        "cert", "key", "header-file")],
    # that cannot be used together
    *[([option, token], ["--list", "TOKEN"]) for token in (ID, "-")
      for option in ("-l", "--list", "--all-members")],
    (["--self", ID], ["--self", "TOKEN"]),
    (["--self", "-", ID], ["--self", "TOKEN"]),
    (["--self", ID, "-"], ["--self", "TOKEN"]),
    (["--self", "-", "-k", "/dev/null"], ["--self -"]),
    (["--self", "-", "-k", "-"], ["--self -"]),
    (["--self", "-", "-o", ORG, "--bearer-file", "/dev/null"], ["--self -"]),
    (["--self", "-", "--list"], ["--self", "--list"]),
    *[(["--self", "-y", option], ["--self", "--list"]) for option in (
        "-l", "--list", "--all-members")],
    (["--self", "--bearer-file=/dev/null", "-o", ORG], []),
    *[([option, "--verify", ID], ["--verify", "--dry-run"]) for option in (
        "-n", "--dry-run")],
    (["--self", "--verify", "-n"], ["--verify", "--dry-run"]),
    (["-q", "-v", ID], []),
    (["-qv", ID], []),
    (["-e", "https://localhost", "--region=us", ID], []),
    (["-k", "/dev/null", "--bearer-file=/dev/null", "-o", ORG, ID], []),
    (["-k", "-", "-"], []),
    (["--bearer-file=-", "-o", ORG, "-"], []),
    (["-", "-"], []),
    (["-k-", "--bearer-file=-", "-o", ORG, ID], []),
    # trust in nothing
    (["--cacert=", ID], []),
    (["--cacert=/nowhere/at/all", ID], ["/nowhere/at/all"]),
    (["--cacert=/", ID], []),
    (["--cacert=/dev/null", ID], []),
    (["--cacert=/etc/hosts", ID], ["/etc/hosts"]),
], ids=lambda x: " ".join(x)[:60])
def test_wrong_options(patrm, never, args, words):
    """Whatever else is right."""
    given = " ".join(args)
    if "-e" not in args and "--region" not in given:
        args = ["-e", never.endpoint, *args]
    refused(patrm(*args, env=GIVEN, stdin=ID.encode()), *words,
            json=any(arg.startswith("-j") for arg in args))


@pytest.mark.parametrize("value", ["1", "86400", "0030"])
def test_timeouts(serve, delete, value):
    assert delete(serve(Turn(http(204))), "-t", value, ID).status == 0


@pytest.mark.parametrize("value", ["0", "100"])
def test_retries(serve, delete, value):
    server = serve(Turn(http(204)))
    assert delete(server, f"--retries={value}", ID).status == 0


@pytest.mark.parametrize("env", [
    {"LANGSMITH_ORGANIZATION_ID": "me"},
    {"LANGSMITH_WORKSPACE_ID": "me"},
    {"LANGSMITH_TENANT_ID": f"{ORG}\r\nX: y"},
    {"LANGSMITH_BEARER_TOKEN": "x"},    # without organization or workspace
    {"LANGSMITH_BEARER_TOKEN": "x y", "LANGSMITH_WORKSPACE_ID": ORG},
    {"LANGSMITH_API_KEY": ""},
    {"LANGSMITH_API_KEY": " ", "LANGCHAIN_API_KEY": '""'},
    {"LANGSMITH_API_KEY": f"{KEY} {KEY}"},
    {"LANGSMITH_API_KEY": f"{KEY}\r\nX-Evil: 1"},
    {"LANGSMITH_API_KEY": f"{KEY}\nX-Evil: 1"},
    {"LANGSMITH_API_KEY": f"{KEY}\rX-Evil: 1"},
    {"LANGSMITH_API_KEY": f"{KEY}\x01"},
    {"LANGSMITH_API_KEY": f"{KEY}\x7f"},
    {"LANGSMITH_API_KEY": f"{KEY}\t1"},
    {"LANGSMITH_API_KEY": "x" * 8193},
    {"LANGSMITH_API_KEY": "x" * 100_000},
    {"LANGCHAIN_API_KEY": f"{KEY}\nX-Evil: 1", "LANGSMITH_API_KEY": ""},
    {"SSL_CERT_FILE": "/nowhere/at/all"},
], ids=lambda env: repr(env)[:60])
def test_wrong_environment(patrm, never, env):
    result = patrm("-e", never.endpoint, ID, env=GIVEN | env)
    refused(result)
    assert "Evil" not in result.errors


def test_no_key(patrm, never):
    refused(patrm("-e", never.endpoint, ID), "LANGSMITH_API_KEY",
            "--api-key-file")


def test_bearer_without_a_scope(patrm, never, key_file):
    refused(patrm("-e", never.endpoint, "--bearer-file", key_file("x"), ID),
            "--organization", "--workspace")


@pytest.mark.parametrize("args, env, words", [
    (["-o", ORG], {"LANGSMITH_BEARER_TOKEN": "x"}, ["bearer"]),
    ([], {"LANGSMITH_API_KEY": "lsv2_pt_3f2b...9d10"}, ["--self"]),
    ([], {"LANGSMITH_API_KEY": "x" * 51}, ["--self"]),
])
def test_self_without_a_secret(patrm, never, args, env, words):
    """What is to be deleted is found by it."""
    refused(patrm("-e", never.endpoint, "--self", "-y", *args, env=env),
            *words)


@pytest.mark.parametrize("content", [
    b"", b"\n", b" \t\r\n", b'""', b"''\n",
    f"{KEY}\n{KEY}\n".encode(),
    f"{KEY} more".encode(),
    f"{KEY}\r\nX-Evil: 1".encode(),
    f"{KEY}\rX-Evil: 1".encode(),
    f"{KEY}\0".encode(),
    f"\0{KEY}".encode(),
    f"{KEY}\x1b[2J".encode(),
    f"{KEY}\x7f".encode(),
    b"x" * 8193,
    b"x" * BIG,
    b" " * BIG,
    b"\n" * 9000 + KEY.encode(),
    bytes(BIG),
], ids=lambda content: f"{content[:70]!r:.70}")
@pytest.mark.parametrize("how", ["-k", "-k-", "--bearer-file"])
def test_wrong_keys(patrm, never, key_file, how, content):
    path = key_file(content)
    with open(path, "rb") as stdin:
        args = ["-k", "-"] if how == "-k-" else [how, path]
        result = patrm("-e", never.endpoint, "-o", ORG, *args, ID,
                       stdin=stdin)
    refused(result)
    assert "Evil" not in result.errors


@pytest.mark.parametrize("path", ["/nowhere/at/all", "/", "", "/dev/null"])
def test_no_key_file(patrm, never, path):
    refused(patrm("-e", never.endpoint, "-k", path, ID, env=GIVEN))


@pytest.mark.parametrize("url", [
    "", " ", "localhost", "//localhost", "ftp://localhost", "https:",
    "https:/localhost", "https://", "https:///", "https://:443",
    "https://user@localhost", "https://user:pw-of-mine@localhost",
    "https://localhost?a=b", "https://localhost/?a=b",
    "https://localhost#top", "https://localhost:0", "https://localhost:65536",
    "https://localhost:-1", "https://localhost:x", "https://localhost:1x",
    "https://localhost:4294967739", "https://[::1", "https://::1",
    "https://[::1]x", "https://local host", "https://localhost/a b",
    "https://localhost/\r\nX-Evil: 1", "https://localhost\r\nX-Evil: 1",
    "https://localhost\n", "https://localhost/\t", "https://localhost/\x7f",
    "https://localhost/\x1b[2J", "https://localhost/é", "https://é.example",
    "https://localhost\\@evil", "https://" + "a" * 300,
    "https://localhost/" + "a" * 1000, "https://localhost/" + "a" * 100_000,
], ids=lambda url: repr(url)[:50])
def test_wrong_endpoints(patrm, url):
    """In either place; and what may be a password is not repeated."""
    result = patrm("-e", url, ID, env=GIVEN)
    refused(result)
    assert "Evil" not in result.errors and "pw-of-mine" not in result.errors
    if url.strip():
        refused(patrm(ID, env=GIVEN | {"LANGSMITH_ENDPOINT": url + "#"}))


@pytest.mark.parametrize("url, api", [
    ("https://smith.langchain.com", "https://api.smith.langchain.com"),
    ("https://EU.smith.langchain.com/o/1?a=b".split("?")[0],
     "https://eu.api.smith.langchain.com"),
    ("https://apac.smith.langchain.com./api/v1",
     "https://apac.api.smith.langchain.com"),
    ("http://aws.smith.langchain.com:8080",
     "https://aws.api.smith.langchain.com"),
])
def test_web_pages_are_no_endpoints(patrm, url, api):
    """It is known without a look at them."""
    for args, env in ((["-e", url], {}), ([], {"LANGSMITH_ENDPOINT": url})):
        result = patrm(*args, ID, env=GIVEN | env, wrapper=[
            "strace", "-o", "/dev/null", "-e", "inject=socket:signal=KILL"])
        refused(result)
        assert f"the API is at {api};" in result.errors


# ---- TOKENs

NO_TOKENS = [
    "", "x", "-x-", ID[:-1], ID + "0", ID.replace("-", ""), f"{{{ID}}}",
    f"urn:uuid:{ID}", ID.replace("3", "g"), f"{ID}/revocation", f"{ID}/",
    f"{ID}?x", f"{ID}%2frevocation", f"../{ID}", f"{ID}#", f"{ID} {ID}",
    ID.replace("-", "_"), f"{ID}\t\tz", f"{ID}\x1b[2J", f"{ID}é", "ＡＢ",
    f"{ID}\r\nX-Evil: 1", f"{ID}\rX", "1" * 900,
    SECRET[:30], "lsv2_pt_", "lsv2_sk_" + "1" * 32, "lsv2_",
    "ls__" + "a" * 32, "ls__", SECRET[:-1], SECRET + "8", SECRET + SECRET,
    SECRET.replace("_8", "-8"), SECRET.replace("9", "g"),
    # 3 characters and 17: short keys have 4 to 16
    "lsv2_pt_3f2", "lsv2_pt_3f...9", "lsv2_pt_" + "9" * 17,
    "lsv2_pt_" + "9" * 9 + "..." + "8" * 8, "lsv2_pt_...",
    "lsv2_pt_3f2b-9d10", "lsv2_pt_3f2b...9d10 x", "lsv2_pt_3f2b.\x1b[2J.9d10",
    "LSV2_PT_3F2B", "lsv2_pt_3f2b" + "." * 1000,
]
EXAMPLE = "lsv2_pt_3f2b...9d10"     # what errors say that a short key is like


def said_by(result):
    """What errors have of the TOKEN, and not from their own example."""
    return (result.text + result.errors).replace(EXAMPLE, "")


@pytest.mark.parametrize("token", [*NO_TOKENS, SECRET],
                         ids=lambda t: repr(t)[:40])
def test_wrong_arguments(never, delete, token):
    """Told by where it stands, never by what it is."""
    for args in ([], ["-j"], ["-v"]):
        result = delete(never, *args, "--", token)
        assert result.status == 2
        said = said_by(result)
        assert "Evil" not in said and "\x1b" not in said
        assert len(token) < 4 or token not in said
    assert re.fullmatch(r"patrm: argument 1: .+\n", result.errors)
    result = delete(never, "-j", "--", token)
    assert [(o["token"], o["outcome"]) for o in result.objects] \
        == [("argument 1", "invalid")]
    assert set(result.objects[0]) == {"token", "outcome", "error"}


@pytest.mark.parametrize("token", [t for t in NO_TOKENS
                                   if t and "\n" not in t],
                         ids=lambda t: repr(t)[:40])
def test_wrong_lines(never, delete, token):
    result = delete(never, "-j", "-", stdin=f"\n# x\n{token}\n".encode())
    assert result.status == 2
    assert [(o["token"], o["outcome"]) for o in result.objects] \
        == [("line 3", "invalid")]
    assert token not in said_by(result) or len(token) < 4
    result = delete(never, "-", stdin=token.encode())
    assert re.fullmatch(r"patrm: line 1: .+\n", result.errors), result


def test_a_secret_is_told_as_one(never, delete):
    """What shows as much of one is, too; both hints, where it has to go."""
    for token in (SECRET, SECRET[:-1], SECRET[:30], SECRET[:25]):
        result = delete(never, "-j", token)
        assert result.status == 2
        assert "secret" in result.objects[0]["error"]
        assert "standard input" in result.objects[0]["error"]
        assert SECRET[8:14] not in result.text


LISTS = ["/api/v1/orgs/current/personal-access-tokens",
         "/api/v1/orgs/current/members/personal-access-tokens"]


@pytest.mark.parametrize("args, stdin, name", [
    (["lsv2_pt_3f2b"], b"", "argument 1"),
    ([EXAMPLE], b"", "argument 1"),
    (["-"], b"\n lsv2_pt_3f2b***9d10\r\n", "line 2"),
    (["-"], SECRET.encode(), "line 1"),
])
def test_what_is_no_id_is_looked_up(serve, delete, args, stdin, name):
    """By its own form, never by what is sent; nothing is there."""
    server = serve(Turn(http(200, b"[]")), Turn(http(403)))
    result = delete(server, "-j", "-y", *args, stdin=stdin)
    assert [(o["token"], o["outcome"]) for o in result.objects] \
        == [(name, "missing")]
    assert result.status == 4
    assert [request.split(b" ")[:2] for request in server.requests] \
        == [[b"GET", path.encode()] for path in LISTS]
    assert SECRET[8:14] not in said_by(result) + repr(server.requests)


@pytest.mark.parametrize("args, stdin", [
    (["lsv2_pt_3f2b"], b""), ([EXAMPLE], b""), (["-"], EXAMPLE.encode()),
    (["-j", "--self"], b""), (["-", IDS[0]], EXAMPLE.encode()),
])
def test_nobody_to_ask(serve, delete, args, stdin):
    """Without a terminal nothing is deleted, no id beside it either."""
    key = "lsv2_pt_3f2b" + "1" * 28 + "_" + "2" * 6 + "9d10"
    lists = 1 if "--self" in args else 2    # the members' is not shown
    server = serve(*[Turn(http(200, [record()])), Turn(http(403))][:lists])
    result = delete(server, *args, stdin=stdin, start_new_session=True,
                    env={"LANGSMITH_API_KEY": key})
    assert result.status == 2
    assert "no terminal" in result.text + result.errors
    assert "--yes" in result.text + result.errors
    server.stop()
    assert [request.split(b" ")[:2] for request in server.requests] \
        == [[b"GET", path.encode()] for path in LISTS[:lists]]
    assert server.extra == []


def test_the_right_arguments_are_done(serve, delete):
    server = serve(LOOK, Turn(http(204)), Turn(http(204)))
    result = delete(server, "-j", "x", IDS[0], SECRET, IDS[1])
    assert result.status == 9
    assert [(o["token"], o["outcome"]) for o in result.objects] == [
        ("argument 1", "invalid"), (IDS[0], "deleted"),
        ("argument 3", "invalid"), (IDS[1], "deleted")]


def test_an_unknown_option_is_not_repeated_if_it_may_be_a_secret(patrm):
    for option in (f"--{SECRET}", f"-{SECRET}", f"--api-key={SECRET}",
                   f"-x{SECRET}", f"--endpiont={SECRET}"):
        result = patrm(option, ID, env=GIVEN)
        refused(result)
        assert SECRET[8:14] not in result.errors


BATCH = f"""\
# the tokens of last year
{IDS[0]}

   \t
{IDS[1].upper()}\r
  {IDS[2]}\t
\r
#{IDS[9]}
no token
{IDS[3]}""".encode()


@pytest.mark.parametrize("pieces", ["whole", "bytes"])
def test_a_batch(serve, start, pieces):
    server = serve(LOOK, *[Turn(http(204))] * 4)
    read, write = os.pipe()
    with open(write, "wb", buffering=0) as pipe, open(read, "rb") as stdin:
        run = start(server, "-j", "-", stdin=stdin)
        for piece in ([BATCH] if pieces == "whole"
                      else [BATCH[i:i + 1] for i in range(len(BATCH))]):
            pipe.write(piece)
        pipe.close()
        result = run.end()
    assert result.status == 9
    assert [(o["token"], o["outcome"]) for o in result.objects] == [
        (IDS[0], "deleted"), (IDS[1], "deleted"), (IDS[2], "deleted"),
        ("line 9", "invalid"), (IDS[3], "deleted")]


@pytest.mark.parametrize("line", [
    b"x" * 1025, b"x" * 5000, b"x" * BIG, ID.encode() + b" " * 5000 + b"x",
    ID.encode() + b"\0", b"\0" + ID.encode(), b"\xff\xfe", b"\xff" * 5000,
    ID.encode() + b"\0" * 5000,
], ids=lambda line: f"{line[:40]!r} {len(line)}")
def test_odd_lines(serve, delete, line):
    """The lines around it are as good as ever."""
    server = serve(LOOK, Turn(http(204)), Turn(http(204)))
    stdin = b"\n".join([IDS[0].encode(), line, IDS[1].encode(), b""])
    result = delete(server, "-j", "-", stdin=stdin)
    assert [(o["token"], o["outcome"]) for o in result.objects] == [
        (IDS[0], "deleted"), ("line 2", "invalid"), (IDS[1], "deleted")]
    assert result.status == 9


def test_a_long_comment(serve, delete):
    server = serve(Turn(http(204)))
    stdin = b"#" + b"x" * 5000 + b"\n" + ID.encode() + b"\n"
    assert delete(server, "-", stdin=stdin).status == 0


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# nothing\n"])
def test_an_empty_batch(never, delete, content):
    """There is nothing to do, and nothing is said to be done."""
    result = delete(never, "-", stdin=content)
    assert result.status in (0, 2) and result.out == b""


def test_ids_are_deleted_block_by_block(serve, start):
    """A pipe need not end first; of a block that is not whole nothing is
    deleted, since who authenticates may be in it, and must go last."""
    server = serve(LOOK, *[Turn(http(204))] * (BLOCK + 2))
    read, write = os.pipe()
    with open(write, "wb", buffering=0) as pipe, open(read, "rb") as stdin:
        run = start(server, "-q", "-", stdin=stdin)
        pipe.write("\n".join(IDS[:BLOCK]).encode())    # the last has no end
        time.sleep(0.3)
        assert server.connections == 0
        pipe.write(f"\n{IDS[BLOCK]}\n".encode())
        until(lambda: len(server.requests) == 1 + BLOCK)
        pipe.write(f"{IDS[BLOCK + 1]}\n".encode())
        time.sleep(0.3)
        assert len(server.requests) == 1 + BLOCK
        pipe.close()
        assert run.end().status == 0
    assert server.requests[0].startswith(b"GET ")
    assert [request.split(b" ")[1][-36:].decode()
            for request in server.requests[1:]] == IDS[:BLOCK + 2]


# ---- streams

@pytest.mark.parametrize("script, status", [
    ('exec "$@" <&-', 0),
    ('exec "$@" >&-', 8),
    ('exec "$@" 2>&-', 0),
    ('exec "$@" <&- 2>&-', 0),
    ('exec "$@" <&- >&-', 8),
    ('exec "$@" <&- >&- 2>&-', 8),
    ('exec "$@" >/dev/full', 8),
    ('exec "$@" >/dev/full 2>/dev/full', 8),
    ('exec "$@" </dev/full', 0),
    ('exec "$@" 2>/dev/full', 0),
])
@pytest.mark.parametrize("args", [[], ["-j"], ["-v"]], ids=str)
def test_streams_that_are_not_there(serve, delete, script, status, args):
    """No other file ever takes their place."""
    server = serve(LOOK, *[Turn(http(200, record(i))) for i in IDS[:2]])
    result = delete(server, *args, *IDS[:2],
                    wrapper=["sh", "-c", script, "sh"])
    assert result.status == status, result
    assert server.connections == 1
    assert [r.split(b" ")[0] for r in server.requests] \
        == [b"GET", b"DELETE", b"DELETE"]
    assert server.stray == []
    if status == 0:
        assert all(i in result.text for i in IDS[:2])


@pytest.mark.parametrize("args, code, status", [
    (["-q"], 200, 0),       # nothing was to be written
    (["-j"], 404, 4),       # it is not deleted
    (["-jq"], 200, 8),      # JSON is never hidden
    ([], 403, 3),
    (["--ignore-missing"], 404, 8),     # done, too
    (["-j", "--ignore-missing"], 404, 8),
    (["-q", "--ignore-missing"], 404, 0),
    (["--ignore-missing"], 403, 3),
])
def test_a_full_disk(serve, delete, args, code, status):
    server = serve(Turn(http(code, record())))
    with open("/dev/full", "wb") as full:
        result = delete(server, *args, ID, stdout=full)
    assert result.status == status


@pytest.mark.parametrize("form", [[], ["-j"], ["-v"]], ids=str)
def test_a_full_disk_and_nothing_found(standin, ask, form):
    """Lists alone were read: nothing is gone that could not be told."""
    running = standin(admin=True)
    with open("/dev/full", "wb") as full:
        result = ask(running, *form, "-n", "--ignore-missing",
                     "lsv2_pt_0000...0000", stdout=full)
    assert result.status == 1, result
    assert {one.method for one in running.requests} == {"GET"}


@pytest.mark.parametrize("which", ["stdout", "stderr"])
def test_nobody_reads_any_more(serve, delete, which):
    """No death by SIGPIPE."""
    read, write = os.pipe()
    os.close(read)
    server = serve(LOOK, Turn(http(200, record(IDS[0]))), Turn(http(404)))
    with open(write, "wb") as pipe:
        result = delete(server, IDS[0], IDS[1], **{which: pipe})
    assert len(server.requests) == 3
    assert result.status == 9


def test_nobody_reads_any_more_of_one(serve, delete):
    read, write = os.pipe()
    os.close(read)
    with open(write, "wb") as pipe:
        result = delete(serve(Turn(http(200, record()))), ID, stdout=pipe)
    assert result.status == 8


@pytest.mark.parametrize("script", [
    'exec "$@" <&-', 'exec "$@" </', 'exec "$@" 0>/dev/null'])
@pytest.mark.parametrize("args", [["-"], ["-k", "-", ID]], ids=" ".join)
def test_standard_input_that_cannot_be_read(never, delete, script, args):
    result = delete(never, *args, stdin=subprocess.DEVNULL,
                    wrapper=["sh", "-c", script, "sh"])
    assert result.status == 2 and result.err


def test_a_slow_reader_gets_everything(serve, start):
    """Output into a pipe that is full for a while."""
    big = [Turn(http(200, record(i, description="x" * 60_000)))
           for i in IDS[:5]]
    run = start(serve(LOOK, *big), "-j", *IDS[:5], stdin=subprocess.DEVNULL)
    first = os.read(run.process.stdout.fileno(), 10)
    result = run.end()
    result.out = first + result.out
    assert result.status == 0
    assert [o["token"] for o in result.objects] == IDS[:5]


# ---- what is said where

def test_quiet(serve, delete):
    """No result, no summary: only what did not work."""
    server = serve(LOOK, Turn(http(200, record(IDS[0]))), Turn(http(404)))
    result = delete(server, "--quiet", IDS[0], IDS[1])
    assert result.status == 9 and result.out == b""
    assert re.fullmatch(rf"patrm: {IDS[1]}: .+\n", result.errors)


@pytest.mark.parametrize("args", [[], ["-j"], ["-v"]], ids=str)
def test_summary(serve, delete, args):
    """Of several TOKENs, at the end of standard error; of one there is
    none."""
    server = serve(LOOK, Turn(http(204)), Turn(http(204)), Turn(http(404)))
    result = delete(server, *args, "x", *IDS[:3], IDS[1].upper())
    assert result.status == 9
    assert result.errors.splitlines()[-1] == (
        "patrm: 4 tokens: 2 deleted, 1 missing, 1 invalid; named twice: 1")
    assert result.errors.count(" tokens: ") == 1
    result = delete(serve(Turn(http(204))), *args, ID, ID)
    assert result.status == 0 and " tokens: " not in result.errors


def test_quiet_success(serve, delete):
    result = delete(serve(Turn(http(200, record()))), "-q", ID)
    assert (result.status, result.out, result.err) == (0, b"", b"")


def test_quiet_does_not_hide_json(serve, delete):
    result = delete(serve(Turn(http(200, record()))), "-q", "-j", ID)
    assert result.status == 0 and result.objects[0]["record"] == record()


@pytest.mark.parametrize("args", [[], ["-j"]], ids=str)
def test_verbose(serve, delete, args):
    """Tells more on standard error, and not a byte more elsewhere."""
    turns = [Turn(http(502)), Turn(http(200, record()))]
    plain = delete(serve(*turns), *args, ID)
    result = delete(serve(*turns), *args, "--verbose", ID)
    assert result.status == plain.status == 0
    assert result.out == plain.out and plain.err == b""
    for word in ("localhost", "TLSv1.3", "502", "200"):
        assert word in result.errors
    assert KEY[12:] not in result.errors


@pytest.mark.parametrize("turn", [
    Turn(http(403, {"detail": f"bad key {KEY}"})),
    Turn(http(200, record(description=KEY))),
    Turn(http(301, b"", f"Location: https://localhost/?key={KEY}")),
], ids=["error", "record", "location"])
def test_a_key_that_the_server_repeats(serve, start, turn):
    """Only what the server itself shows may show it, and only there."""
    run = start(serve(turn), "-v", "-j", ID)
    run.secrets = []
    result = run.end()
    assert KEY not in result.errors


@pytest.mark.native("/proc shows the emulator")
def test_nothing_is_left_in_the_environment_or_arguments(serve, start):
    """While patrm runs, /proc does not show the key."""
    server = serve(Turn(end="hang"))
    run = start(server, "-t", "20", ID, env={"LANGCHAIN_API_KEY": KEY})
    until(lambda: server.requests)
    shown = b""
    for name in ("environ", "cmdline"):
        try:
            with open(f"/proc/{run.process.pid}/{name}", "rb") as file:
                shown += file.read()
        except PermissionError:
            pass    # not dumpable: better still
    run.process.terminate()
    assert run.end().status == 6
    assert KEY.encode() not in shown
