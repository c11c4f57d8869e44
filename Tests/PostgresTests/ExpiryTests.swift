import Postgres
import Synchronization
import TestSupport
import Testing

@Suite("What runs past its time")
struct ExpiryTests {
    @Test("Each action is called once, at its limit and in the order of the limits, whatever the order of adding")
    func order() async throws {
        let called = Mutex<[Int]>([])
        // So far ahead that even a slow machine has added all of them before the first is due.
        let start = ContinuousClock.now + .seconds(3)
        let moments = Mutex<[Int: ContinuousClock.Instant]>([:])
        // The task that sleeps for the first has to be overtaken by one for the second, and so on.
        for tenths in [5, 1, 4, 2, 3] {
            _ = Expiry.shared.add(at: start + .milliseconds(100 * tenths)) {
                moments.withLock { $0[tenths] = .now }
                called.withLock { $0.append(tenths) }
            }
        }
        try await eventually {
            called.withLock { $0.count }
        } is: {
            $0 == 5
        }
        try await Task.sleep(for: .milliseconds(300))
        #expect(called.withLock { $0 } == [1, 2, 3, 4, 5])
        for (tenths, moment) in moments.withLock({ $0 }) { #expect(moment >= start + .milliseconds(100 * tenths)) }
    }

    @Test("What was removed is not called, and does not keep what follows from being called")
    func removal() async throws {
        let called = Mutex<[String]>([])
        // So far ahead that even a slow machine has removed the first before it is due.
        let start = ContinuousClock.now + .seconds(3)
        let gone = Expiry.shared.add(at: start + .milliseconds(100)) { called.withLock { $0.append("gone") } }
        _ = Expiry.shared.add(at: start + .milliseconds(200)) { called.withLock { $0.append("second") } }
        Expiry.shared.remove(gone)
        try await eventually {
            called.withLock { $0 }
        } is: {
            $0 == ["second"]
        }
        // Nobody sleeps any more now; the next entry has to bring its own.
        _ = Expiry.shared.add(at: .now) { called.withLock { $0.append("third") } }
        try await eventually {
            called.withLock { $0 }
        } is: {
            $0 == ["second", "third"]
        }
    }
}
