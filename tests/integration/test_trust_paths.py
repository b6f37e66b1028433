# SPDX-License-Identifier: MIT
# Who may vouch for a server: chains in any order, name constraints, extended
# key usages, names in other spellings, and certificates that are of no use.

import itertools
import re
import subprocess
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

import pki
from pki import CA_EXTENSIONS, LEAF_EXTENSIONS
from tls_servers import TlsServer, refused, talk, trusted

NOW = datetime.now(timezone.utc).replace(microsecond=0)
DAY = timedelta(days=1)
BOTH = ["1.2", "1.3"]

pki.KEYS.setdefault("explicit", [
    "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt",
    "ec_param_enc:explicit"])
pki.KEYS.setdefault("RSA-e65", [
    "rsa:2048", "-pkeyopt", f"rsa_keygen_pubexp:{2**64 + 13}"])
pki.KEYS.setdefault("RSA-e64", [
    "rsa:2048", "-pkeyopt", f"rsa_keygen_pubexp:{2**64 - 59}"])


def constraints(text, critical=True):
    return (f"{CA_EXTENSIONS}nameConstraints = "
            f"{'critical,' if critical else ''}{text}\n")


def usage(names):
    return f"{CA_EXTENSIONS}extendedKeyUsage = {names}\n"


def run(*args):
    return subprocess.run([str(a) for a in args], check=True,
                          capture_output=True, timeout=20).stdout


def sent(own, *certificates):
    """The server's own, and what it is to send with it."""
    chain = own.chain.with_suffix(f".{abs(hash(certificates))}.sent")
    chain.write_text(own.cert.read_text() + "".join(
        c if isinstance(c, str) else c.cert.read_text()
        for c in certificates))
    return replace(own, chain=chain)


def again(cert, subject, mask="utf8only", ext=CA_EXTENSIONS):
    """A root with that key, and another spelling of its name."""
    out = cert.cert.with_suffix(f".{abs(hash((subject, mask, ext)))}.again")
    out.with_suffix(".ext").write_text(ext)
    config = out.with_suffix(".config")
    config.write_text(f"[req]\nstring_mask = {mask}\nprompt = no\n"
                      f"distinguished_name = name\nx509_extensions = ext\n"
                      f"[name]\n{subject}\n[ext]\n{ext}")
    run("openssl", "req", "-x509", "-new", "-key", cert.key, "-config", config,
        *(["-utf8"] if mask == "utf8only" else []), "-days", "30", "-out", out)
    return replace(cert, cert=out)


def check(patrm, own, ca, words=None, version="1.3", library="openssl",
          **more):
    if isinstance(ca, str):
        path = own.cert.with_suffix(f".{abs(hash(ca))}.roots")
        path.write_text(ca)
    else:
        path = ca.cert
    with TlsServer(library, own, version) as server:
        result = talk(patrm, server, "--retries=0", "--cacert", path, **more)
    if words is None:
        trusted(result, server)
    else:
        refused(result, server, words)
        assert not re.search(r"-0x[0-9a-f]{4}", result.errors)
    return result


# ---- the order

@pytest.fixture(scope="module")
def tower(certs):
    """A leaf below I, J, K, and what has nothing to do with it."""
    j = certs.pki.ca("J", issuer=certs.middle)
    k = certs.pki.ca("K", issuer=j)
    own = certs.pki.leaf(k)
    stranger = certs.pki.ca("A Stranger")
    return own, (certs.middle, j, k), stranger


@pytest.mark.parametrize("version", BOTH)
def test_any_order(patrm, certs, tower, version):
    own, above, stranger = tower
    for order in itertools.permutations(above):
        check(patrm, sent(own, *order), certs.root, version=version)
    check(patrm, sent(own, stranger, above[0], certs.root, above[2], own,
                      above[1], above[1]), certs.root, version=version)


@pytest.mark.parametrize("version", BOTH)
def test_a_missing_issuer_is_named(patrm, certs, tower, version):
    """And it is never one that was sent."""
    own, above, stranger = tower
    names = ["Test Intermediate", "J", "K"]
    for absent in range(3):
        rest = [c for i, c in enumerate(above) if i != absent]
        for order in (rest, rest[::-1]):
            check(patrm, sent(own, *order, stranger), certs.root,
                  f"not trusted: {names[absent]}, which issued ",
                  version=version)


