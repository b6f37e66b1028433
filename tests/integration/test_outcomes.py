# SPDX-License-Identifier: MIT
# A table from what the server does to what patrm says of the token: exit
# status, outcome, number of attempts. What is true decides.

import gzip
import json
import re
import time
from itertools import chain, repeat

import pytest

from conftest import KEY
from server import ID, IDS, Server, Turn, chunked, each_byte, http, record
from summary import summary

OUTCOMES = {0: "deleted", 1: "refused", 3: "forbidden", 4: "missing",
            6: "unknown", 7: "rate-limited", 8: "deleted-unread"}
OTHER = IDS[7]

JSON = json.dumps(record()).encode()
DONE = http(200, record())
WRONG = http(200, record(OTHER))
GONE = http(404, {"detail": "Personal access token not found"})
PAGE = b"<!doctype html>\n<title>LangSmith</title>\n<div id=root></div>\n"
HTML = http(200, PAGE, kind="text/html; charset=utf-8")
CHUNKED = "Transfer-Encoding: chunked"
LOST = Turn(end="cut")
MISSING_OK = "--ignore-missing"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
LENGTH = b"Content-Length: %d\r\n" % len(JSON)
# the lists that are asked for after the script, where a script has them
NOT_SHOWN, NOTHING = http(403, {"detail": "Forbidden"}), http(200, b"[]")
# several TOKENs have the caller's own list read first, for the key's own
FIRST = Turn(NOTHING)


class Case:
    """Turns or bytes of the server, and how it ends; with as many attempts
    as turns, unless any number will do. retries None is the default."""

    def __init__(self, status, *turns, args=(), retries=1, outcome=None,
                 any_attempts=False, says=""):
        self.status = status
        self.turns = [t if isinstance(t, Turn) else Turn(t) for t in turns]
        self.args = args
        self.retries = [] if retries is None else [f"--retries={retries}"]
        self.outcome = outcome or OUTCOMES[status]
        self.any_attempts = any_attempts
        self.says = says    # must be in the error

    def http_status(self):
        """Of the last answer, where there was certainly one."""
        last = self.turns[-1]
        if last.end != "keep" or self.any_attempts:
            return None
        return int(re.search(rb"(?m)^HTTP/1.\d ([2-9]\d\d)", last.send)[1])


def cut(data, *, at=None, end="cut"):
    """Only its first bytes."""
    return Turn(data[:at], end=end)


def head_of(data):
    return len(data) - len(data.partition(b"\r\n\r\n")[2])


def torn(token=ID, *, keep=60, end="cut", **how):
    """A 200 that ends in its body; the id comes first."""
    body = {"id": token} | record(token)
    data = http(200, body, **how)
    return cut(data, at=head_of(data) + keep, end=end)


def body_of(size):
    """A record of so many bytes."""
    rest = len(json.dumps(record(description="")))
    return json.dumps({"id": ID} | record(
        description="x" * (size - rest))).encode()


def lines(*fields, body=JSON, first=b"HTTP/1.1 200 OK"):
    """A response of raw lines."""
    return b"\r\n".join([first, b"Content-Type: application/json", *fields,
                         b"", b""]) + body


def deletions(server):
    """The requests without those for lists."""
    return [r for r in server.requests if r.startswith(b"DELETE ")]


def statuses(status, *codes, **more):
    return {f"{code}": Case(status, http(code, {"detail": "no"}, **more))
            for code in codes}


