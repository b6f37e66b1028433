# SPDX-License-Identifier: MIT
# DNS servers that do what a test says, over UDP and TCP.
"""
def answer(question):               # what comes back, step by step
    return [0.2, reply(question, a("192.0.2.1"))]

with NameServer(answer) as dns:     # on dns.address, port 53
    ...
    assert dns.names == ["host.example"]

A step is a number of seconds to wait, a message to send, or a function that
is called with the socket and the client's address; over TCP, bytes in a list of
their own are sent without a length. zone() makes an answer out of a table.
"""

import contextlib
import ipaddress
import socket
import struct
import threading
import time
from dataclasses import dataclass

from ports import own_address

A, CNAME, AAAA, OPT = 1, 5, 28, 41
FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = 1, 2, 3, 4, 5
TRUNCATED = 0x0200
SILENCE = ()


@dataclass(frozen=True)
class Question:
    id: int
    flags: int
    name: str
    type: int
    section: bytes      # the question as it was asked
    opt: bytes          # the additional section
    tcp: bool
    client: tuple


def wire_name(name):
    labels = [label.encode() for label in name.rstrip(".").split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def record(kind, data, name=None):
    """Of the name that was asked for, unless another one is given."""
    owner = b"\xc0\x0c" if name is None else wire_name(name)
    return owner + struct.pack("!HHIH", kind, 1, 60, len(data)) + data


def a(address, name=None):
    return record(A, ipaddress.IPv4Address(address).packed, name)


def aaaa(address, name=None):
    return record(AAAA, ipaddress.IPv6Address(address).packed, name)


def cname(target, name=None):
    return record(CNAME, wire_name(target), name)


def reply(question, *records, code=0, flags=0, number=None, section=None,
          more=b""):
    """A message; its records are bytes, or addresses of the type asked for."""
    make = aaaa if question.type == AAAA else a
    records = [one if isinstance(one, bytes) else make(one)
               for one in records]
    section = question.section if section is None else section
    return struct.pack(
        "!6H", question.id if number is None else number, 0x8180 | flags | code,
        1 if section else 0, len(records), 0, 0) + b"".join(
        [section, *records, more])


def zone(table):
    """An answer out of {name: what}: a list of addresses, each for its own
    type; {type: what}; a code; SILENCE; or a function of the question. What is
    not in it is NXDOMAIN."""
    def answer(question):
        what = table.get(question.name, NXDOMAIN)
        if isinstance(what, dict):
            what = what.get(question.type, [])
        if callable(what):
            return what(question)
        if isinstance(what, int):
            return [reply(question, code=what)]
        if what is SILENCE:
            return []
        size = 16 if question.type == AAAA else 4
        return [reply(question, *[
            one for one in what if isinstance(one, bytes)
            or len(ipaddress.ip_address(one).packed) == size])]
    return answer


def read(message, tcp, client):
    number, flags, *_ = struct.unpack("!6H", message[:12])
    at, labels = 12, []
    while message[at]:
        labels.append(message[at + 1:at + 1 + message[at]].decode())
        at += 1 + message[at]
    kind, = struct.unpack("!H", message[at + 1:at + 3])
    return Question(number, flags, ".".join(labels), kind,
                    message[12:at + 5], message[at + 5:], tcp, client)


class NameServer:
    """.asked are the questions, .names their names, each once, in order."""

    def __init__(self, answer, address=None, tcp=True, port=53):
        """Where no other process has one, unless an address is given."""
        self.answer = answer if callable(answer) else zone(answer)
        self.address = address or own_address()
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        self.udp = socket.socket(family, socket.SOCK_DGRAM)
        self.tcp = socket.socket(family, socket.SOCK_STREAM)
        self.asked = []
        self.threads = []
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.udp)
            stack.enter_context(self.tcp)
            self.udp.bind((self.address, port))
            self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.tcp.bind((self.address, port))
            if tcp:
                self.tcp.listen(8)
                self.threads.append(self._start(self._accept))
            self.threads.append(self._start(self._receive))
            self.stack = stack.pop_all()

    @property
    def names(self):
        return list(dict.fromkeys(question.name for question in self.asked))

    def _start(self, run, *args):
        thread = threading.Thread(target=run, args=args, daemon=True)
        thread.start()
        return thread

    def _receive(self):
        with contextlib.suppress(OSError):
            while True:
                message, client = self.udp.recvfrom(4096)
                if not message:     # shut down
                    return
                question = read(message, False, client)
                self.asked.append(question)
                self._start(self._play, question, self.udp)

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                sock, client = self.tcp.accept()
                self._start(self._serve, sock, client)

    def _serve(self, sock, client):
        with contextlib.suppress(OSError), sock:
            sock.settimeout(20)
            while len(head := sock.recv(2, socket.MSG_WAITALL)) == 2:
                message = sock.recv(*struct.unpack("!H", head),
                                    socket.MSG_WAITALL)
                question = read(message, True, client)
                self.asked.append(question)
                self._play(question, sock)

    def _play(self, question, sock):
        with contextlib.suppress(OSError):
            for step in self.answer(question):
                if callable(step):
                    step(sock, question.client)
                elif isinstance(step, list):
                    sock.sendall(b"".join(step))
                elif not isinstance(step, bytes):
                    time.sleep(step)
                elif question.tcp:
                    sock.sendall(struct.pack("!H", len(step)) + step)
                else:
                    sock.sendto(step, question.client)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for sock in (self.udp, self.tcp):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:     # else the port is still in use
            thread.join(5)
        self.stack.close()
