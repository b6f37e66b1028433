# SPDX-License-Identifier: MIT
# Names: what networks do to them, and what patrm makes of it; with DNS servers
# that do as they are told, and addresses that swallow packets.

import contextlib
import ctypes
import re
import shutil
import socket
import struct
import subprocess
import threading
import time

import pytest

from conftest import KEY
from nameserver import (A, AAAA, FORMERR, NOTIMP, NXDOMAIN, REFUSED, SERVFAIL,
                        SILENCE, TRUNCATED, NameServer, a, aaaa, cname,
                        record as rr, reply, zone)
from ports import own_address
from server import ID, Server, Turn, http, record, until

HOST = "host.example"
DONE = http(200, record())
GIVEN = {"LANGSMITH_API_KEY": KEY}
AT_ONCE = 2         # seconds: a busy machine takes its time
LATE = 1            # beyond a deadline, likewise
NO_HOST = "there is no host"
NOT_NOW = "cannot be resolved now"


@pytest.fixture(scope="module")
def leaf(certs):
    return certs.pki.leaf(certs.root, san=(
        f"DNS:{HOST},DNS:short,DNS:x.localhost,DNS:localhost,"
        "DNS:a.b.c.example,DNS:late.example"))


@pytest.fixture
def there(leaf):
    """there(address) is a server that deletes one token."""
    with contextlib.ExitStack() as stack:
        def start(address="127.0.0.1", port=0, *turns):
            return stack.enter_context(Server(
                *(turns or [Turn(DONE)]), cert=leaf, address=address,
                port=port, patience=20))
        yield start


@pytest.fixture
def look(patrm, certs, alone):
    """look(server, ...) is patrm's Result; all of /etc is the test's."""
    def run(server, *args, name=HOST, dns=None, resolv=None, hosts="", t=5,
            retries=0, wrapper=(), port=None):
        if resolv is None:
            resolv = f"nameserver {dns.address}\n"
        return patrm("-e", f"https://{name}:{port or server.port}", "-t",
                     str(t), f"--retries={retries}", "--cacert", certs.ca,
                     *args, ID, env=GIVEN, wrapper=[
                         *wrapper, *alone(net=True, resolv=resolv,
                                          hosts=hosts)])
    return run


def another_address(nth=1):
    """Beside own_address(), as much our own."""
    _, second, *rest = own_address().split(".")
    return ".".join(["127", str(int(second) + 64 * nth), *rest])


def reached(result):
    assert result.status == 0, result
    assert result.seconds < AT_ONCE, result


def refused(result, words):
    assert result.status == 5, result
    assert words in result.errors, result


# ---- one family of two

FAMILIES = {A: "127.0.0.1", AAAA: "::1"}

OTHERS = {
    "SERVFAIL": SERVFAIL, "NXDOMAIN": NXDOMAIN, "NOTIMP": NOTIMP,
    "REFUSED": REFUSED, "FORMERR": FORMERR, "empty": [], "silence": SILENCE,
    "FORMERR without the question": lambda q: [
        reply(q, code=FORMERR, section=b"")],
    "an alias of nothing": lambda q: [reply(q, cname("no.example"))],
    "an address of the wrong size": lambda q: [reply(q, rr(q.type, b"123"))],
    "not DNS": lambda q: [b"not DNS at all"],
    "cut off": lambda q: [reply(q, "::1" if q.type == AAAA
                                else "127.0.0.1")[:-9]],
    "lame": lambda q: [struct.pack("!6H", q.id, 0x8000, 1, 0, 0, 0)
                       + q.section],
}


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("good", FAMILIES, ids=["A", "AAAA"])
def test_one_family_is_enough(there, look, good, other):
    bad, = set(FAMILIES) - {good}
    with NameServer({HOST: {good: [FAMILIES[good]],
                            bad: OTHERS[other]}}) as dns:
        reached(look(there(FAMILIES[good]), dns=dns))
    assert {question.type for question in dns.asked} == {A, AAAA}


@pytest.mark.parametrize("good", FAMILIES, ids=["A", "AAAA"])
def test_the_other_family_has_50_ms(there, look, good):
    """It is waited for so long, and not for longer."""
    bad, = set(FAMILIES) - {good}
    server = there(FAMILIES[good])
    began = []

    def note(question):
        began.append(time.monotonic())
        return [reply(question, FAMILIES[good])]
    with NameServer({HOST: {good: note, bad: SILENCE}}) as dns:
        met = threading.Thread(target=lambda: (
            until(lambda: server.connections), began.append(
                time.monotonic())))
        met.start()
        assert look(server, dns=dns).status == 0
        met.join()
    assert 0.045 < began[1] - began[0] < 0.4, began


def test_what_comes_later_is_tried_as_well(there, look):
    """Nobody is at the addresses that came first."""
    with NameServer({HOST: {AAAA: ["::1"], A: lambda q: [
            0.4, reply(q, "127.0.0.1")]}}) as dns:
        result = look(there("127.0.0.1"), dns=dns)
    assert result.status == 0 and 0.4 < result.seconds < 0.4 + AT_ONCE


