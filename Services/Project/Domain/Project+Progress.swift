import Domain

/// A milestone was reached.
public struct MilestoneWasReached: Hashable, Sendable {
    /// Its number, from 1.
    public let number: Int
    /// Its date by the plan.
    public let dueOn: CivilDate
    /// The day.
    public let reachedOn: CivilDate
}

extension Project {
    /// Sets the plan. Milestones that were reached stay, and so do the periods that were reported.
    ///
    /// - Throws: ``ProjectError``, or `DomainError` at the end of the calendar.
    public mutating func set(_ plan: Plan) throws {
        switch state {
        case .active: break
        case .suspended, .terminated: throw illegal(.plan)
        }
        if let last = plan.schedule.last, last.completed > profile.investment.total {
            throw ProjectError.scheduleAboveInvestment
        }
        let first = try plan.cadence.period(containing: plan.reportsFrom).start
        var next = plan
        if let earlier = self.plan { next.keepReached(of: earlier) }
        for stage in Stage.allCases where stage <= self.stage {
            guard let day = stageDates[stage] else { continue }
            next.mark(stage, on: day)
        }
        reportedBefore = figures == nil ? first : max(reportedBefore ?? first, first)
        self.plan = next
        version += 1
    }

    /// Records that a milestone was reached.
    ///
    /// - Throws: ``ProjectError``.
    public mutating func reach(
        _ number: Int, on day: CivilDate, today: CivilDate
    ) throws(ProjectError) -> MilestoneWasReached {
        switch state {
        case .active: break
        case .suspended, .terminated: throw illegal(.reach)
        }
        guard let milestones = plan?.milestones else { throw .planMissing }
        guard milestones.indices.contains(number - 1), milestones[number - 1].reachedOn == nil else {
            throw .milestone(number)
        }
        guard day <= today else { throw .dayOutOfPlace(day) }
        plan?.milestones[number - 1].reachedOn = day
        version += 1
        return MilestoneWasReached(number: number, dueOn: milestones[number - 1].dueOn, reachedOn: day)
    }

    /// The period that the next report speaks of; nil without a plan.
    ///
    /// - Throws: `DomainError` at the end of the calendar.
    public func nextPeriod() throws -> Period? {
        guard let plan, let reportedBefore else { return nil }
        return try plan.cadence.period(containing: reportedBefore)
    }

    /// Takes a report. It speaks of the next period, which has begun, and no figure falls without a note that says why.
    ///
    /// - Returns: whether it corrects figures downwards.
    /// - Throws: ``ProjectError``, or `DomainError` at the end of the calendar.
    public mutating func report(
        _ figures: ProgressFigures, for period: Period, correctionNote: String, today: CivilDate
    ) throws -> Bool {
        switch state {
        case .active: break
        case .suspended, .terminated: throw illegal(.report)
        }
        guard let next = try nextPeriod(), let end = next.end else { throw ProjectError.planMissing }
        guard period == next else { throw ProjectError.notNextPeriod(next) }
        guard next.start <= today else { throw ProjectError.dayOutOfPlace(next.start) }
        let falls = self.figures.map(figures.falls(below:)) ?? false
        guard falls != correctionNote.isEmpty else { throw ProjectError.correctionNote(isMissing: falls) }
        self.figures = figures
        reportedBefore = end
        version += 1
        return falls
    }
}

extension Plan {
    /// A milestone of a stage that was entered before the plan was set is reached.
    mutating func mark(_ stage: Stage, on day: CivilDate) {
        for index in milestones.indices where milestones[index].stage == stage && milestones[index].reachedOn == nil {
            milestones[index].reachedOn = day
        }
    }
}
