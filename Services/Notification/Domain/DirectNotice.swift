import Domain

/// Posts of a unit that notices can be for (NTF-7), by the directory's roles.
public enum Post: String, Hashable, Sendable, CaseIterable {
    case handler
    case unitLeader = "unit-leader"
    case supervisor
    case bank
}

/// Whom a notice is for that is written to somebody by name, and not to an audience.
public enum Addressee: Hashable, Sendable {
    /// Every account of an enterprise.
    case enterprise(String)
    /// The staff of a unit who hold one of the posts.
    case posts(unit: String, Set<Post>)
}

/// The light of a project as notices name it (PRJ-10).
public enum ShownLight: String, Hashable, Sendable, CaseIterable {
    case green
    case yellow
    case red

    /// The light in words.
    public var label: BilingualText {
        switch self {
        case .green: BilingualText("绿灯", "green")
        case .yellow: BilingualText("黄灯", "yellow")
        case .red: BilingualText("红灯", "red")
        }
    }
}

/// The result of a pre-assessment as notices name it (PRJ-5).
public enum ShownResult: String, Hashable, Sendable, CaseIterable {
    case passed
    case conditional
    case refused
    case vetoed

    /// The result in words.
    public var label: BilingualText {
        switch self {
        case .passed: BilingualText("通过", "passed")
        case .conditional: BilingualText("有条件通过", "passed under conditions")
        case .refused: BilingualText("不予通过", "refused")
        case .vetoed: BilingualText("一票否决", "vetoed")
        }
    }
}

/// How a unit stands in a published result, as notices tell it (ASM-10).
public struct ShownStanding: Hashable, Sendable {
    /// The period of the assessment, in words.
    public let period: BilingualText
    /// The unit's score.
    public let score: String
    /// The unit's rank, from 1.
    public let rank: Int32

    /// A standing from its parts.
    public init(period: BilingualText, score: String, rank: Int32) {
        self.period = period
        self.score = score
        self.rank = rank
    }
}

/// What a direct notice can show. Which of it an event tells is fixed by the event (NTF-3).
public struct DirectFacts: Hashable, Sendable {
    /// Number of the case or project that it is about; empty when it is about none.
    public let number: String
    /// Last day of the limit that it is about; nil when it is about none.
    public let dueOn: CivilDate?
    /// Light of the project; nil when it is not about a light.
    public let light: ShownLight?
    /// The unit's place in a result; nil when it is not about a result.
    public let standing: ShownStanding?
    /// Result of a pre-assessment; nil when it is not about one.
    public let result: ShownResult?

    /// Facts of a notice; what is left out is not told.
    public init(
        number: String = "", dueOn: CivilDate? = nil, light: ShownLight? = nil, standing: ShownStanding? = nil,
        result: ShownResult? = nil
    ) {
        self.number = number
        self.dueOn = dueOn
        self.light = light
        self.standing = standing
        self.result = result
    }
}

/// A notice to one enterprise or to posts of one unit: replies, assignments, reminders, orders, lights, results (NTF-1,
/// NTF-7). It never ends.
public struct DirectNotice: Hashable, Sendable {
    /// Identifier.
    public let id: String
    /// The rule that made it.
    public let ruleID: String
    /// Kind of the rule when it was made.
    public let kind: String
    /// Whom it is for.
    public let addressee: Addressee
    /// What it tells.
    public let facts: DirectFacts
    /// Template of the title when it was made.
    public let title: BilingualTemplate
    /// Template of the body when it was made.
    public let body: BilingualTemplate

    /// A notice as it was stored.
    public init(
        id: String, ruleID: String, kind: String, addressee: Addressee, facts: DirectFacts, title: BilingualTemplate,
        body: BilingualTemplate
    ) {
        self.id = id
        self.ruleID = ruleID
        self.kind = kind
        self.addressee = addressee
        self.facts = facts
        self.title = title
        self.body = body
    }

    /// The notice that a rule makes.
    public init(id: String, by rule: Rule, to addressee: Addressee, facts: DirectFacts) {
        self.init(
            id: id, ruleID: rule.id, kind: rule.kind, addressee: addressee, facts: facts, title: rule.title,
            body: rule.body)
    }

    /// Title and body as its readers see them.
    public var text: (title: BilingualText, body: BilingualText) {
        (
            title.rendered(escaping: Channel.inbox.escaping, value(of:)),
            body.rendered(escaping: Channel.inbox.escaping, value(of:))
        )
    }

    private func value(of variable: TemplateVariable) -> BilingualText {
        let nothing = BilingualText(verbatim: "")
        return switch variable {
        case .number: BilingualText(verbatim: facts.number)
        case .due: facts.dueOn.map { BilingualText(verbatim: $0.description) } ?? BilingualText("暂停计时", "paused")
        case .light: facts.light?.label ?? nothing
        case .result: facts.result?.label ?? nothing
        case .period: facts.standing?.period ?? nothing
        case .score: facts.standing.map { BilingualText(verbatim: $0.score) } ?? nothing
        case .rank: facts.standing.map { BilingualText(verbatim: String($0.rank)) } ?? nothing
        // Rules of direct notices are refused when they name these.
        case .title, .verdict, .estimate: nothing
        }
    }
}
