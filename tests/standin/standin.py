#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# The stand-in for the LangSmith API: a TLS server with a memory, that can be
# told to misbehave. For tests, and by hand: python3 tests/standin/standin.py
"""
with Standin(cert=pki.leaf(root), tokens=3) as standin:
    standin.inject("drop-after rst", times=2, only="DELETE")
    ... standin.endpoint, standin.org.key, standin.org.ids() ...
    assert standin.requests[-1].executed

A fault is a word of FAULTS, perhaps a value, and perhaps "before" or "after":
whether the request is left alone or carried out. Each takes the next request.
"""

import argparse
import gzip
import ipaddress
import json
import os
import shutil
import signal
import socket
import ssl
import struct
import sys
import tempfile
import threading
from collections import deque
from dataclasses import asdict, dataclass, replace
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from organization import SELF, Answer, Organization, Request, reply
from pki import Pki

# word: (when by default, what may follow, what happens)
FAULTS = {
    "drop-before": ("before", "[fin|rst|clean]", "close, nothing done"),
    "drop-after": ("after", "[fin|rst|clean]", "do it, close, no answer"),
    "delay": ("after", "SECONDS", "wait, then answer as always"),
    "status": ("before", "CODE", "a proxy's error page"),
    "429": ("before", "[RETRY-AFTER]", "too many requests"),
    "html": ("before", "", "200 and a web page"),
    "other-id": ("before", "", "200 and another token's record"),
    "torn": ("after", "BYTES", "close after so many bytes of the body"),
    "short": ("after", "BYTES", "a whole body, but only its first bytes"),
    "no-content": ("after", "", "204"),
    "gzip": ("after", "", "a body with Content-Encoding: gzip"),
    "chunked": ("after", "", "a body in chunks"),
}

PAGE = b"<!doctype html>\n<title>LangSmith</title>\n<div id=root></div>\n"
SECRETS = ("x-api-key", "authorization")


@dataclass
class Fault:
    """One kind of misbehaviour, for so many requests of one method."""
    kind: str
    value: str = ""
    when: str = "after"
    only: str = ""
    times: int = 1

    @classmethod
    def parse(cls, text, *, only="", times=1):
        """ "status 502 after" and the like; ValueError if it is none."""
        kind, *words = text.split() or [""]
        if kind not in FAULTS:
            raise ValueError(f"{text!r}: one of {', '.join(FAULTS)}")
        when, wanted, _ = FAULTS[kind]
        if words and words[-1] in ("before", "after"):
            when = words.pop()
        value = " ".join(words)
        if kind.startswith("drop-"):
            value = value or "fin"
            good = value in ("fin", "rst", "clean")
        elif kind == "delay":
            good = float(value) >= 0
        elif kind == "429" or not wanted:
            good = kind == "429" or not value
        else:
            good = value.isdecimal()
        if not good:
            raise ValueError(f"{text!r}: {kind} {wanted}")
        return cls(kind, value, when, only.upper(), times)

    def __str__(self):
        return " ".join(filter(None, (self.kind, self.value, self.when)))


