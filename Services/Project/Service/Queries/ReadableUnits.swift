import Domain
import Postgres
import ProjectDomain
import ServiceRuntime

/// The units whose objects a list may show to a caller.
enum ReadableUnits {
    /// Units among those that a statement names in its column `unit`; nil when the caller may read all.
    ///
    /// - Throws: `Problem` PERMISSION_DENIED without the action.
    static func of(
        _ caller: Caller, _ action: String, among sql: SQL, in tx: Transaction
    ) throws -> [UnitID]? {
        try caller.require(action)
        if caller.scope(of: action) == .all { return nil }
        return try tx.query(sql) { try UnitID.stored($0, "unit") }.filter {
            caller.may(action, unit: $0.text)
        }
    }

    /// Requires the action for one of several units that have to do with an object; otherwise it is as if it were not
    /// there.
    static func requireAny(_ units: [UnitID], _ caller: Caller, _ action: String, object: String) throws {
        guard units.contains(where: { caller.may(action, unit: $0.text) }) else { throw Problem.notFound(object) }
    }
}
