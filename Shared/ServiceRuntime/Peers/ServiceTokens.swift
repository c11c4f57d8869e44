import DirectoryContracts
import GRPCCore
import Postgres

/// The service's own access token, got from the directory by its secret and renewed before it expires.
actor ServiceTokens {
    typealias Fetch = @Sendable () async throws -> (token: String, expiresAt: Instant)

    /// A token is renewed when less than this is left of it.
    private static let reserve = Duration.seconds(120)

    private let fetch: Fetch
    private let now: @Sendable () -> Instant
    private var token: (text: String, expiresAt: Instant)?
    private var fetching: Task<String, any Error>?

    init(now: @escaping @Sendable () -> Instant = { .now }, fetch: @escaping Fetch) {
        self.now = now
        self.fetch = fetch
    }

    /// Asks the directory's IssueServiceToken; the call itself needs no token.
    init(service: String, secret: String, directory: PeerClient) {
        self.init {
            let client = Zhitongche_Directory_V1_DirectoryService.Client(wrapping: directory.client)
            let answer = try await client.issueServiceToken(
                .with {
                    $0.service = service
                    $0.secret = secret
                })
            return (answer.accessToken, Instant(answer.accessExpiresAt))
        }
    }

    /// A token with some time left. Calls that come while one is being fetched share it; while the directory is away
    /// the old one serves as long as it is valid.
    func current() async throws -> String {
        if let token, now() + Self.reserve < token.expiresAt { return token.text }
        if let fetching { return try await fetching.value }
        let task = Task { [fetch] () throws -> String in
            let fetched = try await fetch()
            keep(fetched)
            return fetched.token
        }
        fetching = task
        defer { fetching = nil }
        do {
            return try await task.value
        } catch {
            if let token, now() < token.expiresAt { return token.text }
            throw error
        }
    }

    private func keep(_ fetched: (token: String, expiresAt: Instant)) { token = (fetched.token, fetched.expiresAt) }
}
