import Domain

/// The light of a project as it shines, and since when it is red (PRJ-10).
public struct Lamp: Hashable, Sendable {
    /// The light; nil when none shines.
    public internal(set) var light: Light?
    /// Why it shines.
    public internal(set) var reasons: [LightReason]
    /// First day of red; nil otherwise.
    public internal(set) var redSince: CivilDate?
    /// Whether this red was referred to supervision.
    public internal(set) var isReferred: Bool

    /// No light.
    public static let dark = Lamp(light: nil, reasons: [], redSince: nil, isReferred: false)

    /// A lamp as it was stored.
    public init(light: Light?, reasons: [LightReason], redSince: CivilDate?, isReferred: Bool) {
        self.light = light
        self.reasons = reasons
        self.redSince = redSince
        self.isReferred = isReferred
    }
}

/// A light changed.
public struct LightHasChanged: Hashable, Sendable {
    /// Before; nil for none.
    public let from: Light?
    /// After; nil for none.
    public let to: Light?
    /// Why it shines.
    public let reasons: [LightReason]

    /// A change.
    public init(from: Light?, to: Light?, reasons: [LightReason]) {
        self.from = from
        self.to = to
        self.reasons = reasons
    }
}

/// What a computation of a light brought.
public struct LightOutcome: Hashable, Sendable {
    /// The change; nil when there was none.
    public let change: LightHasChanged?
    /// First day of a red that has now lasted two months and goes to supervision; nil when nothing does.
    public let referredSince: CivilDate?
}

/// A problem of appeal as the light sees it (PRJ-11).
public struct OpenProblem: Hashable, Sendable {
    /// When it was raised.
    public let openedAt: BusinessTime
    /// When it is due; nil without a limit.
    public let dueAt: BusinessTime?

    /// A problem.
    public init(openedAt: BusinessTime, dueAt: BusinessTime?) {
        self.openedAt = openedAt
        self.dueAt = dueAt
    }
}

extension Project {
    /// Measures the project for its light.
    ///
    /// - Throws: `DomainError` when a figure does not fit 64 bits.
    public func measures(
        problems: [OpenProblem], at now: BusinessTime, today: CivilDate
    ) throws(DomainError) -> [LightMeasure: Ratio] {
        guard let plan else { return [:] }
        var values: [LightMeasure: Ratio] = [:]
        let behind = plan.milestones.filter { $0.reachedOn == nil && $0.dueOn < today }.map { $0.dueOn.days(to: today) }
        values[.milestoneDays] = .whole(Int64(behind.max() ?? 0))
        values[.investmentShare] = .whole(1)
        values[.pointsBehind] = .whole(0)
        if let scheduled = plan.scheduled(by: today), scheduled > .zero {
            let completed = figures?.completed ?? .zero
            values[.investmentShare] = try Ratio(completed.fen, scheduled.fen)
            let lag = scheduled.fen - completed.fen
            if lag > 0 { values[.pointsBehind] = try Ratio(lag, profile.investment.total.fen) }
        }
        values[.problemLimit] = .whole(0)
        var overdue: Int64 = 0
        for problem in problems {
            guard let dueAt = problem.dueAt else { continue }
            if dueAt <= now { overdue += 1 }
            let limit = dueAt.microseconds - problem.openedAt.microseconds
            guard limit > 0 else { continue }
            let used = try Ratio(max(now.microseconds - problem.openedAt.microseconds, 0), limit)
            values[.problemLimit] = max(values[.problemLimit] ?? used, used)
        }
        values[.overdueProblems] = .whole(overdue)
        values[.monthsNotStarted] = .whole(monthsNotStarted(by: plan, today: today))
        values[.monthsNotCounted] = try monthsNotCounted(today: today)
        return values
    }

    private func monthsNotStarted(by plan: Plan, today: CivilDate) -> Int64 {
        guard stage < .started, let due = plan.milestones.first(where: { $0.stage == .started })?.dueOn else {
            return 0
        }
        let months = (today.year - due.year) * 12 + today.month - due.month
        return Int64(max(months + 1, 0))
    }

    /// Whole months since the start, and the part of the month under way.
    private func monthsNotCounted(today: CivilDate) throws(DomainError) -> Ratio {
        guard statisticsOn == nil, let started = stageDates[.started], started <= today else { return .whole(0) }
        var months = (today.year - started.year) * 12 + today.month - started.month
        if try started.adding(months: months) > today { months -= 1 }
        let from = try started.adding(months: months)
        let until = try started.adding(months: months + 1)
        let part = try Ratio(Int64(from.days(to: today)), Int64(from.days(to: until)))
        return try Ratio.whole(Int64(months)).adding(part)
    }

    /// Lets the light shine by a set of rules. Only a project with a plan that goes on and does not produce yet has one.
    ///
    /// - Throws: `DomainError` when a figure does not fit 64 bits.
    public mutating func shine(
        by rules: LightRuleSet, problems: [OpenProblem], at now: BusinessTime, today: CivilDate
    ) throws(DomainError) -> LightOutcome {
        let before = lamp.light
        switch state {
        case .active(let stage) where plan != nil && stage != .inProduction:
            let (light, reasons) = rules.light(at: try measures(problems: problems, at: now, today: today))
            lamp.light = light
            lamp.reasons = reasons
        case .active, .suspended, .terminated:
            lamp.light = nil
            lamp.reasons = []
        }
        if lamp.light != .red {
            lamp.redSince = nil
            lamp.isReferred = false
        } else if lamp.redSince == nil {
            lamp.redSince = today
        }
        var referred: CivilDate?
        if let since = lamp.redSince, !lamp.isReferred, try since.adding(months: 2) <= today {
            lamp.isReferred = true
            referred = since
        }
        let change = lamp.light == before ? nil : LightHasChanged(from: before, to: lamp.light, reasons: lamp.reasons)
        return LightOutcome(change: change, referredSince: referred)
    }
}
