"""Cases of appeal: enterprises ask, complain and rate; units report problems; offices and units handle them."""

import dataclasses

from .people import Registering
from .workload import APPEAL, NOTIFICATION

KINDS = {"appeal": 1, "enquiry": 2, "problem": 3, "complaint": 4}
OFFICE_DESK = 2
OPEN, ANSWERED, CLOSED = 1, 2, 3
# Cases of one actor that are under way at most.
UNDER_WAY = 10


@dataclasses.dataclass(frozen=True)
class Offices:
    """Who works on the cases of a place: its dispatcher, its supervisor, and units with their posts."""

    region: str
    dispatcher: str
    # Empty where the data folder has no such post; then nothing is done that only a supervisor could end.
    supervisor: str
    handlers: dict


TAIAN = Offices(
    "370900", "zhihuibu.diaodu", "",
    {"taian-shirensheju": "rensheju.jingban", "taian-shishangwuju": "shangwuju.jingban"},
)  # fmt: skip
LANSHAN = Offices(
    "371302", "lanshan.diaodu", "lanshan.duban",
    {"lanshan-qufagaiju": "lanshan.fagai", "lanshan-qugongxinju": "lanshan.gongxin"},
)  # fmt: skip
COMPLAINED_UNIT = "taian-shigongyehexinxihuaju"


