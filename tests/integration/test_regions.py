# SPDX-License-Identifier: MIT
# --region any: the first of the four regions that accepts a key; what is said
# where none does; and that nothing but a list request decides it.

import threading
import time

import pytest

from conftest import KEY
from organization import SERVICES, TOKENS
from proxies import Proxy
from regions import REGIONS, World
from result import lines, told
from server import ID

ALL = "us, eu, apac, aws refuse it"
DEAD = "it may be expired, revoked or deleted already"


@pytest.fixture
def regions(standin, certs):
    return lambda **state: World(standin, certs, **state)


@pytest.fixture
def go(patrm, certs):
    """go(world, *args, key=None) is the Result."""
    def run(world, *args, key=None, region="any", stdin=b"", more=()):
        env = dict(more) | ({"LANGSMITH_API_KEY": key} if key else {})
        run = patrm.start("--region", region, "--cacert", certs.ca,
                          *world.args(), *args, env=env, stdin=stdin)
        run.secrets += [s.encode() for w in world.of.values()
                        for s in w.org.secrets]
        return run.end()
    return run


@pytest.mark.parametrize("bad_key", [401, 403])
@pytest.mark.parametrize("home", REGIONS)
@pytest.mark.parametrize("how", ["id", "short", "self", "self -", "list"])
def test_the_one_that_accepts_it(regions, go, home, how, bad_key):
    """Those before it are asked for a list and nothing else, those behind
    it for nothing at all."""
    world = regions(bad_key=bad_key)
    token = world[home].org.add()
    args, stdin = {
        "id": ([token.id], b""), "short": (["-y", token.record["short_key"]],
                                           b""),
        "self": (["--self", "-y"], b""), "list": (["--list"], b""),
        "self -": (["--self", "-", "-y"], lines(token.secret)),
    }[how]
    result = go(world, "-j", *args, stdin=stdin,
                key=None if how == "self -" else token.secret)
    assert result.status == 0, result
    order = list(REGIONS)
    asked, deletions = world.asked(), world.asked(method="DELETE")
    for name in REGIONS:
        if order.index(name) < order.index(home):
            assert asked[name] == 1 and deletions[name] == 0
            assert world[name].requests[0].path == TOKENS
            assert world[name].requests[0].method == "GET"
        elif name != home:
            assert asked[name] == 0
    assert deletions[home] == (how != "list")
    assert world.deleted() == ({token.id} if how != "list" else set())
    if how.startswith("self"):      # the list that has found it is enough
        assert asked[home] == 2


@pytest.mark.parametrize("how", ["self", "self -", "list"])
def test_a_service_key(regions, go, how):
    """It is looked for in the list that it stands in."""
    world = regions(bad_key=403)
    key = world["apac"].org.add(secret=f"lsv2_sk_{'5' * 32}_0123456789")
    args = {"self": ["--self", "-y"], "self -": ["--self", "-", "-y"],
            "list": ["--service-keys", "--list"]}[how]
    result = go(world, "-j", *args, stdin=lines(key.secret),
                key=None if how == "self -" else key.secret)
    assert result.status == 0, result
    assert {one.path for name in ("us", "eu") for one in
            world[name].requests} == {SERVICES}
    assert world.deleted() == (set() if how == "list" else {key.id})


def test_the_first_of_two(regions, go):
    """A key that two know is the first one's."""
    world = regions()
    token = world["eu"].org.add(secret=KEY)
    world["aws"].org.add(secret=KEY)
    result = go(world, "--self", "-y", key=KEY)
    assert result.status == 0 and world.deleted() == {token.id}
    assert world.asked()["apac"] == world.asked()["aws"] == 0


@pytest.mark.parametrize("args, names, stdin", [
    ([ID], [ID], b""), ([ID, "lsv2_pt_3f2b"], [ID, "argument 2"], b""),
    (["--self"], ["--self"], b""), (["--self", "-"], ["line 1"], lines(KEY)),
    (["--list"], None, b"")], ids=str)
@pytest.mark.parametrize("bad_key", [401, 403])
def test_refused_by_all(regions, go, args, names, stdin, bad_key):
    """It may be dead: nothing is sent but the four lists."""
    world = regions(bad_key=bad_key)
    result = go(world, "-y", "-j", *args, stdin=stdin,
                key=None if stdin else KEY)
    assert result.status == 3, result
    for one in result.objects:
        assert one["outcome"] == "forbidden" and one["status"] == bad_key
        assert ALL in one["error"] and DEAD in one["error"], one
        assert "nothing was deleted" in one["error"]
    if names:
        assert [name for name, _ in told(result)] == names
    assert list(world.asked().values()) == [1, 1, 1, 1]
    assert list(world.asked(method="GET").values()) == [1, 1, 1, 1]


@pytest.mark.parametrize("how", ["id", "self", "self -", "list"])
@pytest.mark.parametrize("away", [["us"], ["apac"], ["aws"], ["eu", "aws"],
                                  list(REGIONS)], ids=str)
