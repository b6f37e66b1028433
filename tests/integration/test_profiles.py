# SPDX-License-Identifier: MIT
# The profiles of ~/.langsmith/config.json: which one counts, what goes before
# it, where its key goes, and that the file is only read.

import json
import os
import re

import pytest

from ports import closed_port
from server import Turn, http

NOBODY = "00000000-0000-4000-8000-000000000001"
# None is real; which one is sent shows where it came from.
KEYS = {name: "lsv2_pt_" + digit * 32 + "_" + digit * 10 for name, digit in {
    "file": "1", "environment": "2", "profile": "3", "other": "4",
    "older": "5"}.items()}
SPACES = {name: f"{digit * 8}-1111-4111-8111-111111111111"
          for name, digit in {"flag": "a", "environment": "b", "profile": "c",
                              "other": "d"}.items()}
BEARER = "eyJhbGciOiJIUzI1NiJ9.e30.ZRrHA1JJJW8opsbCGfG_HACGpVUMN_a9IV7pAx"
USUAL = ".langsmith/config.json"


@pytest.fixture
def write(patrm):
    """write(config, path=...) makes the file, of JSON or of bytes; a path is
    below the home."""
    def to(config, path=USUAL):
        file = patrm.folder / path
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(config if isinstance(config, bytes)
                         else json.dumps(config).encode())
        return file
    return to


@pytest.fixture
def run(patrm, certs):
    """run(*args, env=...) with no other configuration; no secret is shown."""
    def go(*args, env=None, **more):
        run = patrm.start(*args, env={"SSL_CERT_FILE": str(certs.ca)}
                          | (env or {}), **more)
        run.secrets += [BEARER.encode(),
                        *(key.encode() for key in KEYS.values())]
        return run.end()
    return go


@pytest.fixture
def never(standin):
    """Nobody may come there."""
    running = standin()
    yield running
    assert running.requests == []


def profiles(**named):
    """A file of profiles; current_profile is one of the arguments, too."""
    config = {"profiles": named}
    if "current_profile" in named:
        config["current_profile"] = named.pop("current_profile")
    return config


def sent(standin):
    """The headers of the only request."""
    request, = standin.requests
    return request.headers


def refused(result, *words):
    assert result.status == 2, result
    assert result.out == b"" and result.seconds < 5
    assert re.fullmatch(r"patrm: [^\n]+\n", result.errors), result
    for word in words:
        assert word in result.errors
    for secret in (*KEYS.values(), BEARER):
        assert secret[8:20] not in result.errors


# ---- which one

FOUR = {name: {"api_key": KEYS[key]} for name, key in {
    "default": "profile", "one": "other", "two": "older",
    "three": "file"}.items()}


@pytest.mark.parametrize("args, env, current, expected", [
    ([], {}, None, "default"),
    ([], {}, "one", "one"),
    ([], {"LANGSMITH_PROFILE": "two"}, None, "two"),
    ([], {"LANGSMITH_PROFILE": "two"}, "one", "two"),
    ([], {"LANGSMITH_PROFILE": ' "two" '}, "one", "two"),
    ([], {"LANGSMITH_PROFILE": ""}, "one", "one"),
    ([], {"LANGSMITH_PROFILE": "  "}, None, "default"),
    (["--profile=three"], {}, None, "three"),
    (["--profile=three"], {}, "one", "three"),
    (["--profile", "three"], {"LANGSMITH_PROFILE": "two"}, "one", "three"),
    (["--profile=default"], {"LANGSMITH_PROFILE": "two"}, "one", "default"),
    # one that is not asked for need not be there
    (["--profile=three"], {"LANGSMITH_PROFILE": "none"}, "none", "three"),
    ([], {"LANGSMITH_PROFILE": "two"}, "none", "two"),
], ids=str)
@pytest.mark.parametrize("where", [USUAL, "elsewhere/my profiles"])
def test_which_profile(standin, write, run, args, env, current, expected,
                       where):
    running = standin()
    config = {"current_profile": current, "profiles": {
        name: profile | {"api_url": running.endpoint}
        for name, profile in FOUR.items()}}
    path = write(config, where)
    if where != USUAL:
        env = env | {"LANGSMITH_CONFIG_FILE": str(path)}
        # which is then read by nobody
        write(profiles(default={"api_key": KEYS["environment"]}))
    run(*args, "--list", env=env)
    assert sent(running)["x-api-key"] == FOUR[expected]["api_key"]


