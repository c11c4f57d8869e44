import Postgres

extension Database {
    /// Reads for the current call: all statements of the body see one state, none writes, and waiting ends with the
    /// call's deadline.
    ///
    /// - Throws: what the body throws, or `PostgresError`.
    public func snapshot<Found: Sendable>(
        _ body: @escaping @Sendable (Transaction) throws -> Found
    ) async throws -> Found {
        try await transaction(
            .calls, isolation: .repeatableRead, readOnly: true, deadline: CallContext.deadline, body)
    }
}
