# SPDX-License-Identifier: MIT
# Compares what patrm says of a token with what the stand-in API really holds
# afterwards, for every fault that the stand-in knows.

import functools

import pytest

from conftest import KEY
from faults import standin    # noqa: F401, a fixture
from organization import OTHER
from standin import FAULTS, Standin

# fault: (for how many requests, exit status, outcome); "after" is done first.
# Where a deletion ended unknown, that a list still shows the token changes
# nothing, whoever asks; it is read again until the deadline, see run().
FATES = {
    "drop-before fin": (1, 0, "deleted"),
    "drop-before rst": (1, 0, "deleted"),
    "drop-before clean": (1, 0, "deleted"),
    "drop-before fin ": (9, 6, "unknown"),
    "drop-after fin": (1, 6, "unknown"),
    "drop-after rst": (1, 6, "unknown"),
    "drop-after clean": (1, 6, "unknown"),
    "drop-after rst ": (9, 6, "unknown"),
    "delay 0.5": (1, 0, "deleted"),
    "delay 0.5 before": (1, 0, "deleted"),
    "delay 9": (1, 6, "unknown"),
    "delay 9 before": (1, 6, "unknown"),
    "status 400": (1, 1, "refused"),
    "status 401": (1, 3, "forbidden"),
    "status 403": (1, 3, "forbidden"),
    "status 404": (1, 4, "missing"),
    "status 408": (1, 0, "deleted"),
    "status 408 after": (1, 6, "unknown"),
    "status 408 ": (9, 6, "unknown"),
    "status 409": (1, 1, "refused"),
    "status 425": (1, 0, "deleted"),
    "status 429": (9, 7, "rate-limited"),
    "status 500": (1, 0, "deleted"),
    "status 500 after": (1, 6, "unknown"),
    "status 502": (9, 6, "unknown"),
    "status 502 after": (1, 6, "unknown"),
    "status 503": (1, 0, "deleted"),
    "status 504 after": (9, 6, "unknown"),
    "status 501": (1, 6, "unknown"),
    "status 302": (1, 1, "refused"),
    "status 202": (1, 6, "unknown"),
    "status 202 after": (1, 6, "unknown"),
    "429": (1, 0, "deleted"),
    "429 1": (1, 0, "deleted"),
    "429 60": (1, 7, "rate-limited"),
    "html": (1, 6, "unknown"),
    "html after": (1, 6, "unknown"),
    "other-id": (1, 6, "unknown"),
    "other-id after": (1, 6, "unknown"),
    "torn 0": (1, 8, "deleted-unread"),
    "torn 9": (1, 8, "deleted-unread"),
    "torn 200": (1, 8, "deleted-unread"),
    "torn 200 before": (1, 6, "unknown"),     # another token's record
    "short 0": (1, 6, "unknown"),
    "short 200": (1, 6, "unknown"),
    "no-content": (1, 0, "deleted"),
    "gzip": (1, 8, "deleted-unread"),
    "chunked": (1, 0, "deleted"),
}
# That it does not is the end, where the caller may see all that there are
SEEN = dict.fromkeys([
    "drop-after fin", "drop-after rst", "drop-after clean", "delay 9",
    "status 408 after", "status 500 after", "status 502 after",
    "status 202 after", "html after", "other-id after", "short 0",
    "short 200"], (1, 0, "deleted"))
# what was not done, and a list still shows
SHOWN = ["status 501", "status 202", "html", "other-id", "torn 200 before"]
CASES = {(fault, reader): SEEN.get(fault, fate) if reader else fate
         for fault, fate in FATES.items() for reader in (False, True)}
GONE = {0: [True], 1: [False], 3: [False], 4: [False], 6: [True, False],
        7: [False], 8: [True]}


def test_every_fault_has_a_fate():
    assert {fate.split()[0] for fate in FATES} == set(FAULTS)


def run(patrm, certs, standin, *args, key=None, **more):
    """A run with the stand-in's own key."""
    secret = key or standin.org.key
    started = patrm.start(
        "-e", standin.endpoint, "--cacert", certs.ca, "-j", "-t", "3",
        *args, env={"LANGSMITH_API_KEY": secret}, **more)
    started.secrets.append(secret.encode())
    return started.end()


@pytest.fixture
def ask(patrm, certs):
    return functools.partial(run, patrm, certs)


@pytest.fixture(scope="module")
def ends(play, certs):
    """Each fault meets the deletion of one token; a second deletion then
    meets none. The stand-ins and the results."""
    def one(patrm, case, fate):
        fault, reader = case
        with Standin(cert=certs.leaf, reader=reader) as standin:
            _, target, bystander = standin.org.ids()
            standin.inject(fault, times=fate[0])
            first = run(patrm, certs, standin, target)
            requests = [r.method for r in standin.requests]
            standin.faults.clear()
            second = run(patrm, certs, standin, bystander)
        return standin, target, bystander, first, requests, second
    return play(CASES, one)


