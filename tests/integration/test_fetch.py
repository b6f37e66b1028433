# SPDX-License-Identifier: MIT
"""third_party/fetch on a machine, with an archive and keys, of our own."""

import hashlib
import io
import os
import shutil
import subprocess
import tarfile
import tempfile
import threading
from datetime import date, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

pytestmark = pytest.mark.native("about sources")

TOP = Path(__file__).resolve().parents[2]
LONGEST = 300   # seconds for any run, on a busy machine
LOCKED = {"mbedtls": "3.6.7", "jsmn": "1.1.0", "musl": "1.2.6",
          "ca-certificates": "20250419"}
ASKS = "asking Debian's signed package index"


def tarball(name, version):
    """The same bytes for the same version, another time as well."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:xz") as tar:
        said = f"{name} {version}\n".encode()
        member = tarfile.TarInfo(f"{name}-{version}/what")
        member.size = len(said)
        tar.addfile(member, io.BytesIO(said))
    return out.getvalue()


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def pool_path(name, version):
    kind = "" if name == "ca-certificates" else ".orig"
    return f"pool/main/{name[0]}/{name}/{name}_{version}{kind}.tar.xz"


def stanza(name, version, package=None):
    """As Debian's Sources have it, with what else stands among the files."""
    folder, _, file = pool_path(name, version).rpartition("/")
    files = [(sha256(tarball(name, version)), file),
             ("1" * 64, f"{name}_{version}-1.dsc"),
             ("2" * 64, f"{file}.asc"),
             ("3" * 64, f"{name}_{version}-1.debian.tar.xz")]
    lines = [f"Package: {package or name}", f"Binary: {name}",
             f"Version: {version}-1", "Format: 3.0 (quilt)", "Files:",
             f" {'0' * 32} 1 {file}", "Checksums-Sha256:",
             *(f" {digest} 1 {file}" for digest, file in files),
             f"Directory: {folder}"]
    return "\n".join(lines) + "\n\n"