@pytest.mark.parametrize("good", FAMILIES, ids=["A", "AAAA"])
@pytest.mark.parametrize("order", [
    lambda chain, end: [*chain, end],
    lambda chain, end: [end, *reversed(chain)],
    lambda chain, end: [a("192.0.2.9", "other.example"), *chain, end,
                        aaaa("2001:db8::9", "other.example")],
], ids=["in order", "backwards", "among others"])
def test_a_chain_of_aliases(there, look, good, order):
    """Whose end has one family."""
    chain = [cname("b.example"), cname("C.example", "B.EXAMPLE"),
             cname("d.example", "c.example")]
    end = (a if good == A else aaaa)(FAMILIES[good], "d.example")
    with NameServer(lambda q: [reply(q, *order(chain, end) if q.type == good
                                     else chain)]) as dns:
        reached(look(there(FAMILIES[good]), dns=dns))


def test_aliases_in_a_circle(there, look):
    with NameServer(lambda q: [reply(q, cname("b.example"),
                                     cname(HOST, "b.example"))]) as dns:
        refused(look(there(), dns=dns), NOT_NOW)


# ---- what is denied, and what is not known

@pytest.mark.parametrize("v4, v6, words", [
    (NXDOMAIN, NXDOMAIN, NO_HOST), ([], [], NO_HOST), (NXDOMAIN, [], NO_HOST),
    (NXDOMAIN, SERVFAIL, NOT_NOW), (SERVFAIL, NXDOMAIN, NOT_NOW),
    ([], REFUSED, NOT_NOW), (SERVFAIL, SERVFAIL, NOT_NOW),
    (REFUSED, REFUSED, NOT_NOW), (NXDOMAIN, SILENCE, NOT_NOW),
    (SILENCE, NXDOMAIN, NOT_NOW), (SILENCE, SILENCE, NOT_NOW),
], ids=str)
def test_no_host_is_said_where_both_deny_it(there, look, v4, v6, words):
    with NameServer({HOST: {A: v4, AAAA: v6}}) as dns:
        result = look(there(), dns=dns, resolv=(
            f"nameserver {dns.address}\noptions timeout:1 attempts:1\n"))
    refused(result, words)
    assert HOST in result.errors and "no deletion was sent" in result.errors
    assert result.seconds < 1 + AT_ONCE


def test_a_name_that_cannot_be(there, look):
    with NameServer({}) as dns:
        refused(look(there(), dns=dns, name="host..example"), NO_HOST)
        refused(look(there(), dns=dns, name="x" * 64 + ".example"), NO_HOST)
    assert dns.asked == []


def test_what_may_pass_is_tried_again(there, look):
    """The lookup fails, then it does not."""
    seen = []

    def fail_first(question):
        seen.append(question)
        return [reply(question, code=SERVFAIL) if len(seen) <= 4
                else reply(question, *["127.0.0.1"] * (question.type == A))]
    with NameServer(fail_first) as dns:
        assert look(there(), dns=dns, retries=1).status == 0


# ---- which names are asked for

@pytest.mark.parametrize("trap", [["192.0.2.9"], SERVFAIL, REFUSED, SILENCE],
                         ids=["a wildcard", "SERVFAIL", "REFUSED", "silence"])
def test_a_final_dot(there, look, trap):
    """Only that name is asked for; it is no part of Host or certificate."""
    def answer(question):
        return zone({HOST: ["127.0.0.1"], question.name: trap}
                    if question.name != HOST else
                    {HOST: ["127.0.0.1"]})(question)
    server = there()
    with NameServer(answer) as dns:
        reached(look(server, dns=dns, name=HOST + ".", resolv=(
            f"nameserver {dns.address}\nsearch trap.example\n"
            "options ndots:9\n")))
    assert dns.names == [HOST]
    assert f"Host: {HOST}:{server.port}\r\n".encode() in server.requests[0]


def test_a_final_dot_where_there_is_no_such_name(there, look):
    with NameServer({f"{HOST}.trap.example": ["127.0.0.1"]}) as dns:
        refused(look(there(), dns=dns, name=HOST + ".", resolv=(
            f"nameserver {dns.address}\nsearch trap.example\n")), NO_HOST)
    assert dns.names == [HOST]


@pytest.mark.parametrize("name, search, options, asked", [
    # dots enough, and the name is there
    (HOST, "search a.example", "", [HOST]),
    (HOST, "search a.example", "options ndots:1", [HOST]),
    (HOST, "search a.example", "options ndots:0", [HOST]),
    # too few dots: the list first
    (HOST, "search a.example b.example", "options ndots:2",
     [f"{HOST}.a.example", f"{HOST}.b.example", HOST]),
    (HOST, "search a.example", "options ndots:99",
     [f"{HOST}.a.example", HOST]),
    ("a.b.c.example", "search a.example", "options ndots:3",
     ["a.b.c.example"]),
    ("a.b.c.example", "search a.example", "options ndots:4",
     ["a.b.c.example.a.example", "a.b.c.example"]),
    ("short", "search a.example b.example", "",
     ["short.a.example", "short.b.example", "short"]),
    ("short", "", "", ["short"]),
    ("short", "search a.example", "options ndots:0", ["short"]),
    # the last line of both counts
    ("short", "search a.example\nsearch b.example", "",
     ["short.b.example", "short"]),
    ("short", "domain a.example b.example", "",
     ["short.a.example", "short"]),
    ("short", "search a.example\ndomain b.example", "",
     ["short.b.example", "short"]),
    ("short", "domain b.example\nsearch a.example\nsearch", "",
     ["short.a.example", "short"]),
    # the root
    ("short", "search . a.example", "", ["short"]),
    ("short", "search a.example .", "", ["short.a.example", "short"]),
    ("short", "search .a.example", "", ["short.a.example", "short"]),
    ("short", "search a.example.", "", ["short.a.example", "short"]),
    ("short", "search a.example # b.example", "",
     ["short.a.example", "short"]),
    ("short", "search\ta.example \t b.example", "",
     ["short.a.example", "short.b.example", "short"]),
    ("short", f"search {'x' * 64}.example {'x.' * 126}example a.example", "",
     ["short.a.example", "short"]),
    ("short", "search " + " ".join(f"d{n}.example" for n in range(40)), "",
     [f"short.d{n}.example" for n in range(40)] + ["short"]),
])
def test_the_order_of_names(there, look, name, search, options, asked):
    """Only the name as it is exists."""
    with NameServer({name: ["127.0.0.1"]}) as dns:
        reached(look(there(), dns=dns, name=name, resolv=(
            f"nameserver {dns.address}\n{search}\n{options}\n")))
    assert dns.names == asked