def test_a_cycle_ends(patrm, certs):
    """Two that sign each other, and a name that signs itself."""
    a, b = certs.pki.ca("Ring A"), certs.pki.ca("Ring B")

    def cross(subject, signer, number):
        out = subject.cert.with_suffix(f".{number}.cross")
        ext = out.with_suffix(".ext")
        ext.write_text(CA_EXTENSIONS)
        request = subject.cert.with_suffix(".csr")
        run("openssl", "x509", "-req", "-in", request, "-CA", signer.cert,
            "-CAkey", signer.key, "-set_serial", number, "-extfile", ext,
            "-sha256", "-out", out)
        return replace(subject, cert=out)

    ab, ba = cross(a, b, 7), cross(b, a, 8)
    own = certs.pki.leaf(a)
    check(patrm, sent(own, ab, ba), certs.root,
          "Ring A and others have signed each other, and is not in ")
    check(patrm, sent(own, ba, ab, a), b)
    check(patrm, sent(own, ba, ab), b)


def test_cross_signed_duplicates(patrm, certs):
    """One name and key under several issuers: the one that leads on."""
    middle = certs.pki.ca("Crossed", issuer=certs.root)
    absent = certs.pki.ca("Absent Root")
    request = middle.cert.with_suffix(".csr")
    ext = middle.cert.with_suffix(".ext")
    crossed = []
    for number, signer in ((11, absent), (12, certs.pki.ca("Absent Two"))):
        out = middle.cert.with_suffix(f".{number}.cross")
        run("openssl", "x509", "-req", "-in", request, "-CA", signer.cert,
            "-CAkey", signer.key, "-set_serial", number, "-extfile", ext,
            "-sha256", "-out", out)
        crossed.append(replace(middle, cert=out))
    own = certs.pki.leaf(middle)
    for order in itertools.permutations([*crossed, middle]):
        check(patrm, sent(own, *order), certs.root)


def test_a_namesake_does_not_vouch(patrm, certs):
    """One who has signed leads nowhere, one of that name to the root."""
    absent = certs.pki.ca("Absent Root")
    signer = certs.pki.ca("Namesake", issuer=absent)
    other = certs.pki.ca("Namesake", issuer=certs.root)
    own = certs.pki.leaf(signer)
    for order in itertools.permutations([signer, other]):
        check(patrm, sent(own, *order), certs.root,
              "Absent Root, which issued Namesake, is not in ")


def test_an_expired_twin_is_passed_over(patrm, certs):
    old = certs.pki.ca("Twin", issuer=certs.root, start=NOW - 9 * DAY,
                       end=NOW - DAY)
    new = old.cert.with_suffix(".new")
    run("openssl", "x509", "-req", "-in", old.cert.with_suffix(".csr"), "-CA",
        certs.root.cert, "-CAkey", certs.root.key, "-set_serial", 21,
        "-extfile", old.cert.with_suffix(".ext"), "-sha256", "-out", new)
    own = certs.pki.leaf(old)
    new = replace(old, cert=new)
    check(patrm, sent(own, old, new), certs.root)
    check(patrm, sent(own, new, old), certs.root)
    check(patrm, sent(own, old), certs.root, "certificate of Twin expired ")


def test_many_certificates(patrm, certs, tower):
    own, above, _ = tower
    others = [certs.pki.ca(f"Other {n}") for n in range(17)]
    check(patrm, sent(own, *others, *above), certs.root)
    others += [certs.pki.ca(f"Other {n}") for n in range(17, 21)]
    check(patrm, sent(own, *others, *above), certs.root,
          "K, which issued localhost, is not in .*more than 21 certificates")


# ---- what is of no use

@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize("kind", ["P-521", "ED25519", "explicit", "critical",
                                  "constraints", "policies", "RSA-PSS"])
def test_what_is_not_on_the_path(patrm, certs, tower, kind, version):
    own, above, _ = tower
    ext = {"critical": CA_EXTENSIONS + "1.2.3.4 = critical,ASN1:NULL\n",
           "constraints": constraints("permitted;email:x.example"),
           "policies": CA_EXTENSIONS
           + "policyConstraints = critical,requireExplicitPolicy:0\n"}
    other = certs.pki.ca("Aside", **({"ext": ext[kind]} if kind in ext
                                     else {"key": kind}))
    for order in ((other, *above), (*above, other)):
        check(patrm, sent(own, *order), certs.root, version=version)


