# SPDX-License-Identifier: MIT
"""The store of roots against what openssl reads in the same certdata.txt."""

import base64
import collections
import datetime
import functools
import os
import pathlib
import re
import subprocess

import pytest

pytestmark = pytest.mark.native("about what is built, on this machine")

TOP = pathlib.Path(__file__).resolve().parents[2]
SOURCES = TOP / "build" / "src"
DATE = "20250101"
# Between the newest distrust in the list and today: some roots are out.
EPOCH = 1764547200  # 2025-12-01
STORE_MAX = 66550

# What it takes to compare names.
NAMES = [TOP / "src" / name for name in (
    "wire/name.c", "wire/der.c", "base/buf.c", "base/fmt.c",
    "base/calendar.c")]

RSA = bytes.fromhex("300d06092a864886f70d0101010500")
CURVES = {
    bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107"): "P256",
    bytes.fromhex("301006072a8648ce3d020106052b81040022"): "P384",
}

# Names in hex, one a line, to the keys that patrm would try.
DRIVER = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "net/roots.h"

int
main(int argc, char **argv)
{
	static uint8_t name[16384];
	static uint8_t der[ROOTS_KEY_MAX];
	struct span key;

	for (int i = 1; i < argc; i++) {
		size_t len = strlen(argv[i]) / 2;

		for (size_t n = 0; n < len; n++) {
			unsigned byte;

			sscanf(argv[i] + 2 * n, "%2x", &byte);
			name[n] = (uint8_t)byte;
		}
		for (size_t n = 0; ; n++) {
			struct buf out = BUF_OVER(der);
			struct span issuer = { name, len };

			if (!roots_find(issuer, n, &key))
				break;
			roots_put_key(&out, key);
			if (out.failed)
				return 1;
			printf("%d ", i - 1);
			for (size_t b = 0; b < out.len; b++)
				printf("%02x", der[b]);
			putchar('\n');
		}
	}
	return argc == 0;
}
"""


def openssl(*args, **kwargs):
    return subprocess.run(["openssl", *args], check=True, capture_output=True,
                          **kwargs).stdout


@functools.lru_cache(maxsize=None)
def spki(cert):
    """The public key of a certificate, as openssl reads it, in DER."""
    pem = openssl("x509", "-inform", "DER", "-pubkey", "-noout", input=cert)
    key = base64.b64decode(b"".join(pem.splitlines()[1:-1]))
    if RSA in key:
        return key
    return openssl("ec", "-pubin", "-conv_form", "uncompressed", "-pubout",
                   "-outform", "DER", input=pem)


# certdata.txt, read in another way than the generator does


def objects(text):
    for block in re.split(r"^(?=CKA_CLASS )", text, flags=re.M)[1:]:
        item = {}
        octal = re.compile(r"^(CKA_\w+) MULTILINE_OCTAL\n(.*?)^END$",
                           re.M | re.S)
        for name, value in octal.findall(block):
            item[name] = bytes(int(x, 8) for x in value.split("\\")[1:])
        for name, value in re.findall(r"^(CKA_\w+) (?!MULTILINE)\w+ (.*)$",
                                      block, re.M):
            item[name] = value
        yield item


@functools.lru_cache(maxsize=None)
def not_after(cert):
    text = openssl("x509", "-inform", "DER", "-enddate", "-noout", input=cert)
    return datetime.datetime.strptime(text.decode().strip(),
                                      "notAfter=%b %d %H:%M:%S %Y %Z")


def distrusted(value, now):
    if isinstance(value, str) or value is None:
        assert value in ("CK_FALSE", None)
        return False
    return datetime.datetime.strptime(value.decode(), "%y%m%d%H%M%SZ") < now


def trusted(text, epoch):
    """(subject, certificate) of every root that a server may chain to."""
    now = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=epoch)
    everything = list(objects(text))
    servers = {(o["CKA_ISSUER"], o["CKA_SERIAL_NUMBER"])
               for o in everything if o["CKA_CLASS"] == "CKO_NSS_TRUST"
               and o["CKA_TRUST_SERVER_AUTH"] == "CKT_NSS_TRUSTED_DELEGATOR"}
    found = []
    for o in everything:
        if o["CKA_CLASS"] != "CKO_CERTIFICATE":
            continue
        if (o["CKA_ISSUER"], o["CKA_SERIAL_NUMBER"]) not in servers:
            continue
        if distrusted(o.get("CKA_NSS_SERVER_DISTRUST_AFTER"), now):
            continue
        if not_after(o["CKA_VALUE"]) < now:
            continue
        found.append((o["CKA_SUBJECT"], o["CKA_VALUE"]))
    return found


# roots.inc


def der(content, tag):
    size = len(content)
    if size >= 0x80:
        raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
        return bytes([tag, 0x80 | len(raw)]) + raw + content
    return bytes([tag, size]) + content


def natural(number):
    return der(number.to_bytes(number.bit_length() // 8 + 1, "big"), 2)


def rsa_spki(modulus, exponent):
    pair = natural(int.from_bytes(modulus, "big")) + natural(exponent)
    return der(RSA + der(b"\0" + der(pair, 0x30), 3), 0x30)


def compressed(key):
    """A SubjectPublicKeyInfo with its point as the store holds it."""
    for algorithm, name in CURVES.items():
        at = key.find(algorithm)
        if at in (2, 3, 4):
            point = key[at + len(algorithm):]
            point = point[point.index(b"\x04"):]
            half = len(point) // 2
            return name, bytes([2 | point[-1] & 1]) + point[1:1 + half]
    return key


def table(text, name):
    body = re.search(r"%s\[\] = \{(.*?)\};" % name, text, re.S).group(1)
    body = re.sub(r"/\*.*?\*/", "", body)
    return [int(x, 0) for x in body.replace(",", " ").split()]


def store_keys(text):
    """Every key of the store: an SPKI, or a curve and a compressed point."""
    at, data = table(text, "roots_at"), bytes(table(text, "roots_keys"))
    curves = {int(v): k for k, v in
              re.findall(r"#define ROOTS_KEY_(P\d+) (\d+)", text)}
    for start, end in zip(at, at[1:]):
        kind, key = data[start], data[start + 1:end]
        if kind in curves:
            yield curves[kind], key
        elif kind == 0:
            yield rsa_spki(key, 65537)
        else:
            yield rsa_spki(key[kind:], int.from_bytes(key[:kind], "big"))


# What the tests share


@pytest.fixture(scope="module")
def certdata():
    path = SOURCES / "ca-certificates" / "mozilla" / "certdata.txt"
    assert path.is_file(), "make has not fetched ca-certificates"
    return path


@pytest.fixture(scope="module")
def generator(tmp_path_factory):
    out = tmp_path_factory.mktemp("roots") / "roots"
    subprocess.run([os.environ.get("HOSTCC", "cc"), "-std=c11",
                    "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror",
                    "-fsanitize=address,undefined",
                    "-fno-sanitize-recover=all", "-o", out,
                    "-I", TOP / "src", TOP / "third_party" / "roots.c",
                    *NAMES], check=True)
    return out


def generate(generator, certdata, *extra, epoch=EPOCH, date=DATE, flags=()):
    env = dict(os.environ)
    env.pop("SOURCE_DATE_EPOCH", None)
    if epoch is not None:
        env["SOURCE_DATE_EPOCH"] = str(epoch)
    return subprocess.run([generator, *flags, "-d", date, certdata, *extra],
                          capture_output=True, text=True, env=env,
                          check=False)


@pytest.fixture(scope="module")
def store(generator, certdata):
    done = generate(generator, certdata)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def wanted(certdata):
    return trusted(certdata.read_text(encoding="utf-8"), EPOCH)


def build_driver(folder, inc):
    (folder / "roots.inc").write_text(inc)
    (folder / "driver.c").write_text(DRIVER)
    subprocess.run([os.environ.get("HOSTCC", "cc"), "-std=c11",
                    "-D_GNU_SOURCE", "-fsanitize=address,undefined",
                    "-fno-sanitize-recover=all", "-I", TOP / "src",
                    "-I", folder, "-o", folder / "driver",
                    folder / "driver.c", TOP / "src" / "net" / "roots.c",
                    *NAMES], check=True)
    return folder / "driver"


@functools.lru_cache(maxsize=None)
def reread(key):
    """A public key as openssl writes what it has read."""
    form = [] if RSA in key else ["-ec_conv_form", "uncompressed"]
    return openssl("pkey", "-pubin", "-inform", "DER", "-outform", "DER",
                   "-pubout", *form, input=key)


def ask(driver, names):
    """Per name, the public keys that were written."""
    out = subprocess.run([driver, *[n.hex() for n in names]], check=True,
                         capture_output=True, text=True).stdout
    found = [[] for _ in names]
    for line in out.splitlines():
        index, key = line.split()
        found[int(index)].append(reread(bytes.fromhex(key)))
    return found


def mint(folder, stem, *args, subject="/CN=Shared Name", cert_args=()):
    """A self-signed root of our own, as DER."""
    openssl("genpkey", *args, "-out", folder / f"{stem}.key")
    openssl("req", "-x509", "-new", "-key", folder / f"{stem}.key", "-days",
            "30", "-subj", subject, "-outform", "DER", *cert_args,
            "-out", folder / f"{stem}.der")
    return folder / f"{stem}.der"


P256 = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
P384 = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384")
P521 = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521")
RSA_2048 = ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
RSA_E3 = RSA_2048 + ("-pkeyopt", "rsa_keygen_pubexp:3")


# Tests


def test_keys_are_what_openssl_reads(store, wanted):
    expected = collections.Counter(compressed(spki(c)) for _, c in wanted)
    held = collections.Counter(store_keys(store.stdout))
    assert held - expected == {}, "too many"
    assert expected - held == {}, "missing"
    assert len(wanted) > 100


def test_written_keys_are_what_openssl_reads(store, wanted, tmp_path):
    driver = build_driver(tmp_path, store.stdout)
    answers = ask(driver, [subject for subject, _ in wanted])
    for (_, cert), found in zip(wanted, answers):
        assert reread(spki(cert)) in found


def test_what_the_build_is_told(store, wanted, certdata):
    objects_in_all = certdata.read_text().count("OBJECT_CLASS CKO_CERTIFICATE")
    count = len(wanted)
    size = int(re.search(r"ROOTS_BYTES (\d+)", store.stdout).group(1))
    keys = table(store.stdout, "roots_keys")
    hashes = table(store.stdout, "roots_hash")
    assert store.stderr == (
        f"{count} roots of Mozilla's list of 2025-01-01, "
        f"{objects_in_all - count} left out, {size} bytes\n")
    assert f"#define ROOTS_COUNT {count}\n" in store.stdout
    assert '#define ROOTS_DATE "2025-01-01"\n' in store.stdout
    assert store.stdout.count("/* left out, ") == objects_in_all - count
    assert size == len(keys) + 6 * count + 2 <= STORE_MAX
    assert hashes == sorted(hashes) and len(hashes) == count


def test_same_input_same_output(generator, certdata, store):
    assert generate(generator, certdata).stdout == store.stdout
    assert (generate(generator, certdata, epoch=None).stdout
            == generate(generator, certdata, epoch=1735689600).stdout)


@pytest.mark.parametrize("day", ["2024-06-30", "2024-11-30", "2024-12-02",
                                 "2031-01-01", "2060-01-01"])
def test_distrust_and_expiry_as_time_goes(generator, certdata, day):
    epoch = int(datetime.datetime.fromisoformat(day + "T00:00:00+00:00")
                .timestamp())
    expected = collections.Counter(
        compressed(spki(c)) for _, c in
        trusted(certdata.read_text(encoding="utf-8"), epoch))
    done = generate(generator, certdata, epoch=epoch)
    if expected:
        assert collections.Counter(store_keys(done.stdout)) == expected
    else:
        assert done.returncode != 0 and "no root" in done.stderr


def test_roots_of_our_own_share_a_name(generator, certdata, tmp_path, wanted):
    extra = [mint(tmp_path, f"own{i}", *kind) for i, kind in
             enumerate([P256, P384, RSA_2048, RSA_E3])]
    done = generate(generator, certdata, *extra)
    assert done.returncode == 0, done.stderr
    assert f"{len(wanted)} roots" in done.stderr
    assert "left out, 4 added, " in done.stderr
    assert f"#define ROOTS_COUNT {len(wanted) + 4}\n" in done.stdout
    cert = extra[0].read_bytes()
    name = b"Shared Name"
    at = cert.index(name)
    issuer = cert[at - 13:at + len(name)]
    driver = build_driver(tmp_path, done.stdout)
    other = issuer.replace(name, b"sHARED nAME").replace(b"\x0c\x0b",
                                                         b"\x13\x0b")
    assert other != issuer
    unknown = issuer.replace(name, b"Shared Nama")
    for found in ask(driver, [issuer, other])[:2]:
        assert (sorted(found)
                == sorted(reread(spki(e.read_bytes())) for e in extra))
    assert ask(driver, [unknown, b""]) == [[], []]
    again = generate(generator, certdata, *reversed(extra))
    assert again.stdout == done.stdout


def test_the_same_root_twice_is_one(generator, certdata, tmp_path, wanted):
    copy = tmp_path / "copy.der"
    copy.write_bytes(wanted[0][1])
    own = mint(tmp_path, "own", *P256)
    done = generate(generator, certdata, copy, own, own)
    assert f"#define ROOTS_COUNT {len(wanted) + 1}\n" in done.stdout


def test_the_list_for_the_unit_test(generator, certdata, wanted):
    done = generate(generator, certdata, flags=("-l",))
    listed = collections.Counter()
    for i in range(len(wanted)):
        listed[bytes(table(done.stdout, f"roots_listed_{i}"))] += 1
    assert listed == collections.Counter(c for _, c in wanted)
    assert done.stderr == ""


def swap(old, new):
    """Replaces the first occurrence behind BEGINDATA."""
    def change(text):
        head, data = text.split("BEGINDATA", 1)
        assert old in data
        return head + "BEGINDATA" + data.replace(old, new, 1)
    return change


def first_block(text, kind):
    at = text.index(f"CKA_CLASS CK_OBJECT_CLASS {kind}\n")
    end = text.index("\n\n", at)
    return text[at:end + 1]


def without(kind):
    return lambda text: text.replace(first_block(text, kind), "", 1)


def doubled(kind):
    return lambda text: text + "\n" + first_block(text, kind)


BROKEN = {
    "no list": lambda text: "hello\n",
    "empty": lambda text: "",
    "text before the data": lambda text: "CKA_CLASS x y\n" + text,
    "unknown trust": swap("SERVER_AUTH CK_TRUST CKT_NSS_TRUSTED_DELEGATOR",
                          "SERVER_AUTH CK_TRUST CKT_NSS_TRUSTED_SOMEHOW"),
    "unknown class": swap("CKO_NSS_TRUST", "CKO_TRUST"),
    "unknown attribute": swap("CKA_MODIFIABLE", "CKA_NSS_ONLY_ON_TUESDAYS"),
    "attribute twice": swap("CKA_CERTIFICATE_TYPE ", "CKA_LABEL "),
    "no value": swap("CKC_X_509", ""),
    "not X.509": swap("CKC_X_509", "CKC_OPENPGP"),
    "no trust": without("CKO_NSS_TRUST"),
    "no certificate": without("CKO_CERTIFICATE"),
    "trust twice": doubled("CKO_NSS_TRUST"),
    "certificate twice": doubled("CKO_CERTIFICATE"),
    "not octal": swap("\\060", "\\068"),
    "octal too large": swap("\\060", "\\460"),
    "no backslash": swap("\\060", "0600"),
    "other subject": swap("\\060", "\\061"),
    "bad distrust": swap("CKA_NSS_SERVER_DISTRUST_AFTER CK_BBOOL CK_FALSE",
                         "CKA_NSS_SERVER_DISTRUST_AFTER CK_BBOOL CK_TRUE"),
    "cut": lambda text: text[:text.index("CKA_VALUE MULTILINE") + 400],
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_list_that_is_not_understood(generator, certdata, tmp_path, what):
    bad = tmp_path / "certdata.txt"
    bad.write_text(BROKEN[what](certdata.read_text(encoding="utf-8")),
                   encoding="utf-8")
    done = generate(generator, bad)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("roots: ")
    assert done.stderr.count("\n") == 1


def test_a_certificate_that_is_cut(generator, certdata, tmp_path, wanted):
    """Every prefix, and one byte too many, is refused: no read past it."""
    cert = wanted[0][1]
    bad = tmp_path / "bad.der"
    for size in [*range(0, len(cert), 13), len(cert) - 1]:
        bad.write_bytes(cert[:size])
        done = generate(generator, certdata, bad)
        assert (done.returncode, done.stdout) == (1, ""), size
        assert "roots: " in done.stderr
    bad.write_bytes(cert + b"\0")
    assert generate(generator, certdata, bad).returncode == 1


def test_a_key_that_is_not_known(generator, certdata, tmp_path):
    kinds = [("-algorithm", "ED25519"), P521,
             ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"),
             ("-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048")]
    for i, kind in enumerate(kinds):
        done = generate(generator, certdata, mint(tmp_path, f"k{i}", *kind))
        assert (done.returncode, done.stdout) == (1, "")
        assert "type of key" in done.stderr


@pytest.mark.parametrize("epoch", ["", "-1", "soon", "1e9", "999999999999"])
def test_a_moment_that_is_no_number(generator, certdata, epoch):
    assert generate(generator, certdata, epoch=epoch).returncode == 1


def test_a_date_or_file_that_is_none(generator, certdata, tmp_path):
    assert generate(generator, certdata, date="soon").returncode == 1
    assert generate(generator, tmp_path / "absent").returncode == 1
    assert generate(generator, certdata, tmp_path / "gone").returncode == 1
