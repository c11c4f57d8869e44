/// Who may make a call (XCT-10).
public enum AccessRule: Sendable, Hashable {
    /// Anyone, without a token. A token that comes along is still verified.
    case anonymous
    /// Any valid token.
    case authenticated
    /// Any valid token of these kinds of caller.
    case kinds(Set<Caller.Kind>)
    /// A caller whose roles grant the action in some scope; the handler narrows by `caller.require(…)`.
    case action(String)
    /// A caller whose roles grant one of the actions in some scope.
    case anyAction([String])
    /// The named services, by their tokens, or by their certificates where mutual TLS is configured.
    case services([String])

    /// The words that the table of calls and roles shows.
    public var description: String {
        switch self {
        case .anonymous: "anonymous"
        case .authenticated: "authenticated"
        case .kinds(let kinds): "any \(kinds.map(\.rawValue).sorted().joined(separator: ", "))"
        case .action(let action): "action \(action)"
        case .anyAction(let actions): "action \(actions.sorted().joined(separator: " or "))"
        case .services(let names): "services \(names.sorted().joined(separator: ", "))"
        }
    }
}

/// The rule of every call of a service, by the method's short name. A call without a rule is denied, and a service
/// with such a call does not start.
public struct AccessTable: Sendable, ExpressibleByDictionaryLiteral {
    /// The rules by short method name, such as "DraftPoint".
    public let rules: [String: AccessRule]
    /// Methods that run until the client ends them, so they need no deadline.
    public let streams: Set<String>

    /// A table; `streams` names the methods that need no deadline.
    public init(_ rules: [String: AccessRule], streams: Set<String> = []) {
        self.rules = rules
        self.streams = streams
    }

    /// A table without endless streams.
    public init(dictionaryLiteral elements: (String, AccessRule)...) {
        // A method named twice keeps the first rule; the check at start names methods, not rules.
        self.init(Dictionary(elements) { first, _ in first })
    }

    /// The rules of the calls that every service has beside its own; those of development mode are left out.
    public static let ofEveryService = EventLogService.rules.merging(DeadLetterService.rules) { first, _ in first }

    /// Methods of the descriptors that have no rule, and rules that name no method: both keep a service from starting.
    public func mismatches(methods: [String]) -> [String] {
        let short = Set(methods.map { String($0.split(separator: "/").last ?? "") })
        return short.subtracting(rules.keys).sorted().map { "\($0) has no access rule" }
            + Set(rules.keys).union(streams).subtracting(short).sorted().map { "\($0) is no method" }
    }
}