ON_THE_PATH = {     # of an intermediate: what is said of it
    "P-521": ({"key": "P-521"}, "Odd has a key on the curve P-521"),
    "Ed25519": ({"key": "ED25519"}, "localhost is signed with an Ed25519"),
    "explicit curve": ({"key": "explicit"},
                       "Odd has a key on a curve that is given by its param"),
    "exponent": ({"key": "RSA-e65"}, "Odd has an RSA key with an exponent of "
                 "more than 64 bits"),
    "policies": ({"ext": CA_EXTENSIONS
                  + "certificatePolicies = critical,1.2.3.4\n"},
                 "Odd has a critical extension about policies"),
    "policy constraints": (
        {"ext": CA_EXTENSIONS
         + "policyConstraints = critical,requireExplicitPolicy:0\n"},
        "Odd has a critical extension about policies"),
    "any policy": ({"ext": CA_EXTENSIONS + "inhibitAnyPolicy = critical,0\n"},
                   "Odd has a critical extension about policies"),
    "unknown": ({"ext": CA_EXTENSIONS + "1.2.3.4 = critical,ASN1:NULL\n"},
                "Odd has a critical extension that patrm does not know"),
    "malformed constraints": (
        {"ext": CA_EXTENSIONS + "nameConstraints = critical,DER:3000\n"},
        "Odd has nameConstraints of a kind"),
    "for mail": ({"ext": usage("emailProtection")},
                 "Odd may not vouch for servers"),
    "for code": ({"ext": usage("codeSigning")},
                 "Odd may not vouch for servers"),
    "for clients": ({"ext": usage("clientAuth")},
                    "Odd may not vouch for servers"),
    "for time stamps": ({"ext": usage("critical,timeStamping")},
                        "Odd may not vouch for servers"),
    "for all of those": ({"ext": usage(
        "clientAuth,emailProtection,codeSigning,timeStamping,OCSPSigning")},
        "Odd may not vouch for servers"),
    "may not certify": (
        {"ext": "basicConstraints = critical,CA:TRUE\n"
                "keyUsage = critical,digitalSignature\n"},
        r"Odd may not issue others \(keyUsage\)"),
    "anything": ({"ext": usage("anyExtendedKeyUsage")}, None),
    "servers": ({"ext": usage("serverAuth,clientAuth")}, None),
    "policies, not critical": (
        {"ext": CA_EXTENSIONS + "certificatePolicies = 1.2.3.4\n"}, None),
    "64 bits": ({"key": "RSA-e64"}, None),
    "its own name": ({"ext": CA_EXTENSIONS
                      + "subjectAltName = DNS:ca.example,dirName:dn\n"
                        "[dn]\nCN = x\n"}, None),
}


@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize("name", ON_THE_PATH)
@pytest.mark.parametrize("place", ["sent", "in the file"])
def test_on_the_path(patrm, certs, name, place, version):
    more, words = ON_THE_PATH[name]
    if place == "sent":
        odd = certs.pki.ca("Odd", issuer=certs.root, **more)
        check(patrm, certs.pki.leaf(odd), certs.root, words, version=version)
    else:
        odd = certs.pki.ca("Odd", **more)
        result = check(patrm, certs.pki.leaf(odd), odd, words,
                       version=version)
        assert "is not in" not in result.errors


LEAVES = {
    "explicit curve": ({"key": "explicit"}, "handshake_failure|localhost has "
                       "a key on a curve that is given by its parameters"),
    "exponent": ({"key": "RSA-e65"}, "localhost has an RSA key with an expo"),
    "policies": ({"ext": LEAF_EXTENSIONS
                  + "certificatePolicies = critical,1.2.3.4\n"},
                 "localhost has a critical extension about policies"),
    "malformed name": ({"san": None, "ext": LEAF_EXTENSIONS
                        + "subjectAltName = DER:3003870101\n"},
                       "localhost has a malformed subjectAltName"),
    "cut names": ({"san": None, "ext": LEAF_EXTENSIONS
                   + "subjectAltName = DER:30038205aa\n"},
                  "localhost has a malformed subjectAltName|handshake_fail"),
    "not for signatures": (
        {"ext": "keyUsage = critical,keyAgreement\n"},
        "localhost is not for signatures|handshake_failure"),
    "for anything": ({"ext": "extendedKeyUsage = anyExtendedKeyUsage\n"},
                     "localhost is not for servers"),
}


