import Domain
import Foundation

/// Classes of industrial information (PRJ-1).
public enum InformationClass: String, Hashable, Sendable, CaseIterable {
    case industryDevelopment = "industry_development"
    case investmentPromotion = "investment_promotion"
    case project
    case specialActivity = "special_activity"
    case majorMatter = "major_matter"
}

/// Where information and leads come from (PRJ-1, PRJ-2).
public enum Collector: String, Hashable, Sendable, CaseIterable {
    case promotionOffice = "promotion_office"
    case developingEntity = "developing_entity"
    case investmentGroup = "investment_group"
    case externalInvestment = "external_investment"
    case otherDepartment = "other_department"
    case enterprise
}

/// An item of information on its way through the closed loop: collected, sorted, disposed of, fed back (PRJ-1).
public struct Information: Hashable, Sendable {
    /// The office's view of an item.
    public struct Sorting: Hashable, Sendable {
        /// The unit that deals with it.
        public let unit: UnitID
        /// When it was sorted.
        public let at: BusinessTime

        /// A sorting as it was stored.
        public init(unit: UnitID, at: BusinessTime) {
            self.unit = unit
            self.at = at
        }
    }

    /// Who filed an item and gets the feedback.
    public enum Filer: Hashable, Sendable {
        /// A unit, for itself or for whom it collected.
        case unit(UnitID)
        /// An enterprise, for itself.
        case enterprise(UUID)

        /// The unit; nil for an enterprise.
        public var unit: UnitID? {
            switch self {
            case .unit(let unit): unit
            case .enterprise: nil
            }
        }

        /// The enterprise; nil for a unit.
        public var enterprise: UUID? {
            switch self {
            case .unit: nil
            case .enterprise(let id): id
            }
        }
    }

    /// A text with its time.
    public struct Answer: Hashable, Sendable {
        /// The text.
        public let text: String
        /// When it was written.
        public let at: BusinessTime

        /// An answer as it was stored.
        public init(text: String, at: BusinessTime) {
            self.text = text
            self.at = at
        }
    }

    /// Where an item stands.
    public enum State: Hashable, Sendable {
        case filed
        case sorted(Sorting)
        case disposed(Sorting, disposal: Answer)
        case fedBack(Sorting, disposal: Answer, feedback: Answer)
    }

    /// Identifier.
    public let id: InformationID
    /// Class: the collector's, then the office's.
    public private(set) var informationClass: InformationClass
    /// Collector.
    public let collector: Collector
    /// Who filed it and gets the feedback.
    public let filer: Filer
    /// Subject.
    public let subject: String
    /// Content.
    public let content: String
    /// When it was filed.
    public let filedAt: BusinessTime
    /// Where it stands.
    public private(set) var state: State
    /// Version for concurrent edits, from 1.
    public private(set) var version: Int64

    /// An item as it was stored, or a new one.
    public init(
        id: InformationID, informationClass: InformationClass, collector: Collector, filer: Filer, subject: String,
        content: String, filedAt: BusinessTime, state: State = .filed, version: Int64 = 1
    ) {
        self.id = id
        self.informationClass = informationClass
        self.collector = collector
        self.filer = filer
        self.subject = subject
        self.content = content
        self.filedAt = filedAt
        self.state = state
        self.version = version
    }

    /// The state's name.
    public var stateName: InformationStateName {
        switch state {
        case .filed: .filed
        case .sorted: .sorted
        case .disposed: .disposed
        case .fedBack: .fedBack
        }
    }

    /// The office's view; nil before.
    public var sorting: Sorting? {
        switch state {
        case .filed: nil
        case .sorted(let sorting), .disposed(let sorting, _), .fedBack(let sorting, _, _): sorting
        }
    }

    /// How it was dealt with; nil before.
    public var disposal: Answer? {
        switch state {
        case .filed, .sorted: nil
        case .disposed(_, let disposal), .fedBack(_, let disposal, _): disposal
        }
    }

    /// What the collector was told; nil before.
    public var feedback: Answer? {
        switch state {
        case .filed, .sorted, .disposed: nil
        case .fedBack(_, _, let feedback): feedback
        }
    }

    /// Gives the item its class and its unit; once more as long as nothing was disposed of.
    ///
    /// - Throws: ``InformationError``.
    public mutating func sort(
        as informationClass: InformationClass, to unit: UnitID, at now: BusinessTime
    ) throws(InformationError) {
        switch state {
        case .filed, .sorted:
            self.informationClass = informationClass
            enter(.sorted(Sorting(unit: unit, at: now)))
        case .disposed, .fedBack: throw InformationError(command: .sort, state: stateName)
        }
    }

    /// Records how the unit dealt with the item.
    ///
    /// - Throws: ``InformationError``.
    public mutating func dispose(_ text: String, at now: BusinessTime) throws(InformationError) {
        switch state {
        case .sorted(let sorting): enter(.disposed(sorting, disposal: Answer(text: text, at: now)))
        case .filed, .disposed, .fedBack: throw InformationError(command: .dispose, state: stateName)
        }
    }

    /// Tells the collector what became of the item: the loop is closed.
    ///
    /// - Throws: ``InformationError``.
    public mutating func feedBack(_ text: String, at now: BusinessTime) throws(InformationError) {
        switch state {
        case .disposed(let sorting, let disposal):
            enter(.fedBack(sorting, disposal: disposal, feedback: Answer(text: text, at: now)))
        case .filed, .sorted, .fedBack: throw InformationError(command: .feedBack, state: stateName)
        }
    }

    private mutating func enter(_ state: State) {
        self.state = state
        version += 1
    }
}

/// The states of an item, as contract and storage name them.
public enum InformationStateName: String, Hashable, Sendable, CaseIterable {
    case filed
    case sorted
    case disposed
    case fedBack = "fed_back"
}

/// The commands on an item.
public enum InformationCommand: String, Hashable, Sendable, CaseIterable {
    case sort
    case dispose
    case feedBack = "feed back"
}

/// The item's state does not allow the command.
public struct InformationError: Error, Hashable, Sendable {
    /// The command.
    public let command: InformationCommand
    /// The state.
    public let state: InformationStateName
}
