# SPDX-License-Identifier: MIT
# The four regions of LangSmith's own servers, each a stand-in of its own under
# its real name, and the way to them.

from ports import closed_port

REGIONS = {"us": "api.smith.langchain.com",
           "eu": "eu.api.smith.langchain.com",
           "apac": "apac.api.smith.langchain.com",
           "aws": "aws.api.smith.langchain.com"}


class World:
    """Four regions, each an organization of its own; the way to them."""

    def __init__(self, standin, certs, **state):
        self.of = {}
        for seed, (name, host) in enumerate(REGIONS.items(), 1):
            cert = certs.pki.leaf(certs.middle, host, san=f"DNS:{host}")
            self.of[name] = standin(**{
                "cert": cert, "seed": seed, "tokens": 0, "others": 0} | state)
        self.ports = {name: s.port for name, s in self.of.items()}

    def __getitem__(self, name):
        return self.of[name]

    def close(self, name):
        """From now on nobody listens there."""
        self.ports[name] = closed_port()

    def args(self):
        for name, host in REGIONS.items():
            yield from ("--connect-to",
                        f"{host}:443:127.0.0.1:{self.ports[name]}")

    def asked(self, *, method=None):
        """Which region got how many requests."""
        return {name: sum(method in (None, r.method) for r in s.requests)
                for name, s in self.of.items()}

    def deleted(self):
        return {token for s in self.of.values() for token in s.org.deleted}
