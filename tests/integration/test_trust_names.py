# SPDX-License-Identifier: MIT
# Whom a certificate is for: host names, wildcards, addresses; what is said of
# it, whatever bytes are in it; and which name the server gets to hear.

import re
import socket

import pytest

from pki import LEAF_EXTENSIONS
from tls_servers import (LIBRARIES, VERSIONS, TlsServer, refused, talk,
                         trusted)

HOSTS = "".join(f"127.0.0.1 {name}\n" for name in (
    "localhost", "example", "a.example", "b.a.example", "c.b.a.example",
    "xa.example", "a.example.org"))


def has_ipv6():
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def raw_names(*names):
    """An extension of dNSNames (RFC 5280, 4.2.1.6) with any bytes in them."""
    body = b"".join(b"\x82" + bytes([len(n)]) + n for n in names)
    assert len(body) < 128
    value = b"\x30" + bytes([len(body)]) + body
    return f"{LEAF_EXTENSIONS}subjectAltName = DER:{value.hex()}\n"


# subjectAltName, the host that is asked, whether that is one
NAMES = [
    ("DNS:localhost", "localhost", True),
    ("DNS:LocalHost", "localhost", True),
    ("DNS:localhost", "LOCALHOST", True),
    ("DNS:other.example,DNS:localhost", "localhost", True),
    ("DNS:localhost.example", "localhost", False),
    ("DNS:alocalhost", "localhost", False),
    ("DNS:localhos", "localhost", False),
    ("IP:127.0.0.1", "localhost", False),
    # other kinds of names are no host names, whatever they say
    ("URI:localhost", "localhost", False),
    ("URI:https://localhost/", "localhost", False),
    ("email:localhost", "localhost", False),
    ("email:root@localhost", "localhost", False),
    ("RID:1.2.3.4", "localhost", False),
    ("otherName:1.2.3.4;UTF8:localhost", "localhost", False),
    # an address matches an iPAddress, and only that
    ("IP:127.0.0.1", "127.0.0.1", True),
    ("IP:10.0.0.1,IP:127.0.0.1", "127.0.0.1", True),
    ("DNS:localhost,IP:127.0.0.1", "127.0.0.1", True),
    ("IP:127.0.0.2", "127.0.0.1", False),
    ("IP:1.0.0.127", "127.0.0.1", False),
    ("DNS:127.0.0.1", "127.0.0.1", False),
    ("DNS:*.0.0.1", "127.0.0.1", False),
    ("URI:127.0.0.1", "127.0.0.1", False),
    ("DNS:localhost", "127.0.0.1", False),
    ("IP:::ffff:127.0.0.1", "127.0.0.1", False),
    ("IP:7f00:1::", "127.0.0.1", False),
]
WILDCARDS = [
    ("DNS:*.example", "a.example", True),
    ("DNS:*.EXAMPLE", "a.example", True),
    ("DNS:*.a.example", "b.a.example", True),
    ("DNS:other.example,DNS:*.a.example", "b.a.example", True),
    ("DNS:*.example", "example", False),
    ("DNS:*.example", "b.a.example", False),
    ("DNS:*.a.example", "a.example", False),
    ("DNS:*.a.example", "c.b.a.example", False),
    ("DNS:*.example", "a.example.org", False),
    ("DNS:*.*.example", "b.a.example", False),
    ("DNS:b.*.example", "b.a.example", False),
    ("DNS:x*.example", "xa.example", False),
    ("DNS:*a.example", "xa.example", False),
    ("DNS:*", "example", False),
    ("DNS:*", "a.example", False),
    ("DNS:*.", "example", False),
    ("DNS:.example", "a.example", False),
]


def in_it(san, host):
    """How the names of a subjectAltName are told, as an expression; one may
    look like the address that is asked for, and is none."""
    address = host[0].isdigit() or ":" in host
    told = [("the name " if address and kind == "DNS" else "")
            + re.escape(name)
            for kind, name in (n.split(":", 1) for n in san.split(","))
            if kind in ("DNS", "IP")]
    return r", but for " + ", ".join(told) if told else ""


