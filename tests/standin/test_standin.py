# SPDX-License-Identifier: MIT
# Proves that the stand-in answers each route and commits each fault.

import contextlib
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from organization import INFO, MEMBERS, OTHER, TOKENS
from pki import Pki
from standin import FAULTS, Fault, Standin


@pytest.fixture(scope="module")
def root_and_leaf(tmp_path_factory):
    pki = Pki(tmp_path_factory.mktemp("pki"))
    root = pki.ca("Root")
    return root, pki.leaf(pki.ca("Middle", issuer=root))


@pytest.fixture
def standin(root_and_leaf):
    with Standin(cert=root_and_leaf[1]) as standin:
        yield standin


class StrictContext(ssl.SSLContext):
    """Tells a connection without close_notify from one with it."""

    def wrap_socket(self, sock, **more):
        return super().wrap_socket(sock, suppress_ragged_eofs=False, **more)


class Client:
    """One kept-alive connection."""

    def __init__(self, standin, root):
        context = StrictContext(ssl.PROTOCOL_TLS_CLIENT)
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
        context.load_verify_locations(root.cert)
        self.standin = standin
        self.wire = http.client.HTTPSConnection("localhost", standin.port,
                                                context=context, timeout=10)

    def __call__(self, method, path, body=None, **headers):
        """Returns status and body: JSON where it is, else bytes."""
        headers = headers or {"X_API_Key": self.standin.org.key}
        self.wire.request(method, path, body, {
            name.replace("_", "-"): value for name, value in headers.items()})
        self.response = self.wire.getresponse()
        data = self.response.read()
        kind = self.response.getheader("Content-Type", "")
        return self.response.status, json.loads(data) if "json" in kind \
            and not self.response.getheader("Content-Encoding") else data


@pytest.fixture
def ask(standin, root_and_leaf):
    client = Client(standin, root_and_leaf[0])
    with contextlib.closing(client.wire):
        yield client


@pytest.fixture
def target(standin):
    """The id of a token that is not the one in use."""
    return standin.org.ids()[1]


def test_delete(standin, ask, target):
    status, record = ask("DELETE", f"{TOKENS}/{target}")
    assert status == 200 and record["id"] == target and len(record) == 14
    assert target not in standin.org.ids() and target in standin.org.deleted
    assert ask("DELETE", f"{TOKENS}/{target}")[0] == 404
    assert [(r.executed, r.status) for r in standin.requests] \
        == [(True, 200), (False, 404)]


def test_lists(standin, ask):
    status, records = ask("GET", TOKENS)
    assert status == 200
    assert [r["id"] for r in records] == standin.org.ids()
    assert ask("GET", MEMBERS) == (403, {"detail": "Forbidden"})
    standin.org.admin = True
    assert len(ask("GET", MEMBERS)[1]) == len(standin.org.tokens)


def test_revoke_and_reinstate(standin, ask, target):
    secret = standin.org.tokens[target].secret
    path = f"{TOKENS}/{target}/revocation"
    assert ask("POST", path)[1]["revoked_at"]
    assert standin.org.revoked() == [target]
    assert ask("GET", TOKENS, X_API_Key=secret)[0] == 403
    assert ask("DELETE", path) == (204, b"")
    assert ask("GET", TOKENS, X_API_Key=secret)[0] == 200


def test_anothers_token_is_absent_unless_admin(standin, ask):
    path = f"{TOKENS}/{standin.org.ids(OTHER)[0]}"
    assert ask("DELETE", path)[0] == 404
    standin.org.admin = True
    assert ask("DELETE", path)[0] == 200


def test_invalid_id(ask):
    status, body = ask("DELETE", f"{TOKENS}/nonsense")
    assert status == 422
    assert [set(d) for d in body["detail"]] == [{"loc", "msg", "type"}]
    assert body["detail"][0]["loc"] == ["path", "pat_id"]


