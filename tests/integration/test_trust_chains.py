# SPDX-License-Identifier: MIT
# Which chains of certificates are trusted and which are not, and why: each
# over TLS 1.2 and 1.3, from servers of several libraries.

import re
import subprocess
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

import pki
from pki import CA_EXTENSIONS, LEAF_EXTENSIONS
from server import ID, Turn
from tls_servers import (LIBRARIES, NO_COMMON_SUITE, PSS_ONLY, VERSIONS,
                         TlsServer, pem_blocks, refused, talk, trusted)

NOW = datetime.now(timezone.utc).replace(microsecond=0)
DAY = timedelta(days=1)
OLD, NEW = NOW - 3 * DAY, NOW + 3 * DAY
CLOCK = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"

# Keys that no other test asks for
pki.KEYS.setdefault("P-224", pki.curve("P-224"))

TOP_ONLY = "basicConstraints = critical,CA:TRUE,pathlen:0\n"
NO_CA = "basicConstraints = critical,CA:FALSE\nkeyUsage = keyCertSign\n"
CA_SERVER = ("basicConstraints = critical,CA:TRUE\n"
             "keyUsage = critical,digitalSignature,keyCertSign\n")
CLIENT = "keyUsage = critical,digitalSignature\nextendedKeyUsage = "
LIMITS = "permitted;DNS:localhost,permitted;IP:127.0.0.0/255.0.0.0\n"


# ---- how they are minted

def leaf(**more):
    """A leaf of the trusted root."""
    return lambda c: c.pki.leaf(c.root, **more)


def below(name="Odd Middle", **more):
    """A leaf below an intermediate that has something about it."""
    return lambda c: c.pki.leaf(c.pki.ca(name, issuer=c.root, **more))


def tower(*keys):
    """A leaf below intermediates with keys of these kinds."""
    def mint(c):
        top = c.root
        for number, key in enumerate(keys[:-1]):
            top = c.pki.ca(f"Level {number}", issuer=top, key=key)
        return c.pki.leaf(top, key=keys[-1])
    return mint


def sends(choose):
    """A leaf below two intermediates, with another chain sent."""
    def mint(c):
        second = c.pki.ca("Second", issuer=c.middle)
        own = c.pki.leaf(second)
        other = c.pki.ca("Unasked", digest="sha1", key="RSA-2048")
        what = choose(SimpleNamespace(leaf=own, second=second, root=c.root,
                                      middle=c.middle, other=other))
        chain = own.chain.with_suffix(f".{len(what)}.sent")
        chain.write_text("".join(one.cert.read_text() for one in what))
        return replace(own, chain=chain)
    return mint


def own_root(name, make=leaf(), **more):
    """(the chain, its root); the root alone is in the file."""
    def mint(c):
        root = c.pki.ca(name, **more)
        return make(SimpleNamespace(pki=c.pki, root=root)), root
    return mint


def signed_with_pss(c):
    """All signatures but the root's are RSASSA-PSS, of rsaEncryption keys."""
    top = c.pki.ca("RSA Root", key="RSA-2048")
    own = c.pki.leaf(top, key="RSA-2048")
    cert = own.cert.with_suffix(".pss")
    request = own.cert.with_suffix(".csr")
    extensions = own.cert.with_suffix(".ext")
    subprocess.run(
        ["openssl", "x509", "-req", "-in", request, "-CA", top.cert, "-CAkey",
         top.key, "-set_serial", "77", "-extfile", extensions, "-sha256",
         "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32",
         "-out", cert], check=True, capture_output=True, timeout=20)
    assert b"rsassaPss" in subprocess.run(
        ["openssl", "x509", "-in", cert, "-noout", "-text"], check=True,
        capture_output=True, timeout=20).stdout
    return replace(own, cert=cert, chain=cert), top


def namesake(c):
    """Of a root that only has the trusted one's name."""
    return c.pki.leaf(c.pki.ca("Test Root", key="P-384"))


def of_a_leaf(c):
    return c.pki.leaf(c.pki.leaf(c.root, "No Authority"))


def self_issued(**more):
    return lambda c: c.pki.leaf(None, "Its Own", **more)


def version_1(c):
    return c.pki.version_1("localhost", c.root)


def too_deep(c):
    return tower(*["P-256"] * 11)(c)


