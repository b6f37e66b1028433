# SPDX-License-Identifier: MIT
# What a run is given on standard input, how it ended, and what it said.

import json
import re
from dataclasses import dataclass


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


def lines(*tokens, end="\n"):
    return "".join(f"{token}{end}" for token in tokens).encode()


def told(result):
    """What became of each TOKEN, in order."""
    return [(o["token"], o["outcome"]) for o in result.objects]
