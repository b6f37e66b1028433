# SPDX-License-Identifier: MIT
# TLS servers of several libraries, with a relay in front that sees the bytes.
"""
with TlsServer("openssl", leaf, version="1.3") as server:
    ... run a client against server.url("localhost") ...
assert server.asked             # the server has read a DELETE request
link, = server.links            # one for each connection
assert not link.sealed          # nothing that could have been a request

"openssl" and "python" answer a DELETE with 204, "gnutls" sends the request
back, which is no HTTP answer: patrm ends with SENT[library] if all is well.
trusted() and refused() are what the tests say of the end of it all.
"""

import re
import selectors
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

from conftest import KEY
from ports import port_of, reserve
from server import ID, Server, Turn, http, until

LIBRARIES = ("openssl", "gnutls", "python")
VERSIONS = ("1.2", "1.3")
SENT = {"openssl": 0, "gnutls": 6, "python": 0}
PATIENCE = 20       # seconds that anything here may take
ALERT_SEALED = 19   # bytes of an alert in a TLS 1.3 record: 2, its type, tag
APPLICATION = 23    # the record type

# What a server has to be told to share no suite with patrm, which has neither
# RSA key transport nor CCM. Python's ssl has no call for TLS 1.3's suites.
NO_COMMON_SUITE = {
    ("openssl", "1.2"): ["-cipher", "AES128-SHA:@SECLEVEL=0"],
    ("openssl", "1.3"): ["-ciphersuites", "TLS_AES_128_CCM_SHA256"],
    ("gnutls", "1.2"): [":-KX-ALL:+RSA"],
    ("gnutls", "1.3"): [":-CIPHER-ALL:+AES-128-CCM"],
    ("python", "1.2"): ["AES128-SHA:@SECLEVEL=0"],
}

# To sign with RSASSA-PSS and an rsaEncryption key, which TLS 1.3 always does.
# Python's ssl has no call for it.
PSS_ONLY = {
    "openssl": ["-sigalgs", "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384"],
    "gnutls": [":-SIGN-ALL:+SIGN-RSA-PSS-RSAE-SHA256"],
}


class Link:
    """A connection through the relay: what either side has said."""

    def __init__(self, near, far):
        self.near, self.far = near, far
        self.client, self.server = bytearray(), bytearray()

    @property
    def sealed(self):
        """The lengths of the client's records of application data. The only
        one that is no such data is, in TLS 1.3, a sealed alert."""
        lengths = [length for kind, length in records(self.client)
                   if kind == APPLICATION]
        return [n for n in lengths if n != ALERT_SEALED]

    @property
    def server_name(self):
        """The name in the ClientHello (RFC 6066, 3), or None."""
        return server_name(bytes(self.client))


def records(data):
    """(type, length) of each TLS record; the last may be incomplete."""
    while len(data) >= 5:
        length = int.from_bytes(data[3:5], "big")
        yield data[0], length
        data = data[5 + length:]


def server_name(data):
    """Of a ClientHello in a TLS record (RFC 8446, 4.1.2)."""
    assert data[0] == 22 and data[5] == 1, "this is no ClientHello"
    at = 5 + 4 + 2 + 32
    at += 1 + data[at]                                  # session
    at += 2 + int.from_bytes(data[at:at + 2], "big")    # suites
    at += 1 + data[at]                                  # compression
    end = at + 2 + int.from_bytes(data[at:at + 2], "big")
    at += 2
    while at < end:
        kind = int.from_bytes(data[at:at + 2], "big")
        length = int.from_bytes(data[at + 2:at + 4], "big")
        if kind == 0:
            return data[at + 9:at + 4 + length].decode()
        at += 4 + length
    return None


