# SPDX-License-Identifier: MIT
# What a middlebox that knows only TLS 1.2 sees of TLS 1.3 (RFC 8446, D.4), and
# HelloRetryRequests with and without a cookie.

import pytest

from server import ID, http, record
from tls_servers import TlsServer, records, refused, talk, trusted
from tls_wire import (CCS, COOKIE, DATA, HANDSHAKE, P256, P384, VERSIONS,
                      WireServer, extension, vector)

LIKE_CCS = (CCS, b"\1")


@pytest.fixture
def meet(certs, delete):
    """meet(script) runs patrm against such a server: how it ended, and the
    first connection."""
    def run(script, *args):
        with WireServer(certs.leaf, script) as server:
            result = delete(server, ID, *args)
            server.stop()
        return result, server.peers[0]
    return run


def accept(peer):
    peer.read_hello()
    peer.accept13()
    peer.answer(http(200, record()))


def test_looks_like_tls12(meet):
    """A session id of 32 bytes, a ChangeCipherSpec before what is encrypted,
    and version numbers of TLS 1.2 on the records."""
    result, peer = meet(accept)
    assert result.status == 0
    assert len(peer.hello.session) == 32
    kinds = [kind for kind, _ in peer.seen]
    assert kinds[:3] == [HANDSHAKE, CCS, DATA]
    assert kinds.count(CCS) == 1 and peer.seen[1] == LIKE_CCS


def test_session_ids_are_random(meet):
    """One that is the same each time would be a trace of the user."""
    assert len({meet(accept)[1].hello.session for _ in range(3)}) == 3


@pytest.mark.parametrize("group", [P256, P384], ids=["P-256", "P-384"])
def test_looks_like_tls12_after_a_retry(meet, group):
    """The same id again; the ChangeCipherSpec precedes the second hello."""
    hellos = []

    def script(peer):
        hellos.append(peer.read_hello())
        hellos.append(peer.retry(group=group))
        assert list(peer.hello.shares) == [group]
        peer.say_hello13()      # of a group that was not asked for
    result, peer = meet(script)
    assert result.status == 5
    first, second = hellos
    assert first.session == second.session and len(first.session) == 32
    assert first.random == second.random
    assert [kind for kind, _ in peer.seen[:3]] == [HANDSHAKE, CCS, HANDSHAKE]
    assert peer.seen[1] == LIKE_CCS


@pytest.mark.parametrize("group", ["P-256", "P-384"])
def test_retry_by_openssl(patrm, certs, group):
    """To the end, with ChangeCipherSpec before both flights."""
    with TlsServer("openssl", certs.leaf, "1.3",
                   ["-groups", group]) as server:
        result = talk(patrm, server, "--cacert", certs.ca)
        trusted(result, server)
    kinds = [kind for kind, _ in records(server.links[0].client)]
    assert kinds[:3] == [HANDSHAKE, CCS, HANDSHAKE]
    assert kinds[3:5] in ([CCS, DATA], [DATA, DATA])


@pytest.mark.parametrize("size", [1, 200, 2000])
def test_retry_with_a_cookie(meet, size):
    """RFC 8446, 4.2.2: it comes back as it is, in the second hello only."""
    cookie = vector(2, bytes(i % 251 for i in range(size)))
    hellos = []

    def script(peer):
        hellos.append(peer.read_hello())
        hellos.append(peer.retry(extension(COOKIE, cookie), group=None))
        peer.accept13()
        peer.answer(http(200, record()))
    result, _ = meet(script)
    assert result.status == 0, result
    assert COOKIE not in hellos[0].extensions
    assert hellos[1].extensions[COOKIE] == cookie


def test_cookies_are_for_retries(meet):
    """In a ServerHello one has no place."""
    def script(peer):
        peer.read_hello()
        peer.say_hello(extension(VERSIONS, b"\3\4"), peer.share(),
                       extension(COOKIE, vector(2, b"x")))
        peer.start_keys13()
        peer.rest13()
    result, peer = meet(script)
    assert result.status == 5 and peer.data == b""


def test_stateless_openssl(patrm, certs):
    """s_server takes the ChangeCipherSpec before a second hello for an error
    (its own s_client fails likewise), so the relay leaves it out here."""
    with TlsServer("openssl", certs.leaf, "1.3", ["-stateless"],
                   without=b"\x14\3\3\0\1\1") as server:
        trusted(talk(patrm, server, "--cacert", certs.ca), server)
