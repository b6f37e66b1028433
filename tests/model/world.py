# SPDX-License-Identifier: MIT
# What is true: members, their tokens, who may see and delete which, and how
# the server is set up. Drawn from a random.Random; no sockets, no clock but
# the one that is handed in.

import json
import re
import uuid

ALICE, BOB, CAROL = "alice@example.com", "bob@example.com", "carol@example.com"
HEX = "0123456789abcdef"

# ---- short keys, as tests read the contract

COMMON = re.compile(r"(?:lsv2_(?:pt_|sk_)?|ls__)")
HIDDEN = re.compile(r"[.*\u2026][.*\u2026_]*")

# Of a secret: what a server may show of it.
SHAPES = {
    "first 4": lambda s: s[:12],
    "first 8": lambda s: s[:16],
    "last 4": lambda s: f"lsv2_pt_...{s[-4:]}",
    "last 4, no kind": lambda s: f"lsv2_...{s[-4:]}",
    "last 8": lambda s: f"lsv2_pt_\u2026{s[-8:]}",
    "4 and 4": lambda s: f"{s[:12]}...{s[-4:]}",
    "4 and 4 in stars": lambda s: f"{s[:12]}****{s[-4:]}",
    "4 and 2": lambda s: f"{s[:12]}\u2026{s[-2:]}",
    "8 and 8": lambda s: f"{s[:16]}...{s[-8:]}",
    "last 2": lambda s: f"lsv2_****\u2026{s[-2:]}",
}


def parts(text):
    """What a short key shows: its beginning, and its end if it has one."""
    match = HIDDEN.search(text)
    if not match:
        return text, ""
    tail = re.split(r"[.*\u2026]", text)[-1]
    return text[:match.start()], tail


def confirmed(record_key, text):
    """Characters of text's secret part that a record's short key confirms;
    0 where it contradicts. text is a short key, or a whole secret."""
    if not isinstance(record_key, str):
        return 0
    head, tail = parts(record_key)
    wanted, end = parts(text)
    if re.fullmatch(r"lsv2_(pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}", text):
        end = text
    both = min(len(head), len(wanted))
    behind = min(len(tail), len(end))
    if head[:both] != wanted[:both]:
        return 0
    if behind and tail[-behind:] != end[-behind:]:
        return 0
    common = len(COMMON.match(text)[0]) if COMMON.match(text) else 0
    return behind + max(both - common, 0)


def shown(text):
    """Characters of the secret part in it."""
    head, tail = parts(text)
    common = len(COMMON.match(head)[0]) if COMMON.match(head) else 0
    return len(head) - common + len(tail)


# ---- tokens

class Token:
    """One token; what became of it, and when."""

    def __init__(self, ident, secret, owner, record):
        self.id, self.secret, self.owner = ident, secret, owner
        self.record = record
        self.deleted = self.revoked = None      # when, by whomever
        self.by_run = []                        # (what, when) of this run

    @property
    def short_key(self):
        return self.record.get("short_key")

    def ended(self):
        times = [t for t in (self.deleted, self.revoked) if t is not None]
        return min(times) if times else None

    def is_done(self, revoke):
        """Gone, or where that was asked for, revoked."""
        return self.deleted is not None or (
            revoke and self.revoked is not None)