GOOD = {
    "below the root": leaf(),
    "below an intermediate": below("Middle"),
    "eight intermediates": tower(*["P-256"] * 9),
    "RSA-2048 below P-256": leaf(key="RSA-2048"),
    "P-256 below RSA-2048": tower("RSA-2048", "P-256"),
    "valid from now on": leaf(start=NOW - timedelta(seconds=2)),
    "no usage named": leaf(ext="basicConstraints = CA:FALSE\n"),
    "usages beside serverAuth": leaf(ext=CLIENT + "clientAuth,serverAuth\n"),
    "not said to be no CA": leaf(ext="extendedKeyUsage = serverAuth\n"),
    "extra certificates": sends(
        lambda s: [s.leaf, s.other, s.second, s.middle]),
    "the root is sent too": sends(
        lambda s: [s.leaf, s.second, s.middle, s.root]),
    "twice": sends(lambda s: [s.leaf, s.leaf, s.second, s.second, s.middle]),
    # RFC 8446, 4.4.2: some servers send them so.
    "an unordered chain": sends(lambda s: [s.leaf, s.middle, s.second]),
    # A root's own signature is never checked, so SHA-1 in it is no matter.
    "a root with SHA-1 is sent last": sends(
        lambda s: [s.leaf, s.second, s.middle, s.other]),
    "a root with SHA-1 in the file": own_root("Old Root", key="RSA-2048",
                                              digest="sha1"),
    "P-384 chain": own_root("P-384 Root", tower("P-384", "P-384"),
                            key="P-384"),
    "RSA-4096 chain": own_root("RSA-4096 Root", tower("RSA-4096", "RSA-4096"),
                               key="RSA-4096"),
    "signed with PSS": signed_with_pss,
    "an intermediate in the file": lambda c: (c.pki.leaf(c.middle), c.middle),
}

# The chain, and what is said of it. {store} is the name of what is trusted.
BAD = {
    "expired": (
        leaf(end=OLD), rf"certificate of localhost expired "
        rf"{OLD:%Y-%m-%dT%H:%M:%SZ}; this clock says {CLOCK}"),
    "expired a moment ago": (
        leaf(end=NOW - timedelta(seconds=1)), "certificate of localhost "
        "expired .*--at"),
    "an expired intermediate": (
        below("Old Middle", end=OLD), rf"certificate of Old Middle expired "
        rf"{OLD:%Y-%m-%dT%H:%M:%SZ}; this clock says {CLOCK}"),
    "not yet valid": (
        leaf(start=NEW), rf"certificate of localhost is not valid before "
        rf"{NEW:%Y-%m-%dT%H:%M:%SZ}; this clock says {CLOCK}.*--at"),
    "an intermediate not yet valid": (
        below("New Middle", start=NEW), rf"certificate of New Middle is not "
        rf"valid before {NEW:%Y-%m-%dT%H:%M:%SZ}; this clock says"),
    "wrong host": (
        leaf(san="DNS:other.example,DNS:b.example,IP:10.0.0.1,IP:2001:db8::1"),
        r"not for localhost, but for other\.example, b\.example, "
        r"10\.0\.0\.1, 2001:db8::1;"),
    "no alternative name": (
        leaf(san=None), "certificate of localhost has no subjectAltName"),
    "self-signed": (
        self_issued(), "not trusted: Its Own.*not in {store};"),
    "an unknown root": (
        lambda c: c.pki.leaf(c.pki.ca("Stranger")),
        "not trusted: Stranger, which issued localhost, is not in {store};"),
    "an unknown root is sent too": (
        lambda c: with_root(c.pki.leaf(c.pki.ca("Stranger"))),
        "not trusted: Stranger.* is not in {store};"),
    "a root of the same name": (namesake, "not trusted: Test Root"),
    "a missing intermediate": (
        sends(lambda s: [s.leaf, s.middle]),
        "not trusted: Second, which issued localhost, is not in {store};"),
    "only the leaf": (
        sends(lambda s: [s.leaf]),
        "not trusted: Second, which issued localhost, is not in {store};"),
    "a CA as the server": (
        leaf(ext=CA_SERVER), "certificate of localhost is a CA's"),
    "for clients": (
        leaf(ext=CLIENT + "clientAuth\n"),
        "certificate of localhost is not for servers"),
    "for signing code": (
        leaf(ext=CLIENT + "codeSigning,emailProtection\n"),
        "certificate of localhost is not for servers"),
    "wrong key usage": (
        leaf(key="RSA-2048", ext="keyUsage = critical,keyEncipherment\n"),
        "[Uu]sage|not for servers"),
    "version 1": (version_1, "certificate of localhost is of X.509 version"),
    "path length exceeded": (
        lambda c: c.pki.leaf(c.pki.ca("Too Deep", issuer=c.pki.ca(
            "Short Path", issuer=c.root, ext=TOP_ONLY))), "Short Path"),
    "ten intermediates": (too_deep, "many|long|deep|intermediate"),
    "issued by no CA": (below("No Authority", ext=NO_CA), "No Authority"),
    "issued by a leaf": (of_a_leaf, "No Authority"),
    "signed with SHA-1": (
        leaf(digest="sha1"), "certificate of localhost.*(SHA-1|weak a hash)"),
    "an intermediate signed with SHA-1": (
        below(digest="sha1"),
        "certificate of Odd Middle.*(SHA-1|weak a hash)"),
    "RSA of 1024 bits": (
        leaf(key="RSA-1024"), "certificate of localhost.*weak a key"),
    "an intermediate of 1024 bits": (below(key="RSA-1024"), "weak a key"),
    "an intermediate on P-224": (below(key="P-224"), "key|curve"),
    "an intermediate on P-521": (below(key="P-521"), "key|curve"),
    "an Ed25519 intermediate": (below(key="ED25519"), "key|curve"),
    "an rsassaPss intermediate": (below(key="RSA-PSS"), "key|RSASSA"),
    # These keys are none that patrm offers to take.
    "rsassaPss": (leaf(key="RSA-PSS"), "alert handshake_failure"),
    "Ed25519": (leaf(key="ED25519"), "alert handshake_failure"),
    "P-521": (leaf(key="P-521"), "alert handshake_failure|key|curve"),
    "critical nameConstraints": (
        leaf(ext=LEAF_EXTENSIONS + "nameConstraints = critical," + LIMITS),
        "nameConstraints"),
    "nameConstraints": (
        leaf(ext=LEAF_EXTENSIONS + "nameConstraints = " + LIMITS),
        "nameConstraints"),
    "critical nameConstraints above": (
        below(ext=CA_EXTENSIONS + "nameConstraints = critical," + LIMITS),
        "nameConstraints"),
    "nameConstraints above": (
        below(ext=CA_EXTENSIONS + "nameConstraints = " + LIMITS),
        "nameConstraints"),
    "an unknown critical extension": (
        leaf(ext=LEAF_EXTENSIONS + "1.2.3.4 = critical,ASN1:NULL\n"),
        "extension|critical|X.509"),
}

