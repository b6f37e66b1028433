# SPDX-License-Identifier: MIT
# Gateways before the API: client certificates, and headers of their own.

import json
import subprocess

import pytest

from conftest import KEY
from nginx import nginx_conf
from organization import SELF
from ports import port_of, reserve
from server import ID, Turn, http, record, until
from test_trust import usage
from tls_servers import SENT, TlsServer, talk

VERSIONS = ("1.2", "1.3")
WITHOUT = {"1.2": (5, "no deletion was sent"),
           "1.3": (6, "it is unknown whether the token is gone")}
KEYS = ("P-256", "P-384", "RSA-2048", "RSA-4096")
CLIENT = """\
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
"""
PASSWORD = "a-password-of-tests"


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], check=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE).stdout


def client(certs, key="P-256", issuer=None, name="A Client"):
    return certs.pki.leaf(issuer or certs.middle, name, san=None, ext=CLIENT,
                          key=key)


def shown(cert):
    return ["--cert", cert.chain, "--key", cert.key]


@pytest.fixture
def write(tmp_path):
    def put(content, name="file.pem"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes)
                         else content.encode())
        return path
    return put


# ---- nginx, as most gateways are

HTTP = """\
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate "{cert.chain}";
        ssl_certificate_key "{cert.key}";
        ssl_protocols TLSv{version};
        ssl_client_certificate "{ca}";
        ssl_verify_client on;
        ssl_verify_depth 4;
        default_type application/json;
        location / {{
            if ($request_method != DELETE) {{ return 200 "[]"; }}
            return 200 '{record}';
        }}
    }}
"""


