/// An account: who may call, for whom and with which roles (DIR-5). Secrets are kept beside it, not in it.
public struct Account: Hashable, Sendable {
    /// The kinds of account; the raw value is the stored word.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A post in a unit.
        case staff
        /// A user of an enterprise.
        case enterprise
        /// A service (machine).
        case service
    }

    /// The states of an account; the raw value is the stored word.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// Waiting for the phone to be confirmed.
        case pending
        /// In use.
        case active
        /// Disabled by an administrator.
        case disabled
    }

    /// UUIDv7 in lower case.
    public let id: String
    /// Kind.
    public let kind: Kind
    /// Login name of staff and services.
    public let login: LoginName?
    /// Post or display name, 1 to 64 characters.
    public let displayName: String
    /// Unit of staff; the account of the first start has none.
    public let unit: UnitID?
    /// State.
    public internal(set) var state: State
    /// Roles, each once, in the order given.
    public internal(set) var roles: [RoleID]
    /// Enterprises for which the account may act, in the order of binding.
    public internal(set) var enterprises: [String]
    /// Tokens issued before are refused; nil when nothing was revoked.
    public internal(set) var notBefore: RealTime?
    /// Grows by one with every change; 1 at creation.
    public private(set) var version: Int64

    /// Restores an account from its parts.
    ///
    /// - Throws: ``FieldProblem`` when the parts do not agree with the kind, or a role occurs twice.
    public init(
        id: String, kind: Kind, login: LoginName?, displayName: String, unit: UnitID?, state: State, roles: [RoleID],
        enterprises: [String] = [], notBefore: RealTime? = nil, version: Int64
    ) throws(FieldProblem) {
        guard (1...64).contains(displayName.unicodeScalars.count) else {
            throw FieldProblem("display_name", "must have 1 to 64 characters")
        }
        guard (login == nil) == (kind == .enterprise) else {
            throw FieldProblem("login", "is for staff and services, and only for them")
        }
        guard unit == nil || kind == .staff else { throw FieldProblem("unit_id", "is for staff only") }
        guard enterprises.isEmpty || kind == .enterprise else {
            throw FieldProblem("enterprise_ids", "are for users of enterprises only")
        }
        try Self.check(roles)
        self.id = id
        self.kind = kind
        self.login = login
        self.displayName = displayName
        self.unit = unit
        self.state = state
        self.roles = roles
        self.enterprises = enterprises
        self.notBefore = notBefore
        self.version = version
    }

    /// A staff account, in use at once.
    ///
    /// - Throws: ``FieldProblem`` for a bad display name, no role, or a role that occurs twice.
    public static func openStaff(
        id: String, login: LoginName, displayName: String, unit: UnitID?, roles: [RoleID]
    ) throws(FieldProblem) -> Account {
        guard !roles.isEmpty else { throw FieldProblem("role_ids", "must be at least one") }
        return try Account(
            id: id, kind: .staff, login: login, displayName: displayName, unit: unit, state: .active, roles: roles,
            version: 1)
    }

    /// The account of a user of an enterprise, which waits for its phone to be confirmed (ENT-2).
    ///
    /// - Throws: ``FieldProblem`` for a bad display name.
    public static func register(id: String, displayName: String) throws(FieldProblem) -> Account {
        try Account(
            id: id, kind: .enterprise, login: nil, displayName: displayName, unit: nil, state: .pending, roles: [],
            version: 1)
    }

    /// The account of a service, in use at once.
    ///
    /// - Throws: ``FieldProblem`` for a name that is no login name.
    public static func openService(id: String, name: String) throws(FieldProblem) -> Account {
        try Account(
            id: id, kind: .service, login: try LoginName(name), displayName: name, unit: nil, state: .active, roles: [],
            version: 1)
    }

    /// The same account after its change was stored.
    public func stored() -> Account {
        var next = self
        next.version += 1
        return next
    }

    static func check(_ roles: [RoleID]) throws(FieldProblem) {
        guard roles.count <= 32 else { throw FieldProblem("role_ids", "must be at most 32") }
        guard Set(roles).count == roles.count else { throw FieldProblem("role_ids", "must name each role once") }
    }
}
