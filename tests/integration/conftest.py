# SPDX-License-Identifier: MIT
# What the integration tests share: certificates, servers, and running patrm.

import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from types import SimpleNamespace

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path.insert(1, str(TOP / "tests" / "standin"))

from pki import Pki  # noqa: E402
from result import Result  # noqa: E402
from server import Server  # noqa: E402
from standin import Standin  # noqa: E402
from terminal import Terminal  # noqa: E402

KEY = "lsv2_pt_" + "0123456789abcdef" * 2 + "_fedcba9876"
# What to run a binary of another processor by, such as qemu-mips-static.
RUNNER = os.environ.get("RUNNER", "").split()
RUNNER[:1] = map(shutil.which, RUNNER[:1])
LONGEST = 240 if RUNNER else 60     # seconds that any run may take


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

    def end(self, longest=None):
        """Waits; whatever was said, it was no secret."""
        try:
            out, err = self.process.communicate(self.input,
                                                longest or LONGEST)
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
        run = Run([*wrapper, *RUNNER, self.binary, *args], stdin,
                  **self._place(env) | more)
        self.stack.callback(run.kill)
        return run

    def at_terminal(self, *args, env=None, wrapper=(), **more):
        """Returns a Terminal while it runs; more is what that takes."""
        terminal = Terminal([*wrapper, *RUNNER, self.binary, *args],
                            **self._place(env) | more)
        self.stack.callback(terminal.close)
        return terminal

    def _place(self, env):
        home = {"PATH": os.environ["PATH"], "HOME": str(self.folder)}
        return {"env": home | (env or {}), "cwd": self.folder}

    def __call__(self, *args, **more):
        return self.start(*args, **more).end()


@pytest.fixture(scope="session")
def binary():
    path = Path(os.environ.get("PATRM", TOP / "build/x86_64/patrm"))
    assert path.is_file(), f"{path} is not there: run make"
    return path.resolve()


@pytest.fixture(scope="session")
def native():
    """For fixtures that look at the process, or build one of their own."""
    if RUNNER:
        pytest.skip("not under an emulator")


@pytest.fixture
def patrm(binary, tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    with ExitStack() as stack:
        yield Patrm(binary, folder, stack)


@pytest.fixture(scope="session")
def certs(tmp_path_factory):
    """.pki mints; .root is trusted as .ca; .leaf is for this machine."""
    top = tmp_path_factory.getbasetemp()
    keys = (top.parent if "PYTEST_XDIST_WORKER" in os.environ else top) / "keys"
    keys.mkdir(exist_ok=True)
    pki = Pki(tmp_path_factory.mktemp("pki"), keys)
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


@pytest.fixture
def standin(certs):
    """standin(**state) is a started Standin; state is what that takes."""
    with ExitStack() as stack:
        def start(**state):
            return stack.enter_context(
                Standin(**{"cert": certs.leaf} | state))
        yield start


def key_of(server):
    return server.org.key if isinstance(server, Standin) else KEY


def secrets_of(server):
    """What must never be shown; of very many, the first."""
    if not isinstance(server, Standin):
        return [KEY.encode()]
    org = server.org
    return [secret.encode() for secret in (
        org.key, org.service_key, org.bearer, *islice(org.secrets, 100))]


@pytest.fixture
def ask(start):
    """ask(standin, *args, key=None) is the Result of patrm against it; key
    is another API key than standin.org.key."""
    def run(standin, *args, key=None, env=None, **more):
        key = key or key_of(standin)
        run = start(standin, *args, **more,
                    env={"LANGSMITH_API_KEY": key} | (env or {}))
        run.secrets += [key.encode(), *secrets_of(standin)]
        return run.end()
    return run


@pytest.fixture
def terminal(patrm, certs):
    """terminal(server, *args, key=None) runs patrm against a Server or a
    Standin at a Terminal, which takes the rest."""
    def run(server, *args, key=None, env=None, endpoint=None, **more):
        key = key or key_of(server)
        terminal = patrm.at_terminal(
            "-e", endpoint or server.endpoint, "--cacert", certs.ca, *args,
            env={"LANGSMITH_API_KEY": key} | (env or {}), **more)
        terminal.secrets += [key.encode(), *secrets_of(server)]
        return terminal
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


@pytest.fixture(scope="session")
def namespaces():
    """For tests with mounts or a network of their own. CI has to allow it."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    done = subprocess.run(["unshare", "-mn", "true"], check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode == 0:
        return
    reason = f"needs unshare(2): {done.stdout.strip()}"
    if os.environ.get("CI") or os.environ.get("PATRM_REQUIRE_SHARED"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def alone(tmp_path, namespaces):
    """alone(hosts=..., resolv=...) is a wrapper that runs a command with
    these files in /etc; without a network, unless net is true."""
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
