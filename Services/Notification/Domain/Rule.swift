import Domain

/// Which event notifies by which channels with which words: data, not code (NTF-3).
public struct Rule: Hashable, Sendable {
    /// The greatest length of a title's template, in characters.
    public static let titleLimit = 200
    /// The greatest length of a body's template, in characters.
    public static let bodyLimit = 2_000

    /// Stable slug, such as `policy-matched`.
    public let id: String
    /// The event.
    public let event: NotifiableEvent
    /// Kind of the notices, such as `policy.matched`.
    public let kind: String
    /// Channels, at least one, each once.
    public let channels: [Channel]
    /// Template of the title.
    public let title: BilingualTemplate
    /// Template of the body.
    public let body: BilingualTemplate
    /// Only rules that are enabled act.
    public let isEnabled: Bool

    /// A rule whose parts fit together.
    ///
    /// - Throws: `DomainError` naming the field as in the contract: `rule_id`, `event_type`, `kind`, `channels[…]`,
    ///   `title.zh`, `title.en`, `body.zh`, `body.en`.
    public init(
        id: String, eventType: String, kind: String, channels: [Channel], title: BilingualText, body: BilingualText,
        isEnabled: Bool
    ) throws(DomainError) {
        guard Self.isName(id, separator: "-") else {
            throw DomainError(
                "rule_id", .malformed(expected: "lower-case words joined by hyphens, at most 64 characters"))
        }
        guard let event = NotifiableEvent(typeName: eventType) else {
            throw DomainError("event_type", .unknown("event type"))
        }
        guard Self.isKind(kind) else {
            throw DomainError("kind", .malformed(expected: "lower-case words joined by dots, at most 64 characters"))
        }
        guard !channels.isEmpty else { throw DomainError("channels", .empty) }
        for (index, channel) in channels.enumerated() {
            if channels[..<index].contains(channel) { throw DomainError("channels[\(index)]", .duplicate("channel")) }
            if !event.channels.contains(channel) {
                throw DomainError("channels[\(index)]", .notApplicable("the channel"))
            }
        }
        // A mail repeats what the inbox holds and ends with it, so it cannot stand alone.
        guard channels.contains(.inbox) else {
            throw DomainError("channels", .malformed(expected: "with the inbox among them"))
        }
        self.id = id
        self.event = event
        self.kind = kind
        self.channels = channels
        self.title = try BilingualTemplate(
            chinese: title.chinese, english: title.english, variables: event.variables, limit: Self.titleLimit,
            field: "title")
        self.body = try BilingualTemplate(
            chinese: body.chinese, english: body.english, variables: event.variables, limit: Self.bodyLimit,
            field: "body")
        self.isEnabled = isEnabled
    }

    /// Whether the rule makes notices in the inbox.
    public var fillsInbox: Bool { isEnabled && channels.contains(.inbox) }

    /// Whether the notices are mailed to those who subscribed to the kind.
    public var isMailed: Bool { fillsInbox && channels.contains(.email) }

    /// Whether a text can be the kind of notices: lower-case words joined by dots, at most 64 characters.
    public static func isKind(_ text: String) -> Bool { isName(text, separator: ".") }

    /// Words of lower-case letters and digits, starting with a letter, joined by single separators.
    static func isName(_ text: String, separator: Character) -> Bool {
        guard (1...64).contains(text.unicodeScalars.count), let first = text.first, ("a"..."z").contains(first) else {
            return false
        }
        return text.split(separator: separator, omittingEmptySubsequences: false).allSatisfy { word in
            !word.isEmpty && word.allSatisfy { ("a"..."z").contains($0) || ("0"..."9").contains($0) }
        }
    }
}
