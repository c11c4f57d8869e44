import CLibpq
import Foundation
import Synchronization

/// Asks the server to cancel the running statement, from a thread of its own: libpq opens a second connection for it
/// and waits without a limit, which a frozen server would make endless.
final class CancelRequest: Sendable {
    /// `@unchecked Sendable` is safe: libpq allows cancelling from any thread, and only that one thread uses and
    /// frees the value.
    private struct Token: @unchecked Sendable { let pointer: OpaquePointer }

    private let done = Atomic(false)

    init(_ connection: OpaquePointer, wakeup: Wakeup) {
        guard let cancel = PQgetCancel(connection) else {
            done.store(true, ordering: .releasing)
            return
        }
        let token = Token(pointer: cancel)
        Thread.detachNewThread { [self] in
            // A refused request shows as a statement that goes on, which its own limit ends.
            var message = [CChar](repeating: 0, count: 256)
            _ = PQcancel(token.pointer, &message, Int32(message.count))
            PQfreeCancel(token.pointer)
            done.store(true, ordering: .releasing)
            wakeup.signal()
        }
    }

    var isDone: Bool { done.load(ordering: .acquiring) }
}
