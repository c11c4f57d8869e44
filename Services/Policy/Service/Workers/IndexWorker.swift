import Logging
import ServiceRuntime

/// Renews the search index after a new program has begun to take texts apart in another way.
enum IndexWorker {
    static let name = "search-index"

    /// A replica of the old program may go on for a while beside this one, hence the look once an hour.
    static func make(_ renewal: RenewIndex) -> Worker {
        Worker(name: name, leader: true) { context in
            while true {
                let renewed = try await renewal.run()
                if renewed > 0 { context.logger.info("search index renewed", metadata: ["points": "\(renewed)"]) }
                try await context.wait(for: .seconds(3_600))
            }
        }
    }
}
