/// Who may make which call, as a table for people: every call of every service against every role with its scope
/// (XCT-10). It is made from the same rules and permissions that the services check.
public struct AccessReport: Sendable {
    /// A role as the directory holds it.
    public struct Role: Sendable, Hashable {
        /// Slug, such as "handler".
        public let id: String
        /// Chinese name.
        public let name: String
        /// Whether who holds it has to show a second factor.
        public let needsSecondFactor: Bool
        /// What it allows.
        public let permissions: [Permission]

        /// A role.
        public init(id: String, name: String, needsSecondFactor: Bool, permissions: [Permission]) {
            self.id = id
            self.name = name
            self.needsSecondFactor = needsSecondFactor
            self.permissions = permissions
        }

        /// Who holds it: users of an enterprise, when it reaches the own enterprise only; else staff.
        public var kind: Caller.Kind {
            !permissions.isEmpty && permissions.allSatisfy { $0.scope == .ownEnterprise } ? .enterprise : .staff
        }
    }

    /// How far a role, or a kind of caller without roles, gets with a call.
    public enum Admission: Sendable, Hashable {
        /// Refused.
        case denied
        /// The call needs no right in particular.
        case open
        /// Admitted within these scopes, the narrowest first.
        case within([Scope])
    }

    private let services: [ServiceDefinition]
    private let roles: [Role]

    /// A report on services, in their order, and roles, in the order of their slugs.
    public init(services: [ServiceDefinition], roles: [Role]) {
        self.services = services
        self.roles = roles.sorted { $0.id < $1.id }
    }

    /// How a rule treats a caller of a kind with a role's permissions.
    public static func admission(
        _ rule: AccessRule, kind: Caller.Kind, permissions: [Permission] = [], service: String? = nil
    ) -> Admission {
        switch rule {
        case .anonymous: return .open
        case .authenticated: return kind == .anonymous ? .denied : .open
        case .kinds(let kinds): return kinds.contains(kind) ? .open : .denied
        case .services(let names): return service.map(names.contains) ?? false ? .open : .denied
        case .action(let action): return admission([action], permissions)
        case .anyAction(let actions): return admission(actions, permissions)
        }
    }

    private static func admission(_ actions: [String], _ permissions: [Permission]) -> Admission {
        let held = Set(permissions.filter { permission in actions.contains(where: permission.covers) }.map(\.scope))
        return held.isEmpty ? .denied : .within(Scope.allCases.filter(held.contains))
    }

    /// The report as a Markdown document.
    public var markdown: String {
        var lines = [
            "# Who may make which call", "",
            "Made from the services' access tables and the directory's roles; a test compares it with both, and runs every",
            "call as every role. Made anew by `ztc access --write docs/access.md`, or without an installation by",
            "`ZTC_WRITE_ACCESS=1 swift test --filter AccessTableTests`.", "",
            "| sign | meaning |", "|---|---|",
            "| · | denied: PERMISSION_DENIED, UNAUTHENTICATED without a token; written to the audit |",
            "| open | no right in particular is needed; the handler may narrow to the caller's own data |",
        ]
        lines += Scope.allCases.map { "| \($0.word) | \($0.meaning) |" }
        lines += [
            "",
            "A role with several scopes reaches what any of them covers; the handler narrows to the object. A token that is",
            "not valid is refused everywhere, also where none is needed. Health and reflection need no token and read none.",
            "In development mode `DevelopmentService.GetClock` and `MoveClock` are open to anybody; elsewhere they do not exist.",
            "", "## Roles", "", "| role | name | held by | second factor | permissions |", "|---|---|---|---|---|",
        ]
        lines += roles.map { role in
            let permissions = role.permissions.sorted { ($0.action, $0.scope.word) < ($1.action, $1.scope.word) }
                .map { "`\($0.action)` \($0.scope.word)" }
            return "| \(role.id) | \(role.name) | \(role.kind == .enterprise ? "enterprise users" : "staff") "
                + "| \(role.needsSecondFactor ? "required" : "optional") | \(permissions.joined(separator: ", ")) |"
        }
        lines += section("every service", AccessTable.ofEveryService)
        for service in services { lines += section(service.name, service.access.rules) }
        return lines.joined(separator: "\n") + "\n"
    }

    private func section(_ title: String, _ rules: [String: AccessRule]) -> [String] {
        let heads = ["call", "rule", "no token"] + roles.map(\.id) + ["service"]
        var lines = [
            "", "## \(title)", "", "| \(heads.joined(separator: " | ")) |",
            "|\(String(repeating: "---|", count: heads.count))",
        ]
        for (method, rule) in rules.sorted(by: { $0.key < $1.key }) {
            var cells = [Self.admission(rule, kind: .anonymous).word]
            cells += roles.map { Self.admission(rule, kind: $0.kind, permissions: $0.permissions).word }
            if case .services(let names) = rule {
                cells.append(names.sorted().joined(separator: ", "))
            } else {
                cells.append(Self.admission(rule, kind: .service).word)
            }
            lines.append("| \(method) | \(rule.description) | \(cells.joined(separator: " | ")) |")
        }
        return lines
    }
}

extension AccessReport.Admission {
    /// The sign in the table.
    fileprivate var word: String {
        switch self {
        case .denied: "·"
        case .open: "open"
        case .within(let scopes): scopes.map(\.word).joined(separator: ", ")
        }
    }
}

extension Scope {
    /// The sign in the table.
    fileprivate var word: String {
        switch self {
        case .ownEnterprise: "enterprise"
        case .ownUnit: "unit"
        case .ownUnitAndBelow: "below"
        case .region: "region"
        case .all: "all"
        }
    }

    /// What the sign stands for.
    fileprivate var meaning: String {
        switch self {
        case .ownEnterprise: "objects of the caller's own enterprise or account"
        case .ownUnit: "objects of the caller's own unit"
        case .ownUnitAndBelow: "objects of the caller's own unit and the units below it"
        case .region: "objects in the caller's region"
        case .all: "all objects"
        }
    }
}
