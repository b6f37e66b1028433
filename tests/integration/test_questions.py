# SPDX-License-Identifier: MIT
# Questions and the progress line, at a terminal: what a person is shown, what
# is a yes, and who is asked where there is nobody at standard input.

import re
import signal
import time
import unicodedata

import pytest

from summary import summary

SECRET = "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"
SHORT = SECRET[:12]
HIDDEN = "lsv2_pt_3f2b...9d10"
ONE = "patrm: delete this 1 token? [y/N] "
BLOCK = 1024
PIPES = {"stdout": "pipe", "stderr": "pipe"}
ALL_PIPES = PIPES | {"stdin": "pipe"}
NO_TERMINAL = ALL_PIPES | {"controlling": False}
LOOKUP = ["GET"] * 2    # the caller's own list, and the members'


def these(count):
    return f"patrm: delete these {count} tokens? [y/N] "


def facts(token):
    """What a person decides by, a line each, and an empty line."""
    one = token.record
    lines = [f"short_key: {one['short_key']}",
             f"description: {one['description']}",
             f"created_by: {token.owner}",
             f"created_at: {one['created_at']}",
             f"last_used_at: {one['last_used_at'] or 'never'}",
             f"expires_at: {one['expires_at'] or 'never'}",
             f"workspace_names: {', '.join(one['workspace_names'])}",
             f"id: {token.id}"]
    return "\n".join(lines) + "\n\n"


def methods(standin):
    return [request.method for request in standin.requests]


@pytest.fixture
def known(standin):
    """A stand-in, and the token that SHORT and SECRET stand for."""
    running = standin(tokens=3)
    return running, running.org.add(secret=SECRET, description="leaked")


# ---- the question

@pytest.mark.parametrize("fields", [
    {}, {"last_used_at": None}, {"expires_at": "2027-01-02T03:04:05+00:00"},
    {"workspace_names": []}, {"workspace_names": ["a"]},
    {"description": ""}], ids=repr)
def test_facts_and_then_a_question(standin, terminal, fields):
    """All of them, and no more, before anything is deleted."""
    running = standin()
    wanted = running.org.add(secret=SECRET, **fields)
    at = terminal(running, "-j", SHORT, **ALL_PIPES)
    at.expect(ONE)
    assert methods(running) == LOOKUP
    at.type("y\n")
    result = at.end()
    assert result.status == 0 and result.err == b""
    assert result.objects[0]["token"] == wanted.id
    assert at.shown == facts(wanted) + ONE + "y\n"
    assert list(running.org.deleted) == [wanted.id]


def test_what_is_revoked_already_says_so(standin, terminal):
    running = standin()
    running.org.add(secret=SECRET, revoked_at="2026-03-04T05:06:07+00:00")
    at = terminal(running, SHORT, **ALL_PIPES)
    at.expect("expires_at: never\nrevoked_at: 2026-03-04T05:06:07+00:00\n")
    at.type("n\n")
    assert at.end().status == 2


def test_an_older_server_has_fewer_facts(standin, terminal):
    running = standin(newer=False)
    running.org.add(secret=SECRET)
    at = terminal(running, SHORT, **ALL_PIPES)
    at.expect(ONE)
    assert "created_by" not in at.shown and "revoked_at" not in at.shown
    at.type("n\n")
    assert at.end().status == 2


@pytest.mark.parametrize("args, stdin, question", [
    ([SHORT], b"", ONE),
    (["-"], SHORT.encode(), ONE),
    (["-"], SECRET.encode(), ONE),
    (["--revoke", SHORT], b"", ONE.replace("delete", "revoke")),
    (["-q", SHORT], b"", ONE),
    (["-v", SHORT], b"", ONE),
], ids=["argument", "line", "secret", "revoke", "quiet", "verbose"])
def test_how_it_is_asked(known, terminal, args, stdin, question):
    """The facts are shown with -q, too."""
    running, wanted = known
    at = terminal(running, *args, **PIPES, stdin=stdin)
    at.expect(facts(wanted) + question)
    at.type("yes\n")
    assert at.end().status == 0
    assert running.requests[-1].executed


def test_self_is_asked_about(known, terminal):
    running, wanted = known
    at = terminal(running, "--self", "-k", "-", key=SECRET, **PIPES,
                  stdin=SECRET.encode())
    at.expect(facts(wanted) + ONE)
    at.type("y\n")
    assert at.end().status == 0 and list(running.org.deleted) == [wanted.id]


