import DirectoryContracts

extension RegionNames {
    /// The name in a region's state.
    static func name(in payload: [UInt8]) throws -> String {
        try Zhitongche_Directory_V1_RegionState(serializedBytes: payload).region.name
    }
}