def test_names_that_are_not_ascii(standin, write, run):
    running = standin()
    values = {"api_url": running.endpoint, "api_key": KEYS["profile"]}
    write({"profiles": {"büro 1": values, "default": {}}})
    run("--profile", "büro 1", "--list")
    assert sent(running)["x-api-key"] == KEYS["profile"]


def test_a_profile_does_it_all(standin, write, run):
    """Nothing else is needed to delete a token."""
    running = standin()
    org = running.org
    own = org.ids()
    write(profiles(default={"api_url": running.endpoint, "api_key": org.key,
                            "workspace_id": org.workspace}))
    result = run("-j", own[1])
    assert result.status == 0 and org.ids() == [own[0], own[2]]
    assert sent(running)["x-tenant-id"] == org.workspace
    assert "x-organization-id" not in sent(running)
    assert org.key not in result.text + result.errors


# ---- what is in one

@pytest.mark.parametrize("behind", ["", "/", "///", "/api/v1", "/api/v1/",
                                    "/api", "/api/"])
def test_the_url_of_a_profile(standin, write, run, behind):
    running = standin()
    write(profiles(default={"api_url": running.endpoint + behind,
                            "api_key": KEYS["profile"]}))
    run("--list")
    assert running.requests[0].path.startswith("/api/v1/orgs/current/")
    assert running.requests[0].headers["x-api-key"] == KEYS["profile"]


def test_the_url_of_a_profile_with_a_path(standin, write, run):
    running = standin(prefix="/langsmith")
    write(profiles(default={"api_url": running.endpoint + "/api/v1/",
                            "api_key": running.org.key}))
    assert run("--list").status == 0
    assert running.requests[0].path.startswith("/langsmith/api/v1/orgs/")


@pytest.mark.parametrize("value", [
    SPACES["profile"], SPACES["profile"].upper(), f' "{SPACES["profile"]}"\n'])
def test_the_workspace_of_a_profile(standin, write, run, value):
    running = standin()
    write(profiles(default={"api_url": running.endpoint,
                            "api_key": KEYS["profile"],
                            "workspace_id": value}))
    run("--list")
    assert sent(running)["x-tenant-id"] == SPACES["profile"]


@pytest.mark.parametrize("extra, args, env", [
    ({"workspace_id": SPACES["profile"]}, [], {}),
    ({}, ["-w", SPACES["flag"]], {}),
    ({}, ["-o", SPACES["flag"]], {}),
    ({}, [], {"LANGSMITH_WORKSPACE_ID": SPACES["environment"]}),
    ({}, [], {"LANGSMITH_ORGANIZATION_ID": SPACES["environment"]}),
], ids=str)
def test_the_bearer_token_of_a_profile(standin, write, run, extra, args, env):
    """It goes before the profile's key."""
    running = standin()
    write(profiles(default={
        "api_url": running.endpoint, "api_key": KEYS["profile"], "oauth": {
            "access_token": BEARER, "refresh_token": KEYS["other"],
            "expires_at": "2026-01-01T00:00:00Z"}} | extra))
    run("--list", *args, env=env)
    assert sent(running)["authorization"] == f"Bearer {BEARER}"
    assert "x-api-key" not in sent(running)
    assert KEYS["other"] not in str(sent(running))


@pytest.mark.parametrize("expiry, says", [
    ("2026-01-01T00:00:00Z", True), ("2020-01-01T01:00:00.5+01:00", True),
    ("9999-01-01T00:00:00Z", False), ("soon", False), (1, False),
    (None, False)], ids=str)
