# SPDX-License-Identifier: MIT
# --audit: what is sent is on disk before it is sent, and how it ended after
# it; and nothing is sent where that cannot be.

import json
import os
import re
import resource
import shlex
import stat
import subprocess
from itertools import islice

import pytest

from organization import OTHER
from ports import closed_port
from result import lines, told
from server import until

NOBODY = "00000000-0000-4000-8000-00000000000{}"
LINE = re.compile(r'\{"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",'
                  r'"id":"[0-9a-f-]{36}"'
                  r'(,"short_key":"lsv2_pt_[0-9a-f.]+")?'
                  r',"outcome":"[a-z-]+"(,"status":\d{3})?\}')
SENDING = 96        # bytes of a line without a short key
PAGE = 4096         # what the smallest tmpfs holds


def deletions(standin):
    return [r.path.rpartition("/")[2] for r in standin.requests
            if r.method == "DELETE"]


def entries(path):
    """The lines, each of them whole; short_key and status only if there."""
    text = path.read_text(encoding="ascii")
    assert not text or text.endswith("\n")
    for line in text.splitlines():
        assert LINE.fullmatch(line), line
    return [json.loads(line) for line in text.splitlines()]


def notes(path):
    return [(e["id"], e["outcome"], e.get("status")) for e in entries(path)]


@pytest.fixture
def log(tmp_path):
    """A file that is not there yet; in the end there is no secret in it."""
    path = tmp_path / "audit.jsonl"
    yield path
    if path.is_file():
        assert not re.search(r"lsv2_[a-z]+_[0-9a-f]{5}", path.read_text())
        assert "eyJ" not in path.read_text()


# ---- what is in it, and when

def test_before_and_after_each_deletion(standin, ask, log):
    """It is there when the deletion arrives, and its end is not."""
    running = standin(tokens=4)
    own = running.org.ids()
    seen = []

    def hook(request):
        if request.method == "DELETE":
            seen.append(notes(log))
    running.hook = hook
    result = ask(running, "-j", "--audit", log, *own[1:])
    assert result.status == 0
    expected = []
    for token, at_arrival in zip(own[1:], seen, strict=True):
        expected.append((token, "sending", None))
        assert at_arrival == expected
        expected.append((token, "deleted", 200))
    assert notes(log) == expected


def test_with_the_short_key_of_what_was_looked_up(standin, ask, log):
    running = standin(tokens=4)
    org = running.org
    own = org.ids()
    key = org.tokens[own[1]].record["short_key"]
    stdin = lines(key, org.tokens[own[2]].secret, own[3])
    assert ask(running, "-y", "--audit", log, "-", stdin=stdin).status == 0
    found = entries(log)
    assert [(e["id"], e.get("short_key")) for e in found] == [
        (own[1], key)] * 2 + [
        (own[2], org.deleted[own[2]].record["short_key"])] * 2 + [
        (own[3], None)] * 2
    whole = log.read_text()
    assert all(secret not in whole for secret in org.secrets)


def test_of_itself(standin, ask, log):
    running = standin()
    own = running.org.ids()
    assert ask(running, "--self", "-y", "--audit", log).status == 0
    assert notes(log) == [(own[0], "sending", None), (own[0], "deleted", 200)]
    assert running.org.key not in log.read_text()


def test_time_is_now(standin, ask, log):
    """In UTC, whatever the zone is here."""
    running = standin()
    before = subprocess.check_output(["date", "-u", "+%FT%TZ"], text=True)
    ask(running, "--audit", log, running.org.ids()[1],
        env={"TZ": "Pacific/Auckland"})
    after = subprocess.check_output(["date", "-u", "+%FT%TZ"], text=True)
    for entry in entries(log):
        assert before.strip() <= entry["time"] <= after.strip()


def test_appended(standin, ask, log):
    running = standin()
    own = running.org.ids()
    log.write_text("what was there before\n")
    log.chmod(0o640)
    for token in own[1:]:
        assert ask(running, "--audit", log, token).status == 0
    first, *rest = log.read_text().splitlines()
    assert first == "what was there before" and len(rest) == 4
    assert all(LINE.fullmatch(line) for line in rest)
    assert stat.S_IMODE(log.stat().st_mode) == 0o640, "it is not patrm's"


