import EnterpriseContracts
import EnterpriseDomain
import Messaging
import ServiceRuntime

/// Records values of attributes; what was recorded before stays as history (ENT-3, ENT-5).
struct RecordAttributes: Sendable {
    let parts: EnterpriseParts

    /// Runs the command.
    func run(
        _ request: Zhitongche_Enterprise_V1_RecordAttributesRequest
    ) async throws -> Zhitongche_Enterprise_V1_RecordAttributesResponse {
        try Identifiers.check(request.enterpriseID, field: "enterprise_id")
        guard (1...100).contains(request.records.count) else { throw Problem.invalid("records", "must be 1 to 100") }
        let records = try request.records.enumerated().map { try AttributeRecord($1, field: "records[\($0)]") }
        let caller = try CallContext.caller
        for source in Set(records.map(\.source)) { try caller.require("enterprise.attributes.write", unit: source) }
        return try await parts.runtime.commands.run(
            request, id: request.requestID, object: "enterprise/\(request.enterpriseID)"
        ) { command in
            let enterprises = EnterpriseRepository(tx: command.tx, today: command.today)
            guard let ordinal = try enterprises.lock(ids: [request.enterpriseID])[request.enterpriseID],
                let before = try enterprises.row(ordinal)
            else { throw Problem.notFound("enterprise \(request.enterpriseID)") }
            try caller.require("enterprise.attributes.write", for: before)
            try enterprises.insert(records, of: ordinal)
            let rows = try enterprises.touch([ordinal])
            try parts.announce(rows, because: "attributes", in: command)
            return try .with { $0.enterprise = try rows[0].wire(vault: parts.vault) }
        }
    }
}

/// Checks of texts that reach the database.
enum Identifiers {
    /// Refuses texts that are too long or hold control characters, which the database could not store.
    ///
    /// - Throws: ``Problem`` INVALID_ARGUMENT on `field`.
    static func check(_ text: String, field: String, length: ClosedRange<Int>) throws {
        guard length.contains(text.unicodeScalars.count) else {
            throw Problem.invalid(field, "must have \(length.lowerBound) to \(length.upperBound) characters")
        }
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw Problem.invalid(field, "must not hold control characters")
        }
    }

    /// Refuses what is no UUID before it reaches the database.
    ///
    /// - Throws: ``Problem`` INVALID_ARGUMENT on `field`.
    static func check(_ text: String, field: String) throws {
        guard UUIDv7.isValid(text) else { throw Problem.invalid(field, "must be a UUID in lower case") }
    }
}
