"""Targets, reported values, schemes and results of one tier."""

from .workload import ASSESSMENT, Actor

ASSESSOR, LEADING_GROUP = "kaohezu.kaohe", "zhihuibu.lingdao"
OWNER, DRAFTER, VERIFIER = "taian-shishangwuju", "shangwuju.jingban", "shangwuju.shenhe"
# Two are enough: every post more is a login more, which costs a second of computing.
REPORTERS = {"taian-taishanqu": "taishanqu.jingban", "taian-daiyuequ": "daiyuequ.jingban"}
# Units that handle cases, so that what their applicants say of them counts.
RATED = ["taian-shirensheju", "lanshan-qufagaiju"]
TIER = 10
MONTH = 1
YEARS = [2020, 2019, 2018]
REPORTED, VERIFIED, REOPENED = 1, 2, 3
DRAFT, IN_REVIEW, REVIEWED, APPROVED = 1, 2, 3, 4


class AssessmentActor(Actor):
    """Everybody who sets targets, reports, verifies and scores for one tier."""

    def __init__(self, name, world, pause):
        super().__init__(name, world, pause)
        self.settled = []
        self.figure, self.satisfaction = f"{name}-figure", f"{name}-satisfaction"
        self.indicators = {}
        self.scheme = None
        # What may still be reported: unit, year, month.
        self.unreported = [(unit, year, month) for year in YEARS for month in range(4, 0, -1) for unit in REPORTERS]
        self.values = []
        self.targets = []
        self.drafts = []
        self.published = {}
        self.count = 0

    def step(self):
        preparations = [self._define_figure, self._define_satisfaction, self._fill_tier, self._draft_scheme]
        if len(self.settled) < len(preparations):
            prepare = preparations[len(self.settled)]
            if prepare():
                self.settled.append(prepare.__name__)
            return
        chance = self.rng.random()
        if chance < 0.4:
            self._value()
        elif chance < 0.65:
            self._set_targets()
        elif chance < 0.72 or (self.scheme.revision == 1 and self.scheme.state == DRAFT):
            self._change_scheme()
        elif chance < 0.76:
            self._rename()
        else:
            self._result()

    # ── preparations

    def _indicator(self, identifier, **fields):
        self.count += 1
        indicator = {
            "indicator_id": identifier, "name": f"指标 {self.count}", "measure": "项", "direction": 1, "period": MONTH,
            "owner_unit_id": OWNER,
        }  # fmt: skip
        known = self.indicators.get(identifier)
        if known:
            indicator["version"] = known.version
        answer = self.command(ASSESSMENT, "SetIndicator", ASSESSOR, indicator=indicator | fields)
        if answer:
            self.indicators[identifier] = answer.indicator
        return answer

    def _define_figure(self):
        return self._indicator(self.figure, source=2, report_days=10)

    def _define_satisfaction(self):
        """Counted from the events of appeal."""
        return self._indicator(self.satisfaction, source=1, derivation=2, decimals=2)

    def _rename(self):
        if self.rng.random() < 0.5:
            self._define_figure()
        else:
            self._define_satisfaction()

    def _fill_tier(self):
        return self.command(ASSESSMENT, "ChangeTier", ASSESSOR, tier=TIER, added_unit_ids=[*REPORTERS, *RATED])

    def _content(self):
        self.count += 1
        share = self.rng.randrange(10, 91)
        nodes = [
            {
                "code": code, "name": code, "indicator_id": indicator, "weight": {"unscaled": weight},
                "function": {"completion": {"cap": {"unscaled": 120}}},
            }
            for code, indicator, weight in [
                ("figure", self.figure, share), ("satisfaction", self.satisfaction, 100 - share),
            ]
        ]  # fmt: skip
        return {"name": f"方案 {self.count}", "nodes": nodes, "verified_only": self.rng.random() < 0.5}

    def _draft_scheme(self):
        answer = self.command(ASSESSMENT, "DraftScheme", ASSESSOR, tier=TIER, content=self._content())
        if answer:
            self.scheme = answer.scheme
        return answer

    # ── the work

    def _change_scheme(self):
        which = {"scheme_id": self.scheme.scheme_id, "version": self.scheme.version}
        if self.scheme.state != DRAFT:
            answer = self.command(ASSESSMENT, "ReviseScheme", ASSESSOR, **which)
        elif self.rng.random() < 0.3:
            answer = self.command(ASSESSMENT, "EditScheme", ASSESSOR, **which, content=self._content())
        else:
            answer = self.command(ASSESSMENT, "PublishScheme", LEADING_GROUP, **which)
        if answer:
            self.scheme = answer.scheme

    def _value(self):
        if self.unreported and (not self.values or self.rng.random() < 0.4):
            unit, year, month = self.unreported.pop(0)
            answer = self.command(
                ASSESSMENT, "ReportValue", REPORTERS[unit], indicator_id=self.figure, unit_id=unit,
                period={"kind": MONTH, "year": year, "number": month}, value={"unscaled": self.rng.randrange(1000)},
            )  # fmt: skip
            if answer:
                self.values.append(answer.value)
            return
        number = self.rng.randrange(len(self.values))
        one = self.values[number]
        which = {"value_id": one.value_id, "version": one.version}
        if one.state == VERIFIED:
            answer = self.command(ASSESSMENT, "ReopenValue", VERIFIER, **which, reason="复核")
        elif self.rng.random() < 0.35:
            answer = self.command(
                ASSESSMENT, "ReviseValue", REPORTERS[one.unit_id], **which,
                value={"unscaled": self.rng.randrange(1000)}, reason="更正",
            )  # fmt: skip
        else:
            answer = self.command(
                ASSESSMENT, "VerifyValue", VERIFIER, **which, value={"unscaled": self.rng.randrange(1000)},
                reason="现场核实",
            )  # fmt: skip
        if answer:
            self.values[number] = answer.value

    def _target_content(self):
        rows = [{"unit_id": unit, "target": {"unscaled": self.rng.randrange(1, 1000)}} for unit in REPORTERS]
        total = sum(row["target"]["unscaled"] for row in rows)
        return {"method": {"set": {"total": {"unscaled": total}, "rows": rows, "source": "任务分解表"}}}

    def _set_targets(self):
        if len(self.targets) < len(YEARS) and (not self.targets or self.rng.random() < 0.2):
            answer = self.command(
                ASSESSMENT, "DraftTargets", DRAFTER, indicator_id=self.figure, year=YEARS[len(self.targets)],
                content=self._target_content(),
            )  # fmt: skip
            if answer:
                self.targets.append(answer.targets)
            return
        number = self.rng.randrange(len(self.targets))
        one = self.targets[number]
        chance = self.rng.random()
        which = {"targets_id": one.targets_id, "version": one.version}
        if one.state == DRAFT and chance < 0.3:
            answer = self.command(ASSESSMENT, "EditTargets", DRAFTER, **which, content=self._target_content())
        elif one.state == DRAFT:
            answer = self.command(ASSESSMENT, "SubmitTargets", DRAFTER, **which)
        elif one.state == APPROVED:
            answer = self.command(ASSESSMENT, "ReviseTargets", DRAFTER, **which, reason="任务调整")
        elif chance < 0.15:
            login = ASSESSOR if one.state == IN_REVIEW else LEADING_GROUP
            answer = self.command(ASSESSMENT, "ReturnTargets", login, **which, reason="请核对")
        elif one.state == IN_REVIEW:
            answer = self.command(ASSESSMENT, "ReviewTargets", ASSESSOR, **which)
        else:
            answer = self.command(ASSESSMENT, "ApproveTargets", LEADING_GROUP, **which)
        if answer:
            self.targets[number] = answer.targets

    def _result(self):
        chance = self.rng.random()
        if self.published and chance < 0.3:
            # What the events say must give the same again, also after a fault.
            result = self.rng.choice(sorted(self.published.values()))
            self.command(ASSESSMENT, "RecomputeResult", ASSESSOR, result_id=result)
        elif not self.drafts or (chance < 0.5 and len(self.drafts) < 4):
            # The present month first: it alone has figures from events.
            month = self.rng.choice([4, 4, 4, 3, 2, 1])
            period = {"kind": MONTH, "year": self.rng.choice(YEARS), "number": month}
            answer = self.command(ASSESSMENT, "ComputeResult", ASSESSOR, tier=TIER, period=period)
            if answer:
                self.drafts.append(answer.result)
        else:
            draft = self.drafts.pop(self.rng.randrange(len(self.drafts)))
            period = (draft.period.year, draft.period.number)
            which = {"result_id": draft.result_id, "version": draft.version}
            if period in self.published or chance > 0.9:
                self.command(ASSESSMENT, "DiscardResult", ASSESSOR, **which)
            elif self.command(ASSESSMENT, "PublishResult", LEADING_GROUP, **which):
                self.published[period] = draft.result_id
