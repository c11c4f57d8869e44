import Domain

/// A unit of government, or a body that works with it (DIR-2), with its history (DIR-3).
///
/// A unit is never deleted: it ends on a day and names who follows it.
public struct Unit: Hashable, Sendable {
    /// Whether the unit goes on.
    public enum State: Hashable, Sendable {
        /// No end is known.
        case existing
        /// The unit ends, or has ended, on a day, which is the first without it.
        case ended(on: CivilDate, successors: [UnitID])
    }

    /// What stays as it was given at creation.
    public struct Charter: Hashable, Sendable {
        /// Kind.
        public let kind: UnitKind
        /// The unit above; nil at the root.
        public let parent: UnitID?
        /// Region served.
        public let region: RegionCode
        /// Topics that the unit answers for; at most 64.
        public let responsibilities: [String]
        /// Industry of a task force, subject of a service line; else empty.
        public let subject: String
        /// Responsible bureau of a task force, service line or campaign group.
        public let responsibleUnit: UnitID?
        /// Post to contact, never a person; may be empty.
        public let contactPost: String

        /// A charter whose parts agree with the kind.
        ///
        /// - Throws: ``FieldProblem`` naming the first part that does not.
        public init(
            kind: UnitKind, parent: UnitID?, region: RegionCode, responsibilities: [String] = [], subject: String = "",
            responsibleUnit: UnitID? = nil, contactPost: String = ""
        ) throws(FieldProblem) {
            guard responsibilities.count <= 64 else { throw FieldProblem("responsibilities", "must be at most 64") }
            for (index, topic) in responsibilities.enumerated() where !(1...128).contains(topic.unicodeScalars.count) {
                throw FieldProblem("responsibilities[\(index)]", "must have 1 to 128 characters")
            }
            guard Set(responsibilities).count == responsibilities.count else {
                throw FieldProblem("responsibilities", "must name each topic once")
            }
            guard subject.unicodeScalars.count <= 128, subject.isEmpty != kind.namesSubject else {
                throw FieldProblem(
                    "subject", kind.namesSubject ? "must have 1 to 128 characters" : "must be empty for this kind")
            }
            guard responsibleUnit == nil || kind.namesResponsibleUnit else {
                throw FieldProblem("responsible_unit_id", "must be empty for this kind")
            }
            guard contactPost.unicodeScalars.count <= 128 else {
                throw FieldProblem("contact_post", "must have at most 128 characters")
            }
            self.kind = kind
            self.parent = parent
            self.region = region
            self.responsibilities = responsibilities
            self.subject = subject
            self.responsibleUnit = responsibleUnit
            self.contactPost = contactPost
        }
    }

    /// Slug.
    public let id: UnitID
    /// What stays as it was given at creation.
    public let charter: Charter
    /// The name that has been announced, with the names before it, oldest first.
    public internal(set) var names: [UnitName]
    /// The name that waits for its day; nil when none does.
    public internal(set) var plannedName: UnitName?
    /// Whether the unit goes on.
    public internal(set) var state: State
    /// Grows by one with every announced change; 1 at creation.
    public private(set) var version: Int64

    /// Restores a unit from its parts.
    ///
    /// - Throws: ``FieldProblem`` when the names are absent or out of order.
    public init(
        id: UnitID, charter: Charter, names: [UnitName], plannedName: UnitName? = nil, state: State = .existing,
        version: Int64
    ) throws(FieldProblem) {
        let days = (names + [plannedName].compactMap(\.self)).map(\.from)
        guard !names.isEmpty, zip(days, days.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw FieldProblem("names", "must be at least one, in the order of time")
        }
        self.id = id
        self.charter = charter
        self.names = names
        self.plannedName = plannedName
        self.state = state
        self.version = version
    }

    /// A new unit with its first name, which holds from the unit's first day.
    ///
    /// - Throws: ``FieldProblem`` when the unit is its own parent or responsible unit.
    public static func create(id: UnitID, charter: Charter, name: UnitName) throws(FieldProblem) -> Unit {
        guard charter.parent != id else { throw FieldProblem("parent_id", "must be another unit") }
        guard charter.responsibleUnit != id else { throw FieldProblem("responsible_unit_id", "must be another unit") }
        return try Unit(id: id, charter: charter, names: [name], version: 1)
    }

    /// The same unit after an announced change was stored.
    public func stored() -> Unit {
        var next = self
        next.version += 1
        return next
    }

    /// The announced name.
    public var name: UnitName { names[names.count - 1] }

    /// First day of the unit.
    public var start: CivilDate { names[0].from }

    /// First day without the unit; nil while none is known.
    public var end: CivilDate? {
        switch state {
        case .existing: nil
        case .ended(let day, _): day
        }
    }

    /// The units that follow; empty while no end is known.
    public var successors: [UnitID] {
        switch state {
        case .existing: []
        case .ended(_, let successors): successors
        }
    }

    /// Whether the unit exists on a day.
    public func exists(on day: CivilDate) -> Bool { day >= start && end.map { day < $0 } ?? true }

    /// Names with the days on which each holds, the planned one included, in the order of time.
    public var history: [(name: UnitName, until: CivilDate?)] {
        let all = names + [plannedName].compactMap(\.self)
        return all.enumerated().map { index, name in
            (name, index + 1 < all.count ? all[index + 1].from : end)
        }
    }
}
