# SPDX-License-Identifier: MIT
# What the stand-in knows: one organization, its members, their tokens, and
# how LangSmith answers each request about them. No sockets here.

import json
import random
import re
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from urllib.parse import unquote

SELF = "alice@example.com"
OTHER = "bob@example.com"

TOKENS = "/api/v1/orgs/current/personal-access-tokens"
MEMBERS = "/api/v1/orgs/current/members/personal-access-tokens"
SERVICES = "/api/v1/orgs/current/service-keys"
INFO = "/api/v1/info"

NAMES = ("laptop", "CI", "notebook", "nightly evaluation", "old laptop",
         "staging", "production", "demo for the team")
ROLE, ORG_ROLE = (str(uuid.UUID(int=n, version=4)) for n in (0x51, 0x52))
ENCODER = json.JSONEncoder(ensure_ascii=False)     # dumps() makes one a call


@dataclass
class Answer:
    """A response; by default JSON."""
    status: int
    body: bytes = b""
    type: str = "application/json"
    headers: list = field(default_factory=list)
    chunked: bool = False
    sent: int | None = None    # cut the body after so many bytes, then close


@dataclass
class Request:
    """One request as it was received, and what came of it."""
    method: str
    path: str
    headers: dict
    body: bytes = b""
    executed: bool = False     # whether it changed anything
    status: int | None = None  # of the answer, None where there was none
    fault: str = ""


@dataclass
class Token:
    """A token: who has it, its secret, and its record as the API shows it."""
    owner: str
    secret: str
    record: dict
    ended: float | None = None  # when it was deleted or revoked
    shown: tuple = ({}, b"")    # the record as it was, and its JSON

    @property
    def id(self):
        return self.record["id"]

    @property
    def json(self):
        """A list of 100,000 is quick where few of them have changed. Give a
        record new values: what changes inside of one goes unseen."""
        if self.shown[0] != self.record:
            self.shown = dict(self.record), json_of(self.record)
        return self.shown[1]


def reply(status, value):
    return Answer(status, json_of(value))


def reply_list(tokens):
    return Answer(200, b"[%b]" % b", ".join(t.json for t in tokens))


def json_of(value):
    return ENCODER.encode(value).encode()


def text_of(when):
    return when.isoformat(timespec="microseconds")


def redacted(secret):
    """The shape of a short key, unless a test wants another."""
    return f"{secret[:12]}...{secret[-4:]}"


