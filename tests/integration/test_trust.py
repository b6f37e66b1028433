# SPDX-License-Identifier: MIT
# Where trust comes from: files, the system's bundle, the roots inside; pins;
# the time that counts; and what it all costs.

import base64
import os
import re
import shutil
import subprocess
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from conftest import KEY, TOP
from pki import Pki
from server import ID
from test_trust_chains import BAD, GOOD, NOW
from tls_servers import TlsServer, pem_blocks, refused, talk, trusted

SYSTEM = "/etc/ssl/certs/ca-certificates.crt"
SYSTEM_FILES = [SYSTEM, "/etc/pki/tls/certs/ca-bundle.crt",
                "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem",
                "/opt/etc/ssl/certs/ca-certificates.crt",
                "/usr/local/share/certs/ca-root-nss.crt",
                "/etc/openssl/certs/ca-certificates.crt"]
INSIDE = "the roots inside"
DEARER = 15_000_000     # instructions that a 220 KB bundle may cost
BUILT = datetime(2035, 1, 1, tzinfo=timezone.utc)
GIVEN = {"LANGSMITH_API_KEY": KEY}


def usage(result, *words):
    """Status 2 and one sentence, before anybody is spoken to."""
    assert result.status == 2, result
    assert result.out == b""
    assert re.fullmatch(r"patrm: [^\n]+\n", result.errors), result
    for word in words:
        assert word in result.errors, result.errors
    assert result.seconds < 3


def vouched(result, who, store):
    """What --verbose says of it."""
    assert f"patrm: * verified by {who}\n" in result.errors
    assert f"patrm: * which is in {store}\n" in result.errors


@pytest.fixture
def server(certs):
    with TlsServer("python", certs.leaf) as running:
        yield running


@pytest.fixture(scope="module")
def bundle():
    path = os.path.realpath(SYSTEM)
    assert os.path.getsize(path) > 200_000, "this is no full bundle"
    with open(path, encoding="ascii") as file:
        return file.read()


@pytest.fixture
def write(tmp_path):
    """write(text) is the path of a file that says so."""
    def put(content, name="roots.pem"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes)
                         else content.encode())
        return path
    return put


# ---- files

def fifo(path):
    os.mkfifo(path)


FILES = {   # how it is made, what is said of it
    "missing": (lambda path: None, ["cannot open", "No such file"]),
    "a folder": (lambda path: path.mkdir(), ["cannot read", "directory"]),
    "a pipe": (fifo, ["is not a regular file"]),
    "empty": (lambda path: path.write_text(""), ["no certificate in"]),
    "a text": (lambda path: path.write_text("Hello.\n" * 9999),
               ["no certificate in"]),
    "zeros": (lambda path: path.write_bytes(bytes(99999)),
              ["no certificate in"]),
    "a link to nowhere": (lambda path: path.symlink_to("nowhere"),
                          ["cannot open"]),
}


@pytest.mark.parametrize("how", ["--cacert", "SSL_CERT_FILE"])
@pytest.mark.parametrize("make, words", FILES.values(), ids=FILES)
def test_files_of_no_use(patrm, server, tmp_path, make, words, how):
    """There is no other store to fall back on."""
    path = tmp_path / "roots.pem"
    make(path)
    args, env = ((["--cacert", path], {}) if how == "--cacert"
                 else ([], {how: str(path)}))
    usage(talk(patrm, server, *args, env=env), str(path), *words)
    assert server.links == []


