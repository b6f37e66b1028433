# SPDX-License-Identifier: MIT
# Peers and networks that misbehave: cut off at any byte, silent, slow, endless,
# and with TLS messages at odd moments. It ends in time, in little memory, and
# what its status says of the token is true.

import ctypes
import json
import socket
import ssl
import struct
import threading
import time
from contextlib import ExitStack, contextmanager
from itertools import chain, repeat

import pytest

import conftest
from conftest import KEY, RUNNER
from faults import (PEAK, THOROUGH, Relay, asked, records, settle_server,
                    together, untrue)
from faults import meter, standin    # noqa: F401, fixtures
from server import ID, IDS, Turn, chunked, each_byte, http, record
from standin import Standin

# seconds that a run may take beyond its --timeout
LATE = 10 if RUNNER else 1.5
DONE = http(200, record())
HEAD_END = DONE.index(b"\r\n\r\n") + 4
GIVEN = {"LANGSMITH_API_KEY": KEY}
# Bytes between cuts, where not all are made, and where all are: an emulator is
# ten times slower.
STEP = 1 if THOROUGH else 61 if RUNNER else 7
EACH = STEP if RUNNER else 1
# lists that settle nothing, where a server is to answer what comes then
LISTS = Turn(http(403, {"detail": "Forbidden"})), Turn(http(200, b"[]"))


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    """What hangs is found out soon."""
    monkeypatch.setattr(conftest, "LONGEST", 12 + LATE)


@pytest.fixture
def measured(patrm, certs, meter, tmp_path):    # noqa: F811
    """measured(url, *args, timeout) is a run that ended in time and took
    little memory; in that of so many deadlines, of the token and of lists.
    Runs in any thread."""
    numbers = iter(range(1_000_000))

    def run(url, *args, timeout=3, retries=0, env=None, deadlines=1, **more):
        file = tmp_path / f"peak{next(numbers)}"
        result = patrm("-e", url, "--cacert", certs.ca, "-t", str(timeout),
                       f"--retries={retries}", "-j", *args,
                       env=GIVEN | (env or {}), wrapper=meter(file), **more)
        assert result.status >= 0, result
        assert result.seconds < deadlines * timeout + LATE, result
        peak = int(file.read_text())
        file.unlink()   # there are thousands
        assert RUNNER or peak < PEAK, f"{peak} KiB"
        run.peak = max(run.peak, peak)
        return result
    run.peak = 0
    yield run
    print(f"peak memory: {run.peak} KiB")


@pytest.fixture
def plain_standin():
    with Standin() as running:
        yield running


# ---- cut off at any byte

@pytest.fixture
def through(measured):
    """through(standin, **how) is (status, link, token) of one deletion
    through a relay. What is unknown has patrm ask for lists, two handshakes
    more; only some of these cuts need to be theirs, too."""
    def run(standin, *, retries=0, plain=False, **how):
        token = standin.org.add().id
        with Relay(standin.port, **how) as relay:
            url = relay.url.replace("https", "http") if plain else relay.url
            result = measured(url, token, retries=retries,
                              env={"LANGSMITH_API_KEY": standin.org.key})
        assert len(result.objects) == 1
        return result, relay.links, token
    return run


def positions(stream, step=1):
    """Every so many bytes, and every one of record headers."""
    # a signature, and with it all, is some bytes longer now and then
    chosen = set(range(0, len(stream) + 12, step))
    for at, _, length in records(stream):
        chosen.update(range(at, at + 6))
        chosen.update((at + length - 1, at + length))
    return sorted(chosen)


def judge(standin, outcomes, more=lambda *_: None):
    """Fails with all that is not true; counts statuses otherwise."""
    settle_server()
    wrong, statuses = [], {}
    for at, (result, links, token) in outcomes:
        statuses[result.status] = statuses.get(result.status, 0) + 1
        fault = untrue(standin, token, result.status) \
            or more(at, result, links, token)
        if fault:
            wrong.append(f"byte {at}: {fault}: {result.out[:300]}")
    assert not wrong, "\n".join([f"{len(wrong)} of {len(outcomes)}", *wrong])
    return statuses


def deletions(server):
    """The requests without those for lists."""
    return [r for r in server.requests if r.startswith(b"DELETE ")]