class Handler(BaseHTTPRequestHandler):
    """One connection."""
    protocol_version = "HTTP/1.1"
    server_version = "standin"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16   # an answer leaves in one piece

    def setup(self):
        self.timeout = self.server.standin.idle
        super().setup()

    def log_message(self, *_):
        pass

    def serve(self):
        standin = self.server.standin
        length = int(self.headers.get("Content-Length") or 0)
        headers = {k.lower(): v for k, v in self.headers.items()}
        request = Request(self.command, self.path, headers,
                          self.rfile.read(length))
        if self.path.startswith("/_standin/"):
            self.answer(self.administer(request))
            return
        fault = standin.accept(request)
        answer = standin.perform(request, fault)
        if answer:
            request.status = answer.status
            self.answer(answer)
        else:
            self.drop(fault.value)

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = serve

    def answer(self, answer):
        body = answer.body
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Type", answer.type)
            if answer.chunked:
                self.send_header("Transfer-Encoding", "chunked")
                body = b"".join(b"%x\r\n%b\r\n" % (len(part), part)
                                for part in pieces(body, 100)) + b"0\r\n\r\n"
            else:
                self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[:answer.sent])
        self.wfile.flush()
        if answer.sent is not None:
            self.drop("fin")

    def drop(self, how):
        """Ends the connection: "clean" says goodbye in TLS before the FIN,
        "fin" does not, "rst" makes the kernel send a reset."""
        self.close_connection = True
        if how != "clean":
            hang_up(self.connection, reset=how == "rst")

    def administer(self, request):
        """What a person or a script asks of the stand-in itself."""
        standin = self.server.standin
        address = self.client_address[0]
        if not ipaddress.ip_address(address).is_loopback:
            return reply(403, {"detail": "loopback only"})
        match request.method, request.path:
            case "GET", "/_standin/state":
                return reply(200, standin.state())
            case "DELETE", "/_standin/fault":
                standin.faults.clear()
                return Answer(204)
            case "POST", "/_standin/fault":
                try:
                    wish = json.loads(request.body)
                    standin.inject(wish.pop("fault"), **wish)
                except (ValueError, TypeError, KeyError,
                        AttributeError) as error:
                    return reply(400, {"detail": str(error)})
                return reply(200, {"faults": [str(f) for f in standin.faults]})
        return reply(404, {"detail": "GET /_standin/state, "
                                     "POST or DELETE /_standin/fault"})


class Server(ThreadingHTTPServer):
    """Shakes hands in each connection's own thread."""
    request_queue_size = 128

    def __init__(self, standin, host, port):
        self.standin = standin
        self.address_family = (socket.AF_INET6 if ":" in host
                               else socket.AF_INET)
        super().__init__((host, port), Handler)

    def finish_request(self, request, client_address):
        try:
            if self.standin.tls:
                request.settimeout(self.standin.idle)
                request = self.standin.tls.wrap_socket(request,
                                                       server_side=True)
            super().finish_request(request, client_address)
            if self.standin.tls and request.fileno() >= 0:
                request.settimeout(1)
                request.unwrap()
        except OSError:
            pass    # the client left, which is its right
        finally:
            request.close()


class Standin:
    """The server; a context manager."""

    def __init__(self, *, cert=None, prefix="", host="127.0.0.1", port=0,
                 idle=75.0, **state):
        """cert is a pki.Cert, None for plain HTTP. idle is how many seconds
        a kept-alive connection may wait. state goes to Organization."""
        self.org = Organization(**state)
        self.prefix = f"/{prefix.strip('/')}".rstrip("/")
        self.idle = idle
        self.requests = []
        self.faults = deque()
        self.hook = None    # called with each request before it is handled
        self.stopping = threading.Event()
        self.tls = None
        if cert:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(cert.chain, cert.key)
        self.server = Server(self, host, port)
        self.port = self.server.server_port
        named = cert and host == "127.0.0.1"
        self.endpoint = self.url("localhost" if named else host)

    def url(self, host):
        """The base URL under another name."""
        host = f"[{host}]" if ":" in host else host
        scheme = "https" if self.tls else "http"
        return f"{scheme}://{host}:{self.port}{self.prefix}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,),
                         daemon=True).start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.server.shutdown()
        self.server.socket.close()

    def inject(self, fault, *, only="", times=1):
        """Misbehaves so many times, for requests of the method `only`."""
        self.faults.append(Fault.parse(fault, only=only, times=int(times)))

    def state(self):
        """Everything as JSON shows it, without secrets."""
        with self.org.lock:
            return {
                "tokens": list(self.org.tokens),
                "services": list(self.org.services),
                "revoked": self.org.revoked(),
                "deleted": list(self.org.deleted),
                "faults": [str(fault) for fault in self.faults],
                "requests": [public(request) for request in self.requests],
            }

    def accept(self, request):
        """Writes a request down; returns the fault that meets it, if any."""
        with self.org.lock:
            self.requests.append(request)
            fault = next((f for f in self.faults
                          if f.only in ("", request.method)), None)
            if fault:
                request.fault = str(fault)
                fault.times -= 1
                if fault.times <= 0:
                    self.faults.remove(fault)
        if self.hook:
            self.hook(request)
        return fault

    def perform(self, request, fault):
        """The answer to a request, None for no answer at all."""
        answer = None
        if fault and fault.kind == "delay" and fault.when == "before":
            self.stopping.wait(float(fault.value))
        if not fault or fault.when == "after" or fault.kind == "delay":
            answer = self.handle(request)
        if not fault:
            return answer

        match fault.kind:
            case "delay":
                if fault.when == "after":
                    self.stopping.wait(float(fault.value))
                return answer
            case "drop-before" | "drop-after":
                return None
            case "status":
                return page(int(fault.value))
            case "429":
                answer = reply(429, {"detail": "Too Many Requests"})
                if fault.value:
                    answer.headers.append(("Retry-After", fault.value))
                return answer
            case "html":
                return page(200)
            case "other-id":
                return reply(200, self.another(request))
            case "no-content":
                return Answer(204)

        # the rest spoils an answer
        answer = answer or reply(200, self.another(request))
        match fault.kind:
            case "torn":
                return replace(answer, sent=int(fault.value))
            case "short":
                return replace(answer, body=answer.body[:int(fault.value)])
            case "gzip":
                return replace(answer, body=gzip.compress(answer.body),
                               headers=[("Content-Encoding", "gzip")])
            case "chunked":
                return replace(answer, chunked=True)

    def handle(self, request):
        """Beside the API, the web pages answer everything."""
        if not request.path.startswith(f"{self.prefix}/api/"):
            return page(200)
        inside = replace(request, path=request.path[len(self.prefix):])
        answer = self.org.handle(inside)
        request.executed = inside.executed
        return answer

    def another(self, request):
        """The record of a token that the request is not about."""
        with self.org.lock:
            tokens = [*self.org.tokens.values(), *self.org.deleted.values()]
            return next((token.record for token in tokens
                         if token.id not in request.path.lower()), {})