class Key:
    def __init__(self, home, name):
        self.home = home / name
        self.home.mkdir(0o700)
        self.public = home / f"{name}.gpg"
        self.gpg("--quick-gen-key", f"{name} <{name}@test>", "ed25519")
        self.gpg("--output", self.public, "--export")

    def gpg(self, *args, data=b""):
        return subprocess.run(
            ["gpg", "--homedir", self.home, "--batch", "--quiet", "--yes",
             "--passphrase", "", "--pinentry-mode", "loopback", *args],
            input=data, check=True, capture_output=True,
            timeout=LONGEST).stdout


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Short paths: a socket of gpg's agent lies below each."""
    home = tmp_path_factory.mktemp("gpg")
    made = {name: Key(home, name) for name in ("debian", "foreign")}
    yield made
    for key in made.values():
        subprocess.run(["gpgconf", "--homedir", key.home, "--kill", "all"],
                       check=False, timeout=LONGEST)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Place:
    """A tree with fetch and a lock, a machine with apt, and an archive that
    this apt is set up with, to be broken in parts."""

    def __init__(self, folder, keys):
        self.keys = keys
        self.tree = folder / "a tree"
        self.machine = folder / "a machine"
        self.archive = folder / "www" / "debian"
        self.archive.mkdir(parents=True)
        self.server = ThreadingHTTPServer(
            ("127.0.0.1", 0), partial(Quiet, directory=folder / "www"))
        threading.Thread(target=self.server.serve_forever,
                         args=[0.02]).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.make_machine()
        third_party = self.tree / "third_party"
        third_party.mkdir(parents=True)
        shutil.copy(TOP / "third_party/fetch", third_party)
        self.lock()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def make_machine(self):
        """Its apt trusts the archive unsigned, and a key, and has hooks."""
        etc = self.machine / "etc/apt"
        for path in ("etc/apt/apt.conf.d", "etc/apt/sources.list.d",
                     "etc/apt/trusted.gpg.d", "var/lib/apt/lists/partial",
                     "var/cache/apt/archives/partial", "var/lib/dpkg"):
            (self.machine / path).mkdir(parents=True)
        (self.machine / "var/lib/dpkg/status").touch()
        (etc / "sources.list").write_text(
            f"deb [trusted=yes] {self.url}/debian stable main\n"
            f"deb [trusted=yes] {self.url}/flat ./\n")
        (etc / "sources.list.d/more.list").write_text(
            f"deb-src [trusted=yes] {self.url}/debian stable main\n")
        for path in ("trusted.gpg", "trusted.gpg.d/foreign.gpg"):
            shutil.copy(self.keys["foreign"].public, etc / path)
        (etc / "apt.conf.d/hooks").write_text("".join(
            f'APT::Update::{when} {{ "touch \'{self.machine}/hook\'"; }};\n'
            for when in ("Pre-Invoke", "Post-Invoke",
                         "Post-Invoke-Success")))
        self.config = self.machine / "config"
        self.config.write_text(f'Dir "{self.machine}";\n'
                               'Dir::Bin::methods "/usr/lib/apt/methods";\n'
                               'Acquire::Retries "0";\n'
                               'Acquire::AllowInsecureRepositories "1";\n'
                               'Acquire::AllowWeakRepositories "1";\n')

    def lock(self, url="-", **versions):
        """Locks these, or all; url may use {name} and {version}."""
        lines = ["# a comment"]
        for name, version in (versions or LOCKED).items():
            path = pool_path(name, version)
            lines.append(" ".join((
                name, version, sha256(tarball(name, version)),
                path.removeprefix("pool/main/"),
                url.format(name=name, version=version))))
        (self.tree / "third_party/lock").write_text("\n".join(lines) + "\n")

    def put(self, name, version, data=None):
        """Into the pool."""
        path = self.archive / pool_path(name, version)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tarball(name, version) if data is None else data)

    def index(self, *stanzas, suite="unstable", key="debian"):
        """Signs what the suite consists of; returns its Sources."""
        suite = self.archive / "dists" / suite
        sources = suite / "main/source/Sources"
        sources.parent.mkdir(parents=True, exist_ok=True)
        data = "".join(stanzas).encode()
        sources.write_bytes(data)
        release = (f"Origin: Debian\nSuite: {suite.name}\n"
                   f"Codename: {suite.name}\nComponents: main\n"
                   "Architectures: all\n"
                   "Date: Thu, 01 Jan 2026 00:00:00 UTC\n"
                   # a mirror that lags behind
                   "Valid-Until: Thu, 08 Jan 2026 00:00:00 UTC\nSHA256:\n"
                   f" {sha256(data)} {len(data)} main/source/Sources\n")
        if key is None:
            (suite / "Release").write_text(release)
        else:
            (suite / "InRelease").write_bytes(self.keys[key].gpg(
                "--clearsign", data=release.encode()))
        return sources

    def offer(self, name, *versions, **how):
        """In the pool and, signed, in an index."""
        for version in versions:
            self.put(name, version)
        return self.index(*(stanza(name, v) for v in versions), **how)

    def run(self, *command, **env):
        env = {"PATH": os.environ["PATH"], "HOME": str(self.tree),
               "APT_CONFIG": str(self.config),
               "PATRM_KEYRING": str(self.keys["debian"].public)} | env
        return subprocess.run(command, cwd=self.tree, env=env, text=True,
                              capture_output=True, timeout=LONGEST,
                              check=False)

    def fetch(self, *args, **env):
        return self.run(self.tree / "third_party/fetch", *args, **env)

    def cached(self, name, version):
        return (self.tree / "build/cache" /
                Path(pool_path(name, version)).name)

    def used(self, name="mbedtls"):
        """The version that was unpacked, which is what it claims to be."""
        folder = self.tree / "build/src" / name
        if not folder.exists():
            return None
        version = (folder / ".version").read_text().strip()
        assert (folder / "what").read_text() == f"{name} {version}\n"
        assert (folder / ".sha256").read_text().strip() == sha256(
            tarball(name, version))
        return version


@pytest.fixture
def place(tmp_path, keys):
    made = Place(tmp_path, keys)
    yield made
    made.close()


def refused(place, done, *said, name="mbedtls"):
    assert done.returncode == 1
    for text in said:
        assert text in done.stderr
    assert "NOT WHAT IS LOCKED" not in done.stderr
    assert place.used(name) is None
    left = list((place.tree / "build/cache").iterdir())
    assert not left, "nothing is left of what was refused"


