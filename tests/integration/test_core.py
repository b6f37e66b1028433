# SPDX-License-Identifier: MIT
# What is asked of every processor: the main paths, each once, in its own
# code. tests/toolchains runs it for each; test_i386.py takes all of it.

import base64
import hashlib
import json
import re
import signal
import ssl
import subprocess
from datetime import datetime, timedelta, timezone

import pytest

from conftest import KEY, RUNNER
from server import ID, Turn, http, record

pytestmark = pytest.mark.core

# of the root's key, and of all others
KINDS = [("P-256", "P-256"), ("P-384", "P-384"), ("RSA-4096", "RSA-2048")]
VERSIONS = ["TLSv1_2", "TLSv1_3"]
GIVEN = {"LANGSMITH_API_KEY": KEY}


def year(number):
    return datetime(number, 1, 1, tzinfo=timezone.utc)


@pytest.fixture
def trusting(patrm, key_file):
    """trusting(server, file, *args) trusts what is in the file."""
    def run(server, file, *args):
        return patrm("-e", server.endpoint, "--cacert", file, "-k",
                     key_file(), *args)
    return run


# ---- what it says of itself

def test_version(patrm):
    result = patrm("--version")
    assert result.status == 0 and result.err == b""
    assert re.match(r"patrm \d+\.\d+\.\d+\n", result.text)
    roots, = re.findall(r"^(\d+) roots of Mozilla's list", result.text, re.M)
    assert int(roots) > 100


def test_help(patrm):
    result = patrm("--help")
    assert result.status == 0 and result.err == b""
    assert "--verify" in result.text and "--list" in result.text


def test_no_such_option(patrm):
    result = patrm("--nonsense")
    assert result.status == 2 and "--nonsense" in result.errors


# ---- TLS

@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("above, kind", KINDS)
def test_delete(serve, trusting, certs, above, kind, version):
    root = certs.pki.ca(f"Root of {above}", key=above)
    middle = certs.pki.ca(f"Middle of {kind}", issuer=root, key=kind)
    leaf = certs.pki.leaf(middle, key=kind)
    server = serve(Turn(http(200, record())), cert=leaf, version=version)
    result = trusting(server, root.cert, ID)
    assert result.status == 0 and result.err == b"", result
    assert result.blocks[0][:2] == [("outcome", "deleted"), ("id", ID)]
    request, = server.requests
    assert request.startswith(b"DELETE /api/v1/orgs/current/personal-access-"
                              b"tokens/" + ID.encode() + b" HTTP/1.1\r\n")
    assert f"\r\nX-API-Key: {KEY}\r\n".encode() in request