@pytest.mark.parametrize("what, asked, words", [
    (NXDOMAIN, ["short.a.example", "short.b.example", "short"], NO_HOST),
    ([], ["short.a.example", "short.b.example", "short"], NO_HOST),
    (SERVFAIL, ["short.a.example", "short.b.example", "short"], NOT_NOW),
    (REFUSED, ["short.a.example", "short"], NOT_NOW),
    (SILENCE, ["short.a.example", "short"], NOT_NOW),
], ids=["NXDOMAIN", "empty", "SERVFAIL", "REFUSED", "silence"])
def test_what_ends_the_list(there, look, what, asked, words):
    """As in glibc."""
    with NameServer({"short.a.example": what}) as dns:
        refused(look(there(), dns=dns, name="short", resolv=(
            f"nameserver {dns.address}\nsearch a.example b.example\n"
            "options timeout:1 attempts:1\n")), words)
    assert dns.names == asked


@pytest.mark.parametrize("first, words", [(NXDOMAIN, NO_HOST),
                                          (SERVFAIL, NOT_NOW)])
def test_the_name_itself_counts_where_it_is_first(there, look, first, words):
    with NameServer(lambda q: zone({
            HOST: first, f"{HOST}.a.example": REFUSED})(q)) as dns:
        refused(look(there(), dns=dns, resolv=(
            f"nameserver {dns.address}\nsearch a.example\n")), words)
    assert dns.names == [HOST, f"{HOST}.a.example"]


def test_a_list_whose_domains_have_no_ipv6(there, look):
    """In Kubernetes, behind a server that drops what it does not know."""
    def answer(question):
        if question.type == AAAA:
            return []
        return zone({HOST: ["127.0.0.1"]})(question)
    with NameServer(answer) as dns:
        reached(look(there(), dns=dns, resolv=(
            f"nameserver {dns.address}\noptions ndots:5\nsearch "
            "default.svc.cluster.local svc.cluster.local cluster.local\n")))
    assert len(dns.names) == 4


def test_a_name_in_the_domain_of_the_list(there, look):
    with NameServer({"short.b.example": ["127.0.0.1"]}) as dns:
        reached(look(there(), dns=dns, name="short", resolv=(
            f"nameserver {dns.address}\nsearch a.example b.example\n")))


def test_the_domain_of_this_machine(there, look):
    """Where the file has no list."""
    with NameServer({"short.own.example": ["127.0.0.1"]}) as dns:
        reached(look(there(), dns=dns, name="short", wrapper=[
            "unshare", "--uts", "sh", "-c",
            'echo box.own.example >/proc/sys/kernel/hostname; exec "$@"',
            "sh"]))


# ---- /etc/resolv.conf

# @ is the server that knows.
CONFS = {
    "plain": "nameserver @\n",
    "no final newline": "nameserver @",
    "CRLF": "nameserver @\r\noptions ndots:1\r\nsearch a.example\r\n",
    "a tab": "nameserver\t@\t\n",
    "comments": "# nameserver 127.0.0.2\n; x\n#\nnameserver @ # that one\n",
    "something else": "sortlist 10.0.0.0\nfoo bar\n\n \nnameserver @\n",
    "bad servers": "nameserver x\nnameserver\nnameserver 1.2.3.4.5\n"
                   "nameserver ::g\nnameserver @\n",
    "a long line": "#" + "x" * 5000 + "\nnameserver @" + " " * 5000
                   + "x" * 5000 + "\nfoo\n",
    "timeout 0": "nameserver @\noptions timeout:0\n",
    "attempts 0": "nameserver @\noptions attempts:0\n",
    "numbers that are none": "options timeout: attempts:x ndots:-1\n"
                             "nameserver @\n",
    "numbers that are too large": "options timeout:99999999999999999999 "
        "attempts:4294967296\nnameserver @\n",
    "edns0 trust-ad": "options edns0 trust-ad\nnameserver @\n",
    "single-request": "nameserver @\noptions single-request-reopen "
                      "single-request no-reload inet6 debug\n",
    "rotate": "nameserver @\noptions rotate\n",
    "use-vc": "nameserver @\noptions use-vc\n",
    "a dead one first": "nameserver 127.0.7.77\nnameserver @\n",
    "two dead ones first": "nameserver 127.0.7.77\nnameserver 127.0.7.78\n"
                           "nameserver @\n",
    "no route": "nameserver fe80::1%nosuch0\nnameserver @\n",
    "five": "nameserver 127.0.7.77\nnameserver @\nnameserver 127.0.7.78\n"
            "nameserver 127.0.7.79\nnameserver 127.0.7.80\n",
    "everything": "; all\r\noptions rotate edns0 timeout:1\r\n"
                  "search x.example\r\nnameserver @\r\nnameserver @\r\n",
}


