import DirectoryContracts
import DirectoryDomain
import Domain
import ServiceRuntime
import Wire

extension DirectoryParts {
    /// Renames a unit from a day on (DIR-3). A day to come plans the rename: the answer shows the present name, and the
    /// event follows on the day itself.
    func renameUnit(_ request: Zhitongche_Directory_V1_RenameUnitRequest) async throws
        -> Zhitongche_Directory_V1_RenameUnitResponse
    {
        let id = try UnitID(request.unitID)
        let name = try UnitName(
            name: try plain(request.name, "name"), shortName: try plain(request.shortName, "short_name"),
            from: try CivilDate(request.from, field: "from"))
        return try await runtime.commands.run(request, id: request.requestID, object: "unit:\(id)") { command in
            var unit = try Self.unitForChange(id, version: request.version, command)
            switch try unit.rename(to: name, today: command.today) {
            case .announced(let previous):
                unit = try UnitRepository.save(unit, command.tx)
                try command.emit(contentsOf: try DirectoryEvents.renamed(unit, previous: previous, at: command.now))
            case .planned:
                try UnitRepository.savePlan(unit, command.tx)
            }
            return .with { $0.unit = unit.wire }
        }
    }
}
