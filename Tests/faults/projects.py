"""Information, leads, projects, pre-assessments, and problems of projects."""

import datetime

from .cases import LANSHAN, CaseWork
from .workload import PROJECT, Actor

UNIT, POST = "lanshan-jixiezhizaozhuanban", "lanshan.jixie"
OFFICE = "lanshan.diaodu"
BUREAUS = {
    "lanshan-qushangwuju": "lanshan.jingban",
    "lanshan-qufagaiju": "lanshan.fagai",
    "lanshan-qukejiju": "lanshan.keji",
    "lanshan-qugongxinju": "lanshan.gongxin",
    "lanshan-qucaizhengju": "lanshan.caizheng",
    "lanshan-quziranziyuanju": "lanshan.ziran",
    "lanshan-lanshanguihuafenju": "lanshan.guihua",
}
# The one that combines the opinions, and reports leads.
INVESTMENT_BUREAU = "lanshan-qushangwuju"
OUTSIDE = 1
ACTIVE, SUSPENDED, TERMINATED = 1, 2, 3
IN_PRODUCTION = 6
# Kinds of evidence by the stage that they prove.
EVIDENCE = {2: [1], 3: [2], 4: [3, 4, 5], 5: [6], 6: [7]}
# So many leads, items and projects are worked on at most.
UNDER_WAY = 8
# A Monday; weekly reports begin here, months before the present day, so that there are some to be made.
REPORTS_FROM = datetime.date(2020, 1, 6)


def wire(day):
    return {"year": day.year, "month": day.month, "day": day.day}


def day_of(timestamp):
    """The date in Asia/Shanghai, which has no summer time."""
    return datetime.datetime.fromtimestamp(timestamp.seconds, datetime.timezone(datetime.timedelta(hours=8))).date()