@pytest.mark.parametrize("name", CONFS)
def test_resolv_conf(there, look, name):
    with NameServer({HOST: ["127.0.0.1"]}) as dns:
        reached(look(there(), resolv=CONFS[name].replace("@", dns.address)))
    for question in dns.asked:
        assert question.flags == 0x100
        assert question.tcp == (name == "use-vc")


CHUNK = 2 + 4096    # bytes that are read at once: DNS_PREFIX, DNS_MESSAGE_MAX
SIZES = [n * CHUNK + more for n in (1, 2, 5) for more in (-1, 0, 1)]


def of_size(size, last):
    """A long comment, and that line without a newline."""
    return "#" + "x" * (size - len(last) - 2) + "\n" + last


@pytest.mark.parametrize("size", SIZES)
def test_a_resolv_conf_of_some_chunks(there, look, size):
    """Nothing of it is left unread."""
    with NameServer({HOST: ["127.0.0.1"]}) as dns:
        text = of_size(size, f"nameserver {dns.address}")
        assert len(text) == size
        reached(look(there(), resolv=text))
    assert dns.asked


def test_only_three_servers_are_asked(there, look):
    with NameServer({HOST: ["127.0.0.1"]}) as dns:
        refused(look(there(), resolv="".join(
            f"nameserver {one}\n" for one in (
                "127.0.7.77", "127.0.7.78", "127.0.7.79", dns.address,
                "127.0.7.80"))), NOT_NOW)
    assert dns.asked == []


@pytest.mark.parametrize("bad", [SERVFAIL, REFUSED, NOTIMP, FORMERR,
                                 SILENCE], ids=str)
def test_the_second_server(there, look, bad):
    """Is asked where the first does not know, at once; or is silent."""
    with NameServer(lambda q: zone({HOST: bad})(q)) as first, \
            NameServer({HOST: ["127.0.0.1"]},
                       address=another_address()) as dns:
        result = look(there(), resolv=f"nameserver {first.address}\n"
                                      f"nameserver {dns.address}\n")
    assert result.status == 0
    assert result.seconds < (1.0 if bad is SILENCE else 0) + AT_ONCE
    assert first.asked and dns.asked


def test_a_dead_server_delays_one_name_of_the_list(there, look):
    """Then the one that has answered is the first."""
    with NameServer(lambda q: []) as first, NameServer(
            {HOST: ["127.0.0.1"]}, address=another_address()) as dns:
        result = look(there(), t=9, resolv=(
            f"nameserver {first.address}\nnameserver {dns.address}\n"
            "search a.example b.example c.example d.example\n"
            "options ndots:5\n"))
    assert result.status == 0 and result.seconds < 1 + AT_ONCE
    assert first.names == [f"{HOST}.a.example"] and len(dns.names) == 5


def test_a_server_that_goes_away(there, look):
    """A question is lost, and when it is repeated nobody is there."""
    with NameServer(lambda q: []) as dns:
        closing = threading.Thread(target=lambda: (
            until(lambda: len(dns.asked) == 2), dns.__exit__()))
        closing.start()
        result = look(there(), dns=dns, t=9)
        closing.join()
    refused(result, NOT_NOW)
    assert 0.5 < result.seconds < 1 + AT_ONCE


def test_the_first_server_may_be_slow(there, look):
    """What it denies counts where the next one cannot say."""
    with NameServer(lambda q: [1.5, reply(q, *["127.0.0.1"] * (
            q.type == A))]) as first, NameServer(
                lambda q: [reply(q, code=SERVFAIL)],
                address=another_address()) as dns:
        result = look(there(), resolv=f"nameserver {first.address}\n"
                                      f"nameserver {dns.address}\n")
    assert result.status == 0 and result.seconds < 1.5 + AT_ONCE


def test_a_lost_question_is_repeated(there, look):
    seen = set()

    def lose_first(question):
        known = question.type in seen
        seen.add(question.type)
        return [reply(question, *["127.0.0.1"] * (question.type == A))
                ] if known else []
    with NameServer(lose_first) as dns:
        result = look(there(), dns=dns)
    assert result.status == 0 and result.seconds < 1 + AT_ONCE


@pytest.mark.parametrize("servers, outage", [(1, 0.8), (3, 2.8)])
def test_what_an_outage_has_swallowed_is_asked_again(there, look, servers,
                                                     outage):
    """By then all servers were asked as often as the file says."""
    began = []

    def answer(question):
        began.append(time.monotonic())
        if began[-1] < began[0] + outage:
            return []
        return zone({HOST: ["127.0.0.1"]})(question)
    with contextlib.ExitStack() as stack:
        lines = []
        for n in range(servers):
            dns = stack.enter_context(NameServer(
                answer, address=another_address(n) if n else None))
            lines.append(f"nameserver {dns.address}\n")
        result = look(there(), t=20, resolv="".join(
            [*lines, "options timeout:1 attempts:2\n"]))
    assert result.status == 0, result
    assert outage < result.seconds < outage + 2, result
    # of both families: twice each, and once more where it is silent
    assert len(began) <= 2 * 3 * servers


