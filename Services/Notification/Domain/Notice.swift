import Domain

/// A notice about a policy point: one for all its addressees, written once however many they are (NTF-5).
public struct Notice: Hashable, Sendable {
    /// Whether anybody can see it.
    public enum State: Hashable, Sendable {
        /// Its addressees see it, as far as they still belong to the audience.
        case visible(recipients: Int64)
        /// Nobody does: the point has a newer version or is no longer in force.
        case ended
    }

    /// Identifier.
    public let id: String
    /// The rule that made it.
    public let ruleID: String
    /// Kind of the rule when it was made.
    public let kind: String
    /// The policy point.
    public let pointID: String
    /// The point's version.
    public let revision: Int32
    /// The point's title.
    public let subject: String
    /// Template of the title when it was made; later changes of the rule leave it as it is.
    public let title: BilingualTemplate
    /// Template of the body when it was made.
    public let body: BilingualTemplate
    /// Whether anybody can see it.
    public private(set) var state: State

    /// A notice as it was stored.
    public init(
        id: String, ruleID: String, kind: String, pointID: String, revision: Int32, subject: String,
        title: BilingualTemplate, body: BilingualTemplate, state: State
    ) {
        self.id = id
        self.ruleID = ruleID
        self.kind = kind
        self.pointID = pointID
        self.revision = revision
        self.subject = subject
        self.title = title
        self.body = body
        self.state = state
    }

    /// The notice that a rule makes for a version of a point.
    public init(id: String, by rule: Rule, pointID: String, revision: Int32, subject: String, recipients: Int64) {
        self.init(
            id: id, ruleID: rule.id, kind: rule.kind, pointID: pointID, revision: revision, subject: subject,
            title: rule.title, body: rule.body, state: .visible(recipients: recipients))
    }

    /// Takes over how many of its addressees belong to the new generation of the same version; an ended notice is
    /// seen again.
    ///
    /// - Returns: false when nothing changed.
    public mutating func refresh(recipients: Int64) -> Bool {
        let next = State.visible(recipients: recipients)
        guard state != next else { return false }
        state = next
        return true
    }

    /// Ends its visibility.
    ///
    /// - Returns: false when it had ended.
    public mutating func end() -> Bool {
        switch state {
        case .visible:
            state = .ended
            return true
        case .ended: return false
        }
    }

    /// How an enterprise stands to the point.
    public struct Standing: Hashable, Sendable {
        /// The verdict on the point's condition.
        public let verdict: Verdict
        /// What it would obtain; nil when not known or not money.
        public let estimate: Money?

        /// A standing; zero fen mean that the estimate is not known or not money.
        public init(verdict: Verdict, estimatedFen: Int64) {
            self.verdict = verdict
            estimate = estimatedFen == 0 ? nil : Money(fen: estimatedFen)
        }
    }

    /// Title and body as a reader of the inbox sees them.
    public func text(for standing: Standing) -> (title: BilingualText, body: BilingualText) {
        let escaping = Channel.inbox.escaping
        return (
            title.rendered(escaping: escaping) { value(of: $0, for: standing) },
            body.rendered(escaping: escaping) { value(of: $0, for: standing) }
        )
    }

    /// Subject and HTML body of a mail about it, in one language; Chinese where there is no English (NTF-9).
    public func mail(for standing: Standing, inEnglish: Bool) -> (subject: String, html: String) {
        func render(_ template: BilingualTemplate, _ escaping: Escaping, lineBreak: String) -> String {
            guard inEnglish, !template.english.source.isEmpty else {
                return template.chinese.renderedWhole(escaping: escaping, lineBreak: lineBreak) {
                    value(of: $0, for: standing).chinese
                }
            }
            return template.english.renderedWhole(escaping: escaping, lineBreak: lineBreak) {
                value(of: $0, for: standing).english
            }
        }
        // A subject is one line of the message's head.
        let line = render(title, .plainText, lineBreak: "").split(separator: "\n").joined(separator: " ")
        let foot = inEnglish ? "You subscribed to this notice; unsubscribe in your settings." : "您订阅了此类通知，可在设置中退订。"
        return (
            line, "<p>\(render(body, Channel.email.escaping, lineBreak: "<br>"))</p>\n<p>\(foot)</p>"
        )
    }

    private func value(of variable: TemplateVariable, for standing: Standing) -> BilingualText {
        switch variable {
        case .title: BilingualText(verbatim: subject)
        case .verdict: standing.verdict.label
        case .estimate:
            standing.estimate.map { BilingualText("\($0.shortYuanText)元", "CNY \($0.shortYuanText)") }
                ?? BilingualText("待核定", "to be determined")
        // Rules about audiences are refused when they name these.
        case .number, .due, .light, .result, .period, .score, .rank: BilingualText(verbatim: "")
        }
    }
}
