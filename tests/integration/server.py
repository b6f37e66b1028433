# SPDX-License-Identifier: MIT
# A scripted HTTPS (or HTTP) server of one thread, and bytes for it to say.
"""
with Server(Turn(http(502)), Turn(http(200, record())), cert=leaf) as server:
    ... run a client against server.endpoint ...
assert server.requests == [b"DELETE ...", b"DELETE ..."]

A turn answers one request, on the connection at hand or a new one. Once the
last turn has its request, nobody listens any more: what a client tries beyond
the script is refused. Where the last turn keeps its connection, a further
request there is written down in server.extra, and the connection dropped.
"""

import json
import socket
import ssl
import struct
import threading
import time
from dataclasses import dataclass

from ports import port_of, reserve

ID = "3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10"
IDS = [f"3f2b6c1e-8a4d-4c55-9a77-{n:012x}" for n in range(1200)]
ENDS = ("keep", "clean", "cut", "reset", "hang")


@dataclass
class Turn:
    """What to do with a request, or (early) instead of a TLS handshake.

    send: bytes, or an iterable of bytes and of seconds to pause; each part is
    a write, and so a TLS record, of its own. end: "keep" the connection,
    "clean" close_notify and FIN, "cut" FIN without close_notify, "reset",
    "hang" say nothing until the client leaves.
    """
    send: object = b""
    end: str = "keep"
    early: bool = False

    def __post_init__(self):
        assert self.end in ENDS, self.end


class Server:
    """The server; a context manager. All its waits end by themselves."""

    def __init__(self, *script, cert=None, version=None, patience=30.0,
                 address="127.0.0.1", port=0, ciphers=None):
        """cert is a pki.Cert, None for plain HTTP; version is the name of
        the only ssl.TLSVersion, None for any; ciphers are OpenSSL's."""
        self.script = script
        self.patience = patience
        self.requests = []      # whole requests
        self.stray = []         # bytes that are no whole request
        self.extra = []         # what came after the script, whole heads
        self.errors = []        # of handshakes
        self.connections = 0
        self.goodbyes = 0       # connections that it has ended
        self.tls = None
        if cert:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.set_ciphers(ciphers or "DEFAULT")
            self.tls.load_cert_chain(cert.chain, cert.key)
        if version:
            only = ssl.TLSVersion[version]
            self.tls.minimum_version = self.tls.maximum_version = only
        self.link = None
        self.buffer = b""
        self.stopping = threading.Event()
        # The port outlives the listener: a client that comes too often is
        # refused, and not another test's guest.
        self.held = reserve(address, port)
        self.port = port_of(self.held)
        self.listener = socket.create_server(
            (address, self.port), family=self.held.family)
        self.listener.settimeout(patience)
        self.endpoint = self.url("localhost")
        self.thread = threading.Thread(target=self._run, daemon=True)

    def url(self, host, path=""):
        """The endpoint under another name, or with a path."""
        scheme = "https" if self.tls else "http"
        return f"{scheme}://{host}:{self.port}{path}"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop()
        self.held.close()

    def stop(self):
        """Returns once all that will be written down is."""
        self.stopping.set()
        for sock in (self.listener, self.link):
            wake(sock)
        self.thread.join(10)
        assert not self.thread.is_alive(), "the server does not stop"

    # ---- in the thread

    def _run(self):
        try:
            for number, turn in enumerate(self.script, 1):
                self._meet(turn)
                if number == len(self.script):
                    self.listener.close()
                self._play(turn)
            if self.link:
                self._refuse()
        except StopIteration:
            pass
        finally:
            self.listener.close()
            self._drop()

    def _meet(self, turn):
        """Waits for the connection or the request that the turn is about."""
        if turn.early:
            self._drop()
            self._accept()
            return
        while not (self.link or self._connect()) or not self._request():
            self._drop()

    def _accept(self):
        try:
            self.link, _ = self.listener.accept()
        except OSError:
            raise StopIteration from None
        self.connections += 1
        self.link.settimeout(self.patience)
        self.link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _connect(self):
        self._accept()
        if not self.tls:
            return True
        try:
            self.link = self.tls.wrap_socket(
                self.link, server_side=True, do_handshake_on_connect=False)
            self.link.do_handshake()
        except OSError as error:
            self.errors.append(str(error))
            return False
        return True

    def _request(self):
        """Whether a whole head came, which is all that a DELETE has."""
        while b"\r\n\r\n" not in self.buffer:
            data = self._receive()
            if not data:
                return False
            self.buffer += data
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        self.requests.append(head + b"\r\n\r\n")
        return True

    def _receive(self):
        try:
            return self.link.recv(65536)
        except OSError as error:
            if isinstance(error, ssl.SSLError):
                self.errors.append(str(error))
            return b""

    def _play(self, turn):
        parts = [turn.send] if isinstance(turn.send, bytes) else turn.send
        end = time.monotonic() + self.patience
        try:
            for part in parts:
                if self.stopping.is_set() or time.monotonic() > end:
                    break
                if isinstance(part, bytes):
                    self.link.sendall(part)
                else:
                    self.stopping.wait(part)
        except OSError:
            self._drop()    # the client has left
            return
        if turn.end != "keep":
            self._end(turn.end)

    def _end(self, how):
        bare = self.link
        if how == "hang":
            self._until_gone()
        elif how == "reset":
            bare.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))
            bare.close()
            self.goodbyes += 1
        elif how == "clean" and isinstance(bare, ssl.SSLSocket):
            bare.settimeout(0)
            try:
                bare.unwrap()   # says close_notify, does not wait for one
            except OSError:
                pass
        if how in ("clean", "cut"):
            self._linger()
        self._drop()

    def _linger(self):
        """FIN, then the client's: to close at once could reset instead."""
        with socket.socket(fileno=self.link.detach()) as bare:
            bare.settimeout(2)
            try:
                bare.shutdown(socket.SHUT_WR)
                self.goodbyes += 1
                while bare.recv(65536):
                    pass
            except OSError:
                pass

    def _until_gone(self):
        while data := self._receive():
            self.buffer += data

    def _refuse(self):
        """What comes now is beyond the script; close_notify is not."""
        data = self._receive()
        if not data:
            return
        self.link.settimeout(1)     # the rest of a head is on its way
        while b"\r\n\r\n" not in data and (more := self._receive()):
            data += more
        self.extra.append(data)

    def _drop(self):
        if self.buffer:
            self.stray.append(self.buffer)
        self.buffer = b""
        if self.link:
            self.link.close()
        self.link = None


