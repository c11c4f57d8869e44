"""Random commands of people against all services; every actor owns what it changes, so no race explains a refusal."""

import threading
import traceback
import uuid

from .callers import Stopped
from .ledger import stream

POLICY = "policy.v1.PolicyService"
ENTERPRISE = "enterprise.v1.EnterpriseService"
DIRECTORY = "directory.v1.DirectoryService"
NOTIFICATION = "notification.v1.NotificationService"
APPEAL = "appeal.v1.AppealService"
PROJECT = "project.v1.ProjectService"
ASSESSMENT = "assessment.v1.AssessmentService"
# So many points of one actor are in force at most: every change of an enterprise is held against all of them.
IN_FORCE = 6
STEWARD, DRAFTER, PUBLISHER = "gongxinju.shuju", "zhihuibu.jingban", "zhihuibu.fabu"
DOCUMENT_UNIT = "taian-shigongyejingjifazhangongjianzhihuibu"


class Actor(threading.Thread):
    """Somebody who gives one command after the other."""

    def __init__(self, name, world, pause):
        super().__init__(name=name, daemon=True)
        self.world = world
        self.callers = world.callers
        # The choices have a stream of their own; retries, whose number is not foreseeable, draw from another.
        self.rng = stream(world.seed, f"actor.{name}")
        self.ways = stream(world.seed, f"ways.{name}")
        self.pause = pause
        self.failure = None

    def run(self):
        try:
            while not self.world.stopping.is_set():
                self.step()
                self.world.stopping.wait(self.rng.expovariate(1 / self.pause))
        except Stopped as stopped:
            self.failure = str(stopped)
        except Exception:
            self.failure = traceback.format_exc()
            self.callers.ledger.note("actor-failed", actor=self.name, failure=self.failure)

    def step(self):
        raise NotImplementedError

    def new_id(self):
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def command(self, service, method, login, /, **fields):
        """Gives a command with a request identifier of its own and returns the answer, None when it was refused."""
        package = service.rpartition(".")[0]
        request = self.callers.message(f"{package}.{method}Request", request_id=self.new_id(), **fields)
        answer, _ = self.callers.command(self.name, f"{service}/{method}", request, self.ways, login)
        return answer

    def query(self, service, method, login, /, **fields):
        package = service.rpartition(".")[0]
        request = self.callers.message(f"{package}.{method}Request", **fields)
        return self.callers.read(f"zhitongche.{service}/{method}", request, self.ways, login)


class PolicyActor(Actor):
    """Writes points, has them published by a second person, revises and withdraws them."""

    def __init__(self, name, world, pause):
        super().__init__(name, world, pause)
        self.document = None
        # Of each point: identifier, version, revision in work or None, whether one is in force.
        self.points = []
        self.count = 0

    def step(self):
        if self.document is None or self.rng.random() < 0.005:
            self._enter_document()
            return
        in_force = [point for point in self.points if point["in_force"]]
        chance = self.rng.random()
        if len(in_force) > IN_FORCE:
            self._withdraw(self.rng.choice(in_force))
        elif not self.points or (chance < 0.2 and len(self.points) < 400):
            self._draft()
        elif chance < 0.25 and in_force:
            self._withdraw(self.rng.choice(in_force))
        else:
            self._advance(self.rng.choice(self.points[-12:]))

    def _enter_document(self):
        self.count += 1
        document = self.callers.message(
            "policy.v1.Document", number=f"{self.name}-{self.world.seed}-{self.count}", title=f"文件 {self.count}",
            issuing_unit_ids=[DOCUMENT_UNIT], level=3, kind=1, issued_on={"year": 2020, "month": 4, "day": 17},
        )  # fmt: skip
        answer = self.command(POLICY, "CreateDocument", DRAFTER, document=document)
        if answer:
            self.document = answer.document.document_id

    def _content(self):
        """A content whose audience is told by a list that the ledger knows, or one of the data folder's."""
        content = type(self.world.templates[0])()
        content.CopyFrom(self.rng.choice(self.world.templates))
        self.count += 1
        content.title = f"{self.name} 第 {self.count} 项"
        if self.rng.random() < 0.7:
            content.ClearField("condition")
            content.condition.list.list = self.rng.choice(self.world.lists)
            content.ClearField("audience")
            content.audience.exact = True
        return content

    def _draft(self):
        answer = self.command(POLICY, "DraftPoint", DRAFTER, document_id=self.document, content=self._content())
        if answer:
            self.points.append(
                {"id": answer.point.point_id, "version": answer.point.version, "work": "draft", "in_force": False}
            )

    def _take(self, point, method, login, work, **fields):
        answer = self.command(POLICY, method, login, point_id=point["id"], version=point["version"], **fields)
        if answer:
            point["version"] = answer.point.version
            point["work"] = work
        return answer

    def _advance(self, point):
        chance = self.rng.random()
        if point["work"] == "draft":
            if chance < 0.25:
                self._take(point, "EditPoint", DRAFTER, "draft", content=self._content())
            else:
                self._take(point, "SubmitPoint", DRAFTER, "review")
        elif point["work"] == "review":
            if chance < 0.2:
                self._take(point, "ReturnPoint", PUBLISHER, "draft", reason="请补充材料")
            elif self._take(point, "PublishPoint", PUBLISHER, None):
                point["in_force"] = True
        elif point["in_force"]:
            self._take(point, "RevisePoint", DRAFTER, "draft")

    def _withdraw(self, point):
        answer = self.command(
            POLICY, "WithdrawPoint", PUBLISHER, point_id=point["id"], version=point["version"], reason="不再执行"
        )
        if answer:
            # The answer is the version that was withdrawn; its number of changes is the point's.
            point["version"] = answer.point.version
            point["in_force"] = False
            if point["work"] is None:
                self.points.remove(point)


