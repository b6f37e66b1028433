# SPDX-License-Identifier: MIT
# What a run has claimed, against what is true and against the rules of the
# contract. Written from the contract, not from the program.

import json
import re
from dataclasses import dataclass, field

from world import ALICE, confirmed, shown

NO = {"forbidden", "refused", "rate-limited", "unreachable", "invalid",
      "ambiguous", "not-tried"}
UNSENT = {"unreachable", "invalid", "ambiguous"}
DONE = {"deleted", "revoked", "deleted-unread"}
KNOWN = NO | DONE | {"would-delete", "missing", "unknown",
                     "deleted-unverified"}
ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
NAME = rf"argument \d+|line \d+|--self|{ID}"
UNPRINTABLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e"
    "\u2060-\u2069\ufeff\ufffe]")
SLACK = 0.7     # seconds that this machine may be behind


@dataclass
class Claim:
    """What a line says, and the exit statuses that it may mean."""
    name: str
    outcome: str
    statuses: frozenset = frozenset()
    text: str = ""
    attempts: int = -1          # where it says so


@dataclass
class Run:
    """How it ended, and what it said."""
    plan: object
    log: list
    status: int
    out: bytes
    err: bytes
    ended: float
    signalled: float | None = None
    audit: bytes = b""
    audit_before: bytes = b""
    unsent_audit: list = field(default_factory=list)
    strange: list = field(default_factory=list)
    lag: float = 0.0            # seconds that the server was behind, at most


