import Foundation

/// A thread of its own that runs blocking calls one after another, so that none of them occupies a thread of Swift's
/// cooperative pool.
///
/// `@unchecked Sendable` is safe because `jobs` and `isStopped` are touched only while `condition` is held.
final class BlockingThread: @unchecked Sendable {
    private let condition = NSCondition()
    private var jobs: [@Sendable () -> Void] = []
    private var isStopped = false

    init(name: String) {
        let thread = Thread { [self] in loop() }
        thread.name = name
        thread.start()
    }

    /// Runs the body on the thread and returns its result; fails with `.closed` once the thread was stopped.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable () -> Result<Value, KafkaError>
    ) async throws(KafkaError) -> Value {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Value, KafkaError>, Never>) in
            if !submit({ continuation.resume(returning: body()) }) { continuation.resume(returning: .failure(.closed)) }
        }
        return try result.get()
    }

    /// Queues a job; `false` means that the thread was stopped and that the job will not run.
    @discardableResult
    func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard !isStopped else { return false }
        jobs.append(job)
        condition.signal()
        return true
    }

    /// Queues a last job; the thread ends behind it. `false` means that the thread was stopped already.
    @discardableResult
    func stop(after job: @escaping @Sendable () -> Void) -> Bool {
        condition.lock()
        defer { condition.unlock() }
        guard !isStopped else { return false }
        isStopped = true
        jobs.append(job)
        condition.signal()
        return true
    }

    /// Runs one body on a thread that lives only for it.
    static func once<Value: Sendable>(
        name: String, _ body: @escaping @Sendable () -> Result<Value, KafkaError>
    ) async throws(KafkaError) -> Value {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Value, KafkaError>, Never>) in
            let thread = Thread { continuation.resume(returning: body()) }
            thread.name = name
            thread.start()
        }
        return try result.get()
    }

    private func loop() {
        while let job = next() { job() }
    }

    private func next() -> (@Sendable () -> Void)? {
        condition.lock()
        defer { condition.unlock() }
        while jobs.isEmpty {
            if isStopped { return nil }
            condition.wait()
        }
        return jobs.removeFirst()
    }
}