def hang_up(connection, *, reset):
    """Closes a socket under its TLS session: no close_notify."""
    with socket.socket(fileno=connection.detach()) as bare:
        if reset:
            bare.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))


def page(status):
    """What a web site or a proxy says."""
    if status == 200:
        return Answer(200, PAGE, "text/html; charset=utf-8")
    words = f"{status} {responses.get(status, '')}"
    text = f"<html><head><title>{words}</title></head></html>\n"
    return Answer(status, text.encode(), "text/html")


def pieces(data, size):
    return (data[i:i + size] for i in range(0, len(data), size))


def public(request):
    """A request without its secrets."""
    shown = asdict(request)
    shown["body"] = request.body.decode("latin-1")
    for name in SECRETS:
        if name in shown["headers"]:
            shown["headers"][name] = "(hidden)"
    return shown


# ---- by hand

def options():
    parser = argparse.ArgumentParser(
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="A stand-in for the LangSmith API on this machine.",
        epilog=faults_text())
    add = parser.add_argument
    add("--port", type=int, default=0, help="default: a free one")
    add("--host", default="127.0.0.1", metavar="ADDRESS",
        help="where to listen, default 127.0.0.1")
    add("--plain", action="store_true", help="http:// instead of https://")
    add("--prefix", default="", help="for example /langsmith")
    add("--tokens", type=int, default=3, metavar="N", help="default 3")
    add("--services", type=int, default=0, metavar="N",
        help="service keys, default 0")
    add("--seed", type=int, default=1, help="other ids and secrets")
    add("--admin", action="store_true",
        help="the caller may see and touch every member's tokens")
    add("--reader", action="store_true", help="the caller may see them")
    add("--bad-key", type=int, choices=(401, 403), default=403,
        help="the answer to a wrong key, default 403")
    add("--cache-lag", type=float, default=0, metavar="SECONDS",
        help="how long a deleted token still authenticates")
    add("--fault", action="append", default=[],
        help="misbehave at the next request, repeatable; see below")
    add("--ready-file", type=Path, metavar="FILE",
        help="write a JSON object there once listening")
    arguments = parser.parse_args()
    try:
        for fault in arguments.fault:
            Fault.parse(fault)
    except ValueError as error:
        parser.error(str(error))
    return arguments


def faults_text():
    lines = ["faults, each with 'before' or 'after' behind it if the request",
             "is to be left alone or carried out otherwise than said here:"]
    for kind, (when, value, what) in FAULTS.items():
        lines.append(f"  {kind + ' ' + value:28}{what} ({when})")
    return "\n".join(lines)