@pytest.mark.parametrize("suite", [
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305"])
def test_ciphers(serve, delete, suite):
    server = serve(Turn(http(200, record())), version="TLSv1_2",
                   ciphers=suite)
    result = delete(server, "--verbose", ID)
    assert result.status == 0, result
    assert suite.split("-")[-1].encode() in result.err


YESTERDAY = datetime.now(timezone.utc) - timedelta(days=1)
BAD = {     # what the certificate is like, and what is said of it
    "expired": ({"end": YESTERDAY}, f"expired {YESTERDAY:%Y-%m-%d}"),
    "not yet valid": ({"start": year(2101), "end": year(2102)},
                      "not valid before 2101-01-01T00:00:00Z"),
    "another name": ({"san": "DNS:other.example"}, "not for localhost"),
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", BAD)
def test_bad(serve, delete, certs, name, version):
    how, says = BAD[name]
    server = serve(Turn(http(200)), cert=certs.pki.leaf(certs.root, **how),
                   version=version)
    result = delete(server, "--retries=0", ID)
    assert result.status == 5 and says in result.errors, result
    assert server.requests == []


def test_an_unknown_root(serve, trusting):
    server = serve(Turn(http(200)))
    result = trusting(server, "builtin", "--retries=0", ID)
    assert result.status == 5 and "not trusted" in result.errors, result
    assert server.requests == []


def test_another_pin(serve, delete):
    server = serve(Turn(http(200)))
    result = delete(server, "--retries=0", "--pin", f"sha256//{'A' * 43}=",
                    ID)
    assert result.status == 5 and "pin" in result.errors, result
    assert server.requests == []


def test_a_pin(serve, delete, certs):
    key = subprocess.check_output(["openssl", "pkey", "-pubout", "-outform",
                                   "DER", "-in", certs.leaf.key])
    pin = base64.b64encode(hashlib.sha256(key).digest()).decode()
    server = serve(Turn(http(200, record())))
    assert delete(server, "--pin", f"sha256//{pin}", ID).status == 0


def test_a_bundle(serve, trusting, certs, tmp_path):
    """The root is one of several, and the last."""
    others = [certs.pki.ca(f"Other {n}", key=kind)
              for n, kind in enumerate(("P-384", "RSA-2048"))]
    bundle = tmp_path / "bundle.pem"
    bundle.write_text("".join(one.cert.read_text()
                              for one in (*others, certs.root)))
    server = serve(Turn(http(200, record())))
    assert trusting(server, bundle, ID).status == 0


# ---- time that goes on after 2038

@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("at, status, says", [
    ("2040-06-01T00:00:00Z", 0, ""),
    ("2039-06-01T00:00:00Z", 5, "not valid before 2040-01-01T00:00:00Z"),
    ("2042-06-01T00:00:00Z", 5, "expired 2041-01-01T00:00:00Z"),
    ("2107-06-01T00:00:00Z", 5, "expired 2041-01-01T00:00:00Z"),
])
def test_after_2038(serve, trusting, certs, at, status, says, version):
    root = certs.pki.ca("Late Root", start=year(2020), end=year(2200))
    leaf = certs.pki.leaf(root, start=year(2040), end=year(2041))
    server = serve(Turn(http(204)), cert=leaf, version=version)
    result = trusting(server, root.cert, "--at", at, ID)
    assert result.status == status, result
    assert says in result.errors


def test_until_after_2038(serve, trusting, certs):
    """Today, by this machine's clock."""
    root = certs.pki.ca("Long Root", start=year(2020), end=year(2200))
    leaf = certs.pki.leaf(root, end=year(2199))
    assert ssl.cert_time_to_seconds("Jan  1 00:00:00 2199 GMT") > 2 ** 32
    server = serve(Turn(http(200, record())), cert=leaf)
    assert trusting(server, root.cert, ID).status == 0


# ---- the API

def test_list(standin, ask):
    running = standin(tokens=30)
    result = ask(running, "--list", "--json")
    assert result.status == 0, result
    assert [o["id"] for o in result.objects] == running.org.ids()
    table = ask(running, "--list").text.splitlines()
    assert len(table) == 31 and table[0].startswith("ID ")


def test_all_members(standin, ask):
    running = standin(admin=True)
    result = ask(running, "--list", "--all-members", "-j")
    assert {o["created_by"] for o in result.objects} == {
        "alice@example.com", "bob@example.com"}


def test_by_a_short_key(standin, ask):
    running = standin()
    token = running.org.add(description="größe ⚙ \u202e")
    result = ask(running, "--yes", "-j", token.record["short_key"])
    assert result.status == 0, result
    assert result.objects[0]["record"] == token.record
    assert token.id in running.org.deleted


def test_secrets_that_are_verified(standin, ask):
    running = standin(cache_lag=0.5)
    tokens = [running.org.add() for _ in range(2)]
    given = "".join(f"{token.secret}\n" for token in tokens).encode()
    result = ask(running, "--yes", "--verify", "-j", "-", stdin=given)
    assert result.status == 0, result
    assert [o["outcome"] for o in result.objects] == ["deleted"] * 2
    assert all(token.id in running.org.deleted for token in tokens)


def test_self(standin, ask, key_file):
    running = standin()
    leaked = running.org.add()
    result = ask(running, "--self", "--yes", "--verify", "-t", "20", "-k",
                 key_file(leaked.secret + "\n"))
    assert result.status == 0 and leaked.id in running.org.deleted, result


def test_a_batch(standin, ask, tmp_path):
    """More than a block of 1,024, some of them missing, all audited."""
    running = standin(tokens=1100)
    ids = running.org.ids()[1:]
    gone = "3f2b6c1e-8a4d-4c55-9a77-2f1f0f3b9d10"
    audit = tmp_path / "audit"
    result = ask(running, "-j", "-t", "60", "--audit", audit, "-",
                 stdin="\n".join([*ids, gone]).encode())
    assert result.status == 9, result.errors
    assert [o["outcome"] for o in result.objects] == \
        ["deleted"] * len(ids) + ["missing"]
    assert list(running.org.deleted) == ids
    written = [json.loads(line) for line in audit.read_text().splitlines()]
    assert len(written) == 2 * len(result.objects)
    year_now = datetime.now(timezone.utc).strftime("%Y-")
    assert all(entry["time"].startswith(year_now) for entry in written)


def test_retries(serve, delete):
    server = serve(Turn(http(503)), Turn(end="reset", early=True),
                   Turn(http(200, record())))
    result = delete(server, "-j", "--retries=3", ID)
    assert result.status == 0 and result.objects[0]["attempts"] == 3
    assert result.seconds > 1.5


def test_a_lost_answer(standin, ask):
    """The server has done it, and the members' list proves it."""
    running = standin(reader=True)
    token = running.org.add()
    running.inject("drop-after rst")
    result = ask(running, "-j", "--retries=0", token.id)
    assert result.status == 0, result
    assert result.objects[0]["outcome"] == "deleted"


def test_json_as_it_came(serve, delete):
    """Numbers beyond any integer, and what JSON has to escape."""
    odd = record(size=18446744073709551617, tiny=1e-300,
                 text="\"\\/\b\f\n\r\t\u0001ü€😀")
    result = delete(serve(Turn(http(200, odd))), "-j", ID)
    told = result.objects[0]["record"]
    assert told == odd


def test_chunks(serve, delete):
    body = json.dumps(record()).encode()
    parts = b"".join(b"1;a=b\r\n%c\r\n" % byte for byte in body)
    answer = (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
              b"Content-Type: application/json\r\n\r\n" + parts
              + b"0\r\nTrailer: x\r\n\r\n")
    result = delete(serve(Turn(answer)), "-j", ID)
    assert result.status == 0 and result.objects[0]["outcome"] == "deleted"


def test_a_profile(standin, patrm, certs):
    running = standin()
    token = running.org.add()
    file = patrm.folder / ".langsmith" / "config.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"profiles": {"work": {
        "api_key": running.org.key, "api_url": running.endpoint}}}))
    result = patrm("--profile", "work", "--cacert", certs.ca, token.id)
    assert result.status == 0 and token.id in running.org.deleted, result