@pytest.mark.parametrize("resolv", ["", "\n", "# nothing\n", "search x\n",
                                    " nameserver 127.0.7.77\n"], ids=repr)
def test_no_server_is_the_one_here(there, look, network, resolv):
    """As in glibc: 127.0.0.1."""
    with network.inside(lambda: NameServer({HOST: ["127.0.0.1"]},
                                           address="127.0.0.1")) as dns:
        reached(look(network.inside(lambda: there()), resolv=resolv,
                     wrapper=network.wrapper))
    assert dns.names == [HOST]


def test_no_etc_at_all(there, patrm, certs, network):
    with network.inside(lambda: NameServer({HOST: ["127.0.0.1"]},
                                           address="127.0.0.1")) as dns:
        server = network.inside(lambda: there())
        reached(patrm("-e", server.url(HOST), "--cacert", certs.ca, ID,
                      env=GIVEN, wrapper=[
                          *network.wrapper, "unshare", "-m", "sh", "-c",
                          'mount -t tmpfs none /etc && exec "$@"', "sh"]))
    assert dns.names == [HOST]


def test_rotate(there, look):
    """Each of them is the first some time."""
    with NameServer({HOST: ["127.0.0.1"]}) as one, NameServer(
            {HOST: ["127.0.0.1"]},
            address=another_address()) as other:
        for _ in range(12):
            reached(look(there(), resolv=f"nameserver {one.address}\n"
                         f"nameserver {other.address}\noptions rotate\n"))
    assert one.asked and other.asked


def test_a_server_with_a_zone(there, look, network):
    with network.inside(lambda: NameServer({HOST: ["127.0.0.1"]},
                                           address="::")) as dns:
        server = network.inside(lambda: there())
        for zone_of in ("lo", "1"):
            reached(look(server, wrapper=network.wrapper,
                         resolv=f"nameserver fe80::1%{zone_of}\n"))
            server = network.inside(lambda: there())
    assert all(q.client[0].startswith("fe80::1") for q in dns.asked)
    assert len(dns.asked) == 4


# ---- /etc/hosts

@pytest.mark.parametrize("hosts", [
    "127.0.0.1 host.example\n",
    "127.0.0.1 host.example",
    "127.0.0.1\thost.example\t\r\n",
    "  127.0.0.1   host.example  \n",
    "127.0.0.1 HOST.Example\n",
    "127.0.0.1 host.example.\n",
    "127.0.0.1 a b c host.example d\n",
    "127.0.0.1 host.example#d\n",
    "#127.0.0.9 host.example\n127.0.0.1 host.example #\n",
    "127.0.0.1 " + " ".join(f"name{n}" for n in range(500))
    + " host.example\n",
    "127.0.0.1 " + "x" * 511 + " host.example\n",
    "127.0.0.1 " + "x" * 70_000 + " host.example",
    "127.0.0.9 xhost.example host.example.x host.examplex\n"
    "127.0.0.1 host.example\n",
    "nonsense host.example\n127.1 host.example\n::g host.example\n"
    "127.0.0.1 host.example\n",
    "::1 host.example\n127.0.0.1 host.example\n",
    "\n".join(f"10.0.0.1 name{n}.example" for n in range(20_000))
    + "\n127.0.0.1 host.example\n",
    "127.0.0.1 other\0 host.example\n",
], ids=lambda text: repr(text[:40]))
@pytest.mark.parametrize("name", [HOST, "HoST.eXample", HOST + "."])
def test_hosts(there, look, hosts, name):
    """Nobody is asked."""
    with NameServer({}) as dns:
        reached(look(there(), name=name, dns=dns, hosts=hosts))
    assert dns.asked == []


@pytest.mark.parametrize("size", SIZES)
def test_hosts_of_some_chunks(there, look, size):
    text = of_size(size, f"127.0.0.1 {HOST}")
    assert len(text) == size
    with NameServer({}) as dns:
        reached(look(there(), dns=dns, hosts=text))
    assert dns.asked == []


@pytest.mark.parametrize("hosts", [
    "", "127.0.0.9 host\n", "127.0.0.9 example\n", "# 127.0.0.9 host.example",
    "127.0.0.9 x # host.example\n", "host.example 127.0.0.9\n",
    "127.0.0.9 host.example.org\n", "127.0.0.9\nhost.example\n",
    "x host.example\n", "127.0.0.9 .host.example\n",
], ids=repr)
def test_hosts_that_do_not_name_it(there, look, hosts):
    with NameServer({HOST: ["127.0.0.1"]}) as dns:
        reached(look(there(), dns=dns, hosts=hosts))
    assert dns.names == [HOST]


@pytest.mark.parametrize("name", ["localhost", "localhost.", "x.localhost",
                                  "X.LocalHost", "x.localhost."])