def test_all_at_the_terminal(known, terminal):
    """As it is for most people."""
    running, wanted = known
    at = terminal(running, SHORT)
    at.expect(ONE)
    at.type("y\n")
    at.expect(f"outcome: deleted\nid: {wanted.id}\n")
    assert at.end().status == 0


def test_tokens_typed_at_the_terminal(known, terminal):
    """Lines up to Ctrl-D, and then the answer."""
    running, wanted = known
    at = terminal(running, "-", **PIPES)
    at.type(f"# mine\n{SHORT}\n")
    at.type("\x04")
    at.expect(ONE)
    at.type("y\n")
    assert at.end().status == 0 and list(running.org.deleted) == [wanted.id]


YES = ["y", "yes", " y ", "  yes", "yes  ", "\ty"]
NO = ["n", "no", "Y", "YES", "Yes", "yes please", "yy", "ye", "yess", "y y",
      "y.", "'y'", "ja", "1", "true", "", " ", "н", "ｙ", "y\u200b",
      "n" * 300, "y" + "x" * 300, "no\x15n"]


@pytest.mark.parametrize("answer", YES)
def test_a_yes(known, terminal, answer):
    running, wanted = known
    at = terminal(running, "-j", SHORT, **ALL_PIPES)
    at.expect(ONE)
    at.type(answer + "\n")
    assert at.end().status == 0
    assert list(running.org.deleted) == [wanted.id]


@pytest.mark.parametrize("answer", [f"{one}\n" for one in NO] + [
    "\x04", "y\x04\x04", "yes\x04\x04"], ids=repr)
def test_everything_else_is_a_no(known, terminal, answer):
    """Ctrl-D behind a y, too. The id beside it is not deleted either."""
    running, wanted = known
    other = running.org.ids()[1]
    at = terminal(running, "-j", other, SHORT, **ALL_PIPES)
    at.expect(ONE)
    at.type(answer)
    result = at.end()
    assert result.status == 2
    assert [(o["token"], o["outcome"]) for o in result.objects] \
        == [(other, "not-tried"), (wanted.id, "not-tried")]
    assert all("the answer was no" in o["error"] for o in result.objects)
    assert all("nothing was deleted" in o["error"] for o in result.objects)
    assert methods(running) == LOOKUP and running.org.deleted == {}


def test_a_no_in_text(known, terminal):
    """Each TOKEN has its line, and there is nothing on standard output."""
    running, wanted = known
    other = running.org.ids()[1]
    at = terminal(running, SHORT, other, **ALL_PIPES)
    at.expect(ONE)
    at.type("no\n")
    result = at.end()
    assert result.status == 2 and result.out == b""
    *lines, last = result.errors.splitlines(True)
    assert [line.split(": ")[1] for line in lines] \
        == [f"{wanted.id} ({HIDDEN})", other]
    assert last == summary(["not-tried"] * 2)


@pytest.mark.parametrize("key, number", [("\x03", signal.SIGINT),
                                         ("\x1c", signal.SIGQUIT)])
def test_a_key_that_stops_it(known, terminal, key, number):
    running, _ = known
    other = running.org.ids()[1]
    at = terminal(running, "-j", SHORT, other, **ALL_PIPES)
    at.expect(ONE)
    at.type(key)
    result = at.end()
    if number == signal.SIGINT:
        assert result.status == 130
        assert [o["outcome"] for o in result.objects] == ["not-tried"] * 2
    else:   # which nobody asks to be told of
        assert result.status in (131, -number)
    assert methods(running) == LOOKUP and running.org.deleted == {}


def test_half_an_answer_and_then_ctrl_c(known, terminal):
    running, _ = known
    at = terminal(running, SHORT, **ALL_PIPES)
    at.expect(ONE)
    at.type("yes")
    at.type("\x03")
    assert at.end().status == 130 and running.org.deleted == {}


def test_sigterm_at_the_question(known, terminal):
    running, _ = known
    at = terminal(running, SHORT, **ALL_PIPES)
    at.expect(ONE)
    at.process.send_signal(signal.SIGTERM)
    assert at.end().status == 143 and running.org.deleted == {}


# ---- how many

