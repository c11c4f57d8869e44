import Domain

/// Stages of a project, in their order (PRJ-3).
public enum Stage: String, Hashable, Sendable, CaseIterable, Comparable {
    case planned
    case negotiating
    case signed
    case started
    case completed
    case inProduction = "in_production"

    /// Place in the order, from 0.
    public var place: Int {
        switch self {
        case .planned: 0
        case .negotiating: 1
        case .signed: 2
        case .started: 3
        case .completed: 4
        case .inProduction: 5
        }
    }

    /// What proves the entry; a project is planned by being registered.
    public var evidence: Set<EvidenceKind> {
        switch self {
        case .planned: []
        case .negotiating: [.negotiation]
        case .signed: [.contract]
        case .started: [.registration, .land, .startPermit]
        case .completed: [.acceptance]
        case .inProduction: [.production]
        }
    }

    /// Order of the stages.
    public static func < (left: Stage, right: Stage) -> Bool { left.place < right.place }
}

/// What proves that a project entered a stage (PRJ-3).
public enum EvidenceKind: String, Hashable, Sendable, CaseIterable {
    case negotiation
    case contract
    case registration
    case land
    case startPermit = "start_permit"
    case acceptance
    case production
}

/// A paper that proves an entry.
public struct Evidence: Hashable, Sendable {
    /// Kind.
    public let kind: EvidenceKind
    /// Number of the paper.
    public let number: String
    /// Its date.
    public let dated: CivilDate

    /// Checks the number.
    ///
    /// - Throws: ``InvalidFields`` below `field`.
    public init(kind: EvidenceKind, number: String, dated: CivilDate, field: String) throws(InvalidFields) {
        var findings = FieldFindings()
        findings.checkText(number, 1...128, field: "\(field).number")
        try findings.finish()
        self.kind = kind
        self.number = number
        self.dated = dated
    }
}

/// The days on which a project entered the stages that it has behind it or is in.
public struct StageDates: Hashable, Sendable {
    private var days: [Stage: CivilDate]

    /// Days as they were stored, or those of a new project.
    public init(_ days: [Stage: CivilDate]) { self.days = days }

    /// The day of the last entry into a stage; nil when the project never was in it, or went back behind it.
    public subscript(stage: Stage) -> CivilDate? { days[stage] }

    /// The day of signing. A project that left the stage out came past it on the day on which it entered the next one,
    /// so its contract counts from then on (PRJ-18); nil before.
    public var signing: CivilDate? {
        Stage.allCases.lazy.filter { $0 >= .signed }.compactMap { days[$0] }.first
    }

    mutating func enter(_ stage: Stage, on day: CivilDate) {
        for later in Stage.allCases where later > stage { days[later] = nil }
        days[stage] = day
    }
}