def check_name(patrm, certs, case, library, version, **more):
    san, host, is_it = case
    own = certs.pki.leaf(certs.middle, "whoever", san=san)
    with TlsServer(library, own, version) as server:
        result = talk(patrm, server, "--retries=0", "--cacert", certs.ca,
                      host=host, **more)
    if is_it:
        trusted(result, server)
    else:
        san = san.replace("::ffff:127.0.0.1", "::ffff:7f00:1")
        refused(result, server, rf"(?i)certificate is not for "
                rf"{re.escape(host)}{in_it(san, host)};")


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("case", NAMES,
                         ids=lambda c: f"{c[0]} for {c[1]}")
def test_names(patrm, certs, case, library, version):
    check_name(patrm, certs, case, library, version)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("case", WILDCARDS,
                         ids=lambda c: f"{c[0]} for {c[1]}")
def test_wildcards(patrm, certs, alone, case, library):
    for version in VERSIONS:
        check_name(patrm, certs, case, library, version,
                   wrapper=alone(net=True, hosts=HOSTS))


@pytest.mark.parametrize("san, is_it", [
    ("IP:::1", True), ("IP:0:0:0:0:0:0:0:1", True),
    ("IP:127.0.0.1,IP:::1", True), ("IP:::2", False),
    ("IP:127.0.0.1", False), ("DNS:\\:\\:1", False),
    ("DNS:localhost", False),
])
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_ipv6_addresses(patrm, certs, san, is_it, version):
    ext = LEAF_EXTENSIONS
    if san.startswith("DNS:\\:"):
        san, ext = None, raw_names(b"::1")
    own = certs.pki.leaf(certs.root, "x", san=san, ext=ext)
    for library in LIBRARIES:
        for host in ("[::1]", "[0::0:1]"):
            with TlsServer(library, own, version, address="::1") as server:
                result = talk(patrm, server, "--retries=0", "--cacert",
                              certs.ca, host=host)
            if is_it:
                trusted(result, server)
            else:
                refused(result, server, "certificate is not for [0:]+1, but ")
            assert server.links[0].server_name is None


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001",
                                  "0177.0.0.1", "127.0.0.1."])
def test_other_spellings_of_addresses(patrm, certs, host):
    """libc takes them for addresses, so they are no names: no dNSName is
    theirs, and no server gets to hear them as one (RFC 6066, 3)."""
    own = certs.pki.leaf(certs.root, "x", san=f"DNS:{host}")
    with TlsServer("python", own) as server:
        result = talk(patrm, server, "-t", "5", "--retries=0", "--cacert",
                      certs.ca, host=host)
    assert result.status in (2, 5)
    assert not server.asked
    for link in server.links:
        assert link.server_name is None and link.sealed == []


@pytest.mark.parametrize("version", VERSIONS)
def test_common_names_do_not_count(patrm, certs, version):
    for name, host in (("localhost", "localhost"), ("127.0.0.1", "127.0.0.1")):
        for san, words in ((None, f"certificate of {name} has no subjectAlt"),
                           ("DNS:b.example", rf"not for {name}, but for (the name )?b\."),
                           ("email:x@y.example", f"not for {name}")):
            own = certs.pki.leaf(certs.root, name, san=san)
            with TlsServer("openssl", own, version) as server:
                result = talk(patrm, server, "--cacert", certs.ca, host=host)
            refused(result, server, words)


def test_no_names_at_all(patrm, certs):
    """An empty list is there, and has none."""
    own = certs.pki.leaf(certs.root, san=None, ext=LEAF_EXTENSIONS
                         + "subjectAltName = DER:3000\n")
    with TlsServer("python", own) as server:
        result = talk(patrm, server, "--cacert", certs.ca)
    refused(result, server, "not for localhost|subjectAltName")


def test_many_names(patrm, certs):
    """What does not fit is cut where one can see it."""
    own = certs.pki.leaf(certs.root, san=",".join(
        f"DNS:host-number-{n}.example" for n in range(90)))
    with TlsServer("python", own) as server:
        result = talk(patrm, server, "--cacert", certs.ca)
    refused(result, server, r"not for localhost, but for "
            r"host-number-0\.example, host-number-1\.example, .*\.\.\.;")
    assert len(result.err) < 1000


# ---- hostile bytes

