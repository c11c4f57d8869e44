/// How far a permission extends (DIR-4); the raw value is the stored word.
public enum GrantScope: String, Hashable, Sendable, CaseIterable {
    /// Objects of the caller's own enterprise or account.
    case ownEnterprise = "own_enterprise"
    /// Objects of the caller's own unit.
    case ownUnit = "own_unit"
    /// Objects of the caller's own unit and the units below it.
    case ownUnitAndBelow = "own_unit_and_below"
    /// Objects in the caller's region.
    case region
    /// All objects.
    case all
}

/// One permission of a role: an action and the objects to which it extends (DIR-4).
public struct Grant: Hashable, Sendable {
    /// An action such as `policy.point.publish`; `policy.*` stands for all below.
    public let action: String
    /// How far it extends.
    public let scope: GrantScope

    /// A permission.
    ///
    /// - Throws: ``FieldProblem`` naming `field` unless the action is words joined by dots, the last of which may be an
    ///   asterisk behind at least one other.
    public init(action: String, scope: GrantScope, field: String = "action") throws(FieldProblem) {
        let named = action.hasSuffix(".*") ? String(action.dropLast(2)) : action
        guard SlugForm.isValid(named, separators: [".", "-"], length: 2...96) else {
            throw FieldProblem(field, "must be lower-case words joined by dots, e.g. policy.point.read or policy.*")
        }
        self.action = action
        self.scope = scope
    }
}
