import NIOCore
import Synchronization

/// Bounds the connections that are open at a time, over all and from one address, so that nobody can take up memory and
/// file descriptors by opening connections (XCT-12, rule 17). One more is closed at once, before it is read.
final class ConnectionLimit: Sendable {
    private let total: Int
    private let perAddress: Int
    private let open = Mutex<(all: Int, byAddress: [String: Int])>((0, [:]))

    init(total: Int, perAddress: Int) {
        self.total = total
        self.perAddress = perAddress
    }

    /// Counts a connection until it closes, or closes it.
    func admit(_ channel: any Channel) -> EventLoopFuture<Void> {
        let address = channel.remoteAddress?.ipAddress ?? ""
        if enter(address) {
            channel.closeFuture.whenComplete { [self] _ in leave(address) }
        } else {
            channel.close(promise: nil)
        }
        return channel.eventLoop.makeSucceededVoidFuture()
    }

    /// Takes a place for an address; false when there is none.
    func enter(_ address: String) -> Bool {
        open.withLock { open in
            guard open.all < total, open.byAddress[address, default: 0] < perAddress else { return false }
            open.all += 1
            open.byAddress[address, default: 0] += 1
            return true
        }
    }

    /// Gives the place back.
    func leave(_ address: String) {
        open.withLock { open in
            open.all -= 1
            let left = open.byAddress[address, default: 1] - 1
            open.byAddress[address] = left == 0 ? nil : left
        }
    }
}
