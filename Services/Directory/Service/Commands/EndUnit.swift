import DirectoryContracts
import DirectoryDomain
import Domain
import ServiceRuntime
import Wire

extension DirectoryParts {
    /// Ends a unit on a day and names who follows it (DIR-3). What belonged to the unit belongs to its successors from
    /// then on, so the caller's scope has to cover them as well.
    func endUnit(_ request: Zhitongche_Directory_V1_EndUnitRequest) async throws
        -> Zhitongche_Directory_V1_EndUnitResponse
    {
        let id = try UnitID(request.unitID)
        let day = try CivilDate(request.on, field: "on")
        guard request.successorIds.count <= 64 else { throw Problem.invalid("successor_ids", "must be at most 64") }
        let successorIDs = try request.successorIds.enumerated().map { index, text in
            try UnitID(text, field: "successor_ids[\(index)]")
        }
        return try await runtime.commands.run(request, id: request.requestID, object: "unit:\(id)") { command in
            // The ends of all units concerned are decided under their locks, taken in one order, so that no two
            // commands can each rely on a successor that the other one ends.
            var known: [UnitID: Unit] = [:]
            for other in Set(successorIDs + [id]).sorted() {
                known[other] = try UnitRepository.find(other, lock: true, command.tx)
            }
            var unit = try Self.unitForChange(id, version: request.version, command)
            let successors = try successorIDs.enumerated().map { index, id in
                guard let successor = known[id] else {
                    throw Problem.invalid("successor_ids[\(index)]", "must be a known unit")
                }
                try command.caller.require("directory.unit.write", unit: id.text)
                return successor
            }
            try unit.end(on: day, followedBy: successors)
            unit = try UnitRepository.save(unit, command.tx)
            try command.emit(contentsOf: try DirectoryEvents.ended(unit, at: command.now))
            return .with { $0.unit = unit.wire }
        }
    }
}
