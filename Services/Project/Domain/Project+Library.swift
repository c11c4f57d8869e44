import Domain

/// What the review of a project for the library found (PRJ-4).
public struct LibraryFit: Hashable, Sendable {
    /// Whether it fits the plan.
    public let plan: Bool
    /// Whether it belongs to the leading industry of the place.
    public let industry: Bool
    /// Whether it is sited in the park meant for it.
    public let park: Bool

    /// A finding.
    public init(plan: Bool, industry: Bool, park: Bool) {
        self.plan = plan
        self.industry = industry
        self.park = park
    }
}

extension Project {
    /// Admits the project: it must fit plan, leading industry and park.
    ///
    /// - Throws: ``ProjectError``.
    public mutating func admit(_ fit: LibraryFit) throws(ProjectError) {
        try requireGoing(.admit)
        guard !library.counts else { throw .libraryStanding(isInside: true) }
        guard fit.plan, fit.industry, fit.park else {
            throw .doesNotFit(plan: fit.plan, industry: fit.industry, park: fit.park)
        }
        library = .admitted
        version += 1
    }

    /// Admits a project that does not fit, by a decision of the leading group that is on record.
    ///
    /// - Throws: ``ProjectError``.
    public mutating func except(by decision: Decision, today: CivilDate) throws(ProjectError) {
        try requireGoing(.except)
        guard !library.counts else { throw .libraryStanding(isInside: true) }
        guard decision.day <= today else { throw .dayOutOfPlace(decision.day) }
        library = .excepted(decision)
        version += 1
    }

    /// Takes the project out of the library.
    ///
    /// - Throws: ``ProjectError``.
    public mutating func remove() throws(ProjectError) {
        try requireGoing(.remove)
        guard library.counts else { throw .libraryStanding(isInside: false) }
        library = .outside
        version += 1
    }

    private func requireGoing(_ command: ProjectCommand) throws(ProjectError) {
        switch state {
        case .active, .suspended: return
        case .terminated: throw illegal(command)
        }
    }
}
