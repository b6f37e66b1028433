# SPDX-License-Identifier: MIT
# The bytes of a request: where they go, what they say, and nothing else.

import os
import re
import socket

import pytest

from conftest import KEY, TOP
from ports import own_address
from server import ID, IDS, Turn, http, record, until

ORG = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
WORK = "5f4e3d2c-1b0a-4f9e-8d7c-6b5a49382716"
JWT = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln~+/=_-"
KEY2 = "lsv2_sk_" + "f" * 32 + "_" + "a" * 10
NONE = {"LANGSMITH_API_KEY": ""}    # no key of the fixture's
BLOCK = 1024    # TOKENs that are taken together
VERSION = re.search(r"(?m)^VERSION *= *(\S+)$",
                    (TOP / "Makefile").read_text())[1]
PATH = "/api/v1/orgs/current/personal-access-tokens/"


def request(server, *, host=None, prefix="", token=ID, key=KEY, bearer=None,
            org=None, work=None):
    lines = [f"DELETE {prefix}{PATH}{token} HTTP/1.1",
             f"Host: {host or f'localhost:{server.port}'}",
             f"User-Agent: patrm/{VERSION}",
             "Accept: application/json",
             "Accept-Encoding: identity",
             f"Authorization: Bearer {bearer}" if bearer
             else f"X-API-Key: {key}"]
    if org:
        lines.append(f"X-Organization-Id: {org}")
    if work:
        lines.append(f"X-Tenant-Id: {work}")
    return "\r\n".join([*lines, "", ""]).encode()


def list_request(server):
    """The caller's own list, which is read before several TOKENs."""
    line = f"DELETE {PATH}{ID}".encode()
    return request(server).replace(line, f"GET {PATH[:-1]}".encode())


# which may fail
LIST = Turn(http(403))


@pytest.fixture
def server(serve):
    return serve(Turn(http(204)))


def fill(values, url):
    return {name: value.format(url) for name, value in values.items()}


def test_plain(server, delete):
    assert delete(server, ID).status == 0
    assert server.requests == [request(server)]
    assert server.stray == [] and server.connections == 1


@pytest.mark.parametrize("path, prefix", [
    ("", ""),
    ("/", ""),
    ("///", ""),
    ("/api", ""),
    ("/api/", ""),
    ("/api/v1", ""),
    ("/api/v1///", ""),
    ("/langsmith", "/langsmith"),
    ("/langsmith/", "/langsmith"),
    ("/langsmith/api", "/langsmith"),
    ("/langsmith/api/v1/", "/langsmith"),
    ("/a/b-c/d_e~f", "/a/b-c/d_e~f"),
    ("/myapi", "/myapi"),
    ("/my/xapi/v1", "/my/xapi/v1"),
    ("/api/v2", "/api/v2"),
    ("/api/v1/api", "/api/v1"),     # one of them is taken off
])
def test_path(server, delete, path, prefix):
    assert delete(server, ID, endpoint=server.endpoint + path).status == 0
    assert server.requests == [request(server, prefix=prefix)]


@pytest.mark.parametrize("url, host", [
    ("https://LOCALHOST:{}", "localhost:{}"),
    ("HTTPS://localhost:{}", "localhost:{}"),
    ("https://127.0.0.1:{}", "127.0.0.1:{}"),
])
def test_host(server, delete, url, host):
    assert delete(server, ID, endpoint=url.format(server.port)).status == 0
    assert server.requests == [request(server, host=host.format(server.port))]


@pytest.mark.parametrize("scheme, port", [("https", 443), ("http", 80)])
def test_default_port_is_not_named(serve, certs, delete, as_root, scheme,
                                   port):
    address = own_address()
    server = serve(Turn(http(204)), Turn(http(204)), address=address,
                   port=port, plain=scheme == "http",
                   cert=certs.pki.leaf(certs.root, san=f"IP:{address}"))
    for url in (f"{scheme}://{address}", f"{scheme}://{address}:{port}"):
        assert delete(server, ID, endpoint=url).status == 0
    assert server.requests == [request(server, host=address)] * 2