@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize("name", LEAVES)
def test_leaves(patrm, certs, name, version):
    more, words = LEAVES[name]
    check(patrm, certs.pki.leaf(certs.root, **more), certs.root, words,
          version=version)


SHIM = "int X509_check_private_key(void *c, void *k){(void)c;(void)k;return 1;}"


@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize("key", ["P-256", "RSA-2048"])
def test_a_server_without_its_key(patrm, certs, tmp_path, monkeypatch, key,
                                  version):
    """OpenSSL has to be talked into that."""
    source, shim = tmp_path / "shim.c", tmp_path / "shim.so"
    source.write_text(SHIM + "\n")
    run("cc", "-shared", "-fPIC", "-o", shim, source)
    # A blank ends a name there, so it is another one.
    link = Path(tempfile.mkdtemp(dir="/tmp")) / "shim.so"
    link.symlink_to(shim)
    own = certs.pki.leaf(certs.middle, key=key)
    thief = replace(own, key=certs.pki.leaf(certs.root, "thief", key=key).key)
    monkeypatch.setenv("LD_PRELOAD", str(link))
    server = TlsServer("openssl", thief, version)
    monkeypatch.delenv("LD_PRELOAD")
    link.unlink()
    link.parent.rmdir()
    with server:
        result = talk(patrm, server, "--retries=0", "--cacert", certs.ca)
    refused(result, server,
            "the server does not prove that it has its certificate's key")


@pytest.mark.parametrize("version", BOTH)
def test_more_than_one_message_takes(patrm, certs, version):
    big = [certs.pki.ca("Big", ext=CA_EXTENSIONS
                        + f"1.2.3.4 = DER:04821000{n:02x}{'00' * 4095}\n")
           for n in range(4)]
    with TlsServer("openssl", sent(certs.leaf, *big), version) as server:
        result = talk(patrm, server, "--cacert", certs.ca)
    refused(result, server, "16384|16,384|16 KiB")


@pytest.mark.parametrize("version", BOTH)
def test_more_than_eight_intermediates(patrm, certs, version):
    top = certs.root
    for number in range(9):
        top = certs.pki.ca(f"Floor {number}", issuer=top)
    check(patrm, certs.pki.leaf(top), certs.root,
          "localhost has more than 8 intermediate certificates",
          version=version)


# ---- name constraints

ALL_LOCAL = "permitted;DNS:localhost,permitted;IP:127.0.0.0/255.0.0.0," \
    "permitted;IP:::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
CONSTRAINTS = [     # what they are, the leaf's names, what is said or None
    (ALL_LOCAL, pki.LOCAL, None),
    ("permitted;DNS:localhost", pki.LOCAL, None),
    ("permitted;DNS:LocalHost", "DNS:LOCALHOST", None),
    ("permitted;DNS:example", "DNS:localhost", "do not allow localhost"),
    ("permitted;DNS:host", "DNS:localhost", "do not allow localhost"),
    ("permitted;DNS:.localhost", "DNS:localhost", "do not allow localhost"),
    ("permitted;DNS:localhost", "DNS:localhost,DNS:a.localhost", None),
    ("permitted;DNS:localhost", "DNS:localhost,DNS:*.localhost", None),
    ("permitted;DNS:localhost", "DNS:localhost,DNS:a.example",
     r"do not allow a\.example"),
    ("permitted;DNS:localhost", "DNS:localhost,IP:10.0.0.1", None),
    ("permitted;DNS:localhost,permitted;DNS:example",
     "DNS:localhost,DNS:a.example", None),
    ("excluded;DNS:localhost", "DNS:localhost", "do not allow localhost"),
    ("excluded;DNS:example", "DNS:localhost", None),
    ("excluded;DNS:.localhost", "DNS:localhost", None),
    ("excluded;DNS:example", "DNS:localhost,DNS:a.example",
     r"do not allow a\.example"),
    ("permitted;DNS:localhost,excluded;DNS:localhost", "DNS:localhost",
     "do not allow localhost"),
    ("permitted;IP:127.0.0.0/255.0.0.0", "DNS:localhost,IP:127.0.0.1", None),
    ("permitted;IP:10.0.0.0/255.0.0.0", "DNS:localhost,IP:127.0.0.1",
     r"do not allow 127\.0\.0\.1"),
    ("permitted;IP:127.0.0.0/255.0.0.0", "DNS:localhost,IP:::1",
     "do not allow ::1"),
    ("excluded;IP:127.0.0.0/255.0.0.0", "DNS:localhost,IP:127.0.0.1",
     r"do not allow 127\.0\.0\.1"),
    ("excluded;IP:0.0.0.0/0.0.0.0", "DNS:localhost,IP:::1", None),
    ("permitted;DNS:localhost,permitted;email:a.example", "DNS:localhost",
     "of a kind that patrm does not check"),
    ("permitted;dirName:dn\n[dn]\nO = x", "DNS:localhost",
     "of a kind that patrm does not check"),
    ("excluded;URI:.example", "DNS:localhost",
     "of a kind that patrm does not check"),
]


