# SPDX-License-Identifier: MIT
# What is written of patrm is so: the manual, --help and the options there
# are; the environment; the contract; and the README, run as it is printed.

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from conftest import KEY, TOP
from organization import OTHER, TOKENS, redacted
from regions import World
from server import ID, until
from terminal import Terminal

pytestmark = pytest.mark.native("about documents")

MANUAL = (TOP / "docs/patrm.1").read_text()
README = (TOP / "README.md").read_text()
CONTRACT = TOP.parent / "shared/CLI.md"
ORG = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
SECRET = "lsv2_pt_" + "9" * 32 + "_" + "8" * 10


# ---- options

def options_of_the_source():
    """By long name: the letter or None, and whether it takes a value."""
    text = (TOP / "src/cli/options.h").read_text()
    found = re.findall(r"""X\(\w+, (?:0|'(.)'), "([a-z-]+)", OPTION_(\w+),""",
                       text)
    return {name: (letter or None, kind != "FLAG")
            for letter, name, kind in found}


def options_of_the_manual():
    found = {}
    for line in re.findall(r"^\.It (Fl .+)$", MANUAL, re.M):
        names = re.findall(r"Fl (\S+)((?: Ar \S+)?)", line)
        letter = next((n for n, _ in names if n[0] != "-"), None)
        long, value = next(one for one in names if one[0][0] == "-")
        assert long[1:] not in found, line
        found[long[1:]] = letter, bool(value)
    return found


def options_of_the_help(text):
    return {name: (letter or None, bool(value)) for letter, name, value in
            re.findall(r"^  (?:-(\S),|   ) --([a-z-]+)( \S+)?", text, re.M)}


def test_one_set_of_options(patrm):
    """Letters, names, and what takes a value."""
    source = options_of_the_source()
    assert len(source) > 20
    assert options_of_the_manual() == source
    assert options_of_the_help(patrm("--help").text) == source


@pytest.mark.parametrize("name", options_of_the_source())
def test_each_option_is_there(patrm, name):
    """In its long form, and in its short one."""
    letter, value = options_of_the_source()[name]
    for option in filter(None, (f"--{name}", letter and f"-{letter}")):
        result = patrm(option, *(["x"] if value else []))
        assert "unknown option" not in result.errors, option
        assert result.status in ((0,) if name in ("help", "version")
                                 else (2,))
        if value:
            result = patrm(option)
            assert f"--{name} needs a value" in result.errors
    assert "unknown option" in patrm(f"--{name}x").errors


def test_letters_that_are_none(patrm):
    letters = {letter for letter, _ in options_of_the_source().values()}
    for letter in map(chr, range(ord("A"), ord("z") + 1)):
        if letter.isalpha():
            result = patrm(f"-{letter}", *(["x"] * 2))
            assert ("unknown option" in result.errors) \
                == (letter not in letters), letter


def test_every_option_that_a_document_names():
    """In its text and examples, too."""
    names = {f"--{name}" for name in options_of_the_source()}
    known = names | {f"-{letter}" for letter, _ in
                     options_of_the_source().values() if letter}
    manual = {f"-{name}" for name in re.findall(r"\bFl ([\w-]\S*)", MANUAL)}
    examples = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*",
                              "\n".join(re.findall(r"(?m)^\.Dl (.*)$",
                                                   MANUAL))))
    readme = {option for line in re.findall(
        r"(?m)^    (?:ssh router )?\S*patrm (.*)$", README)
        for option in re.findall(r"(?<![\w-])--?[a-z][a-z-]*",
                                 line.partition("#")[0])}
    assert readme and examples
    assert (manual | examples | readme) - known == set()
    inline = set(re.findall(r"`(--?[a-z][a-z-]*)\b", README))
    assert inline - known == set()


# ---- the environment