class World:
    """The organization, and how its server behaves all the time."""

    def __init__(self, draw):
        self.draw = draw
        self.tokens = []
        self.one_shape = draw.choice([*SHAPES, None, None])
        self.admin = draw.random() < 0.5    # Alice may delete the others'
        # What the list of all members says to her.
        self.members = draw.choices(["ok", 403, 404, 405], [8, 1, 1, 1])[0]
        if not self.admin:
            self.members = draw.choices([403, "ok", 404, 405],
                                        [8, 2, 1, 1])[0]
        self.foreign = draw.choice([404, 404, 404, 403])
        self.bad_key = draw.choice([401, 403])
        self.cache_lag = draw.choice([0, 0, 0, 0.7, 1.6])
        self.list_lag = draw.choice([0, 0, 0, 0.4, 1.2])
        # Revoked tokens in lists: with revoked_at, or without.
        self.tells_revoked = draw.random() < 0.85
        self.total = draw.choice([None, None, "exact"])
        for owner, most in ((ALICE, 5), (BOB, 3), (CAROL, 1)):
            for _ in range(draw.randint(owner == ALICE, most)):
                self.add(owner)
        self.key = self.tokens[0]           # what Alice authenticates with

    def hex(self, digits):
        return "".join(self.draw.choice(HEX) for _ in range(digits))

    def uuid(self):
        return str(uuid.UUID(int=self.draw.getrandbits(128), version=4))

    def secret(self):
        """Sometimes one with an end of another's: as few short keys show."""
        draw = self.draw
        secret = f"lsv2_pt_{self.hex(32)}_{self.hex(10)}"
        if self.tokens and draw.random() < 0.2:
            like = draw.choice(self.tokens).secret
            if draw.random() < 0.5:
                secret = like[:12] + secret[12:]
            else:
                secret = secret[:-4] + like[-4:]
        return secret

    def add(self, owner):
        draw = self.draw
        secret = self.secret()
        shape = self.one_shape or draw.choice(list(SHAPES))
        record = {"id": self.uuid(), "short_key": SHAPES[shape](secret),
                  "description": self.description(secret)}
        if draw.random() < 0.03:
            record["short_key"] = draw.choice([None, "", 7])
        for name, values in (
                ("created_at", ["2026-01-02T03:04:05+00:00", None]),
                ("last_used_at", ["2026-10-11T12:13:14.5+00:00", None]),
                ("expires_at", [None, "2031-01-01T00:00:00+00:00"]),
                ("workspace_names", [["Research"], [], None]),
                ("access_scope", ["organization", "workspace"]),
                ("created_by", [owner, owner, None]),
                ("extra", [{"deep": [1, None]}])):
            if draw.random() < 0.7:
                record[name] = draw.choice(values)
        self.tokens.append(Token(record["id"], secret, owner, record))
        return self.tokens[-1]

    def description(self, secret):
        draw = self.draw
        text = draw.choice(["CI", "laptop", "", "na\u00efve \u202e\x1b[31m",
                            "line\nbreak", "x" * 300])
        if draw.random() < 0.02:
            text = f"backup of {secret}"
        return text

    # ---- what the server would say if all went well

    def by_id(self, ident):
        return next((t for t in self.tokens if t.id == ident), None)

    def caller(self, key, now):
        """The token that authenticates, or None."""
        for token in self.tokens:
            if token.secret == key:
                ended = token.ended()
                if ended is None or now - ended < self.cache_lag:
                    return token
        return None

    def may_touch(self, who, token):
        return token.owner == who.owner or (self.admin and
                                            who.owner == ALICE)

    def sees_members(self, who):
        return who.owner == ALICE and self.members == "ok"

    def listed(self, owner, now, lag=0.0):
        """The records of a list; owner None is all members'."""
        lag = max(lag, self.list_lag)
        records = []
        for token in self.tokens:
            if owner not in (None, token.owner):
                continue
            if token.deleted is not None and now - token.deleted >= lag:
                continue
            if token.deleted is not None and not token.by_run:
                continue                # it was never there in this run
            records.append(self.record_of(token, now, lag))
        return records

    def record_of(self, token, now, lag=0.0):
        record = dict(token.record)
        if self.tells_revoked:
            record["revoked_at"] = None
            if token.revoked is not None and now - token.revoked >= lag:
                record["revoked_at"] = "2026-11-25T12:00:00+00:00"
        return record

    def do(self, token, what, now):
        """The deed."""
        if what == "revoke":
            if token.deleted is None and token.revoked is None:
                token.revoked = now
                token.by_run.append(("revoke", now))
        elif token.deleted is None:
            token.deleted = now
            token.by_run.append(("delete", now))


def text_of(value):
    return json.dumps(value).encode()