def test_other_paths(ask, target):
    assert ask("GET", INFO, Accept="*/*")[0] == 200
    assert ask("GET", "/api/v1/nothing")[0] == 404
    assert ask("PUT", f"{TOKENS}/{target}")[0] == 405
    status, body = ask("GET", "/settings")
    assert status == 200 and b"<!doctype html>" in body


def test_a_quoted_slash_reaches_another_route(ask, target):
    assert ask("DELETE", f"{TOKENS}/{target}%2Frevocation")[0] == 204


def test_authentication(standin, ask):
    org, wrong = standin.org, str(uuid.uuid4())
    bearer = f"Bearer {org.bearer}"
    for status, headers in (
            (200, {"X_API_Key": org.service_key}),
            (200, {"X_API_Key": org.key, "X_Organization_Id": org.id}),
            (200, {"Authorization": bearer, "X_Tenant_Id": org.workspace}),
            (403, {"X_API_Key": "wrong"}),
            (403, {"X_API_Key": org.key, "X_Organization_Id": wrong}),
            (403, {"X_API_Key": org.key, "X_Tenant_Id": wrong}),
            (403, {"Authorization": bearer}),
            (403, {"Accept": "*/*"})):
        assert ask("GET", TOKENS, **headers)[0] == status, headers
    org.bad_key = 401
    assert ask("GET", TOKENS, X_API_Key="wrong") \
        == (401, {"detail": "Invalid token"})
    expired = org.add(expires_at="2020-01-01T00:00:00+00:00")
    assert ask("GET", TOKENS, X_API_Key=expired.secret)[0] == 401


def test_authentication_lags_behind_a_deletion(standin, ask, target):
    standin.org.cache_lag = 0.3
    secret = standin.org.remove(target).secret
    assert ask("GET", TOKENS, X_API_Key=secret)[0] == 200
    time.sleep(0.3)
    assert ask("GET", TOKENS, X_API_Key=secret)[0] == 403


def test_prefix(root_and_leaf):
    with Standin(cert=root_and_leaf[1], prefix="/langsmith/") as standin:
        ask = Client(standin, root_and_leaf[0])
        assert ask("GET", f"/langsmith{TOKENS}")[0] == 200
        assert ask("GET", TOKENS)[1].startswith(b"<!doctype")
        ask.wire.close()


@pytest.mark.parametrize("fault, error", [
    ("drop-before", ssl.SSLError),
    ("drop-after", ssl.SSLError),
    ("drop-after fin", ssl.SSLError),
    ("drop-after rst", ssl.SSLError),    # Python hides the difference
    ("drop-after clean", http.client.RemoteDisconnected),
    ("torn 20", (ssl.SSLError, http.client.IncompleteRead)),
])
def test_lost_answer(standin, ask, target, fault, error):
    standin.inject(fault)
    with pytest.raises(error):
        ask("DELETE", f"{TOKENS}/{target}")
    gone = fault != "drop-before"
    assert (target not in standin.org.ids()) == gone
    assert standin.requests[-1].executed == gone
    ask.wire.close()
    assert ask("DELETE", f"{TOKENS}/{target}")[0] == (404 if gone else 200)


def test_reset():
    with Standin(cert=None) as standin:
        standin.inject("drop-before rst")
        with socket.create_connection(("127.0.0.1", standin.port)) as wire:
            wire.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
            with pytest.raises(ConnectionResetError):
                wire.recv(1)


@pytest.mark.parametrize("fault, status, gone", [
    ("status 502", 502, False),
    ("status 502 after", 502, True),
    ("status 504 after", 504, True),
    ("status 408 after", 408, True),
    ("429", 429, False),
    ("html", 200, False),
    ("html after", 200, True),
    ("other-id", 200, False),
    ("no-content", 204, True),
    ("no-content before", 204, False),
    ("gzip", 200, True),
    ("chunked", 200, True),
])
def test_wrong_answer(standin, ask, target, fault, status, gone):
    standin.inject(fault)
    got, body = ask("DELETE", f"{TOKENS}/{target}")
    assert got == status
    assert (target not in standin.org.ids()) == gone
    if isinstance(body, dict) and status == 200:
        assert (body["id"] == target) == (fault != "other-id")
    assert ask("GET", TOKENS)[0] == 200, "the connection goes on"


