import EnterpriseContracts
import Foundation
import GRPCCore
import Synchronization

/// The story of the whole system, told by calls only, each with the token of the post that would make it: a policy finds
/// its enterprises, an enquiry is answered, a problem runs over a holiday and goes to supervision, a lead becomes a
/// project whose light changes.
///
/// A part is a function of its own that tells its steps, waits for what it caused, and returns what it came to. Every
/// part can be told again on a running system.
struct Scenario {
    /// The point of the story, left to it by the loader.
    static let pointID = "graduate-allowance"

    let stack: Stack
    let accounts: Accounts
    let folder: URL
    let generator: EnterpriseGenerator
    let subscriber: String?
    let narrator = Narrator()

    /// One of the three enterprises of the story.
    struct Reader {
        let phone: String
        let row: EnterpriseRow
        let enterprise: Zhitongche_Enterprise_V1_Enterprise
    }

    /// What one reader found.
    struct Finding {
        let name: String
        let verdict: String
        let reason: String
        let yuan: String
    }

    /// A line of the table at the end. It holds nothing that differs from one telling to the next, such as numbers of
    /// cases, revisions and days.
    struct Outcome: Sendable {
        let subject: String
        let result: String
        let reason: String
    }

    func run() async throws {
        let began = ContinuousClock.now
        try await waitForQuiet()
        let clock = StoryClock(self)
        let first = try await clock.start()
        let readers = try await readers()

        var outcomes: [Outcome] = []
        outcomes += try await tellPolicy(readers)
        outcomes += try await tellEnquiry(of: readers[0])
        outcomes += try await tellProblem(clock)
        outcomes += try await tellProject(clock)
        outcomes += try await tellAssessment()

        narrator.step("结果")
        Console.table(["事项", "结果", "依据"], outcomes.map { [$0.subject, $0.result, $0.reason] })
        print("")
        Console.line("业务时间由 \(StoryClock.text(first)) 到 \(StoryClock.text(try await clock.now()))")
        let time = (ContinuousClock.now - began).formatted(
            .units(allowed: [.seconds], fractionalPart: .show(length: 1)))
        Console.line("用时 \(time)")
    }

    /// Waits until nothing is under way: no event waits to be published or read, and every service serves.
    func waitForQuiet() async throws {
        let end = ContinuousClock.now + .seconds(180)
        while true {
            let services = try await ServiceStatus.read(of: stack)
            if services.allSatisfy(\.isQuiet) { return }
            guard ContinuousClock.now < end else {
                let restless = services.filter { !$0.isQuiet }.map(\.service).joined(separator: ", ")
                throw Refusal("the system does not become quiet: \(restless); see ztc status")
            }
            let pending = services.reduce(0) { $0 + ($1.pending ?? 0) + ($1.lag ?? 0) }
            Console.progress("等待系统空闲：\(Console.grouped(pending)) 条事件在途")
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    /// Makes calls to one service with the token of one post.
    func at<Answer: Sendable>(
        _ service: String, as login: String,
        _ body: (GRPCClient<OperatorTransport>, Bearer) async throws -> Answer
    ) async throws -> Answer {
        let bearer = try await accounts.bearer(login)
        return try await withConnection(to: service, of: stack) { try await body($0, bearer) }
    }

    /// Looks again and again until there is something to see, and returns it.
    ///
    /// - Parameter what: completes "did not happen within 90 seconds:".
    /// - Throws: `Refusal` after ninety seconds.
    func eventually<Seen>(_ what: String, _ look: () async throws -> Seen?) async throws -> Seen {
        let end = ContinuousClock.now + .seconds(90)
        while ContinuousClock.now < end {
            if let seen = try await look() { return seen }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Refusal("did not happen within 90 seconds: \(what)")
    }
}

/// Numbers the steps of a story.
final class Narrator: Sendable {
    private let told = Mutex(0)

    /// Begins the next step.
    func step(_ text: String) {
        let number = told.withLock { told in
            told += 1
            return told
        }
        Console.step(number, text)
    }
}