class Judge:
    def __init__(self, run):
        self.run, self.plan, self.world = run, run.plan, run.plan.world
        self.alarms = []

    def alarm(self, kind, text):
        self.alarms.append((kind, text))

    def key_of(self, ident):
        """The secret that a change of the token is sent with."""
        token = self.world.by_id(ident)
        if self.plan.each and token:
            return token.secret
        return self.world.key.secret

    def all(self):
        run, plan = self.run, self.plan
        if run.status < 0:
            # Before it could ask for signals nothing was sent, nor said.
            early = run.status == -(plan.signal or 0) and not (
                run.log or run.out or run.err)
            if not early:
                self.alarm("crash", f"killed by signal {-run.status}")
            return self.alarms
        for strange in run.strange:
            self.alarm("request", f"no client should send {strange}")
        self.changes = [e for e in run.log if e.what in ("delete", "revoke")]
        self._secrets()
        self._printable()
        claims = self._claims()
        self.names = {claim.name for claim in claims}
        self._lines(claims)
        for claim in claims:
            self._claim(claim)
        self._contradictions(claims)
        self._exit(claims)
        self._requests()
        self._named()
        self._key_last()
        self._signal()
        self._audit(claims)
        if plan.dry_run and self.changes:
            self.alarm("dry run", "a dry run has sent a deletion")
        return self.alarms

    # ---- output

    def _secrets(self):
        run = self.run
        texts = {"standard output": run.out, "standard error": run.err,
                 "the audit": run.audit}
        told = {t.secret for t in self.world.tokens
                if t.secret in t.record["description"]}
        secrets = {t.secret for t in self.world.tokens} | {
            t.text for t in self.plan.tokens if t.form == "secret"}
        for where, text in texts.items():
            plain = text.decode("utf-8", "replace")
            if where != "standard error":
                plain += re.sub(r"\\u([0-9a-fA-F]{4})",
                                lambda m: chr(int(m[1], 16)), plain)
            for secret in secrets:
                if secret[8:30] in plain or secret[20:40] in plain:
                    self.alarm("secret in a record" if secret in told else
                               "secret", f"{secret} in {where}")

    def _printable(self):
        for where, text in (("out", self.run.out), ("err", self.run.err)):
            try:
                plain = text.decode()
            except UnicodeDecodeError:
                self.alarm("printable", f"{where} is no UTF-8")
                continue
            if match := UNPRINTABLE.search(plain):
                self.alarm("printable", f"{match[0]!r} in {where}")

    def _claims(self):
        if self.plan.json:
            return self._json_claims()
        return self._text_claims()

    def _json_claims(self):
        claims = []
        for line in self.run.out.split(b"\n")[:-1]:
            try:
                value = json.loads(line.decode("ascii"))
                if "token" not in value and "error" in value:
                    continue        # of the run as a whole
                outcome = value["outcome"]
                assert outcome in KNOWN, outcome
                assert isinstance(value["token"], str), value["token"]
            except (ValueError, KeyError, TypeError, AssertionError) as why:
                self.alarm("json", f"{line!r}: {why!r}")
                continue
            claims.append(Claim(value["token"], outcome, statuses_of(
                outcome, value.get("error")), value.get("error", ""),
                value.get("attempts", -1)))
        if self.run.out and not self.run.out.endswith(b"\n"):
            self.alarm("json", "the last line is torn")
        return claims

    def _text_claims(self):
        """Only roughly: sentences are for people."""
        claims = {}
        for block in self.run.out.decode("utf-8", "replace").split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines()
                         if ": " in line)
            if "outcome" in lines and "id" in lines:
                outcome = lines["outcome"]
                claims.setdefault(lines["id"], []).append(Claim(
                    lines["id"], outcome, statuses_of(outcome, None)
                    | ({8, 10} if outcome in DONE else set())))
        for line in self.run.err.decode("utf-8", "replace").splitlines():
            match = re.match(rf"patrm: ({NAME})(?: \(.*?\))?: (.*)", line)
            if not match or re.match(ID + r"\s", match[2]):
                continue            # a candidate's row
            name, text = match.groups()
            known = claims.setdefault(name, [])
            no = re.search(r"nothing|no (deletion|revocation)", text)
            block = [c for c in known if not c.text]
            if block and not no:
                block[0].text = text
                continue
            outcome = ("unknown" if "unknown" in text else
                       "some no" if no else "some")
            known.append(Claim(name, outcome, frozenset(range(11)), text))
        claims = [c for several in claims.values() for c in several]
        if len(claims) == 1 and len(self.plan.tokens) == 1 and \
                self.run.status in range(11):
            claims[0].statuses = frozenset([self.run.status])
            if claims[0].outcome.startswith("some"):
                claims[0].outcome = {
                    1: "refused", 3: "forbidden", 4: "missing",
                    5: "unreachable", 6: "unknown", 7: "rate-limited",
                    8: "deleted-unread", 10: "deleted-unverified"}.get(
                        self.run.status, "not-tried")
        return claims

    # ---- lines

    def _names_of(self, named):
        """What output may call a TOKEN."""
        names = {named.place}
        if named.form == "id":
            names.add(named.text.lower())
        if self.plan.each:              # the same twice is one
            names |= {n.place for n in self.plan.tokens
                      if n.text == named.text}
        if named.form in ("secret", "self") and named.token:
            names.add(named.token.id)
        text = self.world.key.secret if named.form == "self" else named.text
        if named.form in ("short", "secret", "self"):
            names |= {t.id for t in self.world.tokens
                      if confirmed(t.short_key, text)}
        return names

    def _lines(self, claims):
        """One line a TOKEN; of TOKENs of one token at least one."""
        run, plan = self.run, self.plan
        if plan.quiet and not plan.json:
            return
        told = {c.name for c in claims}
        possible = set()
        for named in plan.tokens:
            names = self._names_of(named)
            possible |= names
            # An argument may be refused before anything is begun.
            if not names & told and not (run.status == 2 and not claims):
                self.alarm("line", f"no line for {named}")
        for name in told - possible:
            self.alarm("line", f"a line for {name}, which nobody named")
        for name in told:
            lines = [c for c in claims if c.name == name]
            most = sum(name in self._names_of(n) for n in plan.tokens)
            if len(lines) > max(most, 1):
                self.alarm("line", f"{len(lines)} lines for {name}")
            if name.startswith(("line", "argument")) and len(lines) > 1:
                self.alarm("line", f"{len(lines)} lines for {name}")

    def _true_tokens(self, claim):
        """The tokens that a line is about, in truth. Who only has a secret
        that no list explains cannot know that another TOKEN is the same."""
        token = self.world.by_id(claim.name)
        if token:
            return [token]
        return [n.token for n in self.plan.tokens
                if n.place == claim.name and n.token
                and n.form in ("secret", "self")
                and not any(m is not n and m.token is n.token
                            for m in self.plan.tokens)]

    def _contradictions(self, claims):
        of = {}
        for claim in claims:
            for token in self._true_tokens(claim):
                of.setdefault(token.id, []).append(claim)
        for ident, several in of.items():
            if len({meaning_of(c) for c in several} - {None}) > 1:
                self.alarm("contradiction", f"{ident}: " + ", ".join(
                    f"{c.name}: {c.outcome}" for c in several))

    # ---- one claim

    def _changes_of(self, ident):
        return [e for e in self.changes if e.ident.lower() == ident]

    def _claim(self, claim):
        """Is it true, is there ground for it, and does it say enough."""
        tokens = self._true_tokens(claim)
        ident = tokens[0].id if tokens else claim.name
        sent = self._changes_of(ident)
        token = tokens[0] if tokens else None
        self._true(claim, token, sent)
        self._founded(claim, token, sent)
        if claim.outcome == "unknown":
            self._unknown(claim, token, sent)

    def _true(self, claim, token, sent):
        plan, run = self.plan, self.run
        outcome = claim.outcome
        done_by_run = token is not None and bool(token.by_run)
        gone = token is None or token.is_done(plan.revoke)
        # In text a missing one has no outcome of its own.
        missing_is_done = outcome == "missing" and claim.statuses == {0}
        elsewhere = says_nothing_of_a_token(claim)
        if outcome in NO | {"some no"} and done_by_run and not elsewhere:
            self.alarm("untrue no", f"{claim.name}: {outcome}, but this run "
                       f"has done it: {token.by_run}: {claim.text}")
        if outcome == "missing" and done_by_run and not missing_is_done:
            self.alarm("untrue no", f"{claim.name}: missing, but this run "
                       f"has done it: {token.by_run}: {claim.text}")
        if outcome in UNSENT and sent and claim.name not in (
                n.place for n in plan.tokens):
            self.alarm("sent", f"{claim.name}: {outcome}, but a deletion "
                       "was sent")
        proven = plan.verify and claim.statuses == {0}
        if outcome in DONE and not gone and 10 not in claim.statuses:
            self.alarm("untrue yes", f"{claim.name}: {outcome}, but it is "
                       f"there: {claim.text}")
        if outcome in DONE and proven and gone and token is not None:
            when = [t for t in (token.deleted, token.revoked
                                if plan.revoke else None) if t is not None]
            if min(when) > run.ended + 0.05:
                self.alarm("proven early", f"{claim.name}: {outcome} and "
                           f"proven at {run.ended:.3f}, done at "
                           f"{min(when):.3f}")
        if missing_is_done and plan.verify and not gone and \
                claim.name == token.id:
            self.alarm("untrue missing", f"{claim.name}: missing counts as "
                       "done and is verified, but it is there")
        if missing_is_done:
            self._rule_10(claim)
        if is_not_yours(claim) and token is not None and (
                token.owner == ALICE or token.deleted is not None):
            self.alarm("not yours", f"{claim.name}: {claim.text}")
        if outcome == "would-delete" and (
                token is None or token.deleted is not None):
            self.alarm("untrue yes", f"{claim.name}: would-delete, but it is "
                       "not there")
        if outcome == "deleted-unverified" and not plan.verify:
            self.alarm("unverified", f"{claim.name}: without --verify")
        self._refused_key(claim, token, proven)

    def _refused_key(self, claim, token, proven):
        """What is proven of a secret at hand is that it does not work."""
        plan, run = self.plan, self.run
        if not proven or claim.outcome not in DONE or token is None:
            return
        if confirmed(token.short_key, token.secret) < 6 or not (
                plan.self or any(n.form == "secret" and n.token is token
                                 for n in plan.tokens)):
            return                      # it is not known to be its secret
        places = {n.place for n in plan.tokens if n.token is token}
        if places & self.names or not any(
                token.id in e.shows and e.means == "whole"
                   for e in run.log[:self._changes_of(token.id)[0].number]):
            return                      # nobody could know
        ended = token.ended()
        if ended is not None and (
                run.ended + 0.05 < ended + self.world.cache_lag):
            # By a list alone, where no answer confirmed it, is enough.
            if any(e.means in ("yes", "maybe")
                   for e in self._changes_of(token.id)):
                self.alarm("still works", f"{claim.name}: proven, but its "
                           "secret still authenticates")

    def _rule_10(self, claim):
        """Nothing matches, and that counts as done: of all there are?"""
        for named in self.plan.tokens:
            if named.place != claim.name:
                continue
            if named.form == "secret" and named.token and \
                    named.token.deleted is None and (
                        confirmed(named.token.short_key, named.text)):
                self.alarm("untrue missing", f"{claim.name}: nothing "
                           f"matches, but {named.token.id} is there")
            if named.form != "short":
                continue
            there = [t for t in self.plan.matches(named)
                     if t.deleted is None]
            if there:
                self.alarm("untrue missing", f"{claim.name}: nothing "
                           f"matches, but {there[0].id} does")
            if not any(e.what == "members" and e.means in ("whole", "maybe")
                       for e in self.run.log):
                self.alarm("untrue missing", f"{claim.name}: nothing matches "
                           "and that is done, but no list showed all")

    def _founded(self, claim, token, sent):
        """Is there an answer, or a list, that says so."""
        run, plan, outcome = self.run, self.plan, claim.outcome
        ident = token.id if token else claim.name
        open_ones = [e for e in sent if e.means == "open" or
                     (e.left and e.means != "no")]
        yes = [e for e in sent if e.means in ("yes", "maybe")]
        last_open = max((e.number for e in open_ones), default=-1)
        if outcome in DONE and not yes and not self._listed_gone(
                ident, sent, strict=False):
            self.alarm("unfounded yes", f"{claim.name}: {outcome} without an "
                       "answer or a list that says so")
        if outcome in NO | {"some no"} and open_ones and \
                not says_nothing_of_a_token(claim):
            self.alarm("unfounded no", f"{claim.name}: {outcome}, but a "
                       "deletion has left without a final answer: "
                       f"{claim.text}")
        if outcome == "missing" and open_ones and \
                claim.statuses == {4}:
            self.alarm("unfounded no", f"{claim.name}: missing, but a "
                       "deletion has left without a final answer: "
                       f"{claim.text}")
        if outcome == "unknown":
            # A signal or the deadline may have cut an answer off.
            cut = plan.leaves or re.search("time", claim.text) or any(
                e.means == "maybe" or e.left or e.told is None or
                e.told - sent[0].at > plan.timeout - SLACK / 2 or
                e.told > run.ended - SLACK or
                (run.signalled is not None and
                 e.told > run.signalled - SLACK) for e in sent)
            sure = [e for e in sent if e.means == "yes" and not e.left
                    and e.number > last_open]
            if sure and not cut:
                self.alarm("useless unknown", f"{claim.name}: unknown, but "
                           "the last answer confirms it")
            if not open_ones and not cut and claim.attempts == len(sent):
                self.alarm("unfounded unknown", f"{claim.name}: unknown, but "
                           "every deletion had a final answer")
        if claim.statuses == {10} and not yes and not self._listed_gone(
                ident, sent, strict=False):
            self.alarm("unfounded yes", f"{claim.name}: the server never "
                       "said that it is deleted")

    # ---- evidence

    def _known_own(self, ident, before):
        """A list of the caller's own has shown it."""
        return any(
            e.what == "own" and e.key == self.key_of(ident)
            and e.means == "whole" and ident in e.shows
            and e.number < before for e in self.run.log)

    def _listed_gone(self, ident, sent, strict):
        """A list that was asked for after the last deletion had left covers
        the token, and no longer shows it (or shows it as revoked). Strict:
        for sure, and the client knows it."""
        if strict and not sent:
            return False
        # A deletion into a closing connection is one that nobody saw.
        last = sent[-1].number if sent else -1
        token = self.world.by_id(ident)
        for e in self.run.log:
            if e.what not in ("own", "members") or e.number < last:
                continue
            if e.key != self.key_of(ident):
                continue
            if e.means != "whole" and (strict or e.means != "maybe"):
                continue
            if strict and not self._had(e, ident, sent):
                continue
            if self.plan.revoke:
                gone = e.shows.get(ident, (False,))[0]
                covers = True
            else:
                gone = ident not in e.shows
                covers = e.what == "members" or (
                    self._known_own(ident, e.number) if strict
                    else token is not None and (
                        self.plan.each or token.owner == ALICE))
            if gone and covers:
                return True
        return False

    def _had(self, e, ident, sent):
        """Whether the client surely had the list in time: before the time
        of the deletion would be up again. What is read for the key's own
        token, last of all, is too late for the others."""
        run, key = self.run, self.world.key.id
        if not self.plan.each and ident != key and any(
                x.ident.lower() == key for x in self.changes
                if x.number < e.number):
            return False
        if e.left or e.told is None:
            return False
        margin = run.lag + SLACK / 2
        return e.told < min(sent[-1].at + self.plan.timeout,
                            run.ended) - margin or (
            e.number < run.log[-1].number
            and e.told < sent[-1].at + self.plan.timeout - margin)

    def _unknown(self, claim, token, sent):
        """Unknown must not stay where a list has settled it, and the lists
        are read until time is up."""
        run, plan = self.run, self.plan
        if token is None or not sent or run.signalled is not None:
            return
        if self._listed_gone(token.id, sent, strict=True):
            self.alarm("useless unknown", f"{claim.name}: unknown, but a list "
                       "that covers it no longer shows it")
        # What is read once the key's own token is deleted is for that one.
        key = self._changes_of(self.world.key.id)
        end = key[0].number if key and token is not self.world.key else 1e9
        after = [e for e in run.log if e.what in ("own", "members")
                 and sent[-1].number < e.number < end]
        waited = run.ended - sent[-1].at
        if any(e.means == "refused" for e in after) or plan.leaves or any(
                e.status == 401 for e in run.log):
            return                      # no list is to be had any more
        if not self._known_own(token.id, len(run.log)) and not any(
                e.what == "members" and e.means in ("whole", "maybe")
                for e in run.log):
            return                      # no list is known to cover it
        if not any(e.means == "whole" and token.id in e.shows for e in after):
            return                      # it could not be read, and was retried
        if waited + run.lag < 0.4 * plan.timeout:
            self.alarm("gave up", f"{claim.name}: unknown {waited:.2f} s "
                       f"after the deletion; the lists were read "
                       f"{len(after)} times, the time is {plan.timeout} s")

    # ---- the whole

    def _exit(self, claims):
        run, plan = self.run, self.plan
        if not claims or len(claims) < len(
                {n.place for n in plan.tokens if n.form == "bad"}):
            return
        status = run.status
        if run.signalled is not None:
            wanted = {128 + plan.signal}
            if any(c.outcome == "unknown" for c in claims):
                wanted = {6}
            if status in wanted:
                return
        if not plan.json and plan.quiet:
            return
        shared = frozenset.intersection(*(c.statuses for c in claims))
        if shared:
            if status in shared or (status == 9 and len(claims) > 1 and
                                    (not all_one(claims))):
                return
        elif status == 9:
            return
        self.alarm("exit", f"status {status}, but the lines say " + ", ".join(
            f"{c.name}: {c.outcome} {sorted(c.statuses)}" for c in claims))

    def _requests(self):
        plan = self.plan
        by_id = {}
        given = {n.text for n in plan.tokens if n.form == "secret"}
        for e in self.run.log:
            if plan.each and e.key not in given:
                self.alarm("request", f"{e.number} with a key of nobody's")
            if plan.each and e.what == "members":
                self.alarm("request", f"{e.number} is about others")
        for e in self.changes:
            by_id.setdefault(e.ident, []).append(e)
            if e.what != ("revoke" if plan.revoke else "delete"):
                self.alarm("request", f"{e.what} was not asked for")
        for ident, sent in by_id.items():
            for e in sent[:-1]:
                final = e.means == "yes" or (
                    e.means == "no" and e.status not in (425, 429))
                if final and not e.left:
                    self.alarm("retried", f"{ident} after the final answer "
                               f"of request {e.number}")
            if len(sent) > plan.retries + 1:
                self.alarm("retried", f"{ident}: {len(sent)} times")

    def _named(self):
        """Only what a TOKEN names is deleted, and only when it is sure."""
        for e in self.changes:
            ident = e.ident
            if self.world.by_id(ident) is None:
                ways = [n.form == "id" and n.text.lower() == ident
                        for n in self.plan.tokens]
            else:
                ways = [self._allows(n, ident, e) for n in self.plan.tokens]
            if not any(way is True for way in ways):
                self.alarm("unnamed", f"request {e.number} deletes {ident}: "
                           + "; ".join(w for w in ways if w))

    def _allows(self, named, ident, e):
        """True, or why the TOKEN does not allow to delete the id."""
        if named.form == "bad":
            return ""
        if named.form == "id":
            return named.text.lower() == ident
        if named.form == "self":
            return ident == self.world.key.id or confirmed(
                self.world.by_id(ident).short_key,
                self.world.key.secret) >= 6 or "it is not the key's"
        if not self.plan.yes:
            return "nobody said yes"
        if named.form == "secret":
            return self._allows_secret(named, ident, e)
        return self._allows_short(named, ident, e)

    def _allows_secret(self, named, ident, e):
        if self.plan.each and e.key != named.text:
            return f"the key is not {named.place}'s"
        if confirmed(self.world.by_id(ident).short_key, named.text) >= 6:
            return True                 # sure enough, by the contract
        if named.token is None or named.token.id != ident:
            return ""
        for list_ in self.run.log[:e.number]:
            fits = [i for i, (_, key) in list_.shows.items()
                    if confirmed(key, named.text)]
            if list_.what == "own" and list_.key == named.text and \
                    list_.means != "bad" and fits == [ident]:
                return True
        return f"{named.place} is too weak"

    def _allows_short(self, named, ident, e):
        before = self.run.log[:e.number]
        lists = [x for x in before if x.what in ("own", "members")
                 and x.means in ("whole", "maybe")
                 and x.key == self.world.key.secret]
        fits = {i for x in lists for i, (_, key) in x.shows.items()
                if confirmed(key, named.text)}
        if ident not in fits:
            return f"no whole list showed it to {named.place}"
        if fits != {ident}:
            return f"{named.place} also matches {fits - {ident}}"
        answered = any(x.what == "members" and x.means != "bad"
                       for x in before)
        if not answered:
            return f"{named.place}: the members' list was not read"
        short = confirmed(self.world.by_id(ident).short_key, named.text)
        if short < 6 and short < shown(named.text):
            return f"{named.place} is too weak"
        return True

    def _key_last(self):
        """The key's own token goes last, where its list could be read."""
        key = self.world.key
        mine = [e.number for e in self.changes if e.ident == key.id]
        if not mine or self.plan.self:
            return
        lists = [e for e in self.run.log[:self.changes[0].number]
                 if e.what == "own" and e.key == key.secret]
        if run_is_slow(self.run) or (lists and not any(
                e.means == "whole" for e in lists)):
            return
        candidates = {t.id for t in self.world.tokens
                      if t.owner == ALICE and confirmed(t.short_key,
                                                        key.secret)}
        if key.id not in candidates:
            return                      # its record does not show it
        others = {e.ident for e in self.changes
                  if e.ident not in candidates and e.number > mine[0]}
        others -= {e.ident for e in self.changes if e.number < mine[0]}
        if others:
            self.alarm("key last", f"the key's token was deleted in request "
                       f"{mine[0]}, before {others}")

    def _signal(self):
        run = self.run
        if run.signalled is None:
            return
        # What is read after the end was sent before it.
        late = [e for e in run.log
                if run.signalled + 1.0 + run.lag < e.at <= run.ended]
        if late:
            self.alarm("signal", f"request {late[0].number} came "
                       f"{late[0].at - run.signalled:.2f} s after it")

    def _audit(self, claims):
        run, plan = self.run, self.plan
        if not plan.audit:
            return
        for e in run.unsent_audit:
            self.alarm("audit", f"request {e.number} was not noted before")
        lines = run.audit[len(run.audit_before):]
        if not run.audit.startswith(run.audit_before):
            self.alarm("audit", "what was there before is not any more")
        if run.audit_before and not run.audit_before.endswith(b"\n") and \
                lines:
            if not lines.startswith(b"\n"):
                self.alarm("audit torn", "the torn last line goes on")
            lines = lines.lstrip(b"\n")
        last = {}
        for line in lines.splitlines():
            try:
                value = json.loads(line)
                last[value["id"]] = value["outcome"]
            except (ValueError, KeyError, TypeError):
                if not run.audit_before or run.audit_before.endswith(b"\n"):
                    self.alarm("audit", f"{line!r}")
        for claim in claims:
            noted = last.get(claim.name)
            if noted is None or not plan.json:
                continue
            if noted != claim.outcome and claim.outcome != "not-tried":
                self.alarm("audit", f"{claim.name} is {claim.outcome}, but "
                           f"the audit ends with {noted}")