def was_sent(link, length):
    """Whether the request's record came out of the client whole."""
    return any(size == length for at, _, size in records(link.up)
               if at + size <= len(link.up))


def data_records(stream):
    """(offset, length) of records that may hold a request or an answer."""
    return [(at, length) for at, kind, length in records(stream)
            if kind == 23 and length > 100]


VERSIONS = [("TLSv1_3", EACH), ("TLSv1_2", STEP)]


@pytest.mark.parametrize("version, step", VERSIONS)
@pytest.mark.parametrize("how", ["fin", "rst"])
def test_cut_on_the_way_to_the_client(standin, through, how, version, step):
    """Of handshake, tickets and answer. Its own bytes still arrive."""
    standin.tls.maximum_version = ssl.TLSVersion[version]
    _, (whole,), _ = through(standin)
    request = data_records(whole.up)[-1][1]
    answered = sum(data_records(whole.down)[-1])
    chosen = positions(whole.down, step)
    outcomes = list(zip(chosen, together(
        lambda at: through(standin, down=at, how=how, alone=at % STEP),
        chosen)))

    def more(at, result, links, token):
        link, *others = links   # those of lists
        if bool(others) != (result.status == 6):
            return f"{result.status} with {len(links)} connections"
        gone = token in standin.org.deleted
        if how == "fin" and (result.status == 5) == was_sent(link, request):
            return f"{result.status}, but sent: {result.status != 5}"
        if how == "fin" and (result.status != 5) != gone:
            return f"{result.status}, but deleted: {gone}"
        # or shorter: see positions()
        if result.status == 0 and link.cut and at < answered - 12:
            return "it was not answered"
    statuses = judge(standin, outcomes, more)
    print(f"cuts to the client, {version}, {how}: {len(chosen)} of "
          f"{len(whole.down)} positions, statuses {statuses}")
    assert set(statuses) == {0, 5, 6}


@pytest.mark.parametrize("version, step", VERSIONS)
@pytest.mark.parametrize("how", ["fin", "rst"])
def test_cut_on_the_way_to_the_server(standin, through, how, version, step):
    """The request is sent, and arrives or not."""
    standin.tls.maximum_version = ssl.TLSVersion[version]
    _, (whole,), _ = through(standin)
    needed = sum(data_records(whole.up)[-1])
    chosen = positions(whole.up, step)
    outcomes = list(zip(chosen, together(
        lambda at: through(standin, up=at, how=how, alone=at % STEP), chosen)))

    def more(at, result, _, token):
        if token in standin.org.deleted and at < needed:
            return "deleted by a part of a request"
    statuses = judge(standin, outcomes, more)
    print(f"cuts to the server, {version}, {how}: {len(chosen)} of "
          f"{len(whole.up)} positions, statuses {statuses}")
    assert {5, 6} <= set(statuses)


def test_cut_and_tried_again(standin, through):
    """The second attempt meets nothing: done, or it is not there any more,
    which only a lost answer explains."""
    _, (whole,), _ = through(standin)
    chosen = positions(whole.down, 61)[::3]
    cases = [(at, how) for at in chosen for how in ("fin", "rst")]
    outcomes = list(zip(cases, together(
        lambda case: through(standin, down=case[0], how=case[1], first=True,
                             retries=1), cases, at_once=12)))

    def more(_, result, links, token):
        first = [r for r in asked(standin, token) if r.executed]
        if len(links) == 1:
            return None if result.status == 0 else "no other attempt"
        if len(asked(standin, token)) == 1 and result.status != 0:
            return "done at the second attempt, and not told"
        if len(asked(standin, token)) == 2 and result.status != 6:
            return "done at the first attempt, which was lost"
        if len(first) != 1:
            return "deleted so often: " + str(len(first))
    statuses = judge(standin, outcomes, more)
    print(f"cuts before a retry: {len(cases)} positions, statuses {statuses}")
    assert set(statuses) == {0, 6}