def test_the_question_counts_what_was_looked_up(standin, terminal):
    """Not the ids, not what is ambiguous, and not what is not there."""
    running = standin(tokens=4)
    wanted = [running.org.tokens[one] for one in running.org.ids()[1:3]]
    last = running.org.ids()[3]
    for end in "ab":
        running.org.add(secret=f"lsv2_pt_7777{end * 28}_{end * 10}")
    lines = [last, *[one.record["short_key"] for one in wanted],
             "lsv2_pt_7777", "lsv2_pt_zzzz", "none"]
    at = terminal(running, "-j", "-", **PIPES,
                  stdin="\n".join(lines).encode())
    at.expect(facts(wanted[0]) + facts(wanted[1]) + these(2))
    at.type("y\n")
    result = at.end()
    assert {o["token"]: o["outcome"] for o in result.objects} == {
        last: "deleted", wanted[0].id: "deleted", wanted[1].id: "deleted",
        "line 4": "ambiguous", "line 5": "missing", "line 6": "invalid"}
    assert result.status == 9
    assert at.shown.count("?") == 1


@pytest.mark.parametrize("lines, status", [
    (["lsv2_pt_zzzz"], 4), (["lsv2_pt_7777"], 2), (["none"], 2),
    (["lsv2_pt_7777", "lsv2_pt_777"], 2)])
def test_no_question_about_nothing(standin, terminal, lines, status):
    running = standin()
    for end in "ab":
        running.org.add(secret=f"lsv2_pt_7777{end * 28}_{end * 10}")
    at = terminal(running, "-j", *lines, **ALL_PIPES)
    assert at.end().status == status
    assert at.shown == "" and running.org.deleted == {}


def test_no_question_about_ids(known, terminal):
    running, wanted = known
    at = terminal(running, "-j", wanted.id, **ALL_PIPES)
    assert at.end().status == 0 and at.shown == ""
    assert methods(running) == ["DELETE"]


@pytest.mark.parametrize("token", ["id", SHORT])
def test_no_question_about_a_dry_run(known, terminal, token):
    running, wanted = known
    token = wanted.id if token == "id" else token
    at = terminal(running, "-n", "-j", token, **ALL_PIPES)
    result = at.end()
    assert result.status == 0 and at.shown == ""
    assert result.objects[0]["outcome"] == "would-delete"


def test_no_question_after_a_list_that_failed(known, terminal):
    running, _ = known
    running.inject("torn 300")
    at = terminal(running, "--retries=0", SHORT, **ALL_PIPES)
    assert at.end().status == 1 and at.shown == ""


@pytest.mark.parametrize("answers", [["y", "y"], ["y", "n"], ["n"]],
                         ids=" ".join)
def test_one_question_a_block(standin, terminal, answers):
    """After a no nothing more is asked, or read, or deleted."""
    running = standin(tokens=1100, others=0)
    tokens = [running.org.tokens[one]
              for one in running.org.ids()[1:BLOCK + 7]]
    lines = "".join(f"{one.record['short_key']}\n" for one in tokens)
    at = terminal(running, "-j", "-", **PIPES, stdin=lines.encode())
    done = 0
    for count, answer in zip((BLOCK, 6), answers):
        at.expect(these(count), 20)
        assert len(running.org.deleted) == done
        at.type(answer + "\n")
        done += count if answer == "y" else 0
    result = at.end()
    assert list(running.org.deleted) == [one.id for one in tokens[:done]]
    names = [one.id for one in tokens]
    if answers == ["n"]:    # the second was not looked up
        names[BLOCK:] = [f"line {n}" for n in range(BLOCK + 1, BLOCK + 7)]
    assert [o["token"] for o in result.objects] == names
    assert [o["outcome"] for o in result.objects] \
        == ["deleted"] * done + ["not-tried"] * (len(tokens) - done)
    assert result.status == {0: 2, len(tokens): 0}.get(done, 9)
    # that the members' list is not shown is known by the second block
    assert methods(running) == LOOKUP + ["DELETE"] * min(done, BLOCK) \
        + (["GET"] + ["DELETE"] * (done - BLOCK) if len(answers) > 1 else [])
    assert at.shown.count("[y/N]") == len(answers)
    assert result.errors == summary(o["outcome"] for o in result.objects)