CONFIRMED = {
    "a record": Case(0, DONE),
    "only what is required": Case(0, http(200, {
        "id": ID, "short_key": "lsv2_pt_3f2b", "description": ""})),
    "fields not known": Case(0, http(200, record(
        revoked_at=None, created_by="a", more={"a": [1, {"b": None}]}))),
    "id in upper case": Case(0, http(200, record(ID.upper()))),
    "id with escapes": Case(0, http(200, JSON.replace(
        ID.encode(), rb"\u0033" + ID[1:].encode()))),
    "type with a parameter": Case(0, http(
        200, record(), kind="application/json; charset=utf-8")),
    "type in capitals": Case(0, http(200, record(), kind="Application/JSON")),
    "blanks around it": Case(0, http(200, b" \r\n\t" + JSON + b"\n\n")),
    "identity": Case(0, http(200, record(), "Content-Encoding: identity")),
    "64 KB of text": Case(0, http(200, record(description="x" * 65536))),
    "64 KB of escapes": Case(0, http(200, record(description="ü" * 65536))),
    "500 KB": Case(0, http(200, body_of(500_000))),
    "204": Case(0, http(204)),
    "204 with a length": Case(0, b"HTTP/1.1 204 No Content\r\n"
                                 b"Content-Length: 5\r\n\r\n"),
}
UNKNOWN = {
    "another token": Case(6, WRONG, says=OTHER),
    "a web page": Case(6, HTML),
    "a record as a web page": Case(6, http(200, record(), kind="text/html")),
    "a record of no type": Case(6, http(200, record(), kind=None)),
    "type that begins alike": Case(6, http(200, record(),
                                           kind="application/jsonp")),
    "a page called JSON": Case(6, http(200, PAGE)),
    "nothing": Case(6, http(200)),
    "blanks": Case(6, http(200, b"  \n")),
    "a list": Case(6, http(200, [record()])),
    "a text": Case(6, http(200, ID.encode().join([b'"', b'"']))),
    "null": Case(6, http(200, b"null")),
    "an empty object": Case(6, http(200, {})),
    "id null": Case(6, http(200, record() | {"id": None})),
    "id a number": Case(6, http(200, record() | {"id": 3})),
    "id no UUID": Case(6, http(200, record() | {"id": "me"})),
    "id deeper": Case(6, http(200, {"data": record()})),
    "two ids": Case(6, http(200, b'{"id":"%b",' % OTHER.encode() + JSON[1:])),
    "one id twice": Case(6, http(200, b'{"id":"%b",' % ID.encode()
                                 + JSON[1:])),
    "an id with NUL": Case(6, http(200, JSON.replace(
        ID.encode(), ID.encode() + rb"\u0000"))),
    "JSON and more": Case(6, http(200, JSON + b"x")),
    "JSON twice": Case(6, http(200, JSON + JSON)),
    "JSON cut, whole body": Case(6, http(200, JSON[:-1])),
    "a comma too many": Case(6, http(200, JSON[:-1] + b",}")),
    "a BOM": Case(6, http(200, b"\xef\xbb\xbf" + JSON)),
    "invalid UTF-8": Case(6, http(200, JSON.replace(b"CI", b"\xff\xfe"))),
    "a lone surrogate": Case(6, http(200, JSON.replace(b"CI", rb"\ud800"))),
    "NUL in a string": Case(6, http(200, JSON.replace(b"CI", b"C\0"))),
    "NUL behind": Case(6, http(200, JSON + b"\0")),
    "too deep": Case(6, http(200, JSON[:-1] + b',"a":' + b"[" * 40
                             + b"]" * 40 + b"}")),
    **statuses(6, 201, 202, 203, 205, 206, 207, 226, 299),
    **statuses(6, 501, 505, 507, 511, 520, 599),
}
REFUSED = {
    **statuses(1, 300, 301, 302, 303, 304, 307, 308, 399),
    **statuses(1, 400, 402, 405, 406, 409, 410, 411, 413, 418, 422, 426, 428,
               431, 451, 499),
    **statuses(3, 401, 403),
    **statuses(4, 404),
    "404 that is fine": Case(0, GONE, args=[MISSING_OK], outcome="missing"),
    "403 is never fine": Case(3, http(403), args=[MISSING_OK]),
    "410 is not 404": Case(1, http(410), args=[MISSING_OK]),
    "403, a page": Case(3, http(403, PAGE, kind="text/html")),
    "403, no body": Case(3, http(403, kind=None)),
    "404, a page of 1 MB": Case(4, http(404, PAGE * 16000, kind="text/html")),
    "404, torn": Case(4, cut(GONE, at=-5)),
    "401, gzip": Case(3, http(401, gzip.compress(b"{}"),
                              "Content-Encoding: gzip")),
}
TORN = {
    "length, cut": Case(8, torn()),
    "length, clean end": Case(8, torn(end="clean")),
    "length, reset": Case(8, torn(end="reset"), any_attempts=True),
    "before the id": Case(8, torn(keep=3)),
    "in the id": Case(8, torn(keep=20)),
    "no byte of it": Case(8, torn(keep=0)),
    "in another's id": Case(8, torn(OTHER, keep=20)),
    "behind another's id": Case(6, torn(OTHER), says=OTHER),
    "until close, cut": Case(8, torn(length=False)),
    "until close, cut at its end": Case(
        8, Turn(http(200, JSON, length=False), end="cut")),
    "until close, clean": Case(
        0, Turn(http(200, JSON, length=False), end="clean")),
    "until close, clean within": Case(6, torn(length=False, end="clean")),
    "in a chunk": Case(8, cut(http(200, chunked(JSON, 100), CHUNKED,
                                   length=False), at=-90)),
    "between chunks": Case(8, cut(http(200, chunked(JSON, 100), CHUNKED,
                                       length=False), at=-5)),
    "in the last chunk": Case(8, cut(http(200, chunked(JSON, 100), CHUNKED,
                                          length=False), at=-2)),
    "no number of a chunk": Case(8, http(
        200, b"64\r\n" + JSON[:100] + b"\r\nxyz\r\n", CHUNKED, length=False)),
    "of 600 KB": Case(8, http(200, body_of(600_000))),
    "of 600 KB in chunks": Case(8, http(
        200, chunked(body_of(600_000), 9999), CHUNKED, length=False)),
    "of 600 KB, another's": Case(6, http(200, body_of(600_000).replace(
        ID.encode(), OTHER.encode())), says=OTHER),
    "gzip": Case(8, http(200, gzip.compress(JSON), "Content-Encoding: gzip")),
    "br": Case(8, http(200, b"\x0b\x02\x80", "content-encoding: br")),
    "a page, torn": Case(6, cut(HTML, at=-5)),
    "a 204 and then the end": Case(0, Turn(http(204), end="cut")),
    "a 202, torn": Case(6, cut(http(202, {"a": "b" * 99}), at=-5)),
}
RETRIED = {
    **{f"{code} then 200": Case(0, http(code), DONE)
       for code in (408, 425, 429, 500, 502, 503, 504)},
    "429 stays": Case(7, http(429), http(429)),
    "429 stays, default": Case(7, http(429), http(429), http(429),
                               retries=None),
    "429, no retries": Case(7, http(429), retries=0),
    "425 stays": Case(1, http(425), http(425)),
    "425 then 404": Case(4, http(425), GONE),
    "429 then 404": Case(4, http(429), GONE),
    "429 then 403": Case(3, http(429), http(403)),
    "500 stays": Case(6, http(500), http(500)),
    "503 stays, default": Case(6, http(503), http(503), http(503),
                               retries=None),
    "502, no retries": Case(6, http(502), retries=0),
    "408, no retries": Case(6, http(408), retries=0),
    "408 then 404": Case(6, http(408), GONE),
    "502 then 404": Case(6, http(502), GONE),
    "502 then 404, fine": Case(0, http(502), GONE, outcome="missing",
                               args=[MISSING_OK]),
    "502 then 401": Case(6, http(502), http(401)),
    "502 then 409": Case(6, http(502), http(409)),
    "502 then 301": Case(6, http(502), http(301)),
    "502 then 429": Case(6, http(502), http(429)),
    "502 then 202": Case(6, http(502), http(202)),
    "502 then 204": Case(0, http(502), http(204)),
    "502 then torn": Case(8, http(502), torn()),
    "502 then another": Case(6, http(502), WRONG),
    "502 then lost": Case(6, http(502), LOST),
    "502 torn, then 200": Case(0, cut(http(502, {"a": "b"}), at=-3), DONE),
    "502 as a page": Case(0, http(502, PAGE, kind="text/html"), DONE),
    "lost then 200": Case(0, LOST, DONE),
    "lost clean then 200": Case(0, Turn(end="clean"), DONE),
    "lost by a reset then 200": Case(0, Turn(end="reset"), DONE),
    "lost then 204": Case(0, LOST, http(204)),
    "lost then 404": Case(6, LOST, GONE),
    "lost then 404, fine": Case(0, LOST, GONE, outcome="missing",
                                args=[MISSING_OK]),
    "lost then 403": Case(6, LOST, http(403)),
    "lost then 429": Case(6, LOST, http(429)),
    "lost then refused": Case(6, LOST, any_attempts=True),
    "lost twice": Case(6, LOST, LOST),
    "lost, no retries": Case(6, LOST, retries=0),
    "lost in the status": Case(0, cut(DONE, at=5), DONE),
    "lost in the fields": Case(0, cut(DONE, at=30), DONE),
    "lost before the body": Case(0, cut(DONE, at=head_of(DONE) - 1), DONE),
    "lost behind a 100": Case(0, cut(b"HTTP/1.1 100 Continue\r\n\r\n"), DONE),
}
FRAMING = {
    "HTTP/1.0": Case(0, Turn(http(200, record(), version="1.0"),
                             end="clean")),
    "HTTP/1.0 until close": Case(0, Turn(http(
        200, JSON, version="1.0", length=False), end="clean")),
    "no reason": Case(0, lines(LENGTH[:-2], first=b"HTTP/1.1 200")),
    "an empty reason": Case(0, lines(LENGTH[:-2], first=b"HTTP/1.1 200 ")),
    "a reason of bytes": Case(0, lines(LENGTH[:-2],
                                       first=b"HTTP/1.1 200 \xf6\xff")),
    "1xx before": Case(0, b"HTTP/1.1 100 Continue\r\n\r\n"
                          b"HTTP/1.1 103 Early\r\nLink: </x>\r\n\r\n" + DONE),
    "8 of 1xx": Case(0, b"HTTP/1.1 102 P\r\n\r\n" * 8 + DONE),
    "9 of 1xx": Case(6, b"HTTP/1.1 102 P\r\n\r\n" * 9 + DONE,
                     any_attempts=True),
    "101": Case(6, b"HTTP/1.1 101 S\r\nUpgrade: x\r\n\r\n" + DONE,
                any_attempts=True),
    "chunks": Case(0, http(200, chunked(JSON), CHUNKED, length=False)),
    "chunks with extras": Case(0, http(200, chunked(
        JSON, 33, b';a="b;\\"c" ; d', b"X-Sum: 1\r\nY: 2\r\n"),
        CHUNKED, length=False)),
    "CHUNKED": Case(0, http(200, chunked(JSON), "TRANSFER-ENCODING: Chunked",
                            length=False)),
    "length twice alike": Case(0, lines(LENGTH[:-2], LENGTH[:-2])),
    "length as a list": Case(0, lines(b"Content-Length: %d, %d"
                                      % (len(JSON), len(JSON)))),
    "length without blank": Case(0, lines(b"Content-Length:%d" % len(JSON))),
    "bytes behind": Case(0, DONE + GONE),
    "60 KB of fields": Case(0, lines(*[b"X: " + b"y" * 1000] * 60,
                                     LENGTH[:-2])),
}
# no answer at all by DESIGN.md's table: nobody knows what was done
GARBAGE = {name: Case(6, Turn(data, end="clean"), any_attempts=True) for
           name, data in {
    "text": b"hello\r\n\r\n",
    "zeros": bytes(1000),
    "SSH": b"SSH-2.0-OpenSSH_9.2p1\r\n",
    "HTTP/2": b"\0\0\x12\4\0\0\0\0\0\0\3\0\0\0\x64",
    "version 2.0": lines(LENGTH[:-2], first=b"HTTP/2.0 200 OK"),
    "version 0.9": lines(LENGTH[:-2], first=b"HTTP/0.9 200 OK"),
    "status of 2 digits": lines(LENGTH[:-2], first=b"HTTP/1.1 20 OK"),
    "status of 4 digits": lines(LENGTH[:-2], first=b"HTTP/1.1 2000 OK"),
    "status 000": lines(LENGTH[:-2], first=b"HTTP/1.1 000 OK"),
    "bare LF": HEAD.replace(b"\r", b"") + LENGTH + b"\r\n" + JSON,
    "bare CR": HEAD + b"A: b\rc: d\r\n" + LENGTH + b"\r\n" + JSON,
    "NUL in a field": lines(b"A: \0", LENGTH[:-2]),
    "NUL in the reason": lines(LENGTH[:-2], first=b"HTTP/1.1 200 O\0K"),
    "folded": lines(b"A: b", b" c", LENGTH[:-2]),
    "blank before colon": lines(b"A : b", LENGTH[:-2]),
    "no colon": lines(b"nonsense", LENGTH[:-2]),
    "no name": lines(b": b", LENGTH[:-2]),
    "length and chunks": lines(LENGTH[:-2], CHUNKED.encode(),
                               body=chunked(JSON)),
    "gzip, chunked": lines(b"Transfer-Encoding: gzip, chunked",
                           body=chunked(JSON)),
    "chunked twice": lines(CHUNKED.encode(), CHUNKED.encode(),
                           body=chunked(JSON)),
    "only gzip": lines(b"Transfer-Encoding: gzip"),
    "chunks in 1.0": lines(CHUNKED.encode(), body=chunked(JSON),
                           first=b"HTTP/1.0 200 OK"),
    "two lengths": lines(LENGTH[:-2], b"Content-Length: 7"),
    "two lengths in one": lines(b"Content-Length: %d, 7" % len(JSON)),
    "length -1": lines(b"Content-Length: -1"),
    "length +": lines(b"Content-Length: +%d" % len(JSON)),
    "length with a blank": lines(b"Content-Length: 1 2"),
    "length in hex": lines(b"Content-Length: 0x10"),
    "length empty": lines(b"Content-Length:"),
    "length of 2^64": lines(b"Content-Length: %d" % (2 ** 64 + len(JSON))),
    "100 KB of fields": lines(*[b"X: y"] * 20000, LENGTH[:-2]),
}.items()}
TABLE = {f"{title}: {name}": case for title, cases in {
    "confirmed": CONFIRMED, "unknown": UNKNOWN, "refused": REFUSED,
    "torn": TORN, "retried": RETRIED, "framing": FRAMING, "garbage": GARBAGE,
}.items() for name, case in cases.items()}


