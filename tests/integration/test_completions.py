# SPDX-License-Identifier: MIT
# What `make install` brings, and what each shell completes out of it, at a
# terminal.

import os
import shutil
import subprocess

import pytest

from conftest import TOP
from terminal import Terminal
from test_documents import options_of_the_source

OPTIONS = options_of_the_source()
OF_FILES = ("audit", "cacert", "cert", "key", "api-key-file", "bearer-file",
            "header-file")
VALUES = {name for name, (_, value) in OPTIONS.items() if value}
PROMPT = "ready> "
# Instead of patrm: what it was called with, one line for each call.
PATRM = "patrm() { printf '<%s>' \"$@\"; echo .; }\n"


def shortest(name):
    """As little of it as no other option begins with."""
    return next(name[:end] for end in range(1, len(name) + 1)
                if end == len(name) or
                not any(other.startswith(name[:end])
                        for other in OPTIONS if other != name))


@pytest.fixture(scope="module")
def share(tmp_path_factory):
    """The folder share of an installation."""
    destination = tmp_path_factory.mktemp("installed here")
    env = {name: value for name, value in os.environ.items()
           if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "TOOLCHAIN")}
    subprocess.run(["make", "-s", f"DESTDIR={destination}", "install",
                    "PREFIX=/some/where"], cwd=TOP, check=True, timeout=600,
                   env=env)
    return destination / "some/where/share"


def test_what_is_installed(share):
    found = {str(path.relative_to(share.parent)): path.stat().st_mode & 0o777
             for path in share.parent.rglob("*") if path.is_file()}
    assert found == {
        "bin/patrm": 0o755,
        "share/man/man1/patrm.1": 0o644,
        "share/bash-completion/completions/patrm": 0o644,
        "share/zsh/site-functions/_patrm": 0o644,
        "share/fish/vendor_completions.d/patrm.fish": 0o644,
    }


class Shell:
    """A shell that has read its completions, at a terminal."""

    def __init__(self, share, folder):
        (folder / "a file").write_text("")
        (folder / "other").write_text("")
        self.terminal = Terminal(
            self.command, cwd=folder, stderr="terminal",
            env={"PATH": os.environ["PATH"], "TERM": "dumb", "PS1": PROMPT,
                 "HOME": str(folder), "LANG": "C.UTF-8"})
        self.terminal.expect(PROMPT)
        for line in self.setup(share):
            self.terminal.type(line + "\n")
            self.terminal.expect(PROMPT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.terminal.close()

    def called(self, line):
        """What patrm is called with once this line was typed."""
        self.terminal.type(line + "\n")
        self.terminal.expect(">.\n")
        end = self.terminal.seen - 2
        self.terminal.expect(PROMPT)
        shown = self.terminal.shown[:end]
        return shown[shown.rindex("\n") + 2:-1].split("><")


class Bash(Shell):
    command = ["bash", "--norc", "--noprofile", "-i"]

    @staticmethod
    def setup(share):
        return [f". '{share}/bash-completion/completions/patrm'",
                PATRM.strip()]


class Zsh(Shell):
    command = ["zsh", "-f", "-i"]

    @staticmethod
    def setup(share):
        return [f"fpath=('{share}/zsh/site-functions' $fpath)",
                "autoload -U compinit && compinit -u -D", PATRM.strip()]


@pytest.fixture(params=[Bash, Zsh], ids=["bash", "zsh"])
def shell(request, share, tmp_path):
    if not shutil.which(request.param.command[0]):
        pytest.skip(f"needs {request.param.command[0]}")
    with request.param(share, tmp_path) as one:
        yield one


def test_options(shell):
    for name in OPTIONS:
        assert shell.called(f"patrm --{shortest(name)}\t") == [f"--{name}"]


def test_several(shell):
    """What begins alike is shown."""
    shell.terminal.type("patrm --re\t\t")
    for name in ("region", "retries", "revoke"):
        shell.terminal.expect(f"--{name}")


def test_files(shell):
    """For options that take one, and for no others."""
    for name, (letter, _) in OPTIONS.items():
        wanted = "a file" if name in OF_FILES else "a"
        if name not in VALUES:
            continue
        assert shell.called(f"patrm --{name}=a\t") == [f"--{name}={wanted}"]
        assert shell.called(f"patrm --{name} a\t") == [f"--{name}", wanted]
        if letter:
            assert shell.called(f"patrm -{letter} a\t") == \
                [f"-{letter}", wanted]


def test_a_token_is_no_file(shell):
    assert shell.called("patrm --yes a\t") == ["--yes", "a"]


@pytest.mark.skipif(not shutil.which("fish"), reason="needs fish")
def test_fish(share, tmp_path):
    """It is asked for all completions of a line."""
    (tmp_path / "a file").write_text("")

    def complete(line):
        done = subprocess.run(
            ["fish", "-c", f"complete --do-complete '{line}'"],
            cwd=tmp_path, check=True, timeout=60, text=True,
            stdout=subprocess.PIPE, env={
                # completions are read only for a command that is there
                "PATH": f"{share.parent}/bin:{os.environ['PATH']}",
                "HOME": str(tmp_path), "LANG": "C.UTF-8",
                "XDG_DATA_DIRS": f"{share}:/usr/share"})
        return [row.split("\t")[0] for row in done.stdout.splitlines()]

    assert sorted({row.rstrip("=") for row in complete("patrm --")}) == \
        sorted(f"--{name}" for name in OPTIONS)
    letters = {f"-{letter}" for letter, _ in OPTIONS.values() if letter}
    assert {row for row in complete("patrm -") if row[1] != "-"} == letters
    for name in VALUES:
        files = name in OF_FILES
        assert complete(f"patrm --{name} a") == (["a file"] if files else [])
    assert complete("patrm a") == []
