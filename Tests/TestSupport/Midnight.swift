import Postgres

/// Waits until UTC's midnight is past, if it comes within so short a time that a test of one day would see two.
///
/// - Parameter margin: what the test may take; a test that begins earlier before midnight does not wait.
public func midnightPassed(margin: Duration = .seconds(60)) async throws {
    let now = Instant.now
    let left = 86_400_000_000 - (now.microseconds % 86_400_000_000)
    guard .microseconds(left) < margin else { return }
    // Time itself is meant; the day of the database's clock changes with it.
    try await Task.sleep(for: .microseconds(left) + .seconds(1))
}