@pytest.mark.parametrize("env, args, winner", [
    ({"LANGSMITH_ENDPOINT": "{}/smith"}, [], "/smith"),
    ({"LANGCHAIN_ENDPOINT": "{}/chain"}, [], "/chain"),
    ({"LANGSMITH_ENDPOINT": "{}/smith", "LANGCHAIN_ENDPOINT": "{}/chain"},
     [], "/smith"),
    ({"LANGSMITH_ENDPOINT": "", "LANGCHAIN_ENDPOINT": "{}/chain"},
     [], "/chain"),
    ({"LANGSMITH_ENDPOINT": " \"{}/smith\" "}, [], "/smith"),
    ({"LANGSMITH_ENDPOINT": "'{}/smith'"}, [], "/smith"),
    ({"LANGSMITH_ENDPOINT": "{}/smith", "LANGCHAIN_ENDPOINT": "{}/chain"},
     ["-e", "{}/flag"], "/flag"),
    ({"LANGSMITH_ENDPOINT": "nonsense"}, ["--endpoint={}/flag"], "/flag"),
    ({}, ["-e{}/flag"], "/flag"),
    ({}, ["--endpoint", "{}/flag"], "/flag"),
])
def test_endpoint(server, patrm, certs, env, args, winner):
    args = [arg.format(server.endpoint) for arg in args]
    env = fill(env, server.endpoint) | {"LANGSMITH_API_KEY": KEY}
    assert patrm(*args, "--cacert", certs.ca, ID, env=env).status == 0
    assert server.requests == [request(server, prefix=winner)]


@pytest.mark.parametrize("region, host", [
    ("us", "api.smith.langchain.com"),
    ("eu", "eu.api.smith.langchain.com"),
    ("apac", "apac.api.smith.langchain.com"),
    ("aws", "aws.api.smith.langchain.com"),
    (None, "api.smith.langchain.com"),
])
def test_region(patrm, alone, region, host):
    """Where nothing can be reached, the error names what was tried."""
    args = ["--region", region] if region else []
    result = patrm(*args, "--retries=0", ID, env={"LANGSMITH_API_KEY": KEY},
                   wrapper=alone(hosts=f"127.0.0.1 {host}\n"))
    assert result.status == 5
    assert re.search(rf"[ (/]{re.escape(host)}\b", result.errors)


def test_region_beats_the_environment(patrm, alone):
    host = "eu.api.smith.langchain.com"
    result = patrm("--region=eu", "--retries=0", ID,
                   env={"LANGSMITH_API_KEY": KEY,
                        "LANGSMITH_ENDPOINT": "https://127.0.0.1:1"},
                   wrapper=alone(hosts=f"127.0.0.1 {host}\n"))
    assert result.status == 5 and host in result.errors


@pytest.mark.parametrize("env, args, expected", [
    ({}, ["-o", ORG], {"org": ORG}),
    ({}, [f"--organization={ORG}"], {"org": ORG}),
    ({}, ["-w", WORK], {"work": WORK}),
    ({}, ["--workspace", WORK], {"work": WORK}),
    ({}, ["-w", WORK, "-o", ORG], {"org": ORG, "work": WORK}),
    ({"LANGSMITH_ORGANIZATION_ID": ORG}, [], {"org": ORG}),
    ({"LANGSMITH_ORGANIZATION_ID": WORK}, ["-o", ORG], {"org": ORG}),
    ({"LANGSMITH_ORGANIZATION_ID": f' "{ORG}"\n'}, [], {"org": ORG}),
    ({"LANGSMITH_WORKSPACE_ID": WORK}, [], {"work": WORK}),
    ({"LANGSMITH_TENANT_ID": WORK}, [], {"work": WORK}),
    ({"LANGSMITH_WORKSPACE_ID": WORK, "LANGSMITH_TENANT_ID": ORG}, [],
     {"work": WORK}),
    ({"LANGSMITH_WORKSPACE_ID": ORG, "LANGSMITH_TENANT_ID": ORG},
     ["-w", WORK], {"work": WORK}),
    ({"LANGSMITH_WORKSPACE_ID": "nonsense"}, ["-w", WORK], {"work": WORK}),
    ({"LANGSMITH_WORKSPACE_ID": "", "LANGSMITH_ORGANIZATION_ID": ""}, [], {}),
])
def test_scope(server, delete, env, args, expected):
    assert delete(server, *args, ID, env=env).status == 0
    assert server.requests == [request(server, **expected)]


