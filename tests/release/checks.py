# SPDX-License-Identifier: MIT
# What `make release` has made, taken as people take it. tests/release/run
# calls this; the name keeps `make check` from it.

import functools
import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
OUT = TOP / "build/release"
VERSION = re.search(r"(?m)^VERSION *= (\S+)",
                    (TOP / "Makefile").read_text())[1]
SUMS = {name: digest for digest, name in
        (line.split() for line in (OUT / "SHA256SUMS").read_text()
         .splitlines())}
STATIC = sorted(name.removeprefix(f"patrm-{VERSION}-") for name in SUMS
                if (TOP / "toolchains" /
                    f"{name.removeprefix(f'patrm-{VERSION}-')}.mk").exists())
LONGEST = 300
README = (TOP / "README.md").read_text(encoding="utf-8")


def run(*command, **more):
    """What it prints; it must end well."""
    done = subprocess.run([str(word) for word in command], text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=LONGEST, **more)
    assert done.returncode == 0, f"{command}: {done.stdout}"
    return done.stdout


def toolchain(name, variable):
    found = re.search(rf"(?m)^{variable} *=[ \t]*(.*)$",
                      (TOP / f"toolchains/{name}.mk").read_text())
    return found[1].strip() if found else ""


def runs(name, program):
    """It is patrm, for that processor, and says which version."""
    runner = toolchain(name, "RUNNER").split()
    if runner and not shutil.which(runner[0]):
        pytest.skip(f"needs {runner[0]}")
    said = run(*runner, program, "--version")
    assert said.startswith(f"patrm {VERSION}\nmbedTLS "), said


def having(variable):
    return [name for name in STATIC if toolchain(name, variable)]


def test_sums_are_of_everything():
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
             for path in OUT.iterdir() if path.name != "SHA256SUMS"}
    assert SUMS == found
    run("sha256sum", "--strict", "-c", "SHA256SUMS", cwd=OUT)
    built = {path.parent.name for path in (TOP / "build").glob("*/patrm")}
    assert STATIC and set(STATIC) <= built
    assert {f"patrm-{VERSION}.tar.gz", f"patrm-{VERSION}.spdx.json", "COPYING",
            f"patrm-{VERSION}-oci.tar", "patrm.1", "patrm.bash", "patrm.fish",
            "patrm.zsh"} <= set(SUMS)


@pytest.mark.parametrize("name", STATIC)
def test_static_file(name):
    """And README's command tells in which order its bytes are."""
    program = OUT / f"patrm-{VERSION}-{name}"
    runs(name, program)
    line, = re.findall(r"(?m)^    (head -c 6 /bin/sh .*)$", README)
    assert run("sh", "-c", line.replace("/bin/sh", str(program))) == \
        ("B" if name in ("mips", "mips16", "powerpc") else "L")


# ---- Debian's packages

@pytest.mark.parametrize("name", having("DEBIAN"))
def test_package(name, tmp_path):
    """Installed by dpkg in a system that has nothing else, and removed."""
    deb = OUT / f"patrm_{VERSION}_{toolchain(name, 'DEBIAN')}.deb"
    (tmp_path / "var/lib/dpkg/info").mkdir(parents=True)
    (tmp_path / "var/lib/dpkg/updates").mkdir()
    (tmp_path / "var/lib/dpkg/status").write_text("")
    dpkg = ["dpkg", f"--root={tmp_path}", "--force-architecture",
            "--force-not-root", "--log=/dev/null"]
    run(*dpkg, "--install", deb)
    program = tmp_path / "usr/bin/patrm"
    assert program.read_bytes() == \
        (OUT / f"patrm-{VERSION}-{name}").read_bytes()
    runs(name, program)
    assert run(*dpkg, "--verify", "patrm") == ""
    page = run("gzip", "-dc", tmp_path / "usr/share/man/man1/patrm.1.gz")
    assert page == (TOP / "docs/patrm.1").read_text()
    for file in ("bash-completion/completions/patrm", "doc/patrm/copyright",
                 "zsh/vendor-completions/_patrm",
                 "fish/vendor_completions.d/patrm.fish"):
        assert (tmp_path / "usr/share" / file).stat().st_size > 0
    for path in (tmp_path / "usr").rglob("*"):
        mode = path.stat().st_mode & 0o7777
        assert mode == (0o755 if path.is_dir() or path == program else 0o644)
    run(*dpkg, "--purge", "patrm")
    assert not list(tmp_path.glob("usr/**/*patrm*"))
    assert "Package: patrm" not in (
        tmp_path / "var/lib/dpkg/status").read_text()