class EnterpriseActor(Actor):
    """Records figures of enterprises and keeps lists; every actor has its own enterprises and lists."""

    def __init__(self, name, world, pause, enterprises, lists):
        super().__init__(name, world, pause)
        self.enterprises = enterprises
        self.lists = lists

    def step(self):
        if self.rng.random() < 0.6:
            self._record()
        else:
            self._list()

    def _record(self):
        one = self.rng.choice(self.enterprises)
        records = [
            {
                "attribute": self.rng.choice(["employees", "graduates.recruited"]),
                "value": {"integer": self.rng.randrange(1, 5000)},
                "period": {"start": {"year": 2020, "month": self.rng.randrange(1, 5), "day": 1}},
                # The source tells which command wrote the row.
                "source": f"{self.name}-{self.rng.getrandbits(64):016x}",
            }
        ]
        self.command(ENTERPRISE, "RecordAttributes", STEWARD, enterprise_id=one, records=records)

    def _list(self):
        some = self.rng.sample(self.enterprises, self.rng.randrange(1, 8))
        self.command(
            ENTERPRISE, "SetListMembership", STEWARD, list=self.rng.choice(self.lists), enterprise_ids=some,
            member=self.rng.random() < 0.6, reason="名录调整",
        )  # fmt: skip


class NotificationActor(Actor):
    """Keeps rules of its own kinds, switched on and off."""

    def __init__(self, name, world, pause):
        super().__init__(name, world, pause)
        self.rules = []

    def step(self):
        if len(self.rules) < 4:
            number = len(self.rules)
            rule = self._rule(f"{self.name}-{number}", number)
            answer = self.command(NOTIFICATION, "SetRule", "administrator", rule=rule)
            if answer:
                self.rules.append(answer.rule)
            return
        number = self.rng.randrange(len(self.rules))
        rule = self._rule(self.rules[number].rule_id, number)
        rule.version = self.rules[number].version
        rule.enabled = self.rng.random() < 0.5
        answer = self.command(NOTIFICATION, "SetRule", "administrator", rule=rule)
        if answer:
            self.rules[number] = answer.rule

    def _rule(self, rule_id, number):
        event = "AudienceClosed" if number % 2 == 0 else "AudienceMemberChanged"
        return self.callers.message(
            "notification.v1.Rule", rule_id=rule_id, event_type=f"zhitongche.enterprise.v1.{event}",
            kind=f"fault.{number // 2}", channels=[1], title={"zh": "通知 {{title}}", "en": "Notice {{title}}"},
            body={"zh": f"第 {self.rng.randrange(1000)} 版", "en": "body"}, enabled=True,
        )  # fmt: skip