def contents(folder):
    return {path: (path.lstat().st_mtime_ns,
                   path.read_bytes() if path.is_file() else None)
            for path in folder.rglob("*")}


# ---- the locked file

@pytest.mark.parametrize("where", ["pool", "upstream", "cache", "src"])
def test_locked_file_from_each_place(place, where):
    place.lock(url=place.url + "/{name}-{version}", mbedtls="3.6.7")
    data = tarball("mbedtls", "3.6.7")
    place.offer("mbedtls", "3.6.8")
    if where == "pool":
        place.put("mbedtls", "3.6.7")
    elif where == "upstream":
        (place.archive.parent / "mbedtls-3.6.7").write_bytes(data)
    else:
        path = place.cached("mbedtls", "3.6.7")
        if where == "src":
            path = place.tree / "third_party/src" / path.name
        path.parent.mkdir(parents=True)
        path.write_bytes(data)
    for args in ([], ["-l"], ["mbedtls"], ["-l", "mbedtls"]):
        shutil.rmtree(place.tree / "build/src", ignore_errors=True)
        done = place.fetch(*args)
        assert done.returncode == 0, done.stderr
        assert place.used() == "3.6.7"
        assert ASKS not in done.stderr


@pytest.mark.parametrize("where", ["pool", "upstream", "cache", "src"])
def test_wrong_bytes_are_an_error_and_nothing_stands_in(place, where):
    place.lock(url=place.url + "/{name}-{version}", mbedtls="3.6.7")
    place.offer("mbedtls", "3.6.8")
    wrong = tarball("mbedtls", "6.6.6")
    if where == "pool":
        place.put("mbedtls", "3.6.7", wrong)
    elif where == "upstream":
        (place.archive.parent / "mbedtls-3.6.7").write_bytes(wrong)
    else:
        path = place.cached("mbedtls", "3.6.7")
        if where == "src":
            path = place.tree / "third_party/src" / path.name
        path.parent.mkdir(parents=True)
        path.write_bytes(wrong)
    done = place.fetch()
    refused(place, done, "wrong SHA-256")
    assert ASKS not in done.stderr


def test_wrong_bytes_in_the_cache_are_said_and_fetched_again(place):
    place.lock(mbedtls="3.6.7")
    place.put("mbedtls", "3.6.7")
    cached = place.cached("mbedtls", "3.6.7")
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"other")
    done = place.fetch()
    assert done.returncode == 0
    assert place.used() == "3.6.7"
    assert "the cache has the wrong SHA-256" in done.stderr


# ---- what stands in for it

NEWEST = {"mbedtls": "3.6.10", "jsmn": "1.1.2", "musl": "1.2.7",
          "ca-certificates": "20260816+nmu1"}
OTHERS = {"mbedtls": ["3.6.8", "3.6.9", "3.60.1", "3.7.0", "4.0.0", "2.28.9"],
          "jsmn": ["1.1.1", "1.2.0", "2.0.0"],
          "musl": ["1.2.5", "1.3.0", "1.20.1"],
          "ca-certificates": ["20260601", "20230311+deb12u1"]}


@pytest.mark.parametrize("suite", ["stable", "testing", "unstable"])
def test_newest_of_its_line_stands_in(place, suite):
    stanzas = [stanza("mbedtls", "3.6.11", package="mbedtls-fork"),
               stanza("mbedtls", "3.6.11~rc1")]
    for name, newest in NEWEST.items():
        for version in (newest, *OTHERS[name]):
            place.put(name, version)
            stanzas.append(stanza(name, version))
    place.put("mbedtls", "3.6.11")
    place.put("mbedtls", "3.6.11~rc1")
    place.index(*stanzas, suite=suite)
    before = contents(place.machine)
    done = place.fetch()
    assert done.returncode == 0, done.stderr
    for name, newest in NEWEST.items():
        assert place.used(name) == newest
        assert (f"NOT WHAT IS LOCKED: {name} {newest} instead of "
                f"{LOCKED[name]}") in done.stderr
        line = " ".join((name, newest, sha256(tarball(name, newest)),
                         pool_path(name, newest).removeprefix("pool/main/"),
                         "-"))
        assert f"fetch: *** {line}\n" in done.stderr
    assert done.stderr.count(ASKS) == 1
    assert contents(place.machine) == before, "apt's files and hooks"
    assert all(path.name.endswith(".tar.xz")
               for path in (place.tree / "build/cache").iterdir())


