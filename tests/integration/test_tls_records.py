# SPDX-License-Identifier: MIT
# Records that say nothing: where TLS allows them they are skipped, as long as
# there is time; where it does not they end the session.

import json
import time

import pytest

from server import ID, http, record
from tls_wire import (ALERT, CCS, DATA, ENCRYPTED_EXTENSIONS, HANDSHAKE,
                      KEY_UPDATE, WireServer, message)

ANSWER = http(200, record())
VERSIONS = {"1.2": "accept12", "1.3": "accept13"}


@pytest.fixture
def meet(certs, delete):
    """meet(script) runs patrm against such a server: how it ended."""
    def run(script, *args):
        with WireServer(certs.leaf, script) as server:
            result = delete(server, ID, *args)
            server.stop()
        return result
    return run


def accepted(peer, version):
    peer.read_hello()
    getattr(peer, VERSIONS[version])()


def tickets(peer):
    peer.ticket()
    peer.ticket(padding=100)


# What comes before, inside and after the answer: nothing in each version.
SKIPPED = {
    "an empty record": (VERSIONS, lambda p: p.send_data(b"")),
    "a thousand of them": (VERSIONS, lambda p: [
        p.put(DATA, b"") for _ in range(1000)]),
    "a warning": (VERSIONS, lambda p: p.send_alert(1, 90)),
    "many warnings": (VERSIONS, lambda p: [
        p.put(ALERT, b"\1\x5a") for _ in range(200)]),
    "a request to begin anew": (["1.2"], lambda p: p.put(
        HANDSHAKE, message(0))),
    "padding alone": (["1.3"], lambda p: p.send_data(b"", padding=16000)),
    "tickets": (["1.3"], tickets),
    "tickets and empty records": (["1.3"], lambda p: [
        (p.send_data(b""), p.send_data(b"", 5), p.ticket())
        for _ in range(10)]),
    "padded warning": (["1.3"], lambda p: p.put(ALERT, b"\1\x5a", 300)),
}
SKIPPED_CASES = [(name, version) for name, (versions, _) in SKIPPED.items()
                 for version in versions]


@pytest.mark.parametrize("name, version", SKIPPED_CASES)
def test_is_skipped(meet, name, version):
    """Before the request, between it and the answer, and within that."""
    skipped = SKIPPED[name][1]

    def script(peer):
        accepted(peer, version)
        skipped(peer)
        peer.flush()
        peer.read_request()
        for part in ANSWER[:9], ANSWER[9:-5], ANSWER[-5:]:
            skipped(peer)
            peer.send_data(part)
        skipped(peer)
    result = meet(script)
    assert result.status == 0, result


@pytest.mark.parametrize("version", VERSIONS)
def test_answer_byte_by_byte(meet, version):
    """Each in a record of its own, with an empty one behind it."""
    def script(peer):
        accepted(peer, version)
        peer.read_request()
        for at in range(len(ANSWER)):
            peer.put(DATA, ANSWER[at:at + 1])
            peer.put(DATA, b"")
    assert meet(script).status == 0


def test_answer_with_padding(meet):
    def script(peer):
        accepted(peer, "1.3")
        peer.read_request()
        peer.send_data(ANSWER, padding=15000)
    assert meet(script).status == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_an_answer_may_fill_records(meet, version):
    """2^14 bytes each (RFC 8446, 5.1)."""
    body = json.dumps(record()).encode() + b" " * 40000

    def script(peer):
        accepted(peer, version)
        peer.read_request()
        answer = http(200, body)
        for at in range(0, len(answer), 16384):
            peer.send_data(answer[at:at + 16384])
    result = meet(script)
    assert result.status == 0, result


@pytest.mark.parametrize("version", VERSIONS)
def test_nothing_but_empty_records(meet, version):
    """They keep no run alive: the deadline stands."""
    def script(peer):
        accepted(peer, version)
        peer.read_request()
        while True:
            peer.send_data(b"")
            time.sleep(0.001)
    result = meet(script, "--timeout", "2")
    assert result.status == 6, result
    assert "timed out: waiting for the answer" in result.errors
    assert result.seconds < 8


@pytest.mark.parametrize("version", VERSIONS)
def test_the_end_is_one_still(meet, version):
    """An empty record and then the end of the connection, or close_notify,
    is no answer."""
    def script(peer):
        accepted(peer, version)
        peer.read_request()
        peer.send_data(b"")
        peer.link.close()
    result = meet(script, "--retries", "0")
    assert result.status == 6, result
    assert "the server closed the connection" in result.errors


