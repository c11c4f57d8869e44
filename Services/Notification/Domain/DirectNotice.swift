import Domain

/// Posts of a unit that notices can be for (NTF-7), by the directory's roles.
public enum Post: String, Hashable, Sendable, CaseIterable {
    case handler
    case unitLeader = "unit-leader"
    case supervisor
}

/// Whom a notice is for that is written to somebody by name, and not to an audience.
public enum Addressee: Hashable, Sendable {
    /// Every account of an enterprise.
    case enterprise(String)
    /// The staff of a unit who hold one of the posts.
    case posts(unit: String, Set<Post>)
}

/// A notice to one enterprise or to posts of one unit: replies, reminders, orders (NTF-1, NTF-7). It never ends.
public struct DirectNotice: Hashable, Sendable {
    /// Identifier.
    public let id: String
    /// The rule that made it.
    public let ruleID: String
    /// Kind of the rule when it was made.
    public let kind: String
    /// Whom it is for.
    public let addressee: Addressee
    /// Number of the case that it is about.
    public let number: String
    /// Last day of the limit that it is about; nil when it is about none.
    public let dueOn: CivilDate?
    /// Template of the title when it was made.
    public let title: BilingualTemplate
    /// Template of the body when it was made.
    public let body: BilingualTemplate

    /// A notice as it was stored.
    public init(
        id: String, ruleID: String, kind: String, addressee: Addressee, number: String, dueOn: CivilDate?,
        title: BilingualTemplate, body: BilingualTemplate
    ) {
        self.id = id
        self.ruleID = ruleID
        self.kind = kind
        self.addressee = addressee
        self.number = number
        self.dueOn = dueOn
        self.title = title
        self.body = body
    }

    /// The notice that a rule makes.
    public init(id: String, by rule: Rule, to addressee: Addressee, number: String, dueOn: CivilDate?) {
        self.init(
            id: id, ruleID: rule.id, kind: rule.kind, addressee: addressee, number: number, dueOn: dueOn,
            title: rule.title, body: rule.body)
    }

    /// Title and body as its readers see them.
    public var text: (title: BilingualText, body: BilingualText) {
        (
            title.rendered(escaping: Channel.inbox.escaping, value(of:)),
            body.rendered(escaping: Channel.inbox.escaping, value(of:))
        )
    }

    private func value(of variable: TemplateVariable) -> BilingualText {
        switch variable {
        case .number: BilingualText(verbatim: number)
        case .due: dueOn.map { BilingualText(verbatim: $0.description) } ?? BilingualText("暂停计时", "paused")
        // Rules of direct notices are refused when they name these.
        case .title, .verdict, .estimate: BilingualText(verbatim: "")
        }
    }
}