# Where the root alone is what is wrong. It is in the file, so nothing may say
# that it is not.
BAD_ROOTS = {
    "an expired root": (
        own_root("Old Root", start=OLD - DAY, end=OLD),
        rf"certificate of Old Root expired {OLD:%Y-%m-%dT%H:%M:%SZ}; this"),
    "a root of 1024 bits": (own_root("Weak Root", key="RSA-1024"),
                            "weak a key"),
    "a root on P-224": (own_root("Small Root", key="P-224"),
                        "Small Root.*(key|curve)|key of Small Root"),
    "a root with critical nameConstraints": (
        own_root("Bound Root", ext=CA_EXTENSIONS +
                 "nameConstraints = critical," + LIMITS), "nameConstraints"),
}

# What a library does not serve as it is told.
NOT_SERVED = {
    # It sends an alert instead where its own rules forbid to use the key:
    # these must not sign, or are too short for PSS as it likes it.
    ("wrong key usage", "gnutls", "1.2"),
    ("wrong key usage", "gnutls", "1.3"),
    ("RSA of 1024 bits", "gnutls", "1.3"),
    ("a weak key", "gnutls", "1.3"),
}


def with_root(own):
    chain = own.chain.with_suffix(".all")
    chain.write_text(own.chain.read_text() + own.issuer.cert.read_text())
    return replace(own, chain=chain)


def every(table):
    return [pytest.param(name, library, version,
                         id=f"{name}, {library}, TLS {version}")
            for name in table for library in LIBRARIES
            for version in VERSIONS
            if (name, library, version) not in NOT_SERVED]


def mint_from(mint, certs):
    """(the chain, the file of its root)"""
    made = mint(certs)
    own, root = made if isinstance(made, tuple) else (made, certs.root)
    return own, root.cert