# ---- the image

@pytest.mark.parametrize("name", having("OCI"))
def test_image(name, tmp_path):
    """Taken for one processor by skopeo, and unpacked by umoci."""
    for tool in ("skopeo", "umoci"):
        if not shutil.which(tool):
            pytest.skip(f"needs {tool}")
    architecture, _, variant = toolchain(name, "OCI").partition("/")
    choice = ["--override-os=linux", f"--override-arch={architecture}"]
    if variant:
        choice.append(f"--override-variant={variant}")
    run("skopeo", *choice, "copy", "--insecure-policy",
        f"oci-archive:{OUT}/patrm-{VERSION}-oci.tar", f"oci:{tmp_path}/one:it")
    told = json.loads(run("skopeo", "inspect", "--config",
                          f"oci:{tmp_path}/one:it"))
    assert told["architecture"] == architecture
    assert told.get("variant", "") == variant
    run("umoci", "unpack", "--rootless", "--image", f"{tmp_path}/one:it",
        tmp_path / "bundle")
    root = tmp_path / "bundle/rootfs"
    assert [path.name for path in root.rglob("*")] == ["patrm"]
    assert (root / "patrm").stat().st_mode & 0o7777 == 0o755
    start = json.loads((tmp_path / "bundle/config.json").read_text())
    assert start["process"]["args"] == ["/patrm"]
    runs(name, root / "patrm")


def test_image_has_all_processors(tmp_path):
    if not shutil.which("skopeo"):
        pytest.skip("needs skopeo")
    run("skopeo", "copy", "--insecure-policy", "--all",
        f"oci-archive:{OUT}/patrm-{VERSION}-oci.tar", f"dir:{tmp_path}/all")
    index = json.loads((tmp_path / "all/manifest.json").read_text())
    found = ["/".join(filter(None, (one["platform"]["architecture"],
                                    one["platform"].get("variant"))))
             for one in index["manifests"]]
    assert sorted(found) == sorted(toolchain(name, "OCI")
                                   for name in having("OCI"))


# ---- the bill of materials

@functools.cache
def bill():
    return json.loads((OUT / f"patrm-{VERSION}.spdx.json").read_text())


def test_bill_names_what_is_inside():
    packages = {one["name"]: one for one in bill()["packages"]}
    lock = [line.split() for line in
            (TOP / "third_party/lock").read_text().splitlines()
            if line and line[0] != "#"]
    assert len(lock) == 4
    for name, version, digest, *_ in lock:
        one = next(p for p in packages.values()
                   if p["SPDXID"] == f"SPDXRef-{name}")
        assert one["versionInfo"] == version
        assert one["checksums"] == [
            {"algorithm": "SHA256", "checksumValue": digest}]
        assert one["licenseDeclared"] not in ("NOASSERTION", "NONE")
    files = {one["fileName"]: one["checksums"] for one in bill()["files"]}
    assert files.keys() == {f"./patrm-{VERSION}-{name}" for name in STATIC}
    for name, sums in files.items():
        assert {"algorithm": "SHA256",
                "checksumValue": SUMS[name[2:]]} in sums


