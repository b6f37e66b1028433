# SPDX-License-Identifier: MIT
# The way through a proxy: HTTP CONNECT and SOCKS 5, whom it is not for, what
# it refuses, and what it never sees.

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from conftest import KEY
from ports import closed_port, port_of, reserve
from proxies import Proxy
from server import ID, Turn, http, record

DONE = http(200, record())
USER = ("an engineer", "p@ss:w/rd%")
QUOTED = "an%20engineer:p%40ss%3Aw%2frd%25"
KINDS = ["http", "socks"]


@pytest.fixture
def through(serve, delete):
    """through(proxy, *args) deletes by way of it, from its environment."""
    def run(proxy, *args, url=None, turn=None, host="localhost", env=None,
            **more):
        server = serve(*(turn or [Turn(DONE)]))
        run.server = server
        return delete(server, "--retries=0", "-j", *args, ID,
                      endpoint=f"https://{host}:{server.port}",
                      env={"HTTPS_PROXY": url or (proxy and proxy.url) or ""} | (env or {}),
                      **more)
    return run


def refused(result, server, words):
    told, = result.objects
    assert (result.status, told["outcome"]) == (5, "unreachable"), result
    assert words in told["error"], told["error"]
    assert server.requests == []


# ---- tunnels

@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pieces", [False, True])
def test_a_tunnel(through, kind, pieces):
    """The proxy gets the name to resolve, and nothing of the key."""
    with Proxy(kind, pieces=pieces) as proxy:
        result = through(proxy)
        assert result.status == 0, result
        assert proxy.asked == [("localhost", through.server.port)]
        assert KEY.encode() not in proxy.seen
        assert b"Authorization" not in proxy.seen


