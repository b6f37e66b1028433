# SPDX-License-Identifier: MIT
# Connections as servers end them: nginx and haproxy in front of the stand-in,
# limits of rate, and an end behind every k-th answer; what is said of each token
# is compared with what the server did.

import json
import re
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time
import uuid
from contextlib import suppress

import pytest

from conftest import RUNNER
from nginx import nginx_conf
from ports import port_of, reserve
from server import record

MANY = 1000


@pytest.fixture
def program(tmp_path):
    """program(command, port) is running, and listens."""
    running = []

    def start(command, port):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
        running.append(process)
        end = time.monotonic() + 20
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            assert process.poll() is None, process.stdout.read()
            time.sleep(0.05)
        raise AssertionError(f"{command[0]} does not listen")
    yield start
    for process in running:
        process.terminate()
        try:
            process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def deletions(standin):
    return [request.path.rsplit("/", 1)[1] for request in standin.requests
            if request.method == "DELETE"]


def all_deleted(result, ids, standin):
    """Each once, in order, as the server has it; and nothing is unknown."""
    assert result.status == 0, result.errors[-500:]
    assert [o["token"] for o in result.objects] == ids
    assert {o["outcome"] for o in result.objects} == {"deleted"}
    assert list(standin.org.deleted) == ids


# ---- nginx

HTTP = """\
    limit_req_zone $server_port zone=all:1m rate=5r/s;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate "{cert.chain}";
        ssl_certificate_key "{cert.key}";
        {settings}
        location / {{
            proxy_pass http://127.0.0.1:{inner};
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
        location @wait {{
            add_header Retry-After 1 always;
            return 429 "slow down";
        }}
    }}
"""


@pytest.fixture
def nginx(standin, certs, program, tmp_path):
    """nginx(settings, tokens) is (the stand-in, the endpoint of nginx)."""
    held = []

    def start(settings, tokens):
        behind = standin(cert=None, tokens=tokens + 1, others=0)
        held.append(reserve())
        port = port_of(held[-1])
        config = tmp_path / "nginx.conf"
        config.write_text(nginx_conf(tmp_path, HTTP.format(
            port=port, cert=certs.leaf, inner=behind.port,
            settings=settings)))
        program(["nginx", "-c", config, "-p", tmp_path], port)
        return behind, f"https://localhost:{port}"
    yield start
    for one in held:
        one.close()


@pytest.mark.parametrize("settings", [
    "keepalive_requests 1;", "keepalive_requests 7;", "keepalive_timeout 0;",
    "keepalive_time 1s;"])
def test_nginx_ends_connections(nginx, ask, settings):
    behind, endpoint = nginx(settings, 200)
    ids = behind.org.ids()[1:]
    result = ask(behind, "-j", "--retries=0", "-", endpoint=endpoint,
                 stdin="\n".join(ids).encode())
    all_deleted(result, ids, behind)


def test_nginx_limits_the_rate(nginx, ask):
    """429 with Retry-After: all wait, and none is lost."""
    behind, endpoint = nginx(
        "limit_req zone=all burst=5 nodelay; limit_req_status 429;"
        " error_page 429 @wait;", 30)
    ids = behind.org.ids()[1:]
    result = ask(behind, "-j", "-", endpoint=endpoint,
                 stdin="\n".join(ids).encode())
    all_deleted(result, ids, behind)
    # An emulator may be slower than nginx allows.
    assert RUNNER or max(o["attempts"] for o in result.objects) > 1
    assert result.seconds > 1


# ---- haproxy

HAPROXY = """\
global
    maxconn 100
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    {settings}
frontend in
    bind 127.0.0.1:{port} ssl crt {folder}/pem
    default_backend out
backend out
    server one 127.0.0.1:{inner}
"""


@pytest.mark.parametrize("settings", [
    "option httpclose", "option http-server-close",
    "timeout http-keep-alive 1", "option http-keep-alive",
    "option nolinger", "option httpclose\n    option nolinger"])
