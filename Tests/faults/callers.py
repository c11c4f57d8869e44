"""People who call the services: tokens, retries with the same request identifier, and entries in the ledger."""

import base64
import hashlib
import hmac
import json
import random
import struct
import threading
import time

import grpc

from contracts import Contracts
from installation import ROOT

# The outcome is open, or the refusal says that a later try may succeed; the request identifier makes it safe.
REPEATABLE = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.CANCELLED,
}
PATIENCE = 300
# Commands whose answers hold a secret and are not kept.
ONCE = ("/CreateStaffAccount",)


def one_time_code(secret, now):
    """The code of RFC 6238 at a time: six digits, SHA-1, half a minute."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(now) // 30), hashlib.sha1).digest()
    place = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[place : place + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


class Stopped(Exception):
    """The run ends before the answer came."""


class Callers:
    """Makes the calls of all actors."""

    def __init__(self, stage, ledger):
        self.stage = stage
        self.ledger = ledger
        self.contracts = Contracts(ROOT / "proto")
        self.details = Contracts(ROOT / "Tests" / "endtoend")
        self.people = {}
        self.stopping = threading.Event()
        self._channels = {}
        self._lock = threading.Lock()
        for entry in json.loads((stage.run / "secrets" / "accounts.json").read_text()):
            self.enter(entry["login"], entry["password"], entry.get("totpSecret", ""))

    def enter(self, login, password, secret="", enterprise=""):
        """Makes a person known who can log in."""
        self.people[login] = Person(self, login, password, secret, enterprise)

    def message(self, name, /, **fields):
        return self.contracts.message(f"zhitongche.{name}")(**fields)

    def channel(self, address):
        with self._lock:
            if address not in self._channels:
                options = [
                    ("grpc.initial_reconnect_backoff_ms", 100),
                    ("grpc.min_reconnect_backoff_ms", 100),
                    ("grpc.max_reconnect_backoff_ms", 1000),
                ]
                self._channels[address] = grpc.insecure_channel(address, options)
            return self._channels[address]

    def once(self, method, request, address, token=None, request_id="", trace="", timeout=10):
        """One attempt at one process of the service."""
        _, request_class, response_class = self.contracts.call(method)
        metadata = [("authorization", f"Bearer {token}")] if token else []
        if request_id:
            metadata.append(("x-request-id", request_id))
        if trace:
            metadata.append(("traceparent", f"00-{trace}-{trace[:16]}-01"))
        return self.channel(address).unary_unary(
            f"/{method}",
            request_serializer=request_class.SerializeToString,
            response_deserializer=response_class.FromString,
        )(request, metadata=metadata, timeout=timeout)

    def reason(self, error):
        """The reason that a refusal states, with its text."""
        trailers = dict(error.trailing_metadata() or ())
        status = self.details.message("google.rpc.Status").FromString(trailers.get("grpc-status-details-bin", b""))
        for packed in status.details:
            detail = self.details.message(packed.TypeName()).FromString(packed.value)
            if detail.DESCRIPTOR.name == "ErrorInfo":
                return f"{detail.reason}: {error.details()}"
        return error.details()

    def repeatedly(self, method, request, rng, login=None, request_id="", trace=""):
        """Calls until there is an answer or a refusal that will not pass: (answer or None, code, reason, attempts)."""
        service = method.split(".")[1]
        attempts = 0
        unauthenticated = 0
        end = time.monotonic() + PATIENCE
        while True:
            attempts += 1
            token = self.people[login].token(rng) if login else None
            address = rng.choice(self.stage.targets(service))
            try:
                answer = self.once(method, request, address, token, request_id, trace)
                return answer, "OK", "", attempts
            except grpc.RpcError as error:
                code = error.code()
                if code == grpc.StatusCode.UNAUTHENTICATED and login and unauthenticated < 5:
                    # The process may not know the newest key yet, or the session was ended.
                    unauthenticated += 1
                    self.people[login].forget(token)
                elif code not in REPEATABLE:
                    return None, code.name, self.reason(error), attempts
                if time.monotonic() > end:
                    return None, f"GAVE_UP_{code.name}", self.reason(error), attempts
            if self.stopping.wait(min(2.0, 0.1 * 2 ** min(attempts, 5)) * (0.5 + rng.random() / 2)):
                # Even at the end of the run the outcome has to become known; everything heals by then.
                time.sleep(0.2)

    def admissions(self, rng):
        """How every process takes the tokens of those whom the run admits and shuts out.

        Each is process, login, the code that is wanted and the code that came: a token that was revoked and has not
        run out must be refused everywhere, a fresh one be taken.
        """
        found = []
        calls = {
            "directory": ("zhitongche.directory.v1.DirectoryService/WhoAmI", "directory.v1.WhoAmIRequest"),
            "policy": ("zhitongche.policy.v1.PolicyService/ListTags", "policy.v1.ListTagsRequest"),
            "project": (
                "zhitongche.project.v1.ProjectService/ListLightRules",
                "project.v1.ListLightRulesRequest",
            ),
            "assessment": (
                "zhitongche.assessment.v1.AssessmentService/ListIndicators",
                "assessment.v1.ListIndicatorsRequest",
            ),
            "notification": (
                "zhitongche.notification.v1.NotificationService/ListInbox",
                "notification.v1.ListInboxRequest",
            ),
            "enterprise": (
                "zhitongche.enterprise.v1.EnterpriseService/ListEnterprises",
                "enterprise.v1.ListEnterprisesRequest",
            ),
            "appeal": (
                "zhitongche.appeal.v1.AppealService/ListDeadlineRules",
                "appeal.v1.ListDeadlineRulesRequest",
            ),
        }
        for person in [person for person in self.people.values() if person.is_staff_of_run]:
            tokens = [("UNAUTHENTICATED", token) for token, until in person.revoked if until > time.time() + 20]
            if person.is_active:
                tokens.append(("OK", person.token(rng)))
            for name, program in self.stage.replicas.items():
                method, request = calls[program.service]
                for wanted, token in tokens:
                    try:
                        self.once(method, self.message(request), program.address, token)
                        code = "OK"
                    except grpc.RpcError as error:
                        # What the roles allow is another question than whether the token counts.
                        code = "OK" if error.code() == grpc.StatusCode.PERMISSION_DENIED else error.code().name
                    found.append((name, person.login, wanted, code))
        return found

    def read(self, method, request, rng, login=None):
        """A query; not in the ledger. None when it was refused."""
        return self.repeatedly(method, request, rng, login)[0]

    def command(self, actor, method, request, rng, login=None):
        """A command with an entry before and one after: (answer or None, reason)."""
        method = f"zhitongche.{method}"
        trace = f"{rng.getrandbits(128) | 1:032x}"
        request_id = getattr(request, "request_id", "") or f"call-{rng.getrandbits(96):024x}"
        number = self.ledger.note(
            "sent", actor=actor, method=method, request_id=request_id, trace=trace, login=login or "",
            request=request.SerializeToString(deterministic=True).hex(),
        )  # fmt: skip
        twin = self._twin(number, method, request, rng, login, request_id, trace)
        answer, code, reason, attempts = self.repeatedly(method, request, rng, login, request_id, trace)
        twin.join()
        self.ledger.note(
            "answer", of=number, code=code, reason=reason, attempts=attempts,
            answer=None if answer is None else answer.SerializeToString(deterministic=True).hex(),
        )  # fmt: skip
        if answer is not None and getattr(request, "request_id", ""):
            self._again(number, method, request, rng, login, request_id, trace)
        return answer, reason

    def _twin(self, number, method, request, rng, login, request_id, trace):
        """Now and then the same command is on its way twice at once; one of the two has to wait."""
        own = random.Random(rng.getrandbits(64))

        def send():
            answer, code, reason, _ = self.repeatedly(method, request, own, login, request_id, trace)
            self.note_repeat(number, False, answer, code, reason)

        # The answers that are shown only once cannot be told apart from a lost one.
        is_wanted = rng.random() < 0.05 and getattr(request, "request_id", "") and not method.endswith(ONCE)
        thread = threading.Thread(target=send if is_wanted else lambda: None)
        thread.start()
        return thread

    def note_repeat(self, number, changed, answer, code, reason):
        self.ledger.note(
            "repeat", of=number, changed=changed, code=code, reason=reason,
            answer=None if answer is None else answer.SerializeToString(deterministic=True).hex(),
        )  # fmt: skip

    def _again(self, number, method, request, rng, login, request_id, trace):
        """Now and then the same command comes again, or another one under its identifier."""
        chance = rng.random()
        if chance >= 0.1:
            return
        changed = type(request)()
        changed.CopyFrom(request)
        if chance < 0.02:
            change(changed, rng)
        answer, code, reason, _ = self.repeatedly(method, changed, rng, login, request_id, trace)
        self.note_repeat(number, changed != request, answer, code, reason)


TEXTS = ("reason", "name", "display_name", "subject", "text")


def change(request, rng):
    """Changes one text or number of a request, whatever it is, and keeps its identifier."""
    for field in request.DESCRIPTOR.fields:
        if field.type == field.TYPE_STRING and not field.is_repeated and field.name in TEXTS:
            setattr(request, field.name, getattr(request, field.name) + "。")
            return
    for field in request.DESCRIPTOR.fields:
        if field.name == "version":
            request.version += 1
            return
    if hasattr(request, "enterprise_id"):
        request.enterprise_id = f"01900000-0000-7000-8000-{rng.getrandbits(48):012x}"
    elif hasattr(request, "message_ids"):
        request.message_ids.append(f"01900000-0000-7000-8000-{rng.getrandbits(48):012x}")
    else:
        change_within(request)


def change_within(message):
    """Changes the first number or, where a message has none, the first text; tells whether there was one."""
    inner = [field for field in message.DESCRIPTOR.fields if field.message_type and not field.is_repeated]
    for field in message.DESCRIPTOR.fields:
        if field.cpp_type in (field.CPPTYPE_INT32, field.CPPTYPE_INT64) and not field.is_repeated:
            setattr(message, field.name, getattr(message, field.name) + 1)
            return True
    if any(message.HasField(field.name) and change_within(getattr(message, field.name)) for field in inner):
        return True
    for field in message.DESCRIPTOR.fields:
        if field.type == field.TYPE_STRING and not field.is_repeated and field.name != "request_id":
            setattr(message, field.name, getattr(message, field.name) + "。")
            return True
    return False


class Person:
    """Somebody who logs in, and again before the token runs out."""

    def __init__(self, callers, login, password, secret, enterprise):
        self.callers = callers
        self.login = login
        self.password = password
        self.secret = secret
        self.enterprise = enterprise
        self.account_id = ""
        # Somebody whom the run itself admits and shuts out; when shut out, the tokens of before.
        self.is_staff_of_run = False
        self.is_active = True
        self.revoked = []
        self._token = None
        self._until = 0
        self._lock = threading.Lock()

    def token(self, rng):
        with self._lock:
            if time.time() > self._until - 150:
                self._log_in(rng)
            return self._token

    def forget(self, token):
        """The token was refused; a new one is taken unless somebody did so meanwhile."""
        with self._lock:
            if token == self._token:
                self._until = 0

    def shut_out(self):
        """The account was disabled or enabled: tokens of before count no longer."""
        self.is_active = not self.is_active
        self.change()

    def change(self):
        """The account's rights were changed: tokens of before count no longer."""
        with self._lock:
            if self._token:
                self.revoked.append((self._token, self._until))
            self._token, self._until = None, 0

    def _log_in(self, rng):
        method = "zhitongche.directory.v1.DirectoryService/Login"
        end = time.monotonic() + PATIENCE
        while True:
            request = self.callers.message(
                "directory.v1.LoginRequest", login=self.login, password=self.password, enterprise_id=self.enterprise
            )
            if self.secret:
                request.totp = one_time_code(self.secret, time.time())
            identifier = f"login-{rng.getrandbits(96):024x}"
            try:
                answer = self.callers.once(
                    method, request, rng.choice(self.callers.stage.targets("directory")), request_id=identifier,
                    timeout=30,
                )  # fmt: skip
                self._token = answer.session.access_token
                self._until = answer.session.access_expires_at.seconds
                self.account_id = answer.account.account_id
                self.callers.ledger.note("login", login=self.login, request_id=identifier)
                return
            except grpc.RpcError as error:
                pause = 0.5
                if error.code() == grpc.StatusCode.UNAUTHENTICATED and self.secret:
                    # A code counts once, and an attempt whose answer was lost has used it up.
                    pause = 30 - time.time() % 30 + 0.5
                elif error.code() not in REPEATABLE:
                    self.callers.ledger.note("login-refused", login=self.login, code=error.code().name)
                if time.monotonic() > end:
                    raise Stopped(f"{self.login} cannot log in: {error.code().name} {error.details()}") from error
            time.sleep(pause)
