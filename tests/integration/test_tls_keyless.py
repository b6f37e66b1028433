# SPDX-License-Identifier: MIT
# CVE-2026-115490, and what is near it: whatever a server says of versions and
# keys, either there was a key exchange or no request leaves.

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from server import ID, http, record
from tls_wire import (HELLO_DONE, KEY_SHARE, PSK, P256, P384, RETRY, SUITE12,
                      VERSIONS, X25519, WireServer, extension, number,
                      vector)


@pytest.fixture
def meet(certs, delete):
    """meet(script) runs patrm against such a server: how it ended, and the
    server."""
    def run(script, *args):
        def whole(peer):
            peer.read_hello()
            script(peer)
            peer.answer(http(200, record()))
        with WireServer(certs.leaf, whole) as server:
            result = delete(server, ID, *args)
            server.stop()
        return result, server
    return run


def other_key():
    return ec.generate_private_key(ec.SECP256R1())


def refused(result, server, words=""):
    """One connection, no request, and a sentence without numbers."""
    assert result.status == 5, result
    assert not server.asked
    assert len(server.peers) == 1
    assert words in result.errors
    assert "no deletion was sent" in result.errors
    assert "mbedTLS" not in result.errors


def deleted(result, server):
    assert result.status == 0, result
    assert server.asked


def test_the_server_is_one(meet):
    """What the cases below change leads to a deletion as it is."""
    deleted(*meet(lambda peer: peer.accept13()))
    deleted(*meet(lambda peer: peer.accept12()))


def test_no_key_exchange(meet):
    """The attack as it was found, to its end: mbedTLS 3.6.7 sends the
    request under keys that anybody can compute."""
    def script(peer):
        peer.say_hello(version=0x0304)
        peer.accept_keyless()
    refused(*meet(script), "wants TLS 1.3 without a key exchange")


def test_no_key_exchange_after_a_retry(meet):
    def script(peer):
        peer.retry()
        peer.say_hello(version=0x0304)
        peer.accept_keyless()
    refused(*meet(script), "wants TLS 1.3 without a key exchange")


VERSION_EXTENSIONS = {
    "none": [],
    "no extensions": [None],
    "empty": [extension(VERSIONS)],
    "one byte": [extension(VERSIONS, b"\3")],
    "twice": [extension(VERSIONS, b"\3\4")] * 2,
    "three bytes": [extension(VERSIONS, b"\3\4\3")],
    **{f"{version:#06x}": [extension(VERSIONS, number(version, 2))]
       for version in range(0x0300, 0x0306)},
}


def hello_of(peer, legacy, extensions, ending):
    """A ServerHello of these versions, and what the server goes on with."""
    more = [e for e in extensions if e is not None]
    if ending == "1.2":
        if extensions == [None] or more:
            peer.say_hello(*extensions, version=legacy, suite=SUITE12,
                           session=b"")
        else:
            peer.say_hello12(version=legacy)
        peer.rest12()
    elif ending == "keyless" or extensions == [None]:
        peer.say_hello(*extensions, version=legacy)
        peer.accept_keyless()
    else:
        peer.say_hello(*more, peer.share(), version=legacy)
        peer.start_keys13()
        peer.rest13()


# The whole handshake, with a key exchange: all that may lead to a request.
# Of an extension that comes twice mbedTLS does not complain.
REAL = {(0x0303, "0x0304", "1.3"), (0x0303, "twice", "1.3"),
        (0x0303, "none", "1.2"), (0x0303, "no extensions", "1.2")}


@pytest.mark.parametrize("name", VERSION_EXTENSIONS)
@pytest.mark.parametrize("ending", ["keyless", "1.3", "1.2"])
def test_every_combination_of_versions(meet, name, ending):
    """However the server goes on."""
    for legacy in range(0x0300, 0x0306):
        result, server = meet(lambda peer, legacy=legacy: hello_of(
            peer, legacy, VERSION_EXTENSIONS[name], ending))
        if (legacy, name, ending) in REAL:
            deleted(result, server)
        else:
            refused(result, server)


