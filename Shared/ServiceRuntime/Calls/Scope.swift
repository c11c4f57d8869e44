import DirectoryContracts

/// How far a permission extends (DIR-4).
public enum Scope: Sendable, Hashable, CaseIterable {
    /// Objects of the caller's own enterprise or account.
    case ownEnterprise
    /// Objects of the caller's own unit.
    case ownUnit
    /// Objects of the caller's own unit and the units below it.
    case ownUnitAndBelow
    /// Objects in the caller's region.
    case region
    /// All objects.
    case all

    /// The scope of the contract; nil for unknown ones, which grant nothing.
    init?(_ scope: Zhitongche_Directory_V1_Scope) {
        switch scope {
        case .ownEnterprise: self = .ownEnterprise
        case .ownUnit: self = .ownUnit
        case .ownUnitAndBelow: self = .ownUnitAndBelow
        case .region: self = .region
        case .all: self = .all
        case .unspecified, .UNRECOGNIZED: return nil
        }
    }
}

/// An action and how far it extends.
public struct Permission: Sendable, Hashable {
    /// An action such as "policy.point.publish"; "policy.*" stands for all below, "*" for every action.
    public let action: String
    /// How far it extends.
    public let scope: Scope

    /// A permission of a role.
    public init(action: String, scope: Scope) {
        self.action = action
        self.scope = scope
    }

    /// Whether the permission speaks of an action.
    public func covers(_ action: String) -> Bool {
        if self.action == action || self.action == "*" { return true }
        return self.action.hasSuffix(".*") && action.hasPrefix(self.action.dropLast())
    }
}
