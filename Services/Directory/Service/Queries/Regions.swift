import DirectoryContracts
import DirectoryDomain
import Domain
import ServiceRuntime

extension DirectoryParts {
    /// One region with its path to the root (DIR-1).
    func getRegion(_ request: Zhitongche_Directory_V1_GetRegionRequest) async throws
        -> Zhitongche_Directory_V1_GetRegionResponse
    {
        let code = try RegionCode(request.code, field: "code")
        return try await read { tx, _ in
            guard let region = try RegionRepository.find(code, tx) else { throw Problem.notFound("region \(code)") }
            let path = try RegionRepository.path(to: code, tx)
            return .with {
                $0.region = region.wire
                $0.path = path.map(\.wire)
            }
        }
    }

    /// The regions below a region (DIR-1).
    func listRegions(_ request: Zhitongche_Directory_V1_ListRegionsRequest) async throws
        -> Zhitongche_Directory_V1_ListRegionsResponse
    {
        let parent = request.parent.isEmpty ? nil : try RegionCode(request.parent, field: "parent")
        let size = try page(size: request.pageSize)
        let filter = PageToken.hash(of: ["regions", parent?.description ?? ""])
        let after = try PageToken.decode(request.pageToken, filterHash: filter, columns: 1)
            .map { try RegionCode($0.key[0], field: "page_token") }
        return try await read { tx, _ in
            let found = try RegionRepository.children(of: parent, after: after, limit: size + 1, tx)
            return .with {
                $0.regions = found.prefix(size).map(\.wire)
                $0.nextPageToken = nextPage(found, size: size, filter) { $0.code.description }
            }
        }
    }
}

/// The token of the next page, when one row more was found than the page holds; else empty.
func nextPage<Row>(_ found: [Row], size: Int, _ filter: [UInt8], _ key: (Row) -> String) -> String {
    found.count > size ? PageToken.encode(filterHash: filter, key: [key(found[size - 1])]) : ""
}
