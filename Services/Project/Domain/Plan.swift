import Domain

/// A milestone of a plan: what, by when, and which post of which unit answers for it (PRJ-9).
public struct Milestone: Hashable, Sendable {
    /// Name.
    public let name: String
    /// Date.
    public let dueOn: CivilDate
    /// Unit that answers for it.
    public let unit: UnitID
    /// Post that answers for it.
    public let post: String
    /// Stage whose entry it marks; nil for none.
    public let stage: Stage?
    /// Day on which it was reached; nil before.
    public internal(set) var reachedOn: CivilDate?

    /// Checks the texts.
    ///
    /// - Throws: ``InvalidFields`` below `field`.
    public init(
        name: String, dueOn: CivilDate, unit: UnitID, post: String, stage: Stage? = nil, reachedOn: CivilDate? = nil,
        field: String
    ) throws(InvalidFields) {
        var findings = FieldFindings()
        findings.checkText(name, 1...128, field: "\(field).name")
        findings.checkText(post, 1...64, field: "\(field).post")
        try findings.finish()
        self.name = name
        self.dueOn = dueOn
        self.unit = unit
        self.post = post
        self.stage = stage
        self.reachedOn = reachedOn
    }
}

/// What should be completed by the end of a month, since the beginning of the project.
public struct ScheduledAmount: Hashable, Sendable {
    /// Month.
    public let month: Month
    /// Amount.
    public let completed: Money

    /// An entry of the schedule.
    public init(month: Month, completed: Money) {
        self.month = month
        self.completed = completed
    }
}

/// How often progress is reported (PRJ-9).
public enum ReportCadence: String, Hashable, Sendable, CaseIterable {
    case weekly
    case monthly

    /// The period that a day lies in: its week from Monday, or its month.
    ///
    /// - Throws: `DomainError` at the end of the calendar.
    public func period(containing day: CivilDate) throws(DomainError) -> Period {
        switch self {
        case .weekly:
            let monday = try day.adding(days: 1 - day.weekday.rawValue)
            return try Period(from: monday, until: monday.adding(days: 7))
        case .monthly: return Month(containing: day).period
        }
    }
}

/// Roadmap, timetable, responsibilities, schedule of investment, and how progress is reported (PRJ-9).
public struct Plan: Hashable, Sendable {
    /// Milestones in the order of their dates; their numbers are their places, from 1.
    public internal(set) var milestones: [Milestone]
    /// Schedule by month, in order.
    public let schedule: [ScheduledAmount]
    /// How often progress is reported.
    public let cadence: ReportCadence
    /// First day that reports speak of.
    public let reportsFrom: CivilDate
    /// Name of the set of rules of the light.
    public let ruleSet: String

    /// Checks what the plan says and puts the milestones in order.
    ///
    /// - Throws: ``InvalidFields`` below `plan`.
    public init(
        milestones: [Milestone], schedule: [ScheduledAmount], cadence: ReportCadence, reportsFrom: CivilDate,
        ruleSet: String
    ) throws(InvalidFields) {
        var findings = FieldFindings()
        if milestones.isEmpty { findings.add(DomainError("plan.milestones", .empty)) }
        if milestones.count > 64 { findings.add(DomainError("plan.milestones", .tooMany(limit: 64))) }
        if schedule.count > 120 { findings.add(DomainError("plan.schedule", .tooMany(limit: 120))) }
        for (index, entry) in schedule.enumerated() {
            if entry.completed < .zero {
                findings.add(DomainError("plan.schedule[\(index)].completed", .outOfRange("0 or more")))
            }
            guard index > 0 else { continue }
            let before = schedule[index - 1]
            if entry.month <= before.month || entry.completed < before.completed {
                findings.add(DomainError("plan.schedule[\(index)]", .disorder))
            }
        }
        _ = findings.collect { () throws(DomainError) in try LightRuleSetName(ruleSet, field: "plan.rule_set") }
        try findings.finish()
        self.milestones = Self.ordered(milestones)
        self.schedule = schedule
        self.cadence = cadence
        self.reportsFrom = reportsFrom
        self.ruleSet = ruleSet
    }

    /// What should be completed by a day: the entry of the last month that has ended; nil when there is none.
    public func scheduled(by day: CivilDate) -> Money? {
        schedule.last { entry in entry.month.period.end.map { $0 <= day } ?? false }?.completed
    }

    /// Keeps the milestones of an earlier plan that were reached.
    mutating func keepReached(of earlier: Plan) {
        let reached = earlier.milestones.filter { $0.reachedOn != nil }
        let kept = milestones.filter { milestone in !reached.contains { $0.name == milestone.name } }
        milestones = Self.ordered(reached + kept)
    }

    /// Milestones that mark stages follow the entries into them.
    mutating func follow(_ stage: Stage, on day: CivilDate) {
        for index in milestones.indices {
            guard let marked = milestones[index].stage else { continue }
            if marked > stage {
                milestones[index].reachedOn = nil
            } else if milestones[index].reachedOn == nil {
                milestones[index].reachedOn = day
            }
        }
    }

    private static func ordered(_ milestones: [Milestone]) -> [Milestone] {
        milestones.enumerated().sorted { ($0.element.dueOn, $0.offset) < ($1.element.dueOn, $1.offset) }
            .map(\.element)
    }
}
