import Domain

/// A project entered a stage.
public struct StageWasEntered: Hashable, Sendable {
    /// The stage before.
    public let from: Stage
    /// The stage.
    public let to: Stage
    /// The day.
    public let on: CivilDate
    /// What proves it.
    public let evidence: [Evidence]
    /// Why stages were left out or it went back; empty otherwise.
    public let reason: String

    /// An entry.
    public init(from: Stage, to: Stage, on day: CivilDate, evidence: [Evidence], reason: String) {
        self.from = from
        self.to = to
        on = day
        self.evidence = evidence
        self.reason = reason
    }

    /// Whether stages in between were left out.
    public var skipped: Bool { to.place > from.place + 1 }
    /// Whether it went back.
    public var wentBack: Bool { to < from }
}

extension Project {
    /// Brings the project into another stage. The next one needs its evidence; a later one also a reason; an earlier one
    /// only a reason.
    ///
    /// - Throws: ``ProjectError``.
    public mutating func advance(
        to stage: Stage, on day: CivilDate, evidence: [Evidence], reason: String, today: CivilDate
    ) throws(ProjectError) -> StageWasEntered {
        let from: Stage
        switch state {
        case .active(let stage): from = stage
        case .suspended, .terminated: throw illegal(.advance)
        }
        guard stage != from else { throw .sameStage(stage) }
        let fact = StageWasEntered(from: from, to: stage, on: day, evidence: evidence, reason: reason)
        if fact.skipped || fact.wentBack, reason.isEmpty { throw .reasonMissing }
        if !fact.wentBack {
            let missing = stage.evidence.subtracting(evidence.map(\.kind))
            guard missing.isEmpty else { throw .evidenceMissing(EvidenceKind.allCases.filter(missing.contains)) }
        }
        guard day <= today, stageDates[from].map({ day >= $0 }) ?? true else { throw .dayOutOfPlace(day) }
        state = .active(stage)
        stageDates.enter(stage, on: day)
        plan?.follow(stage, on: day)
        if stage < .started { statisticsOn = nil }
        version += 1
        return fact
    }

    /// Lets the project rest.
    ///
    /// - Throws: ``ProjectError``.
    public mutating func suspend(reason: String) throws(ProjectError) {
        switch state {
        case .active(let stage): enter(.suspended(stage, reason: reason))
        case .suspended, .terminated: throw illegal(.suspend)
        }
    }

    /// Lets a suspended project go on. No report is due for the time in which it rested.
    ///
    /// - Throws: ``ProjectError``, or `DomainError` at the end of the calendar.
    public mutating func resume(today: CivilDate) throws {
        switch state {
        case .suspended(let stage, _):
            if let plan, let before = reportedBefore {
                reportedBefore = max(before, try plan.cadence.period(containing: today).start)
            }
            enter(.active(stage))
        case .active, .terminated: throw illegal(.resume)
        }
    }

    /// Gives the project up.
    ///
    /// - Throws: ``ProjectError``.
    public mutating func terminate(reason: String) throws(ProjectError) {
        switch state {
        case .active(let stage), .suspended(let stage, _): enter(.terminated(stage, reason: reason))
        case .terminated: throw illegal(.terminate)
        }
    }

    /// Records that a started project was entered in the statistics library (PRJ-10).
    ///
    /// - Throws: ``ProjectError``.
    public mutating func enterStatistics(on day: CivilDate, today: CivilDate) throws(ProjectError) {
        switch state {
        case .active(let stage):
            guard stage >= .started else { throw illegal(.enterStatistics) }
        case .suspended, .terminated: throw illegal(.enterStatistics)
        }
        if let statisticsOn { throw .countedAlready(statisticsOn) }
        guard day <= today, stageDates[.started].map({ day >= $0 }) ?? true else { throw .dayOutOfPlace(day) }
        statisticsOn = day
        version += 1
    }

    private mutating func enter(_ state: State) {
        self.state = state
        version += 1
    }
}
