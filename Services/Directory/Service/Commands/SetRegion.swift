import DirectoryContracts
import DirectoryDomain
import ServiceRuntime

extension DirectoryParts {
    /// Creates or renames a region (DIR-1). Storing what is there already changes nothing and publishes nothing.
    func setRegion(_ request: Zhitongche_Directory_V1_SetRegionRequest) async throws
        -> Zhitongche_Directory_V1_SetRegionResponse
    {
        let wanted = try Region(request.region)
        return try await runtime.commands.run(
            request, id: request.requestID, object: "region:\(wanted.code)"
        ) { command in
            try command.caller.require("directory.region.write", region: wanted.code.description)
            if let parent = wanted.code.parent, try RegionRepository.find(parent, command.tx) == nil {
                throw Problem.invalid("region.parent", "must be known already")
            }
            var region = wanted
            if try RegionRepository.insert(wanted, command.tx) {
                try command.emit(try DirectoryEvents.state(region, at: command.now))
            } else if let known = try RegionRepository.find(wanted.code, lock: true, command.tx) {
                region = known
                if known.name != wanted.name {
                    region = try Region(code: known.code, name: wanted.name, version: known.version + 1)
                    try RegionRepository.save(region, command.tx)
                    try command.emit(try DirectoryEvents.state(region, at: command.now))
                }
            }
            return .with { $0.region = region.wire }
        }
    }
}