@pytest.mark.parametrize("critical", [True, False],
                         ids=["critical", "not critical"])
@pytest.mark.parametrize("place", ["above", "root", "far above"])
@pytest.mark.parametrize("case", CONSTRAINTS, ids=lambda c: f"{c[0]}, {c[1]}")
def test_constraints(patrm, certs, case, place, critical):
    limits, san, words = case
    ext = constraints(limits, critical)
    if place == "root":
        bound = root = certs.pki.ca("Bound", ext=ext)
    else:
        root = certs.root
        bound = certs.pki.ca("Bound", issuer=root, ext=ext)
    if place == "far above":
        bound = certs.pki.ca("Below", issuer=bound)
    check(patrm, certs.pki.leaf(bound, san=san), root,
          words and f"certificate of Bound has nameConstraints.*{words}")


def der(tag, content):
    return bytes([tag, len(content)]) + content


LOCAL_NAME = der(0x82, b"localhost")
MALFORMED = {
    "empty": b"",
    "no permitted subtree": der(0xa0, b""),
    "no excluded subtree": der(0xa1, b""),
    "a minimum": der(0xa0, der(0x30, LOCAL_NAME + der(0x80, b"\0"))),
    "a maximum": der(0xa0, der(0x30, LOCAL_NAME + der(0x81, b"\5"))),
    "an address of 4 bytes": der(0xa1, der(0x30, der(0x87, bytes(4)))),
    "a mask with a hole": der(0xa1, der(0x30, der(
        0x87, b"\x0a\0\0\0\xff\0\xff\0"))),
    "something else": der(0xa2, der(0x30, LOCAL_NAME)),
    "twice": der(0xa0, der(0x30, LOCAL_NAME)) * 2,
}


@pytest.mark.parametrize("value", MALFORMED.values(), ids=MALFORMED)
def test_constraints_that_are_malformed(patrm, certs, value):
    for critical in ("critical,", ""):
        bound = certs.pki.ca(
            "Bound", issuer=certs.root, ext=CA_EXTENSIONS
            + f"nameConstraints = {critical}DER:{der(0x30, value).hex()}\n")
        check(patrm, certs.pki.leaf(bound, san="DNS:localhost"), certs.root,
              "Bound has nameConstraints of a kind")


def test_a_host_below_a_wildcard(patrm, certs, alone):
    """What the constraints exclude is excluded, whatever the pattern."""
    bound = certs.pki.ca("Bound", issuer=certs.root,
                         ext=constraints("excluded;DNS:a.example"))
    own = certs.pki.leaf(bound, san="DNS:*.example")
    wrapper = alone(net=True, hosts="127.0.0.1 a.example b.example\n")
    for host, words in (("b.example", None), ("a.example", "do not allow a")):
        check(patrm, own, certs.root, words, host=host, wrapper=wrapper)


def test_names_of_intermediates_count(patrm, certs):
    bound = certs.pki.ca("Bound", issuer=certs.root,
                         ext=constraints("permitted;DNS:localhost"))
    below = certs.pki.ca("Below", issuer=bound, ext=CA_EXTENSIONS
                         + "subjectAltName = DNS:ca.example\n")
    check(patrm, certs.pki.leaf(below), certs.root,
          r"Bound has nameConstraints that do not allow ca\.example")


