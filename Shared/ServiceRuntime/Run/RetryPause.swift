/// Growing pauses with jitter between attempts, so that replicas do not return all at once.
struct RetryPause {
    private var next: Duration = .milliseconds(100)
    private let limit: Duration

    init(limit: Duration = .seconds(10)) { self.limit = limit }

    /// Waits between half of the pause and all of it; ends early when the task is cancelled.
    mutating func wait() async {
        let pause = next * Double.random(in: 0.5...1)
        next = min(next * 2, limit)
        do { try await Task.sleep(for: pause) } catch { return }
    }
}
