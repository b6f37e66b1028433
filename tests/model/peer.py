# SPDX-License-Identifier: MIT
# The server of one run: it knows the world, and draws for each request what
# it says and whether, and when, it does what it was asked.

import asyncio
import gzip
import json
import random
import socket
import ssl
import struct
import time
from dataclasses import dataclass, field

from world import text_of

PATH = "/api/v1/orgs/current/"
OWN, MEMBERS = "personal-access-tokens", "members/personal-access-tokens"
PAGE = b"<!doctype html>\n<title>LangSmith</title>\n<div id=root></div>\n"


@dataclass
class Entry:
    """A request, the answer that was drawn for it, and what that is worth.

    means, of a change: "yes" confirms it, "no" is a final no, "open" leaves
    it open, "maybe" is a yes that may not arrive. Of a list: "whole", "bad",
    "refused" (401, 403, 404, 405), or "maybe".
    """
    number: int
    at: float
    method: str
    what: str                   # delete, revoke, own, members, other
    ident: str = ""
    key: str = ""
    kind: str = "honest"
    means: str = ""
    status: int = 0
    deed: str = ""
    shows: dict = field(default_factory=dict)   # id: (revoked, short_key)
    told: float | None = None   # when the answer had left
    left: bool = False          # the client had left before it

    def __str__(self):
        end = "" if self.told is None else f" until {self.told:.3f}"
        return (f"{self.number:3} {self.at:7.3f}{end} {self.method} "
                f"{self.what} {self.ident} with ...{self.key[-4:]}: "
                f"{self.kind}, {self.status or '-'}, {self.means}"
                f"{', done ' + self.deed if self.deed else ''}"
                f"{', the client had left' if self.left else ''}")


@dataclass
class Answer:
    """What is written: a head and a body, in a framing, up to a cut."""
    status: int = 200
    body: bytes = b""
    type: str | None = "application/json"
    fields: list = field(default_factory=list)
    framing: str = "length"     # length, chunked, close
    cut: int | None = None      # bytes that are written, of all
    end: str = "keep"           # keep, close, reset, cut, silence
    pause: float = 0.0

    def bytes(self):
        lines = [f"HTTP/1.1 {self.status} Reason", *self.fields]
        body = self.body
        if self.status == 204:
            body = b""
        elif self.type:
            lines.append(f"Content-Type: {self.type}")
        if self.status != 204:
            if self.framing == "length":
                lines.append(f"Content-Length: {len(body)}")
            elif self.framing == "chunked":
                lines.append("Transfer-Encoding: chunked")
                body = b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in (
                    body[i:i + 97] for i in range(0, len(body), 97)))
                body += b"0\r\n\r\n"
            else:
                lines.append("Connection: close")
        head = "\r\n".join([*lines, "", ""]).encode()
        return head, body