@pytest.mark.parametrize("name, library, version", every(GOOD))
def test_good(patrm, certs, name, library, version):
    own, ca = mint_from(GOOD[name], certs)
    with TlsServer(library, own, version) as server:
        result = talk(patrm, server, "--retries=0", "--cacert", ca)
    trusted(result, server)
    assert f", TLSv{version}, " in result.errors


@pytest.mark.parametrize("name, library, version", every(BAD | BAD_ROOTS))
def test_bad(patrm, certs, name, library, version):
    """Retries are allowed, and not made."""
    mint, words = (BAD | BAD_ROOTS)[name]
    own, ca = mint_from(mint, certs)
    with TlsServer(library, own, version) as server:
        result = talk(patrm, server, "--cacert", ca)
    refused(result, server, words.format(store=re.escape(str(ca)))
            if "{store}" in words else words)
    if name in BAD_ROOTS:
        assert "is not in" not in result.errors


# ---- certificates that are in the file themselves

LISTED = {  # the certificate, the host, and what is said, None for trust
    "self-signed": (self_issued(), "localhost", None),
    "for an address": (self_issued(), "127.0.0.1", None),
    "a CA": (self_issued(ext=CA_SERVER), "localhost", None),
    "as openssl req -x509 makes them": (
        self_issued(ext="basicConstraints = critical,CA:TRUE\n"),
        "localhost", None),
    "version 1": (
        lambda c: c.pki.version_1("localhost"), "localhost", None),
    "of a root that is not": (
        lambda c: c.pki.leaf(c.pki.ca("Absent")), "localhost", None),
    "of a root that has expired": (
        lambda c: c.pki.leaf(c.pki.ca("Gone", start=OLD - DAY, end=OLD)),
        "localhost", None),
    "expired": (
        self_issued(end=OLD), "localhost", "certificate of Its Own expired"),
    "a CA, expired": (
        self_issued(ext=CA_SERVER, end=OLD), "localhost",
        "certificate of Its Own expired"),
    "version 1, expired": (
        lambda c: c.pki.version_1("localhost", end=OLD), "localhost",
        "certificate of localhost expired"),
    "not yet valid": (
        self_issued(start=NEW), "localhost", "Its Own is not valid before"),
    "another name": (
        self_issued(san="DNS:other.example"), "localhost",
        r"not for localhost, but for other\.example"),
    "another address": (
        self_issued(san="IP:127.0.0.2"), "127.0.0.1",
        r"not for 127\.0\.0\.1, but for 127\.0\.0\.2"),
    "version 1, another name": (
        lambda c: c.pki.version_1("other.example"), "localhost",
        r"not for localhost, but for other\.example"),
    "a weak key": (self_issued(key="RSA-1024"), "localhost", "weak a key"),
}


@pytest.mark.parametrize("name, library, version", every(LISTED))
def test_listed(patrm, certs, name, library, version):
    """Trusted by itself; its name and its dates still hold."""
    mint, host, words = LISTED[name]
    own = mint(certs)
    with TlsServer(library, own, version) as server:
        result = talk(patrm, server, "--retries=0", "--cacert", own.cert,
                      host=host)
    if words:
        refused(result, server, words)
    else:
        trusted(result, server)
        name = "localhost" if own.issuer or name == "version 1" else "Its Own"
        assert f"* verified by {name}\n" in result.errors


@pytest.mark.parametrize("version", VERSIONS)
def test_listed_is_byte_for_byte(patrm, certs, version):
    """The same names, and even the same key, are not enough."""
    own = certs.pki.leaf(None, "Twin")
    for twin in (certs.pki.leaf(None, "Twin", end=NEW),
                 certs.pki.leaf(None, "Twin", key="P-384")):
        with TlsServer("openssl", own, version) as server:
            result = talk(patrm, server, "--cacert", twin.cert)
        refused(result, server, "not trusted: Twin")


def test_listed_among_others(patrm, certs, tmp_path):
    """Wherever it stands in the file; nobody else gains by it."""
    own = certs.pki.leaf(None, "Its Own")
    stranger = certs.pki.leaf(certs.pki.ca("Stranger"))
    others = [certs.pki.ca(f"Other {n}").cert.read_text() for n in range(3)]
    for at in range(4):
        path = tmp_path / f"{at}.pem"
        path.write_text("".join(
            others[:at] + [own.cert.read_text()] + others[at:]))
        with TlsServer("python", own) as server:
            trusted(talk(patrm, server, "--cacert", path), server)
        with TlsServer("python", stranger) as server:
            refused(talk(patrm, server, "--cacert", path), server,
                    "not trusted: Stranger")


