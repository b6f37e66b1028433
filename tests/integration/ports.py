# SPDX-License-Identifier: MIT
# Ports for servers that many tests start and end at the same time.

import itertools
import os
import socket

# Below those that the kernel gives out; each process begins elsewhere.
FIRST, LAST = 10_000, 32_000
NUMBERS = itertools.count(os.getpid() * 977)


def own_address():
    """An address that no later server gets. A client that comes again after
    the end of its own must not meet another's."""
    while True:
        address = "127.0.0.1", FIRST + next(NUMBERS) % (LAST - FIRST)
        try:
            socket.create_server(address).close()
            return address
        except OSError:
            pass