@pytest.mark.parametrize("address", FAMILIES.values())
def test_localhost(there, look, name, address):
    with NameServer({name: ["127.0.0.9"]}) as dns:
        reached(look(there(address), name=name, dns=dns))
    assert dns.asked == []


def test_what_only_ends_like_localhost(there, look):
    with NameServer({}) as dns:
        refused(look(there(), name="notlocalhost", dns=dns), NO_HOST)
    assert dns.names == ["notlocalhost"]


# ---- forgeries, floods and TCP

def forged(what):
    """A wrong answer, and then the right one."""
    def answer(question):
        wrong = "127.0.0.9" if question.type == A else "2001:db8::9"
        right = ["127.0.0.1"] if question.type == A else []
        return [*what(question, wrong), 0.05, reply(question, *right)]
    return answer


def from_elsewhere(address, port):
    def send(question, wrong):
        def step(sock, client):
            with socket.socket(type=socket.SOCK_DGRAM) as other:
                other.bind((address or sock.getsockname()[0], port))
                other.sendto(reply(question, wrong), client)
        return [step] * 5
    return send


FORGERIES = {
    "another id": lambda q, wrong: [
        reply(q, wrong, number=q.id ^ bit) for bit in (1, 0x8000, 0xffff)],
    "another name": lambda q, wrong: [
        reply(q, wrong, section=q.section.replace(b"host", b"most"))],
    "another type": lambda q, wrong: [
        reply(q, wrong, section=q.section[:-4] + b"\0\5\0\1")],
    "another class": lambda q, wrong: [
        reply(q, wrong, section=q.section[:-1] + b"\3")],
    "no question": lambda q, wrong: [reply(q, wrong, section=b"")],
    "no question, and denied": lambda q, _: [
        reply(q, code=NXDOMAIN, section=b"")],
    "two questions": lambda q, wrong: [
        b"%b\0\2%b" % (reply(q)[:4], reply(q, section=q.section * 2)[6:])],
    "a question": lambda q, wrong: [
        b"%b\1\0%b" % (reply(q)[:2], reply(q, wrong)[4:])],
    "an update": lambda q, wrong: [
        b"%b\xa9\x80%b" % (reply(q)[:2], reply(q, wrong)[4:])],
    "another address": from_elsewhere("127.0.0.99", 53),
    "another port": from_elsewhere(None, 5353),
    "nothing": lambda q, wrong: [b"", b"\0", reply(q, wrong)[:11]],
}


@pytest.mark.parametrize("what", FORGERIES)
def test_answers_to_nobody(there, look, what):
    with NameServer(forged(FORGERIES[what])) as dns:
        reached(look(there(), dns=dns))
    # It was not a reason to ask again; a busy machine may be.
    assert 2 <= len(dns.asked) <= 4


def test_the_case_of_the_question_is_the_servers(there, look):
    with NameServer(lambda q: [reply(
            q, *["127.0.0.1"] * (q.type == A), section=q.section.replace(
                b"host", b"HoSt"))]) as dns:
        reached(look(there(), dns=dns))


def test_ids_and_ports_are_random(there, look):
    with NameServer({HOST: ["127.0.0.1"]}) as dns:
        for _ in range(10):
            reached(look(there(), dns=dns))
    assert len({q.id for q in dns.asked}) > 15
    assert len({q.client[1] for q in dns.asked}) > 15
    assert len(dns.asked) == 20


def flood(question):
    """Until nobody listens."""
    end = time.monotonic() + 5
    while time.monotonic() < end:
        yield reply(question, "127.0.0.9" if question.type == A else
                    "2001:db8::9", number=question.id ^ 1)


def test_a_flood(there, look):
    """Ends with the deadline."""
    with NameServer(flood) as dns:
        result = look(there(), dns=dns, t=1)
    refused(result, "resolving the host name")
    assert 1 <= result.seconds < 1 + LATE


def test_a_flood_in_one_family(there, look):
    """The other one connects."""
    with NameServer({HOST: {A: ["127.0.0.1"], AAAA: flood}}) as dns:
        reached(look(there(), dns=dns))


def over_tcp(*steps, udp=(), flags=TRUNCATED):
    def answer(question):
        if not question.tcp:
            return [reply(question, *udp, flags=flags)]
        return [step(question) if callable(step) else step for step in steps]
    return answer


def right(question):
    return reply(question, *["127.0.0.1"] * (question.type == A))


def in_pieces(question):
    message = right(question)
    return struct.pack("!H", len(message)) + message


@pytest.mark.parametrize("answer", [
    over_tcp(right),
    over_tcp(right, udp=["127.0.0.9"]),
    over_tcp(0.1, right),
    lambda q: [reply(q, flags=TRUNCATED)] if not q.tcp else [
        step for n in range(len(in_pieces(q)))
        for step in ([in_pieces(q)[n:n + 1]], 0.002)],
    lambda q: [reply(q, flags=TRUNCATED)[:12 + len(q.section)]]
    if not q.tcp else [right(q)],
], ids=["empty", "partial", "slow", "byte by byte", "bare"])
def test_truncated(there, look, answer):
    def only_v4(question):
        if question.type == AAAA:
            return [reply(question)]
        return answer(question)
    with NameServer(only_v4) as dns:
        reached(look(there(), dns=dns))
    assert [q.tcp for q in dns.asked if q.type == A] == [False, True]