@pytest.fixture
def nginx(certs, tmp_path):
    """nginx(version) is the endpoint of one that wants a certificate."""
    running = []

    def start(version):
        held = reserve("127.0.0.1")
        port = port_of(held)
        folder = tmp_path / "nginx"
        folder.mkdir(exist_ok=True)
        config = folder / "nginx.conf"
        config.write_text(nginx_conf(folder, HTTP.format(
            port=port, cert=certs.leaf, ca=certs.ca, version=version,
            record=json.dumps(record(description="$ssl_client_s_dn")))))
        process = subprocess.Popen(["nginx", "-c", config, "-p", folder],
                                   stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        running.append((process, held))
        until(lambda: (folder / "nginx.pid").exists()
              and (folder / "nginx.pid").read_text())
        return f"https://localhost:{port}"
    yield start
    for process, held in running:
        process.terminate()
        process.wait(10)
        held.close()


@pytest.mark.parametrize("version", VERSIONS)
def test_nginx(certs, patrm, nginx, version):
    endpoint = nginx(version)

    def run(*args):
        return patrm("-e", endpoint, "--cacert", certs.ca, "-j", *args, ID,
                     env={"LANGSMITH_API_KEY": KEY})
    for kind in KEYS:
        result = run(*shown(client(certs, kind)))
        assert result.status == 0, result
        assert result.objects[0]["record"]["description"] == "CN=A Client"
    result = run()
    assert result.status == 1
    assert "No required SSL certificate was sent" in result.objects[0]["error"]
    other = client(certs, issuer=certs.pki.ca("Another Root"))
    result = run(*shown(other))
    assert result.status == 1
    assert "The SSL certificate error" in result.objects[0]["error"]


# ---- other libraries, and what they say

@pytest.mark.parametrize("library", SENT)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", KEYS)
def test_servers_take_it(certs, patrm, library, version, kind):
    with TlsServer(library, certs.leaf, version, client_ca=certs.ca) as server:
        result = talk(patrm, server, "--cacert", certs.ca,
                      *shown(client(certs, kind)))
    assert result.status == SENT[library], result
    assert server.asked


@pytest.mark.parametrize("library", SENT)
def test_it_is_shown_to_none_that_does_not_ask(certs, patrm, library):
    with TlsServer(library, certs.leaf) as server:
        result = talk(patrm, server, "--cacert", certs.ca,
                      *shown(client(certs)))
    assert result.status == SENT[library], result


@pytest.mark.parametrize("library", SENT)
@pytest.mark.parametrize("version", VERSIONS)
def test_one_that_is_refused(certs, patrm, library, version):
    other = client(certs, issuer=certs.pki.ca("Another Root"))
    with TlsServer(library, certs.leaf, version, client_ca=certs.ca) as server:
        result = talk(patrm, server, "--cacert", certs.ca, *shown(other))
    status, fate = WITHOUT[version]
    assert result.status == status, result
    assert not server.asked
    assert fate in result.errors
    assert "having got the client certificate" in result.errors
    assert "--cert FILE" in result.errors


@pytest.mark.parametrize("library", SENT)
@pytest.mark.parametrize("version", VERSIONS)
def test_none_where_one_is_wanted(certs, patrm, library, version):
    """What cannot pass is not tried again, though in TLS 1.3 the request has
    left by then: two more connections are for the lists."""
    with TlsServer(library, certs.leaf, version, client_ca=certs.ca) as server:
        result = talk(patrm, server, "--cacert", certs.ca)
    status, fate = WITHOUT[version]
    assert result.status == status, result
    assert fate in result.errors
    assert "having asked for a client certificate" in result.errors
    assert "--cert FILE" in result.errors
    assert len(server.links) == (1 if status == 5 else 3)


def test_where_none_is_needed(certs, patrm):
    for version in VERSIONS:
        with TlsServer("openssl", certs.leaf, version,
                       ["-verify", "1"]) as server:
            result = talk(patrm, server, "--cacert", certs.ca)
        assert result.status == 0, result


# ---- files

def forms(cert):
    """The key in every form that openssl writes."""
    yield "PKCS #8", openssl("pkey", "-in", cert.key)
    yield "traditional", openssl("pkey", "-in", cert.key, "-traditional")
    if cert.kind.startswith("P-"):
        name = {"P-256": "prime256v1", "P-384": "secp384r1"}[cert.kind]
        yield "with parameters", (
            openssl("ecparam", "-name", name)
            + openssl("pkey", "-in", cert.key, "-traditional"))
        yield "without its public half", openssl(
            "ec", "-in", cert.key, "-no_public")


def encrypted(cert):
    word = f"pass:{PASSWORD}"
    yield openssl("pkcs8", "-topk8", "-in", cert.key, "-passout", word)
    yield openssl("pkey", "-in", cert.key, "-traditional", "-aes256",
                  "-passout", word)


@pytest.mark.parametrize("kind", KEYS)
def test_forms_of_keys(certs, patrm, write, kind):
    cert = client(certs, kind)
    for name, key in forms(cert):
        whole = cert.chain.read_bytes()
        for args in (
                ["--cert", cert.chain, "--key", write(key, "a.key")],
                ["--cert", write(whole + key, "both")],
                ["--cert", write(key + whole, "both2"),
                 "--key", write(whole + key, "both3")],
                ["--cert", write(b"Bag\r\n" + (key + whole).replace(
                    b"\n", b"\r\n"), "crlf")]):
            with TlsServer("openssl", certs.leaf, "1.3",
                           client_ca=certs.ca) as server:
                result = talk(patrm, server, "--cacert", certs.ca, *args)
            assert result.status == 0, (name, result)


def test_a_key_from_standard_input(certs, patrm):
    cert = client(certs)
    with TlsServer("openssl", certs.leaf, client_ca=certs.ca) as server:
        result = talk(patrm, server, "--cacert", certs.ca, "--cert",
                      cert.chain, "--key", "-", stdin=cert.key.read_bytes())
    assert result.status == 0, result


@pytest.mark.parametrize("kind", ["P-256", "RSA-2048"])
def test_encrypted_keys(certs, patrm, write, kind):
    cert = client(certs, kind)
    for key in encrypted(cert):
        path = write(key, "locked.key")
        plain = write("", "plain.pem")
        with TlsServer("openssl", certs.leaf) as server:
            result = talk(patrm, server, "--cacert", certs.ca,
                          "--cert", cert.chain, "--key", path)
        usage(result, f"openssl pkey -in {path} -out plain.pem")
        assert server.links == []
        # And that line does it.
        openssl("pkey", "-in", path, "-out", plain,
                "-passin", f"pass:{PASSWORD}")
        assert b"BEGIN PRIVATE KEY" in plain.read_bytes()


def test_files_of_no_use(certs, patrm, write, tmp_path):
    cert, other = client(certs), client(certs, name="Another")
    odd = client(certs, "ED25519")
    chain, key = cert.chain, cert.key
    text = chain.read_text()
    middle = len(text) // 3
    bad = {     # --cert, --key, words
        "missing": (tmp_path / "no", key, ["cannot open", "No such file"]),
        "no key": (chain, tmp_path / "no", ["cannot open", "No such file"]),
        "a folder": (tmp_path, key, ["cannot read", "directory"]),
        "empty": (write("", "nil"), key, ["no certificate in", "nil"]),
        "a key": (key, key, ["no certificate in"]),
        "no key in it": (chain, None, ["no private key in", "--key FILE"]),
        "no key there": (chain, chain, ["no private key in", "--key FILE"]),
        "another's": (chain, other.key, ["does not belong to the client "
                                         "certificate", str(other.key)]),
        "another kind's": (chain, client(certs, "RSA-2048").key,
                           ["does not belong to the client certificate"]),
        "another curve's": (chain, client(certs, "P-384").key,
                            ["does not belong to the client certificate"]),
        "Ed25519": (odd.chain, odd.key, ["Ed25519", "is not accepted"]),
        "its key": (chain, odd.key, ["cannot be used", "P-256"]),
        "P-521": (client(certs, "P-521").chain, key,
                  ["P-521, which is not accepted"]),
        "torn": (write(text[:middle] + "!" + text[middle:], "torn"), key,
                 ["has a malformed certificate"]),
        "no DER": (write("-----BEGIN CERTIFICATE-----\nAAAA\n-----END "
                         "CERTIFICATE-----\n", "null"), key,
                   ["has a malformed certificate"]),
        "no key's DER": (chain, write("-----BEGIN PRIVATE KEY-----\nMAA=\n"
                                      "-----END PRIVATE KEY-----\n", "nk"),
                         ["the private key in", "cannot be used"]),
        "too many": (write(text * 5, "many"), key,
                     ["more certificates than are sent"]),
        "too long": (write("\n" * 32768 + text, "long"), key,
                     ["is longer than 32 KiB"]),
        "alone": (None, key, ["--key was given without --cert"]),
    }
    with TlsServer("openssl", certs.leaf) as server:
        for name, (one, two, words) in bad.items():
            args = ["--cert", one] if one else []
            args += ["--key", two] if two else []
            result = patrm("-e", server.url("localhost"), "--cacert",
                           certs.ca, *args, ID,
                           env={"LANGSMITH_API_KEY": KEY})
            try:
                usage(result, *words)
            except AssertionError as error:
                raise AssertionError(name) from error
    assert server.links == []


def test_without_tls(patrm):
    result = patrm("-e", "http://127.0.0.1:9", "--cert", "a", ID,
                   env={"LANGSMITH_API_KEY": KEY})
    usage(result, "--cert and http://")


@pytest.mark.parametrize("version", VERSIONS)
def test_chains_are_sent_whole(certs, patrm, version):
    """Six of RSA-4096 are 8 KB: the server knows the root alone."""
    issuer = certs.root
    for n in range(5):
        issuer = certs.pki.ca(f"Intermediate {n}", issuer=issuer,
                              key="RSA-4096")
    cert = client(certs, "RSA-4096", issuer=issuer)
    assert cert.chain.stat().st_size > 8000
    for library in ("openssl", "python"):
        with TlsServer(library, certs.leaf, version,
                       ["-verify", "9"] if library == "openssl" else (),
                       client_ca=certs.ca) as server:
            result = talk(patrm, server, "--cacert", certs.ca, *shown(cert))
        assert result.status == 0, result


@pytest.mark.parametrize("version", VERSIONS)
def test_a_refusal_that_is_faster_than_patrm(certs, patrm, version):
    """What is sent to a server that has gone is lost; why it went is not."""
    other = client(certs, issuer=certs.pki.ca("Another Root"))
    with TlsServer("python", certs.leaf, version,
                   client_ca=certs.ca) as server:
        # Not by way of the relay, which takes it all.
        result = patrm(
            "-e", f"https://localhost:{server.server.port}", "--cacert",
            certs.ca, *shown(other), ID, env={"LANGSMITH_API_KEY": KEY},
            wrapper=["strace", "-qq", "-o", "/dev/null", "-e",
                     "inject=sendto:delay_enter=200000"])
    assert result.status == 5, result
    assert "having got the client certificate" in result.errors
    assert "alert unknown_ca" in result.errors


# ---- headers

VALUE = "a-value-of-Access"
HEADERS = f"CF-Access-Client-Id: one.access\nCF-Access-Client-Secret: {VALUE}\n"


def sent(request):
    return request.decode().split("\r\n")[1:-2]


@pytest.mark.parametrize("how", ["file", "environment", "input", "pipe"])
def test_headers(serve, delete, write, how):
    server = serve(Turn(http(204)))
    path, args, env, stdin = write(HEADERS), [], {}, b""
    wrapper = ()
    if how == "file":
        args = ["--header-file", path]
    elif how == "environment":
        env = {"LANGCHAIN_CUSTOM_HEADERS": HEADERS}
    elif how == "input":
        args, stdin = ["--header-file=-"], HEADERS.encode()
    else:
        wrapper = ["sh", "-c", f'cat "{path}" | exec "$@" --header-file '
                   "/dev/stdin", "sh"]
    result = delete(server, *args, ID, env=env, stdin=stdin, wrapper=wrapper)
    assert result.status == 0, result
    request, = server.requests
    assert sent(request)[-2:] == HEADERS.splitlines()


def test_headers_go_with_every_request(standin, ask, write):
    running = standin()
    path = write(HEADERS)
    result = ask(running, "-y", "--verify", "--header-file", path, "-",
                 stdin=next(iter(running.org.secrets)).encode())
    assert result.status == 0, result
    assert len(running.requests) > 2
    for request in running.requests:
        assert request.headers["cf-access-client-secret"] == VALUE


def test_a_mark_before_headers(serve, delete, write):
    """As editors of Windows put there."""
    server = serve(Turn(http(204)))
    path = write(b"\xef\xbb\xbf" + HEADERS.replace("\n", "\r\n").encode())
    assert delete(server, "--header-file", path, ID).status == 0
    request, = server.requests
    assert sent(request)[-2:] == HEADERS.splitlines()


@pytest.mark.parametrize("form", [[], ["-j"]], ids=str)
@pytest.mark.parametrize("owner", [SELF, "alice", "EXAMPLE.com"])
def test_an_owner_that_a_header_names(standin, ask, write, owner, form):
    """A gateway may want to know who asks: what it is told is not shown, but
    tokens are found by it."""
    running = standin(tokens=2, others=0, admin=True)
    path = write(f"X-Forwarded-Email: {SELF}\n")
    result = ask(running, "--list", "--owner", owner, *form,
                 "--header-file", path)
    assert result.status == 0
    assert [one in result.text for one in running.org.ids()] == [True] * 2
    assert SELF not in result.text
    for one in result.objects if form else ():
        assert one["created_by"] == "*" * len(SELF)


@pytest.mark.parametrize("args", [[], ["--revoke"], ["--verify"]], ids=str)
def test_a_header_with_the_id(standin, ask, write, args):
    """Its record is known all the same; of what is shown that is starred."""
    running = standin()
    token = running.org.ids()[1]
    path = write(f"X-Ticket: {token}\n")
    result = ask(running, "-j", "-t", "5", *args, "--header-file", path,
                 token)
    one, = result.objects
    assert result.status == 0, result
    assert (one["token"], one["record"]["id"]) == (token, "*" * len(token))


@pytest.mark.parametrize("number", [20240101, -20240101, 2024.125, 1.5e+300],
                         ids=repr)
@pytest.mark.parametrize("args", [[ID], ["--list"]], ids=str)
def test_a_header_that_is_a_number(serve, start, write, args, number):
    """Where it stands as one in a record, JSON stays JSON."""
    given = record(build=number, text=f"of {number}")
    run = start(serve(Turn(http(200, [given] if args == ["--list"]
                                else given))),
                "-j", "--header-file", write(f"X-Build: {number}\n"), *args)
    run.secrets.append(str(number).encode())
    result = run.end()
    assert result.status == 0, result
    one, = result.objects
    shown = one if args == ["--list"] else one["record"]
    ones = "1" * len(str(number))
    assert shown == given | {"build": int(ones), "text": f"of {ones}"}


@pytest.mark.parametrize("args", [[], ["-j"], ["-v"]], ids=str)
def test_a_header_with_the_id_of_another(serve, start, write, args):
    """Which the answer is about: no more is said than that."""
    other = "11111111-2222-4333-8444-555555555556"
    run = start(serve(Turn(http(200, record(other)))), "--retries=0", "-t",
                "2", *args, "--header-file", write(f"X-Key: {other}\n"), ID)
    run.secrets.append(other.encode())
    result = run.end()
    assert result.status == 6, result
    assert "about another token" in result.text + result.errors


@pytest.mark.parametrize("args", [[], ["-j"], ["-v"]], ids=str)
def test_values_of_headers_are_secrets(serve, start, write, args):
    """Neither what was sent nor what a gateway says about it is shown."""
    says = {"detail": f"bad {VALUE}, or " + VALUE.replace("a", "\\u0061")}
    turns = [Turn(http(403, says)), Turn(http(403, says))]
    run = start(serve(*turns), *args, "--header-file", write(HEADERS), ID)
    run.secrets += [VALUE.encode(), b"one.access"]
    result = run.end()
    assert result.status == 3
    assert "bad *****************" in result.text + result.errors


@pytest.mark.parametrize("content, words", [
    ("X-API-Key: x", ["patrm sets X-API-Key itself"]),
    ("a: b\nauthorization: Bearer x", ["patrm sets authorization itself",
                                       "line 2"]),
    ("a: b\rc: d", ["line 1"]), ("a: b\0", ["line 1"]), ("a", ["line 1"]),
    (f"{VALUE}", ["line 1"]), ("a: " + "b" * 4096, ["4096 bytes"]),
], ids=lambda value: repr(value)[:30])
def test_headers_that_are_none(patrm, write, content, words):
    result = patrm("-e", "https://localhost:9", "--header-file",
                   write(content), ID, env={"LANGSMITH_API_KEY": KEY})
    usage(result, *words)
    assert VALUE not in result.errors
