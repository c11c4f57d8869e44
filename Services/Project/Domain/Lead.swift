import Domain

/// A hint that someone may invest, with its first reporter protected (PRJ-2).
///
/// The way of a lead follows from who reported it. A promotion office's lead is placed by office and promotion office
/// together: it is placed when both have named the same unit. Every other lead, those of external-investment departments
/// first of all, goes to the office, which recommends it to fitting developing entities, and one of them takes it. What
/// does not fit the industrial layout is placed elsewhere.
public struct Lead: Hashable, Sendable {
    /// Who named a place.
    public enum Side: String, Hashable, Sendable, CaseIterable {
        case office
        case promotionOffice = "promotion_office"
    }

    /// Where a lead stands.
    public enum State: Hashable, Sendable {
        case reported
        case recommended([UnitID])
        case proposed(UnitID, by: Side)
        /// Placed; `moved` says why it was placed elsewhere.
        case placed(UnitID, moved: String?)
        case converted(ProjectID, at: UnitID)
        case merged(into: LeadID)
        case closed(reason: String)
    }

    /// Identifier.
    public let id: LeadID
    /// What it says.
    public let content: LeadContent
    /// Who collected it.
    public let source: Collector
    /// Unit of the first reporter.
    public let unit: UnitID
    /// The first reporter; never changes.
    public let firstReporter: AccountID
    /// When it was reported.
    public let reportedAt: BusinessTime
    /// Where it stands.
    public internal(set) var state: State
    /// Version for concurrent edits, from 1.
    public internal(set) var version: Int64

    /// A lead as it was stored, or a new one.
    public init(
        id: LeadID, content: LeadContent, source: Collector, unit: UnitID, firstReporter: AccountID,
        reportedAt: BusinessTime, state: State = .reported, version: Int64 = 1
    ) {
        self.id = id
        self.content = content
        self.source = source
        self.unit = unit
        self.firstReporter = firstReporter
        self.reportedAt = reportedAt
        self.state = state
        self.version = version
    }

    /// The state's name.
    public var stateName: LeadStateName {
        switch state {
        case .reported: .reported
        case .recommended: .recommended
        case .proposed: .proposed
        case .placed: .placed
        case .converted: .converted
        case .merged: .merged
        case .closed: .closed
        }
    }

    /// The unit that has the lead; nil when none has.
    public var place: UnitID? {
        switch state {
        case .placed(let unit, _), .converted(_, let unit): unit
        case .reported, .recommended, .proposed, .merged, .closed: nil
        }
    }
}

/// What a lead says (PRJ-2).
public struct LeadContent: Hashable, Sendable {
    /// The investor.
    public let investor: Investor
    /// The industry.
    public let industry: IndustryCode
    /// The intended investment.
    public let investment: Investment
    /// What the investor asks for.
    public let requirements: String
    /// The division that the investor wishes; nil without a wish.
    public let region: RegionCode?
    /// Where the hint came from.
    public let origin: String

    /// Checks the texts.
    ///
    /// - Throws: ``InvalidFields`` below `content`.
    public init(
        investor: Investor, industry: IndustryCode, investment: Investment, requirements: String, region: RegionCode?,
        origin: String
    ) throws(InvalidFields) {
        var findings = FieldFindings()
        findings.checkText(requirements, 0...2_000, field: "content.requirements", isLong: true)
        findings.checkText(origin, 1...256, field: "content.origin")
        try findings.finish()
        self.investor = investor
        self.industry = industry
        self.investment = investment
        self.requirements = requirements
        self.region = region
        self.origin = origin
    }
}

/// The states of a lead, as contract and storage name them.
public enum LeadStateName: String, Hashable, Sendable, CaseIterable {
    case reported
    case recommended
    case proposed
    case placed
    case converted
    case merged
    case closed

    /// Whether something can still become of the lead.
    public var isOpen: Bool {
        switch self {
        case .reported, .recommended, .proposed, .placed: true
        case .converted, .merged, .closed: false
        }
    }
}

/// The commands on a lead.
public enum LeadCommand: String, Hashable, Sendable, CaseIterable {
    case recommend
    case take
    case propose
    case move
    case merge
    case close
    case convert
}

/// Why a command on a lead is refused.
public enum LeadError: Error, Hashable, Sendable {
    /// The state does not allow the command.
    case illegalTransition(command: LeadCommand, state: LeadStateName)
    /// Leads of promotion offices are placed by both offices, and only they are.
    case wrongWay(command: LeadCommand, source: Collector)
    /// The lead was not recommended to the unit.
    case notRecommended(UnitID)
    /// The two leads are of different investors, or one and the same.
    case notDuplicates
    /// The project belongs to another unit than the one that has the lead.
    case placedElsewhere(UnitID)
}