class Relay:
    """Passes on what either side says, and remembers it; not what `without`
    names of what the client says."""

    def __init__(self, port, address="127.0.0.1", without=b""):
        self.without = without
        self.to = ("127.0.0.1", port)
        self.links = []
        self.listener = socket.create_server(
            (address, 0), family=socket.AF_INET6 if ":" in address
            else socket.AF_INET)
        self.port = self.listener.getsockname()[1]
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def stop(self):
        """Returns once all that clients have said is here: they have to be
        gone by now."""
        self.stopping.set()
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive(), "the relay does not stop"

    # ---- in the thread

    def _run(self):
        end = None
        while len(self.selector.get_map()) > 1 or not self.stopping.is_set():
            if self.stopping.is_set():
                end = end or time.monotonic() + PATIENCE / 2
                if time.monotonic() > end:
                    break
            for key, _ in self.selector.select(0.01):
                if key.fileobj is self.listener:
                    self._accept()
                else:
                    self._pass(key.fileobj, *key.data)
        self.selector.close()
        self.listener.close()

    def _accept(self):
        near, _ = self.listener.accept()
        try:
            far = socket.create_connection(self.to, PATIENCE)
        except OSError:
            near.close()
            return
        for sock in (near, far):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(PATIENCE)
        link = Link(near, far)
        self.links.append(link)
        self.selector.register(near, selectors.EVENT_READ,
                               (far, link.client, link))
        self.selector.register(far, selectors.EVENT_READ,
                               (near, link.server, link))

    def _pass(self, source, target, memory, link):
        if source.fileno() < 0:     # closed since the selector saw it
            return
        data = b""
        try:
            data = source.recv(65536)
            memory += data
            if data and self.without and source is link.near:
                target.sendall(data.replace(self.without, b""))
            elif data:
                target.sendall(data)
            else:
                target.shutdown(socket.SHUT_WR)
        except OSError:
            pass        # the other one's end comes to light by itself
        if data:
            return
        self.selector.unregister(source)
        if source is link.near:     # the client has left: so may all
            if link.far in self.selector.get_map():
                self.selector.unregister(link.far)
            link.near.close()
            link.far.close()


class Process:
    """A server that is a program; on_text sees all that it has said."""

    def __init__(self, *command, on_text=None):
        self.output = b""
        self.on_text = on_text
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, bufsize=0)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        while data := self.process.stdout.read(65536):
            self.output += data
            if self.on_text:
                self.on_text(self)

    def await_text(self, pattern):
        """The first match in what it says."""
        until(lambda: re.search(pattern, self.output)
              or self.process.poll() is not None, PATIENCE)
        found = re.search(pattern, self.output)
        assert found, self.output.decode(errors="replace")
        return found

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(PATIENCE)
        self.thread.join(PATIENCE)
        self.process.stdin.close()
        self.process.stdout.close()


class Openssl:
    """openssl s_server, which answers what is written to its input."""

    def __init__(self, cert, version, options, client_ca):
        certificates = pem_blocks(cert.chain)
        command = ["openssl", "s_server", "-accept", "127.0.0.1:0",
                   "-cert", cert.cert, "-key", cert.key,
                   # no certificate but those that it is given
                   "-no-CAfile", "-no-CApath", "-no-CAstore"]
        if len(certificates) > 1:
            rest = Path(f"{cert.chain}.rest")
            rest.write_text("".join(certificates[1:]))
            command += ["-cert_chain", rest]
        if version:
            command.append("-tls" + version.replace(".", "_"))
            command[-1] = command[-1].replace("1_0", "1")
        if "-cipher" not in options:
            command += ["-cipher", "ALL:@SECLEVEL=0"]
        if client_ca:
            command += ["-Verify", "1", "-verify_return_error",
                        "-CAfile", client_ca]
        self.answered = False
        self.program = Process(*command, *options, on_text=self._answer)
        found = self.program.await_text(rb"ACCEPT 127\.0\.0\.1:(\d+)")
        self.port = int(found[1])

    def _answer(self, program):
        if has_request(program.output) and not self.answered:
            self.answered = True
            program.process.stdin.write(http(204))

    @property
    def asked(self):
        return has_request(self.program.output)

    def stop(self):
        self.program.stop()


def has_request(text):
    return re.search(rb"DELETE /[^\0]*\r\n\r\n", text)


