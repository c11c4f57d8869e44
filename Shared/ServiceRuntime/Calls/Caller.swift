import Domain
import Postgres

/// Who calls, as the verified token says, with what the caller's roles allow (XCT-10).
public struct Caller: Sendable {
    /// The kinds of caller.
    public enum Kind: String, Sendable, Hashable {
        /// A post in a unit.
        case staff
        /// A user of an enterprise.
        case enterprise
        /// Another service.
        case service
        /// Nobody in particular: a call that needs no token came without one.
        case anonymous
    }

    /// Identifier of the account; empty for the anonymous.
    public let accountID: String
    /// Kind.
    public let kind: Kind
    /// Unit of staff.
    public let unitID: String?
    /// Region of staff.
    public let region: String?
    /// Role identifiers.
    public let roles: [String]
    /// Enterprise acted for.
    public let enterpriseID: String?
    /// Name of the calling service.
    public let serviceName: String?
    /// When the caller's token was issued (real time); nil without a token.
    public let tokenIssuedAt: Instant?
    /// From when on the caller's token is refused (real time, with the tolerance for clocks); nil without a token.
    /// Calls that stay open for long end then.
    public let tokenExpiresAt: Instant?

    private let permissions: [Permission]
    private let units: any UnitTree

    /// A caller with the permissions of its roles; the runtime makes them from tokens, tests by hand.
    public init(
        accountID: String, kind: Kind, unitID: String? = nil, region: String? = nil, roles: [String] = [],
        enterpriseID: String? = nil, serviceName: String? = nil, tokenIssuedAt: Instant? = nil,
        tokenExpiresAt: Instant? = nil, permissions: [Permission] = [], units: any UnitTree = EmptyUnitTree()
    ) {
        self.accountID = accountID
        self.kind = kind
        self.unitID = unitID
        self.region = region
        self.roles = roles
        self.enterpriseID = enterpriseID
        self.serviceName = serviceName
        self.tokenIssuedAt = tokenIssuedAt
        self.tokenExpiresAt = tokenExpiresAt
        self.permissions = permissions
        self.units = units
    }

    /// The caller of a call that came without a token.
    public static let anonymous = Caller(accountID: "", kind: .anonymous)

    /// Requires the action for an object of a unit.
    ///
    /// - Throws: ``Problem`` PERMISSION_DENIED, telling whether the action or the scope is missing.
    public func require(_ action: String, unit: String) throws {
        try require(action) { scope in
            switch scope {
            case .all: true
            case .region: units.region(of: unit).map(isInRegion) ?? false
            case .ownUnitAndBelow: post.map { units.isUnit(unit, within: $0) } ?? false
            case .ownUnit: post.map(units.heirs(of: unit).contains) ?? false
            case .ownEnterprise: false
            }
        }
    }

    /// Whether the caller holds the action for an object of a unit. It narrows what is shown; where a call is refused,
    /// ``require(_:unit:)`` tells why.
    public func may(_ action: String, unit: String) -> Bool {
        do {
            try require(action, unit: unit)
            return true
        } catch {
            return false
        }
    }

    /// Requires the action for an object of an enterprise.
    ///
    /// - Throws: ``Problem`` PERMISSION_DENIED.
    public func require(_ action: String, enterprise: String) throws {
        try require(action) { scope in
            switch scope {
            case .all: true
            case .ownEnterprise: enterprise == enterpriseID
            case .region, .ownUnitAndBelow, .ownUnit: false
            }
        }
    }

    /// Requires the action for an object of a region.
    ///
    /// - Throws: ``Problem`` PERMISSION_DENIED.
    public func require(_ action: String, region: String) throws {
        try require(action) { scope in
            switch scope {
            case .all: true
            case .region: isInRegion(region)
            case .ownUnitAndBelow, .ownUnit, .ownEnterprise: false
            }
        }
    }

    /// Requires the action in any scope.
    ///
    /// - Throws: ``Problem`` PERMISSION_DENIED.
    public func require(_ action: String) throws {
        try require(action) { _ in true }
    }

    /// The widest scope in which the caller holds the action; nil when none. Lists narrow themselves by it.
    public func scope(of action: String) -> Scope? {
        let held = Set(permissions.lazy.filter { $0.covers(action) }.map(\.scope))
        return Scope.allCases.last(where: held.contains)
    }

    private func require(_ action: String, _ reaches: (Scope) -> Bool) throws {
        let held = permissions.filter { $0.covers(action) }
        guard !held.isEmpty else { throw Problem.denied("no role of the caller allows \(action)") }
        guard held.contains(where: { reaches($0.scope) }) else {
            throw Problem.denied(
                "the caller's scope for \(action) does not cover the object", zh: "该对象不在您的权限范围内", reason: .scopeDenied)
        }
    }

    /// The units whose objects are the caller's own today: the one of the post and those that have become it (DIR-3).
    public var ownUnits: [String] { post.map { units.forerunners(of: $0) } ?? [] }

    /// The unit in which the caller stands today: the own one, or the one that alone followed it (DIR-3). Where several
    /// followed, nobody can tell which one a post went to, so its rights rest until it gets a new account.
    private var post: String? {
        guard let unitID else { return nil }
        let heirs = units.heirs(of: unitID)
        return heirs.count == 1 ? heirs[0] : unitID
    }

    private func isInRegion(_ other: String) -> Bool {
        guard let region, let own = try? RegionCode(region), let other = try? RegionCode(other) else {
            // A code that is none covers nothing.
            return false
        }
        return own.contains(other)
    }
}
