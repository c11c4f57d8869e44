import DirectoryContracts
import DirectoryDomain
import ServiceRuntime

typealias WireRole = Zhitongche_Directory_V1_Role

extension GrantScope {
    /// - Throws: ``Problem`` INVALID_ARGUMENT for an unspecified or unknown scope.
    init(_ wire: Zhitongche_Directory_V1_Scope, field: String) throws {
        switch wire {
        case .ownUnit: self = .ownUnit
        case .ownUnitAndBelow: self = .ownUnitAndBelow
        case .region: self = .region
        case .all: self = .all
        case .ownEnterprise: self = .ownEnterprise
        case .unspecified, .UNRECOGNIZED: throw Problem.invalid(field, "must be one of the scopes")
        }
    }

    var wire: Zhitongche_Directory_V1_Scope {
        switch self {
        case .ownUnit: .ownUnit
        case .ownUnitAndBelow: .ownUnitAndBelow
        case .region: .region
        case .all: .all
        case .ownEnterprise: .ownEnterprise
        }
    }

    /// The runtime's scope of the same reach.
    var scope: Scope {
        switch self {
        case .ownUnit: .ownUnit
        case .ownUnitAndBelow: .ownUnitAndBelow
        case .region: .region
        case .all: .all
        case .ownEnterprise: .ownEnterprise
        }
    }
}

extension Role {
    /// A role as it came in, with the version that it will have.
    ///
    /// - Throws: ``Problem`` or ``FieldProblem`` naming the field at fault.
    init(_ wire: WireRole, version: Int64) throws {
        try self.init(
            id: try RoleID(wire.roleID, field: "role.role_id"), name: try plain(wire.name, "role.name"),
            grants: try wire.permissions.enumerated().map { index, permission in
                let path = "role.permissions[\(index)]"
                return try Grant(
                    action: permission.action, scope: try GrantScope(permission.scope, field: "\(path).scope"),
                    field: "\(path).action")
            }, needsSecondFactor: wire.secondFactor, version: version)
    }

    var wire: WireRole {
        .with {
            $0.roleID = id.text
            $0.name = name
            $0.permissions = grants.map { grant in
                .with {
                    $0.action = grant.action
                    $0.scope = grant.scope.wire
                }
            }
            $0.secondFactor = needsSecondFactor
            $0.version = version
        }
    }
}

/// Reads the roles named in a request.
///
/// - Throws: ``FieldProblem`` naming the entry that is no slug.
func roleIDs(_ texts: [String]) throws -> [RoleID] {
    try texts.enumerated().map { index, text in try RoleID(text, field: "role_ids[\(index)]") }
}