class ProjectActor(Actor):
    """Everybody who works on the projects of one unit; it owns them all."""

    def __init__(self, name, world, pause):
        super().__init__(name, world, pause)
        self.information = []
        self.leads = []
        # Of each project: the last answer, the Monday of the next report, completed fen, pre-assessment in work.
        self.projects = []
        self.work = CaseWork(self, LANSHAN)
        self.count = 0

    def step(self):
        chance = self.rng.random()
        if chance < 0.3:
            self._problem()
        elif chance < 0.4:
            self._inform()
        elif chance < 0.55 or not self.projects:
            self._lead()
        elif chance < 0.7:
            self._assess(self.rng.choice(self.projects))
        else:
            self._project(self.rng.choice(self.projects))

    def _problem(self):
        if self.work.is_full or self.rng.random() > 0.3:
            self.work.advance()
            return
        ties = self.projects and self.rng.random() < 0.7
        project = self.rng.choice(self.projects)["project"].project_id if ties else ""
        self.work.submit(POST, "problem", applicant_unit_id=UNIT, project_id=project)

    # ── information and leads

    def _inform(self):
        if not self.information or (len(self.information) < UNDER_WAY and self.rng.random() < 0.4):
            self.count += 1
            answer = self.command(
                PROJECT, "FileInformation", POST, information_class=3, collector=2, unit_id=UNIT,
                subject=f"{self.name} 信息 {self.count}", content="拟新建生产线",
            )  # fmt: skip
            if answer:
                self.information.append(answer.information)
            return
        number = self.rng.randrange(len(self.information))
        one = self.information[number]
        which = {"information_id": one.information_id, "version": one.version}
        if one.state == 1:
            answer = self.command(
                PROJECT, "SortInformation", OFFICE, **which, information_class=3, handling_unit_id=UNIT
            )
        elif one.state == 2:
            answer = self.command(PROJECT, "DisposeInformation", POST, **which, disposal="已对接企业")
        else:
            answer = self.command(PROJECT, "FeedBackInformation", OFFICE, **which, feedback="已列入线索")
        if answer and answer.information.state == 4:
            self.information.pop(number)
        elif answer:
            self.information[number] = answer.information

    def _lead(self):
        if not self.leads or (len(self.leads) < UNDER_WAY and self.rng.random() < 0.4):
            self._report_lead()
            return
        number = self.rng.randrange(len(self.leads))
        lead = self.leads[number]
        chance = self.rng.random()
        which = {"lead_id": lead.lead_id, "version": lead.version}
        if lead.state == 4:
            if len(self.projects) < UNDER_WAY:
                self._create(self.leads.pop(number))
            return
        if chance < 0.08:
            answer = self.command(PROJECT, "CloseLead", OFFICE, **which, reason="投资人放弃")
        elif chance < 0.15:
            answer = self.command(PROJECT, "MoveLead", OFFICE, **which, unit_id=UNIT, reason="符合园区布局")
        elif lead.state == 1:
            answer = self.command(PROJECT, "RecommendLead", OFFICE, **which, unit_ids=[UNIT])
        else:
            answer = self.command(PROJECT, "TakeLead", POST, **which, unit_id=UNIT)
        if answer and answer.lead.state == 7:
            self.leads.pop(number)
        elif answer:
            self.leads[number] = answer.lead

    def _report_lead(self):
        self.count += 1
        fen = self.rng.randrange(1, 200) * 100_000_000
        content = {
            "investor": f"{self.name} 投资人 {self.count}", "industry": "34",
            "investment": {"total": {"fen": fen}, "domestic": {"fen": fen}}, "requirements": "用地 60 亩",
            "region": LANSHAN.region, "origin": "行业展会洽谈",
        }  # fmt: skip
        answer = self.command(
            PROJECT, "ReportLead", BUREAUS[INVESTMENT_BUREAU], source=4, unit_id=INVESTMENT_BUREAU, content=content
        )
        if answer:
            self.leads.append(answer.lead)

    # ── projects

    def _create(self, lead):
        profile = {
            "name": f"{lead.content.investor} 项目", "unit_id": UNIT, "region": LANSHAN.region, "site": "兰山工业园",
            "investor": lead.content.investor, "source": 1, "nature": 1, "investment": lead.content.investment,
            "size": 3, "industry": lead.content.industry, "industry_group": "高端装备制造", "chain_role": 3,
        }  # fmt: skip
        answer = self.command(
            PROJECT, "CreateProject", POST, lead_id=lead.lead_id, lead_version=lead.version, profile=profile
        )
        if answer:
            self.projects.append(
                {"project": answer.project, "monday": REPORTS_FROM, "fen": 0, "assessment": None, "assessed": False}
            )

    def _take(self, one, method, login, **fields):
        project = one["project"]
        answer = self.command(
            PROJECT, method, login, project_id=project.project_id, version=project.version, **fields
        )
        if answer and method != "SubmitReport":
            one["project"] = answer.project
        return answer

    def _project(self, one):
        project = one["project"]
        chance = self.rng.random()
        today = day_of(project.registered_at)
        if project.status == SUSPENDED:
            if self._take(one, "ResumeProject", POST) and project.HasField("plan"):
                # No report is due for the time in which it rested; a plan that is yet to come begins where it says.
                one["monday"] = max(one["monday"], today - datetime.timedelta(days=today.weekday()))
        elif chance < 0.05:
            self._take(one, "SuspendProject", POST, reason="等待用地")
        elif chance < 0.07:
            if self._take(one, "TerminateProject", POST, reason="投资人撤资"):
                self.projects.remove(one)
        elif project.library == OUTSIDE and chance < 0.4:
            self._take(one, "AdmitProject", OFFICE, fits_plan=True, fits_industry=True, fits_park=True)
        elif not project.HasField("plan"):
            self._plan(one)
        elif chance < 0.6 and one["monday"] <= today:
            self._report(one)
        elif chance < 0.65:
            self._reach(one, today)
        elif project.stage < IN_PRODUCTION:
            self._advance(one, today)
        elif one["monday"] > today or chance > 0.9:
            # It produces, which is the end of its way.
            self.projects.remove(one)

    def _plan(self, one):
        milestones = [
            {"name": name, "due_on": {"year": 2020, "month": 12, "day": day}, "unit_id": UNIT, "post": "经办岗"}
            for day, name in [(1, "主体封顶"), (20, "设备安装")]
        ]
        plan = {"milestones": milestones, "cadence": 1, "reports_from": wire(REPORTS_FROM)}
        self._take(one, "SetPlan", POST, plan=plan)

    def _report(self, one):
        one_more = one["fen"] + self.rng.randrange(1, 1_000_000)
        period = {"start": wire(one["monday"]), "end": wire(one["monday"] + datetime.timedelta(days=7))}
        figures = {"completed": {"fen": one_more}, "domestic_in_place": {"fen": one_more // 2}}
        answer = self._take(one, "SubmitReport", POST, period=period, figures=figures, picture="桩基施工")
        if answer:
            one["project"].version = answer.report.project_version
            one["fen"] = one_more
            one["monday"] += datetime.timedelta(days=7)

    def _reach(self, one, today):
        left = [milestone for milestone in one["project"].plan.milestones if not milestone.HasField("reached_on")]
        if left:
            self._take(one, "ReachMilestone", POST, milestone=left[0].number, reached_on=wire(today))

    def _advance(self, one, today):
        stage = one["project"].stage + 1
        evidence = [
            {"kind": kind, "number": f"兰经〔2020〕{stage}{kind} 号", "dated": wire(today)} for kind in EVIDENCE[stage]
        ]
        self._take(one, "AdvanceProject", POST, stage=stage, entered_on=wire(today), evidence=evidence)

    # ── pre-assessments

    def _assess(self, one):
        assessment = one["assessment"]
        if assessment is None:
            if not one["assessed"] and one["project"].status == ACTIVE:
                self._request(one)
            return
        which = {"pre_assessment_id": assessment.pre_assessment_id, "version": assessment.version}
        silent = [opinion.bureau_unit_id for opinion in assessment.opinions if not opinion.opinion]
        if self.rng.random() < 0.02:
            answer = self.command(PROJECT, "WithdrawPreAssessment", POST, **which)
        elif silent:
            bureau = self.rng.choice(silent)
            opinion = self.rng.choice([1, 2])
            answer = self.command(
                PROJECT, "GiveOpinion", BUREAUS[bureau], **which, bureau_unit_id=bureau, opinion=opinion, text="意见"
            )
        else:
            answer = self.command(
                PROJECT, "CombinePreAssessment", BUREAUS[INVESTMENT_BUREAU], **which, result=2, text="原则同意"
            )
        if answer:
            one["assessment"] = answer.pre_assessment if answer.pre_assessment.state == 1 else None

    def _request(self, one):
        answer = self.command(
            PROJECT, "RequestPreAssessment", POST, project_id=one["project"].project_id, applicant_unit_id=UNIT,
            papers=[{"title": "项目建议书"}], truth_assured=True,
        )  # fmt: skip
        if answer:
            one["assessment"], one["assessed"] = answer.pre_assessment, True
