# SPDX-License-Identifier: MIT
# A proxy that does what a test says: HTTP CONNECT or SOCKS 5, and a relay.

import base64
import contextlib
import selectors
import socket
import struct
import threading

LONGEST = 30    # seconds that any step may take
HEAD = b"HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n"


def to_port(port):
    return struct.pack("!H", port)


class Proxy:
    """kind is "http" or "socks"; with user=(NAME, PASSWORD) it asks for both.
    answer is sent instead of an own one, and then the connection ends; head is
    what HTTP's tunnel begins with. With silent=True nothing is. The first resets connections are reset: behind
    answer, or at once if there is none. Names lead to 127.0.0.1, whatever they
    are. asked holds (host, port) of each request, seen what came before a
    tunnel, broken how many connections have been reset."""

    def __init__(self, kind, user=None, answer=None, silent=False,
                 pieces=False, resets=0, head=HEAD):
        self.kind, self.user, self.answer = kind, user, answer
        self.head = head
        self.silent, self.pieces, self.resets = silent, pieces, resets
        self.asked, self.seen, self.open, self.broken = [], b"", [], 0

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        scheme = "http" if self.kind == "http" else "socks5h"
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self._accept)
        self.thread.start()
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for sock in self.open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        self.thread.join(LONGEST)

    def with_user(self, text):
        return self.url.replace("://", f"://{text}@")

    def _accept(self):
        threads = []
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                break
            client.settimeout(LONGEST)
            self.open.append(client)
            threads.append(threading.Thread(target=self._serve,
                                            args=[client]))
            threads[-1].start()
        for thread in threads:
            thread.join(LONGEST)

    def _serve(self, client):
        with contextlib.suppress(OSError, ValueError, EOFError), client:
            answer = self.answer
            if self.broken < self.resets:
                self.broken += 1
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                  struct.pack("ii", 1, 0))
                if answer is None:
                    return
            elif self.resets:       # these are tunnels
                answer = None
            if self.silent:
                client.recv(65536)
                client.recv(65536)
                return
            if self.kind == "http":
                self._serve_http(client, answer)
            else:
                self._serve_socks(client, answer)

    def _send(self, client, data):
        if not self.pieces:
            client.sendall(data)
            return
        for i in range(len(data)):
            client.sendall(data[i:i + 1])

    def _read(self, client, count):
        data = b""
        while len(data) < count:
            more = client.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        self.seen += data
        return data

    def _serve_http(self, client, answer):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self._read(client, 1)
        lines = head.decode("ascii").split("\r\n")
        method, target, version = lines[0].split(" ")
        assert (method, version) == ("CONNECT", "HTTP/1.1"), lines[0]
        fields = dict(line.split(": ", 1) for line in lines[1:-2])
        assert fields["Host"] == target
        host, port = target.rsplit(":", 1)
        self.asked.append((host, int(port)))
        if answer is not None:
            self._send(client, answer)
            return
        wanted = self.user and "Basic " + base64.b64encode(
            ":".join(self.user).encode()).decode()
        if wanted and fields.get("Proxy-Authorization") != wanted:
            self._send(client, b"HTTP/1.1 407 Proxy Authentication Required"
                       b"\r\nProxy-Authenticate: Basic realm=x\r\n"
                       b"Content-Length: 0\r\n\r\n")
            return
        with self._dial(host, int(port)) as server:
            self._send(client, self.head)
            self._relay(client, server)

    def _serve_socks(self, client, answer):
        version, count = self._read(client, 2)
        assert version == 5
        methods = self._read(client, count)
        method = 2 if self.user else 0
        if method not in methods:
            self._send(client, b"\x05\xff")
            return
        self._send(client, bytes([5, method]))
        if self.user:
            version, count = self._read(client, 2)
            assert version == 1
            user = self._read(client, count)
            password = self._read(client, self._read(client, 1)[0])
            good = (user.decode(), password.decode()) == self.user
            self._send(client, b"\x01\x00" if good else b"\x01\x01")
            if not good:
                return
        version, command, zero, kind = self._read(client, 4)
        assert (version, command, zero) == (5, 1, 0)
        if kind == 3:
            host = self._read(client, self._read(client, 1)[0]).decode()
        else:
            family, size = {1: (socket.AF_INET, 4),
                            4: (socket.AF_INET6, 16)}[kind]
            host = socket.inet_ntop(family, self._read(client, size))
        port, = struct.unpack("!H", self._read(client, 2))
        self.asked.append((host, port))
        if answer is not None:
            self._send(client, answer)
            return
        with self._dial(host, port) as server:
            self._send(client, b"\x05\x00\x00\x01\x7f\x00\x00\x01" +
                       to_port(server.getsockname()[1]))
            self._relay(client, server)

    def _dial(self, host, port):
        name = not host.replace(".", "").isdigit() and ":" not in host
        server = socket.create_connection(
            ("127.0.0.1" if name else host.strip("[]"), port), LONGEST)
        self.open.append(server)
        return server

    @staticmethod
    def _relay(one, other):
        with selectors.DefaultSelector() as ready:
            ready.register(one, selectors.EVENT_READ, other)
            ready.register(other, selectors.EVENT_READ, one)
            while True:
                events = ready.select(LONGEST)
                if not events:
                    return
                for key, _ in events:
                    data = key.fileobj.recv(65536)
                    if not data:
                        return
                    key.data.sendall(data)
