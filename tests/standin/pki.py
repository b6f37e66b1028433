# SPDX-License-Identifier: MIT
# Mints certificates for tests with the openssl tool: roots, intermediates,
# leaves, of any key type, with any extensions, valid from and until any time.
"""
pki = Pki(folder)
root = pki.ca("Root")
middle = pki.ca("Middle", issuer=root)
leaf = pki.leaf(middle)                     # for localhost, 127.0.0.1, ::1
old = pki.leaf(root, end=datetime(2020, 1, 1, tzinfo=timezone.utc))

leaf.key, leaf.cert, leaf.chain are PEM files; the chain is what a server
sends: the certificate and what stands above it, without the root.
The same arguments give the same certificate again, made only once. Nothing is
left to openssl's defaults, which differ from release to release.
"""

import contextlib
import functools
import shutil
import ssl
import subprocess
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

LOCAL = "DNS:localhost,IP:127.0.0.1,IP:::1"

CA_EXTENSIONS = """\
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
"""
LEAF_EXTENSIONS = """\
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
"""


def curve(name):
    return ["ec", "-pkeyopt", f"ec_paramgen_curve:{name}", "-pkeyopt",
            "ec_param_enc:named_curve"]


KEYS = {
    "P-256": curve("P-256"),
    "P-384": curve("P-384"),
    "P-521": curve("P-521"),
    "RSA-1024": ["rsa:1024"],
    "RSA-2048": ["rsa:2048"],
    "RSA-3072": ["rsa:3072"],
    "RSA-4096": ["rsa:4096"],
    "RSA-PSS": ["rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048"],
    "ED25519": ["ed25519"],
}

# Only "openssl ca" takes arbitrary dates in OpenSSL 3.0; it wants a database.
CONFIG = """\
[req]
distinguished_name = nothing
string_mask = utf8only
[nothing]
[ca]
default_ca = tests
[tests]
database = index
new_certs_dir = .
rand_serial = yes
unique_subject = no
policy = anything
[anything]
commonName = optional
"""


@dataclass(frozen=True)
class Cert:
    """One certificate: paths of its PEM files, and who signed it."""
    cert: Path
    key: Path
    chain: Path
    issuer: "Cert | None" = None
    kind: str = ""      # of its key, one of KEYS


class Pki:
    """Mints certificates into a folder."""

    def __init__(self, folder, keys=None):
        """keys is a folder of RSA keys, which take long to make: whoever is
        given the same one has the same keys, in the same order."""
        self.keys = keys and Path(keys).resolve()
        self.taken = Counter()
        self.folder = Path(folder).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "config").write_text(CONFIG)
        (self.folder / "index").touch()
        self.count = 0
        self.mint = functools.cache(self._mint)

    def ca(self, name, *, issuer=None, ext=CA_EXTENSIONS, **more):
        """A root, or with an issuer an intermediate."""
        return self.mint(name, issuer, ext, **more)

    def leaf(self, issuer, name="localhost", *, san=LOCAL,
             ext=LEAF_EXTENSIONS, **more):
        """A server's certificate; without an issuer, a self-signed one.
        san is the text of subjectAltName, or None."""
        if san:
            ext += f"subjectAltName = {san}\n"
        return self.mint(name, issuer, ext, **more)

    def version_1(self, name, issuer=None, **more):
        """One of X.509 version 1, which openssl has gone over to never make:
        another, without its extensions and signed anew, with SHA-256."""
        cert = self.mint(name, issuer, "", **more)
        content, algorithm, _ = elements(ssl.PEM_cert_to_DER_cert(
            cert.cert.read_text()))
        content = element(0x30, b"".join(
            part for part in elements(content)
            if part[0] not in (VERSION, EXTENSIONS)))
        signature = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", (issuer or cert).key],
            input=content, stdout=subprocess.PIPE, check=True).stdout
        path = cert.cert.with_suffix(".v1")
        path.write_text(ssl.DER_cert_to_PEM_cert(element(
            0x30, content + algorithm + element(3, b"\0" + signature))))
        return replace(cert, cert=path, chain=path)

    def _mint(self, name, issuer, ext, *, key="P-256", digest="",
              start=None, end=None):
        now = datetime.now(timezone.utc)
        start = start or min(now, end or now) - timedelta(days=1)
        end = end or start + timedelta(days=30)
        self.count += 1
        files = [self.folder / f"{self.count}.{kind}"
                 for kind in ("pem", "key", "chain", "csr", "ext")]
        cert, secret, chain, request, extensions = files

        # "/" begins a part of the name in openssl's notation
        name = name.replace("\\", "\\\\").replace("/", "\\/")
        with self._key(key, secret) as options:
            self._openssl("req", "-new", "-nodes", "-utf8", *options,
                          "-subj", f"/CN={name}", "-out", request)
        # RFC 5280, 4.2.1.1, which Python takes by the letter from 3.13 on
        known = issuer and "subjectKeyIdentifier = hash" in \
            issuer.cert.with_suffix(".ext").read_text()
        for kind, value in (
                ("subjectKeyIdentifier", "none"),
                ("authorityKeyIdentifier", "keyid" if known else "none")):
            if kind not in ext:
                ext += f"{kind} = {value}\n"
        extensions.write_text(ext)
        signed = issuer.kind if issuer else key
        digest = digest or ("default" if signed == "ED25519" else "sha256")
        signer = (["-cert", issuer.cert, "-keyfile", issuer.key] if issuer
                  else ["-selfsign", "-keyfile", secret])
        self._openssl("ca", "-batch", "-notext", "-utf8", "-preserveDN",
                      *signer, "-md", digest,
                      "-startdate", f"{start:%Y%m%d%H%M%SZ}",
                      "-enddate", f"{end:%Y%m%d%H%M%SZ}",
                      "-extfile", extensions, "-in", request, "-out", cert)

        above = issuer.chain.read_text() if issuer and issuer.issuer else ""
        chain.write_text(cert.read_text() + above)
        return Cert(cert, secret, chain, issuer, key)

    @contextlib.contextmanager
    def _key(self, kind, path):
        """The options for a key that will be there: an old or a new one."""
        new = ["-newkey", *KEYS[kind], "-keyout", path]
        if not self.keys or not kind.startswith("RSA"):
            yield new
            return
        self.taken[kind] += 1
        known = self.keys / f"{kind}.{self.taken[kind]}"
        if known.exists():
            shutil.copy(known, path)
            yield ["-key", path]
            return
        yield new
        with contextlib.suppress(FileExistsError):
            known.hardlink_to(path)

    def _openssl(self, command, *arguments):
        done = subprocess.run(
            ["openssl", command, "-config", "config", *arguments],
            cwd=self.folder, stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode:
            raise RuntimeError(f"openssl {command}: {done.stdout}")


# ---- DER, as far as certificates need it: tags of one byte

VERSION, EXTENSIONS = 0xA0, 0xA3    # of a TBSCertificate: RFC 5280, 4.1


def element(tag, content):
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def measure(der):
    """How long the header and all of the first element are."""
    head, size = 2, der[1]
    if size & 0x80:
        head += size & 0x7F
        size = int.from_bytes(der[2:head], "big")
    return head, head + size


def elements(der):
    """The elements inside of the first one."""
    head, end = measure(der)
    found = []
    while head < end:
        size = measure(der[head:])[1]
        found.append(der[head:head + size])
        head += size
    return found
