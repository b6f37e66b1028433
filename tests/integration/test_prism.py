# SPDX-License-Identifier: MIT
# An outside judge of patrm's requests: Prism, with nothing but the contract,
# behind nginx. It must find no fault with any of them.

import re
import sys

import pytest

from conftest import KEY, TOP
from server import IDS

sys.path.insert(1, str(TOP / "tests" / "contract"))

from prism import OWN, judge, seed_contract  # noqa: E402

pytestmark = pytest.mark.xdist_group("test_prism")

ORG = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
WORK = "5f4e3d2c-1b0a-4f9e-8d7c-6b5a49382716"
GIVEN = {"LANGSMITH_API_KEY": KEY}
BEARER = {"LANGSMITH_BEARER_TOKEN": "eyJhbGciOiJub25lIn0.e30.c2ln"}


@pytest.fixture(scope="module")
def own(certs, tmp_path_factory):
    with judge(OWN, certs.leaf, tmp_path_factory.mktemp("own")) as running:
        running.has_lists = True
        yield running


@pytest.fixture(scope="module")
def seed(certs, tmp_path_factory):
    with judge(seed_contract(), certs.leaf,
               tmp_path_factory.mktemp("seed")) as running:
        running.has_lists = False
        yield running


@pytest.fixture(params=["own", "seed"])
def it(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def ask(patrm, certs):
    def run(it, *args, env=None, endpoint=None):
        return patrm("-e", endpoint or it.endpoint, "--cacert", certs.ca, "-j",
                     *args, env=env or GIVEN)
    return run


@pytest.mark.parametrize("args, env", [
    ([], GIVEN),
    (["-o", ORG], GIVEN),
    (["-w", WORK], GIVEN),
    (["-o", ORG, "-w", WORK], GIVEN),
    (["-o", ORG], BEARER),
    (["-w", WORK], BEARER),
    (["-o", ORG, "-w", WORK], BEARER),
])
def test_no_fault_is_found(it, ask, args, env):
    before = len(it.violations())
    result = ask(it, *args, it.sample_id, env=env)
    assert result.status == 0, result
    record = result.objects[0]["record"]
    assert record["id"] == it.sample_id
    assert {"short_key", "description"} <= set(record)
    assert it.violations()[before:] == []


def faults(it, before):
    """What it has found since. The seed has no lists: that patrm asks for
    them is a fault to it, and to nobody else."""
    found = it.violations()[before:]
    if it.has_lists:
        return found
    return [line for line in found if not re.search(
        r" get /api/v1/orgs/current/(members/)?personal-access-tokens "
        r".*#NO_PATH_MATCHED_ERROR", line)]


def test_any_id_passes_and_only_the_right_one_confirms(it, ask):
    """Prism always answers with its one record. That is no answer about
    another token; but its lists are, where it has them."""
    before = len(it.violations())
    result = ask(it, IDS[3])
    told, = result.objects
    assert "record" not in told and told["attempts"] == 1
    if it.has_lists:
        assert (result.status, told["outcome"]) == (0, "deleted")
    else:
        assert (result.status, told["outcome"]) == (6, "unknown")
        assert it.sample_id in told["error"]
        assert len(it.violations()) == before + 2   # both lists
    assert faults(it, before) == []


def test_a_batch_through_nginx(it, ask):
    before, requests = len(it.violations()), it.access_log().count("DELETE ")
    ids = [*IDS[:15], it.sample_id, *IDS[15:29]]
    result = ask(it, *ids)
    assert result.status == (0 if it.has_lists else 9)
    assert sorted(o["token"] for o in result.objects) == sorted(ids)
    assert [o["token"] for o in result.objects if "record" in o] \
        == [it.sample_id]
    assert it.access_log().count("DELETE ") == requests + 30
    assert faults(it, before) == [] and it.error_log() == ""


@pytest.mark.parametrize("code, status, says", [
    (401, 3, "Invalid token"), (403, 3, "Forbidden"),
    (404, 4, ""), (422, 1, "pat_id"), (429, 7, "Too Many Requests"),
])
def test_each_answer_of_the_contract(own, ask, code, status, says):
    result = ask(own, "--retries=0", IDS[3],
                 endpoint=own.prefers(f"code={code}"))
    assert result.status == status, result
    assert result.objects[0]["status"] == code
    assert says in result.objects[0].get("error", "")


@pytest.mark.parametrize("args", [
    ["--service-keys", "ID"], ["--service-keys", "-n", "ID"],
    ["-y", "lsv2_sk_3f2b"], ["--service-keys", "--list"],
    ["--service-keys", "ID", "-o", ORG, "-w", WORK]], ids=" ".join)
def test_service_keys(own, ask, args):
    before = len(own.violations())
    result = ask(own, *[own.sample_id if one == "ID" else one
                        for one in args])
    assert result.status == 0, result
    record = result.objects[0].get("record", result.objects[0])
    assert record["short_key"] == "lsv2_sk_3f2b...9d10"
    assert "/service-keys" in own.access_log().splitlines()[-1]
    assert own.violations()[before:] == []


@pytest.mark.parametrize("code, status", [
    (401, 3), (403, 3), (404, 4), (422, 1), (429, 7)])
def test_each_answer_about_service_keys(own, ask, code, status):
    result = ask(own, "--retries=0", "--service-keys", IDS[3],
                 endpoint=own.prefers(f"code={code}"))
    assert result.status == status, result