def test_haproxy_ends_connections(standin, certs, program, ask, tmp_path,
                                  request, settings):
    haproxy = shutil.which("haproxy", path="/usr/sbin:/usr/bin")
    if haproxy is None:
        pytest.skip("haproxy is not installed")
    behind = standin(cert=None, tokens=101, others=0)
    ids = behind.org.ids()[1:]
    (tmp_path / "pem").write_bytes(certs.leaf.chain.read_bytes()
                                   + certs.leaf.key.read_bytes())
    with reserve() as held:
        port = port_of(held)
        config = tmp_path / "haproxy.cfg"
        config.write_text(HAPROXY.format(
            port=port, inner=behind.port, settings=settings,
            folder=str(tmp_path).replace(" ", "\\ ")))
        program([haproxy, "-db", "-f", config], port)
        result = ask(behind, "-j", "--retries=1", "-",
                     endpoint=f"https://localhost:{port}",
                     stdin="\n".join(ids).encode())
    all_deleted(result, ids, behind)


# ---- the end of every k-th answer

class Ending:
    """A TLS server that ends its connection behind every k-th answer, in a
    way, without having said so. `done` holds the ids, in order."""

    def __init__(self, cert, k, way):
        self.k, self.way, self.done, self.left = k, way, [], False
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(cert.chain, cert.key)

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(30)
        self.port = self.listener.getsockname()[1]
        self.endpoint = f"https://localhost:{self.port}"
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.left = True
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), 5).close()
        self.thread.join(30)
        self.listener.close()

    def _run(self):
        while not self.left:
            with suppress(OSError):
                plain, _ = self.listener.accept()
                plain.settimeout(10)
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self.context.wrap_socket(plain, server_side=True) as tls:
                    self._serve(tls)

    def _serve(self, tls):
        for _ in range(self.k):
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                more = tls.recv(4096)
                if not more:
                    return
                head += more
            method, path, _ = head.decode().split("\r\n")[0].split(" ")
            body = b"[]"
            if method == "DELETE":
                self.done.append(path.rsplit("/", 1)[1])
                body = json.dumps(record(id=self.done[-1])).encode()
            tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json"
                        b"\r\nContent-Length: %d\r\n\r\n%s"
                        % (len(body), body))
        if self.way == "clean":
            with suppress(OSError):
                tls.unwrap()
        elif self.way == "reset":
            tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                           struct.pack("ii", 1, 0))
        elif self.way == "half":
            tls.shutdown(socket.SHUT_WR)
            time.sleep(0.02)


@pytest.mark.parametrize("way", ["clean", "fin", "half", "reset"])
@pytest.mark.parametrize("k", [1, 2, 7, 100])
def test_an_end_behind_every_kth_answer(certs, start, way, k):
    """What is said of each token is what the server did to it; a request into
    a connection that was just ended is one that nobody has seen."""
    many = MANY if k >= 7 else 100
    ids = [str(uuid.UUID(int=n + 1)) for n in range(many)]
    with Ending(certs.leaf, k, way) as server:
        result = start(server, "-j", "--retries=3", "-",
                       stdin="\n".join(ids).encode()).end()
    assert [o["token"] for o in result.objects] == ids
    assert {o["outcome"] for o in result.objects} == {"deleted"}, [
        o for o in result.objects if o["outcome"] != "deleted"]
    assert result.status == 0
    # Where an answer was torn off by a reset, it was asked for again.
    seen = list(dict.fromkeys(server.done))
    assert seen == ids
    if way in ("clean", "fin"):
        assert server.done == ids
    again = sum(o["attempts"] - 1 for o in result.objects)
    assert again <= many / k + 1


def test_the_log_has_no_other_line(standin, ask):
    """A thousand of them, on one connection."""
    running = standin(tokens=MANY + 1, others=0)
    ids = running.org.ids()[1:]
    result = ask(running, "-j", "-", stdin="\n".join(ids).encode())
    all_deleted(result, ids, running)
    assert deletions(running) == ids
    assert not re.search("unknown", result.errors)
