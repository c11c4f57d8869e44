import Domain

/// Rates of projects (PRJ-18).
public enum RateKind: String, Hashable, Sendable, CaseIterable {
    case contractPerformance = "contract_performance"
    case fundsDomestic = "funds_domestic"
    case fundsForeign = "funds_foreign"
    case start
    case production
    case investment
    case problems

    /// What is divided by what.
    public var definition: BilingualText {
        switch self {
        case .contractPerformance:
            BilingualText(
                "已有资金到位或已开工的签约项目数 ÷ 签约项目数", "signed projects with money in place or started ÷ signed projects")
        case .fundsDomestic:
            BilingualText("内资实际到位额 ÷ 合同内资额", "domestic funds in place ÷ domestic investment by contract")
        case .fundsForeign:
            BilingualText(
                "外资实际到位额 ÷ 合同外资额（美元）", "foreign funds in place ÷ foreign investment by contract, in US dollars")
        case .start: BilingualText("已开工项目数 ÷ 签约项目数", "projects started ÷ signed projects")
        case .production: BilingualText("已投产项目数 ÷ 签约项目数", "projects in production ÷ signed projects")
        case .investment:
            BilingualText("累计完成投资 ÷ 截至当日的计划投资", "investment completed ÷ investment scheduled by today")
        case .problems: BilingualText("已办结困难问题数 ÷ 困难问题数", "problems solved ÷ problems raised")
        }
    }
}

/// What a project brings to the rates.
public struct RateFacts: Sendable {
    /// Project.
    public let id: ProjectID
    /// Number for people.
    public let number: String
    /// Day of signing, or of coming past it; nil when it was not signed.
    public let signedOn: CivilDate?
    /// Stage, reached also by a project that does not go on.
    public let stage: Stage
    /// Investment by contract.
    public let investment: Investment
    /// Figures of the newest report; nil before.
    public let figures: ProgressFigures?
    /// What should be completed by today; nil when nothing is.
    public let scheduled: Money?
    /// Problems solved and raised.
    public let problems: (solved: Int64, total: Int64)
    /// What makes two signings one.
    public let signingKey: String

    /// Facts of a project.
    public init(
        id: ProjectID, number: String, signedOn: CivilDate?, stage: Stage, investment: Investment,
        figures: ProgressFigures?, scheduled: Money?, problems: (solved: Int64, total: Int64), signingKey: String
    ) {
        self.id = id
        self.number = number
        self.signedOn = signedOn
        self.stage = stage
        self.investment = investment
        self.figures = figures
        self.scheduled = scheduled
        self.problems = problems
        self.signingKey = signingKey
    }

    /// The project's parts of numerator and denominator; nil when it has no place in the denominator.
    func parts(of kind: RateKind) -> (numerator: Int64, denominator: Int64)? {
        if kind == .problems { return problems.total > 0 ? (problems.solved, problems.total) : nil }
        guard signedOn != nil else { return nil }
        func counted(_ holds: Bool) -> (Int64, Int64) { (holds ? 1 : 0, 1) }
        switch kind {
        case .contractPerformance: return counted(stage >= .started || hasMoney)
        case .start: return counted(stage >= .started)
        case .production: return counted(stage == .inProduction)
        case .fundsDomestic:
            guard investment.domestic > .zero else { return nil }
            return ((figures?.domesticInPlace ?? .zero).fen, investment.domestic.fen)
        case .fundsForeign:
            guard investment.foreign > .zero else { return nil }
            return ((figures?.foreignInPlace ?? .zero).cents, investment.foreign.cents)
        case .investment:
            guard let scheduled, scheduled > .zero else { return nil }
            return ((figures?.completed ?? .zero).fen, scheduled.fen)
        case .problems: return nil
        }
    }

    private var hasMoney: Bool {
        guard let figures else { return false }
        return figures.domesticInPlace > .zero || figures.foreignInPlace > .zero
    }
}

/// A rate with every project that stands in its denominator (PRJ-18).
public struct Rate: Hashable, Sendable {
    /// One project.
    public struct Line: Hashable, Sendable {
        /// Project.
        public let project: ProjectID
        /// Number for people.
        public let number: String
        /// Day of signing, or of coming past it; nil when it was not signed.
        public let signedOn: CivilDate?
        /// Its part of the numerator.
        public let numerator: Int64
        /// Its part of the denominator.
        public let denominator: Int64
        /// Signings that count as this one.
        public let signings: Int
    }

    /// Projects, the earliest signing first.
    public let lines: [Line]
    /// Sum of the numerators.
    public let numerator: Int64
    /// Sum of the denominators.
    public let denominator: Int64
    /// Signings left out since they repeat an earlier one.
    public let repeated: Int

    /// Computes a rate. Signings of one investor for one site and amount count once, as the one that came furthest, the
    /// earliest of equals; problems are counted wherever they arose.
    ///
    /// - Throws: `DomainError` when a sum does not fit 64 bits.
    public init(_ kind: RateKind, over projects: [RateFacts]) throws(DomainError) {
        var groups: [String: [RateFacts]] = [:]
        for facts in projects {
            let key = kind == .problems || facts.signedOn == nil ? facts.id.description : facts.signingKey
            groups[key, default: []].append(facts)
        }
        var lines: [Line] = []
        var (numerator, denominator): (Int64, Int64) = (0, 0)
        var repeated = 0
        for group in groups.values {
            let ordered = group.sorted { Self.isBefore($0, $1) }
            guard
                let facts = ordered.max(by: { $0.stage < $1.stage || ($0.stage == $1.stage && Self.isBefore($1, $0)) }),
                let parts = facts.parts(of: kind)
            else { continue }
            repeated += group.count - 1
            lines.append(
                Line(
                    project: facts.id, number: facts.number, signedOn: ordered.first?.signedOn,
                    numerator: parts.numerator, denominator: parts.denominator, signings: group.count))
            let (top, topOverflow) = numerator.addingReportingOverflow(parts.numerator)
            let (bottom, bottomOverflow) = denominator.addingReportingOverflow(parts.denominator)
            guard !topOverflow, !bottomOverflow else { throw DomainError("rate", .overflow) }
            (numerator, denominator) = (top, bottom)
        }
        self.lines = lines.sorted {
            ($0.signedOn ?? .latest, $0.project) < ($1.signedOn ?? .latest, $1.project)
        }
        self.numerator = numerator
        self.denominator = denominator
        self.repeated = repeated
    }

    private static func isBefore(_ left: RateFacts, _ right: RateFacts) -> Bool {
        (left.signedOn ?? .latest, left.id) < (right.signedOn ?? .latest, right.id)
    }
}