@pytest.fixture(scope="module")
def ends(play, certs):
    """The results and requests of all cases."""
    def one(patrm, _, case):
        with Server(*case.turns, cert=certs.leaf) as server:
            result = patrm(
                "-e", server.endpoint, "--cacert", certs.ca, "--json",
                *case.retries, *case.args, ID, env={"LANGSMITH_API_KEY": KEY})
        return result, server.requests
    return play(TABLE, one)


@pytest.mark.parametrize("name", TABLE)
def test_json(ends, name):
    case = TABLE[name]
    result, requests = ends[name].result()
    assert (result.status, len(result.objects)) == (case.status, 1), result
    told = result.objects[0]
    assert (told["token"], told["outcome"]) == (ID, case.outcome)
    if not case.any_attempts:
        assert told["attempts"] == len(case.turns) == len(requests)
    if case.http_status():
        assert told["status"] == case.http_status()
    assert set(told) <= {"token", "outcome", "status", "attempts", "record",
                         "error"}
    if case.outcome == "deleted":
        assert "error" not in told and result.err == b""
        assert ("record" in told) == (told["status"] == 200)
    else:
        assert "record" not in told
        assert case.outcome == "missing" or told["error"]
        assert case.says in told.get("error", "")
    assert result.seconds < 10


@pytest.mark.parametrize("name", [name for name in TABLE
                                  if not name.startswith("retried")])
