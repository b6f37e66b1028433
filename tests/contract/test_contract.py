# SPDX-License-Identifier: MIT
# Proves that the judge works: that a right request passes, and that each kind
# of wrong one is told, by the project's contract and by the one it was given.

import contextlib
import http.client
import json
import ssl
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "standin"))

from pki import Pki                                        # noqa: E402
from prism import OWN, PATH, judge, seed_contract          # noqa: E402

pytestmark = pytest.mark.xdist_group("test_contract")

KEY = {"X-API-Key": "lsv2_pt_sample"}
UUID = "cd613e30-d8f1-4adf-91b7-584a2265b1f5"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    pki = Pki(tmp_path_factory.mktemp("pki"))
    root = pki.ca("Root")
    return root, pki.leaf(root)


@pytest.fixture(scope="module")
def own(certificates, tmp_path_factory):
    with judge(OWN, certificates[1], tmp_path_factory.mktemp("own")) as it:
        yield it


@pytest.fixture(scope="module")
def seed(certificates, tmp_path_factory):
    contract = seed_contract()
    with judge(contract, certificates[1],
               tmp_path_factory.mktemp("seed")) as it:
        yield it


def ask(it, certificates, method, path, headers):
    """Status, headers, and JSON body of one request."""
    context = ssl.create_default_context(cafile=certificates[0].cert)
    wire = http.client.HTTPSConnection(it.endpoint.removeprefix("https://"),
                                       context=context, timeout=20)
    with contextlib.closing(wire):
        wire.request(method, path, headers=headers)
        response = wire.getresponse()
        return response.status, response.headers, json.load(response)


@pytest.mark.parametrize("contract", ["own", "seed"])
def test_judges_a_deletion(contract, certificates, request):
    it = request.getfixturevalue(contract)
    right = f"{PATH}/{it.sample_id}"
    before = len(it.violations())

    status, _, record = ask(it, certificates, "DELETE", right, KEY)
    assert status == 200 and record["id"] == it.sample_id
    assert len(it.violations()) == before
    assert f"DELETE {right}" in it.access_log()

    assert ask(it, certificates, "DELETE", right, {})[0] == 401
    status, _, body = ask(it, certificates, "DELETE", f"{PATH}/x", KEY)
    assert status == 422 and set(body["detail"][0]) == {"loc", "msg", "type"}
    assert len(it.violations()) > before
    assert ask(it, certificates, "PUT", right, KEY)[0] in (404, 405)


@pytest.mark.parametrize("method, path", [
    ("GET", PATH),
    ("GET", "/api/v1/orgs/current/members/personal-access-tokens"),
    ("POST", f"{PATH}/{UUID}/revocation"),
    ("GET", "/api/v1/orgs/current/service-keys"),
    ("DELETE", f"/api/v1/orgs/current/service-keys/{UUID}"),
    ("GET", "/api/v1/info"),
])
def test_other_operations(own, certificates, method, path):
    assert ask(own, certificates, method, path, KEY)[0] == 200


@pytest.mark.parametrize("status, headers", [
    (200, {"X-API-Key": "k", "X-Organization-Id": UUID, "X-Tenant-Id": UUID}),
    (200, {"Authorization": "Bearer t", "X-Organization-Id": UUID}),
    (200, {"Authorization": "Bearer t", "X-Tenant-Id": UUID}),
    (401, {"Authorization": "Bearer t"}),
    (401, {"X-Organization-Id": UUID}),
    (422, {"X-API-Key": "k", "X-Organization-Id": "not one"}),
])
def test_own_contract_on_authentication(own, certificates, status, headers):
    path = f"{PATH}/{own.sample_id}"
    assert ask(own, certificates, "DELETE", path, headers)[0] == status


def test_any_answer_of_the_contract(own, certificates):
    status, headers, body = ask(own, certificates, "DELETE",
                                f"/prefer/code=429{PATH}/{own.sample_id}", KEY)
    assert (status, body) == (429, {"detail": "Too Many Requests"})
    assert headers["Retry-After"] == "1"