def test_a_block_of_ids_between(standin, terminal):
    """Nobody is asked about it."""
    running = standin(tokens=1100, others=0)
    tokens = [running.org.tokens[one]
              for one in running.org.ids()[1:BLOCK + 2]]
    lines = [one.id for one in tokens[:BLOCK]] + [tokens[BLOCK].secret]
    at = terminal(running, "-q", "-", **PIPES,
                  stdin="\n".join(lines).encode())
    at.expect(ONE, 20)
    assert len(running.org.deleted) == BLOCK
    at.type("n\n")
    assert at.end().status == 9
    assert len(running.org.deleted) == BLOCK


# ---- who is asked

@pytest.mark.parametrize("stdin", ["terminal", "pipe", "null", b"", b"y\n"])
@pytest.mark.parametrize("others", ["terminal", "pipe", "null"])
def test_asked_at_the_terminal_whatever_the_streams(known, terminal, stdin,
                                                    others):
    """An answer that waits on standard input is none."""
    running, wanted = known
    at = terminal(running, SHORT, stdin=stdin, stdout=others, stderr=others)
    at.expect(ONE)
    time.sleep(0.1)
    assert methods(running) == LOOKUP
    at.type("y\n")
    assert at.end().status == 0 and list(running.org.deleted) == [wanted.id]


@pytest.mark.parametrize("args, stdin", [
    (["-"], SHORT.encode()), (["-k", "-", SHORT], SECRET.encode()),
    (["-"], f"{SHORT}\ny\nyes\n".encode())])
def test_standin_input_has_something_else(known, terminal, args, stdin):
    running, wanted = known
    at = terminal(running, *args, **PIPES, stdin=stdin)
    at.expect(ONE)
    at.type("y\n")
    assert at.end().status in (0, 9)    # y and yes are no TOKENs
    assert list(running.org.deleted) == [wanted.id]


@pytest.mark.parametrize("answer, status", [("y\n", 0), ("n\n", 2),
                                            ("\x04", 2)])
def test_asked_at_a_terminal_on_standard_input(known, terminal, answer,
                                               status):
    """Where /dev/tty cannot be opened."""
    running, wanted = known
    at = terminal(running, "-j", SHORT, **PIPES, controlling=False)
    at.expect(facts(wanted) + ONE)
    at.type(answer)
    result = at.end()
    assert result.status == status and len(result.objects) == 1
    assert list(running.org.deleted) == ([wanted.id] if not status else [])


def refused(at, running, count=1):
    """Nobody was asked, and nothing deleted."""
    result = at.end()
    assert result.status == 2
    assert [o["outcome"] for o in result.objects] == ["not-tried"] * count
    for told in result.objects:
        assert "no terminal" in told["error"] and "--yes" in told["error"]
    assert "[y/N]" not in at.shown + result.errors
    assert running.org.deleted == {} and "DELETE" not in methods(running)


def test_not_at_a_terminal_that_has_the_tokens(known, terminal):
    running, _ = known
    at = terminal(running, "-j", "-", **PIPES, controlling=False)
    at.type(f"{SHORT}\n")
    at.type("\x04")
    refused(at, running)


def test_not_at_a_terminal_that_has_the_key(known, terminal):
    running, _ = known
    at = terminal(running, "-j", "-k", "-", SHORT, **PIPES,
                  controlling=False)
    at.type(f"{running.org.service_key}\n")
    at.type("\x04")
    at.secrets.clear()      # it was typed, and has an echo
    refused(at, running)


@pytest.mark.parametrize("stdin", ["pipe", "null", b"", b"y\n"])
def test_nobody_to_ask(known, terminal, stdin):
    """A y that comes through a pipe is nobody's."""
    running, _ = known
    refused(terminal(running, "-j", SHORT, **PIPES, controlling=False,
                     stdin=stdin), running)


@pytest.mark.parametrize("text", [SHORT, SECRET, "--self"])
@pytest.mark.parametrize("errors", ["terminal", "pipe"])
def test_nobody_to_ask_in_text(known, terminal, text, errors):
    """A terminal on standard error is nobody who answers."""
    running, _ = known
    args = ["--self"] if text == "--self" else ["-"]
    at = terminal(running, *args, key=SECRET, stdout="pipe", stderr=errors,
                  stdin=text.encode(), controlling=False)
    result = at.end()
    said = result.errors + at.shown
    assert result.status == 2 and result.out == b""
    assert "--yes" in said and "[y/N]" not in said
    assert running.org.deleted == {}


def test_nobody_to_ask_keeps_back_the_ids(known, terminal):
    running, _ = known
    refused(terminal(running, "-j", running.org.ids()[1], SHORT,
                     **NO_TERMINAL), running, 2)