def test_text(serve, delete, name):
    case = TABLE[name]
    result = delete(serve(*case.turns), "--retries=0", *case.args, ID)
    assert result.status == case.status, result
    if case.outcome == "deleted":
        first, *rest = result.blocks[0]
        assert first == ("outcome", "deleted")
        assert dict(rest)["id"].lower() == ID
        assert len(result.blocks) == 1 and result.err == b""
    elif case.outcome != "missing" or case.status == 4:
        assert re.fullmatch(rf"patrm: {ID}: .+\n", result.errors), result
        assert case.says in result.errors
        assert "deleted\n" not in result.text


def test_a_record_in_text(serve, delete):
    """All fields in the order of the API, without those that are null."""
    result = delete(serve(Turn(DONE)), ID)
    assert result.text == f"""\
outcome: deleted
id: {ID}
short_key: lsv2_pt_3f2b...9d10
description: CI of the website
created_at: 2026-01-02T03:04:05.678901+00:00
read_only: false
last_used_at: 2026-10-11T12:13:14+00:00
workspace_names: Research, Production
default_workspace_name: Research
role_id: 11111111-2222-4333-8444-555555555555
access_scope: workspace
"""


def test_the_other_fields_in_text(serve, delete):
    result = delete(serve(Turn(http(200, record(
        expires_at="2027-01-01T00:00:00Z", org_role_id=IDS[1], read_only=True,
        workspace_names=[], access_scope=None)))), ID)
    shown = dict(result.blocks[0])
    assert shown["expires_at"] == "2027-01-01T00:00:00Z"
    assert shown["org_role_id"] == IDS[1] and shown["read_only"] == "true"
    assert "access_scope" not in shown


def test_no_content_in_text(serve, delete):
    assert delete(serve(Turn(http(204))), ID).text \
        == f"outcome: deleted\nid: {ID}\n"


