# SPDX-License-Identifier: MIT
# Service keys: lsv2_sk_... shows by itself which list and which route it is
# about, --service-keys says so of ids and records; and what cannot be said of
# them is refused before anything is sent.

import json

import pytest

from organization import MEMBERS, SERVICES, TOKENS
from server import IDS, Turn, http, record, until

YES = ["--yes", "--json"]


@pytest.fixture
def running(standin):
    return standin(services=3, tokens=3)


def sent(running):
    return [(one.method, one.path) for one in running.requests]


def services_of(running):
    return list(running.org.services.values())


def shown(key, shape):
    """The short key of it, in that shape."""
    secret = key.secret
    return {"prefix": secret[:12], "suffix": f"lsv2_sk_...{secret[-4:]}",
            "both": f"{secret[:12]}...{secret[-4:]}",
            "stars": f"{secret[:12]}****{secret[-4:]}",
            "dots": f"{secret[:12]}\u2026{secret[-4:]}"}[shape]


@pytest.mark.parametrize("shape", ["prefix", "suffix", "both", "stars",
                                   "dots"])
def test_a_short_key_shows_its_kind(running, ask, shape):
    key = services_of(running)[1]
    result = ask(running, *YES, shown(key, shape))
    told, = result.objects
    assert (result.status, told["token"], told["outcome"]) \
        == (0, key.id, "deleted")
    assert told["record"] == key.record
    assert sent(running) == [("GET", SERVICES),
                             ("DELETE", f"{SERVICES}/{key.id}")]
    assert key.id in running.org.deleted and len(running.org.tokens) == 5


def test_so_does_a_secret(running, ask):
    """Beside that of a token; the caller's own lists settle which is last."""
    key, token = services_of(running)[2], running.org.tokens[
        running.org.ids()[1]]
    lines = f"{key.secret}\n{token.secret}\n"
    result = ask(running, *YES, "--verify", "-", stdin=lines.encode())
    assert result.status == 0, result
    assert {one["token"] for one in result.objects} == {key.id, token.id}
    assert set(running.org.deleted) == {key.id, token.id}
    tried = [one.path for one in running.requests
             if one.headers["x-api-key"] == key.secret]
    assert tried == [SERVICES]      # where a service key may be refused


@pytest.mark.parametrize("args", [[], ["--verify"]], ids=str)
def test_an_id_is_deleted_as_asked(running, ask, args):
    key = services_of(running)[0]
    result = ask(running, "--service-keys", "-j", *args, key.id)
    assert result.status == 0 and result.objects[0]["record"] == key.record
    assert sent(running) == [("DELETE", f"{SERVICES}/{key.id}")] + [
        ("GET", SERVICES)] * len(args)


def test_without_the_option_an_id_is_a_tokens(running, ask):
    key = services_of(running)[0]
    result = ask(running, "-j", key.id)
    assert result.status == 4
    assert sent(running)[0] == ("DELETE", f"{TOKENS}/{key.id}")
    assert SERVICES not in [path for _, path in sent(running)]


def test_a_batch_of_both_kinds(running, ask):
    """Each kind in its lists, which are read once; nothing of one is taken
    for the other."""
    keys, ids = services_of(running), running.org.ids()
    secrets = [running.org.tokens[one].secret for one in ids[1:]]
    lines = [shown(keys[0], "both"), secrets[0][:12], keys[1].secret, ids[2],
             "lsv2_sk_" + secrets[1][8:12]]
    result = ask(running, *YES, "-", stdin="\n".join(lines).encode())
    told = {one["token"]: one["outcome"] for one in result.objects}
    assert told == {keys[0].id: "deleted", ids[1]: "deleted",
                    keys[1].id: "deleted", ids[2]: "deleted",
                    "line 5": "missing"}
    assert result.status == 9
    assert sorted(running.org.deleted) == sorted(
        [keys[0].id, keys[1].id, ids[1], ids[2]])
    reads = [path for method, path in sent(running) if method == "GET"]
    assert sorted(reads) == sorted([TOKENS, MEMBERS, SERVICES])