class CaseWork:
    """The cases of one actor; every call takes one of them a step further."""

    def __init__(self, actor, offices):
        self.actor = actor
        self.rng = actor.rng
        self.offices = offices
        # Of each case: the last answer, the applicant's login, its open order, whether a low mark waits, and whether
        # the office's assignment binds.
        self.under_way = []
        self.count = 0

    @property
    def is_full(self):
        return len(self.under_way) >= UNDER_WAY

    def submit(self, applicant, kind, **fields):
        self.count += 1
        content = {"title": f"{self.actor.name} 第 {self.count} 件", "text": "请协调解决，材料已齐备。"}
        answer = self.actor.command(
            APPEAL, "SubmitCase", applicant, kind=KINDS[kind], content=content, region_code=self.offices.region,
            **fields,
        )  # fmt: skip
        if answer:
            case = getattr(answer, "case")
            self.under_way.append({"case": case, "by": applicant, "order": None, "low": False, "binding": False})

    def advance(self):
        if not self.under_way:
            return
        one = self.rng.choice(self.under_way)
        if one["order"] is not None and self.rng.random() < 0.4:
            self._supervise(one)
            return
        steps = {
            1: self._submitted, 3: self._accepted, 4: self._assigned, 5: self._in_handling,
            6: self._waiting_for_applicant, 7: self._waiting_for_higher_level, 8: self._replied, 9: self._resolved,
            10: self._rated,
        }  # fmt: skip
        steps[one["case"].state](one)
        if one["case"].state not in steps:
            # Refused, written off or withdrawn: nothing follows.
            self.under_way.remove(one)

    def _take(self, one, method, login, **fields):
        case = one["case"]
        answer = self.actor.command(APPEAL, method, login, case_id=case.case_id, version=case.version, **fields)
        if answer:
            one["case"] = getattr(answer, "case")
        return answer

    def _handler(self, one):
        return self.offices.handlers[one["case"].unit_id]

    def _submitted(self, one):
        chance = self.rng.random()
        if chance < 0.12:
            content = {"title": one["case"].content.title, "text": f"补充说明 {self.rng.randrange(1000)}"}
            self._take(one, "EditCase", one["by"], content=content)
        elif chance < 0.18:
            self._take(one, "RefuseCase", self.offices.dispatcher, reason="不属于受理范围", right_place="市信访局")
        elif chance < 0.24:
            self._take(one, "WithdrawCase", one["by"], reason="已自行解决")
        else:
            self._take(one, "AcceptCase", self.offices.dispatcher)

    def _accepted(self, one):
        is_office = one["case"].desk == OFFICE_DESK
        login = self.offices.supervisor if is_office else self.offices.dispatcher
        if self._take(one, "AssignCase", login, unit_id=self.rng.choice(sorted(self.offices.handlers))):
            one["binding"] = is_office

    def _assigned(self, one):
        chance = self.rng.random()
        # The third return lays a case on the supervisor's desk.
        may_return = not one["binding"] and (self.offices.supervisor or one["case"].returns < 2)
        if chance < 0.25 and may_return:
            self._take(one, "ReturnCase", self._handler(one), reason="不属于本单位职责")
        elif chance < 0.35:
            other = next(unit for unit in sorted(self.offices.handlers) if unit != one["case"].unit_id)
            self._take(one, "TransferCase", self._handler(one), unit_id=other, reason="由主管单位办理")
        else:
            self._take(one, "TakeUpCase", self._handler(one))

    def _in_handling(self, one):
        chance = self.rng.random()
        if chance < 0.2:
            self._take(one, "AskApplicant", self._handler(one), question="请补充近三个月的社保缴费记录。")
        elif chance < 0.3:
            self._take(one, "AddComment", self._handler(one), text="已联系申请人。")
        elif chance < 0.4 and self.offices.supervisor:
            self._take(one, "EscalateCase", self._handler(one), reason="需上级明确政策口径")
        elif chance < 0.55 and self.offices.supervisor and one["order"] is None:
            answer = self.actor.command(
                APPEAL, "IssueSupervision", self.offices.supervisor, case_id=one["case"].case_id,
                version=one["case"].version, ground=2, demand="限期办结", days=5,
            )  # fmt: skip
            if answer:
                one["order"] = answer.supervision
        else:
            self._take(one, "ReplyCase", self._handler(one), text="已按规定办理，请登录平台查看。")

    def _waiting_for_applicant(self, one):
        self._take(one, "SupplyInformation", one["by"], text="材料已补充。")

    def _waiting_for_higher_level(self, one):
        self._take(one, "DecideCase", self.offices.supervisor, decision="同意按此办理")

    def _replied(self, one):
        chance = self.rng.random()
        if chance < 0.45:
            self._take(one, "ResolveCase", self._handler(one), note="已办结")
        else:
            self._rate_or_reopen(one, chance > 0.85)

    def _resolved(self, one):
        self._rate_or_reopen(one, self.rng.random() > 0.85)

    def _rate_or_reopen(self, one, reopens):
        if reopens and one["case"].round < 3:
            self._take(one, "ReopenCase", one["by"], reason="问题没有解决")
            return
        # A low mark opens a rectification, which only a supervisor closes.
        mark = self.rng.randrange(1 if self.offices.supervisor else 3, 6)
        if self._take(one, "RateCase", one["by"], mark=mark, words="感谢"):
            one["low"] |= mark <= 2

    def _rated(self, one):
        if not one["case"].HasField("resolved_at"):
            self._take(one, "ResolveCase", self._handler(one), note="已办结")
        elif one["order"] is not None:
            self._supervise(one)
        elif one["low"]:
            self._rectify(one)
        else:
            self._take(one, "WriteOffCase", self.offices.dispatcher)

    def _supervise(self, one):
        order = one["order"]
        which = {"supervision_id": order.supervision_id, "version": order.version}
        if order.state == OPEN:
            login = self.offices.handlers[order.unit_id]
            answer = self.actor.command(APPEAL, "AnswerSupervision", login, **which, answer="已加快办理。")
        elif self.rng.random() < 0.2:
            answer = self.actor.command(
                APPEAL, "ReturnSupervisionAnswer", self.offices.supervisor, **which, reason="措施不具体"
            )
        else:
            answer = self.actor.command(APPEAL, "CloseSupervision", self.offices.supervisor, **which)
        if answer:
            one["order"] = None if answer.supervision.state == CLOSED else answer.supervision

    def _rectify(self, one):
        """Takes the rectification that a low mark opened a step further; its identifier stands in the list alone."""
        listed = self.actor.query(APPEAL, "ListRectifications", self.offices.supervisor, page_size=200)
        if listed is None:
            return
        mine = [found for found in listed.rectifications if found.case_id == one["case"].case_id]
        found = next((found for found in mine if found.state != CLOSED), None)
        if found is None:
            one["low"] = not mine
            return
        which = {"rectification_id": found.rectification_id, "version": found.version}
        if found.state == OPEN:
            login = self.offices.handlers[found.unit_id]
            self.actor.command(APPEAL, "AnswerRectification", login, **which, measures="已整改到位。")
        elif self.rng.random() < 0.2:
            self.actor.command(
                APPEAL, "DecideRectification", self.offices.supervisor, **which, accepted=False, reason="未见成效"
            )
        else:
            self.actor.command(APPEAL, "DecideRectification", self.offices.supervisor, **which, accepted=True)


class ApplicantActor(Registering):
    """Users of enterprises who appeal, ask and complain, and those who handle what they sent."""

    def __init__(self, name, world, pause, rows):
        super().__init__(name, world, pause, rows, most=4)
        self.work = CaseWork(self, TAIAN)

    def step(self):
        if self.wants_user():
            self.register()
        elif not self.users:
            return
        elif self.rng.random() < 0.05:
            self.query(NOTIFICATION, "ListInbox", self.rng.choice(self.users)["login"], page_size=20)
        elif not self.work.is_full and self.rng.random() < 0.3:
            self._submit(self.rng.choice(self.users)["login"])
        else:
            self.work.advance()

    def _submit(self, login):
        kind = self.rng.choice(["appeal", "enquiry", "complaint"])
        fields = {}
        if kind == "appeal":
            fields = {"named_unit_id": self.rng.choice(sorted(TAIAN.handlers))}
        elif kind == "complaint":
            fields = {"complained_unit_id": COMPLAINED_UNIT, "anonymous": self.rng.random() < 0.5}
        self.work.submit(login, kind, **fields)
