import EnterpriseContracts
import EnterpriseDomain
import ServiceRuntime

/// Loads registry rows from a stream: header first, then the file's bytes (ENT-1). A file may hold enterprises of any
/// region, so loading needs the right for all of them.
struct LoadEnterprises: Sendable {
    private static let pieceLimit = 1_048_576

    let parts: EnterpriseParts
    var pieceSize = RegistryLoad.standardPieceSize

    /// Reads the stream to its end and returns the report.
    func run<Stream: AsyncSequence>(
        _ stream: Stream
    ) async throws -> Zhitongche_Enterprise_V1_LoadEnterprisesResponse
    where Stream.Element == Zhitongche_Enterprise_V1_LoadEnterprisesRequest, Stream.Failure == any Error {
        try CallContext.caller.requireEverywhere("enterprise.load")
        var iterator = stream.makeAsyncIterator()
        guard case .header(let header)? = try await iterator.next()?.part else {
            throw Problem.invalid("header", "must come first")
        }
        try Identifiers.check(header.loadID, field: "header.load_id", length: 1...64)
        try Identifiers.check(header.source, field: "header.source", length: 1...64)
        let start = try await parts.runtime.database.transaction(.calls) { tx in
            try LoadRepository(tx: tx).begin(header.loadID, source: header.source)
        }
        guard start.source == header.source else {
            throw Problem.invalid("header.source", "differs from the source of the load with this identifier")
        }
        if start.isFinished { return start.wire }
        let load = RegistryLoad(runtime: parts.runtime, vault: parts.vault, start: start, pieceSize: pieceSize)
        try await load.read(Bytes(iterator: iterator))
        return try await finish(header)
    }

    /// Ends the load as a command of its own, with its audit row. Every point is matched when more was changed than the
    /// pieces have queued by themselves.
    private func finish(
        _ header: Zhitongche_Enterprise_V1_LoadHeader
    ) async throws -> Zhitongche_Enterprise_V1_LoadEnterprisesResponse {
        try await parts.runtime.commands.run(header, id: header.loadID, object: "load/\(header.loadID)") { command in
            let loads = LoadRepository(tx: command.tx)
            if try loads.finish(header.loadID) {
                try MatchQueue(tx: command.tx).appendAll(because: "load \(header.loadID)")
                parts.wakeAfterCommit(command.tx)
            }
            guard let progress = try loads.progress(header.loadID) else { throw Problem.notFound("load") }
            return progress.wire
        }
    }

    /// The bytes behind the header.
    private struct Bytes<Base: AsyncIteratorProtocol>: AsyncSequence, AsyncIteratorProtocol
    where Base.Element == Zhitongche_Enterprise_V1_LoadEnterprisesRequest, Base.Failure == any Error {
        typealias Element = [UInt8]
        var iterator: Base

        func makeAsyncIterator() -> Self { self }

        mutating func next() async throws -> [UInt8]? {
            guard let message = try await iterator.next() else { return nil }
            guard case .data(let data)? = message.part else {
                throw Problem.invalid("data", "must follow the header, which comes once")
            }
            guard data.count <= LoadEnterprises.pieceLimit else { throw Problem.invalid("data", "is above 1 MiB") }
            return [UInt8](data)
        }
    }
}
