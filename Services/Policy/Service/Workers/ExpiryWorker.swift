import Logging
import ServiceRuntime

/// Looks for points whose validity ended, again and again.
enum ExpiryWorker {
    static let name = "expiry"

    /// In production a point ends within a minute of midnight. In development the clock jumps, on any replica, so the
    /// look is more frequent; it is one look into an index.
    static func make(_ expiry: ExpirePoints, isDevelopment: Bool) -> Worker {
        let pause: Duration = isDevelopment ? .seconds(1) : .seconds(60)
        return Worker(name: name, leader: true) { context in
            while true {
                let ended = try await expiry.run()
                if ended > 0 { context.logger.info("points expired", metadata: ["count": "\(ended)"]) }
                try await context.wait(for: pause)
            }
        }
    }
}