@pytest.mark.parametrize("args", [["--list"], [NOBODY]], ids=str)
def test_a_login_that_has_expired(serve, write, run, args, expiry, says):
    """The server has the word, since this machine's clock may be wrong."""
    for code in (401, 403):
        server = serve(*[Turn(http(code, {"detail": "no"}))] * 3)
        write(profiles(default={
            "api_url": server.endpoint, "workspace_id": SPACES["profile"],
            "oauth": {"access_token": BEARER, "expires_at": expiry}}))
        result = run(*args)
        assert result.status == 3
        assert (f"HTTP status {code}" in result.errors)
        assert ("login expired at 20" in result.errors) == says
        assert ("langsmith auth login" in result.errors) == says


def test_a_bearer_token_without_a_scope(never, write, run):
    write(profiles(default={"api_url": never.endpoint,
                            "oauth": {"access_token": BEARER}}))
    refused(run("--list"), "--organization", "--workspace")


def test_a_bearer_token_for_self(never, write, run):
    write(profiles(default={"api_url": never.endpoint,
                            "workspace_id": SPACES["profile"],
                            "oauth": {"access_token": BEARER}}))
    refused(run("--self", "-y"), "bearer")


@pytest.mark.parametrize("oauth", [
    None, {}, {"access_token": None}, {"access_token": ""},
    {"access_token": " "}, {"refresh_token": KEYS["other"]}])
def test_without_a_bearer_token_it_is_the_key(standin, write, run, oauth):
    running = standin()
    write(profiles(default={"api_url": running.endpoint, "oauth": oauth,
                            "api_key": KEYS["profile"]}))
    run("--list")
    assert sent(running)["x-api-key"] == KEYS["profile"]


@pytest.mark.parametrize("config", [
    {}, {"profiles": None}, {"profiles": {}}, {"profiles": {"default": None}},
    {"profiles": {"default": {}}}, {"current_profile": None},
    {"current_profile": "", "profiles": {}},
    {"profiles": {"default": {"api_url": None, "api_key": None,
                              "workspace_id": None, "oauth": None}}},
    {"profiles": {"default": {"api_url": "", "api_key": "",
                              "workspace_id": " "}}},
    {"profiles": {"another": {"api_url": "https://x", "api_key": "x"}}},
    {"unknown": [1, {"a": None}], "profiles": {"default": {"more": 7}}},
], ids=json.dumps)
def test_nulls_and_nothing(standin, write, run, config):
    """What a profile does not have comes from elsewhere."""
    running = standin()
    write(config)
    env = {"LANGSMITH_API_KEY": running.org.key,
           "LANGSMITH_ENDPOINT": running.endpoint}
    assert run("--list", env=env).status == 0
    assert sent(running)["x-api-key"] == running.org.key
    assert "x-tenant-id" not in sent(running)
    refused(run("--list"), "no API key was given")


def test_escapes_and_blanks(standin, write, run):
    """JSON is JSON: in names, too."""
    running = standin()
    url = running.endpoint.replace("/", r"\/")
    key = KEYS["profile"].replace("_", r"\u005f")
    write(f' {{"profiles":\n{{"def\\u0061ult" : {{"api_url":"{url}",\t'
          f'"\\u0061pi_key":" \\"{key}\\" "}}}}}}\r\n'.encode())
    run("--list")
    assert sent(running)["x-api-key"] == KEYS["profile"]


# ---- what goes before what, each value by itself

def key_file(patrm):
    path = patrm.folder / "key"
    path.write_text(KEYS["file"] + "\n")
    return ["-k", path]


ENVIRONMENT = {"LANGSMITH_API_KEY": KEYS["environment"]}