def test_truncated_in_both_families(there, look):
    with NameServer(over_tcp(right)) as dns:
        reached(look(there(), dns=dns))
    assert sorted((q.type, q.tcp) for q in dns.asked) == [
        (A, False), (A, True), (AAAA, False), (AAAA, True)]


@pytest.mark.parametrize("count", [40, 200, 2000])
def test_very_many_addresses(there, look, count):
    """More than fit into a datagram, or into patrm; those that do are used."""
    def answer(question):
        if question.type == AAAA:
            return [reply(question)]
        if not question.tcp:
            return [reply(question, flags=TRUNCATED)]
        return [reply(question, *["127.0.0.1"] * count)]
    with NameServer(answer) as dns:
        reached(look(there(), dns=dns))


@pytest.mark.parametrize("bad", [
    over_tcp([b"\0\0"]), over_tcp([b"\0\5short"]), over_tcp([b"\0"]),
    over_tcp(lambda q: reply(q, flags=TRUNCATED)),
    over_tcp(lambda q: reply(q, a("127.0.0.9"), number=q.id ^ 1)),
    over_tcp(lambda q: reply(q, code=SERVFAIL)),
    over_tcp(),
], ids=["no length", "no message", "half a length", "truncated again",
        "another id", "SERVFAIL", "closed"])
def test_tcp_that_fails(there, look, bad):
    """The next server is asked."""

    def first_answer(question):
        steps = bad(question)
        if question.tcp:
            steps = [*steps, lambda sock, _: sock.shutdown(socket.SHUT_WR)]
        return steps
    with NameServer(first_answer) as first, NameServer(
            {HOST: ["127.0.0.1"]},
            address=another_address()) as dns:
        reached(look(there(), resolv=f"nameserver {first.address}\n"
                                     f"nameserver {dns.address}\n"))
    assert any(q.tcp for q in first.asked)


def test_no_tcp_there(there, look):
    with NameServer(over_tcp(right), tcp=False) as dns:
        refused(look(there(), dns=dns), NOT_NOW)


# ---- one deadline

def drip(question):
    message = reply(question, *[a("127.0.0.1")] * 60)
    return [step for n in range(len(message))
            for step in ([(struct.pack("!H", len(message))
                           + message)[n:n + 1]], 0.2)]


@pytest.mark.parametrize("answer", [
    lambda q: [], over_tcp(), lambda q: [reply(q, flags=TRUNCATED)]
    if not q.tcp else drip(q),
], ids=["silent", "silent over TCP", "drips over TCP"])
@pytest.mark.parametrize("t", [1, 2])
def test_one_deadline(there, look, answer, t):
    with NameServer(answer) as dns:
        result = look(there(), dns=dns, t=t, retries=2)
    refused(result, "timed out: resolving the host name")
    assert t <= result.seconds < t + LATE


# ---- addresses that swallow packets