def test_not_reached(regions, go, away, how):
    """Whoever was not asked may be the one: that is no refusal."""
    world = regions()
    for name in away:
        world.close(name)
    args = {"id": [ID], "list": ["--list"], "self": ["--self", "-y"],
            "self -": ["--self", "-", "-y"]}[how]
    result = go(world, "-j", "--retries=0", *args,
                key=None if how == "self -" else KEY,
                stdin=lines(KEY) if how == "self -" else b"")
    assert result.status == 5, result
    one, = result.objects
    assert one["outcome"] == "unreachable"
    assert DEAD not in one["error"] and "status" not in one
    assert "no deletion was sent" in one["error"]
    rest = [name for name in REGIONS if name not in away]
    if rest:
        assert f"{', '.join(rest)} refuse it" in one["error"]
    for name in away:
        assert f"{name}: cannot connect to" in one["error"], one
    assert world.asked(method="DELETE") == dict.fromkeys(REGIONS, 0)


@pytest.mark.parametrize("how", ["id", "self -"])
def test_not_reached_but_another_accepts(regions, go, how):
    world = regions()
    world.close("us")
    token = world["apac"].org.add()
    args = ["--self", "-"] if how == "self -" else [token.id]
    result = go(world, "-j", "-y", "--retries=0", *args,
                key=None if how == "self -" else token.secret,
                stdin=lines(token.secret))
    assert result.status == 0 and world.deleted() == {token.id}


@pytest.mark.parametrize("fault, status, outcome", [
    ("429", 7, "rate-limited"), ("status 500", 1, "refused"),
    ("status 404", 1, "refused"), ("html", 1, "refused")])
@pytest.mark.parametrize("how", ["id", "self -"])
def test_neither_accepted_nor_refused(regions, go, fault, status, outcome,
                                      how):
    world = regions()
    world["eu"].inject(fault, times=9)
    args = ["--self", "-"] if how == "self -" else [ID]
    result = go(world, "-j", "-y", "--retries=0", *args,
                key=None if how == "self -" else KEY, stdin=lines(KEY))
    one, = result.objects
    assert (result.status, one["outcome"]) == (status, outcome)
    assert "us, apac, aws refuse it; eu: " in one["error"]
    assert DEAD not in one["error"]


@pytest.mark.parametrize("fault", ["status 503", "429 0", "drop-before"])
def test_what_passes_is_tried_again(regions, go, fault):
    world = regions()
    token = world["eu"].org.add()
    world["eu"].inject(fault)
    result = go(world, "-j", token.id, key=token.secret)
    assert result.status == 0 and world.deleted() == {token.id}


@pytest.mark.parametrize("how", ["id", "self", "self -"])
def test_a_pause_of_one_region_delays_no_other(regions, go, how):
    """One is told to come back in 8 seconds; the next has not said so."""
    world = regions()
    token = world["eu"].org.add()
    world["us"].inject("429 8", times=9)
    args = {"id": [token.id], "self": ["--self"], "self -": ["--self", "-"]}
    result = go(world, "-j", "-y", "-t", "6", *args[how],
                key=None if how == "self -" else token.secret,
                stdin=lines(token.secret))
    assert result.status == 0 and world.deleted() == {token.id}, result
    assert world.asked() == {"us": 1, "eu": 2, "apac": 0, "aws": 0}
    assert result.seconds < 5


def test_a_pause_between_deletions_is_of_one_region(regions, go):
    """The key of the next region needs not wait for it, that of the same one
    does; not even if others were asked between."""
    world = regions()
    late, next_one, other = (world[name].org.add(f"{name}{n}@example.com")
                             for n, name in enumerate(["us", "us", "eu"]))
    world["us"].inject("429 2", only="DELETE")
    at = []
    for running in world.of.values():
        running.hook = lambda request: at.append(
            (request.method, request.headers["x-api-key"], time.monotonic()))
    result = go(world, "-j", "-y", "--retries=0", "--self", "-", stdin=lines(
        late.secret, next_one.secret, other.secret))
    assert dict(told(result)) == {late.id: "rate-limited",
                                  next_one.id: "deleted",
                                  other.id: "deleted"}
    first, second, _ = (when for what, _, when in at if what == "DELETE")
    assert second - first > 1.9, "the same region is left alone"

    at.clear()
    alone = world["us"].org.add("us9@example.com")
    far = world["eu"].org.add("eu9@example.com")
    world["us"].inject("429 20", only="DELETE")
    result = go(world, "-j", "-y", "--retries=0", "--self", "-",
                stdin=lines(alone.secret, far.secret))
    assert dict(told(result)) == {alone.id: "rate-limited",
                                  far.id: "deleted"}
    assert result.seconds < 10, "another is not"


def test_a_pause_is_still_due_when_a_region_comes_again(regions, go):
    """A lookup was told to wait; others are asked, and then it is deleted."""
    world = regions()
    here, there = world["us"].org.add(), world["eu"].org.add()
    at = []

    def hook(request):
        at.append((request.method, time.monotonic()))
        if request.headers["x-api-key"] == here.secret:
            world["us"].inject("429 3", only="GET")     # for the next one
    world["us"].hook = hook
    result = go(world, "-j", "-y", "--retries=0", "--self", "-",
                stdin=lines(here.secret, there.secret))
    assert result.status == 0, result
    assert world.deleted() == {here.id, there.id}
    (_, asked), (method, when) = at[-2:]
    assert method == "DELETE" and when - asked > 2.9