def test_two_keys_that_match(running, ask):
    one = running.org.add(secret="lsv2_sk_" + "ab" * 16 + "_0123456789")
    two = running.org.add(secret="lsv2_sk_" + "ab" * 16 + "_9876543210")
    result = ask(running, *YES, "lsv2_sk_abab")
    told, = result.objects
    assert (result.status, told["outcome"]) == (2, "ambiguous")
    assert set(told["candidates"]) == {one.id, two.id}
    assert running.org.deleted == {} and sent(running) == [("GET", SERVICES)]


def test_nothing_matches(running, ask):
    result = ask(running, *YES, "lsv2_sk_ffffffff")
    told, = result.objects
    assert (result.status, told["outcome"]) == (4, "missing")
    assert sent(running) == [("GET", SERVICES)]
    assert ask(running, *YES, "--ignore-missing",
               "lsv2_sk_ffffffff").status == 0


@pytest.mark.parametrize("args, stdin", [
    (["lsv2_sk_3f2b"], b""), (["-"], b"lsv2_sk_3f2b\n"),
    (["-"], b"lsv2_sk_" + b"3" * 32 + b"_0123456789\n"),
    (["-"], json.dumps(record(IDS[0], short_key="lsv2_sk_3f2b")).encode()),
], ids=["argument", "line", "secret", "record"])
def test_none_can_be_revoked(running, ask, args, stdin):
    """Nothing was sent for it; the others are told by themselves."""
    result = ask(running, "--revoke", *YES, *args, stdin=stdin)
    told, = result.objects
    assert (result.status, told["outcome"]) == (2, "invalid")
    assert "service key" in told["error"] and running.requests == []


def test_others_are_revoked_all_the_same(running, ask):
    key, own = services_of(running)[0], running.org.ids()[1]
    result = ask(running, "--revoke", *YES, shown(key, "both"), own)
    assert [one["outcome"] for one in result.objects] == ["invalid",
                                                          "revoked"]
    assert result.status == 9 and running.org.revoked() == [own]


@pytest.mark.parametrize("args", [
    ["--revoke", IDS[0]], ["--all-members"], ["--list", "--all-members"],
    ["--revoke", "-"]])
def test_what_does_not_go_with_them(running, ask, args):
    result = ask(running, "--service-keys", *args, stdin=b"x")
    assert result.status == 2 and "--service-keys" in result.errors
    assert running.requests == []


def test_it_is_no_command(running, ask):
    result = ask(running, "--service-keys")
    assert result.status == 2 and running.requests == []


def test_their_list(running, ask):
    result = ask(running, "--service-keys", "--list", "--json")
    assert result.objects == [one.record for one in services_of(running)]
    assert sent(running) == [("GET", SERVICES)]
    table = ask(running, "--service-keys", "--list")
    assert [line[:36] for line in table.text.splitlines()[1:]] \
        == list(running.org.services)


@pytest.mark.parametrize("keeper, count", [(False, 1), (True, 0)])
def test_who_may_not_see_them(standin, ask, keeper, count):
    """A short key cannot be found then, whatever other lists show."""
    running = standin(keeper=keeper, services=count)
    result = ask(running, *YES, "lsv2_sk_3f2b")
    told, = result.objects
    assert (result.status, told["outcome"]) == (
        (4, "missing") if keeper else (3, "forbidden"))
    assert sent(running) == [("GET", SERVICES)]


def test_one_list_that_fails_is_no_matter_of_the_other(standin, ask):
    running = standin(keeper=False, services=1)
    own = running.org.tokens[running.org.ids()[1]]
    key, = services_of(running)
    result = ask(running, *YES, shown(key, "both"), own.record["short_key"])
    assert [one["outcome"] for one in result.objects] == ["forbidden",
                                                          "deleted"]
    assert result.status == 9 and list(running.org.deleted) == [own.id]


# ---- the one that authenticates

