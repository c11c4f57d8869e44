import Domain

/// A project from plan to production (PRJ-3), with its place in the library, its plan, its figures and its light.
///
/// Behaviours are in their own files: stages, library, progress, light. Every change raises ``version``.
public struct Project: Hashable, Sendable {
    /// Whether it goes on; the stage is kept when it does not.
    public enum State: Hashable, Sendable {
        case active(Stage)
        case suspended(Stage, reason: String)
        case terminated(Stage, reason: String)
    }

    /// A decision of the leading group on record (PRJ-4).
    public struct Decision: Hashable, Sendable {
        /// Number.
        public let number: String
        /// Day.
        public let day: CivilDate

        /// A decision.
        public init(number: String, day: CivilDate) {
            self.number = number
            self.day = day
        }
    }

    /// Its place in the library (PRJ-4).
    public enum Library: Hashable, Sendable {
        case outside
        case admitted
        case excepted(Decision)

        /// Whether it counts in the assessment and may get policy, land and quota.
        public var counts: Bool {
            switch self {
            case .outside: false
            case .admitted, .excepted: true
            }
        }
    }

    /// Identifier.
    public let id: ProjectID
    /// Number for people.
    public let number: String
    /// Lead that it came from; nil when there was none.
    public let lead: LeadID?
    /// When it was registered.
    public let registeredAt: BusinessTime
    /// What it says of itself.
    public internal(set) var profile: ProjectProfile
    /// Whether it goes on, and its stage.
    public internal(set) var state: State
    /// Entries into stages.
    public internal(set) var stageDates: StageDates
    /// Its place in the library.
    public internal(set) var library: Library
    /// Its plan; nil before one is set.
    public internal(set) var plan: Plan?
    /// Figures of the newest report; nil before.
    public internal(set) var figures: ProgressFigures?
    /// First day of which no report speaks; nil without a plan.
    public internal(set) var reportedBefore: CivilDate?
    /// Day of entry in the statistics library; nil before.
    public internal(set) var statisticsOn: CivilDate?
    /// Its light.
    public internal(set) var lamp: Lamp
    /// Version for concurrent edits, from 1.
    public internal(set) var version: Int64

    /// A project as it was stored.
    public init(
        id: ProjectID, number: String, lead: LeadID?, registeredAt: BusinessTime, profile: ProjectProfile,
        state: State, stageDates: StageDates, library: Library, plan: Plan?, figures: ProgressFigures?,
        reportedBefore: CivilDate?, statisticsOn: CivilDate?, lamp: Lamp, version: Int64
    ) {
        self.id = id
        self.number = number
        self.lead = lead
        self.registeredAt = registeredAt
        self.profile = profile
        self.state = state
        self.stageDates = stageDates
        self.library = library
        self.plan = plan
        self.figures = figures
        self.reportedBefore = reportedBefore
        self.statisticsOn = statisticsOn
        self.lamp = lamp
        self.version = version
    }

    /// Registers a project as planned, outside of the library.
    public static func register(
        _ profile: ProjectProfile, id: ProjectID, number: String, lead: LeadID?, at now: BusinessTime,
        today: CivilDate
    ) -> Project {
        Project(
            id: id, number: number, lead: lead, registeredAt: now, profile: profile, state: .active(.planned),
            stageDates: StageDates([.planned: today]), library: .outside, plan: nil, figures: nil,
            reportedBefore: nil, statisticsOn: nil, lamp: .dark, version: 1)
    }

    /// The stage, also of a project that does not go on.
    public var stage: Stage {
        switch state {
        case .active(let stage), .suspended(let stage, _), .terminated(let stage, _): stage
        }
    }

    /// Whether it goes on.
    public var status: ProjectStatus {
        switch state {
        case .active: .active
        case .suspended: .suspended
        case .terminated: .terminated
        }
    }

    /// Changes what the project says of itself, until it is terminated.
    ///
    /// - Throws: ``ProjectError``.
    public mutating func edit(_ profile: ProjectProfile) throws(ProjectError) {
        switch state {
        case .active, .suspended:
            if let last = plan?.schedule.last, last.completed > profile.investment.total {
                throw .scheduleAboveInvestment
            }
            self.profile = profile
            version += 1
        case .terminated: throw illegal(.edit)
        }
    }

    func illegal(_ command: ProjectCommand) -> ProjectError {
        .illegalTransition(command: command, stage: stage, status: status)
    }
}

/// Whether a project goes on, as contract and storage name it.
public enum ProjectStatus: String, Hashable, Sendable, CaseIterable {
    case active
    case suspended
    case terminated
}

/// The commands on a project.
public enum ProjectCommand: String, Hashable, Sendable, CaseIterable {
    case edit
    case advance
    case suspend
    case resume
    case terminate
    case admit
    case except
    case remove
    case plan
    case reach
    case report
    case enterStatistics = "enter statistics of"
}

/// Why a command on a project is refused.
public enum ProjectError: Error, Hashable, Sendable {
    /// The project's state does not allow the command.
    case illegalTransition(command: ProjectCommand, stage: Stage, status: ProjectStatus)
    /// It is in that stage already.
    case sameStage(Stage)
    /// Stages are left out, or it goes back, without a reason.
    case reasonMissing
    /// Evidence of the stage is missing.
    case evidenceMissing([EvidenceKind])
    /// The day lies in the future, or before the entry into the stage before.
    case dayOutOfPlace(CivilDate)
    /// It does not fit plan, leading industry or park; only a decision of the leading group helps (PRJ-4).
    case doesNotFit(plan: Bool, industry: Bool, park: Bool)
    /// Its newest pre-assessment ended with a veto (PRJ-5).
    case vetoed
    /// It is in the library, or is not, already.
    case libraryStanding(isInside: Bool)
    /// There is no plan.
    case planMissing
    /// The schedule ends above the whole investment.
    case scheduleAboveInvestment
    /// There is no such milestone, or it was reached already.
    case milestone(Int)
    /// The report is not for the next period.
    case notNextPeriod(Period)
    /// Figures fall, and no note says why; or a note says why and none falls.
    case correctionNote(isMissing: Bool)
    /// It was entered in the statistics library before.
    case countedAlready(CivilDate)
}
