# SPDX-License-Identifier: MIT
# Proves that the stand-in answers each route and commits each fault.

import contextlib
import http.client
import json
import os
import re
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
                                                context=context, timeout=60)

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


def test_a_list_is_up_to_date(standin, ask, target):
    before = ask("GET", TOKENS)[1]
    record = standin.org.tokens[target].record
    record["description"] = "another"
    record |= {"news": ["…"]}
    after = ask("GET", TOKENS)[1]
    assert after[1] == record and after != before
    del record["news"]
    assert ask("GET", TOKENS)[1] == [before[0], record, before[2]]


def test_reader(standin, ask):
    """Sees what is Bob's, and touches only her own."""
    standin.org.reader = True
    assert len(ask("GET", MEMBERS)[1]) == len(standin.org.tokens)
    path = f"{TOKENS}/{standin.org.ids(OTHER)[0]}"
    assert ask("DELETE", path)[0] == ask("POST", f"{path}/revocation")[0] \
        == 404
    assert ask("DELETE", f"{TOKENS}/{standin.org.ids()[1]}")[0] == 200


@pytest.mark.parametrize("shape, wanted", [
    (lambda secret: secret[:12], r"lsv2_pt_[0-9a-f]{4}"),
    (lambda secret: f"{secret[:12]}****{secret[-4:]}",
     r"lsv2_pt_[0-9a-f]{4}\*{4}[0-9a-f]{4}"),
    (lambda secret: f"{secret[:12]}…{secret[-4:]}",
     r"lsv2_pt_[0-9a-f]{4}…[0-9a-f]{4}"),
    (lambda secret: "lsv2_pt_3f2b", r"lsv2_pt_3f2b"),
], ids=["bare", "stars", "ellipsis", "same"])
def test_short_keys(root_and_leaf, shape, wanted):
    with Standin(cert=root_and_leaf[1], shape=shape) as standin:
        ask = Client(standin, root_and_leaf[0])
        for record in ask("GET", TOKENS)[1]:
            assert re.fullmatch(wanted, record["short_key"])
        ask.wire.close()


def test_revoke_and_reinstate(standin, ask, target):
    secret = standin.org.tokens[target].secret
    path = f"{TOKENS}/{target}/revocation"
    assert ask("POST", path)[1]["revoked_at"]
    assert standin.org.revoked() == [target]
    assert [bool(r["revoked_at"]) for r in ask("GET", TOKENS)[1]] \
        == [False, True, False]
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


def test_authentication_lags_behind_a_revocation(standin, ask, target):
    standin.org.cache_lag = 0.3
    secret = standin.org.tokens[target].secret
    assert ask("POST", f"{TOKENS}/{target}/revocation")[0] == 200
    assert ask("GET", TOKENS, X_API_Key=secret)[0] == 200
    time.sleep(0.3)
    assert ask("GET", TOKENS, X_API_Key=secret)[0] == 403
    standin.org.remove(target)
    assert ask("GET", TOKENS, X_API_Key=secret)[0] == 403


def test_the_key_expires_meanwhile(root_and_leaf):
    """The second deletion is refused, and its token is still there."""
    with Standin(cert=root_and_leaf[1], bad_key=401) as standin:
        own, org = standin.org.ids(), standin.org

        def hook(request):
            if request.path.endswith(own[2]):
                org.expire(own[0])

        standin.hook = hook
        ask = Client(standin, root_and_leaf[0])
        assert [ask("DELETE", f"{TOKENS}/{token_id}")[0]
                for token_id in own[1:]] == [200, 401]
        assert org.ids() == [own[0], own[2]]
        ask.wire.close()


def test_a_large_organization(root_and_leaf):
    """Its lists, its state, and a deletion are a matter of seconds, of this
    process alone: other tests run as well."""
    began = time.process_time()
    with Standin(cert=root_and_leaf[1], tokens=100_000) as standin:
        ask = Client(standin, root_and_leaf[0])
        own = standin.org.ids()
        assert [r["id"] for r in ask("GET", TOKENS)[1]] == own
        assert ask("DELETE", f"{TOKENS}/{own[500]}")[0] == 200
        del own[500]
        assert [r["id"] for r in ask("GET", TOKENS)[1]] == own
        assert len(ask("GET", "/_standin/state")[1]["tokens"]) == 100_001
        ask.wire.close()
    assert time.process_time() - began < 30     # takes six or so


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
    # Before 3.13 Python's ssl hides the difference.
    ("drop-after rst", (ssl.SSLError, ConnectionResetError)),
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


def test_a_list_is_cut(standin, ask, target):
    """Deletions are left alone."""
    standin.inject("short 20", only="GET")
    standin.inject("torn 20", only="GET")
    assert ask("DELETE", f"{TOKENS}/{target}")[0] == 200
    with pytest.raises(json.JSONDecodeError):
        ask("GET", TOKENS)
    with pytest.raises((ssl.SSLError, http.client.IncompleteRead)):
        ask("GET", TOKENS)
    ask.wire.close()
    assert len(ask("GET", TOKENS)[1]) == 2


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
             "--ready-file", ready, "--tokens", "4", "--reader", *arguments],
            stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            until = time.monotonic() + 20
            while not ready.exists() and time.monotonic() < until:
                time.sleep(0.02)
            facts = json.loads(ready.read_text())
            assert facts["pid"] == process.pid and len(facts["ids"]) == 4
            secret = Path(facts["api_key_file"]).read_text().strip()
            leaked = Path(facts["leaked_file"])
            assert leaked.stat().st_mode & 0o777 == 0o600
            assert re.fullmatch(r"lsv2_pt_[0-9a-f]{32}_[0-9a-f]{10}\n",
                                leaked.read_text())
            assert facts["leaked_id"] == facts["ids"][-1]
            assert facts["leaked_short_key"][:12] == leaked.read_text()[:12]
            assert leaked.read_text().strip() not in ready.read_text()
            if arguments:
                wire = http.client.HTTPConnection("127.0.0.1", facts["port"])
            else:
                wire = http.client.HTTPSConnection(
                    "127.0.0.1", facts["port"], context=ssl.
                    create_default_context(cafile=facts["cacert"]))
            for method, path in (("GET", MEMBERS),
                                 ("DELETE", f"{TOKENS}/{facts['ids'][1]}")):
                wire.request(method, path, headers={"X-API-Key": secret})
                response = wire.getresponse()
                response.read()
                assert response.status == 200
            wire.close()
        finally:
            process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=10)[0]
    assert process.returncode == 0
    assert facts["endpoint"] in said and "_standin/fault" in said
    assert secret not in said and facts["leaked_file"] in said
    assert not list(tmp_path.iterdir()), "it removes what it made"
