# SPDX-License-Identifier: MIT
# Ports for servers, in as many tests and processes as run at a time.
"""
with reserve() as held:
    ... a server listens on port_of(held), comes and goes ...
"""

import functools
import os
import socket


def reserve(address="127.0.0.1", port=0):
    """A socket that holds a port of that address, a free one if port is 0.
    Until it is closed, the kernel gives the port to nobody; only who asks for
    it by number and with SO_REUSEADDR, as servers do, may listen there. When
    that one has left, a client that comes again is refused: it meets nobody
    else's server."""
    sock = socket.socket(socket.AF_INET6 if ":" in address
                         else socket.AF_INET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    return sock


def port_of(sock):
    return sock.getsockname()[1]


@functools.cache
def _nobodys():
    """Nobody can listen on what is held without SO_REUSEADDR."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    return sock


def closed_port():
    """A port of 127.0.0.1 that nobody listens on as long as we live."""
    return port_of(_nobodys())


def own_address():
    """An address of this machine that no other process uses, for a service
    whose port is always the same."""
    pid = os.getpid()   # of at most 22 bits: proc(5), pid_max
    return f"127.{64 + (pid >> 16)}.{pid >> 8 & 255}.{pid & 255}"
