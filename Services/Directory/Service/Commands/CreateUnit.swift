import DirectoryContracts
import DirectoryDomain
import Postgres
import ServiceRuntime

extension DirectoryParts {
    /// Creates a unit (DIR-2). A caller whose scope is a unit or a region may create below the units that it covers;
    /// roots are made with the scope of all objects only. A unit serves its parent's region or a part of it: an
    /// account's region is that of its unit, so a region elsewhere would carry rights there.
    func createUnit(_ request: Zhitongche_Directory_V1_CreateUnitRequest) async throws
        -> Zhitongche_Directory_V1_CreateUnitResponse
    {
        let unit = try Unit(new: request.unit)
        return try await runtime.commands.run(request, id: request.requestID, object: "unit:\(unit.id)") { command in
            let charter = unit.charter
            if let parent = charter.parent {
                try command.caller.require("directory.unit.write", unit: parent.text)
            } else if command.caller.scope(of: "directory.unit.write") != .all {
                throw Problem.denied(
                    "units without a parent are made with the scope of all objects only", reason: .scopeDenied)
            }
            guard try RegionRepository.find(charter.region, command.tx) != nil else {
                throw Problem.invalid("unit.region", "must be a known region")
            }
            for (field, id) in [("parent_id", charter.parent), ("responsible_unit_id", charter.responsibleUnit)] {
                guard let id else { continue }
                guard let other = try UnitRepository.find(id, command.tx), other.exists(on: command.today) else {
                    throw Problem.invalid("unit.\(field)", "must be a unit that exists today")
                }
                guard id != charter.parent || other.charter.region.contains(charter.region) else {
                    throw Problem.invalid("unit.region", "must lie within the parent's region")
                }
            }
            guard try UnitRepository.insert(unit, command.tx) else { throw Problem.alreadyExists("unit \(unit.id)") }
            try command.emit(contentsOf: try DirectoryEvents.created(unit, at: command.now))
            return .with { $0.unit = unit.wire }
        }
    }

    /// The unit of a command, locked, if the caller may change it and read its present version.
    ///
    /// - Throws: ``Problem`` NOT_FOUND, PERMISSION_DENIED or ABORTED.
    static func unitForChange(_ id: UnitID, version: Int64, _ command: Command) throws -> Unit {
        guard let unit = try UnitRepository.find(id, lock: true, command.tx) else {
            throw Problem.notFound("unit \(id)")
        }
        try command.caller.require("directory.unit.write", unit: id.text)
        guard unit.version == version else { throw Problem.conflict(currentVersion: unit.version) }
        return unit
    }
}