def test_roots_of_one_name(patrm, certs, tmp_path):
    """As after a change of keys: each is tried, in any order."""
    roots = [certs.pki.ca("Renewed", key=key)
             for key in ("P-256", "P-384", "RSA-2048")]
    texts = [root.cert.read_text() for root in roots]
    for order in (texts, texts[::-1]):
        path = tmp_path / "roots.pem"
        path.write_text("".join(order))
        for root in roots:
            with TlsServer("python", certs.pki.leaf(root)) as server:
                trusted(talk(patrm, server, "--cacert", path), server)


# ---- what comes before the certificates

@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_old_protocols(patrm, certs, library, version):
    """GnuTLS says handshake_failure where the others say what it is."""
    words = (r"alert handshake_failure" if library == "gnutls"
             else r"neither TLS 1\.2 nor TLS 1\.3|too old")
    with TlsServer(library, certs.leaf, version) as server:
        result = talk(patrm, server, "--cacert", certs.ca)
    refused(result, server, words)


@pytest.mark.parametrize("version", [b"\3\0", b"\3\1", b"\3\2"],
                         ids=["SSL 3.0", "TLS 1.0", "TLS 1.1"])
def test_an_old_protocol_is_answered(serve, delete, version):
    """By a server that heeds nothing the client says."""
    hello = version + bytes(32) + b"\0" + b"\xc0\x2b" + b"\0"
    message = b"\2" + len(hello).to_bytes(3, "big") + hello
    server = serve(Turn(b"\x16" + version + len(message).to_bytes(2, "big")
                        + message, "clean", early=True))
    result = delete(server, ID)
    server.stop()
    assert result.status == 5
    assert re.search(r"neither TLS 1\.2 nor TLS 1\.3|too old", result.errors)
    assert server.connections == 1


@pytest.mark.parametrize("library, version", NO_COMMON_SUITE)
def test_no_common_suite(patrm, certs, library, version):
    options = NO_COMMON_SUITE[library, version]
    leaf_of_rsa = certs.pki.leaf(certs.middle, key="RSA-2048")
    with TlsServer(library, leaf_of_rsa, version, options) as server:
        result = talk(patrm, server, "--cacert", certs.ca)
    refused(result, server, "alert handshake_failure")


@pytest.mark.parametrize("library", PSS_ONLY)
@pytest.mark.parametrize("version", VERSIONS)
def test_pss_with_an_rsa_key(patrm, certs, library, version):
    options = PSS_ONLY[library]
    leaf_of_rsa = certs.pki.leaf(certs.middle, key="RSA-2048")
    with TlsServer(library, leaf_of_rsa, version, options) as server:
        result = talk(patrm, server, "--retries=0", "--cacert", certs.ca)
    trusted(result, server)
    assert f", TLSv{version}, " in result.errors


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_client_certificate_is_wanted(patrm, certs, library):
    """TLS 1.2 refuses within the handshake. In TLS 1.3 the client is done
    first, and so the request has left when the alert comes."""
    for version, status, fate in (
            ("1.2", 5, "no deletion was sent"),
            ("1.3", 6, "it is unknown whether the token is gone")):
        with TlsServer(library, certs.leaf, version,
                       client_ca=certs.ca) as server:
            result = talk(patrm, server, "--retries=0", "--cacert", certs.ca)
        assert result.status == status, result
        assert fate in result.errors and "alert " in result.errors
        # What is unknown is followed by two more, for the lists.
        assert not server.asked
        assert len(server.links) == (1 if status == 5 else 3)
        if status == 5:
            assert server.links[0].sealed == []
        else:
            assert "alert certificate_required" in result.errors


def test_the_sieve_works(patrm, certs):
    """That refused() would see a request, and a second attempt."""
    with TlsServer("openssl", certs.leaf, "1.2") as server:
        good = talk(patrm, server, "--cacert", certs.ca)
    assert server.links[0].sealed and server.asked
    assert len(pem_blocks(certs.leaf.chain)) == 2
    with pytest.raises(AssertionError):
        refused(good, server, "")
    server.links.append(server.links[0])
    with pytest.raises(AssertionError):
        trusted(good, server)