@pytest.mark.parametrize("flag, env, named, expected", [
    (False, {}, False, "profile"),
    (False, {}, True, "profile"),
    (False, ENVIRONMENT, False, "environment"),
    (False, ENVIRONMENT, True, "profile"),
    (False, {"LANGCHAIN_API_KEY": KEYS["older"]}, False, "older"),
    (False, {"LANGCHAIN_API_KEY": KEYS["older"]}, True, "profile"),
    (False, {"LANGSMITH_API_KEY": " "}, False, "profile"),
    (True, {}, False, "file"),
    (True, {}, True, "file"),
    (True, ENVIRONMENT, False, "file"),
    (True, ENVIRONMENT, True, "file"),
], ids=str)
def test_which_key(standin, patrm, write, run, flag, env, named, expected):
    running = standin()
    write(profiles(default={"api_url": running.endpoint,
                            "api_key": KEYS["profile"]}))
    run("--list", *(key_file(patrm) if flag else []),
        *(["--profile=default"] if named else []), env=env)
    assert sent(running)["x-api-key"] == KEYS[expected]


@pytest.mark.parametrize("flag, env, named, expected", [
    (None, {}, False, "profile"),
    (None, {}, True, "profile"),
    (None, {"LANGSMITH_WORKSPACE_ID": SPACES["environment"]}, False,
     "environment"),
    (None, {"LANGSMITH_WORKSPACE_ID": SPACES["environment"]}, True,
     "profile"),
    (None, {"LANGSMITH_TENANT_ID": SPACES["other"]}, False, "other"),
    (None, {"LANGSMITH_TENANT_ID": SPACES["other"]}, True, "profile"),
    ("flag", {"LANGSMITH_WORKSPACE_ID": SPACES["environment"]}, False,
     "flag"),
    ("flag", {}, True, "flag"),
], ids=str)
def test_which_workspace(standin, write, run, flag, env, named, expected):
    running = standin()
    write(profiles(default={
        "api_url": running.endpoint, "api_key": KEYS["profile"],
        "workspace_id": SPACES["profile"]}))
    run("--list", *(["-w", SPACES[flag]] if flag else []),
        *(["--profile=default"] if named else []), env=env)
    assert sent(running)["x-tenant-id"] == SPACES[expected]


@pytest.mark.parametrize("flag, env, named, expected", [
    (False, "", False, "profile"),
    (False, "", True, "profile"),
    (False, "LANGSMITH_ENDPOINT", False, "environment"),
    (False, "LANGSMITH_ENDPOINT", True, "profile"),
    (False, "LANGCHAIN_ENDPOINT", False, "environment"),
    (False, "LANGCHAIN_ENDPOINT", True, "profile"),
    (True, "", False, "flag"),
    (True, "LANGSMITH_ENDPOINT", False, "flag"),
    (True, "LANGSMITH_ENDPOINT", True, "flag"),
], ids=str)
def test_which_endpoint(standin, patrm, write, run, flag, env, named,
                        expected):
    """With a key of the command line, that goes to any of them."""
    all_of_them = {name: standin() for name in ("profile", "environment",
                                                "flag")}
    url = {name: running.endpoint for name, running in all_of_them.items()}
    write(profiles(default={"api_url": url["profile"]}))
    run("--list", *(["-e", url["flag"]] if flag else []), *key_file(patrm),
        *(["--profile=default"] if named else []),
        env={env: url["environment"]} if env else {})
    assert [name for name, running in all_of_them.items()
            if running.requests] == [expected]
    assert sent(all_of_them[expected])["x-api-key"] == KEYS["file"]


def test_a_named_profile_without_a_value_leaves_the_environments(
        standin, write, run):
    running = standin()
    write(profiles(mine={"workspace_id": SPACES["profile"]}))
    run("--list", "--profile=mine", env=ENVIRONMENT | {
        "LANGSMITH_ENDPOINT": running.endpoint,
        "LANGSMITH_WORKSPACE_ID": SPACES["environment"],
        "LANGSMITH_ORGANIZATION_ID": SPACES["other"]})
    assert sent(running)["x-api-key"] == KEYS["environment"]
    assert sent(running)["x-tenant-id"] == SPACES["profile"]
    assert sent(running)["x-organization-id"] == SPACES["other"]