def test_announced_line_is_one_for_the_lock(place):
    upstream = place.url + "/v{version}/{name}-{version}.tar"
    place.lock(url=upstream, mbedtls="3.6.7")
    place.offer("mbedtls", "3.6.8")
    line, = [line for line in place.fetch().stderr.splitlines()
             if line.startswith("fetch: *** mbedtls ")]
    line = line.removeprefix("fetch: *** ")
    assert line.endswith(upstream.format(name="mbedtls", version="3.6.8"))
    (place.tree / "third_party/lock").write_text(line + "\n")
    done = place.fetch("-l")
    assert done.returncode == 0 and not done.stderr


def test_newest_that_the_pool_has(place):
    """Where the index is ahead of the pool."""
    place.lock(mbedtls="3.6.7")
    place.put("mbedtls", "3.6.8")
    place.index(stanza("mbedtls", "3.6.9"), stanza("mbedtls", "3.6.8"))
    done = place.fetch()
    assert place.used() == "3.6.8"
    assert "mbedtls 3.6.9 is in the index, but not in the pool" in done.stderr


def test_the_same_version_packed_anew(place):
    place.lock(mbedtls="3.6.7")
    place.offer("mbedtls", "3.6.7+dfsg")
    assert place.fetch().returncode == 0
    assert place.used() == "3.6.7+dfsg"


@pytest.mark.parametrize("name, version", [
    ("mbedtls", "3.6.6"), ("mbedtls", "4.0.0"), ("mbedtls", "3.7.1"),
    ("musl", "1.3.0"), ("ca-certificates", "20230311+deb12u1")])
def test_never_older_nor_of_another_line(place, name, version):
    place.lock(**{name: LOCKED[name]})
    place.offer(name, version)
    refused(place, place.fetch(), ASKS, "has no newer one of its line",
            "third_party/lock", name=name)


def test_locked_file_again_once_it_can_be_had(place):
    place.lock(mbedtls="3.6.7")
    place.offer("mbedtls", "3.6.8")
    place.fetch()
    assert place.used() == "3.6.8"
    place.put("mbedtls", "3.6.7")
    assert not place.fetch("-l").returncode
    assert place.used() == "3.6.7"


def test_archive_on_this_disk(place, request):
    # Of a name with a blank in it apt makes another one.
    plain = Path(tempfile.mkdtemp(dir="/tmp"))
    request.addfinalizer(partial(shutil.rmtree, plain))
    (plain / "www").symlink_to(place.archive.parent)
    for path in ("sources.list", "sources.list.d/more.list"):
        path = place.machine / "etc/apt" / path
        path.write_text(path.read_text().replace(
            place.url, f"file:{plain / 'www'}"))
    place.lock(mbedtls="3.6.7")
    place.offer("mbedtls", "3.6.8")
    assert place.fetch().returncode == 0
    assert place.used() == "3.6.8"
    place.put("mbedtls", "3.6.7")
    assert place.fetch().returncode == 0
    assert place.used() == "3.6.7"
    assert not place.cached("mbedtls", "3.6.7").is_symlink()
    shutil.rmtree(place.tree / "build")
    place.put("mbedtls", "3.6.7", b"other")
    refused(place, place.fetch(), "the package pool has the wrong SHA-256")


# ---- the index

def test_index_that_was_changed_after_signing(place):
    place.lock(mbedtls="3.6.7")
    sources = place.offer("mbedtls", "3.6.8")
    place.put("mbedtls", "3.6.9")
    good = sources.read_bytes()
    evil = stanza("mbedtls", "3.6.9").encode()
    assert len(evil) == len(good)
    sources.write_bytes(evil)
    refused(place, place.fetch(), ASKS, "could not be read")


@pytest.mark.parametrize("key", ["foreign", None])
def test_index_without_debians_signature(place, key):
    place.lock(mbedtls="3.6.7")
    place.offer("mbedtls", "3.6.8", key=key)
    refused(place, place.fetch(), ASKS, "could not be read", "not signed")


