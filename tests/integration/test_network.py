# SPDX-License-Identifier: MIT
# The way to the server: names, addresses, TLS and certificates, deadlines and
# signals; and that nothing leaves where it should not.

import contextlib
import os
import re
import signal
import socket
import time
from datetime import datetime, timedelta, timezone

import pytest

from conftest import KEY
from ports import closed_port, own_address
from server import (ID, IDS, Turn, each_byte, http, record, until)
from summary import summary

GIVEN = {"LANGSMITH_API_KEY": KEY}
DONE = http(200, record())
# several TOKENs have the caller's own list read first, for the key's own
FIRST = Turn(http(200, b"[]"))
NOW = datetime.now(timezone.utc)
DAY = timedelta(days=1)


def unreachable(result, words=""):
    """No deletion was sent: status 5, one sentence."""
    assert result.status == 5, result
    assert result.out == b""
    assert re.fullmatch(rf"patrm: {ID}: [^\n]+\n", result.errors), result
    assert re.search(words, result.errors), result.errors


# ---- who does not answer

@pytest.mark.native("QEMU 7.2 gives a MIPS the host's SO_ERROR")
@pytest.mark.parametrize("scheme", ["https", "http"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_connection_refused(patrm, certs, scheme, host):
    url = f"{scheme}://{host}:{closed_port()}"
    result = patrm("-e", url, "--cacert", certs.ca, "--retries=1", ID,
                   env=GIVEN)
    unreachable(result, rf"{host}.*refused")
    assert result.seconds < 3


def test_refused_in_json(patrm, certs):
    result = patrm("-e", f"https://127.0.0.1:{closed_port()}", "--retries=0",
                   "--cacert", certs.ca, "-j", ID, env=GIVEN)
    told, = result.objects
    assert told["outcome"] == "unreachable" and "status" not in told
    assert result.status == 5 and told["error"]


def test_refused_and_then_there(serve, delete):
    """A failure to connect is tried again."""
    server = serve(Turn(early=True, end="reset"), Turn(DONE))
    assert delete(server, "-j", ID).status == 0
    assert server.connections == 2


@pytest.mark.parametrize("turn", [
    Turn(b"HTTP/1.1 400 Bad Request\r\n\r\n", "clean", early=True),
    Turn(b"220 mail.example.com ESMTP\r\n", "clean", early=True),
    Turn(b"\x15\x03\x03\x00\x02\x02\x28", "clean", early=True),
    Turn(bytes(99), "clean", early=True),
    Turn(end="clean", early=True),
    Turn(end="reset", early=True),
], ids=["HTTP", "SMTP", "alert", "zeros", "close", "reset"])
def test_no_tls(serve, delete, turn):
    unreachable(delete(serve(turn), "--retries=0", ID))


def test_silent_before_the_handshake(serve, delete):
    server = serve(Turn(end="hang", early=True))
    result = delete(server, "-t", "1", ID)
    unreachable(result)
    assert 0.9 < result.seconds < 2
    assert server.requests == []


def test_a_handshake_byte_by_byte(serve, delete):
    """One a second is too slow; no TLS record at all in time."""
    server = serve(Turn([b"\x16", 0.4, b"\x03", 0.4, b"\x03", 0.4, b"\x0f",
                         0.4, b"\xff", 0.4, b"\x02", 0.4] * 5, early=True))
    result = delete(server, "-t", "1", ID)
    unreachable(result)
    assert result.seconds < 2


@pytest.mark.parametrize("send, status", [
    ([], 6),
    ([part for byte in each_byte(DONE) for part in (byte, 1.0)], 6),
    ([b"HTTP/1.1 102 P\r\n\r\n", 0.3] * 100, 6),
    ([DONE[:DONE.index(b"\r\n\r\n")]], 6),
    # the 200 is there, only its record is not
    ([DONE[:-20]], 8),
    ([DONE[:-20], *[part for byte in each_byte(DONE[-20:])
                    for part in (0.4, byte)]], 8),
], ids=["nothing", "a byte a second", "1xx", "no end of the head",
        "no end of the body", "slow body"])
@pytest.mark.parametrize("plain", [False, True], ids=["TLS", "plain"])
def test_silent_after_the_request(serve, delete, send, status, plain):
    server = serve(Turn(send, end="hang"), plain=plain)
    result = delete(server, "-j", "-t", "1", ID)
    assert result.status == status
    assert 0.9 < result.seconds < 2
    assert result.objects[0]["attempts"] == len(server.requests) == 1
    outcome = {6: "unknown", 8: "deleted-unread"}[status]
    assert result.objects[0]["outcome"] == outcome


def test_slow_but_in_time(serve, delete):
    parts = [part for at in range(0, len(DONE), 99)
             for part in (DONE[at:at + 99], 0.1)]
    result = delete(serve(Turn(parts)), "-t", "5", ID)
    assert result.status == 0 and result.seconds > 0.4


# ---- where plain HTTP may go

@pytest.mark.native("strace")
@pytest.mark.parametrize("host", [
    "192.0.2.1", "0.0.0.0", "10.0.0.1", "[2001:db8::1]", "[::]",
    "[::ffff:192.0.2.1]", "255.255.255.255", "169.254.169.254",
])
def test_http_to_elsewhere(patrm, tmp_path, host):
    """Refused before a socket is connected to there."""
    trace = tmp_path / "trace"
    result = patrm("-e", f"http://{host}", ID, env=GIVEN, wrapper=[
        "strace", "-f", "-qq", "-e", "trace=connect,sendto", "-o", trace])
    assert result.status == 2, result
    assert "http://" in result.errors and "https://" in result.errors
    assert host.strip("[]") not in trace.read_text()
    assert result.seconds < 5


@pytest.mark.parametrize("address, status", [
    ("127.9.8.7", 0), ("192.0.2.1", 2), ("0.0.0.0", 2),
])
def test_http_to_a_name(serve, patrm, alone, address, status):
    """What counts is the address behind it, whatever it is called."""
    server = serve(Turn(DONE), plain=True,
                   address="127.9.8.7" if status == 0 else "127.0.0.1")
    result = patrm("-e", server.url("name.example"), ID, env=GIVEN,
                   wrapper=alone(net=True, hosts=f"{address} name.example\n"))
    assert result.status == status
    assert len(server.requests) == (status == 0)


# ---- TLS and certificates

@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_versions(serve, delete, version):
    server = serve(Turn(DONE), version=version)
    result = delete(server, "-v", ID)
    assert result.status == 0
    assert version.replace("_", ".") in result.errors


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1"])
def test_versions_too_old(serve, delete, version):
    server = serve(Turn(DONE), version=version, ciphers="ALL:@SECLEVEL=0")
    unreachable(delete(server, "--retries=0", ID))
    assert server.requests == [] and server.errors


@pytest.mark.parametrize("key", ["P-256", "P-384", "RSA-2048", "RSA-3072",
                                 "RSA-4096"])
@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_keys(serve, delete, certs, key, version):
    leaf = certs.pki.leaf(certs.middle, key=key)
    server = serve(Turn(DONE), cert=leaf, version=version)
    assert delete(server, ID).status == 0


@pytest.mark.parametrize("san, host", [
    ("IP:127.0.0.1", "127.0.0.1"),
    ("DNS:localhost", "localhost"),
    ("DNS:other.example,DNS:localhost", "localhost"),
    ("DNS:LocalHost", "LOCALHOST"),
    ("IP:10.0.0.1,IP:127.0.0.1", "127.0.0.1"),
])
def test_names(serve, delete, certs, san, host):
    server = serve(Turn(DONE), cert=certs.pki.leaf(certs.root, "x", san=san))
    assert delete(server, ID, endpoint=server.url(host)).status == 0


def under(**root):
    """A certificate of the trusted root, with something wrong about it."""
    return lambda certs: certs.pki.leaf(certs.root, **root)


def lonely(certs):
    """One without what stands above it."""
    leaf = certs.pki.leaf(certs.middle, "lonely")
    return type(leaf)(leaf.cert, leaf.key, leaf.cert, leaf.issuer)


SERVER = ("basicConstraints = critical,CA:FALSE\n"
          "extendedKeyUsage = serverAuth\n")
LOCAL, ADDRESS = "localhost", "127.0.0.1"
BAD = {     # the certificate, the host that it is shown for, what is said
    "expired": (under(end=NOW - DAY), LOCAL,
                f"expired.*{NOW - DAY:%Y-%m-%d}"),
    "expired an hour ago": (under(end=NOW - DAY / 24), LOCAL, "expired"),
    "not yet valid": (under(start=NOW + DAY), LOCAL,
                      f"{NOW + DAY:%Y-%m-%d}"),
    "an expired intermediate": (lambda c: c.pki.leaf(
        c.pki.ca("Old", issuer=c.root, end=NOW - DAY)), LOCAL, "expired"),
    "another name": (under(san="DNS:other.example"), LOCAL,
                     "not for .*localhost,"),
    "a name that begins alike": (under(san="DNS:localhost.example"), LOCAL,
                                 "not for .*localhost,"),
    "any name": (under(san="DNS:*"), LOCAL, "not for"),
    "no alternative name": (under(san=None), LOCAL, ""),
    "another address": (under(san="IP:127.0.0.2"), ADDRESS,
                        r"not for .*127\.0\.0\.1,"),
    "an address as a name": (under(san="DNS:127.0.0.1"), ADDRESS,
                             r"not for .*127\.0\.0\.1,"),
    "an address as common name": (under(name=ADDRESS, san="DNS:localhost"),
                                  ADDRESS, "not for"),
    "only an address": (under(san="IP:127.0.0.1"), LOCAL,
                        "not for .*localhost,"),
    "another root": (lambda c: c.pki.leaf(c.pki.ca("Stranger")), LOCAL,
                     "not trusted"),
    "another root of that name": (lambda c: c.pki.leaf(
        c.pki.ca("Test Root", key="P-384")), LOCAL, ""),
    "by itself": (lambda c: c.pki.leaf(None), LOCAL, "not trusted"),
    "by a leaf": (lambda c: c.pki.leaf(c.pki.leaf(c.root, "mid")), LOCAL, ""),
    "for clients": (under(ext="extendedKeyUsage = clientAuth\n"), LOCAL, ""),
    "RSA of 1024 bits": (under(key="RSA-1024"), LOCAL, ""),
    "Ed25519": (under(key="ED25519"), LOCAL, ""),
    "SHA-1": (lambda c: c.pki.leaf(
        c.pki.ca("RSA", issuer=c.root, key="RSA-2048"), digest="sha1"),
        LOCAL, ""),
    "an unknown critical extension": (
        under(ext=SERVER + "1.2.3.4 = critical,ASN1:NULL\n"), LOCAL, ""),
    "no intermediate": (lonely, LOCAL, "not trusted"),
}


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize("name", BAD)
def test_bad_certificates(serve, delete, certs, name, version):
    """No byte of the request leaves, and there is no second attempt."""
    mint, host, words = BAD[name]
    server = serve(Turn(DONE), cert=mint(certs), version=version,
                   ciphers="ALL:@SECLEVEL=0")
    result = delete(server, ID, endpoint=server.url(host))
    unreachable(result, words)
    server.stop()
    assert (server.requests, server.stray) == ([], [])
    assert server.connections == 1
    assert result.seconds < 2


def test_a_self_signed_certificate_may_be_trusted_by_name(serve, patrm,
                                                          certs):
    leaf = certs.pki.leaf(None, "self")
    server = serve(Turn(DONE), cert=leaf)
    assert patrm("-e", server.endpoint, "--cacert", leaf.cert, ID,
                 env=GIVEN).status == 0


@pytest.mark.parametrize("content, status", [
    ("{ca}", 0), ("{other}{ca}", 0), ("{ca}{other}", 0), ("{other}", 5),
    ("# a comment\n\n{ca}trailing\n", 0), ("{crlf}", 0),
])
def test_files_of_roots(serve, patrm, certs, tmp_path, content, status):
    ca = certs.ca.read_text()
    path = tmp_path / "roots.pem"
    path.write_text(content.format(
        ca=ca, other=certs.pki.ca("Another").cert.read_text(),
        crlf=ca.replace("\n", "\r\n")), newline="")
    server = serve(Turn(DONE))
    assert patrm("-e", server.endpoint, f"--cacert={path}", "--retries=0",
                 ID, env=GIVEN).status == status


@pytest.mark.parametrize("args, env, status", [
    (["--cacert={ca}"], {}, 0),
    ([], {"SSL_CERT_FILE": "{ca}"}, 0),
    (["--cacert={ca}"], {"SSL_CERT_FILE": "{other}"}, 0),
    (["--cacert={other}"], {"SSL_CERT_FILE": "{ca}"}, 5),
    ([], {}, 5),
    ([], {"SSL_CERT_FILE": ""}, 5),
])
def test_where_trust_comes_from(serve, patrm, certs, args, env, status):
    files = {"ca": certs.ca, "other": certs.pki.ca("Another").cert}
    server = serve(Turn(DONE))
    result = patrm("-e", server.endpoint, "--retries=0",
                   *[a.format(**files) for a in args], ID,
                   env=GIVEN | {k: v.format(**files) for k, v in env.items()})
    assert result.status == status, result
    if status:
        assert "--cacert" in result.errors
        assert server.requests == []


# ---- names

def test_a_name_that_is_not_there(patrm, certs):
    result = patrm("-e", "https://no-such-host.invalid", "-t", "2",
                   "--cacert", certs.ca, ID, env=GIVEN)
    unreachable(result, "no-such-host.invalid|looking up|time is up")
    assert result.seconds < 3.5


def test_a_resolver_that_is_silent(patrm, certs, alone):
    """libc would wait for longer than we do."""
    with socket.socket(type=socket.SOCK_DGRAM) as silent:
        silent.bind((own_address(), 53))
        result = patrm("-e", "https://host.example", "-t", "1", "--cacert",
                       certs.ca, ID, env=GIVEN,
                       wrapper=alone(net=True,
                                     resolv=f"nameserver {own_address()}\n"))
        silent.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            assert b"\4host\7example\0" in silent.recv(512)
    unreachable(result)
    assert 0.9 < result.seconds < 2


def test_no_resolver_at_all(patrm, certs, alone):
    result = patrm("-e", "https://host.example", "-t", "2", "--cacert",
                   certs.ca, ID, env=GIVEN, wrapper=alone(hosts="",
                                                          resolv=""))
    unreachable(result)
    assert result.seconds < 3


def test_no_network_at_all(patrm, certs, alone):
    result = patrm("-e", "https://192.0.2.1", "--retries=1", "--cacert",
                   certs.ca, ID, env=GIVEN, wrapper=alone())
    unreachable(result, "192.0.2.1")
    assert result.seconds < 3


def test_one_address_of_two_works(serve, patrm, certs, alone):
    server = serve(Turn(DONE), address="127.0.0.9", cert=certs.pki.leaf(
        certs.root, san="DNS:name.example"))
    result = patrm("-e", server.url("name.example"), "--cacert", certs.ca, ID,
                   env=GIVEN,
                   wrapper=alone(net=True, hosts="127.0.0.8 name.example\n"
                                                 "127.0.0.9 name.example\n"))
    assert result.status == 0 and result.seconds < 2


# ---- signals

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
BLOCK = 1024    # TOKENs that are taken together


def lines_of(result, json):
    """(token, outcome) of each, as far as it is told, without a summary."""
    if json:
        return [(o["token"], o["outcome"]) for o in result.objects]
    return re.findall(r"(?m)^patrm: ([^:]+): (?!\d+ [a-z])", result.errors)


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("json", [False, True])
def test_signal_while_connecting(serve, start, number, json):
    server = serve(Turn(end="hang", early=True))
    run = start(server, *["-j"][:json], *IDS[:3])
    until(lambda: server.connections)
    run.send(number)
    result = run.end()
    assert result.status == 128 + number
    assert result.seconds < 5
    told = lines_of(result, json)
    if json:
        assert told == [(i, "not-tried") for i in IDS[:3]]
    else:
        assert told == IDS[:3] and result.out == b""
    assert result.errors.endswith(summary(["not-tried"] * 3))


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("json", [False, True])
def test_signal_before_the_answer(serve, start, number, json):
    server = serve(FIRST, Turn(http(204)), Turn(end="hang"))
    run = start(server, *["-j"][:json], *IDS[:4])
    until(lambda: len(server.requests) == 3)
    run.send(number)
    result = run.end()
    assert result.status == 6
    told = lines_of(result, json)
    if json:
        assert told == [(IDS[0], "deleted"), (IDS[2], "not-tried"),
                        (IDS[3], "not-tried"), (IDS[1], "unknown")]
    else:
        assert told == [IDS[2], IDS[3], IDS[1]]
        assert result.text == f"outcome: deleted\nid: {IDS[0]}\n"
    assert result.errors.endswith(summary(["deleted", "unknown", "not-tried",
                                           "not-tried"]))


@pytest.mark.parametrize("number", SIGNALS)
def test_signal_before_the_only_answer(serve, start, number):
    server = serve(Turn(end="hang"))
    run = start(server, ID)
    until(lambda: server.requests)
    run.send(number)
    result = run.end()
    assert result.status == 6
    assert result.errors.count("\n") == 1


@pytest.mark.parametrize("turn, status", [
    (Turn(http(429, b"", "Retry-After: 20")), 130),
    (Turn(http(503, b"", "Retry-After: 20")), 6),
    (Turn(http(408, b"", "Retry-After: 20")), 6),
], ids=["429", "503", "408"])
def test_signal_before_the_next_attempt(serve, start, turn, status):
    """What got 408 or 5xx is unanswered; 429 is an answer."""
    server = serve(turn, Turn(DONE))
    run = start(server, "-j", ID)
    until(lambda: server.requests)
    time.sleep(0.3)     # for the answer to arrive
    run.send(signal.SIGINT)
    result = run.end()
    assert result.status == status
    assert len(server.requests) == len(result.objects) == 1
    assert result.seconds < 5


def test_signal_in_a_torn_body(serve, start):
    """The deletion is answered: 200, only the record is not whole."""
    server = serve(Turn(DONE[:-9], end="hang"))
    run = start(server, "-j", ID)
    until(lambda: server.requests)
    time.sleep(0.3)
    run.send(signal.SIGTERM)
    result = run.end()
    assert result.objects[0]["outcome"] == "deleted-unread"
    assert result.status in (8, 128 + signal.SIGTERM)


def test_signal_while_reading_tokens(serve, start):
    """Of a block that is not whole yet nothing was begun."""
    server = serve(Turn(http(204)))
    ends = socket.socketpair()
    with ends[0], ends[1]:
        run = start(server, "-j", "-", stdin=ends[1])
        ends[0].sendall(f"{IDS[0]}\n{IDS[1]}\n".encode())
        time.sleep(0.3)
        run.send(signal.SIGTERM)
        result = run.end()
    assert result.status == 128 + signal.SIGTERM
    assert lines_of(result, True) == [(i, "not-tried") for i in IDS[:2]]
    assert server.connections == 0


def test_signal_while_reading_the_next_tokens(serve, start, tmp_path):
    """The block before is done."""
    server = serve(FIRST, *[Turn(http(204))] * BLOCK)
    ends = socket.socketpair()
    with ends[0], ends[1], (tmp_path / "out").open("wb") as out:
        run = start(server, "-j", "-", stdin=ends[1], stdout=out)
        ends[0].sendall(("\n".join(IDS[:BLOCK + 1]) + "\n").encode())
        until(lambda: len(server.requests) == 1 + BLOCK)
        time.sleep(0.3)
        run.send(signal.SIGTERM)
        result = run.end()
    result.out = (tmp_path / "out").read_bytes()
    assert result.status == 128 + signal.SIGTERM
    assert lines_of(result, True) == [
        *[(i, "deleted") for i in IDS[:BLOCK]], (IDS[BLOCK], "not-tried")]


@pytest.mark.parametrize("last", ["\n", ""], ids=["newline", "none"])
@pytest.mark.parametrize("count", [1, 5, 300])
@pytest.mark.parametrize("source", ["pipe", "file"])
def test_signal_with_lines_left(serve, start, tmp_path, source, count, last):
    """TOKENs that are written already have their lines too."""
    script = [FIRST][:count - 1] + [Turn(end="hang")]
    server = serve(*script)
    batch = ("\n".join(IDS[:count]) + last).encode()
    (tmp_path / "batch").write_bytes(batch)
    read, write = os.pipe()
    os.write(write, batch)
    os.close(write)
    with open(tmp_path / "batch" if source == "file" else read, "rb") as stdin:
        run = start(server, "-j", "-", stdin=stdin)
        until(lambda: len(server.requests) == len(script))
        run.send(signal.SIGTERM)
        result = run.end()
    assert result.status == 6
    assert lines_of(result, True) == [
        *[(i, "not-tried") for i in IDS[1:count]], (IDS[0], "unknown")]
    assert result.errors == summary(["unknown"] + ["not-tried"] * (count - 1))


def test_signal_while_writing(serve, start):
    """Nobody reads the results, and so nothing goes on."""
    server = serve(FIRST, *[Turn(http(200, record(
        i, description="x" * 99_999))) for i in IDS[:5]])
    read, write = os.pipe()
    with open(read, "rb"), open(write, "wb") as stdout:
        run = start(server, "-j", *IDS[:5], stdout=stdout)
        until(lambda: len(server.requests) > 1)
        time.sleep(0.3)
        run.send(signal.SIGTERM)
        assert run.process.wait(5) > 0


def test_an_ignored_signal_is_ignored(serve, start):
    """As under nohup."""
    server = serve(Turn([0.5, http(204)]))
    run = start(server, ID, wrapper=["sh", "-c", 'trap "" HUP; exec "$@"',
                                     "sh"])
    until(lambda: server.requests)
    run.send(signal.SIGHUP)
    assert run.end().status == 0


def test_a_stopped_process_goes_on(serve, start):
    server = serve(Turn([0.5, http(204)]))
    run = start(server, ID)
    until(lambda: server.requests)
    run.send(signal.SIGSTOP)
    time.sleep(0.2)
    run.send(signal.SIGCONT)
    assert run.end().status == 0
