# SPDX-License-Identifier: MIT
# What the integration tests share: certificates, servers, and running patrm.

import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(1, str(TOP / "tests" / "standin"))

from pki import Pki  # noqa: E402
from server import Server  # noqa: E402

KEY = "lsv2_pt_" + "0123456789abcdef" * 2 + "_fedcba9876"
LONGEST = 60    # seconds that any run may take


@dataclass
class Result:
    """How a run ended; a status below 0 is the signal that killed it."""
    status: int
    out: bytes
    err: bytes
    seconds: float

    @property
    def text(self):
        return self.out.decode()

    @property
    def errors(self):
        return self.err.decode()

    @property
    def objects(self):
        """The objects of --json, in order: one a line, ASCII only."""
        assert re.fullmatch(rb"(\{[ -~]*\}\n)*", self.out), self.out
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def blocks(self):
        """The blocks of text output, each a list of (name, value)."""
        return [[tuple(line.split(": ", 1)) for line in block.splitlines()]
                for block in self.text.split("\n\n") if block]


class Run:
    """patrm at work."""

    def __init__(self, command, stdin, **more):
        self.secrets = [KEY.encode()]
        self.began = time.monotonic()
        stdin, self.input = ((subprocess.PIPE, stdin)
                             if isinstance(stdin, bytes) else (stdin, None))
        more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | more
        self.process = subprocess.Popen(command, stdin=stdin, **more)

    def send(self, number):
        self.process.send_signal(number)

    def end(self):
        """Waits; whatever was said, it was no secret."""
        try:
            out, err = self.process.communicate(self.input, LONGEST)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise
        seconds = time.monotonic() - self.began
        for secret in self.secrets:
            assert secret not in (out or b"") + (err or b"")
        return Result(self.process.returncode, out, err, seconds)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        for pipe in (self.process.stdin, self.process.stdout,
                     self.process.stderr):
            if pipe:
                pipe.close()
        self.process.wait(LONGEST)


class Patrm:
    """Runs the binary in an empty folder with an empty environment."""

    def __init__(self, binary, folder, stack):
        self.binary = binary
        self.folder = folder
        self.stack = stack

    def start(self, *args, stdin=b"", env=None, wrapper=(), **more):
        """Returns while it runs. wrapper is a command to run it by; stdin is
        bytes, or what subprocess takes."""
        env = {"PATH": os.environ["PATH"], "HOME": str(self.folder)} \
            | (env or {})
        command = [*wrapper, self.binary, *args]
        run = Run(command, stdin, **{"env": env, "cwd": self.folder} | more)
        self.stack.callback(run.kill)
        return run

    def __call__(self, *args, **more):
        return self.start(*args, **more).end()


@pytest.fixture(scope="session")
def binary():
    path = Path(os.environ.get("PATRM", TOP / "build/x86_64/patrm"))
    assert path.is_file(), f"{path} is not there: run make"
    return path.resolve()


@pytest.fixture
def patrm(binary, tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    with ExitStack() as stack:
        yield Patrm(binary, folder, stack)


@pytest.fixture(scope="session")
def certs(tmp_path_factory):
    """.pki mints; .root is trusted as .ca; .leaf is for this machine."""
    pki = Pki(tmp_path_factory.mktemp("pki"))
    root = pki.ca("Test Root")
    middle = pki.ca("Test Intermediate", issuer=root)
    return SimpleNamespace(pki=pki, root=root, middle=middle, ca=root.cert,
                           leaf=pki.leaf(middle))


@pytest.fixture
def serve(certs):
    """serve(*turns, ...) is a started server; plain=True for HTTP."""
    with ExitStack() as stack:
        def start(*turns, plain=False, **more):
            cert = more.pop("cert", certs.leaf)
            cert = None if plain else cert
            return stack.enter_context(Server(*turns, cert=cert, **more))
        yield start


@pytest.fixture
def start(patrm, certs):
    """start(server, *args) runs patrm against the server."""
    def run(server, *args, env=None, endpoint=None, **more):
        return patrm.start(
            "-e", endpoint or server.endpoint, "--cacert", certs.ca, *args,
            env={"LANGSMITH_API_KEY": KEY} | (env or {}), **more)
    return run


@pytest.fixture
def delete(start):
    """Like start, to the end."""
    def run(*args, **more):
        return start(*args, **more).end()
    return run


@pytest.fixture(scope="module")
def play(binary, tmp_path_factory):
    """play(table, one) calls one(patrm, name, case) for each case of a table,
    many at a time since they mostly wait; the results by name, as futures."""
    folder = tmp_path_factory.mktemp("play")

    def run(one, *case):
        with ExitStack() as stack:
            return one(Patrm(binary, folder, stack), *case)

    def all_of(table, one):
        with ThreadPoolExecutor(8) as pool:
            return {name: pool.submit(run, one, name, case)
                    for name, case in table.items()}
    return all_of


@pytest.fixture
def key_file(tmp_path):
    """key_file(content) is a file that holds it."""
    def write(content=KEY + "\n", name="key"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes)
                         else content.encode())
        return path
    return write


@pytest.fixture
def as_root():
    if os.geteuid() != 0:
        pytest.skip("needs root")


@pytest.fixture
def alone(tmp_path, as_root):
    """alone(hosts=..., resolv=...) is a wrapper that runs a command with
    these files in /etc; without a network, unless net is true."""
    if subprocess.run(["unshare", "-mn", "true"], check=False,
                      capture_output=True).returncode != 0:
        pytest.skip("needs unshare(2), which is not allowed here")

    def wrapper(net=False, **files):
        steps = []
        for name, content in files.items():
            path = tmp_path / name
            path.write_text(content)
            target = "/etc/" + name.replace("resolv", "resolv.conf")
            steps.append(f"mount --bind {path} {target}")
        script = " && ".join([*steps, 'exec "$@"'])
        return ["unshare", "-m", *([] if net else ["-n"]),
                "sh", "-c", script, "sh"]
    return wrapper
