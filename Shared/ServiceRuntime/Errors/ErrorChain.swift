import GRPCCore
import Postgres

/// An error and what caused it, for one log line at the boundary.
///
/// Descriptions are taken only of errors known to quote no payload; of others the type alone is shown.
struct ErrorChain {
    let links: [String]

    init(_ error: any Error) {
        var links: [String] = []
        var next: (any Error)? = error
        while let error = next, links.count < 8 {
            if let error = error as? RPCError {
                links.append("rpc \(error.code): \(error.message)")
                next = error.cause
            } else {
                links.append(Self.describe(error))
                next = nil
            }
        }
        self.links = links
    }

    private static func describe(_ error: any Error) -> String {
        switch error {
        case let error as Problem: error.description
        case let error as any ProblemConvertible: "\(type(of: error)): \(error.problem)"
        case let error as PostgresError: error.description
        case _: "\(type(of: error)): \(String(describing: error))"
        }
    }
}