@pytest.mark.parametrize("stdin", ["pipe", "null"])
def test_nobody_to_ask_about_ids(known, terminal, stdin):
    running, wanted = known
    at = terminal(running, wanted.id, **PIPES, controlling=False, stdin=stdin)
    assert at.end().status == 0


# ---- --yes

@pytest.mark.parametrize("where", [{}, NO_TERMINAL], ids=["at", "without"])
@pytest.mark.parametrize("option", ["-y", "--yes"])
@pytest.mark.parametrize("text", [SHORT, SECRET])
def test_yes_asks_nothing(known, terminal, where, option, text):
    """But says what it has found."""
    running, wanted = known
    at = terminal(running, option, "-", **where | {"stdin": text.encode()})
    result = at.end()
    said = result.errors + at.shown
    assert result.status == 0 and list(running.org.deleted) == [wanted.id]
    assert facts(wanted) in said and "[y/N]" not in said


def test_yes_and_quiet_says_nothing(known, terminal):
    running, wanted = known
    at = terminal(running, "-qy", SHORT)
    result = at.end()
    assert (result.status, at.shown) == (0, "")
    assert list(running.org.deleted) == [wanted.id]


@pytest.mark.parametrize("answer, status", [("y\n", 0), ("\n", 2)])
@pytest.mark.parametrize("how", ["line", "self"])
def test_yes_asks_about_a_weak_secret(standin, terminal, answer, status, how):
    """Its short key says too little of it for --yes."""
    running = standin(tokens=1, shape=lambda secret: secret[:12])
    weak = running.org.add(secret=SECRET)
    if how == "line":
        running.org.expire(weak.id)     # else it would say which one it is
    else:
        running.org.add(short_key="")   # that may be it, too
    args = ["-"] if how == "line" else ["--self", "-k", "-"]
    at = terminal(running, "-y", *args, **PIPES, stdin=SECRET.encode())
    at.expect(facts(weak) + ONE)
    at.type(answer)
    assert at.end().status == status
    assert list(running.org.deleted) == ([weak.id] if not status else [])


@pytest.mark.parametrize("answer", ["y", "n"])
def test_yes_asks_about_the_weak_ones_alone(standin, terminal, answer):
    running = standin(tokens=2)
    sure = running.org.tokens[running.org.ids()[1]]
    running.org.shape = lambda secret: secret[:12]
    weak = running.org.add(secret=SECRET)
    running.org.expire(weak.id)
    at = terminal(running, "-y", "-j", "-", **PIPES,
                  stdin=f"{sure.secret}\n{SECRET}\n".encode())
    at.expect(ONE)
    assert at.shown == facts(weak) + ONE
    at.type(answer + "\n")
    result = at.end()
    assert result.status == (0 if answer == "y" else 2)
    assert list(running.org.deleted) == (
        [sure.id, weak.id] if answer == "y" else [])
    assert facts(sure) in result.errors and facts(weak) not in result.errors


@pytest.mark.parametrize("first", ["weak", "sure"])
def test_the_question_is_below_what_it_is_about(standin, terminal, first):
    """What is agreed to is shown at the same terminal, but above."""
    running = standin(tokens=2)
    sure = running.org.tokens[running.org.ids()[1]]
    running.org.shape = lambda secret: secret[:12]
    weak = running.org.add(secret=SECRET)
    running.org.expire(weak.id)
    given = [sure.secret, SECRET] if first == "sure" else [SECRET, sure.secret]
    at = terminal(running, "-y", "-", stdout="pipe",
                  stdin="\n".join(given).encode())
    at.expect(ONE)
    assert at.shown == facts(sure) + facts(weak) + ONE
    at.type("n\n")
    assert at.end().status == 2 and running.org.deleted == {}


# ---- time, and what is shown

@pytest.mark.parametrize("args, stdin", [([SHORT], b""),
                                         (["-"], SECRET.encode())])
def test_a_person_may_take_their_time(known, terminal, args, stdin):
    """It is outside every deadline."""
    running, wanted = known
    at = terminal(running, "-t", "1", *args, **PIPES, stdin=stdin)
    at.expect(ONE)
    time.sleep(2.5)
    at.type("y\n")
    result = at.end()
    assert result.status == 0 and result.seconds >= 2.5
    assert list(running.org.deleted) == [wanted.id]


