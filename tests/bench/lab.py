# SPDX-License-Identifier: MIT
# Where patrm and its peers are measured: nginx with a chain of three P-256
# certificates, a name server, and the tools that count.
"""
with Lab(folder) as lab:
    lab.instructions(lab.patrm("bundle"))
    lab.memory(lab.curl())
    lab.further(lab.calls, lab.batch)

What is counted is one process, from its first instruction to its last. No
figure is a time; those are bench's, and only in turn with a peer.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import uuid
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
os.environ["PATH"] += ":/usr/sbin"      # nginx, where one is not root
sys.path[1:1] = [str(TOP / "tests" / name)
                 for name in ("standin", "integration")]

from nameserver import NameServer  # noqa: E402
from nginx import nginx_conf  # noqa: E402
from pki import LOCAL, Pki  # noqa: E402
from ports import port_of, reserve  # noqa: E402
from server import record, until  # noqa: E402
from traced import await_start, go_on, stands_at_end, traced  # noqa: E402

KEY = "lsv2_pt_" + "0123456789abcdef" * 2 + "_fedcba9876"
BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
API = "/api/v1/orgs/current"
TOKENS = "personal-access-tokens"
NAME = "api.bench.example"      # known to the lab's own name server alone
CASES = ("one root", "bundle", "DNS")
FEW, MANY = 2, 1000             # requests of one connection
PATIENCE = 120                  # seconds that one run may take

# What of libc allocates, and what of ours has such a name.
ALLOCATES = re.compile(
    r"(?m) (\S*(?:malloc|calloc|realloc|memalign|aligned_alloc)|"
    r"_*(?:free|s?brk|mmap|mmap64|mremap))(?:\.\S*)?$")
OURS = {"arena_calloc"}

HTTP = """\
    keepalive_requests 1000000;
    default_type application/json;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_protocols TLSv1.3;
        ssl_certificate "{leaf.chain}";
        ssl_certificate_key "{leaf.key}";
        location ~ "^{api}/{tokens}/([0-9a-f-]*)$" {{
            return 200 '{record}';
        }}
        location = {api}/{tokens} {{
            return 200 '[{own}]';
        }}
        location ~ "^/([0-9]+)/[0-9]+{api}/{tokens}$" {{
            alias "{folder}/$1.json";
        }}
        location ~ "^/[0-9]+/([0-9]+){api}/members/{tokens}$" {{
            alias "{folder}/$1.json";
        }}
    }}
"""


# ---- what is run

@dataclass(frozen=True)
class Command:
    """A program to run, and what it is given."""
    words: list
    env: dict = field(default_factory=dict)
    stdin: Path = Path(os.devnull)
    enter: tuple = ()   # what runs all of it, in a place of its own
    ends: tuple = (0,)  # the exit statuses that are right

    def by(self, *tool):
        """The same, run by a tool."""
        return replace(self, words=[*tool, *self.words])


def environment(command):
    return {"PATH": os.environ["PATH"], "HOME": "/nonexistent",
            "LC_ALL": "C"} | command.env


def start(command, **more):
    with command.stdin.open("rb") as stdin:
        return subprocess.Popen(
            [*command.enter, *command.words], stdin=stdin,
            stdout=subprocess.DEVNULL, env=environment(command), **more)


def run(command):
    """To its end, which has to be a good one; what it said of errors."""
    process = start(command, stderr=subprocess.PIPE)
    try:
        _, said = process.communicate(timeout=PATIENCE)
    except BaseException:
        process.kill()
        process.communicate()
        raise
    said = said.decode(errors="replace")
    if process.returncode not in command.ends:
        raise RuntimeError(f"status {process.returncode} of "
                           f"{command.words}: {said[-2000:]}")
    return said


def machine():
    """Its kind, as it is told beside what was measured on it."""
    model = re.search(r"(?m)^model name\s*: (.*)",
                      Path("/proc/cpuinfo").read_text())
    system = re.search(r'(?m)^PRETTY_NAME="(.*)"',
                       Path("/etc/os-release").read_text())
    return (f"{model[1].strip() if model else os.uname().machine}, "
            f"{os.cpu_count()} processors, Linux "
            f"{os.uname().release.partition('-')[0]}, "
            f"{system[1] if system else 'no Debian'}")


# ---- what is asked for

def token_id(number):
    """Another one each, as random as ids are, and the same in each run."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, str(number)))