# ---- names in other spellings, and what counts of an anchor

SPELLINGS = [
    ("CN = Test Names", "default"), ("CN = Test Names", "utf8only"),
    ("CN = tEST nAMES", "default"), ("CN = Test    Names", "utf8only"),
    ("CN = Test Names", "MASK:0x4"),        # T61String
    ("CN = Test Names", "MASK:0x800"),      # BMPString
]


@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize("subject, mask", SPELLINGS)
def test_another_spelling(patrm, certs, subject, mask, version):
    """The file's name and the child's are one by RFC 5280, 7.1."""
    root = certs.pki.ca("Test Names")
    own, twin = certs.pki.leaf(root), again(root, subject, mask)
    check(patrm, own, twin, version=version)
    middle = certs.pki.ca("Below Names", issuer=twin)
    check(patrm, sent(certs.pki.leaf(middle), middle), root, version=version)


@pytest.mark.parametrize("subject", [
    "CN = TestNames", "CN = Test Namess", "O = Test Names",
    "CN = Test Names\nO = x", "0.CN = Test Names\n1.CN = Test Names",
])
def test_another_name(patrm, certs, subject):
    root = certs.pki.ca("Test Names")
    check(patrm, certs.pki.leaf(root), again(root, subject), "not trusted")


def test_rdns_are_sets(patrm, certs):
    root = again(certs.pki.ca("Whoever"), "O = One\n+OU = Two\nCN = Three")
    twin = again(root, "OU = two\n+O = ONE\nCN = Three", "default")
    check(patrm, certs.pki.leaf(root), twin)
    other = again(root, "OU = two\nO = ONE\nCN = Three")
    check(patrm, certs.pki.leaf(root), other, "not trusted: Three")


def test_anchors_that_have_expired(patrm, certs):
    """Are skipped where another one fits, and named where none does."""
    old = certs.pki.ca("Aged", start=NOW - 9 * DAY, end=NOW - DAY)
    new = again(old, "CN = Aged")
    own = certs.pki.leaf(old)
    texts = [old.cert.read_text(), new.cert.read_text()]
    check(patrm, own, "".join(texts))
    check(patrm, own, "".join(texts[::-1]))
    check(patrm, own, texts[0], "certificate of Aged expired ")


def test_anchors_that_may_not(patrm, certs):
    """The same for those that may not vouch for this server."""
    bound = certs.pki.ca("Narrow", ext=constraints("permitted;DNS:x.example"))
    free = again(bound, "CN = Narrow")
    own = certs.pki.leaf(bound)
    texts = [bound.cert.read_text(), free.cert.read_text()]
    check(patrm, own, "".join(texts))
    check(patrm, own, "".join(texts[::-1]))
    check(patrm, own, texts[0], "Narrow has nameConstraints that do not allow")


def test_key_identifiers_are_no_rules(patrm, certs):
    root = certs.pki.ca("Identified")
    other = again(root, "CN = Identified", ext=CA_EXTENSIONS.replace(
        "= hash", "= 0102030405"))
    own = certs.pki.leaf(root, ext=LEAF_EXTENSIONS
                         + "authorityKeyIdentifier = keyid:always\n")
    check(patrm, own, other)


def test_a_path_length_of_an_anchor(patrm, certs):
    top = certs.pki.ca("Short", ext="basicConstraints = critical,CA:TRUE,"
                                    "pathlen:0\n")
    check(patrm, certs.pki.leaf(top), top)
    middle = certs.pki.ca("Too Many", issuer=top)
    check(patrm, certs.pki.leaf(middle), top,
          r"Short allows fewer certificates below it \(pathLenConstraint\)")


def test_an_ed25519_signature(patrm, certs):
    for version in BOTH:
        own = certs.pki.leaf(certs.pki.ca("Edward", key="ED25519"))
        check(patrm, own, certs.root, "localhost is signed with an Ed25519",
              version=version)
        check(patrm, own, own, version=version)     # listed: nobody vouches


def test_sha1_does_not_matter_where_it_is_listed(patrm, certs):
    own = certs.pki.leaf(None, "Old Device", digest="sha1", key="RSA-2048")
    for version in BOTH:
        check(patrm, own, own, version=version)