def test_the_server_may_not_wait_as_long(standin, terminal):
    """It closes the connection meanwhile: there is a new one."""
    running = standin(idle=0.3)
    wanted = running.org.add(secret=SECRET)
    at = terminal(running, SHORT, **ALL_PIPES)
    at.expect(ONE)
    time.sleep(1)
    at.type("y\n")
    assert at.end().status == 0 and list(running.org.deleted) == [wanted.id]


def test_it_is_gone_before_the_answer(known, terminal):
    running, wanted = known
    at = terminal(running, "-j", SHORT, **ALL_PIPES)
    at.expect(ONE)
    running.org.remove(wanted.id)
    at.type("y\n")
    result = at.end()
    assert result.status == 4 and result.objects[0]["status"] == 404


HOSTILE = {
    "escapes": "\x1b[2J\x1b]0;owned\x07\x9b31m",
    "lines": "a\r\nid: 00000000-0000-4000-8000-000000000000\n\n",
    "all controls": "".join(map(chr, [*range(32), *range(127, 160)])),
    "bidi": "abc\u202egnp.\u2066x\u2069\u200f\u061c\u2028\u2029",
    "zero width": "a\u200bb\u2060e\ufefff\u00adg\U000e0041",
    "long": "x" * 100_000,
    "long and wide": "漢" * 50_000,
    "question": ONE + "y",
}


@pytest.mark.parametrize("field", ["description", "short_key", "created_by",
                                   "workspace_names"])
