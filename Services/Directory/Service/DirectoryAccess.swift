import ServiceRuntime

/// Who may make which call (XCT-10); handlers narrow actions by the caller's scope.
enum DirectoryAccess {
    static let table: AccessTable = [
        "GetRegion": .authenticated,
        "ListRegions": .authenticated,
        "SetRegion": .action("directory.region.write"),
        "GetUnit": .authenticated,
        "ListUnits": .authenticated,
        "CreateUnit": .action("directory.unit.write"),
        "RenameUnit": .action("directory.unit.write"),
        "EndUnit": .action("directory.unit.write"),
        "GetUnitHistory": .authenticated,
        "ListRoles": .action("directory.role.read"),
        "SetRole": .action("directory.role.write"),
        "CreateStaffAccount": .action("directory.account.write"),
        "SetAccountRoles": .action("directory.account.write"),
        "SetAccountStatus": .action("directory.account.write"),
        "GetAccount": .authenticated,
        "ListAccounts": .action("directory.account.read"),
        "StartRegistration": .anonymous,
        "ConfirmRegistration": .anonymous,
        "SendLoginCode": .anonymous,
        "Login": .anonymous,
        "RefreshSession": .anonymous,
        "Logout": .anonymous,
        "IssueServiceToken": .anonymous,
        "EnrolSecondFactor": .kinds([.staff, .enterprise]),
        "ChangePassword": .kinds([.staff, .enterprise]),
        "GetKeySet": .anonymous,
        "RotateSigningKey": .action("directory.key.rotate"),
        "WhoAmI": .authenticated,
        "ListAuditEntries": .action("audit.read"),
        "GetAuditHeads": .action("audit.read"),
    ]
}