def test_a_bearer_token_of_the_environment_and_a_profile(standin, write, run):
    """Before an unnamed profile's key, and behind a named one's."""
    for named in (False, True):
        running = standin()
        write(profiles(default={"api_url": running.endpoint,
                                "api_key": KEYS["profile"],
                                "workspace_id": SPACES["profile"]}))
        run("--list", *(["--profile=default"] if named else []),
            env={"LANGSMITH_BEARER_TOKEN": BEARER})
        headers = sent(running)
        assert headers.get("x-api-key") == (
            KEYS["profile"] if named else None)
        assert headers.get("authorization") == (
            None if named else f"Bearer {BEARER}")


# ---- where its key goes

SECRETS = {"api_key": {"api_key": KEYS["profile"]},
           "oauth": {"oauth": {"access_token": BEARER},
                     "workspace_id": SPACES["profile"]}}


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("home", ["elsewhere", "nowhere said"])
@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("variable", ["LANGSMITH_ENDPOINT",
                                      "LANGCHAIN_ENDPOINT"])
def test_it_is_not_for_the_environments_endpoint(standin, write, run, kind,
                                                 home, named, variable):
    """Which a shell may have had for another purpose. A profile that says
    no endpoint is of the default one."""
    other, its_own = standin(), standin()
    if home == "elsewhere":
        profile = SECRETS[kind] | {"api_url": its_own.endpoint}
    else:
        profile = SECRETS[kind]
    write(profiles(mine=profile, current_profile="mine"))
    result = run(*(["--profile=mine"] if named else []), "-y",
                 "lsv2_pt_0000", env={variable: other.endpoint})
    if named and home == "elsewhere":   # a named one's endpoint goes before
        assert sent(its_own)
    else:
        refused(result, "profile's key")
        assert its_own.requests == []
    assert other.requests == []


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize("variable", [None, "LANGSMITH_ENDPOINT"])
def test_it_is_for_the_endpoint_of_the_command_line(standin, write, run, kind,
                                                    named, variable):
    named_one, its_own, other = standin(), standin(), standin()
    write(profiles(mine=SECRETS[kind] | {"api_url": its_own.endpoint},
                   current_profile="mine"))
    run("-e", named_one.endpoint, *(["--profile=mine"] if named else []),
        "--list", env={variable: other.endpoint} if variable else {})
    assert KEYS["profile"] in str(sent(named_one)) \
        or BEARER in str(sent(named_one))
    assert its_own.requests == other.requests == []


@pytest.mark.parametrize("behind", ["", "/", "/api", "/api/v1", "/api/v1//"])
def test_the_same_endpoint_in_both_places(standin, write, run, behind):
    """However it is spelled, it is the profile's."""
    running = standin()
    write(profiles(default={"api_url": running.endpoint + "/",
                            "api_key": KEYS["profile"]}))
    run("--list", env={"LANGSMITH_ENDPOINT": running.endpoint + behind})
    assert sent(running)["x-api-key"] == KEYS["profile"]


@pytest.mark.parametrize("change", [
    lambda url: url.replace("localhost", "127.0.0.1"),
    lambda url: re.sub(r":\d+$", f":{closed_port()}", url),
    lambda url: url + "/another", lambda url: url.replace("https", "http"),
], ids=["host", "port", "path", "scheme"])
def test_nearly_the_same_endpoint(never, write, run, change):
    """On one host somebody else may have another path, or port."""
    write(profiles(default={"api_url": never.endpoint,
                            "api_key": KEYS["profile"]}))
    refused(run("--list",
                env={"LANGSMITH_ENDPOINT": change(never.endpoint)}))


def test_the_environments_key_and_endpoint_need_no_profile(standin, write,
                                                           run):
    """A profile that is there but not used is in nobody's way."""
    running = standin()
    write(profiles(default={"api_url": "https://elsewhere.example",
                            "api_key": KEYS["profile"]}))
    run("--list", env=ENVIRONMENT | {"LANGSMITH_ENDPOINT": running.endpoint})
    assert sent(running)["x-api-key"] == KEYS["environment"]


# ---- files that are none

