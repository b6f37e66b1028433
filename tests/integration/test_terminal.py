# SPDX-License-Identifier: MIT
# Proves that the helper Terminal is a terminal as a person has one.

import re
import signal
import subprocess
import time

import pytest

from terminal import Terminal


@pytest.fixture
def sh():
    """sh(script, ...) is a Terminal with a shell at it."""
    opened = []

    def run(script, **more):
        opened.append(Terminal(["sh", "-c", script], **more))
        return opened[-1]
    yield run
    for terminal in opened:
        terminal.close()


ASK = "printf 'Well? ' >/dev/tty; read -r x </dev/tty; echo \"said $x\"; "


@pytest.mark.parametrize("stdin", ["terminal", "pipe", "null", b"unread"])
def test_a_question(sh, stdin):
    """Asked and answered at /dev/tty, whatever standard input is."""
    terminal = sh(ASK + "echo bad >&2", stdin=stdin, stdout="pipe",
                  stderr="pipe")
    terminal.expect("Well? ")
    terminal.type("yes\n")
    result = terminal.end()
    assert (result.status, result.text, result.errors) \
        == (0, "said yes\n", "bad\n")
    assert terminal.shown == "Well? yes\n", "it has an echo"
    assert 0 < result.seconds < 10


def test_all_at_the_terminal(sh):
    terminal = sh("cat; echo bad >&2; exit 3")
    terminal.type("hello\n")
    terminal.expect("hello\nhello\n")
    terminal.type("\x04")
    result = terminal.end()
    assert (result.status, result.out, result.err) == (3, b"", b"")
    assert terminal.shown == "hello\nhello\nbad\n"


def test_what_was_expected_is_behind(sh):
    terminal = sh(ASK + ASK)
    for answer in ("a\n", "b\n"):
        terminal.expect("Well? ")
        terminal.type(answer)
        terminal.expect(f"said {answer}")
    with pytest.raises(AssertionError, match="said b"):
        terminal.expect("said", 0.1)
    assert terminal.end().status == 0


@pytest.mark.parametrize("script, told", [
    ("test -t 0", 0), ("test -t 1", 0), ("test -t 2", 1),
    ("printf x >/dev/tty", 0)])
def test_what_is_a_terminal(sh, script, told):
    assert sh(script, stderr="pipe").end().status == told


def test_no_controlling_terminal(sh):
    """Standard input is one all the same."""
    terminal = sh("(: </dev/tty) && exit 9; test -t 0 && read -r x && echo $x",
                  controlling=False, stdout="pipe", stderr="pipe")
    terminal.type("yes\n")
    result = terminal.end()
    assert (result.status, result.text) == (0, "yes\n"), result
    assert re.search("/dev/tty: No such device", result.errors)


def test_neither(sh):
    terminal = sh("! test -t 0 && ! (: </dev/tty)", controlling=False,
                  stdin="null", stderr="pipe")
    assert terminal.end().status == 0


@pytest.mark.parametrize("stdin", ["terminal", "null"])
def test_interrupt(sh, stdin):
    terminal = sh("echo ready; exec sleep 30", stdin=stdin)
    terminal.expect("ready")
    terminal.type("\x03")
    assert terminal.end().status == -signal.SIGINT


def test_echo_can_be_turned_off(sh):
    terminal = sh("stty -echo; echo ready; read -r x; stty echo; echo ${#x}")
    terminal.expect("ready")
    terminal.type("secret\n")
    terminal.expect("6")
    assert terminal.end().status == 0 and "secret" not in terminal.shown


def test_a_pipe_for_input(sh):
    """It ends where end() is called."""
    terminal = sh("read -r x; echo $x; wc -c", stdin="pipe", stdout="pipe")
    terminal.stdin.write(b"one\n")
    terminal.stdin.write(b"two")
    assert terminal.end().text.split() == ["one", "3"]


def test_much_of_everything(sh):
    """More than pipes and terminals hold."""
    data = b"0123456789abcde\n" * 20_000
    terminal = sh("tee /dev/tty; seq 50000 >&2", stdin=data, stdout="pipe",
                  stderr="pipe")
    result = terminal.end()
    assert result.out == data and len(result.err.splitlines()) == 50_000
    assert terminal.shown == data.decode()


def test_input_that_nobody_reads(sh):
    assert sh("exit 4", stdin=b"x" * 1_000_000).end().status == 4


def test_an_end_that_does_not_come(sh):
    terminal = sh("trap '' HUP INT TERM; sleep 30; sleep 30", stdout="pipe")
    began = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired):
        terminal.end(0.3)
    assert terminal.process.returncode == -signal.SIGKILL
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("script", [
    "echo a-secret", "echo a-secret >&2", "echo a-secret >/dev/tty"])
def test_secrets(sh, script):
    terminal = sh(script, stdout="pipe", stderr="pipe")
    terminal.secrets.append(b"a-secret")
    with pytest.raises(AssertionError):
        terminal.end()


# ---- patrm itself

def test_patrm_at_a_terminal(terminal, ask, standin):
    """The fixtures: an answer, and a refusal that is shown at the terminal."""
    running = standin(tokens=3, bad_key=401)
    own = running.org.ids()
    assert ask(running, own[1]).status == 0
    assert ask(running, own[2], key="lsv2_pt_wrong").status == 3
    wrong = terminal(running, own[2], key="lsv2_pt_wrong")
    assert wrong.end().status == 3 and own[2] in wrong.shown
    right = terminal(running, "-j", own[2], stdout="pipe")
    assert right.end().objects[0]["outcome"] == "deleted"
    assert running.org.ids() == own[:1]