@pytest.mark.parametrize("how", ["fin", "rst"])
def test_cut_without_tls(plain_standin, through, how):
    """At every byte of the head and the body."""
    standin = plain_standin
    _, (whole,), _ = through(standin, plain=True)
    end = len(whole.down)
    head = whole.down.index(b"\r\n\r\n") + 4
    chosen = range(1 if how == "rst" else 0, end + 1, EACH)
    outcomes = list(zip(chosen, together(
        lambda at: through(standin, plain=True, down=at, how=how), chosen)))

    def more(at, result, *_):
        right = 6 if at < head else 8 if at < end else 0
        if result.status != right:
            return f"{result.status} instead of {right}"
    statuses = judge(standin, outcomes, more)
    print(f"cuts of plain HTTP, {how}: {len(chosen)} of {end + 1} positions, "
          f"statuses {statuses}")


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize("end", ["clean", "cut", "reset"])
def test_cut_between_records(serve, measured, version, end):
    """The answer as records of a byte each, up to any of its bytes; also
    with a goodbye, which makes nothing whole."""
    edges = {0, 1, HEAD_END - 1, HEAD_END, HEAD_END + 1, len(DONE) - 1}
    chosen = sorted(edges | set(range(0, len(DONE), STEP)))

    def run(at):
        server = serve(Turn(each_byte(DONE[:at]), end=end), version=version)
        result = measured(server.url("127.0.0.1"), ID)
        return at, result.status, len(server.requests)

    def right(at):
        # A reset throws away what has not left yet.
        return {6} if at < HEAD_END else {6, 8} if end == "reset" else {8}
    wrong = [found for found in together(run, chosen)
             if found[1] not in right(found[0]) or found[2] != 1]
    print(f"cuts between records, {version}, {end}: {len(chosen)}")
    assert not wrong, wrong


