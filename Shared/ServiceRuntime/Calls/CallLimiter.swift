import Synchronization

/// Bounds the calls handled at a time; one more is refused at once instead of queued without bound (rule 15).
final class CallLimiter: Sendable {
    private let limit: Int
    private let count = Mutex((all: 0, anonymous: 0))

    init(limit: Int) { self.limit = limit }

    /// Takes a place. Calls without a token get half of them at the most, so that anybody's flood leaves room for
    /// those who are known.
    ///
    /// - Throws: ``Problem`` RESOURCE_EXHAUSTED at the limit.
    func enter(isAnonymous: Bool) throws {
        let isFull = count.withLock { count in
            if count.all >= limit || isAnonymous && count.anonymous >= max(limit / 2, 1) { return true }
            count.all += 1
            if isAnonymous { count.anonymous += 1 }
            return false
        }
        if isFull { throw Problem.exhausted("the service handles \(limit) calls at a time") }
    }

    /// Gives the place back.
    func leave(isAnonymous: Bool) {
        count.withLock { count in
            count.all -= 1
            if isAnonymous { count.anonymous -= 1 }
        }
    }
}