@pytest.mark.parametrize("env, expected", [
    ({"LANGSMITH_API_KEY": KEY2}, KEY2),
    ({"LANGCHAIN_API_KEY": KEY2} | NONE, KEY2),
    ({"LANGSMITH_API_KEY": KEY, "LANGCHAIN_API_KEY": KEY2}, KEY),
    ({"LANGSMITH_API_KEY": f"  '{KEY2}' \r\n"}, KEY2),
    ({"LANGSMITH_API_KEY": f'"{KEY2}"'}, KEY2),
    ({"LANGSMITH_API_KEY": "x" * 8192}, "x" * 8192),
])
def test_key_from_the_environment(server, delete, env, expected):
    assert delete(server, ID, env=env).status == 0
    assert server.requests == [request(server, key=expected)]


@pytest.mark.parametrize("content", [
    "{}", "{}\n", "{}\r\n", "  {}\t\n\n", '"{}"\n', "'{}'", ' "{}" \r\n',
])
def test_key_from_a_file(server, delete, key_file, content):
    """It beats the environment."""
    path = key_file(content.format(KEY2))
    assert delete(server, "-k", path, ID).status == 0
    assert server.requests == [request(server, key=KEY2)]


@pytest.mark.parametrize("spelling", [
    ["-k{}"], ["-k", "{}"], ["--api-key-file={}"], ["--api-key-file", "{}"],
    ["-jk{}"], ["-jqk", "{}"],
])
def test_options_are_spelt_in_many_ways(server, delete, key_file, spelling):
    args = [part.format(key_file()) for part in spelling]
    assert delete(server, *args, ID, env=NONE).status == 0
    assert server.requests == [request(server)]


def test_key_from_standard_input(server, delete):
    result = delete(server, "-k", "-", ID, env=NONE,
                    stdin=f"{KEY2}\n".encode())
    assert result.status == 0
    assert server.requests == [request(server, key=KEY2)]


@pytest.mark.parametrize("scope", [
    {"org": ORG}, {"work": WORK}, {"org": ORG, "work": WORK},
])
@pytest.mark.parametrize("how", ["file", "stdin", "env"])
def test_bearer(server, delete, key_file, how, scope):
    """It takes the place of the key that the environment has."""
    args = [f"-{name[0]}{value}" for name, value in scope.items()]
    env, stdin = {}, b""
    if how == "file":
        args += ["--bearer-file", key_file(f"{JWT}\n")]
    elif how == "stdin":
        args.append("--bearer-file=-")
        stdin = JWT.encode()
    else:
        env = {"LANGSMITH_BEARER_TOKEN": f" {JWT}\n"}
    result = delete(server, *args, ID, env=env, stdin=stdin)
    assert result.status == 0
    assert JWT not in result.text + result.errors
    assert server.requests == [request(server, bearer=JWT, **scope)]


def test_bearer_file_beats_its_variable(server, delete, key_file):
    result = delete(server, "-w", WORK, "--bearer-file", key_file(JWT), ID,
                    env={"LANGSMITH_BEARER_TOKEN": "other"})
    assert result.status == 0
    assert server.requests == [request(server, bearer=JWT, work=WORK)]


def test_key_file_beats_a_bearer_of_the_environment(server, delete, key_file):
    """Flags beat the environment."""
    result = delete(server, "-k", key_file(KEY2), ID,
                    env={"LANGSMITH_BEARER_TOKEN": JWT})
    assert result.status == 0
    assert server.requests == [request(server, key=KEY2)]


@pytest.mark.parametrize("args", [
    [ID.upper()], ["--", ID], ["-", "--"],
])
def test_ids_are_lower_case(server, delete, args):
    assert delete(server, *args, stdin=ID.encode()).status == 0
    assert server.requests == [request(server)]


def test_options_behind_a_token(server, patrm, certs):
    result = patrm(ID, "-e", server.endpoint, f"--cacert={certs.ca}", "-j",
                   env={"LANGSMITH_API_KEY": KEY})
    assert result.status == 0 and result.objects
    assert server.requests == [request(server)]


@pytest.mark.parametrize("source", ["arguments", "stdin"])
def test_many_ids_on_one_connection(serve, delete, source):
    ids = IDS[:20]
    server = serve(LIST, *[Turn(http(204))] * len(ids))
    if source == "arguments":
        result = delete(server, *ids)
    else:
        result = delete(server, "-", stdin="\n".join(ids).encode())
    assert result.status == 0
    assert server.requests == [list_request(server)] + [
        request(server, token=i) for i in ids]
    assert server.connections == 1


