# SPDX-License-Identifier: MIT
# The script of one run, drawn from its seed: options, TOKENs, faults, signals.

import random
import signal
from dataclasses import dataclass

from world import ALICE, SHAPES, World, confirmed, shown

GONE_BEFORE = -1e9


@dataclass
class Named:
    """A TOKEN as it is given, and the token that it truly stands for."""
    form: str           # id, short, secret, bad, self
    text: str
    place: str = ""     # as output calls it where it has no id
    token: object = None
    sure: bool = True   # in what is given: at least 6 characters or all

    def __str__(self):
        true = f" (is {self.token.id})" if self.token else ""
        return f"{self.place}: {self.form} {self.text!r}{true}"


class Plan:
    """All that is decided before the run; calm requests meet no fault, and
    dropped TOKENs are left out: so a failing run is made smaller."""

    def __init__(self, seed, calm=(), dropped=(), totals=True):
        self.seed, self.calm = seed, frozenset(calm)
        self.totals = totals    # a list may hide some and say how many
        draw = random.Random(seed)
        self.world = World(draw)
        for token in self.world.tokens[1:]:
            if draw.random() < 0.08:
                token.deleted = GONE_BEFORE
            elif draw.random() < 0.06:
                token.revoked = GONE_BEFORE
        self._options(draw)
        # Of a draw of its own, so that the others' runs stay what they are.
        own = random.Random(f"{seed}/each")
        self.each = self.self and own.random() < 0.6    # --self -
        self._faults(draw)
        self._focus(draw)
        self._tokens(own if self.each and self.self else draw)
        self._place(draw, dropped)
        self._signal(draw)
        self.named = {t.token.id for t in self.tokens if t.token}

    def _options(self, draw):
        chance = draw.random
        self.json = chance() < 0.75
        self.revoke = chance() < 0.15
        self.dry_run = chance() < 0.08
        self.verify = not self.dry_run and chance() < 0.4
        self.ignore_missing = chance() < 0.3
        self.yes = chance() < 0.92
        self.quiet = chance() < 0.1
        self.verbose = not self.quiet and chance() < 0.1
        self.audit = chance() < 0.4
        self.torn_audit = self.audit and chance() < 0.2
        self.timeout = draw.choice([1, 2, 2, 3])
        self.retries = draw.choice([0, 1, 1, 2])
        self.tls = chance() < 0.05
        self.self = chance() < 0.1

    def _faults(self, draw):
        self.faults = draw.choice([0, 0.3, 0.6, 0.9])
        self.list_faults = draw.choice([0, 0, 0.2, 0.5])
        self.unreachable = draw.random() < 0.03 and not self.tls
        # The server goes away after so many requests.
        self.leaves = draw.randint(1, 3) if draw.random() < 0.04 else None
        if self.tls:
            self.leaves = None

    def _focus(self, draw):
        """Some runs are about what is rare otherwise: an administrator with
        ids of others and of nobody, so that lists are read between answers
        that are lost."""
        self.focus = draw.random() < 0.25
        if not self.focus:
            return
        self.world.admin = True
        self.world.members = draw.choice(["ok", "ok", "ok", 403, 404])
        self.self = self.each = self.dry_run = self.revoke = False
        self.yes, self.unreachable, self.leaves = True, False, None
        self.retries, self.timeout = draw.choice([0, 1, 1, 2]), 2
        self.faults = draw.choice([0.5, 0.7])
        self.list_faults = draw.choice([0, 0, 0.4])
        self.ignore_missing = self.verify = draw.random() < 0.5

    # ---- TOKENs

    def _tokens(self, draw):
        if self.each:
            self.tokens = [self._leaked(draw)
                           for _ in range(draw.choice([1, 2, 3, 4, 5]))]
            return
        if self.self:
            self.tokens = [Named("self", "", "--self", self.world.key)]
            return
        self.tokens = []
        for _ in range(draw.choices([1, 2, 3, 4, 5, 8],
                                    [0, 6, 4, 0, 0, 0] if self.focus
                                    else [8, 6, 4, 2, 1, 1])[0]):
            again = self.tokens and draw.random() < 0.2
            if self.focus and not self.tokens and draw.random() < 0.4:
                self.tokens = [self._named(draw, None)]
                continue
            token = (draw.choice(self.tokens).token if again
                     else self._which(draw))
            self.tokens.append(self._named(draw, token))

    def _leaked(self, draw):
        """A secret of anybody, or of nobody; seldom something else."""
        if draw.random() < 0.05:
            return Named("bad", draw.choice(
                ["x", self.world.tokens[0].id, "lsv2_pt_3f2b...9d10"]))
        token = (None if draw.random() < 0.1
                 else draw.choice(self.world.tokens))
        secret = token.secret if token else self.world.secret()
        return Named("secret", secret, token=token)

    def _which(self, draw):
        world = self.world
        if draw.random() < (0.4 if self.focus else 0.12):
            return None
        if draw.random() < 0.12:
            return world.key
        own = [t for t in world.tokens if t.owner == ALICE]
        few_own = draw.random() < (0.2 if self.focus else 0.6)
        return draw.choice(own if few_own else world.tokens)

    def _named(self, draw, token):
        world = self.world
        form = draw.choices(["id", "short", "secret", "bad"],
                            [1, 0, 0, 0] if self.focus
                            else [50, 25, 22, 3])[0]
        if form == "bad":
            return Named("bad", draw.choice(
                ["x", "lsv2_pt_ab", "3f2b6c1e-8a4d", "lsv2_pt_" + "a" * 20,
                 "lsv2_pt_...", "ls__" + "b" * 32, "../revocation",
                 world.key.secret[:-1]]))
        if form == "id":
            text = token.id if token else world.uuid()
            return Named("id", draw.choice([text, text, text.upper()]),
                         token=token)
        secret = token.secret if token else world.secret()
        if form == "secret":
            return Named("secret", secret, token=token)
        text = SHAPES[draw.choice(list(SHAPES))](secret)
        if token and draw.random() < 0.6:
            text = token.short_key
        if not isinstance(text, str) or not 4 <= shown(text) <= 16:
            text = secret[:14]
        return Named("short", text, token=token)

    def _place(self, draw, dropped):
        """On the command line, on standard input, or both."""
        kept = [t for i, t in enumerate(self.tokens) if i not in dropped]
        self.tokens = kept
        self.arguments, self.input = [], None
        if self.self and not self.each:
            return
        how = draw.random()
        lines, number = [], 0
        for named in kept:
            if named.form == "secret" or self.each or how < 0.4 or (
                    how < 0.6 and draw.random() < 0.5):
                if draw.random() < 0.1:
                    lines.append(draw.choice(["", "# a comment", "  "]))
                lines.append(named.text)
                named.place = f"line {len(lines)}"
            else:
                number += 1
                self.arguments.append(named.text)
                named.place = f"argument {number}"
        if lines:
            self.arguments.append("-")
            end = draw.choice(["\n", "\n", "\r\n"])
            self.input = end.join(lines) + draw.choice([end, ""])

    def _signal(self, draw):
        self.signal = None
        if draw.random() < 0.12:
            self.signal = draw.choice([signal.SIGINT, signal.SIGTERM,
                                       signal.SIGHUP])
        self.signal_at = draw.choice([None, draw.uniform(0, 2.5)])
        self.signal_request = draw.randint(0, 4)
        self.signal_pause = draw.choice([0, 0.02, 0.3])

    # ---- what it comes to

    def args(self):
        args = ["-t", str(self.timeout), f"--retries={self.retries}"]
        for option, given in (
                ("--json", self.json), ("--revoke", self.revoke),
                ("--dry-run", self.dry_run), ("--verify", self.verify),
                ("--ignore-missing", self.ignore_missing),
                ("--yes", self.yes), ("-q", self.quiet),
                ("-v", self.verbose), ("--self", self.self)):
            if given:
                args.append(option)
        return [*args, *self.arguments]

    def matches(self, named):
        """The tokens that there were at the beginning and that a short key
        may stand for."""
        return [t for t in self.world.tokens
                if t.deleted != GONE_BEFORE and named.form == "short"
                and confirmed(t.short_key, named.text)]

    def __str__(self):
        world = self.world
        lines = [f"patrm {' '.join(self.args())}",
                 f"faults {self.faults}, of lists {self.list_faults}"
                 f"{', unreachable' if self.unreachable else ''}"
                 f"{f', leaves after {self.leaves}' if self.leaves else ''}"
                 f"{', over TLS' if self.tls else ''}"]
        if self.signal:
            when = (f"after {self.signal_at:.2f} s"
                    if self.signal_at is not None else
                    f"{self.signal_pause} s after request "
                    f"{self.signal_request}")
            lines.append(f"{self.signal.name} {when}")
        lines.append(
            f"the caller is {'an administrator' if world.admin else 'plain'}"
            f", the members' list says {world.members}, others' tokens "
            f"{world.foreign}, a bad key {world.bad_key}; cache lag "
            f"{world.cache_lag} s, list lag {world.list_lag} s, revoked_at "
            f"is {'told' if world.tells_revoked else 'not told'}")
        for token in world.tokens:
            lines.append(
                f"{token.id} {token.short_key!r} of {token.owner}"
                f"{', the key' if token is world.key else ''}"
                f"{state_of(token)}")
        return "\n".join(lines + [str(t) for t in self.tokens])


def state_of(token):
    text = ""
    for what, when in (("deleted", token.deleted), ("revoked",
                                                    token.revoked)):
        if when is not None:
            text += f", {what} " + ("before" if when == GONE_BEFORE
                                    else f"at {when:.3f}")
    return text