class Organization:
    """The state, and the one way to change it: handle(request)."""

    def __init__(self, *, tokens=3, others=2, services=0, seed=1,
                 admin=False, reader=False, keeper=True, newer=True,
                 bad_key=403, cache_lag=0.0, shape=redacted):
        self.random = random.Random(seed)
        self.admin = admin          # may Alice see and touch Bob's tokens
        self.reader = reader        # may she see them
        self.keeper = keeper        # may she see and delete service keys
        self.newer = newer          # records have revoked_at and created_by
        self.bad_key = bad_key      # 401 or 403 for a wrong key
        self.cache_lag = cache_lag  # seconds that an ended token still works
        self.shape = shape          # makes a short key of a secret
        self.lock = threading.RLock()
        self.tokens = {}            # those that exist, by id
        self.services = {}          # service keys that exist, by id
        self.deleted = {}           # those that did, by id
        self.secrets = {}           # all of them, by secret
        self.owned = {}             # all of them, by owner
        self.caller = SELF          # who asks, while a request is handled

        self.id = self._uuid()
        self.workspace = self._uuid()
        self.service_key = self._secret("sk")
        self.bearer = "eyJ" + self._hex(40)
        for number in range(tokens):
            name = NAMES[number % len(NAMES)]
            self.add(description=name if number < len(NAMES)
                     else f"{name} {number // len(NAMES) + 1}")
        for _ in range(others):
            self.add(OTHER, description="Bob's")
        for number in range(services):
            self.add(secret=self._secret("sk"),
                     description=f"service {number + 1}")
        own = self.ids()
        self.key = self.tokens[own[0]].secret if own else self.service_key

    # ---- state

    def add(self, owner=SELF, secret=None, **fields):
        """Makes a token, or with such a secret a service key; fields
        overrides those of its record."""
        secret = secret or self._secret("pt")
        number = len(self.secrets)
        made = datetime(2026, 1, 1, 9, 30, tzinfo=timezone.utc)
        made += timedelta(minutes=number)
        record = {
            "created_at": text_of(made),
            "id": self._uuid(),
            "short_key": self.shape(secret),
            "description": "",
            "read_only": False,
            "last_used_at": text_of(made + timedelta(days=40)),
            "expires_at": None,
            "workspace_names": ["Research", "Production"],
            "default_workspace_name": "Research",
            "role_id": ROLE,
            "org_role_id": ORG_ROLE,
            "access_scope": "organization",
        }
        if self.newer:
            record |= {"revoked_at": None, "created_by": owner}
        record |= fields
        token = Token(owner, secret, record)
        kept = self.services if secret[5:7] == "sk" else self.tokens
        with self.lock:
            kept[token.id] = self.secrets[secret] = token
            self.owned.setdefault(owner, []).append(token)
        return token

    def ids(self, owner=SELF):
        """The ids that exist, oldest first."""
        with self.lock:
            return [t.id for t in self.tokens.values() if t.owner == owner]

    def revoked(self):
        """The ids that exist and are revoked."""
        with self.lock:
            return [t.id for t in self.tokens.values() if t.ended is not None]

    def remove(self, token_id):
        """Deletes a token behind the caller's back."""
        with self.lock:
            kept = self.services if token_id in self.services else self.tokens
            token = kept.pop(token_id)
            self.deleted[token_id] = token
            if token.ended is None:
                token.ended = time.monotonic()
        return token

    def expire(self, token_id):
        """From now on it does not authenticate, but it is still there."""
        with self.lock:
            token = self.tokens.get(token_id) or self.services[token_id]
            token.record["expires_at"] = text_of(
                datetime.now(timezone.utc) - timedelta(hours=1))

    def _uuid(self):
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def _hex(self, digits):
        return f"{self.random.getrandbits(4 * digits):0{digits}x}"

    def _secret(self, kind):
        return f"lsv2_{kind}_{self._hex(32)}_{self._hex(10)}"

    # ---- requests

    def handle(self, request):
        """Carries a request out; sets request.executed."""
        with self.lock:
            path = unquote(request.path.partition("?")[0])
            if path == INFO and request.method == "GET":
                return reply(200, {"version": "0.0.0-standin"})
            refused = self._authenticate(request)
            if refused:
                return refused
            return self._route(request, path)

    def _route(self, request, path):
        routes = {
            TOKENS: {"GET": self._list},
            MEMBERS: {"GET": self._list_members},
            SERVICES: {"GET": self._list_services},
            f"{SERVICES}/([^/]+)": {"DELETE": self._delete},
            f"{TOKENS}/([^/]+)": {"DELETE": self._delete},
            f"{TOKENS}/([^/]+)/revocation": {"POST": self._revoke,
                                             "DELETE": self._reinstate},
        }
        for pattern, methods in routes.items():
            match = re.fullmatch(pattern, path)
            if not match:
                continue
            action = methods.get(request.method)
            if not action:
                return reply(405, {"detail": "Method Not Allowed"})
            if not match.groups():
                return action()
            if path.startswith(SERVICES):
                return self._with_service(request, match[1], action)
            return self._with_token(request, match[1], action)
        return reply(404, {"detail": "Not Found"})

    def _authenticate(self, request):
        """Returns None where the request may go on."""
        get = request.headers.get
        forbidden = reply(403, {"detail": "Forbidden"})
        if self.bad_key == 401:
            bad = reply(401, {"detail": "Invalid token"})
        else:
            bad = forbidden
        organization = get("x-organization-id")
        workspace = get("x-tenant-id")

        if "x-api-key" in request.headers:
            if not self._key_works(get("x-api-key")):
                return bad
            token = self.secrets.get(get("x-api-key"))
            self.caller = token.owner if token else SELF
        elif get("authorization", "").lower().startswith("bearer "):
            if get("authorization")[7:].strip() != self.bearer:
                return bad
            self.caller = SELF
            if not organization and not workspace:
                return forbidden
        else:
            return bad
        if organization not in (None, self.id):
            return forbidden
        if workspace not in (None, self.workspace):
            return forbidden
        return None

    def _key_works(self, key):
        if key == self.service_key:
            return True
        token = self.secrets.get(key)
        if not token:
            return False
        expiry = token.record["expires_at"]
        if expiry and datetime.fromisoformat(expiry) <= datetime.now(
                timezone.utc):
            return False
        return (token.ended is None
                or time.monotonic() - token.ended < self.cache_lag)

    def _with_token(self, request, text, action):
        try:
            token = self.tokens.get(str(uuid.UUID(text)))
        except ValueError:
            return reply(422, {"detail": [{
                "loc": ["path", "pat_id"],
                "msg": "Input should be a valid UUID",
                "type": "uuid_parsing",
            }]})
        if not token or (token.owner != self.caller
                         and not self._rules(self.admin)):
            return reply(404, {"detail": "Personal access token not found"})
        answer = action(token)
        request.executed = True
        return answer

    def _with_service(self, request, text, action):
        try:
            token = self.services.get(str(uuid.UUID(text)))
        except ValueError:
            return reply(422, {"detail": [{
                "loc": ["path", "api_key_id"],
                "msg": "Input should be a valid UUID",
                "type": "uuid_parsing",
            }]})
        if not self.keeper:
            return reply(403, {"detail": "Forbidden"})
        if not token:
            return reply(404, {"detail": "Service key not found"})
        request.executed = True
        return action(token)

    def _list_services(self):
        if not self.keeper:
            return reply(403, {"detail": "Forbidden"})
        return reply_list(self.services.values())

    def _rules(self, granted):
        """Whether Alice asks, and was granted it."""
        return granted and self.caller == SELF

    def _list(self):
        return reply_list(t for t in self.owned.get(self.caller, ())
                          if t.id in self.tokens)

    def _list_members(self):
        if not self._rules(self.admin or self.reader):
            return reply(403, {"detail": "Forbidden"})
        return reply_list(self.tokens.values())

    def _delete(self, token):
        self.remove(token.id)
        return reply(200, token.record)

    def _revoke(self, token):
        if token.ended is None:
            token.ended = time.monotonic()
            token.record["revoked_at"] = text_of(datetime.now(timezone.utc))
        return reply(200, token.record)

    def _reinstate(self, token):
        token.ended = None
        token.record["revoked_at"] = None
        return Answer(204)
