# SPDX-License-Identifier: MIT
# Starts the outside judge of patrm's requests: Prism, which knows nothing but
# a contract, behind nginx, which does TLS and HTTP as the internet does.
"""
with judge(OWN, pki.leaf(root), tmp_path) as it:
    ... it.endpoint, it.sample_id ...
    assert not it.violations()
"""

import contextlib
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from nginx import nginx_conf
from ports import port_of, reserve

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
PRISM = PROJECT / "build/prism/node_modules/@stoplight/prism-cli/dist/index.js"
OWN = HERE / "openapi.yaml"
PATH = "/api/v1/orgs/current/personal-access-tokens"
MARK = "/settled/"

HTTP = """\
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate "{cert.chain}";
        ssl_certificate_key "{cert.key}";
        ssl_protocols TLSv1.2 TLSv1.3;
        keepalive_timeout 60;
        location / {{
            proxy_pass http://127.0.0.1:{inner};
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
        location ~ ^/prefer/([^/]+)(/.*)$ {{
            proxy_pass http://127.0.0.1:{inner}$2;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Prefer $1;
        }}
    }}
"""


@dataclass
class Judge:
    """Prism behind nginx, running."""
    endpoint: str
    folder: Path
    sample_id: str    # the id in the record that it answers a DELETE with
    pids: list = field(default_factory=list)
    marks: int = 0

    def prefers(self, what):
        """An endpoint where that, like "code=404", is Prism's answer to what
        is right."""
        return f"{self.endpoint}/prefer/{what}"

    def prism_log(self):
        """What Prism has said, about everything answered so far."""
        self._settle()
        return unmarked(self.folder / "prism.log")

    def access_log(self):
        """One line for each request that nginx passed on."""
        self._settle()
        return unmarked(self.folder / "nginx-access.log")

    def error_log(self):
        return (self.folder / "error.log").read_text()

    def violations(self):
        """Each complaint that Prism has had about a request, a line."""
        return [line for line in self.prism_log().splitlines()
                if "Violation:" in line or "Invalid security" in line
                or "terminated with error" in line]

    def _settle(self):
        """Both write their logs after the answer has left; so send a mark
        the same way, and wait until Prism is done with it too."""
        self.marks += 1
        mark = f"{MARK}{self.marks}/"
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        wire = http.client.HTTPSConnection(
            self.endpoint.removeprefix("https://"), context=context,
            timeout=10)
        with contextlib.closing(wire):
            wire.request("GET", mark)
            wire.getresponse().read()
        until = time.monotonic() + 10
        while time.monotonic() < until:
            lines = (self.folder / "prism.log").read_text().splitlines()
            if any(mark in line and "terminated" in line for line in lines):
                return
            time.sleep(0.01)
        raise RuntimeError("Prism's log does not show what it answered")


def unmarked(log):
    """A log without the lines about marks."""
    return "".join(line for line in log.read_text().splitlines(True)
                   if MARK not in line)


def seed_contract():
    """The contract that the project was asked for; skips the test where
    there is none, unless it has to be there."""
    shared = Path(os.environ.get("PATRM_SHARED", PROJECT.parent / "shared"))
    path = shared / "openapi-seed.yaml"
    if path.exists():
        return path
    reason = f"{path} is not there"
    if os.environ.get("CI") or os.environ.get("PATRM_REQUIRE_SHARED"):
        pytest.fail(reason)
    pytest.skip(reason)


@contextlib.contextmanager
def judge(contract, cert, folder):
    """Runs Prism on a contract behind nginx with a certificate (pki.Cert).
    Logs and the like go into folder."""
    folder = Path(folder)
    config = folder / "nginx.conf"
    # /usr/sbin is not on everyone's PATH
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    nginx = [program, "-p", folder, "-c", config, "-e",
             folder / "error.log"]
    with reserve() as held, reserve() as held_inside:
        port, inner = port_of(held), port_of(held_inside)
        config.write_text(nginx_conf(
            folder, HTTP.format(cert=cert, port=port, inner=inner),
            f'"{folder}/nginx-access.log"'))
        prism = ["node", PRISM, "mock", "--errors", "--multiprocess", "false",
                 "-h", "127.0.0.1", "-p", str(inner), contract]
        with running(prism, folder / "prism.log") as first:
            wait_for(first, inner, folder / "prism.log")
            with running(nginx, folder / "nginx.log") as second:
                wait_for(second, port, folder / "nginx.log")
                yield Judge(f"https://localhost:{port}", folder,
                            sample_id(inner), [first.pid, second.pid])


@contextlib.contextmanager
def running(command, log):
    """A process that ends with the block."""
    environment = {**os.environ, "NO_COLOR": "1", "SCARF_ANALYTICS": "false"}
    with open(log, "wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=output,
                                   env=environment)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(process, port, log, seconds=120):
    """Returns once someone listens on the port."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.05)
    raise RuntimeError(f"{process.args[0]} does not listen on port {port}:\n"
                       + log.read_text())


def sample_id(port):
    """Asks Prism itself, since only it knows what it makes up."""
    wire = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    with contextlib.closing(wire):
        wire.request("DELETE", f"{PATH}/00000000-0000-4000-8000-000000000000",
                     headers={"X-API-Key": "lsv2_pt_sample"})
        return json.load(wire.getresponse())["id"]