def statuses_of(outcome, error):
    """The exit statuses that an outcome may mean."""
    if outcome == "missing":
        return frozenset([4 if error else 0])
    if outcome == "revoked":
        return frozenset([8, 10] if error else [0])
    if outcome == "deleted" or outcome == "would-delete":
        return frozenset([0])
    if outcome == "not-tried":
        return frozenset([2, 3, 5, *range(128, 160)])
    return frozenset([{
        "forbidden": 3, "refused": 1, "rate-limited": 7, "unreachable": 5,
        "unknown": 6, "deleted-unread": 8, "deleted-unverified": 10,
        "invalid": 2, "ambiguous": 2}.get(outcome, 0)])


def says_nothing_of_a_token(claim):
    """Which one it is of is not known: what it says is of the TOKEN alone."""
    return claim.outcome in ("ambiguous", "some no") and \
        "sent for this TOKEN" in claim.text


def meaning_of(claim):
    """Is the token gone? None where the line leaves that open."""
    if says_nothing_of_a_token(claim):
        return None
    if claim.outcome in DONE | {"deleted-unverified"}:
        return "yes"
    if claim.outcome == "missing":
        return "yes" if claim.statuses == {0} else "no"
    if claim.outcome in NO - {"invalid", "ambiguous"} | {"some no"}:
        return "no"
    return claim.outcome if claim.outcome in ("unknown",
                                              "would-delete") else None


def run_is_slow(run):
    """A list that was sent may have come too late."""
    return run.lag > 0.25 * run.plan.timeout


def all_one(claims):
    return all(len(c.statuses) == 1 for c in claims)


def is_not_yours(claim):
    return claim.outcome == "missing" and "not yours" in claim.text and \
        "no such token" not in claim.text
