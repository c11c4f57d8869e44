import CLibpq

/// One statement in the form in which libpq sends it, outside or inside of a pipeline.
struct PreparedCall {
    /// The name on the server; nil for text that is sent as it is, without parameters.
    let name: String?
    /// Whether the server has to prepare it first.
    let isNew: Bool
    let key: Session.StatementKey
    let parameters: [SQL.Parameter]

    init(name: String, isNew: Bool, key: Session.StatementKey, parameters: [SQL.Parameter]) {
        self.name = name
        self.isNew = isNew
        self.key = key
        self.parameters = parameters
    }

    init(text: String) {
        name = nil
        isNew = false
        key = Session.StatementKey(text: text, types: [])
        parameters = []
    }

    /// Asks the server to prepare the statement; 1 when it was sent.
    func sendPreparation(_ connection: OpaquePointer) -> Int32 {
        PQsendPrepare(connection, name, key.text, Int32(key.types.count), key.types)
    }

    /// Asks the server to run the statement; 1 when it was sent. libpq has copied the parameters by then.
    func send(_ connection: OpaquePointer) -> Int32 {
        guard let name else { return PQsendQueryParams(connection, key.text, 0, nil, nil, nil, nil, 1) }
        // One spare byte keeps every address valid, even of empty values.
        var storage: [UInt8] = []
        var offsets: [Int?] = []
        for parameter in parameters {
            offsets.append(parameter.bytes.map { _ in storage.count })
            storage += parameter.bytes ?? []
        }
        storage.append(0)
        let lengths = parameters.map { Int32($0.bytes?.count ?? 0) }
        let formats = [Int32](repeating: 1, count: parameters.count)
        return storage.withUnsafeBytes { bytes in
            let values = offsets.map { offset in
                offset.flatMap { bytes.baseAddress?.advanced(by: $0).assumingMemoryBound(to: CChar.self) }
            }
            return PQsendQueryPrepared(connection, name, Int32(parameters.count), values, lengths, formats, 1)
        }
    }
}