def test_a_pause_of_another_region_is_kept_by_lists(regions, go):
    """The first is deleted, though a 503 said otherwise, and its region says
    when to come back; the second is another's. The list that proves the
    first is asked for when that is over, and not given up before."""
    world = regions(bad_key=403, cache_lag=60)
    here, there = world["us"].org.add(), world["eu"].org.add()
    first = world["us"]
    first.inject("status 503 after", only="DELETE")

    def hook(request):
        if (request.method == "DELETE" and "DELETE" not in
                [one.method for one in first.requests if one is not request]):
            first.inject("429 8", only="DELETE")
            first.inject("429 8", only="GET", times=99)
            timer = threading.Timer(8, first.faults.clear)
            timer.daemon = True
            timer.start()
    first.hook = hook
    result = go(world, "-j", "-y", "-t", "4", "--retries=1", "--self", "-",
                stdin=lines(here.secret, there.secret))
    assert dict(told(result)) == {here.id: "deleted", there.id: "deleted"}
    assert result.status == 0, result


def test_a_list_that_is_torn_accepts(regions, go):
    """Whose list it is is known; the rest is as with any other."""
    world = regions()
    token = world["us"].org.add()
    world["us"].inject("torn 40", only="GET", times=9)
    result = go(world, "-j", "-y", "--self", "--retries=0", key=token.secret)
    assert result.status == 1 and "cut short" in result.objects[0]["error"]
    assert world.asked()["eu"] == 0
    result = go(world, "-j", "-y", token.id, "--retries=0", key=token.secret)
    assert result.status == 0


@pytest.mark.parametrize("args", [[], ["--verify"], ["-n"], ["--revoke"]],
                         ids=str)
def test_each_its_own(regions, go, args):
    """Leaked secrets of anybody: who is dead is told so, the rest goes on,
    and each region is connected to once a step."""
    world = regions()
    tokens = [world[name].org.add(f"{name}{n}@example.com")
              for n in range(3) for name in REGIONS]
    dead = [world["us"].org.add(), world["aws"].org.add()]
    world["us"].org.remove(dead[0].id)
    world["aws"].org.expire(dead[1].id)
    alive = {t.id for t in tokens}
    result = go(world, "-j", "-y", "--self", "-", *args, stdin=lines(
        dead[0].secret, *[t.secret for t in tokens], dead[1].secret))
    assert result.status == 9, result
    ends = dict(told(result))
    word = {"-n": "would-delete", "--revoke": "revoked"}.get(
        "".join(args), "deleted")
    assert ends == dict.fromkeys(alive, word) | dict.fromkeys(
        ["line 1", "line 14"], "forbidden")
    gone = world.deleted() - {dead[0].id}
    assert gone == (alive if word == "deleted" else set())
    for one in result.objects:
        assert one["outcome"] != "forbidden" or (
            ALL in one["error"] and DEAD in one["error"])
    if args == ["--verify"]:
        for name, where in world.of.items():
            refused = [r.headers["x-api-key"] for r in where.requests
                       if r.status == 403]
            assert {t.secret for t in tokens
                    if t in where.org.deleted.values()} < set(refused)


def test_asked_once_for_all_regions(regions, patrm, certs):
    world = regions()
    tokens = [world[name].org.add() for name in REGIONS]
    at = patrm.at_terminal(
        "--region=any", "--cacert", certs.ca, *world.args(), "--self", "-",
        stdin=lines(*[t.secret for t in tokens]), stdout="pipe",
        stderr="pipe")
    at.expect("delete these 4 tokens? [y/N] ")
    assert world.asked(method="DELETE") == dict.fromkeys(REGIONS, 0)
    at.type("y\n")
    assert at.end().status == 0
    assert world.deleted() == {t.id for t in tokens}


def test_one_region_is_that_one(regions, go):
    """Without any, nobody else is asked, but a hint is given."""
    world = regions()
    token = world["eu"].org.add()
    result = go(world, "--self", "-y", "-j", region="us", key=token.secret)
    assert result.status == 3 and world.asked()["eu"] == 0
    assert "--region" in result.objects[0]["error"]
    assert DEAD in result.objects[0]["error"]


def test_nothing_to_ask(regions, go):
    """Where no TOKEN is one."""
    world = regions()
    assert go(world, "x", "-j", key=KEY).status == 2
    assert go(world, "--self", "-", "-j", stdin=b"x\n").status == 2
    assert sum(world.asked().values()) == 0


def test_proxies_and_whom_they_are_not_for(regions, go):
    """NO_PROXY is asked for each region."""
    world = regions()
    token = world["apac"].org.add()
    with Proxy("http") as proxy:
        result = go(world, token.id, "-j", key=token.secret, more={
            "HTTPS_PROXY": proxy.url, "NO_PROXY": REGIONS["eu"]})
        assert result.status == 0, result
        assert [port for _, port in proxy.asked] == [
            world["us"].port, world["apac"].port]
    assert world.asked()["eu"] == 1