@pytest.mark.parametrize("args", [[], ["--verify"], ["-n"]], ids=str)
def test_self(running, ask, args):
    key = services_of(running)[1]
    result = ask(running, "--self", *YES, *args, key=key.secret)
    told, = result.objects
    assert (result.status, told["token"]) == (0, key.id), result
    assert list(running.org.deleted) == ([] if "-n" in args else [key.id])
    assert sent(running)[0] == ("GET", SERVICES)
    assert TOKENS not in [path for _, path in sent(running)]


def test_self_until_it_is_refused(standin, ask):
    running = standin(services=1, cache_lag=1.2)
    key, = services_of(running)
    result = ask(running, "--self", "--verify", *YES, key=key.secret)
    assert result.status == 0 and result.seconds > 1
    running = standin(services=1, cache_lag=60)
    key, = services_of(running)
    result = ask(running, "--self", "--verify", "-t", "2", *YES,
                 key=key.secret)
    assert result.status == 10
    assert "not refused" in result.objects[0]["error"]


def test_self_cannot_be_revoked(running, ask):
    key = services_of(running)[1]
    result = ask(running, "--self", "--revoke", *YES, key=key.secret)
    assert result.status == 2 and running.requests == []


@pytest.mark.parametrize("form", ["id", "record", "short"])
@pytest.mark.parametrize("args", [[], ["--verify"]], ids=str)
def test_it_goes_last(running, ask, form, args):
    """After it nothing could be deleted."""
    keys = services_of(running)
    lines = [{"id": one.id, "record": json.dumps(one.record),
              "short": shown(one, "both")}[form] for one in keys]
    lines.append(running.org.ids()[0])
    running.org.admin = True
    result = ask(running, "--service-keys" if form == "id" else "-v", *YES,
                 *args, "-", stdin="\n".join(lines).encode(),
                 key=keys[0].secret)
    deleted = [one.path.rpartition("/")[2] for one in running.requests
               if one.method == "DELETE"]
    assert deleted[-1] == keys[0].id and len(deleted) == 4
    assert result.status == (9 if form == "id" else 0)
    assert set(running.org.deleted) >= {one.id for one in keys}


# ---- truth

LOST = ["drop-after rst", "status 502 after"]


@pytest.mark.parametrize("fault", LOST)
def test_a_lost_answer_that_the_list_settles(running, ask, fault):
    key = services_of(running)[0]
    running.inject(fault, only="DELETE", times=9)
    result = ask(running, "--service-keys", "-j", "--retries=0", key.id)
    assert result.status == 0, result
    assert running.org.deleted == {key.id: key}


def test_one_that_it_does_not(running, ask):
    key = services_of(running)[0]
    running.inject("drop-before rst", only="DELETE", times=9)
    result = ask(running, "--service-keys", "-j", "--retries=0", "-t", "2",
                 key.id)
    told, = result.objects
    assert (result.status, told["outcome"]) == (6, "unknown")
    assert "the list still shows" in told["error"]


def test_one_without_a_list(standin, ask):
    """Asked once; then it is not known, and that is said at once."""
    running = standin(services=1)
    key, = services_of(running)
    running.inject("drop-after rst", only="DELETE", times=9)
    running.hook = lambda _: setattr(running.org, "keeper",
                                     not running.org.deleted)
    result = ask(running, "--service-keys", "-j", "--retries=0", key.id)
    assert result.status == 6 and result.seconds < 5
    assert sent(running).count(("GET", SERVICES)) == 1


@pytest.mark.parametrize("gone", ["the list", "the caller's key"])
def test_verify_without_a_list(standin, ask, gone):
    """It is asked for once: it would not be another time later."""
    running = standin(services=1, bad_key=401)
    org, (key,) = running.org, services_of(running)

    def take(_):
        if org.deleted and gone == "the list":
            org.keeper = False
        elif org.deleted:
            org.secrets.pop(org.key, None)
    running.hook = take
    result = ask(running, "--service-keys", "-j", "--verify", key.id)
    assert result.status == 10 and result.seconds < 5
    assert sent(running).count(("GET", SERVICES)) == 1


