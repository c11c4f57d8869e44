import ArgumentParser
import CommonContracts
import Foundation
import GRPCCore

/// What every command of the operator names: the service, and who acts.
struct OperatorOptions: ParsableArguments {
    @Option(help: "Service, e.g. enterprise.")
    var service: String

    @Option(help: "Login of the operator; by default the account with the role operator.")
    var login: String?

    /// Calls the service's dead letter calls as the operator.
    func call<T: Sendable>(
        _ body: (
            Zhitongche_Common_V1_DeadLetterService.Client<OperatorTransport>, Bearer
        ) async throws -> T
    ) async throws -> T {
        guard Stack.services.contains(where: { $0.name == service }) else {
            throw Refusal("no service \(service); there are \(Stack.services.map(\.name).joined(separator: ", "))")
        }
        let stack = Stack()
        let accounts = Accounts(stack)
        let name = try login ?? accounts.entry(withRole: "operator").login
        let bearer = try await accounts.bearer(name)
        do {
            return try await withConnection(to: service, of: stack) { client in
                try await body(.init(wrapping: client), bearer)
            }
        } catch let error as RPCError {
            throw Refusal("\(service) refuses: \(error.code) \(error.message)")
        }
    }
}

extension Zhitongche_Common_V1_DeadLetterClass {
    /// The word that the command line and the database use.
    var word: String {
        switch self {
        case .envelope: "envelope"
        case .undecodable: "undecodable"
        case .unknownType: "unknown_type"
        case .rejected: "rejected"
        case .failed: "failed"
        case .unspecified, .UNRECOGNIZED: "?"
        }
    }

    /// The class of a word.
    static func named(_ word: String) throws -> Self {
        let known: [Self] = [.envelope, .undecodable, .unknownType, .rejected, .failed]
        guard let found = known.first(where: { $0.word == word }) else {
            throw Refusal("no class \(word); there are \(known.map(\.word).joined(separator: ", "))")
        }
        return found
    }
}

extension Zhitongche_Common_V1_ParkingCause {
    /// The word that the command line and the database use.
    var word: String {
        switch self {
        case .gap: "gap"
        case .deadLetter: "dead_letter"
        case .unspecified, .UNRECOGNIZED: "–"
        }
    }
}

/// Bytes for people: as text where they are text, else in base 16.
func shown(_ bytes: Data) -> String {
    if let text = String(validating: bytes, as: UTF8.self),
        text.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
    {
        return text
    }
    return bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
}
