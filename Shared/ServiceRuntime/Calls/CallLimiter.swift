import Synchronization

/// Bounds the calls handled at a time; one more is refused at once instead of queued without bound (rule 15).
final class CallLimiter: Sendable {
    private let limit: Int
    private let count = Mutex(0)

    init(limit: Int) { self.limit = limit }

    /// - Throws: ``Problem`` RESOURCE_EXHAUSTED at the limit.
    func enter() throws {
        let isFull = count.withLock { count in
            if count >= limit { return true }
            count += 1
            return false
        }
        if isFull { throw Problem.exhausted("the service handles \(limit) calls at a time") }
    }

    func leave() { count.withLock { $0 -= 1 } }
}