def wake(sock):
    """Ends the waits of another thread on a socket."""
    try:
        if sock:
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
    except OSError:
        pass


# ---- what a server says

def http(status=200, body=b"", *fields, kind="application/json",
         reason="Reason", version="1.1", length=True):
    """A response; a body that is not bytes becomes JSON."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    lines = [f"HTTP/{version} {status} {reason}", *fields]
    if kind:
        lines.append(f"Content-Type: {kind}")
    if length is True and status != 204:
        length = len(body)
    if length is not False and status != 204:
        lines.append(f"Content-Length: {length}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def chunked(body, size=10, extension=b"", trailers=b""):
    """The body in chunks."""
    parts = [body[i:i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x%b\r\n%b\r\n" % (len(part), extension, part)
                    for part in parts) + b"0\r\n" + trailers + b"\r\n"


def record(token=ID, **fields):
    """What the API tells of a token: all twelve fields, in its order."""
    return {
        "created_at": "2026-01-02T03:04:05.678901+00:00",
        "id": token,
        "short_key": "lsv2_pt_3f2b...9d10",
        "description": "CI of the website",
        "read_only": False,
        "last_used_at": "2026-10-11T12:13:14+00:00",
        "expires_at": None,
        "workspace_names": ["Research", "Production"],
        "default_workspace_name": "Research",
        "role_id": "11111111-2222-4333-8444-555555555555",
        "org_role_id": None,
        "access_scope": "workspace",
    } | fields


def each_byte(data):
    """The bytes one by one."""
    return [bytes([byte]) for byte in data]


def until(condition, seconds=10.0):
    """Waits until the condition is true; fails if it never is."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "in vain"
        time.sleep(0.005)
