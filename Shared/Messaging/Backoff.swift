/// Waits longer after each failure in a row, with jitter, so that many replicas do not come back at once.
struct Backoff {
    private static let first: Duration = .milliseconds(100)
    private static let longest: Duration = .seconds(5)
    private var next = Backoff.first

    /// The next wait is short again.
    mutating func reset() { next = Self.first }

    /// Between half and all of the present span; it doubles up to five seconds. Ends early when the task is cancelled.
    mutating func delay() -> Duration {
        let delay = next * Double.random(in: 0.5...1)
        next = min(next * 2, Self.longest)
        return delay
    }

    /// Waits for ``delay()``.
    mutating func wait() async {
        // Cancellation ends the sleep early, which is all that its error says.
        try? await Task.sleep(for: delay())
    }
}