CONTENTS = {    # of what is none, {cert} and {key} being what they say
    "a key": "{key}",
    "no end": "{cut}",
    "only the boundaries":
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
    "no base64": "{odd}",
    "another kind": "{request}",
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_files_without_a_certificate(patrm, server, certs, write, content):
    text = certs.ca.read_text()
    path = write(content.format(
        key=certs.root.key.read_text(), cut=text[:len(text) // 2],
        odd=text.replace("\nMI", "\n%I"),
        request=text.replace("CERTIFICATE", "CERTIFICATE REQUEST")))
    usage(talk(patrm, server, "--cacert", path), "no certificate in",
          str(path))
    assert server.links == []


def test_a_pipe_with_certificates_in_it(patrm, server, certs):
    """As with --cacert <(...): it would be empty the second time."""
    read, write_end = os.pipe()
    os.write(write_end, certs.ca.read_bytes())
    os.close(write_end)
    try:
        result = talk(patrm, server, "--cacert", "/dev/stdin", stdin=read)
    finally:
        os.close(read)
    usage(result, "/dev/stdin is not a regular file")
    assert server.links == []


def test_a_file_on_standard_input_is_none_of_that(patrm, server, certs):
    with open(certs.ca, "rb") as file:
        result = talk(patrm, server, "--cacert", "/dev/stdin", stdin=file)
    trusted(result, server)


BROKEN = {  # a certificate that is none, made of a good one
    "no base64": lambda text: text.replace("\nMI", "\n%I", 1),
    "cut base64": lambda text: wrap(unwrap(text), cut=True),
    "no DER": lambda text: wrap(b"Hello, certificate. " * 30),
    "half of it": lambda text: wrap(unwrap(text)[:200]),
    "too long": lambda text: wrap(b"\x30\x82\xff\xf0" + bytes(65520)),
    "empty": lambda text: wrap(b""),
}


def wrap(der, cut=False):
    text = base64.b64encode(der).decode()
    if cut:     # to a lonely digit at the end
        text = text[:len(text) // 4 * 4 - 7]
    lines = re.findall(".{1,64}", text)
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines,
                      "-----END CERTIFICATE-----", ""])


def unwrap(text):
    return base64.b64decode("".join(text.splitlines()[1:-1]))


@pytest.mark.parametrize("place", ["before", "behind"])
@pytest.mark.parametrize("spoil", BROKEN.values(), ids=BROKEN)
def test_one_bad_certificate(patrm, server, certs, write, spoil, place):
    """Is skipped, and told to who asks."""
    bad = spoil(certs.pki.ca("Unlucky").cert.read_text())
    good = certs.ca.read_text()
    path = write(bad + good if place == "before" else good + bad)
    result = talk(patrm, server, "--cacert", path)
    trusted(result, server)
    vouched(result, "Test Root", path)
    assert re.search(r"(?m)^patrm: \* .*cannot be read", result.errors)


def spoil_key(cert):
    """The same names, and a curve that does not exist."""
    curve = bytes.fromhex("06082a8648ce3d030107")
    der = unwrap(cert.read_text())
    assert der.count(curve) == 1
    return wrap(der.replace(curve, curve[:-1] + b"\x77"))


@pytest.mark.parametrize("place", ["before", "behind"])
def test_a_bad_namesake(patrm, server, certs, write, place):
    bad, good = spoil_key(certs.ca), certs.ca.read_text()
    path = write(bad + good if place == "before" else good + bad)
    result = talk(patrm, server, "--cacert", path)
    trusted(result, server)
    assert re.search(r"(?m)^patrm: \* .*cannot be read", result.errors)


def test_the_root_itself_is_bad(patrm, server, certs, write):
    """It is in the file, and no use: who asks has to be told."""
    path = write(certs.pki.ca("Another").cert.read_text()
                 + spoil_key(certs.ca))
    result = talk(patrm, server, "--cacert", path)
    assert result.status == 5 and not server.asked
    assert server.links[0].sealed == []
    assert "Test Root" in result.errors.splitlines()[-1]
    assert "cannot be read" in result.errors


def test_no_bad_certificate_no_word(patrm, server, certs, write):
    path = write("# roots\n\n" + certs.pki.ca("Another").cert.read_text()
                 + certs.ca.read_text().replace("\n", "\r\n"))
    result = talk(patrm, server, "--cacert", path)
    trusted(result, server)
    assert "cannot be read" not in result.errors


@pytest.mark.parametrize("place", ["begin", "middle", "end"])
def test_a_bundle(patrm, server, certs, write, bundle, place):
    blocks = re.findall("-----BEGIN.*?-----END.*?\n", bundle, re.S)
    at = {"begin": 0, "middle": len(blocks) // 2, "end": len(blocks)}[place]
    path = write("".join(blocks[:at] + [certs.ca.read_text()] + blocks[at:]))
    result = talk(patrm, server, "--cacert", path)
    trusted(result, server)
    vouched(result, "Test Root", path)
    assert "cannot be read" not in result.errors


def test_a_bundle_without_the_root(patrm, server, write, bundle):
    path = write(bundle)
    refused(talk(patrm, server, "--cacert", path), server,
            f"not trusted: Test Root, which issued Test Intermediate, is not "
            f"in {path};")


def test_a_bundle_of_any_size(patrm, server, certs, write, bundle):
    path = write(bundle * 15 + certs.ca.read_text())
    assert path.stat().st_size > 3_000_000
    trusted(talk(patrm, server, "--cacert", path), server)


# ---- which store

def test_only_the_given_file(patrm, certs, write):
    """Not the system's bundle and not the roots inside as well."""
    path = write(certs.pki.ca("Another").cert.read_text())
    for args, env in (
            (["--cacert", path], {}),
            ([], {"SSL_CERT_FILE": str(path)}),
            (["--cacert", path], {"SSL_CERT_FILE": str(certs.ca)}),
            (["--cacert", path], {"SSL_CERT_FILE": "builtin"})):
        with TlsServer("python", certs.leaf) as server:
            refused(talk(patrm, server, *args, env=env), server,
                    f"Test Root, .* is not in {path};")


@pytest.mark.parametrize("args, env", [
    (["--cacert=builtin"], {}),
    ([], {"SSL_CERT_FILE": "builtin"}),
    (["--cacert=builtin"], {"SSL_CERT_FILE": "{ca}"}),
])
def test_builtin(patrm, server, certs, args, env):
    env = {name: value.format(ca=certs.ca) for name, value in env.items()}
    refused(talk(patrm, server, *args, env=env), server,
            f"Test Root, .* is not in {INSIDE};")


def test_a_file_with_that_name(patrm, server, certs):
    shutil.copy(certs.ca, patrm.folder / "builtin")
    result = talk(patrm, server, "--cacert", "./builtin")
    trusted(result, server)
    vouched(result, "Test Root", "./builtin")


@pytest.fixture
def place(tmp_path, binary, as_root, patrm, native):
    """place(path=text, ...) is a wrapper: nothing else is there, and it."""
    def make(files, program=binary):
        top = tmp_path / "top"
        shutil.rmtree(top, ignore_errors=True)
        for name, content in files.items():
            path = top / name.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                path.mkdir()
            else:
                path.write_text(content)
        top.mkdir(exist_ok=True)
        shutil.copy(program, top / "patrm")
        patrm.binary = "/patrm"
        return ["chroot", top]
    return make


def nothing_else(patrm, server, *args, **more):
    return talk(patrm, server, "--retries=0", *args, host="127.0.0.1", **more)


@pytest.mark.parametrize("path", SYSTEM_FILES)
def test_the_systems_bundle(patrm, server, certs, place, path):
    result = nothing_else(patrm, server,
                          wrapper=place({path: certs.ca.read_text()}))
    trusted(result, server)
    vouched(result, "Test Root", path)


@pytest.mark.parametrize("useless", ["", "nothing\n", None],
                         ids=["empty", "text", "folder"])
def test_a_bundle_that_holds_none_is_passed_over(patrm, server, certs, place,
                                                 useless):
    for before, path in zip(SYSTEM_FILES, SYSTEM_FILES[1:]):
        wrapper = place({before: useless, path: certs.ca.read_text()})
        with TlsServer("python", certs.leaf) as other:
            result = nothing_else(patrm, other, wrapper=wrapper)
        trusted(result, other)
        vouched(result, "Test Root", path)


def test_the_first_bundle_decides(patrm, server, certs, place):
    other = certs.pki.ca("Another").cert.read_text()
    refused(nothing_else(patrm, server, wrapper=place(
        {SYSTEM: other, SYSTEM_FILES[1]: certs.ca.read_text()})),
        server, f"Test Root, .* is not in {SYSTEM};")


def test_no_bundle_at_all(patrm, server, place):
    refused(nothing_else(patrm, server, wrapper=place({})), server,
            f"Test Root, .* is not in {INSIDE};")


@pytest.mark.parametrize("args, env, store", [
    (["--cacert=/own"], {}, "/own"),
    ([], {"SSL_CERT_FILE": "/own"}, "/own"),
    ([], {"SSL_CERT_FILE": ""}, SYSTEM),
    ([], {}, SYSTEM),
    (["--cacert=builtin"], {}, INSIDE),
    ([], {"SSL_CERT_FILE": "builtin"}, INSIDE),
])
def test_what_goes_before_the_systems_bundle(patrm, certs, place, server,
                                             args, env, store):
    """Whoever is asked does not know the server, and is named."""
    other = certs.pki.ca("Another").cert.read_text()
    refused(nothing_else(patrm, server, *args, env=env, wrapper=place(
        {SYSTEM: other, "/own": other})), server, f"is not in {store};")


# ---- pins

def pin_of(cert):
    """As the manual of curl tells to make one."""
    def openssl(*args, given=None):
        return subprocess.run(["openssl", *args], input=given, check=True,
                              capture_output=True, timeout=20).stdout
    key = openssl("x509", "-in", cert.cert, "-noout", "-pubkey")
    der = openssl("pkey", "-pubin", "-outform", "DER", given=key)
    digest = openssl("dgst", "-sha256", "-binary", given=der)
    return "sha256//" + base64.b64encode(digest).decode()


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("key", ["P-256", "P-384", "RSA-2048"])
def test_pins(patrm, certs, key, version):
    own = certs.pki.leaf(certs.middle, key=key)
    right, wrong = pin_of(own), pin_of(certs.middle)
    for pins in ([right], [right, wrong], [wrong, right], [right, right],
                 [wrong] * 15 + [right]):
        with TlsServer("openssl", own, version) as server:
            trusted(talk(patrm, server, "--cacert", certs.ca,
                         *[f"--pin={pin}" for pin in pins]), server)
    for pins in ([wrong], [wrong, pin_of(certs.root)]):
        with TlsServer("openssl", own, version) as server:
            refused(talk(patrm, server, "--cacert", certs.ca,
                         *[f"--pin={pin}" for pin in pins]), server,
                    f"not one that is pinned, but {re.escape(right)};")


def test_a_pin_does_not_replace_trust(patrm, certs):
    """All else has to be right as well, and comes first."""
    for own, words in (
            (certs.pki.leaf(certs.pki.ca("Stranger")), "not trusted"),
            (certs.pki.leaf(certs.root, san="DNS:b.example"), "not for"),
            (certs.pki.leaf(certs.root, end=NOW - timedelta(days=1)),
             "expired")):
        with TlsServer("python", own) as server:
            refused(talk(patrm, server, "--cacert", certs.ca, "--pin",
                         pin_of(own)), server, words)


def test_a_listed_certificate_is_pinned_too(patrm, certs):
    own = certs.pki.leaf(None, "Its Own")
    with TlsServer("python", own) as server:
        trusted(talk(patrm, server, "--cacert", own.cert, "--pin",
                     pin_of(own)), server)
    with TlsServer("python", own) as server:
        refused(talk(patrm, server, "--cacert", own.cert, "--pin",
                     pin_of(certs.root)), server,
                re.escape(pin_of(own)))


A_PIN = "sha256//" + "A" * 43 + "="


@pytest.mark.parametrize("pin", [
    "", "sha256//", "sha256//AAAA", A_PIN[8:], A_PIN[:-1], A_PIN + "=",
    A_PIN[:-2] + "==", A_PIN[:-1] + "A", A_PIN + "AAAA", "SHA256" + A_PIN[6:],
    "sha256/" + A_PIN[8:], "sha1//" + "A" * 27 + "=", " " + A_PIN,
    A_PIN.replace("AAA", "A-_", 1), A_PIN.replace("AAA", "A%A", 1),
    A_PIN + ";" + A_PIN, "sha256//" + "0" * 64, "key.pem", "\x1b[31m",
])
def test_pins_that_are_none(patrm, server, certs, pin):
    result = talk(patrm, server, "--cacert", certs.ca, "--pin", pin)
    usage(result, "is not a pin", "sha256//")
    assert "\x1b" not in result.errors
    assert server.links == []


def test_too_many_pins(patrm, server, certs):
    usage(talk(patrm, server, "--cacert", certs.ca, *[f"--pin={A_PIN}"] * 17),
          "--pin", "16")
    assert server.links == []


def test_no_pin_without_tls(patrm):
    usage(patrm("-e", "http://127.0.0.1:9", "--pin", A_PIN, ID, env=GIVEN),
          "--pin and http://")


# ---- the time

@pytest.fixture(scope="module")
def aged(certs):
    """A leaf of the year 2020 below a root that is good for long."""
    root = certs.pki.ca("Long Root", start=datetime(2000, 1, 1),
                        end=datetime(2200, 1, 1))
    return SimpleNamespace(ca=root.cert, old=certs.pki.leaf(
        root, start=datetime(2020, 1, 1),
        end=datetime(2020, 6, 1, 12, 30, 15)),
        late=certs.pki.leaf(root, start=datetime(2039, 1, 1),
                            end=datetime(2150, 1, 1)))


@pytest.mark.parametrize("own, at, words", [
    ("old", "2020-03-01T00:00:00Z", None),
    ("old", "2020-01-01T00:00:00Z", None),
    ("old", "2020-06-01T12:30:15Z", None),
    ("old", "2020-06-01T12:30:15.999Z", None),
    ("old", "2020-06-01t12:30:15z", None),
    ("old", "2020-06-01T14:30:15+02:00", None),
    ("old", "2020-02-29T23:59:59-00:00", None),
    ("old", "2019-12-31T22:30:00-01:30", None),
    ("old", "2020-06-01T12:30:16Z", "expired 2020-06-01T12:30:15Z; "
     "--at says 2020-06-01T12:30:16Z"),
    ("old", "2020-06-01T12:30:15-00:01", "--at says 2020-06-01T12:31:15Z"),
    ("old", "2019-12-31T23:59:59Z", "is not valid before "
     "2020-01-01T00:00:00Z; --at says 2019-12-31T23:59:59Z"),
    ("old", "1970-01-01T00:00:00Z", "Long Root is not valid before 2000-"),
    ("old", "1960-01-01T00:00:00Z", "--at says 1960-01-01T00:00:00Z"),
    ("late", "2038-01-19T03:14:08Z", "not valid before 2039-01-01T00:00:00Z"),
    ("late", "2039-01-01T00:00:00Z", None),
    ("late", "2107-01-01T00:00:00Z", None),
    ("late", "2151-01-01T00:00:00Z", "expired 2150-01-01T00:00:00Z"),
    ("late", "9999-12-31T23:59:59Z", "Long Root expired 2200-01-01T00:00:00Z"),
])
@pytest.mark.parametrize("library", ["openssl", "gnutls"])
def test_at(patrm, aged, own, at, words, library):
    with TlsServer(library, getattr(aged, own)) as server:
        result = talk(patrm, server, "--retries=0", "--cacert", aged.ca,
                      "--at", at)
    if words:
        refused(result, server, words)
        assert "this clock says" not in result.errors
    else:
        trusted(result, server)


@pytest.mark.parametrize("at", [
    "", "now", "2020-06-01", "2020-06-01T12:30Z", "2020-06-01T12:30:15",
    "2020-06-01 12:30:15", "20200601T123015Z", "2020-13-01T00:00:00Z",
    "2020-00-01T00:00:00Z", "2020-04-31T00:00:00Z", "2021-02-29T00:00:00Z",
    "2020-06-00T00:00:00Z", "2020-06-01T24:00:00Z", "2020-06-01T12:60:00Z",
    "2020-06-01T12:30:61Z", "2020-06-01T12:30:15.Z", "2020-06-01T12:30:15+2",
    "2020-06-01T12:30:15+24:00", "2020-06-01T12:30:15Zx",
    " 2020-06-01T12:30:15Z", "-2020-06-01T12:30:15Z", "1590000000",
    "12020-06-01T12:30:15Z", "2020-6-1T12:30:15Z", "\x1b[31m",
])
def test_times_that_are_none(patrm, server, certs, at):
    result = talk(patrm, server, "--cacert", certs.ca, "--at", at)
    usage(result, "is not a time", "2026-11-23T10:00:00Z")
    assert "\x1b" not in result.errors
    assert server.links == []


def test_a_right_clock_is_not_called_wrong(patrm, server, certs):
    own = certs.pki.leaf(certs.root, end=NOW - timedelta(days=1))
    with TlsServer("python", own) as other:
        result = talk(patrm, other, "--cacert", certs.ca)
    refused(result, other, "expired")
    assert "wrong: patrm" not in result.errors


# ---- the roots inside

def test_version_tells_of_the_roots(patrm, binary):
    result = patrm("--version")
    assert result.status == 0
    count, date = re.search(r"(?m)^(\d+) roots of Mozilla's list of "
                            r"(\d{4}-\d\d-\d\d)$", result.text).groups()
    assert 100 < int(count) < 200
    used = (TOP / "build/src/ca-certificates/.version").read_text()
    assert used.startswith(date.replace("-", ""))


def built_before(source, folder):
    """Lets make take over the objects of a build and their dependencies; what
    has to be another there, it knows."""
    shutil.copytree(TOP / source, TOP / folder, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("musl*", "patrm*",
                                                  "roots.inc", "version"))
    for path in (TOP / folder).rglob("*.d"):
        path.write_text(re.sub(rf"{source}/(?!musl/)", f"{folder}/",
                               path.read_text()))


@pytest.fixture(scope="module")
def built(tmp_path_factory, native):
    """A build with roots of our own inside, of each kind of key, and made
    at a time that is not yet. Only root inside .root has leaves of its own;
    .pki, .middle are as in certs."""
    pki = Pki(tmp_path_factory.mktemp("own"))
    root = pki.ca("Test Root")
    more = {key: pki.ca(f"{key} Root", key=key,
                        # nobody checks how a root has signed itself
                        digest="sha1" if key == "RSA-2048" else "default")
            for key in ("P-384", "RSA-2048", "RSA-4096")}
    again = pki.ca("Test Root", key="RSA-3072")
    files = []
    for one in (root, *more.values(), again):
        # From TOP, since make knows no file with a blank in its name.
        files.append(os.path.relpath(one.cert.with_suffix(".der"), TOP))
        subprocess.run(["openssl", "x509", "-in", one.cert, "-outform", "DER",
                        "-out", files[-1]], cwd=TOP, check=True, timeout=20)
    env = {name: value for name, value in os.environ.items()
           if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES",
                           "SOURCE_DATE_EPOCH", "TOOLCHAIN")}
    folder = "build/test-trust"
    built_before("build/x86_64", folder)
    done = subprocess.run(
        ["make", f"B={folder}", "LIBC=build/x86_64/musl",
         f"SOURCE_DATE_EPOCH={BUILT.timestamp():.0f}",
         "EXTRA_ROOTS=" + " ".join(files)], cwd=TOP, env=env,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        timeout=300)
    assert done.returncode == 0, done.stdout
    return SimpleNamespace(
        pki=pki, root=root, middle=pki.ca("Test Intermediate", issuer=root),
        more=more, again=again, binary=TOP / folder / "patrm",
        said=done.stdout)


@pytest.fixture
def inside(patrm, built, place):
    """inside(certificate, ...) is how that build, in a place with nothing
    else, likes it."""
    wrapper = place({}, built.binary)

    def run(own, *args, library="openssl", version=None):
        with TlsServer(library, own, version) as server:
            result = nothing_else(patrm, server, *args, wrapper=wrapper)
        return result, server
    return run


def test_the_build_tells_of_its_roots(built):
    found = re.search(r"(?m)^(\d+) roots of Mozilla's list of [\d-]+, \d+ "
                      r"left out, 5 added, (\d+) bytes$", built.said)
    assert found, built.said
    assert int(found[2]) <= 66_550
    told = subprocess.run([built.binary, "-V"], check=True, text=True,
                          capture_output=True, timeout=20).stdout
    assert f"\n{int(found[1]) + 5} roots of Mozilla's list of " in told


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("key", ["P-256", "P-384", "RSA-2048", "RSA-3072",
                                 "RSA-4096"])
def test_roots_inside(inside, built, key, version):
    """A handshake for each type of key, in an empty folder. Two of them have
    one name."""
    root = {"P-256": built.root, "RSA-3072": built.again} | built.more
    name = "Test Root" if root[key] in (built.root, built.again) else \
        f"{key} Root"
    middle = built.pki.ca(f"Below {key}", issuer=root[key])
    for own in (built.pki.leaf(root[key]), built.pki.leaf(middle)):
        for library in ("openssl", "gnutls"):
            result, server = inside(own, library=library, version=version)
            trusted(result, server)
            vouched(result, name, INSIDE)


def own_roots(table):
    """Those of the table that hang on a root of their own are no matter of
    the roots inside."""
    return [name for name in table if name not in (
        "a root with SHA-1 in the file", "P-384 chain", "RSA-4096 chain",
        "signed with PSS", "an intermediate in the file")]


@pytest.mark.parametrize("name", own_roots(GOOD))
def test_good_chains_inside(inside, built, name):
    result, server = inside(GOOD[name](built))
    trusted(result, server)
    vouched(result, "Test Root", INSIDE)


@pytest.mark.parametrize("name", own_roots(BAD))
def test_bad_chains_inside(inside, built, name):
    mint, words = BAD[name]
    # without /etc/hosts there is no localhost
    words = words.replace("not for localhost", r"not for 127\.0\.0\.1")
    words = re.sub(r"([a-z]+\\\.example)", r"the name \1", words)
    result, server = inside(mint(built))
    refused(result, server, words.format(store=INSIDE)
            if "{store}" in words else words)


def test_strangers_with_names_of_roots(inside, built):
    """A name that is inside, and a key that is not."""
    for name in ("Test Root", "ISRG Root X1"):
        result, server = inside(built.pki.leaf(built.pki.ca(name,
                                                            key="RSA-1024")))
        refused(result, server, f"not trusted: {name}")


def test_a_clock_that_is_wrong(inside, built):
    """It is before the build, and that is told, and what to do."""
    wrong = (r"; this clock says \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, which is "
             r"wrong: patrm was built on 2035-01-01;.*--at")
    week = timedelta(days=7)
    for own, words in (
            (built.pki.leaf(built.root, start=BUILT - week, end=BUILT + week),
             "localhost is not valid before 2034-12-25T00:00:00Z" + wrong),
            (built.pki.leaf(built.root, end=NOW - week),
             rf"localhost expired {NOW - week:%Y-%m-%dT%H:%M:%SZ}" + wrong)):
        result, server = inside(own)
        refused(result, server, words)


def test_a_time_for_a_clock_that_is_wrong(inside, built):
    week = timedelta(days=7)
    own = built.pki.leaf(built.root, start=BUILT - week, end=BUILT + week)
    result, server = inside(own, "--at", "2035-01-02T00:00:00Z")
    trusted(result, server)
    for at, words in (("2035-02-01T00:00:00Z", "expired 2035-01-08T00:00:00Z"
                       "; --at says 2035-02-01T00:00:00Z"),
                      ("2030-01-01T00:00:00Z", "not valid before 2034-12-25T"
                       "00:00:00Z; --at says 2030-01-01T00:00:00Z")):
        result, server = inside(own, "--at", at)
        refused(result, server, words)
        assert "which is wrong" not in result.errors


def test_a_wrong_clock_alone_is_no_reason(inside, built):
    """Where it does no harm, nothing is said of it."""
    result, server = inside(built.pki.leaf(built.root))
    trusted(result, server)
    assert "wrong" not in result.errors


# ---- what it costs

@pytest.fixture(scope="module")
def instructions(tmp_path_factory):
    assert shutil.which("valgrind"), "valgrind is not there"

    def count(run, server, *args):
        out = tmp_path_factory.mktemp("valgrind") / "out"
        result = talk(run, server, "-t", "40", "--retries=0", *args,
                      host="127.0.0.1",
                      wrapper=["valgrind", "--tool=callgrind", "-q",
                               f"--callgrind-out-file={out}"])
        assert result.status == 0 and server.asked, result
        return int(re.search(r"(?m)^(?:summary|totals): (\d+)",
                             out.read_text())[1])
    return count


@pytest.mark.native("valgrind")
def test_instructions(patrm, certs, built, write, bundle, instructions):
    """Of one DELETE over TLS 1.3; a chain of three on P-256."""
    path = write(bundle + certs.ca.read_text())
    assert path.stat().st_size > 219_000
    assert len(pem_blocks(path)) > 140
    costs = {}
    for name, chain, ca in (
            ("one certificate", certs, certs.ca), ("bundle", certs, path),
            ("inside", built, "builtin")):
        if name == "inside":
            patrm.binary = built.binary
        with TlsServer("openssl", chain.pki.leaf(chain.middle),
                       "1.3") as server:
            costs[name] = instructions(patrm, server, "--cacert", ca)
    for name, cost in costs.items():
        print(f"instructions, {name}: {cost}")
    assert costs["bundle"] - costs["one certificate"] <= DEARER
    assert costs["inside"] < costs["one certificate"] + 1_000_000