BAD_KEY = KEYS["profile"].encode()
BROKEN = {
    "no JSON": b"api_key = " + BAD_KEY,
    "empty": b"",
    "blanks": b" \n",
    "only a secret": BAD_KEY,
    "a string": b'"' + BAD_KEY + b'"',
    "a list": b'["' + BAD_KEY + b'"]',
    "null": b"null",
    "a number": b"17",
    "torn": b'{"profiles":{"default":{"api_key":"' + BAD_KEY,
    "more behind": b'{"profiles":{"default":{"api_key":"' + BAD_KEY
                   + b'"}}} x',
    "two objects": b'{"profiles":{"default":{"api_key":"' + BAD_KEY
                   + b'"}}}{}',
    "a BOM": b'\xef\xbb\xbf{"profiles":{"default":{"api_key":"' + BAD_KEY
             + b'"}}}',
    "a comment": b'{"profiles":{"default":{"api_key":"' + BAD_KEY
                 + b'"}}} // mine',
    "single quotes": b"{'profiles':{'default':{'api_key':'" + BAD_KEY
                     + b"'}}}",
    "not UTF-8": b'{"profiles":{"default":{"api_key":"\xff' + BAD_KEY
                 + b'"}}}',
    "too deep": b'{"a":' + b"[" * 50 + b"]" * 50 + b',"api_key":"' + BAD_KEY
                + b'"}',
    "too many values": b'{"a":[' + b"1," * 3000 + b'1],"b":"' + BAD_KEY
                       + b'"}',
    "too large": b'{"a":"' + b"x" * 70_000 + b'","b":"' + BAD_KEY + b'"}',
    "very large": b'{"a":"' + BAD_KEY + b"x" * 5_000_000 + b'"}',
}
KEY = KEYS["profile"]
TYPES = {
    # a string is JSON as it stands
    "profiles a list": {"profiles": [KEY]},
    "profiles a string": {"profiles": KEY},
    "a profile a string": {"profiles": {"default": KEY}},
    "a profile a list": {"profiles": {"default": [{"api_key": KEY}]}},
    "a key of a number": profiles(default={"api_key": 17}),
    "a key of a list": profiles(default={"api_key": [KEY]}),
    "a key of an object": profiles(default={"api_key": {"value": KEY}}),
    "a URL of a number": profiles(default={"api_url": 1, "api_key": KEY}),
    "a URL of false": profiles(default={"api_url": False, "api_key": KEY}),
    "a workspace of a number": profiles(default={"workspace_id": 1,
                                                 "api_key": KEY}),
    "oauth a string": profiles(default={"oauth": BEARER}),
    "oauth a list": profiles(default={"oauth": [BEARER]}),
    "a token of a list": profiles(default={"oauth": {
        "access_token": [BEARER]}}),
    "current a number": {"current_profile": 1,
                         "profiles": {"default": {"api_key": KEY}}},
    "current a list": {"current_profile": [KEY], "profiles": {}},
    "key twice": '{"profiles":{"default":{"api_key":"%s","api_key":"%s"}}}'
                 % (KEY, KEYS["other"]),
    "key twice by an escape":
        r'{"profiles":{"default":{"api_key":"%s","\u0061pi_key":"%s"}}}'
        % (KEY, KEYS["other"]),
    "URL twice": '{"profiles":{"default":{"api_url":"https://a",'
                 '"api_url":"https://b","api_key":"%s"}}}' % KEY,
    "profiles twice": '{"profiles":{"default":{"api_key":"%s"}},'
                      '"profiles":{}}' % KEY,
    "the profile twice": '{"profiles":{"default":{"api_key":"%s"},'
                         '"default":{"api_key":"%s"}}}' % (KEY, KEY),
    "current twice": '{"current_profile":"a","current_profile":"default",'
                     '"profiles":{"default":{"api_key":"%s"}}}' % KEY,
    "token twice": '{"profiles":{"default":{"oauth":{"access_token":"%s",'
                   '"access_token":"%s"}}}}' % (BEARER, BEARER),
    # values that are none
    "a key of two lines": profiles(default={"api_key": f"{KEY}\r\nX: {KEY}"}),
    "a key with NUL": profiles(default={"api_key": f"{KEY}\0"}),
    "a long key": profiles(default={"api_key": KEY * 200}),
    "a URL that is none": profiles(default={"api_url": "nonsense",
                                            "api_key": KEY}),
    "a URL with a password": profiles(default={
        "api_url": f"https://me:{KEY}@localhost", "api_key": KEY}),
    "a URL with a query": profiles(default={
        "api_url": f"https://localhost/?key={KEY}", "api_key": KEY}),
    "a key for a URL": profiles(default={"api_url": KEY, "api_key": KEY}),
    "a key for a workspace": profiles(default={"workspace_id": KEY,
                                               "api_key": KEY}),
    "a workspace that is none": profiles(default={"workspace_id": "me",
                                                  "api_key": KEY}),
    "plain HTTP": profiles(default={"api_url": "http://192.0.2.1",
                                    "api_key": KEY}),
    "no such current": {"current_profile": "none",
                        "profiles": {"default": {"api_key": KEY}}},
    "current of no profiles": {"current_profile": "x", "profiles": None},
}


