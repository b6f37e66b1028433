# SPDX-License-Identifier: MIT
# A TLS server that says what a test wants, record by record and rule or no
# rule: TLS 1.2 and 1.3, one cipher suite of each, X25519, a P-256 certificate.
"""
def script(peer):
    peer.read_hello()
    peer.accept13()                     # the whole handshake
    peer.send_data(b"")                 # an empty record
    peer.answer(http(204))              # once the request has come

with WireServer(leaf, script) as server:
    ... run a client against server.endpoint ...
assert server.asked                     # a request could be read

The parts of accept13() and accept12() can be called one by one and changed.
The cryptography is Debian's python3-cryptography; only the test's keys use it.
"""

import hashlib
import hmac
import re
import socket
import ssl
import threading

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey, X25519PublicKey)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

CCS, ALERT, HANDSHAKE, DATA = 20, 21, 22, 23            # record types
CLIENT_HELLO, SERVER_HELLO, TICKET, ENCRYPTED_EXTENSIONS = 1, 2, 4, 8
CERTIFICATE, KEY_EXCHANGE, CERTIFICATE_REQUEST = 11, 12, 13
HELLO_DONE, CERTIFICATE_VERIFY, CLIENT_KEY, FINISHED = 14, 15, 16, 20
KEY_UPDATE, MESSAGE_HASH = 24, 254
COOKIE, VERSIONS, KEY_SHARE, PSK, EXTENDED_MASTER = 44, 43, 51, 41, 23
X25519, P256, P384 = 0x1d, 0x17, 0x18
SUITE13, SUITE12 = 0x1301, 0xc02b
RETRY = hashlib.sha256(b"HelloRetryRequest").digest()   # RFC 8446, 4.1.3
NOTHING = hashlib.sha256(b"").digest()
PATIENCE = 20       # seconds that anything here may take


def number(value, size):
    return value.to_bytes(size, "big")


def vector(size, *parts):
    """With the length of its content in front, in so many bytes."""
    content = b"".join(parts)
    return number(len(content), size) + content


def message(kind, *parts):
    return number(kind, 1) + vector(3, *parts)


def extension(kind, *parts):
    return number(kind, 2) + vector(2, *parts)


def expand(secret, label, context=b"", size=32):
    """HKDF-Expand-Label of RFC 8446, 7.1; one block is enough."""
    info = (number(size, 2) + vector(1, b"tls13 ", label) +
            vector(1, context))
    return hmac.digest(secret, info + b"\1", "sha256")[:size]


def extract(salt, secret):
    return hmac.digest(salt, secret, "sha256")


def prf(secret, label, seed, size):
    """RFC 5246, 5."""
    out, a = b"", label + seed
    while len(out) < size:
        a = hmac.digest(secret, a, "sha256")
        out += hmac.digest(secret, a + label + seed, "sha256")
    return out[:size]


class Seal13:
    """The keys of one direction (RFC 8446, 5.2)."""

    def __init__(self, secret):
        self.aead = AESGCM(expand(secret, b"key", size=16))
        self.iv = expand(secret, b"iv", size=12)
        self.count = 0

    def _nonce(self):
        self.count += 1
        return number(int.from_bytes(self.iv, "big") ^ (self.count - 1), 12)

    def close(self, kind, content, padding=0):
        inner = content + number(kind, 1) + bytes(padding)
        head = b"\x17\3\3" + number(len(inner) + 16, 2)
        return head + self.aead.encrypt(self._nonce(), inner, head)

    def open(self, kind, body):
        head = b"\x17\3\3" + number(len(body), 2)
        assert kind == DATA, "a record in the clear"
        inner = self.aead.decrypt(self._nonce(), body, head).rstrip(b"\0")
        return inner[-1], inner[:-1]