def test_more_ids_than_a_block(serve, delete):
    server = serve(LIST, *[Turn(http(204))] * 1100)
    result = delete(server, "-j", "-", stdin="\n".join(IDS[:1100]).encode())
    assert result.status == 0
    assert [o["token"] for o in result.objects] == IDS[:1100]
    assert server.requests == [list_request(server)] + [
        request(server, token=i) for i in IDS[:1100]]
    assert server.connections == 1


@pytest.mark.parametrize("field, version", [
    ("Connection: close", "1.1"),
    ("connection: Foo , CLOSE", "1.1"),
    ("X-Nothing: 1", "1.0"),
])
def test_reconnects(serve, delete, field, version):
    """Where the server ends the connection, each request has its own."""
    ids = IDS[:3]
    server = serve(*[Turn(http(200, said, field, version=version),
                          end="clean") for said in [[], *map(record, ids)]])
    assert delete(server, "--retries=0", *ids).status == 0
    assert server.requests == [list_request(server)] + [
        request(server, token=i) for i in ids]
    assert server.connections == 4


@pytest.mark.parametrize("end", ["clean", "cut", "reset"])
def test_reconnects_after_an_idle_end(serve, start, end):
    """The server closed while patrm waited for the next block."""
    server = serve(LIST, *[Turn(http(204))] * (BLOCK - 1),
                   Turn(http(204), end=end), Turn(http(204)))
    read, write = os.pipe()
    with open(write, "wb", buffering=0) as pipe, open(read, "rb") as stdin:
        run = start(server, "--retries=0", "-q", "-", stdin=stdin)
        pipe.write(("\n".join(IDS[:BLOCK]) + "\n").encode())
        until(lambda: server.goodbyes == 1)
        pipe.write(f"{IDS[BLOCK]}\n".encode())
        pipe.close()
        assert run.end().status == 0
    assert server.requests == [list_request(server)] + [
        request(server, token=i) for i in IDS[:BLOCK + 1]]
    assert server.connections == 2


@pytest.mark.parametrize("source", ["arguments", "stdin", "both"])
def test_one_id_twice_is_sent_once(serve, delete, source):
    """And told once: the second could only be missing."""
    args, stdin = {"arguments": ([ID, ID.upper()], b""),
                   "stdin": (["-"], f"{ID}\n{ID.upper()}\n".encode()),
                   "both": (["-", ID.upper()], ID.encode())}[source]
    server = serve(Turn(http(204)))
    result = delete(server, "-j", *args, stdin=stdin)
    assert result.status == 0
    assert [(o["token"], o["outcome"]) for o in result.objects] \
        == [(ID, "deleted")]
    server.stop()
    assert server.requests == [request(server)] and server.extra == []


def test_one_id_in_two_blocks_is_sent_twice(serve, delete):
    """What was in a block is not remembered."""
    ids = [*IDS[:BLOCK], IDS[0]]
    server = serve(LIST, *[Turn(http(204))] * BLOCK,
                   Turn(http(404, {"detail": "gone"})))
    result = delete(server, "-j", "-", stdin="\n".join(ids).encode())
    assert result.status == 9
    assert [o["outcome"] for o in result.objects] \
        == ["deleted"] * BLOCK + ["missing"]
    assert server.requests == [list_request(server)] + [
        request(server, token=i) for i in ids]


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize("size", [10, 5000, 8192])
def test_a_key_of_any_size(serve, delete, key_file, version, size):
    """Larger than a segment, and of every kind of byte that may be in it."""
    text = "".join(chr(c) for c in range(0x21, 0x7f) if c not in b"\"'")
    key = (text * 100)[:size]
    server = serve(Turn(http(204)), version=version)
    assert delete(server, "-k", key_file(key), ID).status == 0
    assert server.requests == [request(server, key=key)]


def test_plain_http_to_this_machine(serve, delete):
    server = serve(Turn(http(204)), plain=True)
    assert delete(server, ID, endpoint=server.url("127.0.0.1")).status == 0
    assert server.requests == [request(server,
                                       host=f"127.0.0.1:{server.port}")]


def test_ipv6(serve, delete):
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as error:
        pytest.skip(f"no IPv6 here: {error}")
    server = serve(Turn(http(204)), address="::1")
    assert delete(server, ID, endpoint=server.url("[::1]")).status == 0
    assert server.requests == [request(server, host=f"[::1]:{server.port}")]