@pytest.mark.parametrize("kind", KINDS)
def test_an_address_is_passed_on(through, kind):
    with Proxy(kind) as proxy:
        assert through(proxy, host="127.0.0.1").status == 0
        assert proxy.asked == [("127.0.0.1", through.server.port)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_user_and_a_password(through, kind):
    with Proxy(kind, user=USER) as proxy:
        assert through(proxy, url=proxy.with_user(QUOTED)).status == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("text", [None, "an%20engineer:other", "me"])
def test_a_user_that_is_not_right(through, kind, text):
    with Proxy(kind, user=USER) as proxy:
        result = through(proxy, url=text and proxy.with_user(text))
        refused(result, through.server, "user and password")
        assert "other" not in result.errors


@pytest.mark.parametrize("kind", KINDS)
def test_by_option(through, kind):
    """It goes before the environment, and an empty one means none."""
    with Proxy(kind) as proxy:
        assert through(proxy, "--proxy", proxy.url,
                       url="http://127.0.0.1:1").status == 0
        assert len(proxy.asked) == 1
        assert through(proxy, "--proxy", "").status == 0
        assert len(proxy.asked) == 1


def test_a_batch_over_one_tunnel(standin, ask):
    running = standin(tokens=4, others=0)
    ids = running.org.ids()
    with Proxy("http") as proxy:
        result = ask(running, "-", stdin="\n".join(ids[1:]).encode(),
                     env={"https_proxy": proxy.url})
        assert result.status == 0, result
        assert len(proxy.asked) == 1


@pytest.mark.parametrize("head", [
    b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 12x\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n",
    b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n",
    b"HTTP/1.1 204 Go\r\nContent-Length: 0\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n"
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
])
def test_a_tunnel_has_no_body(through, head):
    """Whatever its head says: RFC 9110 section 9.3.6."""
    with Proxy("http", head=head) as proxy:
        assert through(proxy).status == 0
        assert len(proxy.asked) == 1


# ---- refusals

@pytest.mark.parametrize("answer, words", [
    (b"HTTP/1.1 403 Forbidden\r\n\r\n", "HTTP status 403"),
    (b"HTTP/1.0 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nabc",
     "HTTP status 502"),
    (b"HTTP/1.1 301 Moved\r\nLocation: https://x/\r\n\r\n",
     "HTTP status 301"),
    (b"HTTP/1.1 200 OK\r\n\r\nmore", "before the server was asked"),
    (b"SSH-2.0-x\r\n", ""),
    (b"HTTP/1.1 200", "closed the connection"),
    (b"", "closed the connection"),
], ids=["403", "502", "301", "more", "ssh", "torn", "nothing"])
def test_what_a_proxy_refuses(through, answer, words):
    with Proxy("http", answer=answer) as proxy:
        refused(through(proxy), through.server, words)


@pytest.mark.parametrize("answer, words", [
    (b"\5\1\0\1" + bytes(6), "failed"),
    (b"\5\2\0\1" + bytes(6), "rules"),
    (b"\5\3\0\1" + bytes(6), "network"),
    (b"\5\4\0\1" + bytes(6), "host"),
    (b"\5\5\0\1" + bytes(6), "refused"),
    (b"\5\6\0\1" + bytes(6), "did not answer"),
    (b"\5\7\0\1" + bytes(6), "CONNECT"),
    (b"\5\x08\0\1" + bytes(6), "such addresses"),
    (b"\5\x09\0\1" + bytes(6), "does not speak SOCKS 5"),
    (b"\4\0\0\1" + bytes(6), "does not speak SOCKS 5"),
    (b"\5\0\0\2" + bytes(6), "does not speak SOCKS 5"),
    (b"\5\0\0", "closed the connection"),
    (b"\5\0\0\3\xffabc", "closed the connection"),
])
def test_what_a_socks_proxy_refuses(through, answer, words):
    with Proxy("socks", answer=answer) as proxy:
        refused(through(proxy), through.server, words)


@pytest.mark.parametrize("kind", KINDS)
def test_a_proxy_that_is_silent(through, kind):
    with Proxy(kind, silent=True) as proxy:
        result = through(proxy, "-t", "1")
        refused(result, through.server, "waiting for the proxy")
        assert 0.9 < result.seconds < 1.6


# ---- connections that a proxy resets

BREAKS = {      # what it says before that; None: it does not even listen
    "at once": {"http": None, "socks": None},
    "once asked": {"http": b"", "socks": b""},
    "half-way": {"http": b"HTTP/1.1 200 O", "socks": b"\5\0\0"},
}


def breaking(kind, when, resets):
    return Proxy(kind, answer=BREAKS[when][kind], resets=resets)


@pytest.mark.parametrize("when", BREAKS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_proxy_that_breaks_off(through, kind, when):
    """Nothing has left, so nothing is unknown."""
    with breaking(kind, when, 100) as proxy:
        refused(through(proxy), through.server, "the proxy does not lead")
        assert proxy.broken == 1


@pytest.mark.native("strace injects into patrm's own calls")
@pytest.mark.parametrize("error", ["ECONNRESET", "EPIPE"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_proxy_that_cannot_be_asked(through, kind, error):
    """It has reset the connection before."""
    with Proxy(kind) as proxy:
        result = through(proxy, wrapper=[
            "strace", "-o", "/dev/null", "-e",
            f"inject=sendto:error={error}:when=1"])
        refused(result, through.server, "the proxy does not lead there")
        assert proxy.asked == []


@pytest.mark.parametrize("retries", [0, 2])
@pytest.mark.parametrize("when", BREAKS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_was_not_sent_is_not_proved(standin, ask, kind, when, retries):
    """The lists can be read by then, and do not show the token: that proves no
    deletion where none was sent."""
    running = standin(tokens=2, admin=True)
    with breaking(kind, when, retries + 1) as proxy:
        result = ask(running, "-j", f"--retries={retries}", ID,
                     env={"HTTPS_PROXY": proxy.url})
        told, = result.objects
        assert (result.status, told["outcome"]) == (5, "unreachable"), result
        assert "the proxy does not lead there" in told["error"]
        assert told["attempts"] == proxy.broken == retries + 1
    assert [r for r in running.requests if r.method != "GET"] == []


@pytest.mark.parametrize("when", BREAKS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_proxy_that_leads_there_at_last(standin, ask, kind, when):
    running = standin(tokens=3, others=0)
    token = running.org.ids()[1]
    with breaking(kind, when, 1) as proxy:
        result = ask(running, "-j", "--retries=1", token,
                     env={"HTTPS_PROXY": proxy.url})
        assert (result.status, proxy.broken) == (0, 1), result
    assert token in running.org.deleted


@pytest.mark.parametrize("when", BREAKS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_list_through_a_proxy_that_breaks_off(standin, ask, kind, when):
    running = standin(tokens=2)
    with breaking(kind, when, 100) as proxy:
        result = ask(running, "--list", "--retries=0",
                     env={"HTTPS_PROXY": proxy.url})
        assert result.status == 5 and result.out == b"", result
        assert "the proxy does not lead there" in result.errors
    assert running.requests == []


def test_a_proxy_that_is_not_there(through):
    result = through(None, url=f"http://127.0.0.1:{closed_port()}")
    refused(result, through.server, "proxy")


@pytest.mark.parametrize("url, words", [
    ("https://127.0.0.1:1", "https:// proxies are not supported"),
    ("socks4://127.0.0.1:1", "socks4:// proxies are not supported"),
    ("socks4a://127.0.0.1:1", "socks4a:// proxies are not supported"),
    ("ftp://127.0.0.1:1", "ftp:// proxies"),
    ("http://127.0.0.1:99999", "port"),
    ("http://", "host"),
    ("http://a b:1", "host"),
    ("http://me:top%zzsecret@127.0.0.1:1", "user or password"),
])
def test_urls_that_are_none(through, url, words):
    """Refused before anything is sent, and no password is repeated."""
    result = through(None, url=url)
    told, = result.objects
    assert result.status == 2 and words in told["error"]
    assert "secret" not in result.out.decode() + result.errors


def test_a_password_on_the_command_line(through):
    with Proxy("http", user=USER) as proxy:
        result = through(proxy, "--proxy", proxy.with_user("me:topsecret"))
        assert result.status == 2 and "HTTPS_PROXY" in result.objects[0]["error"]
        assert b"topsecret" not in result.out + result.err
        assert proxy.asked == []


# ---- which one, and whom it is not for

@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY",
                                  "all_proxy"])
def test_variables(through, name):
    with Proxy("http") as proxy:
        result = through(proxy, env={"HTTPS_PROXY": "", name: proxy.url})
        assert result.status == 0 and len(proxy.asked) == 1


def test_a_proxy_without_a_scheme(through):
    with Proxy("http") as proxy:
        assert through(proxy, url=f"127.0.0.1:{proxy.port}/").status == 0
        assert len(proxy.asked) == 1


@pytest.mark.parametrize("first, second", [
    ("https_proxy", "HTTPS_PROXY"), ("HTTPS_PROXY", "all_proxy"),
    ("HTTPS_PROXY", "ALL_PROXY"), ("all_proxy", "ALL_PROXY")])
def test_which_variable_counts(through, first, second):
    with Proxy("http") as proxy, Proxy("http") as other:
        env = {"HTTPS_PROXY": ""} | {first: proxy.url, second: other.url}
        assert through(proxy, env=env).status == 0
        assert (len(proxy.asked), len(other.asked)) == (1, 0)


def test_http_proxy_is_for_something_else(through):
    result = through(None, env={"HTTPS_PROXY": "",
                                "http_proxy": "http://127.0.0.1:1",
                                "HTTP_PROXY": "http://127.0.0.1:1"})
    assert result.status == 0


@pytest.mark.parametrize("text, bypassed", [
    ("*", True), ("localhost", True), ("example.com, localhost", True),
    ("example.com localhost", True), ("LOCALHOST", True),
    (".localhost", True), ("localhost.", True), ("a,,*", True),
    ("localhost:{port}", True), ("localhost:1", False), ("*:1", False),
    ("*:{port}", True), ("localhost:{port}0", False),
    ("host", False), ("example.com", False), ("", False), (",", False),
    ("127.0.0.1", False), ("local", False), ("alhost", False),
    (".", False), (":{port}", False), ("x.localhost", False),
])
def test_names_that_need_none(serve, delete, text, bypassed):
    server = serve(Turn(DONE))
    with Proxy("http") as proxy:
        result = delete(server, "-j", ID, env={
            "HTTPS_PROXY": proxy.url,
            "NO_PROXY": text.format(port=server.port)},
            endpoint=f"https://localhost:{server.port}")
        assert result.status == 0, result
        assert len(proxy.asked) == (0 if bypassed else 1)


@pytest.mark.parametrize("text, bypassed", [
    ("127.0.0.1", True), ("127.0.0.0/8", True), ("127.0.0.1/32", True),
    ("126.0.0.0/7", True), ("0.0.0.0/0", True), ("128.0.0.0/8", False),
    ("127.0.0.2", False), ("127.0.0.0/33", False), ("127.0.0.0/", False),
    ("127.0.0.1:443", False), ("0.0.1", False), ("::1", False),
    ("::/0", False), ("[127.0.0.1]", True),
])
def test_addresses_that_need_none(through, text, bypassed):
    with Proxy("http") as proxy:
        result = through(proxy, host="127.0.0.1", env={"no_proxy": text})
        assert result.status == 0, result
        assert len(proxy.asked) == (0 if bypassed else 1)


def test_the_lower_case_list_counts(through):
    with Proxy("http") as proxy:
        through(proxy, env={"no_proxy": "example.com", "NO_PROXY": "*"})
        assert len(proxy.asked) == 1


def test_plain_http_needs_none(serve, delete):
    """http:// is for this machine, and never goes through a proxy."""
    server = serve(Turn(DONE), plain=True)
    with Proxy("http") as proxy:
        assert delete(server, "-j", ID, env={
            "HTTPS_PROXY": proxy.url, "ALL_PROXY": proxy.url}).status == 0
        assert proxy.asked == []
    result = delete(server, "--proxy", "http://127.0.0.1:1", ID)
    assert result.status == 2


# ---- real ones

@contextmanager
def running(command, port, **more):
    """A program that listens on that port, until the test is over."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, **more)
    try:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, process.stdout.read()
            time.sleep(0.05)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def program(name):
    path = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def by_password(through, port, quoted):
    """The right one is let through, a wrong one and none are not."""
    url = f"http://%s127.0.0.1:{port}"
    assert through(None, url=url % f"me:{quoted}@").status == 0
    for user in ("me:other@", ""):
        refused(through(None, url=url % user), through.server,
                "user and password")


def test_squid(through, tmp_path):
    with reserve() as held:
        port = port_of(held)
        folder = tempfile.mkdtemp(dir="/tmp")     # whoever squid becomes
        conf = tmp_path / "squid.conf"
        conf.write_text(f"""\
http_port 127.0.0.1:{port}
http_access allow all
cache deny all
cache_log /dev/null
access_log none
pid_filename none
coredump_dir {folder}
shutdown_lifetime 0 seconds
""")
        os.chmod(folder, 0o777)
        try:
            with running([program("squid"), "-N", "-f", conf], port):
                url = f"http://127.0.0.1:{port}"
                assert through(None, url=url).status == 0
                refused(through(None, url=url, host="no-such-host.invalid"),
                        through.server, "HTTP status 50")
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def test_squid_with_a_password(through, tmp_path):
    helper = Path("/usr/lib/squid/basic_ncsa_auth")
    squid = program("squid")
    with reserve() as held:
        port = port_of(held)
        folder = Path(tempfile.mkdtemp(dir="/tmp"))
        users, conf = folder / "users", tmp_path / "squid.conf"
        hashed = subprocess.run(["openssl", "passwd", "-apr1", "p@ss"],
                                stdout=subprocess.PIPE, text=True, check=True,
                                timeout=20).stdout
        users.write_text(f"me:{hashed}")
        users.chmod(0o644)
        folder.chmod(0o777)
        conf.write_text(f"""\
http_port 127.0.0.1:{port}
auth_param basic program {helper} {users}
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
cache deny all
cache_log /dev/null
access_log none
pid_filename none
coredump_dir {folder}
shutdown_lifetime 0 seconds
""")
        try:
            with running([squid, "-N", "-f", conf], port):
                by_password(through, port, "p%40ss")
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def test_tinyproxy_with_a_password(through, tmp_path):
    with reserve() as held:
        port = port_of(held)
        conf = tmp_path / "tinyproxy.conf"
        conf.write_text(f'Port {port}\nListen 127.0.0.1\nTimeout 30\n'
                        f'LogFile "{tmp_path}/log"\nMaxClients 10\n'
                        'BasicAuth me pass\n')
        with running([program("tinyproxy"), "-d", "-c", conf], port):
            by_password(through, port, "pass")


@pytest.fixture
def sshd(tmp_path):
    """A server for whoever runs the tests; gives the command to reach it."""
    program("sshd")
    if os.getuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir="/tmp"))     # of a path without blanks
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                        folder / name], check=True, timeout=20)
    conf = folder / "sshd_config"
    with reserve() as held:
        port = port_of(held)
        conf.write_text(f"""\
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
StrictModes no
UsePAM no
PidFile none
PermitRootLogin yes
""")
        with running([program("sshd"), "-D", "-e", "-f", conf], port):
            yield ["ssh", "-F", "/dev/null", "-N", "-p", str(port), "-i",
                   folder / "user", "-o", "StrictHostKeyChecking=no", "-o",
                   f"UserKnownHostsFile={folder}/known", "-o",
                   "ExitOnForwardFailure=yes", "-o", "BatchMode=yes"]
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize("way", ["-R", "-D"])
def test_ssh(through, sshd, way):
    """README's way out of a box that has none: ssh -R 1080 router."""
    with reserve() as held:
        port = port_of(held)
        with running([*sshd, way, f"127.0.0.1:{port}", "127.0.0.1"], port):
            url = f"socks5h://127.0.0.1:{port}"
            assert through(None, "--proxy", url).status == 0
            refused(through(None, "--proxy", url, "-t", "5",
                            host="no-such-host.invalid"), through.server,
                    "the proxy does not lead there")


@pytest.mark.parametrize("password", [False, True])
def test_dante(through, tmp_path, password):
    with reserve() as held:
        port = port_of(held)
        conf = tmp_path / "danted.conf"
        conf.write_text(f"""\
logoutput: /dev/null
internal: 127.0.0.1 port = {port}
external: lo
socksmethod: {"username" if password else "none"}
clientmethod: none
user.privileged: root
user.unprivileged: nobody
client pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 }}
socks pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 }}
""")
        if os.getuid() != 0:
            pytest.skip("dante wants root")
        with running([program("danted"), "-f", conf], port):
            url = f"socks5h://127.0.0.1:{port}"
            if password:    # of this machine's own users: none that we know
                refused(through(None, url=url), through.server,
                        "user and password")
                url = f"socks5h://nobody:wrong@127.0.0.1:{port}"
                refused(through(None, url=url), through.server, "")
            else:
                assert through(None, url=url).status == 0


def test_tinyproxy(through, tmp_path):
    with reserve() as held:
        port = port_of(held)
        conf = tmp_path / "tinyproxy.conf"
        conf.write_text(f'Port {port}\nListen 127.0.0.1\nTimeout 30\n'
                        f'LogFile "{tmp_path}/log"\nMaxClients 10\n')
        with running([program("tinyproxy"), "-d", "-c", conf], port):
            assert through(None, url=f"http://127.0.0.1:{port}").status == 0
            refused(through(None, url=f"http://127.0.0.1:{port}",
                            host="no-such-host.invalid"),
                    through.server, "HTTP status")