class Gnutls:
    """gnutls-serv, which sends back what it gets. It cannot be told an
    address to listen on: it takes all there are."""

    def __init__(self, cert, version, options, client_ca):
        priority = "NORMAL"
        if version:
            priority += f":-VERS-ALL:+VERS-TLS{version}"
        priority += "".join(options)
        more = ["--require-client-cert", "--verify-client-cert",
                "--x509cafile", client_ca] if client_ca else []
        self.held = reserve("0.0.0.0")
        self.port = port_of(self.held)
        self.program = Process(
            "gnutls-serv", "--echo", "--port", str(self.port),
            "--x509certfile", cert.chain, "--x509keyfile", cert.key,
            "--priority", priority, *more)
        self.program.await_text(rb"IPv4 0\.0\.0\.0 port \d+\.\.\.done")

    @property
    def asked(self):
        return b"received cmd: DELETE /" in self.program.output

    def stop(self):
        self.program.stop()
        self.held.close()


class Python:
    """Python's ssl module: OpenSSL's library in other hands. It takes the
    names of ciphers as its only option, none of TLS 1.3's among them."""

    def __init__(self, cert, version, options, client_ca):
        name = version and "TLSv" + version.replace(".", "_").replace(
            "1_0", "1")
        self.server = Server(Turn(http(204)), cert=cert, version=name,
                             ciphers="".join(options) or
                             "ALL:@SECLEVEL=0")
        if client_ca:
            self.server.tls.verify_mode = ssl.CERT_REQUIRED
            self.server.tls.load_verify_locations(client_ca)
        self.server.__enter__()
        self.port = self.server.port

    @property
    def asked(self):
        return self.server.requests or self.server.stray

    def stop(self):
        self.server.__exit__()


class TlsServer:
    """A server of that library behind a relay; a context manager."""

    def __init__(self, library, cert, version=None, options=(),
                 address="127.0.0.1", client_ca=None, without=b""):
        """version is the only one, like "1.2"; options are the library's
        own; client_ca is what a client has to have a certificate of; without
        is what the relay does not pass on of what a client says."""
        kind = {"openssl": Openssl, "gnutls": Gnutls, "python": Python}
        self.library = library
        self.server = kind[library](cert, version, options, client_ca)
        self.relay = Relay(self.server.port, address, without)
        self.port = self.relay.port

    def url(self, host):
        return f"https://{host}:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Returns once all that was said is known."""
        self.relay.stop()
        self.server.stop()

    @property
    def links(self):
        return self.relay.links

    @property
    def asked(self):
        return bool(self.server.asked)


def pem_blocks(path):
    """The certificates of a PEM file, each as text."""
    return re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END "
                      r"CERTIFICATE-----\n", Path(path).read_text(), re.S)


# ---- what the tests do with it

def talk(patrm, server, *args, host="localhost", env=None, **more):
    """Deletes a token there, with --verbose. The server is at its end then,
    so that all it has seen is known."""
    result = patrm("-v", "-e", server.url(host), *args, ID,
                   env={"LANGSMITH_API_KEY": KEY} | (env or {}), **more)
    server.stop()
    return result


def trusted(result, server):
    """The one request was sent, and came through."""
    assert result.status == SENT[server.library], result
    assert server.asked
    # An answer that is no HTTP is followed by two more, for the lists.
    assert len(server.links) == (1 if result.status == 0 else 3)
    assert server.links[0].sealed


def refused(result, server, words):
    """Status 5, one attempt, not a byte of a request, and one sentence that
    says in words why (never in numbers of a library)."""
    assert result.status == 5, result
    assert len(server.links) == 1
    assert server.links[0].sealed == [] and not server.asked
    assert result.out == b""
    told = rf"(patrm: \* [^\n]*cannot be read[^\n]*\n)?patrm: {ID}: [^\n]+\n"
    assert re.fullmatch(told, result.errors), result
    assert re.search(words, result.errors), result.errors
    assert "no deletion was sent" in result.errors
    assert "mbedTLS" not in result.errors, result.errors
    assert result.seconds < 3