def test_bad_index_beside_a_good_one(place):
    place.lock(mbedtls="3.6.7")
    place.offer("mbedtls", "3.6.9", suite="testing", key="foreign")
    place.offer("mbedtls", "3.6.8", suite="unstable")
    assert place.fetch().returncode == 0
    assert place.used() == "3.6.8"


@pytest.mark.parametrize("where", ["pool", "cache"])
def test_wrong_bytes_of_what_would_stand_in(place, where):
    """The index does not vouch for them, so nothing older is taken either."""
    place.lock(mbedtls="3.6.7")
    place.offer("mbedtls", "3.6.8", "3.6.9")
    wrong = tarball("mbedtls", "6.6.6")
    if where == "pool":
        place.put("mbedtls", "3.6.9", wrong)
    else:
        (place.archive / pool_path("mbedtls", "3.6.9")).unlink()
        path = place.cached("mbedtls", "3.6.9")
        path.parent.mkdir(parents=True)
        path.write_bytes(wrong)
    refused(place, place.fetch(), ASKS, "mbedtls_3.6.9.orig.tar.xz",
            "wrong SHA-256")


def test_no_network(place):
    place.lock(mbedtls="3.6.7")
    place.close()
    refused(place, place.fetch(), "connect this machine to a network",
            "put mbedtls_3.6.7.orig.tar.xz into", "third_party/lock")


def test_no_keyring(place):
    place.lock(mbedtls="3.6.7")
    place.offer("mbedtls", "3.6.8")
    refused(place, place.fetch(PATRM_KEYRING="/nowhere.gpg"),
            "debian-archive-keyring")


# ---- what the Makefile makes of it

@pytest.fixture
def makes(place):
    """The place, with a Makefile, where nothing but substitutes is left."""
    for path in (TOP / "Makefile", *TOP.glob("*.mk")):
        shutil.copy(path, place.tree)
    shutil.copytree(TOP / "toolchains", place.tree / "toolchains")
    shutil.copy(TOP / "third_party/roots.c", place.tree / "third_party")
    shutil.copytree(TOP / "src", place.tree / "src")
    for name in NEWEST:
        place.put(name, NEWEST[name])
    place.index(*(stanza(*one) for one in NEWEST.items()))
    return place


def test_version_is_what_was_unpacked(makes):
    done = makes.run("make", "sources", "build/x86_64/version")
    assert done.returncode == 0, done.stderr
    said = (makes.tree / "build/x86_64/version").read_text()
    assert f"PATRM_JSMN_VERSION='{NEWEST['jsmn']}'" in said
    assert f"PATRM_MUSL_VERSION='{NEWEST['musl']}'" in said
    done = makes.run("make", "-n", "build/x86_64/roots.inc")
    assert f"-d {NEWEST['ca-certificates']} " in done.stdout


def test_dist_is_made_of_what_is_locked_only(makes):
    assert not makes.run("make", "sources").returncode
    done = makes.run("make", "dist")
    assert done.returncode != 0
    assert "a release is made of nothing else" in done.stderr
    assert not list((makes.tree / "build").glob("**/*.gz"))
    for name, version in LOCKED.items():
        makes.put(name, version)
    done = makes.run("make", "locked")
    assert done.returncode == 0, done.stderr
    assert {name: makes.used(name) for name in LOCKED} == LOCKED


@pytest.mark.parametrize("days, warns", [(0, False), (360, False),
                                         (370, True), (4000, True)])
def test_a_list_of_roots_grows_old(tmp_path, days, warns):
    day = date.today() - timedelta(days=days)
    patrm = tmp_path / "patrm"
    patrm.write_text(f"#!/bin/sh\necho patrm 0.1.0\n"
                     f"echo \"140 roots of Mozilla's list of {day}\"\n")
    patrm.chmod(0o755)
    done = subprocess.run([TOP / "tests/roots_age"], check=True, text=True,
                          env=os.environ | {"PATRM": str(patrm)},
                          capture_output=True, timeout=LONGEST)
    assert done.stdout.startswith("warning: ") == warns
    assert (str(day) in done.stdout) == warns
    assert not done.stderr
