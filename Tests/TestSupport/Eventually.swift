/// A state was not reached in time; says the last one that was seen.
public struct NotReached: Error, CustomStringConvertible {
    /// The last state seen.
    public let description: String

    /// An error with its text.
    public init(description: String) { self.description = description }
}

/// Asks until the state is as expected, and fails with the last state seen.
///
/// - Parameters:
///   - limit: how long to ask at the most; generous, since machines are shared.
///   - state: reads the state.
///   - expected: whether the state is the one waited for.
/// - Returns: the state as expected.
@discardableResult
public func eventually<State: Sendable>(
    within limit: Duration = .seconds(30), _ state: () async throws -> State, is expected: (State) -> Bool
) async throws -> State {
    let end = ContinuousClock.now + limit
    while true {
        let last = try await state()
        if expected(last) { return last }
        guard ContinuousClock.now < end else { throw NotReached(description: "last state seen: \(last)") }
        try await Task.sleep(for: .milliseconds(20))
    }
}