def test_hostile_facts(standin, terminal, field):
    """Nothing is obeyed or hidden, and no value pushes others away."""
    running = standin()
    for value in HOSTILE.values():
        if field == "short_key" and len(value) > 256:
            continue    # that is none
        one = running.org.add(**{field: [value] if "names" in field
                                 else value})
        if field == "short_key":
            one.record[field] = one.secret[:12] + value
    tokens = [running.org.tokens[one] for one in running.org.ids()[3:]]
    at = terminal(running, "-", **PIPES, stdin="\n".join(
        one.secret[:12] if field == "short_key" else one.secret
        for one in tokens).encode())
    at.expect(these(len(tokens)))
    shown = at.shown
    assert not [char for char in shown.replace("\n", "") if
                unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp", "Cs")]
    lines = shown.splitlines()
    assert len(lines) == len(tokens) * 9 + 1
    assert max(map(len, lines)) < 230
    assert [line for line in lines if line.startswith("id: ")] \
        == [f"id: {one.id}" for one in tokens]
    assert r"\u{1b}[2J" in shown and r"\u{202e}" in shown
    at.type("n\n")
    at.end()


# ---- progress

def erased(text):
    """What takes it off a terminal."""
    return "\r" + " " * len(text) + "\r"


def remains(screen):
    """The lines that a terminal shows in the end: what stands behind \\r is
    written over what was there."""
    lines = []
    for line in screen.replace("\r\n", "\n").split("\n"):
        cells = ""
        for part in line.split("\r"):
            cells = part + cells[len(part):]
        lines.append(cells.rstrip())
    return lines


def progress_in(screen):
    return re.findall(r"(?<![\w.])\d+/\d+(?![\w.])", screen)


@pytest.mark.parametrize("args", [[], ["-j"], ["--revoke"], ["-n"]],
                         ids=" ".join)
@pytest.mark.parametrize("source", ["arguments", "stdin"])
def test_progress(standin, terminal, args, source):
    """So many of so many are told; then it is gone without a trace."""
    running = standin(tokens=4)
    ids = running.org.ids()[1:]
    given = {"arguments": (ids, "null"),
             "stdin": (["-"], "\n".join(ids).encode())}[source]
    at = terminal(running, *args, *given[0], stdin=given[1], stdout="pipe")
    assert at.end().status == 0
    outcome = {"--revoke": "revoked", "-n": "would-delete"}.get(
        "".join(args), "deleted")
    steps = [f"{n}/3" for n in (1, 2, 3)]
    assert at.shown == "".join(one + erased(one) for one in steps) \
        + summary([outcome] * 3)


def test_progress_among_results(standin, terminal):
    """Nothing of it is left, wherever they go."""
    running = standin(tokens=4, admin=True)
    ids = running.org.ids()[1:]
    lost = "00000000-0000-4000-8000-000000000000"
    at = terminal(running, ids[0], lost, *ids[1:])
    assert at.end().status == 9
    screen = at.screen.decode()
    assert progress_in(screen) == ["1/4", "2/4", "3/4", "4/4"]
    lines = remains(screen)
    assert progress_in("\n".join(lines)) == []
    assert [line for line in lines if line.startswith("id: ")] \
        == [f"id: {one}" for one in ids]
    assert [line[:43] for line in lines if line.startswith("patrm: ")] \
        == [f"patrm: {lost}", lines[-2][:43]]
    assert lines[-2:] == [summary(["deleted"] * 3 + ["missing"])[:-1], ""]


def test_progress_of_ten_and_more(standin, terminal):
    """All of a longer one is erased by a shorter."""
    running = standin(tokens=13)
    ids = running.org.ids()[1:]
    at = terminal(running, "-q", *ids, stdout="pipe")
    assert at.end().status == 0 and at.shown == ""
    ids = [running.org.add().id for _ in range(12)]
    at = terminal(running, "-j", *ids, stdout="pipe", key=running.org.key)
    assert at.end().status == 0
    assert progress_in(at.shown) == [f"{n}/12" for n in range(1, 13)]
    assert remains(at.screen.decode()) == [
        summary(["deleted"] * 12)[:-1], ""]


def test_progress_of_what_is_none(terminal, standin):
    """Lines that are no TOKENs count, too; what is named twice does not."""
    running = standin(tokens=3)
    one = running.org.ids()[1]
    at = terminal(running, "-j", "-", stdout="pipe",
                  stdin=f"none\n{one}\n{one}\n".encode())
    assert at.end().status == 9
    assert progress_in(at.shown) == ["1/2", "2/2"]
    assert "named twice: 1" in at.shown


def test_progress_and_a_question(standin, terminal):
    """The facts of a second block begin at the left, on a clean line."""
    running = standin(tokens=1100, others=0)
    tokens = [running.org.tokens[one]
              for one in running.org.ids()[1:BLOCK + 2]]
    lines = [one.id for one in tokens[:BLOCK]] + [tokens[BLOCK].secret]
    at = terminal(running, "-", stdout="pipe",
                  stdin="\n".join(lines).encode())
    at.expect(f"{BLOCK}/{BLOCK}" + erased(f"{BLOCK}/{BLOCK}")
              + facts(tokens[BLOCK]) + ONE, 20)
    at.type("y\n")
    at.expect(f"{BLOCK + 1}/{BLOCK + 1}")
    assert at.end().status == 0
    assert remains(at.screen.decode())[-2:] == [
        summary(["deleted"] * (BLOCK + 1))[:-1], ""]


def test_progress_is_erased_by_a_signal(standin, terminal):
    running = standin(tokens=4)
    ids = running.org.ids()[1:]
    running.inject("delay 0 after", only="DELETE")
    running.inject("delay 9 before", only="DELETE")
    at = terminal(running, *ids, stdout="pipe")
    at.expect("1/3")
    at.type("\x03")
    at.end()
    assert progress_in("\n".join(remains(at.screen.decode()))) == []


@pytest.mark.parametrize("args, count", [
    ([], 1), (["-j"], 1), (["-q"], 3), (["-qj"], 3), (["-v"], 3)],
    ids=["one", "one in JSON", "quiet", "quiet in JSON", "verbose"])
def test_no_progress(standin, terminal, args, count):
    """For a single TOKEN, and where lines are or nothing is wanted."""
    running = standin(tokens=4)
    at = terminal(running, *args, *running.org.ids()[1:1 + count],
                  stdout="pipe")
    assert at.end().status == 0
    assert progress_in(at.shown) == [] and "\r" not in at.shown
    if "-v" not in args:
        assert at.shown == ""


@pytest.mark.parametrize("stdin", ["terminal", "pipe"])
@pytest.mark.parametrize("args", [[], ["-j"]], ids=["text", "json"])
def test_no_progress_but_at_a_terminal(standin, terminal, stdin, args):
    """Whatever else is one."""
    running = standin(tokens=4)
    at = terminal(running, *args, *running.org.ids()[1:], stdin=stdin,
                  stderr="pipe")
    result = at.end()
    assert result.status == 0
    assert result.errors == summary(["deleted"] * 3)
    assert "1/3" not in at.shown


def test_a_list_has_no_progress(standin, terminal):
    at = terminal(standin(tokens=4), "--list")
    assert at.end().status == 0
    assert progress_in(at.shown) == [] and "\r" not in at.shown