class Peer:
    """The server; one for each run."""

    def __init__(self, world, plan, tls=None):
        self.world, self.plan, self.tls = world, plan, tls
        self.began = time.monotonic()
        self.log = []
        self.strange = []       # what no client should send
        self.timers = set()     # late deeds
        self.open = set()
        self.on_request = None

    def now(self):
        return time.monotonic() - self.began

    async def start(self):
        """At an address that no other run has: a client that comes after
        the server has left must not meet another's."""
        loop = asyncio.get_running_loop()
        number = self.plan.seed % 2**22 + 256
        self.address = "127.0.0.1" if self.tls else (
            f"127.{64 + number // 2**16}.{number // 256 % 256}."
            f"{number % 256}")
        self.server = await loop.create_server(
            lambda: Connection(self), self.address, 0, ssl=self.tls)
        self.port = self.server.sockets[0].getsockname()[1]

    async def stop(self):
        self.server.close()
        for connection in list(self.open):
            connection.transport.abort()

    async def settled(self):
        """Until no deed is to come any more."""
        await asyncio.sleep(0.05)
        while self.timers:
            await asyncio.sleep(0.05)

    # ---- one request

    def take(self, head, connection):
        """Called with each whole head."""
        line, *rest = head.decode("latin-1").split("\r\n")
        method, path, _ = line.split(" ")
        fields = {n.lower(): v for n, _, v in (f.partition(": ")
                                               for f in rest if f)}
        entry = Entry(len(self.log), self.now(), method, "other",
                      key=fields.get("x-api-key", ""))
        self.log.append(entry)
        self._classify(entry, path)
        draw = random.Random(f"{self.plan.seed}/{entry.number}")
        if self.on_request:
            self.on_request(entry)
        if entry.what == "other":
            self.strange.append(f"{method} {path}")
            answer = Answer(404, b"{}")
        elif entry.what in ("own", "members"):
            answer = self._list(entry, draw)
        else:
            answer = self._change(entry, draw)
        entry.status = answer.status if answer else 0
        self._send(entry, answer, connection)

    def _classify(self, entry, path):
        rest = path.removeprefix(PATH)
        if path == rest:
            return
        names = {("GET", OWN): "own", ("GET", MEMBERS): "members"}
        if (entry.method, rest) in names:
            entry.what = names[entry.method, rest]
            return
        rest = rest.removeprefix(OWN + "/")
        if entry.method == "DELETE" and "/" not in rest:
            entry.what, entry.ident = "delete", rest
        elif entry.method == "POST" and rest.endswith("/revocation"):
            entry.what = "revoke"
            entry.ident = rest.removesuffix("/revocation")

    def _send(self, entry, answer, connection):
        if answer is None:
            return                      # silence
        if answer.pause:
            asyncio.get_running_loop().call_later(
                answer.pause, self._write, entry, answer, connection)
        else:
            self._write(entry, answer, connection)

    def _write(self, entry, answer, connection):
        if connection not in self.open or \
                connection.transport.is_closing():
            entry.left = True
            return
        entry.told = self.now()
        connection.write(answer)

    # ---- changes

    def _change(self, entry, draw):
        world, now = self.world, self.now()
        who = world.caller(entry.key, now)
        token = world.by_id(entry.ident)
        entry.means = "no"
        if who is None:
            entry.kind = "the key does not authenticate"
            return Answer(world.bad_key, text_of({"detail": "Forbidden"}))
        there = token is not None and token.deleted is None
        if not there:
            honest = Answer(404, text_of({"detail": "Not found"}))
        elif not world.may_touch(who, token):
            honest = Answer(world.foreign, text_of({"detail": "Not yours"}))
        else:
            honest = None
        fault = draw.random() < self.plan.faults and \
            entry.number not in self.plan.calm
        if not fault:
            return honest or self._done(entry, token, draw, late=False)
        kinds = {"open": 12, "no": 4, "yes": 4 if not honest else 0}
        means = draw.choices([*kinds], [*kinds.values()])[0]
        if means == "yes":
            return self._done(entry, token, draw, late=True)
        if means == "no":
            return self._no(entry, draw)
        entry.means = "open"
        if honest is None:
            self._deed(entry, token, draw, draw.choice(
                ["never", "now", "late", "late"]))
        return self._open(entry, token, draw)

    def _deed(self, entry, token, draw, when):
        """Does it now, late, or never."""
        what = entry.what
        if when == "never":
            return
        if when == "now":
            entry.deed = "now"
            self.world.do(token, what, self.now())
            return
        delay = draw.choice([0.05, 0.3, 0.7, 1.2, 1.9])
        entry.deed = f"after {delay} s"

        def do():
            self.timers.discard(timer)
            self.world.do(token, what, self.now())
        timer = asyncio.get_running_loop().call_later(delay, do)
        self.timers.add(timer)

    def _record(self, entry, token):
        """As it is after the deed."""
        record = self.world.record_of(token, self.now())
        if entry.what == "revoke" and self.world.tells_revoked:
            record["revoked_at"] = "2026-11-25T12:00:00+00:00"
        return text_of(record)

    def _done(self, entry, token, draw, late):
        """A 200 or 204 that confirms, and is true, now or soon."""
        entry.means = "yes"
        when = "now"
        if late:
            when = draw.choice(["now", "late"])
            if self.plan.verify and draw.random() < 0.25:
                when = "never"          # only a proof could show that
        self._deed(entry, token, draw, when)
        body = self._record(entry, token)
        if not late:
            return Answer(200, body, framing=draw.choice(
                ["length", "length", "chunked"]))
        kind = draw.choice(["200", "204", "slow", "gzip", "torn", "torn"])
        entry.kind = f"{kind}, confirmed"
        if kind == "204":
            return Answer(204)
        if kind == "slow":
            entry.means = "maybe"
            return Answer(200, body, pause=draw.uniform(0.1, 1.5))
        if kind == "gzip":
            return Answer(200, gzip.compress(body),
                          fields=["Content-Encoding: gzip"])
        if kind == "torn":
            answer = Answer(200, body, framing=draw.choice(
                ["length", "chunked"]), end=draw.choice(
                    ["close", "cut", "reset"]))
            if answer.end == "reset":
                entry.means = "maybe"   # what has come may be dropped
            answer.cut = draw.choice([0, 1, draw.randrange(len(body))])
            return answer
        return Answer(200, body)

    def _no(self, entry, draw):
        """Final: it was not done, and will not be."""
        status = draw.choice([301, 302, 307, 308, 400, 401, 403, 404, 405,
                              409, 410, 415, 422, 425, 429, 429, 429])
        if self.plan.ignore_missing and status == 404:
            status = 409                # a 404 would be a lie
        entry.kind = f"a no: {status}"
        answer = Answer(status, self._message(draw, status))
        if status < 400:
            answer.fields.append("Location: /elsewhere")
        if status == 429:
            wait = draw.choice([None, None, "0", "1", "2.5", "9",
                                "Wed, 21 Oct 2026 07:28:00 GMT"])
            if wait:
                answer.fields.append(f"Retry-After: {wait}")
        if draw.random() < 0.2:
            answer.body, answer.type = PAGE, "text/html"
        return answer

    def _message(self, draw, status):
        """What an error says; now and then a secret."""
        if status == 422 and draw.random() < 0.5:
            return text_of({"detail": [{"loc": ["path", "pat_id"],
                                        "msg": "Input should be a valid UUID",
                                        "type": "uuid_parsing"}]})
        text = draw.choice(["Forbidden", "Too Many Requests", "\u202edrow",
                            "x" * 900])
        if draw.random() < 0.1:
            text = f"bad key {draw.choice(self.world.tokens).secret}!"
        if draw.random() < 0.1:
            text = f"key={self.world.key.secret}"
        name = draw.choice(["detail", "error", "message"])
        body = text_of({name: text})
        if draw.random() < 0.3:
            body = body.replace(b"lsv2_", b"\\u006csv2\\u005f")
        if draw.random() < 0.2:
            body = text.encode()
        return body

    def _open(self, entry, token, draw):
        """Nothing that says whether it was done, or will be."""
        record = self._record(entry, token) if token else b"{}"
        other = text_of(dict(json.loads(record), id=self.world.uuid()))
        kind = draw.choice(["2xx", "5xx", "5xx", "408", "page", "type",
                            "other", "other torn", "no object", "torn",
                            "early", "early", "early", "silence"])
        entry.kind = f"open: {kind}"
        if kind == "2xx":
            return Answer(draw.choice([201, 202, 202, 202, 203, 206, 226]),
                          draw.choice([record, b"", b"{}"]))
        if kind == "5xx":
            status = draw.choice([500, 501, 502, 503, 504, 507, 520, 524])
            answer = Answer(status, self._message(draw, status))
            if draw.random() < 0.4:
                answer.body, answer.type = PAGE, "text/html"
            if draw.random() < 0.2:
                answer.fields.append("Retry-After: 1")
            return answer
        if kind == "408":
            return Answer(408, b"", end=draw.choice(["keep", "close"]))
        if kind == "page":
            return Answer(200, PAGE, draw.choice(
                ["text/html", "text/html; charset=utf-8",
                 "application/json"]))
        if kind == "type":
            return Answer(200, record, draw.choice(
                ["text/plain", "application/octet-stream", None]))
        if kind == "other":
            return Answer(200, other)
        if kind == "other torn":
            at = other.index(b'"id"') + 60
            return Answer(200, other + b" " * 90, cut=max(
                at, draw.randrange(len(other))), end="close")
        if kind == "no object":
            return Answer(200, draw.choice(
                [b"", b"[]", b"null", b'"abc"', b"{}", b"true", b"1",
                 b'{"detail":"ok"}', b"[%b]" % record, record[:-1],
                 record + b"x", b'{"id":null}', b"\xef\xbb\xbf" + record,
                 record[:40]]))
        if kind == "torn":
            body = draw.choice(
                [b'"abc', b"tru", b"[", b"[{", b"nul", b"-1", b"<", b"x",
                 b'{"id":5', b'{"id":null,', b'{"id":"0', b'{"id" "',
                 b'{"id":"%b' % other[8:20], b"{]", b'{,'])
            if body == b'{"id":"0' and entry.ident[0] == "0":
                body = b"tru"
            return Answer(200, body + b" " * 300, cut=len(body),
                          end=draw.choice(["close", "cut"]))
        if kind == "early":
            answer = Answer(draw.choice([200, 200, 204, 403, 502]), record,
                            end=draw.choice(["close", "cut", "reset"]))
            head = len(answer.bytes()[0])
            answer.cut = draw.choice([0, 0, draw.randrange(head - 1)]) - head
            answer.pause = draw.choice([0, 0, 0.3])
            entry.kind += f" {answer.cut + head} {answer.end}"
            return answer
        return None

    # ---- lists

    def _list(self, entry, draw):
        world, now = self.world, self.now()
        who = world.caller(entry.key, now)
        forbidden = text_of({"detail": "Forbidden"})
        entry.means = "refused"
        if who is None:
            entry.kind = "the key does not authenticate"
            return Answer(world.bad_key, forbidden)
        fault = draw.random() < self.plan.list_faults and \
            entry.number not in self.plan.calm
        if entry.what == "members" and not world.sees_members(who):
            if not fault or draw.random() < 0.7:
                status = world.members if world.members != "ok" else 403
                return Answer(status, forbidden)
        elif not fault:
            return self._whole(entry, who, draw)
        kinds = ["status", "page", "object", "element", "hidden", "hidden",
                 "repeated", "total", "torn", "torn", "slow", "early",
                 "stale", "type", "gzip", "silence"]
        if not self.plan.totals:
            kinds.remove("hidden")
            kinds.remove("hidden")
        if entry.what == "members":
            kinds += ["refused", "refused"]
        if entry.what == "members" and not world.sees_members(who):
            kinds = ["status", "page", "early", "silence"]
        return self._bad_list(entry, who, draw, draw.choice(kinds))

    def _records(self, entry, who, draw, lag=0.0):
        owner = who.owner if entry.what == "own" else None
        records = self.world.listed(owner, self.now(), lag)
        draw.shuffle(records)
        return records

    def _whole(self, entry, who, draw, lag=0.0, records=None, **more):
        """A list that is what it seems to be."""
        entry.means = "whole"
        if records is None:
            records = self._records(entry, who, draw, lag)
        entry.shows = {r["id"]: (r.get("revoked_at") is not None,
                                 r["short_key"]) for r in records}
        answer = Answer(200, text_of(records), **more)
        if self.world.total and "fields" not in more:
            answer.fields.append(f"X-Pagination-Total: {len(records)}")
        answer.framing = draw.choice(["length", "length", "chunked"])
        return answer

    def _bad_list(self, entry, who, draw, kind):
        entry.kind = f"list: {kind}"
        if kind == "repeated":
            records = self._records(entry, who, draw)
            return self._whole(entry, who, draw, fields=[],
                               records=records + records[:2])
        if kind == "stale":
            return self._whole(entry, who, draw,
                               lag=draw.choice([0.5, 1.0, 2.0]))
        if kind == "total":             # fewer than there are: no matter
            records = self._records(entry, who, draw)
            return self._whole(entry, who, draw, records=records, fields=[
                f"X-Pagination-Total: {len(records) // 2}"])
        if kind == "slow":
            answer = self._whole(entry, who, draw)
            entry.means = "maybe"
            answer.pause = draw.uniform(0.1, 1.2)
            return answer
        if kind == "refused":
            return Answer(draw.choice([403, 404, 405]),
                          text_of({"detail": "no"}))
        entry.means = "bad"
        records = self._records(entry, who, draw)
        if kind == "hidden":            # and the server says so
            total = len(records)
            keep = draw.randrange(total) if total else 0
            hidden = [r for r in records if r["id"] not in self.plan.named]
            records = draw.choice([hidden, records[:keep]])
            total = max(total, len(records) + 1)
            return Answer(200, text_of(records),
                          fields=[f"X-Pagination-Total: {total}"])
        if kind == "element":
            place = draw.randint(0, len(records))
            if records and draw.random() < 0.5:
                records.pop(draw.randrange(len(records)))
            records.insert(place, draw.choice(
                [7, None, "x", {}, [], {"id": 5}, {"id": "no"}]))
            return Answer(200, text_of(records))
        body = text_of(records)
        if kind == "torn":
            framing = draw.choice(["length", "chunked", "close"])
            cut = draw.randrange(len(body))
            if framing == "close":
                return Answer(200, body[:cut], framing=framing, end="close")
            return Answer(200, body, framing=framing, cut=cut,
                          end=draw.choice(["close", "cut", "reset"]))
        if kind == "early":
            return Answer(200, body, cut=-draw.randint(2, 60),
                          end=draw.choice(["close", "cut", "reset"]))
        if kind == "page":
            return Answer(200, PAGE, "text/html")
        if kind == "type":
            return Answer(200, body, draw.choice(["text/plain", None]))
        if kind == "gzip":
            return Answer(200, gzip.compress(body),
                          fields=["Content-Encoding: gzip"])
        if kind == "object":
            return Answer(200, draw.choice(
                [b"{}", b"null", b'{"items":[]}', b"", b"[]x", b"[,]"]))
        if kind == "silence":
            return None
        status = draw.choice([302, 400, 408, 425, 429, 500, 502, 503, 504])
        return Answer(status, self._message(draw, status))


class Connection(asyncio.Protocol):
    """One connection of a client."""

    def __init__(self, peer):
        self.peer = peer
        self.buffer = b""

    def connection_made(self, transport):
        self.transport = transport
        self.peer.open.add(self)

    def connection_lost(self, _):
        self.peer.open.discard(self)

    def data_received(self, data):
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
            self.peer.take(head, self)

    def write(self, answer):
        head, body = answer.bytes()
        data = head + body
        if answer.cut is not None:
            data = data[:max(len(head) + answer.cut, 0)]
        self.transport.write(data)
        if answer.end == "silence":
            return
        if answer.end == "keep" and answer.framing == "close":
            self.transport.close()
        elif answer.end == "close":
            self.transport.close()
        elif answer.end == "cut":       # no close_notify
            self.transport.abort() if self.peer.tls else \
                self.transport.close()
        elif answer.end == "reset":
            sock = self.transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))
            self.transport.abort()


def server_context(cert):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert.chain, cert.key)
    return context
