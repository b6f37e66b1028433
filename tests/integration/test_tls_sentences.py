# SPDX-License-Identifier: MIT
# Each way a handshake can fail has a sentence that is true, and no number of
# a library is ever the whole of it.

import re

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from server import ID
from tls_wire import (ALERT, CCS, CERTIFICATE, CERTIFICATE_REQUEST,
                      CERTIFICATE_VERIFY, DATA, ENCRYPTED_EXTENSIONS, FINISHED,
                      HANDSHAKE, HELLO_DONE, KEY_EXCHANGE, KEY_SHARE,
                      SERVER_HELLO, SUITE12, VERSIONS, WireServer, extension,
                      number, vector)

VERSION13 = extension(VERSIONS, b"\3\4")


def begun13(peer):
    peer.say_hello13()
    peer.start_keys13()


def certified13(peer):
    begun13(peer)
    peer.say(ENCRYPTED_EXTENSIONS, b"\0\0")
    peer.say_certificate13()


def begun12(peer):
    peer.say_hello12()
    peer.say_certificate12()


def with_other_key(peer, accept):
    peer.key = ec.generate_private_key(ec.SECP256R1())
    getattr(peer, accept)()


def certificates13(peer, *ders):
    begun13(peer)
    peer.say(ENCRYPTED_EXTENSIONS, b"\0\0")
    content = b"\0" + vector(3, *(vector(3, der) + b"\0\0" for der in ders))
    whole = number(CERTIFICATE, 1) + vector(3, content)
    for at in range(0, len(whole), 16000):
        peer.put(HANDSHAKE, whole[at:at + 16000])


def certificates12(peer, *ders):
    peer.say_hello12()
    content = vector(3, *(vector(3, der) for der in ders))
    whole = number(CERTIFICATE, 1) + vector(3, content)
    for at in range(0, len(whole), 16000):
        peer.put(HANDSHAKE, whole[at:at + 16000])


PROOF = "does not prove that it has its certificate's key"
SPEAKS = "speaks neither TLS 1.2 nor TLS 1.3"
OVER = "over 16 KiB"

