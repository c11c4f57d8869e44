"""DIR-6, rule 18: signing keys are replaced while everybody works, and a key that is out is out everywhere."""

import base64
import json
import threading
import time

import grpc

from installation import eventually

DIRECTORY = "zhitongche.directory.v1.DirectoryService"
READINGS = {
    "directory": (f"{DIRECTORY}/WhoAmI", "directory.v1.WhoAmIRequest", {}),
    "policy": ("zhitongche.policy.v1.PolicyService/ListPoints", "policy.v1.ListPointsRequest", {"page_size": 1}),
    "enterprise": (
        "zhitongche.enterprise.v1.EnterpriseService/ListEnterprises",
        "enterprise.v1.ListEnterprisesRequest",
        {"page_size": 1},
    ),
    "project": ("zhitongche.project.v1.ProjectService/ListLightRules", "project.v1.ListLightRulesRequest", {"page_size": 1}),
    "notification": (
        "zhitongche.notification.v1.NotificationService/ListInbox",
        "notification.v1.ListInboxRequest",
        {"page_size": 1},
    ),
    "assessment": (
        "zhitongche.assessment.v1.AssessmentService/ListIndicators",
        "assessment.v1.ListIndicatorsRequest",
        {"page_size": 1},
    ),
    "appeal": (
        "zhitongche.appeal.v1.AppealService/ListDeadlineRules",
        "appeal.v1.ListDeadlineRulesRequest",
        {"page_size": 1},
    ),
}


def key_of(token):
    header = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]


class Traffic:
    """One caller for each service, with the newest token there is, and one who gets a new token all the time."""

    def __init__(self, client, session):
        self.client = client
        self.session = session
        self.failures = []
        self.calls = dict.fromkeys(READINGS, 0)
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self._read, args=(name,), daemon=True) for name in READINGS]
        self.threads.append(threading.Thread(target=self._refresh, daemon=True))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join(20)

    def read(self, service, token, channel=None):
        name, request, fields = READINGS[service]
        return self.client.call(name, self.client.request(request, **fields), token, channel=channel)

    def _read(self, service):
        with self.client.channel(service) as channel:
            while not self.is_over.is_set():
                token = self.session.access_token
                try:
                    self.read(service, token, channel)
                    self.calls[service] += 1
                except grpc.RpcError as error:
                    self.failures.append((service, key_of(token), error.code(), error.details()))
                self.is_over.wait(0.02)

    def _refresh(self):
        with self.client.channel("directory") as channel:
            while not self.is_over.wait(0.25):
                request = self.client.request(
                    "directory.v1.RefreshSessionRequest", refresh_token=self.session.refresh_token
                )
                try:
                    self.session = self.client.call(f"{DIRECTORY}/RefreshSession", request, channel=channel).session
                except grpc.RpcError as error:
                    self.failures.append(("refresh", "", error.code(), error.details()))
                    return


def test_two_rotations_under_traffic_and_a_key_that_is_out(client, installation):
    accounts = json.loads(installation.secret("accounts.json"))
    entry = next(entry for entry in accounts if entry["login"] == "gongxinju.shuju")
    session = client.call(
        f"{DIRECTORY}/Login",
        client.request("directory.v1.LoginRequest", login=entry["login"], password=entry["password"]),
    ).session
    first = session.access_token

    def rotate():
        told = installation.ztc("keys", "rotate").stdout
        assert "signed by the root key" in told, told
        return told.split("new key: ", 1)[1].split()[0]

    seen = {key_of(first)}
    with Traffic(client, session) as traffic:
        for _ in range(2):
            new = rotate()
            assert new not in seen
            eventually(lambda new=new: key_of(traffic.session.access_token) == new)
            seen.add(new)
            before = dict(traffic.calls)
            eventually(lambda before=before: all(traffic.calls[name] > before[name] + 20 for name in READINGS))
    assert traffic.failures == []
    assert all(count > 40 for count in traffic.calls.values()), traffic.calls

    # The oldest token outlives both rotations.
    for service in READINGS:
        traffic.read(service, first)

    # Its key's time is over, eleven minutes early: the next set leaves it out, and every service refuses it.
    installation.query(
        "UPDATE directory.signing_key SET accepted_until = clock_timestamp() - interval '1 second'"
        f" WHERE id = '{key_of(first)}'"
    )
    start = time.monotonic()
    rotate()
    for service in READINGS:

        def refused(service=service):
            try:
                traffic.read(service, first)
            except grpc.RpcError as error:
                return error.code() == grpc.StatusCode.UNAUTHENTICATED
            return False

        eventually(refused)
        traffic.read(service, traffic.session.access_token)
    # Long before it would have gone by itself.
    assert time.monotonic() - start < 300
    assert key_of(first) not in installation.ztc("keys").stdout
