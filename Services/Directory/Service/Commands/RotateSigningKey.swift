import DirectoryContracts
import DirectoryDomain
import ServiceRuntime

extension DirectoryParts {
    /// Replaces the signing key (DIR-6). The new one signs a few seconds later, when verifiers have its public part; old
    /// tokens stay valid until they expire.
    func rotateSigningKey(_ request: Zhitongche_Directory_V1_RotateSigningKeyRequest) async throws
        -> Zhitongche_Directory_V1_RotateSigningKeyResponse
    {
        try await runtime.commands.run(request, id: request.requestID, object: "keyset") { [keys] command in
            let (id, event) = try keys.rotate(at: .now, businessTime: command.now, command.tx)
            try command.emit(event)
            return .with { $0.keyID = id }
        }
    }
}