def guide(standin, ca, key, leaked):
    """What a person needs to know to use it."""
    org = standin.org
    own = [org.tokens[token_id] for token_id in org.ids()]
    tls = [f"--cacert {ca}"] if ca else []
    root = standin.endpoint.removesuffix(standin.prefix)
    patrm = [f"build/x86_64/patrm -e {standin.endpoint}", *tls, f"-k {key}"]
    drop = """-d '{"fault": "drop-after rst"}'"""
    error = """-d '{"fault": "status 502 after", "times": 3}'"""
    lines = [
        "A stand-in for the LangSmith API, until Ctrl-C.",
        "",
        f"endpoint      {standin.endpoint}",
        f"CA file       {ca or 'none, this is plain HTTP'}",
        f"API key file  {key}",
        f"leaked token  {leaked or 'none'}",
        f"organization  {org.id}",
        f"workspace     {org.workspace}",
        f"tokens        {len(own)} of {SELF}",
        *(f"              {t.id}  {t.record['description']}"
          for t in own[:5]),
        "",
        "# delete a token",
        command([*patrm, own[-1].id if own else "ID"]),
        "# or as if only its secret were known",
        command([*patrm, f"- <{leaked or 'FILE'}"]),
        "# see what is left",
        command(["curl -s", *tls, f"{root}/_standin/state"]),
        "# carry the next request out, then drop the connection",
        command(["curl -s", *tls, drop, f"{root}/_standin/fault"]),
        "# carry the next 3 out, but answer 502",
        command(["curl -s", *tls, error, f"{root}/_standin/fault"]),
        "",
        faults_text(),
    ]
    return "\n".join(lines)


def command(words):
    """A command to paste, one word a line."""
    return " \\\n    ".join(words)


def secret_file(path, secret):
    """One line that only its owner may read."""
    path.touch(0o600)
    path.write_text(secret + "\n")
    return path


def write_ready(path, standin, ca, key, leaked):
    """All at once, so that no one reads half of it; without secrets."""
    own = standin.org.ids()
    last = standin.org.tokens[own[-1]] if own else None
    facts = {
        "endpoint": standin.endpoint,
        "port": standin.port,
        "cacert": str(ca) if ca else None,
        "api_key_file": str(key),
        "leaked_file": str(leaked) if leaked else None,
        "leaked_id": last.id if last else None,
        "leaked_short_key": last.record["short_key"] if last else None,
        "organization": standin.org.id,
        "workspace": standin.org.workspace,
        "ids": own,
        "pid": os.getpid(),
    }
    half = path.with_name(path.name + ".half")
    half.write_text(json.dumps(facts) + "\n")
    half.rename(path)


def run(arguments, folder):
    """Serves until a signal comes."""
    ca = cert = None
    if not arguments.plain:
        pki = Pki(folder / "pki")
        root = pki.ca("patrm stand-in root")
        ca, cert = folder / "ca.pem", pki.leaf(root)
        shutil.copy(root.cert, ca)
    standin = Standin(
        cert=cert, prefix=arguments.prefix, host=arguments.host,
        port=arguments.port, tokens=arguments.tokens,
        services=arguments.services, seed=arguments.seed,
        admin=arguments.admin, reader=arguments.reader,
        bad_key=arguments.bad_key, cache_lag=arguments.cache_lag)
    for fault in arguments.fault:
        standin.inject(fault)
    key = secret_file(folder / "api-key", standin.org.key)
    leaked = None
    for last in standin.org.ids()[-1:]:
        leaked = secret_file(folder / "leaked",
                             standin.org.tokens[last].secret)
    with standin:
        if arguments.ready_file:
            write_ready(arguments.ready_file, standin, ca, key, leaked)
        print(guide(standin, ca, key, leaked), flush=True)
        signal.sigwait(ENDING)
    if arguments.ready_file:
        arguments.ready_file.unlink(missing_ok=True)


ENDING = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


def main():
    arguments = options()
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    with tempfile.TemporaryDirectory(prefix="patrm-standin-") as folder:
        try:
            run(arguments, Path(folder))
        except OSError as error:
            sys.exit(f"standin: {error}")


if __name__ == "__main__":
    main()