class Seal12:
    """The keys of one direction (RFC 5288, 3)."""

    def __init__(self, key, salt):
        self.aead, self.salt, self.count = AESGCM(key), salt, 0

    def _more(self, kind, size):
        self.count += 1
        return (number(self.count - 1, 8) + number(kind, 1) + b"\3\3" +
                number(size, 2))

    def close(self, kind, content, padding=0):
        assert padding == 0, "TLS 1.2 with GCM has none"
        explicit = number(self.count, 8)
        sealed = self.aead.encrypt(self.salt + explicit, content,
                                   self._more(kind, len(content)))
        return (number(kind, 1) + b"\3\3" + vector(2, explicit, sealed))

    def open(self, kind, body):
        return kind, self.aead.decrypt(self.salt + body[:8], body[8:],
                                       self._more(kind, len(body) - 24))


class Gone(Exception):
    """The client has left, or has said that it will."""


class Hello:
    """A ClientHello."""

    def __init__(self, data):
        self.random = data[6:38]
        at = 39 + data[38]
        self.session = data[39:at]
        end = at + 2 + int.from_bytes(data[at:at + 2], "big")
        self.suites = {int.from_bytes(data[i:i + 2], "big")
                       for i in range(at + 2, end, 2)}
        at = end + 1 + data[end] + 2
        self.extensions = {}
        while at < len(data):
            kind, size = (int.from_bytes(data[i:i + 2], "big")
                          for i in (at, at + 2))
            self.extensions[kind] = data[at + 4:at + 4 + size]
            at += 4 + size
        shares = self.extensions.get(KEY_SHARE, b"")[2:]
        self.shares = {}
        while shares:
            size = int.from_bytes(shares[2:4], "big")
            self.shares[int.from_bytes(shares[:2], "big")] = shares[
                4:4 + size]
            shares = shares[4 + size:]