def test_change_cipher_spec_at_any_time(meet):
    """RFC 8446, 5: from the ClientHello to the server's Finished."""
    def script(peer):
        peer.put(CCS, b"\1")
        peer.flush()
        peer.read_hello()
        peer.put(CCS, b"\1")
        peer.say_hello13()
        peer.start_keys13()
        for step in (lambda: peer.say(ENCRYPTED_EXTENSIONS, b"\0\0"),
                     peer.say_certificate13, peer.say_verify,
                     peer.say_finished13):
            peer.put(CCS, b"\1")
            step()
            peer.flush()
        peer.start_data13()
        peer.answer(ANSWER)
    result = meet(script)
    assert result.status == 0, result


def test_padding_in_the_handshake(meet):
    """RFC 8446, 5.4: any record that is encrypted may have it."""
    def script(peer):
        peer.read_hello()
        peer.say_hello13()
        peer.start_keys13()
        peer.say(ENCRYPTED_EXTENSIONS, b"\0\0", padding=9000)
        peer.say_certificate13()
        peer.say_verify()
        peer.say_finished13()
        peer.start_data13()
        peer.answer(ANSWER)
    assert meet(script).status == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_warnings_in_the_handshake(meet, version):
    """unrecognized_name is what servers do send (RFC 6066, 3)."""
    def script(peer):
        peer.read_hello()
        peer.put(ALERT, b"\1\x70")
        getattr(peer, VERSIONS[version])()
        peer.answer(ANSWER)
    assert meet(script).status == 0


# Of TLS 1.2 and 1.3, RFC 6066 and 7301; 0 is close_notify. A client may be
# asked to begin anew and must not (100): mbedTLS then reads no further by
# itself, and is not to wait for what has come already.
WARNINGS = [41, 42, 43, 44, 45, 46, 90, 100, 110, 111, 112, 113, 114, 120]


def in_time(meet, script):
    """The server says nothing more, and stays: who waits for it is late."""
    result = meet(script, "-t", "15", "--retries", "0")
    assert result.status == 0, result
    assert result.seconds < 10


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("alert", WARNINGS)
def test_a_warning_together_with_the_answer(meet, version, alert):
    """In one segment: nothing more will come."""
    def script(peer):
        accepted(peer, version)
        peer.read_request()
        peer.put(ALERT, bytes([1, alert]))
        peer.send_data(ANSWER)
    in_time(meet, script)


@pytest.mark.parametrize("version", VERSIONS)
def test_all_warnings_together_with_the_answer(meet, version):
    """Around every part of it."""
    def script(peer):
        accepted(peer, version)
        peer.read_request()
        for part in ANSWER[:9], ANSWER[9:-5], ANSWER[-5:]:
            for alert in WARNINGS:
                peer.put(ALERT, bytes([1, alert]))
            peer.put(DATA, part)
        peer.flush()
    in_time(meet, script)


def say_in_pieces(peer):
    """Each message of the handshake cut into records of 100 bytes."""
    whole = peer.put

    def put(kind, content, padding=0, version=0x0303):
        step = 100 if kind == HANDSHAKE else max(len(content), 1)
        for at in range(0, max(len(content), 1), step):
            whole(kind, content[at:at + step], padding, version)
    peer.put = put


@pytest.mark.parametrize("version", VERSIONS)
def test_handshake_in_pieces(meet, version):
    def script(peer):
        say_in_pieces(peer)
        accepted(peer, version)
        peer.answer(ANSWER)
    assert meet(script).status == 0


# ---- what TLS does not allow

REFUSED = {     # once the request has been read
    "an empty alert": lambda p: p.put(ALERT, b""),
    "half an alert": lambda p: p.put(ALERT, b"\1"),
    "an empty piece of a message": lambda p: p.put(HANDSHAKE, b""),
    "a kind that is none": lambda p: p.put(99, b"x"),
    "another message": lambda p: p.put(HANDSHAKE, message(20, bytes(12))),
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", REFUSED)
def test_stays_refused(meet, name, version):
    def script(peer):
        accepted(peer, version)
        peer.read_request()
        REFUSED[name](peer)
        peer.send_data(ANSWER)
    result = meet(script, "--retries", "0")
    assert result.status == 6, result
    assert "mbedTLS" not in result.errors


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", [CCS, ALERT, HANDSHAKE, DATA])
def test_no_empty_record_in_the_clear(meet, version, kind):
    """In the handshake: there may be none before there is data."""
    def script(peer):
        peer.read_hello()
        peer.put(kind, b"")
        getattr(peer, VERSIONS[version])()
    result = meet(script)
    assert result.status == 5, result
    assert "mbedTLS" not in result.errors


def test_new_keys_are_not_taken(meet):
    """A KeyUpdate (RFC 8446, 4.6.3): mbedTLS 3.6 has none."""
    def script(peer):
        accepted(peer, "1.3")
        peer.read_request()
        peer.put(HANDSHAKE, message(KEY_UPDATE, b"\0"))
        peer.flush()
    result = meet(script, "--retries", "0")
    assert result.status == 6
    assert "is not what belongs there" in result.errors