# Zero, one, and points of small order: RFC 7748, 6.1.
SMALL_ORDER = [bytes(32), b"\1" + bytes(31), bytes.fromhex(
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
    bytes.fromhex(
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
    b"\xec" + b"\xff" * 30 + b"\x7f"]


def share_of(group, point):
    return extension(KEY_SHARE, number(group, 2), vector(2, point))


SHARES = {
    "no key share": [],
    "an empty one": [extension(KEY_SHARE)],
    "a group alone": [extension(KEY_SHARE, number(X25519, 2))],
    "of a group whose share was not sent": [share_of(P256, b"\4" * 65)],
    "of a group that was not offered": [share_of(0x1e, b"\4" * 56)],
    "an empty point": [share_of(X25519, b"")],
    "a short point": [share_of(X25519, b"\5" * 31)],
    "a pre-shared key alone": [extension(PSK, b"\0\0")],
    "a pre-shared key as well": [extension(PSK, b"\0\0"),
                                 share_of(X25519, b"\5" * 32)],
    "twice": [share_of(X25519, b"\5" * 32)] * 2,
    **{f"of small order {i}": [share_of(X25519, point)]
       for i, point in enumerate(SMALL_ORDER)},
}


@pytest.mark.parametrize("name", SHARES)
@pytest.mark.parametrize("ending", ["keyless", "zeros"])
def test_key_shares_that_lead_to_no_secret(meet, name, ending):
    """TLS 1.3 with each of them, and a server that guesses zeros."""
    def script(peer):
        peer.say_hello(extension(VERSIONS, b"\3\4"), *SHARES[name])
        if ending == "zeros":
            peer.start_keys13(bytes(32))
            peer.rest13()
        else:
            peer.accept_keyless()
    refused(*meet(script))


@pytest.mark.parametrize("point", SMALL_ORDER, ids=range(len(SMALL_ORDER)))
def test_small_orders_in_tls12(meet, point):
    """RFC 8422, 5.11: the client checks for the secret that is all zeros."""
    def script(peer):
        peer.say_hello12()
        peer.say_certificate12()
        peer.say_key_exchange(point=point)
        peer.say(HELLO_DONE)
        peer.flush()
        peer.read()
    refused(*meet(script))


@pytest.mark.parametrize("last", [b"\1", b"\0"], ids=["1.2", "1.1"])
def test_downgrade(meet, last):
    """RFC 8446, 4.1.3: a server that knows TLS 1.3 says so in its random
    bytes when it is led to take TLS 1.2."""
    def script(peer):
        peer.random = b"\x5a" * 24 + b"DOWNGRD" + last
        peer.accept12()
    refused(*meet(script))


def test_a_session_that_is_none(meet):
    """TLS 1.2 with the session id of the ClientHello is no resumption: the
    client has had no session, and goes the whole way."""
    def script(peer):
        peer.say_hello12(session=peer.hello.session)
        peer.put(20, b"\1")
        peer.flush()
        peer.read()
    refused(*meet(script))


def test_tls12_after_a_retry(meet):
    """RFC 8446, 4.1.4 forbids it; mbedTLS 3.6 takes it, with all that a
    handshake of TLS 1.2 has: a key exchange that the certificate signs."""
    def script(peer):
        peer.retry()
        peer.accept12()
    result, server = meet(script)
    (refused if result.status else deleted)(result, server)


def test_two_retries(meet):
    def script(peer):
        peer.retry()
        peer.retry(group=P384)
    refused(*meet(script))


RETRIES = {
    "a group that was not offered": dict(group=0x1e),
    "the group that was sent": dict(group=X25519),
}


@pytest.mark.parametrize("name", RETRIES)
def test_retries_for_nothing(meet, name):
    refused(*meet(lambda peer: peer.retry(**RETRIES[name])))


def test_retry_without_a_version(meet):
    """It is TLS 1.3's alone."""
    for version in 0x0303, 0x0304:
        refused(*meet(lambda peer, version=version: (
            peer.say_hello(extension(KEY_SHARE, number(P256, 2)),
                           version=version, random=RETRY),
            peer.accept_keyless())))


@pytest.mark.parametrize("step", ["rest13", "say_certificate13",
                                  "say_verify", "say_finished13"])
def test_nothing_is_left_out(meet, step):
    """No message of the handshake can be."""
    def script(peer):
        peer.say_hello13()
        peer.start_keys13()
        setattr(peer, step, lambda: None)
        peer.rest13()
        peer.flush()
    refused(*meet(script, "--timeout", "1"))


def test_wrong_signature(meet):
    """The certificate of somebody whose key the server has not."""
    def script13(peer):
        peer.key = other_key()
        peer.accept13()

    def script12(peer):
        peer.key = other_key()
        peer.accept12()
    for script in script13, script12:
        refused(*meet(script), "does not prove that it has its certificate's"
                               " key")


def test_wrong_finished(meet):
    def script(peer):
        peer.say_hello13()
        peer.start_keys13()
        peer.ours = bytes(32)
        peer.rest13()
    refused(*meet(script), "its Finished does not match the handshake")
