# SPDX-License-Identifier: MIT
# Ways that were given instead of looked up: --resolve, --connect-to, zones of
# IPv6 addresses; and what stands in names.

import socket

import pytest

from conftest import KEY
from ports import closed_port
from proxies import Proxy
from server import ID, Turn, http, record

DONE = http(200, record())
NAME = "api.example.com"
GIVEN = {"LANGSMITH_API_KEY": KEY}


@pytest.fixture
def named(certs):
    """Certificate and key of that name."""
    return certs.pki.leaf(certs.middle, NAME, san=f"DNS:{NAME}")


@pytest.fixture
def go(serve, delete, named):
    """go(*args) deletes at NAME; {port} in them is the server's."""
    def run(*args, name=NAME, port=None, **more):
        server = serve(Turn(DONE), cert=named)
        run.server = server
        return delete(server, "--retries=0", "-j",
                      *[arg.format(port=server.port) for arg in args], ID,
                      endpoint=f"https://{name}:{port or server.port}",
                      **more)
    return run


@pytest.mark.parametrize("value", [
    NAME + ":{port}:127.0.0.1", NAME.upper() + ":{port}:127.0.0.1",
    NAME + ".:{port}:127.0.0.1", NAME + ":{port}:[127.0.0.1]",
    NAME + ":{port}:192.0.2.1,127.0.0.1",
    NAME + ":{port}:[::ffff:127.0.0.1]", NAME + ":{port}:::ffff:127.0.0.1",
    "+" + NAME + ":{port}:127.0.0.1", "*:{port}:127.0.0.1",    # as curl has it
])
def test_resolve(go, value):
    result = go("--resolve", value)
    assert result.status == 0, result
    host = go.server.requests[0].split(b"Host: ")[1].split(b"\r\n")[0]
    assert host == f"{NAME}:{go.server.port}".encode()


def test_resolve_more_than_one(go):
    assert go("--resolve", "other.example.com:{port}:192.0.2.1", "--resolve",
              NAME + ":1:192.0.2.1", "--resolve",
              NAME + ":{port}:127.0.0.1").status == 0


@pytest.mark.parametrize("order", [1, -1], ids=["before", "behind"])
def test_resolve_of_any_host_is_for_others(go, order):
    """The host's own goes before that, wherever it stands, as in curl."""
    both = ["*:{port}:127.0.0.9", NAME + ":{port}:127.0.0.1"][::order]
    assert go("--resolve", both[0], "--resolve", both[1]).status == 0


def test_resolve_a_root(go):
    """https://api.example.com./"""
    result = go("--resolve", NAME + ":{port}:127.0.0.1", name=NAME + ".")
    assert result.status == 0


@pytest.mark.parametrize("option, value", [
    ("--resolve", ""), ("--resolve", NAME), ("--resolve", NAME + ":443"),
    ("--resolve", NAME + ":443:"), ("--resolve", NAME + ":443:localhost"),
    ("--resolve", NAME + ":443:1.2.3"), ("--resolve", NAME + ":x:127.0.0.1"),
    ("--resolve", NAME + "::127.0.0.1"), ("--resolve", ":443:127.0.0.1"),
    ("--resolve", NAME + ":0:127.0.0.1"),
    ("--resolve", NAME + ":65536:127.0.0.1"),
    ("--resolve", NAME + ":443:127.0.0.1,"),
    ("--connect-to", ""), ("--connect-to", "a:1:b"),
    ("--connect-to", "a:x:b:1"), ("--connect-to", "a:1:b:x"),
    ("--connect-to", "a:1:b:0"), ("--connect-to", "a:1:b:99999"),
    ("--connect-to", "a:1:b c:1"), ("--connect-to", "[::1:1:b:1"),
    ("--connect-to", "a:1::0"), ("--connect-to", "a:1:[x]:1"),
])
def test_what_is_no_way(patrm, option, value):
    result = patrm(option, value, ID, env=GIVEN)
    if (option, value) == ("--connect-to", "a:1:b"):
        assert result.status in (2, 5)      # a port may be left out
        return
    assert result.status == 2 and "--resolve HOST" in result.errors, result


@pytest.mark.parametrize("value", [
    NAME + ":443:127.0.0.1:{port}", "::127.0.0.1:{port}",
    ":443:localhost:{port}", NAME + "::127.0.0.1:{port}",
    NAME.upper() + ":443:127.0.0.1:{port}",
])
def test_connect_to(go, value):
    """What is asked for and verified stays the endpoint."""
    assert go("--connect-to", value, port=443).status == 0
    assert f"Host: {NAME}\r\n".encode() in go.server.requests[0]


def test_connect_to_another_port(go):
    assert go("--connect-to", NAME + ":443::{port}", "--resolve",
              NAME + ":{port}:127.0.0.1", port=443).status == 0


def test_connect_to_another_host(go):
    assert go("--connect-to", NAME + ":{port}:localhost:").status == 0


def test_connect_to_is_for_others(go):
    assert go("--connect-to", "other.example.com::127.0.0.1:1", "--resolve",
              NAME + ":{port}:127.0.0.1").status == 0


def test_plain_http_stays_on_this_machine(serve, delete):
    """It is the address that is dialled that must be loopback."""
    server = serve(Turn(DONE), plain=True)
    for option in ("--connect-to", f"::192.0.2.1:{server.port}"), (
            "--resolve", f"localhost:{server.port}:192.0.2.1"):
        result = delete(server, *option, ID,
                        endpoint=f"http://localhost:{server.port}")
        assert result.status == 2 and "192.0.2.1" in result.errors, result
    assert server.requests == []


def test_proxies_are_found_by_them(go):
    with Proxy("http") as proxy:
        result = go("--resolve", f"gate.example.com:{proxy.port}:127.0.0.1",
                    "--proxy", f"http://gate.example.com:{proxy.port}")
        assert result.status == 0, result
        assert proxy.asked == [(NAME, go.server.port)]
        result = go("--connect-to", NAME + ":1:localhost:{port}", "--proxy",
                    proxy.url, port=1)
        assert result.status == 0, result
        assert proxy.asked[-1] == ("localhost", go.server.port)


def has_ipv6():
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="there is no ::1")
@pytest.mark.parametrize("zone", ["%25lo", "%lo", "%251", ""])
def test_zones(serve, delete, certs, zone):
    """For the socket, and for nobody else (RFC 6874)."""
    server = serve(Turn(DONE), address="::1",
                   cert=certs.leaf)
    result = delete(server, "-j", ID,
                    endpoint=f"https://[::1{zone}]:{server.port}")
    assert result.status == 0, result
    host = server.requests[0].split(b"Host: ")[1].split(b"\r\n")[0]
    assert host == f"[::1]:{server.port}".encode()


@pytest.mark.parametrize("host, words", [
    ("[::1%25]", "zone"), ("[::1%25" + "x" * 16 + "]", "zone"),
    ("[::1%25a/b]", ""), ("[::1%25a b]", "zone"), ("127.0.0.1%25lo", "host"),
    ("b\u00fccher.example", "punycode"), ("\u4f8b.example", "punycode"),
])
def test_hosts_that_are_none(patrm, host, words):
    result = patrm("-e", f"https://{host}", ID, env=GIVEN)
    assert result.status == 2 and words in result.errors, result


def test_a_zone_that_is_not_there(patrm):
    result = patrm("-e", f"https://[fe80::1%25nosuch0]:{closed_port()}",
                   "--retries=0", "-t", "2", ID, env=GIVEN)
    assert result.status == 5, result