@pytest.fixture(scope="module")
def spdx(tmp_path_factory):
    """The validator of the SPDX project, as Debian has it: that is newer than
    Debian 12, but takes no newer Python. spdx(file) is what it says."""
    folder = tmp_path_factory.mktemp("spdx")
    for part in ("state/lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True)
    archive = run("apt-get", "indextargets", "--format", "$(REPO_URI)",
                  "Created-By: Packages", "Origin: Debian",
                  "Label: Debian").split()
    keyring = next(Path("/usr/share/keyrings")
                   .glob("debian-archive-keyring.[gp][pg][gp]"), None)
    if not archive or not keyring:
        pytest.skip("apt has no archive of Debian, or no keys of it")
    (folder / "sources.list").write_text(
        f"deb [signed-by={keyring}] {archive[0]} unstable main\n")
    (folder / "apt.conf").write_text(
        "#clear APT::Update::Post-Invoke;\n"
        "#clear APT::Update::Post-Invoke-Success;\n"
        'APT::Sandbox::User "root";\nDir::Etc::sourceparts "/dev/null";\n'
        f'Dir::Etc::sourcelist "{folder}/sources.list";\n'
        f'Dir::State "{folder}/state";\nDir::State::status "/dev/null";\n'
        f'Dir::Cache "{folder}/cache";\n')

    def apt(tool, *words):
        return run(tool, "-c", folder / "apt.conf", *words, cwd=folder)
    apt("apt-get", "update", "-qq")
    needed = apt("apt-cache", "depends", "--recurse", "--no-recommends",
                 "--no-suggests", "--no-conflicts", "--no-breaks",
                 "--no-replaces", "--no-enhances", "python3-spdx-tools")
    names = set(re.findall(r"(?m)^python3-[a-z0-9.-]+$", needed))
    apt("apt-get", "download", "-qq",
        *sorted(names - {"python3-minimal", "python3-yaml"}))
    for deb in folder.glob("*.deb"):
        run("dpkg-deb", "-x", deb, folder / "root")
    env = os.environ | {
        "PYTHONPATH": str(folder / "root/usr/lib/python3/dist-packages")}

    def validate(file):
        return subprocess.run(
            ["/usr/bin/python3", "-m", "spdx_tools.spdx.clitools.pyspdxtools",
             "-i", file], env=env, timeout=LONGEST, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return validate


def test_bill_is_valid(spdx, tmp_path):
    """And the validator does see mistakes."""
    done = spdx(OUT / f"patrm-{VERSION}.spdx.json")
    assert done.returncode == 0, done.stdout
    for mistake, instead in (
            ('"SPDX-2.3"', '"SPDX-2.9"'), ('"SHA1"', '"SHA0"'),
            ('"licenseDeclared": "MIT"', '"licenseDeclared": "Mine AND"'),
            ('"relatedSpdxElement": "SPDXRef-musl"',
             '"relatedSpdxElement": "SPDXRef-other"')):
        wrong = tmp_path / "wrong.spdx.json"
        text = (OUT / f"patrm-{VERSION}.spdx.json").read_text()
        assert mistake in text
        wrong.write_text(text.replace(mistake, instead))
        assert spdx(wrong).returncode != 0, mistake


# ---- again

def test_the_same_again(tmp_path):
    """In another folder, zone and locale, and by somebody careless."""
    env = {name: value for name, value in os.environ.items()
           if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "TOOLCHAIN")}
    env |= {"TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8", "LANG": "tr_TR"}
    when = run("make", "-s", "build-time", cwd=TOP, env=env).strip()
    tarball = TOP / f"build/patrm-{VERSION}.tar.gz"
    tarball.unlink()
    run("make", "-s", "dist", cwd=TOP, env=env, umask=0o077)
    run("toolchains/release", VERSION, when, tmp_path / "again", *STATIC,
        cwd=TOP, env=env, umask=0o077)
    again = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
             for path in (tmp_path / "again").iterdir()
             if path.name != "SHA256SUMS"}
    assert again == SUMS


def test_the_tarball_has_the_sources():
    with tarfile.open(OUT / f"patrm-{VERSION}.tar.gz") as source:
        names = set(source.getnames())
    for line in (TOP / "third_party/lock").read_text().splitlines():
        if line and line[0] != "#":
            file = line.split()[3].rsplit("/", 1)[1]
            assert f"patrm-{VERSION}/third_party/src/{file}" in names


def test_only_locked_sources(tmp_path):
    """Another version than third_party/lock's is given to nobody."""
    tree = tmp_path / "tree"
    run("git", "clone", "-q", "--no-local", TOP, tree)
    lock = tree / "third_party/lock"
    lock.write_text(lock.read_text().replace("jsmn 1.1.0 5f", "jsmn 1.1.0 5e"))
    done = subprocess.run(
        ["make", "release"], cwd=tree, text=True, timeout=LONGEST,
        env=os.environ | {"PATRM_CACHE": str(tmp_path / "cache")},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode != 0
    assert "jsmn" in done.stdout and not (tree / "build/release").exists()