HOSTILE = {
    "ANSI": ("\x1b[31mred", r"\\u\{1b\}\[31mred"),
    "title": ("\x1b]0;title\x07x", r"\\u\{1b\}\]0;title\\u\{7\}x"),
    "C1": ("a\u0085b\u009b1mc", r"a\\u\{85\}b\\u\{9b\}1mc"),
    "right to left": ("evil\u202egpj", r"evil\\u\{202e\}gpj"),
    "isolate": ("a\u2066b\u2069c", r"a\\u\{2066\}b\\u\{2069\}c"),
    "long": ("x" * 64, "x{64}"),
}
RAW = [
    (b"\x1b[2Jx", r"\\u\{1b\}\[2Jx"),
    (b"localhost\0.evil.example", r"localhost\\u\{0\}\.evil\.example"),
    (b"localhost\0", r"localhost\\u\{0\}"),
    (b"\xff\xfe\x80", r"\\x\{ff\}\\x\{fe\}\\x\{80\}"),
    (b"new\nline\rhere", r"new\\u\{a\}line\\u\{d\}here"),
    ("a\u202eb\u2028c".encode(), r"a\\u\{202e\}b\\u\{2028\}c"),
    (b"\xc0\xaf\xed\xa0\x80", r"\\x\{c0\}\\x\{af\}"),
]


def is_clean(result):
    """Nothing in it but printable characters and the ends of lines."""
    for text in (result.text, result.errors):
        assert all(c.isprintable() or c == "\n" for c in text), text
        assert text.isascii()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name, told", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names(patrm, certs, name, told, version):
    """As a subject, as an issuer, and as who vouched."""
    authority = certs.pki.ca(name)
    for own, ca, words in (
            (certs.pki.leaf(certs.root, name, san=None), certs.ca,
             f"certificate of {told} has no"),
            (certs.pki.leaf(authority), certs.ca,
             f"not trusted: {told}, which issued localhost, is"),
            (certs.pki.leaf(authority, name), authority.cert, None)):
        with TlsServer("openssl", own, version) as server:
            result = talk(patrm, server, "--retries=0", "--cacert", ca)
        is_clean(result)
        if words:
            refused(result, server, words)
        else:
            trusted(result, server)
            assert re.search(f"verified by {told}\n",
                             result.errors)


@pytest.mark.parametrize("name, told", RAW, ids=[repr(n) for n, _ in RAW])
@pytest.mark.parametrize("as_json", [False, True], ids=["text", "JSON"])
def test_hostile_alternative_names(patrm, certs, name, told, as_json):
    own = certs.pki.leaf(certs.root, san=None, ext=raw_names(name, b"z"))
    with TlsServer("python", own) as server:
        result = talk(patrm, server, "--cacert", certs.ca,
                      *(["-j"] if as_json else []))
    is_clean(result)
    if not as_json:
        refused(result, server, f"not for localhost, but for {told}.*, z;")
        return
    assert result.status == 5 and not server.asked
    assert re.search(f"but for {told}.*, z;", result.objects[0]["error"])


# ---- what the server hears

@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("host, name", [
    ("localhost", "localhost"), ("LocalHost", "localhost"),
    ("127.0.0.1", None),
])
def test_the_name_that_is_sent(patrm, certs, host, name, version):
    """RFC 6066, 3: a name, never an address."""
    for library in LIBRARIES:
        with TlsServer(library, certs.leaf, version) as server:
            result = talk(patrm, server, "--retries=0", "--cacert", certs.ca,
                          host=host)
        trusted(result, server)
        assert server.links[0].server_name == name
        if name is None:
            assert b"127.0.0.1" not in server.links[0].client


def test_a_dot_at_the_end_is_not_sent(patrm, certs, alone):
    """RFC 6066, 3: "without a trailing dot". It may be refused as a whole."""
    own = certs.pki.leaf(certs.root, "x", san="DNS:a.example")
    with TlsServer("python", own) as server:
        result = talk(patrm, server, "--retries=0", "--cacert", certs.ca,
                      host="a.example.", wrapper=alone(
                          net=True, hosts="127.0.0.1 a.example a.example.\n"))
    if result.status != 2:
        assert [link.server_name for link in server.links] == ["a.example"]
