import Domain

/// A pre-assessment: bureaus give opinions in parallel, experts drawn by lot help with major projects, the investment
/// bureau combines (PRJ-5).
public struct PreAssessment: Hashable, Sendable {
    /// Where it stands.
    public enum State: Hashable, Sendable {
        case open
        case combined(PreAssessmentResult, text: String, at: BusinessTime)
        case withdrawn(at: BusinessTime)
    }

    /// A paper of the application.
    public struct Paper: Hashable, Sendable {
        /// Title.
        public let title: String
        /// Number or place; may be empty.
        public let number: String
        /// SHA-256 of the file; empty when there is none.
        public let sha256: [UInt8]

        /// A paper.
        public init(title: String, number: String, sha256: [UInt8]) {
            self.title = title
            self.number = number
            self.sha256 = sha256
        }
    }

    /// Identifier.
    public let id: PreAssessmentID
    /// Project.
    public let project: ProjectID
    /// Unit that applied, answers for the papers, and gets the result.
    public let applicant: UnitID
    /// The investment bureau.
    public let combiner: UnitID
    /// Whether experts are invited.
    public let isMajorOrSpecial: Bool
    /// Papers.
    public let papers: [Paper]
    /// When it was applied for.
    public let requestedAt: BusinessTime
    /// When the opinions are due.
    public let dueAt: BusinessTime
    /// Bureaus asked, in the order of their slugs.
    public internal(set) var bureaus: [BureauOpinion]
    /// The draw of experts; nil without one.
    public internal(set) var draw: ExpertDraw?
    /// What the drawn experts say, in the order of the lot.
    public internal(set) var experts: [ExpertOpinion]
    /// Where it stands.
    public internal(set) var state: State
    /// Version for concurrent edits, from 1.
    public internal(set) var version: Int64

    /// A pre-assessment as it was stored, or a new one.
    public init(
        id: PreAssessmentID, project: ProjectID, applicant: UnitID, combiner: UnitID, isMajorOrSpecial: Bool,
        papers: [Paper], requestedAt: BusinessTime, dueAt: BusinessTime, bureaus: [BureauOpinion],
        draw: ExpertDraw? = nil, experts: [ExpertOpinion] = [], state: State = .open, version: Int64 = 1
    ) {
        self.id = id
        self.project = project
        self.applicant = applicant
        self.combiner = combiner
        self.isMajorOrSpecial = isMajorOrSpecial
        self.papers = papers
        self.requestedAt = requestedAt
        self.dueAt = dueAt
        self.bureaus = bureaus.sorted { $0.unit < $1.unit }
        self.draw = draw
        self.experts = experts
        self.state = state
        self.version = version
    }

    /// The state's name.
    public var stateName: PreAssessmentStateName {
        switch state {
        case .open: .open
        case .combined: .combined
        case .withdrawn: .withdrawn
        }
    }

    /// The veto classes that bureaus found.
    public var vetoes: Set<VetoClass> { Set(bureaus.compactMap { $0.statement?.veto }) }

    /// Bureaus that have not said anything.
    public var silent: [UnitID] { bureaus.filter { $0.statement == nil }.map(\.unit) }
}

/// Aspects of a pre-assessment.
public enum Aspect: String, Hashable, Sendable, CaseIterable {
    case industry
    case planning
    case environment
    case energy
    case benefit
    case technology
    case finance
}

/// What a bureau or an expert says.
public enum Opinion: String, Hashable, Sendable, CaseIterable {
    case agrees
    case conditional
    case objects
}

/// The veto classes (两高一资).
public enum VetoClass: String, Hashable, Sendable, CaseIterable {
    case highEnergy = "high_energy"
    case highPollution = "high_pollution"
    case resource
}

/// Results of a pre-assessment.
public enum PreAssessmentResult: String, Hashable, Sendable, CaseIterable {
    case passed
    case conditional
    case refused
    case vetoed
}

/// The states, as contract and storage name them.
public enum PreAssessmentStateName: String, Hashable, Sendable, CaseIterable {
    case open
    case combined
    case withdrawn
}

/// A bureau that is asked. Silence beyond the limit is overdue, never agreement.
public struct BureauOpinion: Hashable, Sendable {
    /// What it said.
    public struct Statement: Hashable, Sendable {
        /// Opinion.
        public let opinion: Opinion
        /// Grounds.
        public let text: String
        /// Veto class that it found; nil for none.
        public let veto: VetoClass?
        /// When.
        public let at: BusinessTime

        /// A statement.
        public init(opinion: Opinion, text: String, veto: VetoClass?, at: BusinessTime) {
            self.opinion = opinion
            self.text = text
            self.veto = veto
            self.at = at
        }
    }

    /// Bureau.
    public let unit: UnitID
    /// Aspects for which it is asked.
    public let aspects: [Aspect]
    /// Whether its limit passed in silence.
    public internal(set) var isOverdue: Bool
    /// What it said; nil before.
    public internal(set) var statement: Statement?

    /// A bureau that is asked.
    public init(unit: UnitID, aspects: [Aspect], isOverdue: Bool = false, statement: Statement? = nil) {
        self.unit = unit
        self.aspects = aspects
        self.isOverdue = isOverdue
        self.statement = statement
    }
}

/// The commands on a pre-assessment.
public enum PreAssessmentCommand: String, Hashable, Sendable, CaseIterable {
    case giveOpinion = "give an opinion on"
    case fallOverdue = "find silence in"
    case drawExperts = "draw experts for"
    case recordExpert = "record an expert of"
    case combine
    case withdraw
}

/// Why a command on a pre-assessment is refused.
public enum PreAssessmentError: Error, Hashable, Sendable {
    /// Its state does not allow the command.
    case illegalTransition(command: PreAssessmentCommand, state: PreAssessmentStateName)
    /// The bureau is not asked.
    case notAsked(UnitID)
    /// The bureau, or the expert, has given an opinion.
    case givenAlready
    /// Opinions are not due yet.
    case notDue
    /// Experts are drawn for major and special projects alone, and once.
    case noExperts(isDrawn: Bool)
    /// The pool has fewer candidates without a conflict of interest.
    case tooFewExperts(candidates: Int)
    /// The expert was not drawn.
    case notDrawn
    /// Bureaus have neither answered nor fallen overdue.
    case opinionsOutstanding([UnitID])
    /// The opinions do not allow the result.
    case resultNotAllowed(PreAssessmentResult)
}
