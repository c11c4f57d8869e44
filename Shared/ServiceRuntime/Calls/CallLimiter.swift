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
    func enter(isAnonymous: Bool) throws -> CallPlace {
        let isFull = count.withLock { count in
            if count.all >= limit || isAnonymous && count.anonymous >= max(limit / 2, 1) { return true }
            count.all += 1
            if isAnonymous { count.anonymous += 1 }
            return false
        }
        if isFull { throw Problem.exhausted("the service handles \(limit) calls at a time") }
        return CallPlace(limiter: self, isAnonymous: isAnonymous)
    }

    /// Gives the place back.
    fileprivate func leave(isAnonymous: Bool) {
        count.withLock { count in
            count.all -= 1
            if isAnonymous { count.anonymous -= 1 }
        }
    }
}

/// A place among the calls handled at a time, given back when nothing of the call is left.
///
/// It is bound to the life of what holds it and not to the end of a step: the answer of a caller who is gone is
/// dropped without being written, so no step of its own comes last.
final class CallPlace: Sendable {
    private let limiter: CallLimiter
    private let isAnonymous: Bool

    fileprivate init(limiter: CallLimiter, isAnonymous: Bool) {
        self.limiter = limiter
        self.isAnonymous = isAnonymous
    }

    deinit { limiter.leave(isAnonymous: isAnonymous) }
}