SAID = {
    # no TLS, or none of ours
    "HTTP": (lambda p: p.link.sendall(b"HTTP/1.1 400 Bad\r\n\r\n"), SPEAKS),
    "SSH": (lambda p: p.link.sendall(b"SSH-2.0-OpenSSH_9.2\r\n"), SPEAKS),
    "TLS 1.1": (lambda p: p.say_hello12(version=0x0302), SPEAKS),
    "alert protocol_version": (lambda p: p.send_alert(2, 70), SPEAKS),
    # alerts
    "alert handshake_failure": (lambda p: p.send_alert(2, 40),
                                "refused the TLS handshake: alert "
                                "handshake_failure"),
    "alert that nobody knows": (lambda p: p.send_alert(2, 200),
                                "alert number 200"),
    "close_notify": (lambda p: p.send_alert(1, 0), "ended the session"),
    # ServerHello
    "empty ServerHello": (lambda p: p.say(SERVER_HELLO),
                          "its ServerHello is malformed"),
    "torn ServerHello": (lambda p: p.say(SERVER_HELLO, b"\3\3" + bytes(20)),
                         "its ServerHello is malformed"),
    "another session": (lambda p: p.say_hello(VERSION13, p.share(),
                                              session=bytes(32)),
                        "its ServerHello has a value that is not allowed"),
    "a suite not offered": (lambda p: p.say_hello(VERSION13, p.share(),
                                                  suite=0x1305),
                            "its ServerHello has a value that is not"),
    "a suite of 1.2 not offered": (lambda p: p.say_hello12(suite=0xc013),
                                   "its ServerHello "),
    "no key share": (lambda p: p.say_hello(VERSION13),
                     "its ServerHello does not match the handshake"),
    "a group not offered": (lambda p: p.say_hello(VERSION13, extension(
        KEY_SHARE, number(0x1e, 2), vector(2, bytes(56)))),
                            "its ServerHello does not match the handshake"),
    "a Finished first": (lambda p: p.say(FINISHED, bytes(32)),
                         "its ServerHello is not what belongs there"),
    "data first": (lambda p: p.send_data(b"x" * 50),
                   "its ServerHello is not what belongs there"),
    # EncryptedExtensions
    "torn extensions": (lambda p: (begun13(p), p.say(
        ENCRYPTED_EXTENSIONS, b"\0\7\0")),
                        "its EncryptedExtensions is malformed"),
    "an extension not asked for": (lambda p: (begun13(p), p.say(
        ENCRYPTED_EXTENSIONS, vector(2, extension(16, b"\0\3\2h2")))),
                                   "its EncryptedExtensions has an extension"
                                   " that was not offered"),
    "in the clear": (lambda p: (p.say_hello13(), p.say(
        ENCRYPTED_EXTENSIONS, b"\0\0")), "a record cannot be decrypted"),
    "under other keys": (lambda p: (p.say_hello13(), p.start_keys13(
        bytes(32)), p.say(ENCRYPTED_EXTENSIONS, b"\0\0")),
                         "a record cannot be decrypted"),
    # certificates
    "no certificate": (lambda p: certificates13(p),
                       "certificate cannot be used: the server has sent none"),
    "no certificate, 1.2": (lambda p: certificates12(p),
                            "certificate cannot be used: |"
                            "its Certificate is malformed"),
    "bytes for one": (lambda p: certificates13(p, b"\x30" * 200),
                      "certificate cannot be used: it is malformed"),
    "bytes for one, 1.2": (lambda p: certificates12(p, b"\x30" * 200),
                           "certificate cannot be used: it is malformed"),
    "more than 16 KiB": (lambda p: certificates13(p, *p.chain * 40), OVER),
    "more than 16 KiB, 1.2": (lambda p: certificates12(p, *p.chain * 40),
                              OVER),
    "a torn request": (lambda p: (begun13(p), p.say(
        ENCRYPTED_EXTENSIONS, b"\0\0"), p.say(CERTIFICATE_REQUEST, b"\0")),
                       "its CertificateRequest is malformed"),
    # signatures
    "another's key": (lambda p: with_other_key(p, "accept13"), PROOF),
    "another's key, 1.2": (lambda p: with_other_key(p, "accept12"), PROOF),
    "no signature": (lambda p: (certified13(p), p.say(
        CERTIFICATE_VERIFY, b"\4\3\0\0")), PROOF),
    "a signature that is none": (lambda p: (certified13(p), p.say(
        CERTIFICATE_VERIFY, b"\4\3" + vector(2, bytes(70)))), PROOF),
    "an algorithm not offered": (lambda p: (certified13(p), p.say(
        CERTIFICATE_VERIFY, b"\2\3" + vector(2, bytes(70)))), PROOF),
    "of another kind of key": (lambda p: (certified13(p), p.say(
        CERTIFICATE_VERIFY, b"\x08\4" + vector(2, bytes(256)))), PROOF),
    "a torn signature": (lambda p: (certified13(p), p.say(
        CERTIFICATE_VERIFY, b"\4\3\0\x46x")),
                         "its CertificateVerify is malformed"),
    "a torn key exchange": (lambda p: (begun12(p), p.say(
        KEY_EXCHANGE, b"\3\0\x1d\x20x"), p.say(HELLO_DONE)),
                            "its ServerKeyExchange has a value that is not"),
    "a key exchange on another group": (lambda p: (
        begun12(p), p.say_key_exchange(group=0x1e), p.say(HELLO_DONE)),
                                        "its ServerKeyExchange "),
    "no key exchange": (lambda p: (begun12(p), p.say(HELLO_DONE)),
                        "its ServerKeyExchange is not what belongs there"),
    # the end
    "a Finished of zeros": (lambda p: (certified13(p), p.say_verify(), p.say(
        FINISHED, bytes(32))), "its Finished does not match the handshake"),
    "a short Finished": (lambda p: (certified13(p), p.say_verify(), p.say(
        FINISHED, bytes(9))), "its Finished is malformed"),
    "data for a Finished": (lambda p: (certified13(p), p.say_verify(),
                                       p.send_data(b"x")),
                            "its Finished is not what belongs there"),
    # records
    "a ChangeCipherSpec of two": (lambda p: (p.say_hello13(), p.put(
        CCS, b"\1\1")), "its EncryptedExtensions is in a record that TLS does"
                        " not allow"),
    "a long alert": (lambda p: (begun13(p), p.put(ALERT, b"\2\50\2\50")),
                     "its EncryptedExtensions is in a record"),
    "a torn end": (lambda p: (begun13(p), p.flush(), p.link.close()),
                   "TLS handshake: the server closed the connection"),
}


@pytest.fixture(scope="module")
def results(play, certs):
    def one(patrm, _, case):
        def script(peer):
            peer.read_hello()
            case[0](peer)
        with WireServer(certs.leaf, script) as server:
            result = patrm("-e", server.endpoint, "--cacert", certs.ca,
                           "--retries", "0", "--timeout", "10", ID,
                           env={"LANGSMITH_API_KEY": "x"})
            server.stop()
        assert not server.asked
        return result
    return play(SAID, one)


@pytest.mark.parametrize("name", SAID)
def test_says_what_happened(results, name):
    result = results[name].result()
    assert result.status == 5, result
    assert re.search(SAID[name][1], result.errors), result.errors
    assert "no deletion was sent" in result.errors
    reason = result.errors.split(": ", 2)[2].split("; no deletion")[0]
    assert not re.search(r"[:,] *(mbedTLS )?(error )?-?0x", reason), reason
    assert result.seconds < 9