@pytest.fixture(scope="module")
def completions(tmp_path_factory):
    """completions(shell), as the table of options makes them."""
    tool = tmp_path_factory.mktemp("completions") / "tool"
    subprocess.run(["cc", "-std=c11", "-D_GNU_SOURCE", f"-I{TOP}/src", "-o",
                    tool, TOP / "docs/completions.c"], check=True)
    return lambda shell: subprocess.run(
        [tool, shell], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_have_each_option(completions, shell):
    text = completions(shell)
    for name in options_of_the_source():
        form = f"-l {name} " if shell == "fish" else f"--{name}"
        assert form in text


@pytest.mark.parametrize("words, wanted", [
    (["--re"], {"--region", "--revoke", "--retries", "--resolve"}),
    (["--json", "--ver"], {"--verify", "--verbose", "--version"}),
    (["--cacert", "a"], {"a.pem"}), (["-k", "k"], {"key"}),
    (["--region", "e"], set())])
def test_bash_completes(completions, tmp_path, words, wanted):
    (tmp_path / "completions").write_text(completions("bash"))
    (tmp_path / "a.pem").touch()
    (tmp_path / "key").touch()
    script = (". ./completions; COMP_WORDS=(patrm \"$@\"); COMP_CWORD=$#;"
              "_patrm; printf '%s\\n' \"${COMPREPLY[@]}\"")
    result = subprocess.run(["bash", "-c", script, "bash", *words],
                            cwd=tmp_path, capture_output=True, text=True)
    assert set(result.stdout.split()) == wanted and result.stderr == ""


def test_the_environment_is_in_the_manual():
    """All that is read, and nothing else. HOME is the ~ of the file."""
    read = set()
    for name in ("options.h", "profile.c", "config.c"):
        text = (TOP / "src/cli" / name).read_text()
        read |= set(re.findall(r'getenv\("([A-Z_]+)"\)', text))
        read |= set(re.findall(
            r"\b(?:LANGSMITH|LANGCHAIN|SSL)_[A-Z_]+|\b[a-zA-Z]+_(?:proxy|PROXY)"
            r"(?=[ \"])", text)) - {"resolve_proxy"}
    read.remove("HOME")
    section = MANUAL.partition(".Sh ENVIRONMENT")[2].partition("\n.Sh ")[0]
    told = {name for line in re.findall(r"(?m)^\.It Ev (.+)$", section)
            for name in line.split(" , ")}
    assert told == read and "~/.langsmith/config.json" in MANUAL


def test_the_environment_is_read_nowhere_else():
    for path in (TOP / "src").rglob("*.c"):
        if path.name not in ("options.c", "profile.c"):
            assert not re.search(r"getenv|environ\b", path.read_text()), path


# ---- the contract

@pytest.fixture(scope="module")
def contract():
    if not CONTRACT.is_file():
        pytest.skip(f"{CONTRACT} is not here")
    return CONTRACT.read_text()


def test_its_outcomes_are_in_the_manual(contract):
    section = contract.partition("`outcome`: ")[2].partition(".\n")[0]
    outcomes = re.findall(r"`([a-z-]+)`", section)
    assert len(outcomes) == 14
    listed = MANUAL.partition("The outcomes are")[2].partition("\n.Sh ")[0]
    assert re.findall(r"\.Ql ([a-z-]+)", listed) == outcomes


def test_its_statuses_are_in_the_documents(contract, patrm):
    rows = re.findall(r"^\| (\d+(?:\+N)?) \|", contract, re.M)
    assert len(rows) == 12
    section = MANUAL.partition(".Sh EXIT STATUS")[2].partition("\n.Sh ")[0]
    assert re.findall(r"(?m)^\.It (\S+)$", section) == rows
    assert re.findall(r"^\| (\d+(?:\+N)?) \|", README, re.M) == rows
    said = patrm("--help").text.partition("exit status")[2]
    for row in rows:
        assert re.search(rf"(?<!\d){re.escape(row)} \w", said), row


def test_its_options_are_there(contract):
    """But for those that are marked as new: they may be, or not yet."""
    promised = {"--all-members"}
    new = set()
    assert "`--all-members`" in contract
    for row in re.findall(r"^\| (`-.*?) \|", contract, re.M):
        names = re.findall(r"--[a-z-]+", row)
        (new if "(new)" in row else promised).update(names)
    there = {f"--{name}" for name in options_of_the_source()}
    assert promised <= there <= promised | new


REFUSED = {
    # what the contract says: command lines, and perhaps an environment
    "standard input used twice": [
        ["-k", "-", "-"], ["-", "-"], ["--bearer-file", "-", "-o", ORG, "-"],
        ["-k-", "-", ID], ["-", ID, "-"]],
    "`-k` with `--bearer-file`": [
        ["-k", "/dev/null", "--bearer-file", "/dev/null", "-o", ORG, ID]],
    "`-e` with `--region`": [["--region", "eu", ID], ["--region=us", ID]],
    "`--self` or `--list` with a TOKEN": [
        ["--self", ID], ["--self", "-", ID], ["--list", ID], ["-l", "-"],
        ["--all-members", ID], ["-y", "--self", "lsv2_pt_3f2b"]],
    "or with each other": [["--self", "--list"], ["-l", "--self", "-y"],
                           ["--self", "--all-members"]],
    "`--self` with a bearer token": [
        ["--self", "-y", "-o", ORG, "--bearer-file", "/etc/hostname"],
        (["--self", "-y", "-o", ORG], {"LANGSMITH_BEARER_TOKEN": "eyJ"})],
    "`--verify`\nwith `--dry-run`": [
        ["--verify", "--dry-run", ID], ["-n", "--verify", "-"],
        ["-n", "--verify", "--self"]],
    "`-q` with `-v`": [["-q", "-v", ID], ["-qv", "--list"],
                       ["--quiet", "--verbose", "-"]],
    "an option with one value given twice": [
        [f"{option}={value}", f"{option}={value}", ID]
        for option, value in {
            "--endpoint": "https://a", "--region": "us",
            "--organization": ORG, "--workspace": ORG,
            "--api-key-file": "/dev/null", "--bearer-file": "/dev/null",
            "--profile": "a", "--audit": "/dev/null", "--timeout": "1",
            "--retries": "1", "--cacert": "builtin",
            "--at": "2026-11-23T10:00:00Z"}.items()],
    "a bearer token without\norganization or workspace": [
        ["--bearer-file", "/etc/hostname", ID],
        ([ID], {"LANGSMITH_BEARER_TOKEN": "eyJ"}),
        (["--list"], {"LANGSMITH_BEARER_TOKEN": "eyJ"})],
    "no option that turns certificate checks off": [
        ["--insecure", ID], ["--no-verify", ID], ["--no-check", ID]],
    "none that\ntakes a secret": [
        ["--api-key", SECRET, ID], [f"--api-key={SECRET}", ID],
        ["-k", SECRET, ID], ["--profile", SECRET, ID],
        ["--audit", SECRET, ID], ["-o", SECRET, ID]],
    "is refused on the command line (status 2)": [
        [SECRET], [SECRET[:30]], ["lsv2_" + "x" * 30], ["ls__" + "x" * 30]],
    "it changes\nonly by adding": [
        ["--jso", ID], ["--Json", ID], []],
    "is for an address that is really loopback": [
        ["-e", "http://192.0.2.1", ID], ["-e", "http://[2001:db8::1]", ID],
        ["-e", "http://10.0.0.1:8080/api/v1", "--list"]],
}
CASES = [(phrase, *(case if isinstance(case, tuple) else (case, {})))
         for phrase, cases in REFUSED.items() for case in cases]


@pytest.mark.parametrize("phrase, args, env", CASES,
                         ids=lambda value: str(value)[:50])
def test_what_it_refuses(standin, patrm, certs, phrase, args, env):
    """Status 2 before anything is sent, whatever else is right."""
    running = standin()
    given = {"LANGSMITH_API_KEY": KEY, "SSL_CERT_FILE": str(certs.ca),
             "LANGSMITH_ENDPOINT": running.endpoint}
    if phrase.startswith("`-e`"):
        args = ["-e", running.endpoint, *args]
    result = patrm(*args, stdin=ID.encode(), env=given | env)
    assert result.status == 2, result
    assert result.out == b"" and result.err.count(b"\n") == 1
    assert SECRET[8:20] not in result.errors and result.seconds < 5
    assert running.requests == []


def test_what_it_refuses_is_in_it(contract):
    """The table above has its words from there."""
    flat = " ".join(contract.split())
    for phrase in REFUSED:
        assert " ".join(phrase.split()) in flat, phrase


# ---- the README

# Each row of the table of networks, and the tests that see it.
NETWORKS = {
    "DNS answers for IPv4": "resolve:test_one_family_is_enough",
    "an alias leads": "resolve:test_a_chain_of_aliases",
    "the search list": "resolve:test_a_final_dot",
    "the first name server": "resolve:test_the_second_server",
    "DNS answers are forged": "resolve:test_answers_to_nobody "
                              "resolve:test_truncated",
    "there is no DNS server": "resolve:test_one_deadline",
    "there is no such host": "resolve:test_no_host_is_said_where_both_deny_it",
    "eight addresses": "resolve:test_dead_addresses",
    "a proxy asks": "proxy:test_a_user_that_is_not_right "
                    "proxy:test_what_a_proxy_refuses",
    "a proxy, an address": "proxy:test_a_proxy_that_is_silent "
                           "resolve:test_all_addresses_are_dead "
                           "network:test_silent_before_the_handshake",
    "the API is behind": "proxy:test_ssh",
    "a gateway wants": "gateway:test_nginx gateway:test_headers",
    "a gateway ends": "connections:test_an_end_behind_every_kth_answer "
                      "connections:test_haproxy_ends_connections",
    "429": "batch:test_a_429_makes_all_wait "
           "connections:test_nginx_limits_the_rate",
}


def test_each_network_of_the_table_is_tried():
    table = README.partition("| what your network does |")[2]
    rows = re.findall(r"(?m)^\| ([^|-][^|]*) \|", table.partition("\n\n")[0])
    assert len(rows) == len(NETWORKS)
    for row, (begin, tests) in zip(rows, NETWORKS.items()):
        assert row.startswith(begin), row
        for name in tests.split():
            file, test = name.split(":")
            text = (TOP / f"tests/integration/test_{file}.py").read_text()
            assert f"def {test}(" in text, name


def test_the_files_that_the_readme_names():
    """One row for each processor."""
    table = README.partition("| file | `uname -m` |")[2].partition("\n\n")[0]
    rows = re.findall(r"`(\w+)`", " ".join(
        re.findall(r"(?m)^\| ([^|]*) \|", table)))
    assert sorted(rows) == sorted(
        path.stem for path in (TOP / "toolchains").glob("*.mk"))


def blocks(title):
    """The indented blocks of commands of a section."""
    section = README.partition(f"## {title}\n")[2].partition("\n## ")[0]
    assert section, title
    return [re.sub(r"(?m)^    ", "", block) for block in
            re.findall(r"(?:^    .*\n)+", section, re.M)]


@pytest.fixture
def place(binary, certs, tmp_path):
    """An empty folder, patrm on PATH, and the stand-in as the endpoint:
    place(standin, **environment) is what a command needs of them."""
    folder, tools = tmp_path / "here", tmp_path / "bin"
    folder.mkdir()
    tools.mkdir()
    (tools / "patrm").symlink_to(binary)

    def prepare(standin, **more):
        env = {"PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(folder),
               "LANGSMITH_ENDPOINT": standin.endpoint,
               "SSL_CERT_FILE": str(certs.ca)} | more
        return SimpleNamespace(folder=folder, env=env)
    return prepare


def transcript():
    """What README shows first: commands, and what each of them writes."""
    text = README.partition("## Try it")[0]
    shown = re.sub(r"(?m)^    ", "", "".join(
        re.findall(r"(?:^    .*\n)+", text, re.M)))
    return [part.partition("\n")[::2]
            for part in re.split(r"(?m)^\$ ", shown)[1:]]


def test_what_it_looks_like(place, tmp_path):
    """The README's transcript, against the stand-in as `make standin` runs
    it; only lines that are too long for a page are wrapped."""
    ready = tmp_path / "ready"
    server = subprocess.Popen(
        ["/usr/bin/python3", "-B", TOP / "tests/standin/standin.py",
         "--ready-file", ready], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, env=os.environ | {"TMPDIR": str(tmp_path)})
    try:
        until(ready.exists, 30)
        about = json.loads(ready.read_text())
        here = place(SimpleNamespace(endpoint=about["endpoint"]),
                     SSL_CERT_FILE=about["cacert"],
                     LANGSMITH_API_KEY=Path(about["api_key_file"])
                     .read_text().strip())
        assert len(transcript()) == 3
        for command, wanted in transcript():
            with Terminal(["bash", "-c", f"stty cols 80; {command}"],
                          cwd=here.folder, env=here.env) as terminal:
                terminal.end()
                assert terminal.shown.split() == wanted.split(), command
            assert all(len(line) <= 80 for line in wanted.splitlines())
    finally:
        server.terminate()
        server.wait()


def shown_nowhere(world, *said):
    for secret in (s for one in world.of.values() for s in one.org.secrets):
        for text in said:
            assert secret not in text


@pytest.fixture
def emergency(standin, place, certs, binary):
    """emergency(world, log) runs what README says in a shell, patrm in an
    empty chroot if that is allowed, else in a folder; the Result, and the
    folder. more replaces words of it."""
    def run(world, log, *more):
        here = place(SimpleNamespace(endpoint=""))
        cell = here.folder.parent / "cell"
        cell.mkdir(exist_ok=True)
        shutil.copy(binary, cell / "patrm")
        shutil.copy(certs.ca, cell / "ca.pem")
        patrm = here.folder.parent / "bin" / "patrm"
        patrm.unlink()
        enter, top = ((["chroot", str(cell)], "") if os.geteuid() == 0
                      else ([], str(cell)))
        patrm.write_text("#!/bin/sh\nexec " + shlex.join([
            *enter, f"{top}/patrm", "--cacert", f"{top}/ca.pem",
            *world.args()]) + ' "$@"\n')
        patrm.chmod(0o755)
        (here.folder / "log").write_text(log)
        script = blocks("Someone leaked a token")[0]
        assert len(script.splitlines()) <= 4
        for old, new in more:
            assert old in script
            script = script.replace(old, new)
        result = subprocess.run(
            ["sh", "-c", script], cwd=here.folder, env=here.env, timeout=60,
            text=True, capture_output=True)
        shown_nowhere(world, result.stdout, result.stderr)
        assert not (here.folder / "leaked").stat().st_mode & 0o077
        return result, here.folder
    return run


def log_of(*secrets):
    """What they may stand in."""
    return "".join(
        f'2026-11-26T03:00:0{n % 10} POST /runs {{"x-api-key": "{secret}"}}\n'
        f"retrying with {secret}, status 403; lsv2_pt_...{secret[-4:]}\n"
        for n, secret in enumerate(secrets))


@pytest.mark.parametrize("lag", [0, 1.2])
@pytest.mark.parametrize("bad_key", [401, 403])
def test_someone_leaked_a_token(standin, certs, emergency, lag, bad_key):
    """From a log to the verified deletion, as it is printed; what is shown of
    short keys differs, and so do owners and regions."""
    world = World(standin, certs, bad_key=bad_key, cache_lag=lag, tokens=2)
    tokens = []
    for where, shape in zip(world.of.values(), [
            lambda s: s[:12], lambda s: "lsv2_pt_..." + s[-4:], redacted,
            lambda s: "lsv2_****\u2026" + s[-2:]], strict=True):
        where.org.shape = shape
        tokens += [where.org.add(), where.org.add(OTHER)]
    result, folder = emergency(world, log_of(*[t.secret for t in tokens]))
    assert result.returncode == 0, result
    assert world.deleted() == {t.id for t in tokens}
    assert {f.name for f in folder.iterdir()} == {"log", "leaked"}
    outcomes = re.findall(r"(?m)^outcome: (.*)$", result.stdout)
    assert outcomes == ["would-delete"] * 8 + ["deleted"] * 8
    secrets = {t.secret for t in tokens}
    for where in world.of.values():
        assert {r.headers["x-api-key"] for r in where.requests} <= secrets
        assert where.requests[-1].status == bad_key     # the proof


def test_someone_leaked_secrets_of_both_kinds(standin, certs, emergency):
    """Personal access tokens and service keys, told apart by themselves."""
    world = World(standin, certs, tokens=1, services=2)
    token = world["apac"].org.add()
    service = next(iter(world["eu"].org.services.values()))
    result, _ = emergency(world, log_of(service.secret, token.secret))
    assert result.returncode == 0, result
    assert world.deleted() == {token.id, service.id}
    assert list(world["us"].org.services)       # nobody else's


def test_someone_leaked_a_token_that_is_dead(standin, certs, emergency):
    """It is told, and the rest is deleted; a second time all are dead."""
    world = World(standin, certs, tokens=1)
    alive, dead = world["eu"].org.add(), world["aws"].org.add()
    world["aws"].org.expire(dead.id)
    result, _ = emergency(world, log_of(dead.secret, alive.secret))
    assert result.returncode == 9 and world.deleted() == {alive.id}
    assert result.stderr.count("us, eu, apac, aws refuse it") == 2
    result, _ = emergency(world, log_of(dead.secret, alive.secret))
    assert result.returncode == 3
    assert result.stderr.count("us, eu, apac, aws refuse it") == 4


def test_someone_leaked_a_token_and_it_is_remembered(standin, certs,
                                                     emergency):
    """The status 10 that it tells of."""
    world = World(standin, certs, cache_lag=60)
    leaked = world["us"].org.add()
    result, _ = emergency(world, log_of(leaked.secret),
                          ("--verify", "--verify -t 1"))
    assert result.returncode == 10 and world.deleted() == {leaked.id}
    assert "30 seconds" in README and "status is\n10" in README


def test_someone_leaked_nothing(standin, certs, emergency):
    world = World(standin, certs, tokens=1)
    result, _ = emergency(world, f"lsv2_pt_...9d10 {SECRET[:-1]}\n")
    assert result.returncode == 2 and sum(world.asked().values()) == 0


@pytest.fixture
def at_terminal(place):
    """at_terminal(standin, command) runs it by sh, with a key of one's own,
    and somebody sits there."""
    opened = []

    def run(standin, command):
        here = place(standin, LANGSMITH_API_KEY=standin.org.key)
        opened.append(Terminal(["sh", "-ec", command], cwd=here.folder,
                               env=here.env))
        opened[-1].secrets += [s.encode() for s in standin.org.secrets]
        return opened[-1]
    yield run
    for terminal in opened:
        terminal.close()


def second_block():
    by_key, by_file = blocks("Someone leaked a token")[1].splitlines()
    return by_key, by_file


@pytest.mark.parametrize("answer, status", [("y", 0), ("yes", 0), ("n", 2),
                                            ("", 2)])
@pytest.mark.parametrize("whose", ["mine", "bob's"])
def test_by_what_a_log_shows(standin, at_terminal, answer, status, whose):
    """It shows which one that is, and asks; an administrator, everybody's."""
    running = standin(admin=True)
    org = running.org
    token = org.tokens[org.ids(OTHER)[0] if whose == "bob's"
                       else org.ids()[1]]
    command = second_block()[0]
    assert "lsv2_pt_3f2b...9d10" in command
    terminal = at_terminal(running, command.replace(
        "lsv2_pt_3f2b...9d10", token.record["short_key"]))
    terminal.expect(f"id: {token.id}\n")
    terminal.expect("delete this 1 token? [y/N] ")
    assert token.id in org.tokens
    terminal.type(f"{answer}\n")
    assert terminal.end().status == status
    assert (token.id in org.deleted) == (status == 0)
    assert len(org.deleted) == (status == 0)


def test_by_a_whole_file(standin, at_terminal, tmp_path):
    """Ids, short keys and secrets; asked once, and then proven."""
    running = standin(tokens=6)
    org = running.org
    own = org.ids()
    (tmp_path / "here" / "secrets").write_text("\n".join([
        "# out of the log", own[1], org.tokens[own[2]].record["short_key"],
        org.tokens[own[3]].secret, org.tokens[own[4]].secret[:12], ""]))
    terminal = at_terminal(running, second_block()[1])
    terminal.expect("delete these 3 tokens? [y/N] ")
    assert org.deleted == {}
    terminal.type("y\n")
    assert terminal.end().status == 0
    assert org.ids() == [own[0], own[5]]
    assert "4 tokens: 4 deleted" in terminal.shown
    assert running.requests[-1].method == "GET"
    assert running.requests[0].path == TOKENS


# ---- the documents as such

def test_the_manual_is_one():
    """Of mdoc(7), with each section once, and lines that groff can read."""
    sections = re.findall(r"(?m)^\.Sh (.+)$", MANUAL)
    assert sections[:3] == ["NAME", "SYNOPSIS", "DESCRIPTION"]
    assert len(set(sections)) == len(sections)
    assert MANUAL.count(".Bl ") == MANUAL.count(".El")
    assert max(map(len, MANUAL.splitlines())) < 200
    if not shutil.which("mandoc"):
        return
    check = subprocess.run(["mandoc", "-Tlint", "-Wwarning",
                            TOP / "docs/patrm.1"], check=False,
                           capture_output=True, text=True)
    assert check.returncode == 0, check.stdout


def test_files_that_the_readme_names():
    for path in re.findall(r"`((?:src|tests|docs|third_party)/[\w./]+)`",
                           README):
        assert (TOP / path).exists() or list(
            TOP.glob(f"{path}.*")), path
