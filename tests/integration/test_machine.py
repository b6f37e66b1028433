# SPDX-License-Identifier: MIT
# Machines that lack something: files, folders, rights, numbers of files.

import os
import shutil
import signal
import subprocess

import pytest

from conftest import KEY
from server import ID, Turn, http, record, until

DONE = http(200, record())
GIVEN = {"LANGSMITH_API_KEY": KEY}


@pytest.fixture
def bare(native, binary, certs, tmp_path, namespaces):
    """bare(*folders) is a wrapper, and patrm's name in there: a root with
    nothing in it but patrm, a file of roots, and those folders of the real
    one. Nothing there can be written to."""
    root = tmp_path / "bare"
    root.mkdir()
    shutil.copy(binary, root / "patrm")
    shutil.copy(certs.ca, root / "ca.pem")

    def wrapper(*folders):
        steps = [f"mount --bind {root} {root}"]
        for name in folders:
            (root / name).mkdir()
            steps.append(f"mount --rbind /{name} {root}/{name}")
        steps += [f"mount -o remount,bind,ro {root}",
                  f'exec chroot {root} "$@"']
        return ["unshare", "-m", "sh", "-ec", "; ".join(steps), "sh"]
    return wrapper


@pytest.fixture
def run(patrm, serve):
    """run(wrapper, *args) deletes a token in there; the Result."""
    def go(wrapper, *args, env=None, ca="/ca.pem", **more):
        server = serve(Turn(DONE))
        patrm.binary = "/patrm" if "chroot" in str(wrapper) else patrm.binary
        given = {"HOME": ""} | GIVEN | (env or {})
        run = patrm.start("-e", server.url("localhost"), "--cacert", ca,
                          *args, ID, wrapper=wrapper, env=given, **more)
        return run.end()
    return go


FOLDERS = {"proc": [], "dev": ["proc"], "etc": ["proc", "dev"]}


@pytest.mark.parametrize("missing", ["all", *FOLDERS])
def test_folders_that_are_missing(bare, run, missing):
    """All of them, and each of them; localhost is an address anywhere."""
    others = [] if missing == "all" else [
        name for name in FOLDERS if name != missing]
    result = run(bare(*others))
    assert result.status == 0, result
    assert result.text.startswith(f"outcome: deleted\nid: {ID}\n")


def test_no_environment(bare, patrm, serve, certs):
    """Not even HOME and PATH; the key is in a file."""
    server = serve(Turn(DONE))
    patrm.binary = "/patrm"
    result = patrm("-e", server.url("localhost"), "--cacert", "/ca.pem", "-k",
                   "-", ID, stdin=KEY.encode(),
                   wrapper=["env", "-i", *bare()])
    assert result.status == 0, result


def test_the_roots_inside_where_no_file_is(bare, patrm, serve):
    """A server that they do not vouch for: so they were asked."""
    server = serve(Turn(DONE))
    patrm.binary = "/patrm"
    result = patrm("-v", "-e", server.url("localhost"), ID, env=GIVEN,
                   wrapper=bare())
    assert result.status == 5
    assert "the server is not trusted" in result.errors


@pytest.mark.parametrize("args", [["--audit=/audit"],
                                  ["--audit=/no/audit"]], ids=str)
def test_a_root_that_is_read_only(bare, run, args):
    """Nothing is written but what was asked for."""
    result = run(bare(), *args)
    assert result.status == 2, result
    assert "cannot open /" in result.errors
    assert "nothing was deleted" in result.errors


def test_few_files(run, certs, tmp_path):
    """Three standard ones, the roots', the audit's, the connection's."""
    result = run(["sh", "-c", 'ulimit -n 8; exec "$@"', "sh"],
                 f"--audit={tmp_path}/audit", ca=certs.ca)
    assert result.status == 0, result


def test_too_few_files(native, run, certs):
    for limit in (4, 3):
        result = run(["sh", "-c", f'ulimit -n {limit}; exec "$@"', "sh"],
                     ca=certs.ca)
        assert result.status in (2, 5), result
        assert "No file descriptors available" in result.errors, result


def test_process_1(run, certs, namespaces):
    """Of a container, with nothing between it and the kernel."""
    result = run(["unshare", "-p", "-f", "--mount-proc"], ca=certs.ca)
    assert result.status == 0, result


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_process_1_can_be_stopped(start, serve, namespaces, number):
    """The kernel keeps signals without a handler from it."""
    server = serve(Turn(end="hang"))
    run = start(server, ID, wrapper=["unshare", "-p", "-f", "--kill-child"])
    until(lambda: server.requests)
    children = subprocess.run(["pgrep", "-P", str(run.process.pid)],
                              stdout=subprocess.PIPE, check=True).stdout
    os.kill(int(children), number)
    assert run.end().status == 6


@pytest.mark.parametrize("name", ["CHLD", "PIPE", "ALRM", "HUP"])
def test_signals_that_are_ignored(run, certs, name):
    result = run(["env", f"--ignore-signal={name}"], ca=certs.ca)
    assert result.status == 0, result


def test_all_signals_that_are_blocked(run, certs):
    result = run(["env", "--block-signal"], ca=certs.ca)
    assert result.status == 0, result