@pytest.mark.parametrize("reader", [False, True], ids=["", "reader"])
@pytest.mark.parametrize("fault", FATES)
def test_fault(ends, fault, reader):
    _, status, outcome = CASES[fault, reader]
    standin, target, bystander, first, requests, second \
        = ends[fault, reader].result()
    told, = first.objects
    assert (first.status, told["outcome"]) == (status, outcome), told
    assert (target in standin.org.deleted) in GONE[status]
    deletes = requests.count("DELETE")
    assert requests[:deletes] == ["DELETE"] * deletes
    assert told["attempts"] == deletes
    if status in (3, 7, 8):     # there is nothing to ask a list for
        assert len(requests) == deletes
    if fault in SHOWN:
        assert target not in standin.org.deleted
        assert "the list still shows the token" in told["error"]
    if "record" in told:
        assert told["record"] == standin.org.deleted[target].record
    assert second.status == 0 and bystander in standin.org.deleted
    assert len(standin.org.deleted) == sum(
        request.executed for request in standin.requests)


@pytest.mark.parametrize("fault", ["drop-after fin", "drop-after rst",
                                   "status 502 after", "status 408 after"])
def test_missing_after_a_lost_answer_may_be_fine(standin, ask, fault):
    target = standin.org.ids()[1]
    standin.inject(fault)
    result = ask(standin, "--ignore-missing", target)
    assert (result.status, result.objects[0]["outcome"]) == (0, "missing")
    assert target in standin.org.deleted


@pytest.mark.parametrize("bad_key, admin, reader", [
    (401, False, False), (403, True, False), (403, False, True)])
def test_who_may_do_what(certs, ask, bad_key, admin, reader):
    with Standin(cert=certs.leaf, bad_key=bad_key, admin=admin,
                 reader=reader) as standin:
        own, others = standin.org.ids()[1], standin.org.ids(OTHER)[0]
        assert ask(standin, own, key=KEY).status == 3
        assert standin.org.deleted == {}
        result = ask(standin, others)
        assert result.status == (0 if admin else 4)
        assert (OTHER in result.objects[0].get("error", "")) == reader
        assert ask(standin, own).status == 0
        assert ask(standin, own).status == 4
        assert ask(standin, "--ignore-missing", own).status == 0


def test_the_key_in_use_deletes_itself_last(standin, ask):
    """By id, too: the caller's own list tells which it is."""
    first, second, third = standin.org.ids()
    result = ask(standin, second, first, third)
    assert [(told["token"], told["outcome"]) for told in result.objects] == [
        (second, "deleted"), (third, "deleted"), (first, "deleted")]
    assert list(standin.org.deleted) == [second, third, first]


def test_a_batch_with_faults(certs, ask):
    """Each of many tokens, whatever comes between them."""
    with Standin(cert=certs.leaf, tokens=40) as standin:
        targets = standin.org.ids()[1:]
        for fault in ("drop-before rst", "status 503", "429 0", "chunked",
                      "torn 100", "drop-before clean", "gzip", "delay 0.1"):
            standin.inject(fault)
        result = ask(standin, "--retries=4", "-",
                     stdin="\n".join(targets).encode())
        assert result.status == 9
        assert [told["token"] for told in result.objects] == targets
        assert {told["outcome"] for told in result.objects} \
            == {"deleted", "deleted-unread"}
        assert list(standin.org.deleted) == targets


@pytest.mark.parametrize("options", [
    {"prefix": "/langsmith"}, {"newer": False}, {"host": "127.0.0.1"},
])
def test_kinds_of_installation(certs, ask, options):
    with Standin(cert=certs.leaf, **options) as standin:
        target = standin.org.ids()[1]
        result = ask(standin, "-o", standin.org.id, "-w",
                     standin.org.workspace, target)
        assert result.objects[0]["record"] \
            == standin.org.deleted[target].record


def test_without_the_prefix_it_is_a_web_page(certs, ask):
    """A misrouted endpoint confirms nothing."""
    with Standin(cert=certs.leaf, prefix="/langsmith") as standin:
        standin.prefix = "/elsewhere"
        result = ask(standin, standin.org.ids()[1])
        assert result.status == 6 and standin.org.deleted == {}


def test_a_bearer_token(standin, patrm, certs):
    def run(*args):
        return patrm("-e", standin.endpoint, "--cacert", certs.ca, *args,
                     env={"LANGSMITH_BEARER_TOKEN": standin.org.bearer})
    own = standin.org.ids()
    assert run("-o", standin.org.id, own[1]).status == 0
    assert run("-w", standin.org.workspace, own[2]).status == 0
    assert run("-w", standin.org.id, own[0]).status == 3
    assert list(standin.org.deleted) == own[1:3]