def test_verify_by_the_list(running, ask):
    """It is deleted, as the server said; and there it is still."""
    key = services_of(running)[0]
    running.org.remove, until_then = (lambda _: None), running.org.remove
    result = ask(running, "--service-keys", "-j", "--verify", "-t", "2",
                 key.id)
    assert result.status == 10
    assert "still shows" in result.objects[0]["error"]
    running.org.remove = until_then
    assert ask(running, "--service-keys", "--verify", key.id).status == 0


@pytest.mark.parametrize("args, status", [
    ([], 4), (["--ignore-missing"], 0), (["--ignore-missing", "--verify"],
                                         0)])
def test_404(running, ask, args, status):
    """It is nobody else's: no list says more, but as a proof."""
    result = ask(running, "--service-keys", "-j", *args, IDS[0])
    assert result.status == status
    assert [path for method, path in sent(running) if method == "GET"] \
        == [SERVICES] * args.count("--verify")


def test_404_of_one_that_the_list_shows(serve, delete):
    """A 404 is no proof."""
    listed = http(200, [record(IDS[0])])
    server = serve(Turn(http(404, {"detail": "no"})), Turn(listed))
    result = delete(server, "--service-keys", "-j", "--ignore-missing",
                    "--verify", IDS[0])
    assert result.status == 4


def test_at_a_terminal(running, terminal):
    """The question, and what was found."""
    key = services_of(running)[0]
    at = terminal(running, shown(key, "both"))
    at.expect(key.record["description"])
    at.expect("[y/N] ")
    assert running.org.deleted == {}
    at.type("y\n")
    assert at.end().status == 0
    until(lambda: running.org.deleted == {key.id: key})


# ---- each for itself

@pytest.mark.parametrize("args", [[], ["--verify"], ["-n"]], ids=str)
def test_leaked_secrets_of_both_kinds(standin, ask, args):
    """--self -: each in the list of its kind, with its own authority."""
    running = standin(services=2, tokens=2, others=1, bad_key=401,
                      shape=lambda secret: f"{secret[:8]}...{secret[-4:]}")
    org = running.org
    tokens = [*org.services.values(), *org.tokens.values()]
    dead = "lsv2_sk_" + "0" * 32 + "_0123456789"
    lines = "\n".join([*(one.secret for one in tokens), dead])
    result = ask(running, "--self", *YES, *args, "-", stdin=lines.encode(),
                 env={"LANGSMITH_API_KEY": ""})
    ends = {one["token"]: one["outcome"] for one in result.objects}
    done = "would-delete" if "-n" in args else "deleted"
    assert ends == {**{one.id: done for one in tokens},
                    "line 6": "forbidden"}
    assert result.status == 9
    assert set(org.deleted) == (set() if "-n" in args
                                else {one.id for one in tokens})
    for one in running.requests:
        kind = one.headers["x-api-key"][5:7]
        assert ("/service-keys" in one.path) == (kind == "sk"), one


def test_leaked_service_keys_are_not_revoked(standin, ask):
    running = standin(services=1)
    key, = services_of(running)
    own = running.org.tokens[running.org.ids()[1]]
    result = ask(running, "--self", "--revoke", *YES, "-",
                 stdin=f"{key.secret}\n{own.secret}\n".encode())
    assert [one["outcome"] for one in result.objects] == ["invalid",
                                                          "revoked"]
    assert running.org.revoked() == [own.id] and key.id in running.org.services


def test_a_weak_secret_is_sure_in_its_own_list(standin, ask):
    running = standin(services=3, shape=lambda secret: secret[:12])
    key = services_of(running)[1]
    result = ask(running, *YES, "-", stdin=key.secret.encode())
    assert result.status == 0 and list(running.org.deleted) == [key.id]
    assert [one.path for one in running.requests[:2]] == [SERVICES] * 2
    assert running.requests[1].headers["x-api-key"] == key.secret
