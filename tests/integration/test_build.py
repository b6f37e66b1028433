# SPDX-License-Identifier: MIT
# What the build promises: the same bytes in any folder and for any owner, and
# a program by another compiler.

import os
import shutil
import subprocess

import pytest

from conftest import TOP

pytestmark = pytest.mark.native("builds")

LONGEST = 900   # seconds that a build may take on a busy machine


def run_make(folder, *args, **env):
    """There, out of the tarballs that are here, and by a shell whose cd may go
    elsewhere and says so."""
    cache = os.environ.get("PATRM_CACHE", TOP / "build/cache")
    return subprocess.run(
        ["make", "-s", "-j2", *args], cwd=folder, timeout=LONGEST, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=os.environ | {"PATRM_CACHE": cache, "CDPATH": ".:/tmp"} | env)


def make(folder, *args):
    done = run_make(folder, *args)
    assert done.returncode == 0, done.stdout
    return folder / "build/x86_64/patrm"


@pytest.fixture
def clone(tmp_path):
    """A clone with this tree's files, in a folder with a difficult name."""
    if not (TOP / ".git").exists():
        pytest.skip("needs git's data: this is no clone")
    folder = tmp_path / "it's a \"clone\""
    subprocess.run(["git", "clone", "-q", "--no-local", "-u",
                    "git -c safe.directory='*' upload-pack", TOP, folder],
                   check=True, timeout=60)
    names = subprocess.run(["git", "--git-dir=.git", "ls-files", "-mo",
                            "--exclude-standard", "-z"], cwd=TOP, check=True,
                           timeout=60, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        shutil.copy2(TOP / name, folder / name, follow_symlinks=False)
    return folder


def test_is_the_same_anywhere(clone, binary):
    """Root may build what is somebody else's."""
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", "65534:65534", clone], check=True)
    assert make(clone).read_bytes() == binary.read_bytes()


def test_install_and_uninstall(binary, tmp_path):
    """Whatever is in their names; nothing else goes, and nothing is built."""
    to = tmp_path / "it's \"there\""
    args = [f"DESTDIR={to}", "PREFIX=/a 'b'"]
    other = to / "a 'b'/bin/other"
    other.parent.mkdir(parents=True)
    other.touch()
    make(TOP, "install", *args)
    assert (other.parent / "patrm").read_bytes() == binary.read_bytes()
    assert len([path for path in to.rglob("*") if path.is_file()]) == 6
    make(TOP, "uninstall", *args)
    assert [path for path in to.rglob("*") if path.is_file()] == [other]


def test_only_what_git_knows_is_given_away(clone):
    """Keys may lie about in the folder."""
    (clone / "leaked").write_text("lsv2_pt_...")
    (clone / "LICENSE").unlink()
    make(clone, "dist")
    tarball, = clone.glob("build/patrm-*.tar.gz")
    names = subprocess.run(["tar", "-tf", tarball], check=True, text=True,
                           stdout=subprocess.PIPE).stdout
    assert "/Makefile\n" in names
    assert "/leaked\n" not in names and "/LICENSE\n" not in names


@pytest.mark.parametrize("args, words", [
    (["TOOLCHAIN=nonsense"], "no toolchains/nonsense.mk"),
    (["-f", TOP / "Makefile"], "use make -C"),
])
def test_what_cannot_be_built(tmp_path, args, words):
    done = run_make(TOP if len(args) == 1 else tmp_path, *args)
    assert done.returncode == 2 and words in done.stdout, done.stdout


def test_a_dry_run_makes_nothing(clone):
    assert run_make(clone, "-n").returncode == 0
    assert not (clone / "build").exists()


@pytest.mark.skipif(not shutil.which("mips-linux-gnu-gcc"),
                    reason="needs a cross compiler")
def test_a_compiler_for_another_processor(clone):
    done = run_make(clone, "CC=mips-linux-gnu-gcc")
    assert done.returncode == 2 and "give TOOLCHAIN=" in done.stdout, done


@pytest.mark.skipif(not shutil.which("clang"), reason="needs clang")
def test_clang(clone, binary):
    """Its linking ends with what the Makefile asks of a hardened file. Of what
    it compiled nothing is in the next compiler's file."""
    patrm = make(clone, "CC=clang")
    demo = subprocess.run(["tests/demo"], cwd=clone, timeout=120,
                          env=os.environ | {"PATRM": patrm},
                          capture_output=True, text=True)
    assert demo.returncode == 0, demo
    assert make(clone).read_bytes() == binary.read_bytes()


@pytest.mark.skipif(not shutil.which("aarch64-linux-gnu-gcc") or
                    not shutil.which("qemu-aarch64-static"),
                    reason="needs a cross compiler and its emulator")
def test_cross_compiler(clone):
    """It finds its strip by itself, and this machine's folder stays empty."""
    target = "aarch64-linux-musl"
    native = make(clone, "CC=aarch64-linux-gnu-gcc", "AR=aarch64-linux-gnu-ar",
                  f"MUSL_TARGET={target}")
    patrm = clone / f"build/{target}/patrm"
    said = subprocess.run(["qemu-aarch64-static", patrm, "--version"],
                          timeout=60, capture_output=True, text=True)
    assert said.stdout.startswith("patrm "), said
    assert not native.parent.exists()