@pytest.mark.parametrize("version", [None, "TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize("end", ["clean", "cut", "reset"])
def test_cut_where_the_end_is_the_length(serve, measured, version, end):
    """Only a goodbye (over plain TCP: a FIN) makes the body whole, and then
    half a record is none. What is cut off is torn, all of it or not."""
    done = http(200, record(), length=False)
    head = done.index(b"\r\n\r\n") + 4

    def right(at):
        whole = end == "clean" or (end == "cut" and not version)
        if end == "reset":
            return {6} if at < head else {6, 8}
        return {6} if at < head else {8} if not whole \
            else {0} if at == len(done) else {6}

    def run(at):
        server = serve(Turn(done[:at], end=end), version=version,
                       plain=not version)
        result = measured(server.url("127.0.0.1"), ID)
        return at, result.status
    chosen = sorted({*range(0, len(done), 23), head - 1, head, len(done) - 1,
                     len(done)})
    wrong = [(at, status) for at, status in together(run, chosen)
             if status not in right(at)]
    print(f"cuts without a length, {version}, {end}: {len(chosen)}")
    assert not wrong, wrong


# ---- silent and slow

def drip(data):
    """A byte a second."""
    return chain.from_iterable((byte, 1.0) for byte in each_byte(data))


SLOW = {
    "no handshake": (5, Turn(end="hang", early=True)),
    "a handshake that drips": (5, Turn(drip(b"\x16\3\3\0\x5a" + b"\2" * 90),
                                       early=True)),
    "an alert that drips": (5, Turn(drip(b"\x15\3\3\0\2\2\x28" * 9),
                                    early=True)),
    "no answer": (6, Turn(end="hang")),
    "an answer that drips": (6, Turn(drip(DONE))),
    "a body that drips": (8, Turn(chain([DONE[:HEAD_END]],
                                        drip(DONE[HEAD_END:])))),
    "half an answer": (6, Turn(DONE[:HEAD_END - 3], end="hang")),
    "half a body": (8, Turn(DONE[:-1], end="hang")),
    "1xx that drip": (6, Turn(drip(b"HTTP/1.1 100 Continue\r\n\r\n"))),
}


def test_slow(serve, measured):
    """Ends with its --timeout, not before, not much later."""
    def run(name):
        status, turn = SLOW[name]
        server = serve(turn, *LISTS[:2 * (status == 6)])
        result = measured(server.url("127.0.0.1"), ID, timeout=2, retries=9)
        return name, result.status, result.seconds, len(deletions(server))
    wrong = []
    for name, status, seconds, requests in together(run, SLOW, at_once=9):
        if status != SLOW[name][0] or seconds < 1.9 \
                or requests != (0 if status == 5 else 1):
            wrong.append((name, status, seconds, requests))
    assert not wrong, wrong


SILENT = Turn(end="hang")
SLOW_LISTS = {
    "both": [SILENT, SILENT],
    "of members": [SILENT, LISTS[1]],
    "one's own": [LISTS[0], SILENT],
    "that drip": [Turn(drip(http(200, b"[]"))), SILENT],
    "in the head": [Turn(http(200, b"[]")[:20], end="hang"), SILENT],
    "in a record": [Turn(http(200, [record()])[:-9], end="hang"), SILENT],
}


@pytest.mark.parametrize("name", SLOW_LISTS)
def test_slow_lists(serve, measured, name):
    """After a deletion that is unknown they have one more deadline, and all
    of it only where they need it."""
    server = serve(Turn(http(202)), *SLOW_LISTS[name])
    result = measured(server.url("127.0.0.1"), ID, timeout=2, retries=9)
    assert result.status == 6 and len(deletions(server)) == 1
    assert result.seconds > 1.9


def test_slow_all_the_way(serve, measured):
    """Two deadlines, and no more."""
    server = serve(SILENT, SILENT, SILENT)
    result = measured(server.url("127.0.0.1"), ID, timeout=1, retries=9,
                      deadlines=2)
    assert result.status == 6 and len(deletions(server)) == 1


def test_slow_both_ways(standin, through):
    """Through a network of a byte a second."""
    result, _, token = through(standin, piece=1, pause=1.0)
    settle_server()
    assert result.status == 5
    assert untrue(standin, token, 5) is None


def test_never_accepted(measured):
    """A listener whose owner is busy: the kernel accepts, nobody answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        result = measured(url, ID, timeout=1)
    assert result.status == 5


# ---- endless and large

LINE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKS = LINE + b"Transfer-Encoding: chunked\r\n\r\n"
MANY = b"".join(b"X-Number-%d: %s\r\n" % (n, b"v" * 80) for n in range(10_000))
TEXT = json.dumps(record(description="d" * 500_000)).encode()
MEGABYTE = json.dumps(record(description="d" * 1_100_000)).encode()
LARGE = {
    "a megabyte of headers": (6, [LINE + MANY + b"Content-Length: 0\r\n\r\n"]),
    "a header of a megabyte": (6, [LINE + b"X: " + b"v" * 1_000_000,
                                   b"\r\n\r\n"]),
    "endless headers": (6, chain([LINE], repeat(MANY[:16000]))),
    "an endless status line": (6, repeat(b"HTTP/1.1 " * 1000)),
    "endless 1xx": (6, repeat(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 50)),
    "endless 1xx with fields": (6, repeat(
        b"HTTP/1.1 103 Early Hints\r\n" + MANY[:9000] + b"\r\n\r\n")),
    "an endless body": (8, chain([LINE, b"\r\n"], repeat(b" " * 16000))),
    "an endless token": (8, chain([LINE, b"\r\n", TEXT[:-9]],
                                  repeat(b"d" * 16000))),
    "endless chunks": (8, chain([CHUNKS], repeat(
        chunked(b" " * 9000, 1)[:-5]))),
    "endless empty lines": (6, repeat(b"\r\n" * 4000)),
    "endless brackets": (6, chain([LINE, b"\r\n"], repeat(b"[" * 16000))),
    "endless page": (6, chain([LINE.replace(b"json", b"html"), b"\r\n"],
                              repeat(b"<p>" * 5000))),
    "a body of half a megabyte": (0, [http(200, TEXT)]),
    "a body of a megabyte": (8, [http(200, MEGABYTE)]),
    "an error of a megabyte": (6, [http(503, MEGABYTE)]),
}


@pytest.mark.parametrize("name", LARGE)
def test_large(serve, measured, name):
    """Nothing grows, and nothing is read for ever."""
    status, parts = LARGE[name]
    server = serve(Turn(parts))
    result = measured(server.url("127.0.0.1"), ID, timeout=5)
    assert result.status == status, result.out[:300]
    assert result.seconds < 4
    assert len(server.requests) == 1


def test_large_and_dripping(serve, measured):
    """One byte a record, and as fast as it goes: half a megabyte of that is
    not waited for."""
    server = serve(Turn(chain([LINE, b"\r\n"], repeat(b" "))))
    result = measured(server.url("127.0.0.1"), ID, timeout=1)
    assert result.status == 8


# ---- floods of TLS records that carry nothing

CHANGE = b"\x14\3\3\0\1\1"             # change_cipher_spec, RFC 8446 5
WARNING = b"\x15\3\3\0\2\1\x5a"        # user_canceled
HELLO_REQUEST = b"\x16\3\3\0\4\0\0\0\0"
EMPTY = b"\x16\3\3\0\0"


@contextmanager
def listening(serve_one):
    """A port where serve_one(socket) gets each connection, in threads."""
    with ExitStack() as stack:
        listener = stack.enter_context(
            socket.create_server(("127.0.0.1", 0)))
        links, threads = [], []

        def one(link):
            with link:
                try:
                    link.settimeout(10)
                    serve_one(link)
                except (OSError, EOFError):
                    pass    # the client has left

        def accept():
            while True:
                try:
                    link, _ = listener.accept()
                except OSError:
                    return
                links.append(link)
                threads.append(threading.Thread(target=one, args=(link,),
                                                daemon=True))
                threads[-1].start()

        main = threading.Thread(target=accept, daemon=True)
        main.start()
        try:
            yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            main.join(5)
            for thread in threads:
                thread.join(12)
                assert not thread.is_alive(), "the server does not end"


def flood(link, data):
    """Until the client leaves, or for some seconds."""
    end = time.monotonic() + 4
    while time.monotonic() < end:
        link.sendall(data * 5000)


def server_context(certs, version=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certs.leaf.chain, certs.leaf.key)
    if version:
        context.minimum_version = context.maximum_version = version
    return context


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize("flight", [False, True], ids=["at once", "later"])
@pytest.mark.parametrize("rubbish", [CHANGE, WARNING, HELLO_REQUEST, EMPTY],
                         ids=["change", "warning", "hello", "empty"])
def test_flood_in_the_handshake(certs, measured, rubbish, flight, version):
    """Instead of a ServerHello, or behind it. Faster than it can read."""
    def serve_one(link):
        hello = link.recv(4000)
        if flight:
            came, goes = ssl.MemoryBIO(), ssl.MemoryBIO()
            context = server_context(certs, ssl.TLSVersion[version])
            session = context.wrap_bio(came, goes, server_side=True)
            came.write(hello)
            with pytest.raises(ssl.SSLWantReadError):
                session.do_handshake()
            answer = goes.read()
            link.sendall(answer[:records(answer)[0][2]])
        flood(link, rubbish)

    with listening(serve_one) as url:
        result = measured(url, ID, timeout=1)
    assert result.status == 5


def test_flood_of_tickets(certs, measured):
    """Millions of session tickets before the answer."""
    def serve_one(link):
        context = server_context(certs)
        context.num_tickets = 5_000_000
        with context.wrap_socket(link, server_side=True) as session:
            session.recv(9000)

    with listening(serve_one) as url:
        result = measured(url, ID, timeout=1)
    assert result.status in (5, 6)


# ---- alerts

ALERTS = {"fatal": b"\x15\3\3\0\2\2\x28", "warning": WARNING,
          "goodbye": b"\x15\3\3\0\2\1\0", "short": b"\x15\3\3\0\1\2",
          "odd": b"\x15\3\3\0\2\7\xff"}


@pytest.mark.parametrize("name", ALERTS)
def test_alert_between_records(standin, through, name):
    """Unprotected, at every place between the server's records."""
    _, (whole,), _ = through(standin)
    chosen = range(9)   # 6 of the handshake, 2 tickets, the answer
    assert len(records(whole.down)) in (9, 10)  # and perhaps a goodbye
    outcomes = list(zip(chosen, together(
        lambda n: through(standin, insert=(n, ALERTS[name])), chosen)))

    def more(number, result, *_):
        # Nothing unprotected is believed once keys are there; before, what
        # is no fatal alert may be ignored.
        early = number < 6
        if early and result.status not in (
                (0, 5) if name in ("warning", "odd") else (5,)):
            return f"{result.status} in the handshake"
        if not early and result.status != 6:
            return f"{result.status} instead of 6"
    statuses = judge(standin, outcomes, more)
    print(f"alerts, {name}: {len(chosen)} places, statuses {statuses}")


STAGES = {"before": (6, 0), "in the head": (6, HEAD_END - 9),
          "behind the head": (8, HEAD_END), "in the body": (8, HEAD_END + 99),
          "behind it": (0, len(DONE))}


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize("stage", STAGES)
def test_alert_that_is_protected(certs, measured, stage, version):
    """A fatal one of a server that was sent rubbish, at each stage."""
    status, at = STAGES[stage]

    def serve_one(link):
        came, goes = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = server_context(certs, ssl.TLSVersion[version])
        session = context.wrap_bio(came, goes, server_side=True)

        def fetch(work):
            while True:
                try:
                    return work()
                except ssl.SSLWantReadError:
                    link.sendall(goes.read())
                    data = link.recv(65536)
                    if not data:
                        raise EOFError from None
                    came.write(data)
        fetch(session.do_handshake)
        request = fetch(lambda: session.read(9000))
        if request.startswith(b"GET "):     # would a list settle it?
            return
        assert request.startswith(b"DELETE ")
        if at:
            session.write(DONE[:at])
        came.write(b"\x17\3\3\0\x20" + b"?" * 32)
        with pytest.raises(ssl.SSLError):
            session.read(100)
        link.sendall(goes.read())
        link.recv(100)

    with listening(serve_one) as url:
        result = measured(url, ID)
    assert result.status == status, result
    if status:
        assert b"bad_record_mac" in result.out


@pytest.mark.parametrize("version, right", [("TLSv1_2", {5}),
                                            ("TLSv1_3", {5, 6})])
def test_alert_for_want_of_a_certificate(certs, measured, version, right):
    """In TLS 1.3 it comes about when the request leaves."""
    context = server_context(certs, ssl.TLSVersion[version])
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(certs.ca)

    def serve_one(link):
        with pytest.raises(ssl.SSLError):
            context.wrap_socket(link, server_side=True)
        link.recv(100)

    with listening(serve_one) as url:
        result = measured(url, ID)
    assert result.status in right, result


# ---- TLS messages that Python's ssl cannot send: OpenSSL itself

class OpenSsl:
    """A blocking TLS server session on a connected socket."""

    library = None

    def __init__(self, link, cert, version):
        """version is 0x0303 or 0x0304."""
        call = self.call
        link.settimeout(None)
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            link.setsockopt(socket.SOL_SOCKET, option,
                            struct.pack("ll", 5, 0))
        self.context = call("SSL_CTX_new", call("TLS_server_method"))
        for control in (123, 124):  # lowest and highest version
            assert call("SSL_CTX_ctrl", self.context, control, version, None)
        for name, file in (("SSL_CTX_use_certificate_chain_file", cert.chain),
                           ("SSL_CTX_use_PrivateKey_file", cert.key)):
            assert call(name, self.context, bytes(file), 1) == 1
        self.session = call("SSL_new", self.context)
        assert call("SSL_set_fd", self.session, link.fileno()) == 1
        self.must("SSL_accept")

    @classmethod
    def call(cls, name, *args):
        if not cls.library:
            cls.library = ctypes.CDLL("libssl.so.3")
        function = getattr(cls.library, name)
        function.restype = (ctypes.c_void_p if name.endswith(("_new",
                                                              "_method"))
                            else ctypes.c_long if "ctrl" in name
                            else ctypes.c_int)
        return function(*(ctypes.c_void_p(arg) if isinstance(arg, int)
                          and arg > 1 << 31 else ctypes.c_long(arg)
                          if isinstance(arg, int) else arg for arg in args))

    def must(self, name, *args):
        got = self.call(name, self.session, *args)
        if got <= 0:
            raise EOFError(name)
        return got

    def request(self):
        data = b""
        while b"\r\n\r\n" not in data:
            room = ctypes.create_string_buffer(9000)
            size = self.must("SSL_read", room, 9000)
            data += room.raw[:size]
        return data

    def write(self, data):
        if data:
            self.must("SSL_write", data, len(data))

    def ticket(self):
        self.must("SSL_new_session_ticket")
        self.must("SSL_do_handshake")

    def key_update(self, asks=False):
        self.must("SSL_key_update", int(asks))
        self.must("SSL_do_handshake")

    def hello_request(self):
        """TLS 1.2: asks for a renegotiation, and goes on."""
        self.must("SSL_renegotiate")
        self.call("SSL_do_handshake", self.session)

    def close(self):
        self.call("SSL_shutdown", self.session)
        self.call("SSL_free", self.session)
        self.call("SSL_CTX_free", self.context)


@pytest.fixture
def openssl(certs):
    """openssl(version, script) is the URL of a server that calls script with
    the session, for each connection; .requests counts."""
    with ExitStack() as stack:
        def start(version, script):
            def serve_one(link):
                session = OpenSsl(link, certs.leaf, version)
                try:
                    script(session)
                finally:
                    session.close()
            return stack.enter_context(listening(serve_one))
        yield start


PLACES = {"before": 0, "in the head": HEAD_END - 9, "behind the head": HEAD_END,
          "in the body": HEAD_END + 99, "behind it": len(DONE)}


@pytest.mark.parametrize("asks", [False, True])
@pytest.mark.parametrize("place", PLACES)
def test_key_update(openssl, measured, place, asks):
    """mbedTLS 3.6 knows none: the answer is lost, the deletion is not."""
    at = PLACES[place]
    seen = []

    def script(session):
        request = session.request()
        if request.startswith(b"GET "):     # would a list settle it?
            return
        seen.append(request)
        session.write(DONE[:at])
        session.key_update(asks)
        session.write(DONE[at:])

    result = measured(openssl(0x0304, script), ID)
    assert result.status == (6 if at < HEAD_END else 8 if at < len(DONE)
                             else 0), result
    assert len(seen) == 1


@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize("place", PLACES)
def test_ticket(openssl, measured, place, count):
    """A session ticket is nothing, wherever it comes."""
    at = PLACES[place]

    def script(session):
        session.request()
        session.write(DONE[:at])
        for _ in range(count):
            session.ticket()
        session.write(DONE[at:])

    result = measured(openssl(0x0304, script), ID)
    assert result.status == 0, result
    assert result.objects[0]["attempts"] == 1


def answer_to(request, seen):
    """What a batch asks for: the caller's own list once, which shows none;
    then deletions, whose ids are added to `seen`."""
    if request.startswith(b"GET "):
        assert not seen
        return http(200, b"[]")
    seen.append(request.split(b" ")[1][-36:].decode())
    return http(200, record(seen[-1]))


@pytest.mark.parametrize("where", [0, 40, len(DONE)])
def test_tickets_in_a_batch(openssl, measured, where):
    """Before, in and behind each answer of a connection that is kept; behind
    an answer it may cost a new connection, and nothing else."""
    seen = []

    def script(session):
        for _ in IDS:
            answer = answer_to(session.request(), seen)
            session.write(answer[:where])
            session.ticket()
            session.write(answer[where:])

    result = measured(openssl(0x0304, script), *IDS[:20])
    assert result.status == 0, result
    assert seen == IDS[:20]     # none of them twice
    assert [told["record"]["id"] for told in result.objects] == IDS[:20]
    assert {told["attempts"] for told in result.objects} == {1}


@pytest.mark.parametrize("place", PLACES)
def test_hello_request(openssl, measured, place):
    """A renegotiation is not done. What the server then makes of it (OpenSSL
    gives up) is no reason to say a word too much."""
    at = PLACES[place]
    seen = []

    def script(session):
        seen.append(session.request())
        session.write(DONE[:at])
        session.hello_request()
        session.write(DONE[at:])

    result = measured(openssl(0x0303, script), ID)
    assert len(seen) == 1
    unanswered = 6 if at < HEAD_END else 8
    assert result.status in (0, unanswered), result
    if at == len(DONE):
        assert result.status == 0


def test_hello_requests_in_a_batch(openssl, measured):
    """Between the requests of a connection that is kept."""
    seen = []

    def script(session):
        for _ in IDS:
            session.write(answer_to(session.request(), seen))
            session.hello_request()

    result = measured(openssl(0x0303, script), *IDS[:10], retries=2)
    assert seen and set(seen) == set(IDS[:10])
    for told in result.objects:
        assert told["outcome"] == "deleted", told