@pytest.mark.parametrize("mask", ["000", "022", "077"])
def test_a_new_one_is_its_owners_alone(standin, ask, log, mask):
    running = standin()
    ask(running, "--audit", log, running.org.ids()[1],
        wrapper=["sh", "-c", f'umask {mask}; exec "$@"', "sh"])
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert len(entries(log)) == 2


OUTCOMES = {
    # state, faults of the deletion, of what, the outcome and the status
    "missing": ({}, "", "nobody", ("missing", 404)),
    "missing, another's": (dict(reader=True), "", "bob", ("missing", 404)),
    "forbidden": (dict(bad_key=403), "wrong key", "own", ("forbidden", 403)),
    "forbidden, 401": (dict(bad_key=401), "wrong key", "own",
                       ("forbidden", 401)),
    "rate-limited": ({}, "429", "own", ("rate-limited", 429)),
    "refused": ({}, "status 409", "own", ("refused", 409)),
    "unread": ({}, "torn 30", "own", ("deleted-unread", 200)),
    "no content": ({}, "no-content", "own", ("deleted", 204)),
    "unknown": ({}, "drop-after", "own", ("unknown", None)),
    "unknown, 500": ({}, "status 500 after", "own", ("unknown", 500)),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_how_it_ended(standin, ask, log, name):
    state, fault, what, (outcome, status) = OUTCOMES[name]
    running = standin(**state)
    org = running.org
    token = {"own": org.ids()[1], "bob": org.ids(OTHER)[0],
             "nobody": NOBODY.format(1)}[what]
    key = "lsv2_pt_wrong" if fault == "wrong key" else None
    if fault and not key:
        running.inject(fault, only="DELETE", times=9)
    result = ask(running, "-j", "--retries=0", "--audit", log, token, key=key)
    assert told(result) == [(token, outcome)]
    assert notes(log) == [(token, "sending", None), (token, outcome, status)]


@pytest.mark.parametrize("fault, outcome", [
    ("drop-after", "deleted"), ("drop-before", "unknown")])
def test_how_it_ended_once_that_was_settled(standin, ask, log, fault,
                                            outcome):
    """First what the deletion brought, then what the list has settled."""
    running = standin(admin=True)
    own = running.org.ids()
    running.inject(fault, only="DELETE", times=9)
    result = ask(running, "-j", "--retries=0", "-t", "1", "--audit", log,
                 own[1])
    assert told(result) == [(own[1], outcome)]
    settled = [outcome] if outcome != "unknown" else []
    assert notes(log) == [(own[1], end, None)
                          for end in ("sending", "unknown", *settled)]


def test_how_it_ended_unverified(standin, ask, log):
    running = standin(cache_lag=60)
    own = running.org.ids()
    result = ask(running, "-j", "-y", "--self", "--verify", "-t", "1",
                 "--audit", log)
    assert result.status == 10
    assert notes(log) == [(own[0], "sending", None), (own[0], "deleted", 200),
                          (own[0], "deleted-unverified", 200)]


def test_of_a_revocation(standin, ask, log):
    running = standin()
    own = running.org.ids()
    assert ask(running, "--revoke", "--audit", log, own[1]).status == 0
    assert notes(log) == [(own[1], "sending", None), (own[1], "revoked", 200)]


def test_retries_are_one_deletion(standin, ask, log):
    running = standin()
    own = running.org.ids()
    running.inject("429 0", only="DELETE", times=2)
    assert ask(running, "--audit", log, own[1]).status == 0
    assert notes(log) == [(own[1], "sending", None), (own[1], "deleted", 200)]


def test_where_nothing_is_reached(patrm, certs, log):
    """It was about to be sent; that it was not, stands behind it."""
    result = patrm("-e", f"https://localhost:{closed_port()}", "--cacert",
                   certs.ca, "--retries=0", "--audit", log, NOBODY.format(1),
                   env={"LANGSMITH_API_KEY": "lsv2_pt_x"})
    assert result.status == 5
    assert [end for _, end, _ in notes(log)] == ["sending", "unreachable"]


@pytest.mark.parametrize("args, stdin", [
    (["-n"], None), (["-n", "--revoke"], None), (["-n", "--self"], b""),
    (["--list"], b""), (["-y", "lsv2_pt_0000"], b""), (["x"], b""),
    (["-"], b"x\nlsv2_pt_0000...0000\n")], ids=str)
def test_nothing_where_nothing_is_sent(standin, ask, log, args, stdin):
    running = standin()
    own = running.org.ids()
    if stdin is None:
        args, stdin = [*args, own[1], own[2]], b""
    ask(running, "-y", *args, "--audit", log, stdin=stdin)
    assert running.org.ids() == own and deletions(running) == []
    assert not log.exists() or log.read_bytes() == b""


def test_of_many(standin, ask, log):
    """In the order of what is sent. More of them would wait for the disk."""
    running = standin(tokens=201)
    own = running.org.ids()
    result = ask(running, "-q", "--audit", log, "-", stdin=lines(*own[1:]))
    assert result.status == 0
    assert notes(log) == [(token, *end) for token in own[1:]
                          for end in (("sending", None), ("deleted", 200))]


def test_nothing_after_a_stop(standin, ask, log):
    """What is not tried was not about to be sent."""
    running = standin(bad_key=401)
    own = running.org.ids()
    result = ask(running, "-j", "--audit", log, *own, key="lsv2_pt_wrong")
    assert result.status == 3
    assert [token for token, _, _ in notes(log)] == [own[0]] * 2


# ---- on disk

@pytest.mark.native("strace")
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_on_disk_before_it_is_sent(standin, patrm, certs, log, tmp_path,
                                   scheme):
    """fsync(2) is between the line and the next byte to the server."""
    running = standin(tokens=3, **({} if scheme == "https"
                                   else {"cert": None}))
    own = running.org.ids()
    trace = tmp_path / "trace"
    result = patrm(
        "-e", running.endpoint, "--cacert", certs.ca, "--audit", log,
        *own[1:], env={"LANGSMITH_API_KEY": running.org.key},
        wrapper=["strace", "-y", "-s", "200", "-o", trace, "-e",
                 "trace=write,writev,send,sendto,sendmsg,fsync,fdatasync"])
    text = trace.read_text() if trace.exists() else ""
    if "socket:" not in text and "TCP" not in text:
        pytest.skip("needs ptrace(2), which is not allowed here")
    assert result.status == 0
    steps = []
    for line in text.splitlines():
        call, _, rest = line.partition("(")
        if f"<{log}>" in rest:
            if call in ("fsync", "fdatasync"):
                assert line.endswith("= 0")
                steps.append("sync")
            else:
                steps.append("sending" if "sending" in rest else "end")
        elif re.match(r"\d+<(socket|TCP)", rest):
            steps.append("send")
    text = " ".join(steps)
    each = r"sending sync( send)+ end sync"
    assert re.fullmatch(rf"( ?send )*{each} {each}( send)*", text), text


# ---- where it cannot be written

def at_once(result):
    assert result.status == 2 and result.out == b"", result
    assert re.fullmatch(r"patrm: cannot open [^\n]+\n", result.errors)
    assert result.seconds < 5


@pytest.mark.parametrize("kind", ["folder", "missing folder", "no folder",
                                  "fifo", "loop", "empty name", "long name"])
def test_a_file_that_cannot_be_opened(standin, ask, tmp_path, kind):
    """Nothing is sent, and a pipe without a reader is not waited for."""
    running = standin()
    path = tmp_path / "it"
    if kind == "folder":
        path.mkdir()
    elif kind == "missing folder":
        path = path / "log"
    elif kind == "no folder":
        path.write_text("")
        path = path / "log"
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "long name":
        path = tmp_path / ("x" * 300)
    given = "" if kind == "empty name" else path
    for args in ([running.org.ids()[1]], ["--self", "-y"]):
        at_once(ask(running, "--audit", given, *args))
    assert running.requests == []


@pytest.fixture
def mounted(tmp_path, namespaces):
    """mounted(options, after) is a wrapper: the command sees a tmpfs of its
    own at mounted.path; after is done there when it has ended."""
    path = tmp_path / "disk"
    path.mkdir()

    def wrapper(options, before="", after=""):
        where = shlex.quote(str(path))
        script = (f"mount -t tmpfs -o {options} none {where} && "
                  f'{{ {before or ":"}; }} && {{ "$@"; s=$?; }} && '
                  f'{{ {after or ":"}; }} && exit $s')
        return ["unshare", "-m", "sh", "-c", script, "sh"]
    wrapper.path = path
    return wrapper


def test_a_file_system_that_is_read_only(standin, ask, mounted):
    running = standin()
    result = ask(running, "--audit", mounted.path / "log",
                 running.org.ids()[1], wrapper=mounted("ro"))
    at_once(result)
    assert "Read-only" in result.errors and running.requests == []


@pytest.mark.native("runs a copy of the file")
def test_a_folder_that_is_read_only(standin, patrm, mounted, certs, binary):
    """For a person who is not root; what has to be read is there, too."""
    running = standin()
    before = " && ".join([
        f"cd {shlex.quote(str(mounted.path))}", "umask 022",
        shlex.join(["cp", str(binary), "patrm"]),
        shlex.join(["cp", str(certs.ca), "ca.pem"])])
    result = patrm(
        "-e", running.endpoint, "--cacert", "ca.pem", "--audit", "log",
        running.org.ids()[1], env={"LANGSMITH_API_KEY": running.org.key},
        wrapper=[*mounted("mode=755", before=before), "setpriv",
                 "--reuid=65534", "--clear-groups", "sh", "-c",
                 'shift; exec ./patrm "$@"', "sh"])
    at_once(result)
    assert "Permission denied" in result.errors and running.requests == []


@pytest.mark.parametrize("args", [[], ["-j"]], ids=str)
def test_a_device_that_is_full(standin, ask, args):
    """Of the first nothing was sent, nor of the rest."""
    running = standin(tokens=5)
    own = running.org.ids()
    result = ask(running, *args, "--audit", "/dev/full", *own[1:])
    assert result.status == 2 and running.org.ids() == own
    assert [r.method for r in running.requests] == ["GET"]
    said = result.text + result.errors
    assert said.count("cannot write /dev/full") == 4
    assert said.count("nothing was deleted") == 4
    if args:
        assert told(result) == [(token, "not-tried") for token in own[1:]]
        assert not any("attempts" in one for one in result.objects)


def test_a_device_that_is_full_and_a_lookup(standin, ask):
    """It is looked up, and no more."""
    running = standin()
    own = running.org.ids()
    result = ask(running, "-j", "-y", "--audit", "/dev/full", "-",
                 stdin=lines(running.org.tokens[own[1]].secret, own[2], "x"))
    assert dict(told(result)) == {own[1]: "not-tried", own[2]: "not-tried",
                                  "line 3": "invalid"}
    assert result.status == 2 and running.org.ids() == own
    assert deletions(running) == []


FULL = {
    # room for so many bytes, and how many are deleted then
    "none": (0, 0),
    "half of the first line": (SENDING // 2, 0),
    "the first line": (SENDING, 1),
    "and half of its end": (SENDING + 30, 1),
    "one and a half": (3 * SENDING, 1),
    "some": (1000, None),
}


@pytest.mark.parametrize("name", FULL)
@pytest.mark.parametrize("revoke", [[], ["--revoke"]], ids=str)
def test_a_disk_that_fills_up(standin, ask, mounted, tmp_path, name, revoke):
    """No deletion without its line before it. Where its end has no room, the
    token is gone and told as 8, and it is the last one."""
    room, count = FULL[name]
    running = standin(tokens=12)
    own = running.org.ids()
    log, copy = mounted.path / "log", tmp_path / "copy"
    result = ask(running, "-j", *revoke, "--audit", log, *own[1:],
                 wrapper=mounted(
                     f"size={PAGE}",
                     f"{{ head -c {PAGE - room - 1} /dev/zero; echo; }} "
                     f">{log}",
                     f"cp {log} {copy}"))
    written = copy.read_bytes()[PAGE - room:].decode()
    ends = [outcome for _, outcome in told(result)]
    done = running.org.revoked() if revoke else list(running.org.deleted)
    assert done == own[1:1 + len(done)], "in order, and no further"
    assert count is None or len(done) == count
    sent = [e for e in map(json.loads, re.findall(r"\{.*\}", written))
            if e["outcome"] == "sending"]
    assert [e["id"] for e in sent] == done, "each has its line, no other has"
    rest = len(own) - 1 - len(done)
    assert rest > 0 and ends[len(done):] == ["not-tried"] * rest
    good = "revoked" if revoke else "deleted"
    assert set(ends[:len(done)]) <= {good, "deleted-unread"}
    unread = [one for one in result.objects if one["outcome"] != "not-tried"
              and "error" in one]
    assert len(unread) <= 1 and result.status == (9 if done else 2)
    for one in unread:
        assert one["token"] == done[-1]
        assert "the token is " + good in one["error"]
    for one in islice(result.objects, len(done), None):
        assert "cannot write" in one["error"]


ENDS = {
    # how the server answers, of what, how, and the status
    "403": ("status 403", "own", [], 3),
    "401": ("status 401", "own", [], 3),
    "404": ("", "nobody", [], 4),
    "404, whose": ("", "bob", [], 4),
    "429": ("429", "own", ["--retries=0"], 7),
    "500": ("status 500", "own", ["--retries=0", "-t", "1"], 6),
    "torn": ("torn 30", "own", [], 8),
    "404, ignored": ("", "nobody", ["--ignore-missing"], 8),
    "lost, 404, ignored": ("drop-after", "own", ["--ignore-missing"], 8),
    "deleted": ("", "own", [], 8),
    "verified": ("", "own", ["--verify"], 8),
}


def room_for(count):
    """For a file that may have so many bytes, and no more."""
    return {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                                     (count, count))}


def whys(result):
    """How often it is said that the file has no room."""
    return (result.text + result.errors).count("File too large")


@pytest.mark.parametrize("name", ENDS)
@pytest.mark.parametrize("form", [[], ["-j"]], ids=str)
def test_an_end_that_has_no_room(standin, ask, log, name, form):
    """That is said once. Where the token is gone, it is the token's own end,
    which nobody would know else; where it is not, its status stays."""
    fault, what, args, status = ENDS[name]
    running = standin(reader=True)
    org = running.org
    token = {"own": org.ids()[1], "bob": org.ids(OTHER)[0],
             "nobody": NOBODY.format(1)}[what]
    if fault:
        running.inject(fault, only="DELETE")
    result = ask(running, *form, *args, "--audit", log, token,
                 **room_for(SENDING + 5))
    assert result.status == status and whys(result) == 1, result
    assert log.stat().st_size == SENDING + 5
    if form:
        first, *rest = result.objects
        assert first["token"] == token
        of_token = status == 8 and fault != "torn 30"
        assert ("File too large" in first.get("error", "")) == of_token
        assert len(rest) == (not of_token)
        for one in rest:
            assert "token" not in one and "nothing" not in one["error"]
    if status == 8:     # why it cannot be written is no matter of the server's
        assert "not found" not in result.text + result.errors
    gone = token not in org.tokens
    assert gone or status != 8
    if status == 8 and what == "own":
        assert "the token is deleted" in result.text + result.errors


@pytest.mark.parametrize("fault, status", [
    ("status 403", 403), ("status 401", 401), ("429", 429), ("", 200)])
@pytest.mark.parametrize("form", [[], ["-j"]], ids=str)
def test_an_end_that_has_no_room_before_others(standin, ask, log, fault,
                                               status, form):
    """They are not tried, and each says why: that is enough. After a 401
    that is the 401, so the file has a line of its own."""
    running = standin(tokens=4)
    own = running.org.ids()
    if fault:
        running.inject(fault, only="DELETE")
    result = ask(running, *form, "--retries=0", "--audit", log, *own[1:],
                 **room_for(SENDING + 5))
    assert len(deletions(running)) == 1
    assert whys(result) == {200: 3, 401: 1}.get(status, 2), result
    if form:
        tokens = [one for one in result.objects if "token" in one]
        assert [one["token"] for one in tokens] == own[1:]
        assert [one["outcome"] for one in tokens[1:]] == ["not-tried"] * 2
        assert len(result.objects) - len(tokens) == (status == 401)


def test_an_end_that_has_no_room_beside_a_weak_one(standin, ask, log):
    """That was not tried for a reason of its own, which tells nobody."""
    running = standin()
    own = running.org.ids()[1]
    running.org.shape = lambda secret: secret[:12]
    weak = running.org.add()
    running.org.expire(weak.id)
    running.inject("status 403", only="DELETE")
    result = ask(running, "-j", "-y", "--audit", log, "-",
                 stdin=lines(weak.secret, own), **room_for(SENDING + 5))
    assert [one["outcome"] for one in result.objects] == [
        "not-tried", "forbidden", "invalid"], result
    assert whys(result) == 1 and result.status == 9


@pytest.mark.parametrize("room", [SENDING, SENDING + 5])
@pytest.mark.parametrize("form", [[], ["-j"]], ids=str)
@pytest.mark.parametrize("reader", [False, True])
def test_a_404_whose_end_has_no_room(standin, ask, log, room, form, reader):
    """It stays one: that of another's token, in a list that is hidden, or
    is not. Nobody said that it is deleted."""
    running = standin(reader=reader)
    token = running.org.ids(OTHER)[0]
    result = ask(running, *form, "--ignore-missing", "--verify", "-t", "2",
                 "--audit", log, token, **room_for(room))
    assert result.status == 4 and whys(result) == 1, result
    assert token in running.org.tokens
    if form:
        assert result.objects[0]["outcome"] == "missing"
    assert not re.search("unverified|token is deleted",
                         result.text + result.errors)


@pytest.mark.parametrize("form", [[], ["-j"]], ids=str)
@pytest.mark.parametrize("args", [[], ["--revoke"]], ids=str)
def test_an_end_that_has_no_room_and_no_proof(standin, ask, log, args, form):
    """Both are said: one of the token, one of the file."""
    running = standin()
    token = running.org.ids()[1]
    running.inject("status 403", only="GET", times=99)
    result = ask(running, *form, *args, "--verify", "-t", "2", "--audit", log,
                 token, **room_for(SENDING + 5))
    assert result.status == 10 and whys(result) == 1, result
    assert "not proven in time" in result.text + result.errors


@pytest.mark.parametrize("form", [[], ["-j"]], ids=str)
@pytest.mark.parametrize("args", [[], ["--ignore-missing"]], ids=str)
def test_an_end_that_has_no_room_of_anothers_key(standin, ask, log, args,
                                                 form):
    """Whose it is is found out later, and takes nothing from that."""
    running = standin(reader=True)
    other = running.org.tokens[running.org.ids(OTHER)[0]]
    result = ask(running, *form, *args, "-y", "-t", "2", "--audit", log,
                 other.record["short_key"], **room_for(SENDING + 40))
    assert result.status == 4 and whys(result) == 1, result
    assert "not yours" in result.text + result.errors
    assert other.id in running.org.tokens


def test_a_pipe_that_is_read(standin, start, tmp_path):
    """It has no disk to be on, which is as well."""
    running = standin()
    own = running.org.ids()
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    run = start(running, "--audit", fifo, own[1],
                env={"LANGSMITH_API_KEY": running.org.key})
    assert run.end().status == 0
    with os.fdopen(reader, "rb") as file:
        text = file.read().decode()
    assert [json.loads(line)["outcome"] for line in text.splitlines()] \
        == ["sending", "deleted"]


def test_a_pipe_that_is_not_read_any_more(standin, start, tmp_path):
    """No SIGPIPE; the batch stops before the next deletion."""
    running = standin(tokens=4)
    own = running.org.ids()
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)

    def hook(request):
        if request.method == "DELETE" and len(deletions(running)) == 2:
            os.close(reader)
    running.hook = hook
    run = start(running, "-j", "--audit", fifo, *own[1:],
                env={"LANGSMITH_API_KEY": running.org.key})
    result = run.end()
    assert told(result) == [(own[1], "deleted"), (own[2], "deleted-unread"),
                            (own[3], "not-tried")]
    assert result.status == 9 and running.org.ids() == [own[0], own[3]]


def test_to_standard_error(standin, ask):
    running = standin()
    own = running.org.ids()
    result = ask(running, "-q", "--audit", "/dev/stderr", own[1])
    assert [json.loads(line)["outcome"] for line in
            result.errors.splitlines()] == ["sending", "deleted"]


def test_killed_between(standin, start, log):
    """What a power cut leaves: that it was about to be sent."""
    running = standin()
    own = running.org.ids()
    running.inject("delay 5 before", only="DELETE")
    run = start(running, "--audit", log, own[1],
                env={"LANGSMITH_API_KEY": running.org.key})
    until(lambda: deletions(running))
    run.process.kill()
    run.process.wait(10)
    assert notes(log) == [(own[1], "sending", None)]
