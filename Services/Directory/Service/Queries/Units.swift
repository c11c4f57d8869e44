import DirectoryContracts
import DirectoryDomain
import Domain
import ServiceRuntime
import Wire

extension DirectoryParts {
    /// One unit (DIR-2).
    func getUnit(_ request: Zhitongche_Directory_V1_GetUnitRequest) async throws
        -> Zhitongche_Directory_V1_GetUnitResponse
    {
        let id = try UnitID(request.unitID)
        return try await read { tx, _ in
            guard let unit = try UnitRepository.find(id, tx) else { throw Problem.notFound("unit \(id)") }
            return .with { $0.unit = unit.wire }
        }
    }

    /// Units by parent, kind, region and activity (DIR-2).
    func listUnits(_ request: Zhitongche_Directory_V1_ListUnitsRequest) async throws
        -> Zhitongche_Directory_V1_ListUnitsResponse
    {
        let size = try page(size: request.pageSize)
        let parent = request.parentID.isEmpty ? nil : try UnitID(request.parentID, field: "parent_id")
        let kind = request.kind == .unspecified ? nil : try UnitKind(request.kind, field: "kind")
        let region = request.region.isEmpty ? nil : try RegionCode(request.region, field: "region")
        let hash = PageToken.hash(of: [
            "units", parent?.text ?? "", kind?.rawValue ?? "", region?.description ?? "",
            request.includeEnded ? "ended" : "",
        ])
        let after = try PageToken.decode(request.pageToken, filterHash: hash, columns: 1)?.key[0] ?? ""
        return try await read { tx, today in
            let filter = UnitRepository.Filter(
                parent: parent, kind: kind, region: region, existingOn: request.includeEnded ? nil : today)
            let found = try UnitRepository.list(filter, after: after, limit: size + 1, tx)
            return .with {
                $0.units = found.prefix(size).map(\.wire)
                $0.nextPageToken = nextPage(found, size: size, hash) { $0.id.text }
            }
        }
    }

    /// The names, periods and present followers of a unit (DIR-3).
    func getUnitHistory(_ request: Zhitongche_Directory_V1_GetUnitHistoryRequest) async throws
        -> Zhitongche_Directory_V1_GetUnitHistoryResponse
    {
        let id = try UnitID(request.unitID)
        return try await read { tx, today in
            guard let unit = try UnitRepository.find(id, tx) else { throw Problem.notFound("unit \(id)") }
            let current = try UnitRepository.current(of: id, on: today, tx)
            return .with {
                $0.entries = unit.history.map { entry in
                    .with {
                        $0.name = entry.name.name
                        $0.period = .with {
                            $0.start = entry.name.from.wire
                            if let until = entry.until { $0.end = until.wire }
                        }
                    }
                }
                $0.currentUnitIds = current.map(\.text)
            }
        }
    }
}