def test_a_question(standin, terminal):
    running = standin()
    token = running.org.add()
    there = terminal(running, token.record["short_key"])
    there.expect("?")
    there.type("y\n")
    assert there.end().status == 0 and token.id in running.org.deleted


# ---- the machine

def test_a_deadline(serve, delete):
    server = serve(Turn(end="hang"))
    longest = 8 if RUNNER else 2    # an emulator's handshake takes a while
    result = delete(server, "-j", "-t", str(longest), ID)
    assert result.status == 6
    assert longest - 0.1 < result.seconds < 2 * longest


def test_a_signal(serve, start):
    server = serve(Turn(end="hang"))
    run = start(server, ID)
    server.thread.join(0)
    for _ in range(200):
        if server.requests:
            break
        server.stopping.wait(0.05)
    run.send(signal.SIGTERM)
    assert run.end().status == 6


def test_a_name(serve, patrm, certs, alone):
    """By /etc/hosts, in a network of its own but for this machine's."""
    name = "api.core.test"
    leaf = certs.pki.leaf(certs.middle, san=f"DNS:{name}")
    server = serve(Turn(http(200, record())), cert=leaf)
    result = patrm("-e", server.url(name), "--cacert", certs.ca, ID,
                   env=GIVEN, wrapper=alone(
                       net=True, hosts=f"127.0.0.1 {name}\n",
                       resolv="nameserver 127.0.0.1\n"))
    assert result.status == 0, result


def test_nobody_there(patrm, certs):
    result = patrm("-e", "https://127.0.0.1:1", "--cacert", certs.ca,
                   "--retries=0", ID, env=GIVEN)
    assert result.status == 5, result
    # Some of QEMU's releases give the host's SO_ERROR to a MIPS.
    assert RUNNER or "refused" in result.errors, result