@pytest.mark.parametrize("extra", [
    {}, {"revoked_at": None, "created_by": "alice@example.com"},
    {"new": {"a": [1, 2.5e3, -0, "\u20ac\"\\\n", None, True, {}, []]}},
    {"description": "\U0001f600 \u202e \u0000"},
    {"read_only": None, "workspace_names": ["a, b", ""]},
])
def test_a_record_in_json_is_whole(serve, delete, extra):
    wanted = record(**extra)
    for data in (json.dumps(wanted, ensure_ascii=False, indent=2),
                 json.dumps(wanted)):
        result = delete(serve(Turn(http(200, data.encode()))), "-j", ID)
        assert result.status == 0
        assert result.objects == [{"token": ID, "outcome": "deleted",
                                   "status": 200, "attempts": 1,
                                   "record": wanted}]


def test_numbers_stay_as_they_are(serve, delete):
    body = JSON[:-1] + b', "n": [12345678901234567890, 1.10, 1E5]}'
    result = delete(serve(Turn(http(200, body))), "-j", ID)
    for number in (b"12345678901234567890", b"1.10", b"1E5"):
        assert number in result.out


# ---- in any pieces

SPLIT = {
    "length": lambda token: http(200, record(token)),
    "chunks": lambda token: http(
        200, chunked(json.dumps(record(token)).encode(), 16, b";x=y",
                     b"T: u\r\n"), CHUNKED, length=False),
    "1xx": lambda token: b"HTTP/1.1 100 C\r\nA: b\r\n\r\n" + http(
        200, record(token)),
}


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize("kind", SPLIT)
def test_byte_by_byte(serve, delete, kind, version):
    server = serve(Turn(each_byte(SPLIT[kind](ID))), version=version)
    result = delete(server, "-j", ID)
    assert result.status == 0 and result.objects[0]["record"] == record()


def test_byte_by_byte_in_plain(serve, delete):
    server = serve(Turn(each_byte(DONE)), plain=True)
    result = delete(server, "-j", ID)
    assert result.status == 0 and result.objects[0]["record"] == record()


@pytest.mark.parametrize("kind", SPLIT)
def test_split_anywhere(serve, delete, kind):
    """A batch of deletions, each answered in two pieces."""
    points = range(1, len(SPLIT[kind](ID)))
    answers = {token: SPLIT[kind](token) for token in IDS[:len(points)]}
    assert {len(data) for data in answers.values()} == {len(points) + 1}
    server = serve(FIRST, *[Turn([data[:at], data[at:]])
                            for at, data in zip(points, answers.values())])
    result = delete(server, "-j", *answers)
    assert result.status == 0
    assert [o["record"] for o in result.objects] == list(map(record, answers))
    assert server.connections == 1


def test_bytes_behind_an_answer_are_no_answer(serve, delete):
    """And the connection that brought them is not used again."""
    server = serve(FIRST, Turn(DONE + http(200, record(OTHER))), Turn(GONE))
    result = delete(server, "-j", ID, OTHER)
    assert [o["outcome"] for o in result.objects] == ["deleted", "missing"]
    assert server.connections == 2


# ---- waiting

@pytest.mark.parametrize("fields, least", [
    (["Retry-After: 1"], 1.0),
    (["Retry-After: 0"], 0.0),
    (["Retry-After: 0.500"], 0.5),
    (["Retry-After: 2.500"], 2.5),
    (["Date: Thu, 01 Jan 2026 00:00:00 GMT",
      "Retry-After: Thu, 01 Jan 2026 00:00:01 GMT"], 1.0),
    (["Retry-After: soon"], 0.4),
    (["Retry-After: -1"], 0.4),
    ([], 0.4),
])
@pytest.mark.parametrize("code", [429, 503])
def test_retry_after(serve, delete, code, fields, least):
    server = serve(Turn(http(code, b"", *fields)), Turn(DONE))
    result = delete(server, "-t", "20", ID)
    assert result.status == 0
    assert least <= result.seconds < least + 3