class Network:
    """A network of its own, in which all addresses of the documentation are
    this machine's, and those of .dead swallow what is sent to them."""

    def __init__(self, stack):
        self.holder = subprocess.Popen(
            ["unshare", "-n", "sh", "-c", "echo; exec sleep 120"],
            stdout=subprocess.PIPE)
        stack.callback(self.holder.wait, 5)
        stack.callback(self.holder.kill)
        self.holder.stdout.readline()
        self.path = f"/proc/{self.holder.pid}/ns/net"
        self.wrapper = ["nsenter", f"--net={self.path}"]
        for command in ("ip link set lo up",
                        "ip addr add fe80::1/64 dev lo nodad",
                        "ip route add local 192.0.2.0/24 dev lo",
                        "ip -6 route add local 2001:db8::/32 dev lo",
                        "ip addr add 2001:db8::99/128 dev lo nodad"):
            self.run(*command.split())

    def run(self, *command):
        done = subprocess.run([*self.wrapper, *command], check=False,
                              text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        assert done.returncode == 0, (command, done.stdout)

    def kill(self, *addresses):
        self.run("nft", "add table inet dead; add chain inet dead in "
                 "{ type filter hook input priority 0; }")
        for one in addresses:
            kind = "ip6" if ":" in one else "ip"
            self.run("nft", f"add rule inet dead in {kind} daddr {one} drop")

    def inside(self, what):
        """What it returns, run by a thread in that network."""
        result = []

        def enter():
            with open(self.path, "rb") as file:
                assert ctypes.CDLL(None).setns(file.fileno(), 0) == 0
            result.append(what())
        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        return result[0]


@pytest.fixture
def network(namespaces):
    with contextlib.ExitStack() as stack:
        yield Network(stack)


def table_of(addresses):
    return {HOST: list(addresses)}


@pytest.mark.parametrize("dead, live, slots", [
    (["192.0.2.1"], "192.0.2.99", 1),
    ([f"192.0.2.{n}" for n in range(1, 9)], "192.0.2.99", 8),
    ([f"192.0.2.{n}" for n in range(1, 32)], "192.0.2.99", 31),
    ([f"2001:db8::{n}" for n in range(1, 33)], "192.0.2.99", 1),
    ([f"192.0.2.{n}" for n in range(1, 33)], "2001:db8::99", 0),
    ([f"2001:db8::{n}" for n in range(1, 9)]
     + [f"192.0.2.{n}" for n in range(1, 9)], "192.0.2.99", 16),
], ids=["1", "8 A", "31 A", "32 AAAA and a live A", "32 A and a live AAAA",
        "8 AAAA, 8 A, and a live A"])
def test_dead_addresses(there, look, network, dead, live, slots):
    """All get their turn, a quarter of a second after the last."""
    network.kill(*dead)
    server = network.inside(lambda: there(live))
    with network.inside(lambda: NameServer(table_of([*dead, live]),
                                           address="127.0.0.1")) as dns:
        result = look(server, dns=dns, t=20, wrapper=network.wrapper)
    assert result.status == 0, result
    assert slots * 0.25 <= result.seconds < slots * 0.25 + AT_ONCE


def test_dead_live_addresses(there, look, network):
    """Many dead AAAA and 8 live A: the first of them, after one."""
    dead = [f"2001:db8::{n}" for n in range(1, 33)]
    network.kill(*dead)
    server = network.inside(lambda: there("192.0.2.1"))
    with network.inside(lambda: NameServer(table_of(
            [*dead, *[f"192.0.2.{n}" for n in range(1, 9)]]),
            address="127.0.0.1")) as dns:
        result = look(server, dns=dns, wrapper=network.wrapper)
    assert result.status == 0 and 0.25 < result.seconds < 0.25 + AT_ONCE


def test_all_addresses_are_dead(there, look, network):
    dead = [f"192.0.2.{n}" for n in range(1, 9)]
    network.kill(*dead)
    with network.inside(lambda: NameServer(table_of(dead),
                                           address="127.0.0.1")) as dns:
        result = look(None, dns=dns, t=2, port=443, wrapper=network.wrapper)
    refused(result, "timed out: connecting")
    assert 2 <= result.seconds < 2 + LATE


def test_a_server_that_swallows_questions(there, look, network):
    network.kill("192.0.2.53")
    server = network.inside(lambda: there())
    with network.inside(lambda: NameServer({HOST: ["127.0.0.1"]},
                                           address="192.0.2.54")):
        result = look(server, wrapper=network.wrapper,
                      resolv="nameserver 192.0.2.53\nnameserver 192.0.2.54\n")
    assert result.status == 0 and result.seconds < 1 + AT_ONCE


def test_addresses_come_while_others_are_tried(there, look, network):
    """AAAA at once, and dead; A much later."""
    network.kill("2001:db8::1")
    server = network.inside(lambda: there("192.0.2.1"))
    with network.inside(lambda: NameServer({HOST: {
            AAAA: ["2001:db8::1"],
            A: lambda q: [0.6, reply(q, "192.0.2.1")]}},
            address="127.0.0.1")) as dns:
        result = look(server, dns=dns, wrapper=network.wrapper)
    assert result.status == 0 and 0.6 < result.seconds < 0.6 + AT_ONCE


# ---- the process

def test_nothing_forks(there, look, tmp_path):
    trace = tmp_path / "trace"
    with NameServer({HOST: ["127.0.0.1"]}) as dns:
        result = look(there(), dns=dns, wrapper=[
            "strace", "-f", "-o", trace, "-e", "trace=process"])
    assert result.status == 0
    last = trace.read_text().rsplit("execve(", 1)[1]
    assert not re.search(r"\b(v?fork|clone3?)\(", last)


def test_few_files(there, look):
    """0, 1 and 2, and five more."""
    with NameServer({HOST: {A: ["127.0.0.1"], AAAA: SILENCE}}) as dns:
        reached(look(there(), dns=dns, wrapper=["prlimit", "--nofile=8"]))


def test_dead_addresses_and_few_files(there, look, network):
    """Older attempts make room."""
    dead = [f"192.0.2.{n}" for n in range(1, 9)]
    network.kill(*dead)
    server = network.inside(lambda: there("192.0.2.99"))
    with network.inside(lambda: NameServer({HOST: {
            A: [*dead, "192.0.2.99"], AAAA: SILENCE}},
            address="127.0.0.1")) as dns:
        result = look(server, dns=dns, t=9,
                      wrapper=[*network.wrapper, "prlimit", "--nofile=6"])
    assert result.status == 0 and result.seconds < 2 + AT_ONCE


# ---- a real server

def test_dnsmasq(there, look, network, tmp_path):
    """Aliases, a name with one family, one that is not there."""
    if not shutil.which("dnsmasq"):
        pytest.skip("needs dnsmasq")
    config = tmp_path / "dnsmasq.conf"
    config.write_text(f"""
port=53
listen-address=127.0.0.1
bind-interfaces
no-resolv
no-hosts
user=root
pid-file={tmp_path}/pid
local=/example/
host-record=end.example,127.0.0.1
host-record=six.example,::1
cname={HOST},end.example
""")
    running = subprocess.Popen([*network.wrapper, "dnsmasq", "-k", "-C",
                                str(config)])
    try:
        until(lambda: (tmp_path / "pid").exists(), 5)
        resolv = "nameserver 127.0.0.1\n"
        server = network.inside(lambda: there())
        reached(look(server, resolv=resolv, wrapper=network.wrapper))
        refused(look(server, resolv=resolv, wrapper=network.wrapper,
                     name="no.example"), NO_HOST)
        refused(look(server, resolv=resolv, wrapper=network.wrapper,
                     name="elsewhere.test"), NOT_NOW)
    finally:
        running.kill()
        running.wait()