@pytest.mark.parametrize("name", [*BROKEN, *TYPES])
@pytest.mark.parametrize("key", [False, True], ids=["alone", "with -k"])
def test_a_file_that_is_wrong(write, patrm, run, name, key):
    """One line, and never what is in it; wherever the key comes from. The
    endpoint is nobody's, so that a connection would end in 5."""
    config = BROKEN.get(name) if name in BROKEN else TYPES[name]
    if isinstance(config, str):
        config = config.encode()
    write(config)
    its_keys_alone = ("a key of two", "a key with NUL", "a long key")
    if key and name.startswith(its_keys_alone):
        return      # it is not used
    result = run(*(key_file(patrm) if key else []), "-t", "1", "--retries=0",
                 NOBODY)
    refused(result)


@pytest.mark.parametrize("named", [
    ["--profile=none"], ["--profile="], ["--profile=" + "x" * 300],
    ["--profile=\x1b[2J"], ["--profile=default\n"]], ids=repr)
@pytest.mark.parametrize("there", [True, False])
def test_no_such_profile(write, run, named, there):
    if there:
        write(profiles(default={"api_key": KEY}))
    result = run(*named, NOBODY, env=ENVIRONMENT)
    refused(result, "no profile")
    assert "\x1b" not in result.errors


@pytest.mark.parametrize("how", ["--profile", "LANGSMITH_PROFILE",
                                 "current_profile"])
@pytest.mark.parametrize("secret", [KEY, BEARER, KEY[:30]])
def test_a_secret_for_a_name(write, run, how, secret):
    """Somebody has mixed them up: what looks like one is not repeated."""
    current = secret if how == "current_profile" else None
    write({"current_profile": current, "profiles": {"a": {"api_key": KEY}}})
    result = run(*(["--profile", secret] if how == "--profile" else []),
                 NOBODY, env=ENVIRONMENT | (
                     {how: secret} if how.startswith("LANG") else {}))
    refused(result)
    assert secret not in result.errors


@pytest.mark.parametrize("where", [USUAL, "other/file"])
@pytest.mark.parametrize("kind", ["folder", "loop", "pipe", "endless",
                                  "memory"])
def test_a_file_that_cannot_be_read(patrm, run, where, kind):
    """It is there, and perhaps all would be otherwise with it. A pipe is not
    waited for."""
    path = patrm.folder / where
    path.parent.mkdir()
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to({"loop": path, "endless": "/dev/zero",
                         "memory": "/proc/self/mem"}[kind])
    env = {} if where == USUAL else {"LANGSMITH_CONFIG_FILE": str(path)}
    refused(run(NOBODY, env=ENVIRONMENT | env))