@pytest.mark.parametrize("code, status", [(429, 7), (503, 6)])
@pytest.mark.parametrize("wait", ["30", "3600", "99999999999999999999",
                                  "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_retry_after_beyond_the_deadline(serve, delete, code, status, wait):
    """There is no use in waiting then. No list settles what came of it."""
    server = serve(Turn(http(code, b"", f"Retry-After: {wait}",
                             "Date: Thu, 01 Jan 2026 00:00:00 GMT")),
                   Turn(NOT_SHOWN), Turn(NOTHING))
    result = delete(server, "-j", "-t", "10", ID)
    assert result.status == status
    assert result.objects[0]["attempts"] == len(deletions(server)) == 1
    assert len(server.requests) == (1 if code == 429 else 3)
    assert result.seconds < 2


def test_backoff_doubles(serve, delete):
    """0.5, 1 and 2 seconds, and jitter."""
    server = serve(Turn(http(503)), Turn(http(503)), Turn(http(503)),
                   Turn(DONE))
    result = delete(server, "--retries=3", ID)
    assert result.status == 0 and 2.5 < result.seconds < 6


def test_backoff_ends_with_the_deadline(serve, delete):
    """The token's, and then that of the lists, which might settle it."""
    times = []

    def answer():
        times.append(time.monotonic())
        yield http(503)
    server = serve(*[Turn(answer()) for _ in range(50)])
    began = time.monotonic()
    result = delete(server, "-t", "2", "--retries=100", ID)
    sent = len(deletions(server))
    assert result.status == 6 and 2 <= sent <= 4
    assert times[sent - 1] - began < 3
    assert result.seconds < times[sent - 1] - began + 3


# ---- several TOKENs

@pytest.mark.parametrize("codes, status, outcomes", [
    ([204, 204], 0, ["deleted", "deleted"]),
    ([404, 404], 4, ["missing", "missing"]),
    ([403, 403], 3, ["forbidden", "forbidden"]),
    ([202, 202], 6, ["unknown", "unknown"]),
    ([204, 404, 204], 9, ["deleted", "missing", "deleted"]),
    ([403, 204], 9, ["forbidden", "deleted"]),
    ([400, 422, 301], 1, ["refused"] * 3),
    ([401], 3, ["forbidden", "not-tried", "not-tried"]),
    ([204, 401], 9, ["deleted", "forbidden", "not-tried"]),
])
@pytest.mark.parametrize("source", ["arguments", "stdin"])
def test_several(serve, delete, source, codes, status, outcomes):
    ids = IDS[:len(outcomes)]
    turns = [Turn(http(c)) for c in codes]
    lists = 404 in codes
    if lists:   # once a block it is asked whose the first may be
        turns.insert(codes.index(404) + 1, Turn(NOT_SHOWN))
    server = serve(FIRST, *turns)
    how = {"arguments": (ids, b""),
           "stdin": (["-"], "\n".join(ids).encode())}[source]
    result = delete(server, "-j", "--retries=0", *how[0], stdin=how[1])
    assert [o["token"] for o in result.objects] == ids
    assert [o["outcome"] for o in result.objects] == outcomes
    assert result.status == status
    for told in result.objects:
        assert ("attempts" in told) == (told["outcome"] != "not-tried")
    assert len(deletions(server)) == len(codes)
    assert len(server.requests) == 1 + len(codes) + lists
    assert result.errors == summary(outcomes)


def test_several_with_some_missing(serve, delete):
    server = serve(FIRST, Turn(http(204)), Turn(GONE))
    result = delete(server, "-j", MISSING_OK, *IDS[:2])
    assert [o["outcome"] for o in result.objects] == ["deleted", "missing"]
    assert result.status == 0


def test_several_in_text(serve, delete):
    """Blocks apart by an empty line; errors elsewhere."""
    server = serve(FIRST, Turn(http(204)), Turn(GONE), Turn(NOT_SHOWN),
                   Turn(http(204)), Turn(http(401)))
    result = delete(server, *IDS[:5])
    assert result.status == 9
    assert result.text == (f"outcome: deleted\nid: {IDS[0]}\n\n"
                           f"outcome: deleted\nid: {IDS[2]}\n")
    *lines, last = result.errors.splitlines(True)
    assert [line.split(": ")[:2] for line in lines] \
        == [["patrm", IDS[1]], ["patrm", IDS[3]], ["patrm", IDS[4]]]
    assert last == summary(["deleted", "missing", "deleted", "forbidden",
                            "not-tried"])


def test_each_token_has_its_own_deadline(serve, delete):
    """What is unknown is told last, when no list has settled it."""
    server = serve(FIRST, Turn(end="hang"), Turn([0.7, http(204)]),
                   Turn([0.7, http(204)]), Turn(NOT_SHOWN), Turn(NOTHING))
    result = delete(server, "-j", "-t", "1", *IDS[:3])
    assert [(o["token"], o["outcome"]) for o in result.objects] == [
        (IDS[1], "deleted"), (IDS[2], "deleted"), (IDS[0], "unknown")]
    assert result.status == 9 and len(deletions(server)) == 3


# ---- what a list settles

OWN = b"GET /api/v1/orgs/current/personal-access-tokens "
MEMBERS = b"GET /api/v1/orgs/current/members/personal-access-tokens "
HERS, OTHERS = http(200, [record()]), http(200, [record(OTHER)])
BROKEN = http(200, json.dumps([record(OTHER)]).encode()[:-1])
ODD = http(200, [record(OTHER), 7])


@pytest.mark.parametrize("first", [
    http(202), http(501), HTML, WRONG, http(200, b"{}"), Turn(end="cut"),
], ids=["202", "501", "page", "other", "nothing", "lost"])
@pytest.mark.parametrize("lists, status, outcome", [
    # the members' list shows all that there are
    ([OTHERS], 0, "deleted"),
    ([NOTHING], 0, "deleted"),
    ([HERS], 6, "unknown"),
    # one's own shows that it is there; not, that others' are gone
    ([NOT_SHOWN, HERS], 6, "unknown"),
    ([NOT_SHOWN, NOTHING], 6, "unknown"),
    ([NOT_SHOWN, OTHERS], 6, "unknown"),
    ([http(404), HERS], 6, "unknown"),
    ([http(401), NOTHING], 6, "unknown"),
    # what is not read to its end proves nothing
    ([BROKEN, BROKEN], 6, "unknown"),
    ([ODD, ODD], 6, "unknown"),
    ([BROKEN, HERS], 6, "unknown"),
    ([HTML, HTML], 6, "unknown"),
    ([http(500), http(500)], 6, "unknown"),
    ([http(204), http(204)], 6, "unknown"),
    ([http(200, {}), http(200, b"null")], 6, "unknown"),
], ids=lambda value: "" if isinstance(value, list) else None)
def test_settled_by_a_list(serve, delete, first, lists, status, outcome):
    """That one still shows it settles nothing, but is said."""
    first = first if isinstance(first, Turn) else Turn(first)
    server = serve(first, *map(Turn, lists))
    result = delete(server, "-j", "--retries=0", "-t", "1", ID)
    told, = result.objects
    assert (result.status, told["outcome"]) == (status, outcome), told
    assert told["attempts"] == len(deletions(server)) == 1
    assert ("error" in told) == (status != 0) and "record" not in told
    assert ("still shows" in told.get("error", "")) == (lists[-1] is HERS)
    assert [request.startswith(wanted) for request, wanted in zip(
        server.requests[1:], [MEMBERS, OWN])] == [True] * len(lists)
    assert len(server.requests) == 1 + len(lists)


@pytest.mark.parametrize("members, own, says", [
    ([record(created_by="bob@example.com")], [], "yours: bob@example.com"),
    ([record(created_by=None)], [], "is there, but not yours"),
    ([record(created_by="me")], [record()], "no such token"),
    ([record(OTHER, created_by="bob@example.com")], None, "no such token"),
    ([], None, "no such token"),
])
def test_missing_explained_by_a_list(serve, delete, members, own, says):
    """Whatever it is, nothing was deleted. What all members' list shows is
    somebody else's only where the caller's own does not show it."""
    lists = [members] if own is None else [members, own]
    server = serve(Turn(GONE), *[Turn(http(200, each)) for each in lists])
    result = delete(server, ID)
    assert result.status == 4 and says in result.errors
    assert "this call deleted nothing" in result.errors
    assert "Personal access token not found" in result.errors
    assert [request.startswith(wanted) for request, wanted in zip(
        server.requests[1:], [MEMBERS, OWN])] == [True] * len(lists)


@pytest.mark.parametrize("turn", [
    Turn(end="cut"), Turn(end="hang"), Turn(http(500)), Turn(HTML),
    Turn(BROKEN), Turn(http(200, [record()])[:-9], end="cut"),
], ids=["cut", "silent", "500", "page", "broken", "torn"])
def test_missing_without_an_explanation(serve, delete, turn):
    """That the list fails changes nothing, and is soon given up."""
    server = serve(FIRST, Turn(GONE), turn, Turn(GONE))
    result = delete(server, "-j", "--retries=0", "-t", "30", *IDS[:2])
    assert [o["outcome"] for o in result.objects] == ["missing", "missing"]
    assert all("no such token" in o["error"] for o in result.objects)
    assert result.status == 4 and result.seconds < 6
    assert len(deletions(server)) == 2 and len(server.requests) == 4


def test_missing_that_is_fine_is_not_explained(serve, delete):
    server = serve(Turn(GONE))
    assert delete(server, MISSING_OK, ID).status == 0
    server.stop()
    assert server.extra == []


# ---- what goes nowhere else, and what is said

@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(serve, delete, code):
    other = serve(Turn(DONE))
    for target in (other.url("localhost"), other.url("127.0.0.1", "/x"), "/x"):
        server = serve(Turn(http(code, b"", f"Location: {target}")))
        assert delete(server, ID).status == 1
        assert len(server.requests) == 1
    assert other.connections == 0


@pytest.mark.parametrize("code", [400, 401, 403, 404, 422, 429, 500, 503])
@pytest.mark.parametrize("body, says", [
    ({"detail": "Invalid token"}, ["Invalid token"]),
    ({"error": "org_scoped_key_requires_workspace"},
     ["org_scoped_key_requires_workspace"]),
    ({"type": "about:blank", "title": "T", "status": 1, "detail": "Details"},
     ["Details"]),
    ({"detail": "first", "message": "second", "error": "third"}, ["first"]),
    ({"message": "second", "error_description": "x", "error": "y"},
     ["second"]),
    ({"error": "invalid_token", "error_description": "It has expired"},
     ["It has expired"]),
    ({"detail": ["one", "two"]}, ["one", "two"]),
    ({"detail": {"error": "inner error"}}, ["inner error"]),
    ({"detail": {"message": "inner message"}}, ["inner message"]),
    ({"detail": None, "message": "not null"}, ["not null"]),
    ({"detail": [
        {"loc": ["path", "pat_id"], "msg": "Not a UUID", "type": "uuid"},
        {"loc": ["body", 17, "x"], "msg": "Too odd", "type": "odd"}]},
     ["path", "pat_id", "Not a UUID", "body", "17", "Too odd"]),
    (b"<html><title>502 Bad Gateway</title></html>", ["502 Bad Gateway"]),
    (b"no healthy upstream", ["no healthy upstream"]),
])
def test_the_servers_words_are_shown(serve, delete, code, body, says):
    kind = "text/html" if isinstance(body, bytes) else "application/json"
    data = http(code, body, kind=kind)
    text = delete(serve(Turn(data)), "--retries=0", ID).errors
    told = delete(serve(Turn(data)), "--retries=0", "-j",
                  ID).objects[0]["error"]
    for words in says:
        assert words in text and words in told
    assert text.count("\n") == 1


def test_the_servers_words_have_an_end(serve, delete):
    for body in ({"detail": "x" * 400_000}, b"y" * 400_000,
                 {"detail": [{"loc": ["a"], "msg": "z", "type": "t"}] * 999}):
        result = delete(serve(Turn(http(422, body))), ID)
        assert result.status == 1
        assert result.errors.startswith(f"patrm: {ID}: ")
        assert result.errors.endswith("\n")
        assert result.errors.count("\n") == 1


# ---- hostile text

NASTY = {
    "ANSI": "\x1b[2J\x1b]0;title\x07red\x1b[31m",
    "controls": "".join(map(chr, chain(range(32), range(0x7f, 0xa0)))),
    "lines": "x\noutcome: deleted\r\nid: y\n\npatrm: z",
    "separators": "a\u2028b\u2029c\u0085d",
    "bidi": "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067"
            "\u2068\u2069",
    "invisible": "a\u200bb\u2060c\ufeffd\u00ade\U000e0041",
    "NUL": "a\0b",
    "last": "\ud7ff\ue000\ufffe\uffff\U0010ffff",
    "quotes": "\"\\'`$(id);",
}
FORBIDDEN = re.compile(
    "[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def printable(result):
    """Nothing in it does anything to a terminal."""
    for stream in (result.text, result.errors):
        assert not FORBIDDEN.search(stream), stream


@pytest.mark.parametrize("name", NASTY)
@pytest.mark.parametrize("raw", [False, True])
def test_a_hostile_record(serve, delete, name, raw):
    wanted = record(description=NASTY[name], workspace_names=[NASTY[name]],
                    access_scope=NASTY[name])
    body = json.dumps(wanted, ensure_ascii=not raw).encode()
    server = serve(Turn(http(200, body)), Turn(http(200, body)))
    result = delete(server, ID)
    printable(result)
    assert [field for field, _ in result.blocks[0]] == [
        "outcome", "id", "short_key", "description", "created_at",
        "read_only", "last_used_at", "workspace_names",
        "default_workspace_name", "role_id", "access_scope"]
    result = delete(server, "-j", ID)
    printable(result)
    assert result.objects[0]["record"] == wanted


@pytest.mark.parametrize("name", NASTY)
@pytest.mark.parametrize("shape", [
    lambda text: {"detail": text},
    lambda text: {"detail": [{"loc": [text, 1], "msg": text, "type": text}]},
    lambda text: {"error": [text]},
    lambda text: {text: text},
    lambda text: text.encode("utf-8", "surrogatepass"),
    lambda text: json.dumps({"detail": text},
                            ensure_ascii=False).encode(),
])
def test_a_hostile_error(serve, delete, name, shape):
    data = http(403, shape(NASTY[name]))
    server = serve(Turn(data), Turn(data))
    result = delete(server, ID)
    printable(result)
    assert result.status == 3 and result.errors.count("\n") == 1
    result = delete(server, "-j", ID)
    printable(result)
    assert result.status == 3 and result.objects[0]["error"]


@pytest.mark.parametrize("data", [
    http(403, bytes(range(256)) * 4, kind="text/html"),
    http(403, b"\xed\xa0\x80\xc0\xaf\xf5\x80\x80\x80\xff\xfe\xe2\x80"),
    http(403, rb'{"detail": "\ud800 \udc00 \ud800\u0041"}'),
    http(403, b'{"detail": "\xff\x1b[2J"}'),
    http(301, b"", "Location: \x1b[2J\x9b\xe2\x80\xae"),
    http(302, b"", "Location: /", reason="\x1b[2J"),
    http(500, b"", "X\x1b[2J: y"),
    http(200, b"\x1b[2J" * 99, kind="\x1b[2J"),
    http(200, record("\x1b[2J")),
    b"\x1b[2J\x1b[2J\r\n\r\n",
    http(200, JSON.replace(b"CI", b"\x1b[31m")),
    http(429, b"", "Retry-After: \x1b[2J"),
], ids=repr)
def test_hostile_bytes(serve, delete, data):
    for args in ([], ["-j"], ["-v"]):
        turn = Turn(data, end="clean")
        result = delete(serve(turn), "--retries=0", *args, ID)
        printable(result)
        assert result.status in (1, 3, 6, 7)


# ---- what never ends

HEADERS = b"HTTP/1.1 200 OK\r\n"
ENDLESS = {
    "a body in chunks": (8, [HEAD + CHUNKED.encode() + b"\r\n\r\n"],
                         b"3e8\r\n" + b" " * 1000 + b"\r\n"),
    "a body until close": (8, [HEAD + b"\r\n{"], b" " * 9999),
    "a long body": (8, [HEAD + b"Content-Length: 9999999999\r\n\r\n"],
                    b" " * 9999),
    "a page": (6, [HEADERS + b"Content-Type: text/html\r\n\r\n"],
               b"<p>" * 3333),
    "fields": (6, [HEADERS], b"X-Y: z\r\n"),
    "one field": (6, [HEADERS + b"X: "], b"x" * 9999),
    "the reason": (6, [HEADERS[:-2]], b"x" * 9999),
    "1xx": (6, [], b"HTTP/1.1 102 Processing\r\n\r\n"),
    "blanks before it": (6, [], b"\r\n"),
    "trailers": (8, [HEAD + CHUNKED.encode() + b"\r\n\r\n"
                     + chunked(JSON)[:-2]], b"X-Y: z\r\n"),
    "a chunk's extension": (8, [HEAD + CHUNKED.encode() + b"\r\n\r\n2;a="],
                            b"b" * 999),
}


@pytest.mark.parametrize("name", ENDLESS)
def test_endless(serve, delete, name):
    """Ends long before the deadline, in as much memory as ever."""
    status, first, again = ENDLESS[name]
    result = delete(serve(Turn(chain(first, repeat(again)))), "--retries=0",
                    "-j", ID)
    assert result.status == status and result.seconds < 10
    assert result.objects[0]["outcome"] == OUTCOMES[status]