def test_short(standin, ask, target):
    standin.inject("short 20")
    with pytest.raises(json.JSONDecodeError):
        ask("DELETE", f"{TOKENS}/{target}")
    assert ask.response.getheader("Content-Length") == "20"


@pytest.mark.parametrize("value", ["7", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_retry_after(standin, ask, target, value):
    standin.inject(f"429 {value}")
    assert ask("DELETE", f"{TOKENS}/{target}")[0] == 429
    assert ask.response.getheader("Retry-After") == value


def test_delay(standin, ask, target):
    standin.inject("delay 0.2")
    before = time.monotonic()
    assert ask("DELETE", f"{TOKENS}/{target}")[0] == 200
    assert time.monotonic() - before >= 0.2


def test_faults_wait_for_their_method(standin, ask, target):
    standin.inject("status 503", only="DELETE", times=2)
    answers = [ask("GET", TOKENS)[0]]
    answers += [ask("DELETE", f"{TOKENS}/{target}")[0] for _ in range(3)]
    assert answers == [200, 503, 503, 200]


def test_over_http(standin, ask, target):
    wish = {"fault": "status 502 after", "times": 1, "only": "DELETE"}
    assert ask("POST", "/_standin/fault", json.dumps(wish))[0] == 200
    assert ask("POST", "/_standin/fault", '{"fault": "x"}')[0] == 400
    assert ask("DELETE", f"{TOKENS}/{target}")[0] == 502
    status, state = ask("GET", "/_standin/state")
    assert status == 200 and target in state["deleted"]
    assert standin.org.key not in json.dumps(state)
    assert state["requests"][0]["fault"] == "status 502 after"
    ask("POST", "/_standin/fault", json.dumps(wish))
    assert ask("DELETE", "/_standin/fault")[0] == 204 and not standin.faults


def test_every_fault_is_known_and_nonsense_is_not():
    assert {Fault.parse(f"{kind} 1" if "rst" not in value and value else kind)
            .kind for kind, (_, value, _) in FAULTS.items()} == set(FAULTS)
    for text in ("", "drop", "status", "status x", "html 3", "delay soon",
                 "drop-after now"):
        with pytest.raises(ValueError):
            Fault.parse(text)


def test_hook(standin, ask, target):
    standin.hook = lambda request: standin.org.tokens.pop(target, None)
    assert ask("DELETE", f"{TOKENS}/{target}")[0] == 404


@pytest.mark.parametrize("arguments", [[], ["--plain"]])
def test_by_hand(tmp_path, arguments):
    ready = tmp_path / "ready"
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
            [sys.executable, Path(__file__).with_name("standin.py"),
             "--ready-file", ready, "--tokens", "4", *arguments],
            stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            until = time.monotonic() + 20
            while not ready.exists() and time.monotonic() < until:
                time.sleep(0.02)
            facts = json.loads(ready.read_text())
            assert facts["pid"] == process.pid and len(facts["ids"]) == 4
            secret = Path(facts["api_key_file"]).read_text().strip()
            if arguments:
                wire = http.client.HTTPConnection("127.0.0.1", facts["port"])
            else:
                wire = http.client.HTTPSConnection(
                    "127.0.0.1", facts["port"], context=ssl.
                    create_default_context(cafile=facts["cacert"]))
            wire.request("DELETE", f"{TOKENS}/{facts['ids'][1]}",
                         headers={"X-API-Key": secret})
            assert wire.getresponse().status == 200
            wire.close()
        finally:
            process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=10)[0]
    assert process.returncode == 0
    assert facts["endpoint"] in said and "_standin/fault" in said
    assert not list(tmp_path.iterdir()), "it removes what it made"
