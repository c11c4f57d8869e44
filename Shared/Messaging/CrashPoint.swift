import Foundation
import Synchronization

/// The named places at which a test can end the process as a power failure would.
///
/// `ZTC_CRASH_POINT=relay.afterProduce` kills the process with SIGKILL when it first comes there;
/// `relay.afterProduce:3` on the third time. Without the variable a crash point costs one comparison.
public func crashPoint(_ name: StaticString) {
    guard let armed = CrashPoint.armed else { return }
    armed.reach("\(name)")
}

private final class CrashPoint: Sendable {
    static let armed: CrashPoint? = ProcessInfo.processInfo.environment["ZTC_CRASH_POINT"].map(CrashPoint.init)

    private let name: Substring
    private let remaining: Mutex<Int>

    init(_ setting: String) {
        let parts = setting.split(separator: ":", maxSplits: 1)
        name = parts.first ?? ""
        remaining = Mutex(parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
    }

    func reach(_ point: String) {
        guard point == name else { return }
        let isLast = remaining.withLock { count in
            count -= 1
            return count == 0
        }
        if isLast { kill(getpid(), SIGKILL) }
    }
}