@pytest.mark.parametrize("where", [USUAL, "other/file"])
@pytest.mark.parametrize("named", [[], ["--profile=default"]], ids=str)
def test_a_file_of_somebody_else(standin, write, run, as_root, where, named):
    """It does not matter where the key and the endpoint are given, unless it
    was asked for."""
    running = standin()
    path = write(profiles(default={"api_key": KEY}), where)
    path.chmod(0)
    env = {"LANGSMITH_ENDPOINT": running.endpoint,
           "LANGSMITH_API_KEY": running.org.key}
    if where != USUAL:
        env["LANGSMITH_CONFIG_FILE"] = str(path)
    # root without the right to read what it may not
    result = run(*named, "--list", env=env, wrapper=[
        "setpriv", "--bounding-set=-all", "--inh-caps=-all"])
    if "setpriv" in result.errors:
        pytest.skip("needs setpriv(1)")
    if named:
        refused(result, "Permission denied")
        return
    assert result.status == 0, result
    del env["LANGSMITH_ENDPOINT"]
    refused(run("--list", env=env, wrapper=[
        "setpriv", "--bounding-set=-all", "--inh-caps=-all"]),
        "Permission denied")


@pytest.mark.parametrize("env, status", [
    ({}, 0), ({"HOME": ""}, 0), ({"HOME": "/nowhere"}, 0),
    ({"HOME": "/dev/null"}, 0), ({"HOME": "/" + "x" * 5000}, 0),
    ({"LANGSMITH_CONFIG_FILE": ""}, 0),
    ({"LANGSMITH_CONFIG_FILE": "/nowhere/at/all"}, 2),
    ({"LANGSMITH_CONFIG_FILE": "relative"}, 2),
    ({"LANGSMITH_CONFIG_FILE": "/dev/null"}, 2),    # it is no object
    ({"LANGSMITH_PROFILE": "a"}, 0),    # there are none to pick from
], ids=str)
def test_no_file(standin, run, env, status):
    """Of the usual name it need not be there, of another one it must, unless
    all that it could say is given."""
    running = standin()
    given = {"LANGSMITH_API_KEY": running.org.key}
    whole = {"LANGSMITH_ENDPOINT": running.endpoint} | given | env
    assert run("--list", env=whole).status == 0
    count = len(running.requests)
    result = run("-e", running.endpoint, "--list", env=given | env)
    assert result.status == 0
    if status:
        refused(run("--list", env=given | env))
        assert len(running.requests) == count + 1


def test_help_needs_no_file(write, run):
    write(b"nonsense")
    assert run("--help").status == run("--version").status == 0


# ---- it is only read

@pytest.mark.native("strace")
@pytest.mark.parametrize("config", [
    profiles(default={"api_key": KEY, "oauth": {
        "access_token": BEARER, "refresh_token": KEYS["other"],
        "expires_at": "2020-01-01T00:00:00Z"},
        "workspace_id": SPACES["profile"]}),
    b"nonsense",
], ids=["good", "bad"])
def test_it_is_never_written(standin, patrm, write, run, tmp_path, config):
    """Not even where its token has expired and could be made anew."""
    running = standin()
    path = write(config)
    before, content = path.stat(), path.read_bytes()
    folder = sorted(p for p in patrm.folder.rglob("*"))
    trace = tmp_path / "trace"
    run("-e", running.endpoint, "--list", wrapper=[
        "strace", "-f", "-o", trace, "-e", "trace=%file,ftruncate"])
    after = path.stat()
    for name in ("st_mtime_ns", "st_ctime_ns", "st_ino", "st_mode",
                 "st_size"):
        assert getattr(before, name) == getattr(after, name)
    assert path.read_bytes() == content
    assert sorted(p for p in patrm.folder.rglob("*")) == folder
    calls = [line for line in trace.read_text().splitlines()
             if ".langsmith" in line]
    if not calls:
        pytest.skip("needs ptrace(2), which is not allowed here")
    for call in calls:
        assert re.search(r"\bopen(at)?\(.*O_RDONLY", call)
        assert not re.search("O_WRONLY|O_RDWR|O_CREAT|O_TRUNC", call)