def token(id_, **fields):
    """What the API tells of one that nobody has used yet."""
    return record(id_) | {
        "description": "CI", "last_used_at": None, "workspace_names": None,
        "default_workspace_name": None, "role_id": None} | fields


def short_key(number):
    digits = uuid.uuid5(uuid.NAMESPACE_DNS, str(number)).hex
    return f"lsv2_pt_{digits[:4]}...{digits[-4:]}"


def written(what):
    """As the API writes JSON: without blanks."""
    return json.dumps(what, separators=(",", ":"))


class Lab:
    """nginx, its certificates, and a folder for all that comes up."""

    def __init__(self, folder, binary=None):
        self.folder = Path(folder).resolve()
        self.binary = Path(binary or os.environ.get(
            "PATRM", TOP / "build/x86_64/patrm")).resolve()
        self.stack = ExitStack()

    def __enter__(self):
        with ExitStack() as stack:
            self._start(stack)
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self.stack.close()

    def _start(self, stack):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        pki = Pki(self.folder / "pki")
        root = pki.ca("Bench Root")
        leaf = pki.leaf(pki.ca("Bench Intermediate", issuer=root),
                        san=f"{LOCAL},DNS:{NAME}")
        bundle = self.folder / "bundle.pem"
        bundle.write_text(BUNDLE.read_text() + root.cert.read_text())
        self.trusted = {case: root.cert for case in CASES} | {
            "bundle": bundle}
        held = stack.enter_context(reserve())
        self.port = port_of(held)
        self._start_nginx(stack, leaf)
        self.enter = self._start_dns(stack)

    def _start_nginx(self, stack, leaf):
        config, pid = (self.folder / name
                       for name in ("nginx.conf", "nginx.pid"))
        config.write_text(nginx_conf(self.folder, HTTP.format(
            folder=self.folder, port=self.port, leaf=leaf, api=API,
            tokens=TOKENS, record=written(token("$1")), own=written(
                token(token_id(-1), short_key=f"{KEY[:12]}...{KEY[-4:]}")))))
        with (self.folder / "nginx.log").open("wb") as log:
            nginx = subprocess.Popen(
                ["nginx", "-c", config, "-p", self.folder],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        stack.callback(nginx.wait)
        stack.callback(nginx.terminate)
        until(lambda: nginx.poll() is not None
              or pid.exists() and pid.read_text())
        if nginx.poll() is not None:
            raise RuntimeError((self.folder / "nginx.log").read_text())

    def _start_dns(self, stack):
        """How to get to where NAME is known, or None where that needs more
        rights than there are."""
        if os.geteuid() != 0 or subprocess.run(
                ["unshare", "-m", "true"], stderr=subprocess.DEVNULL
                ).returncode:
            return None
        server = stack.enter_context(NameServer({NAME: ["127.0.0.1"]}))
        path = self.folder / "resolv.conf"
        path.write_text(f"nameserver {server.address}\n")
        return ("unshare", "-m", "sh", "-ec",
                'mount --bind "$0" /etc/resolv.conf; exec "$@"', path)

    # ---- who asks

    def place(self, case):
        """The server's URL, and where it is known."""
        host, enter = "127.0.0.1", ()
        if case == "DNS":
            host, enter = NAME, self.enter
        return f"https://{host}:{self.port}", enter

    def patrm(self, case="one root", *args, path="",
              stdin=Path(os.devnull)):
        url, enter = self.place(case)
        return Command(
            [self.binary, "-e", url + path, "--cacert", self.trusted[case],
             *(args or [token_id(0)])],
            {"LANGSMITH_API_KEY": KEY}, stdin, enter)

    def batch(self, count):
        """So many DELETEs on one connection."""
        path = self.folder / f"ids.{count}"
        path.write_text("".join(f"{token_id(n)}\n" for n in range(count)))
        return self.patrm("one root", "-q", "-", stdin=path)

    def lists(self, own, members=0):
        """The path of an API with so many tokens in its lists."""
        for count in (own, members):
            path = self.folder / f"{count}.json"
            if not path.exists():
                path.write_text("[" + ",".join(
                    written(token(token_id(n), short_key=short_key(n)))
                    for n in range(count)) + "]")
        return f"/{own}/{members}"

    def listing(self, count):
        return self.patrm("one root", "--list", path=self.lists(count))

    def lookups(self, count, records):
        """So many short keys that are looked for in a list of all members;
        every tenth token there is one of them."""
        path = self.folder / f"keys.{count}"
        if not path.exists():
            path.write_text("".join(f"{short_key(10 * n)}\n"
                                    for n in range(count)))
        return replace(self.patrm(
            "one root", "-qn", "-", path=self.lists(0, records),
            stdin=path), ends=(0, 4, 9))    # not all are found

    def curl(self, case="one root", count=1):
        """So many DELETEs on one connection."""
        url, enter = self.place(case)
        config = self.folder / f"curl.{count}.{case.replace(' ', '-')}"
        config.write_text("".join(
            f'url = "{url}{API}/{TOKENS}/{token_id(n)}"\n'
            'output = "/dev/null"\n' for n in range(count)))
        return Command(
            ["curl", "-sf", "--cacert", self.trusted[case], "-X", "DELETE",
             "-H", f"X-API-Key: {KEY}", "-K", config], enter=enter)

    def wget(self, case="one root"):
        url, enter = self.place(case)
        return Command(
            ["wget", "-qO", os.devnull, "--method=DELETE",
             f"--ca-certificate={self.trusted[case]}",
             f"--header=X-API-Key: {KEY}",
             f"{url}{API}/{TOKENS}/{token_id(0)}"], enter=enter)

    # ---- what is counted

    def instructions(self, command):
        """May run beside others."""
        with tempfile.NamedTemporaryFile(dir=self.folder) as out:
            run(command.by("valgrind", "-q", "--tool=cachegrind",
                           "--cache-sim=no",
                           f"--cachegrind-out-file={out.name}"))
            return int(re.search(rb"(?m)^summary: (\d+)", out.read())[1])

    def trace(self, command, tries=5):
        """Its system calls, as strace writes them, of the run with the
        fewest: whether an answer is there before it is waited for is the
        server's luck."""
        out = self.folder / "strace.out"
        found = []
        for _ in range(tries):
            run(command.by("strace", "-qq", "-o", out))
            found.append(re.findall(r"(?m)^\w+\(.*$", out.read_text()))
        return min(found, key=len)

    def calls(self, command, tries=5):
        return len(self.trace(command, tries))

    @staticmethod
    def memory(command):
        return at_exit(command, peak)

    def allocators(self):
        """What of malloc and its kind is linked. Where there is none, all of
        mbedTLS's memory comes from the arena, and ours from nowhere."""
        names = subprocess.run(
            ["nm", f"{self.binary}.debug"], text=True, check=True,
            stdout=subprocess.PIPE).stdout
        if not OURS <= set(names.split()):
            raise RuntimeError(f"nm knows no names of {self.binary}")
        return sorted(set(ALLOCATES.findall(names)) - OURS)

    @staticmethod
    def further(count, command, many=MANY):
        """Of each further request on a connection; command(n) sends n, and
        patrm's reads a list before, where they are several."""
        return (count(command(many)) - count(command(FEW))) / (many - FEW)


# ---- a process that stands at its end

def at_exit(command, look):
    """What look(pid, opened) says while its memory is still there. opened are
    files of /proc/PID, which a process that is not dumpable shows only to who
    has opened them before."""
    process = start(command, stderr=subprocess.DEVNULL,
                    preexec_fn=traced)
    pid, seen = process.pid, None
    await_start(pid)
    with ExitStack() as stack:
        opened = {name: stack.enter_context(
            open(f"/proc/{pid}/{name}", "rb", buffering=0))
            for name in ("smaps_rollup", "pagemap")}
        go_on(pid)
        while os.WIFSTOPPED(status := os.waitpid(pid, 0)[1]):
            passed_on = os.WSTOPSIG(status)
            if stands_at_end(status):
                seen, passed_on = look(pid, opened), 0
            go_on(pid, passed_on)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in command.ends:
        raise RuntimeError(f"status {process.returncode} of {command.words}")
    return seen


def peak(pid, opened):
    """VmHWM in KiB. Kernels before 6.16 keep that count for each processor by
    itself, and are behind by some pages; what is mapped at the end is exact.
    wait4(2) would tell of what was there before execve(2), too: Python."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return max(int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]),
               int(re.search(rb"Rss:\s+(\d+) kB",
                             opened["smaps_rollup"].read())[1]))