class Peer:
    """One connection. What is sent is collected until flush(), or until
    something is read: put() takes a record, send_...() flush at once."""

    def __init__(self, link, cert):
        self.link, self.cert = link, cert
        self.key = serialization.load_pem_private_key(
            cert.key.read_bytes(), None)
        self.chain = [ssl.PEM_cert_to_DER_cert(block) for block in re.findall(
            "-----BEGIN.*?END CERTIFICATE-----", cert.chain.read_text(),
            re.S)]
        self.seen = []              # (type, body) of the client's records
        self.reads = self.writes = None
        self.transcript = b""
        self.data = b""             # what the client said as application
        self.alerts = []
        self.out = b""
        self.secret = None          # X25519's
        self.random = b"\x5a" * 32

    # ---- records

    def put(self, kind, content, padding=0, version=0x0303):
        if self.writes and kind != CCS:
            self.out += self.writes.close(kind, content, padding)
        else:
            self.out += number(kind, 1) + number(version, 2) + vector(
                2, content)

    def flush(self):
        out, self.out = self.out, b""
        self.link.sendall(out)

    def send_data(self, content, padding=0):
        self.put(DATA, content, padding)
        self.flush()

    def send_alert(self, level, number_):
        self.put(ALERT, bytes([level, number_]))
        self.flush()

    def say(self, kind, *parts, padding=0):
        """A handshake message in a record of its own."""
        content = message(kind, *parts)
        self.transcript += content
        self.put(HANDSHAKE, content, padding)

    def read(self):
        """The next record; an alert ends it all."""
        self.flush()
        head = self._exactly(5)
        kind, body = head[0], self._exactly(int.from_bytes(head[3:], "big"))
        self.seen.append((kind, body))
        # A client that has found no keys says so in the clear.
        clear = kind in (CCS, ALERT) and isinstance(self.reads, Seal13)
        if self.reads and not clear:
            kind, body = self.reads.open(kind, body)
        if kind == ALERT:
            self.alerts.append(tuple(body))
            raise Gone
        return kind, body

    def read_past_ccs(self):
        kind, body = self.read()
        return self.read() if kind == CCS else (kind, body)

    def _exactly(self, size):
        data = b""
        while len(data) < size:
            more = self.link.recv(size - len(data))
            if not more:
                raise Gone
            data += more
        return data

    # ---- both versions

    def read_hello(self):
        kind, body = self.read_past_ccs()
        assert kind == HANDSHAKE and body[0] == CLIENT_HELLO
        self.transcript += body
        self.hello = Hello(body)
        return self.hello

    def hash(self):
        return hashlib.sha256(self.transcript).digest()

    def sign(self, content):
        return number(0x0403, 2) + vector(2, self.key.sign(
            content, ec.ECDSA(hashes.SHA256())))

    def say_hello(self, *extensions, version=0x0303, suite=SUITE13,
                  random=None, session=None):
        """extensions None: not even their length."""
        self.random = random or self.random
        self.extended = extension(EXTENDED_MASTER) in extensions
        session = self.hello.session if session is None else session
        self.say(SERVER_HELLO, number(version, 2), self.random,
                 vector(1, session), number(suite, 2), b"\0",
                 b"" if extensions == (None,) else vector(2, *extensions))

    def share(self):
        """The key_share of a ServerHello."""
        self.secret = self.secret or X25519PrivateKey.generate()
        return extension(KEY_SHARE, number(X25519, 2),
                         vector(2, self._public()))

    def _public(self):
        return self.secret.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def read_request(self):
        """Reads until it is whole."""
        while b"\r\n\r\n" not in self.data:
            kind, body = self.read()
            assert kind == DATA, kind
            self.data += body

    def answer(self, content):
        self.read_request()
        self.send_data(content)

    def goodbye(self):
        """close_notify, and waits for the client to leave."""
        self.send_alert(1, 0)
        while True:
            self.read()

    # ---- TLS 1.3 (RFC 8446, 2)

    def say_hello13(self):
        self.say_hello(extension(VERSIONS, b"\3\4"), self.share())

    def retry(self, *extensions, group=P256):
        """A HelloRetryRequest that asks for another group; reads the second
        ClientHello."""
        self.transcript = message(MESSAGE_HASH, self.hash())
        share = [extension(KEY_SHARE, number(group, 2))] if group else []
        self.say_hello(extension(VERSIONS, b"\3\4"), *share, *extensions,
                       random=RETRY)
        self.random = b"\x5a" * 32
        return self.read_hello()

    def start_keys13(self, shared=None):
        """The handshake's keys, from the shares or from what is given."""
        if shared is None:
            shared = self.secret.exchange(X25519PublicKey.from_public_bytes(
                self.hello.shares[X25519]))
        early = extract(bytes(32), bytes(32))
        self.main = extract(expand(early, b"derived", NOTHING), shared)
        self.ours = expand(self.main, b"s hs traffic", self.hash())
        self.theirs = expand(self.main, b"c hs traffic", self.hash())
        self.writes, self.reads = Seal13(self.ours), Seal13(self.theirs)

    def say_certificate13(self):
        self.say(CERTIFICATE, b"\0", vector(3, *(
            vector(3, der) + b"\0\0" for der in self.chain)))

    def say_verify(self):
        content = (b" " * 64 + b"TLS 1.3, server CertificateVerify\0" +
                   self.hash())
        self.say(CERTIFICATE_VERIFY, self.sign(content))

    def say_finished13(self):
        key = expand(self.ours, b"finished")
        self.say(FINISHED, hmac.digest(key, self.hash(), "sha256"))

    def start_data13(self):
        """After our Finished: the keys of application data, and theirs."""
        self.flush()
        main = extract(expand(self.main, b"derived", NOTHING), bytes(32))
        self.writes = Seal13(expand(main, b"s ap traffic", self.hash()))
        key = Seal13(expand(main, b"c ap traffic", self.hash()))
        wanted = hmac.digest(expand(self.theirs, b"finished"), self.hash(),
                             "sha256")
        kind, body = self.read_past_ccs()
        assert (kind, body) == (HANDSHAKE, message(FINISHED, wanted))
        self.reads = key

    def accept13(self):
        self.say_hello13()
        self.start_keys13()
        self.rest13()

    def rest13(self):
        """What is encrypted of the handshake."""
        self.say(ENCRYPTED_EXTENSIONS, b"\0\0")
        self.say_certificate13()
        self.say_verify()
        self.say_finished13()
        self.start_data13()

    def accept_keyless(self):
        """What CVE-2026-115490 lets pass: no key exchange, no encryption
        until there is data, and all keys from zeros."""
        self.main = self.ours = self.theirs = bytes(32)
        self.say_certificate13()
        self.say_verify()
        self.say_finished13()
        self.start_data13()

    def ticket(self, padding=0):
        self.put(HANDSHAKE, message(
            TICKET, number(7200, 4), number(1, 4), vector(1, b"n"),
            vector(2, b"ticket"), b"\0\0"), padding)
        self.flush()

    # ---- TLS 1.2 (RFC 5246, 7.3; RFC 7627)

    def say_hello12(self, **more):
        more = {"suite": SUITE12, "session": b""} | more
        self.say_hello(extension(EXTENDED_MASTER),
                       extension(0xff01, b"\0"), **more)

    def say_certificate12(self):
        self.say(CERTIFICATE, vector(3, *(
            vector(3, der) for der in self.chain)))

    def say_key_exchange(self, group=X25519, point=None):
        self.secret = X25519PrivateKey.generate()
        params = b"\3" + number(group, 2) + vector(
            1, point or self._public())
        self.say(KEY_EXCHANGE, params, self.sign(
            self.hello.random + self.random + params))

    def accept12(self, **hello):
        self.say_hello12(**hello)
        self.rest12()

    def rest12(self):
        self.say_certificate12()
        self.say_key_exchange()
        self.say(HELLO_DONE)
        self.finish12()

    def finish12(self):
        kind, body = self.read()
        assert kind == HANDSHAKE and body[0] == CLIENT_KEY
        self.transcript += body
        shared = self.secret.exchange(
            X25519PublicKey.from_public_bytes(body[5:]))
        main = (prf(shared, b"extended master secret", self.hash(), 48)
                if self.extended else
                prf(shared, b"master secret", self.hello.random + self.random,
                    48))
        block = prf(main, b"key expansion", self.random + self.hello.random,
                    40)
        assert self.read() == (CCS, b"\1")
        self.reads = Seal12(block[:16], block[32:36])
        kind, body = self.read()
        assert (kind, body) == (HANDSHAKE, message(FINISHED, prf(
            main, b"client finished", self.hash(), 12)))
        self.transcript += body
        self.put(CCS, b"\1")
        self.writes = Seal12(block[16:32], block[36:40])
        self.say(FINISHED, prf(main, b"server finished", self.hash(), 12))
        self.flush()


class WireServer:
    """Plays script(peer) for each connection; a context manager."""

    def __init__(self, cert, script):
        self.cert, self.script = cert, script
        self.peers = []
        self.failures = []      # of the script itself
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.endpoint = f"https://localhost:{self.port}"
        self.stopping = False
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Returns once all that was said is known."""
        if self.stopping:
            return
        self.stopping = True
        try:        # wakes it
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            pass
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive(), "the server does not stop"
        assert not self.failures, self.failures

    @property
    def asked(self):
        """Whether it has read a whole request."""
        return any(b"\r\n\r\n" in peer.data for peer in self.peers)

    # ---- in the thread

    def _run(self):
        while True:
            link, _ = self.listener.accept()
            if self.stopping:
                break
            self._serve(link)
        link.close()
        self.listener.close()

    def _serve(self, link):
        link.settimeout(PATIENCE)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer = Peer(link, self.cert)
        self.peers.append(peer)
        with link:
            try:
                self.script(peer)
                peer.flush()
                while True:     # until the client leaves
                    peer.read()
            except (Gone, OSError):
                pass
            except Exception as error:  # pylint: disable=broad-except
                self.failures.append(repr(error))
