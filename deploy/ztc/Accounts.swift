import Crypto
import DirectoryContracts
import Foundation
import GRPCCore
import Postgres

/// The accounts of this installation that the command line may use, with their secrets, in a file that only the
/// operator can read.
struct Accounts: Sendable {
    /// One account.
    struct Entry: Codable, Sendable {
        var login: String
        var password: String
        var totpSecret: String = ""
        var roles: [String] = []
        var session: KeptSession?
    }

    /// Tokens of an open session.
    struct KeptSession: Codable, Sendable {
        var access: String
        var accessExpires: Date
        var refresh: String
        var refreshExpires: Date
    }

    private let file: URL
    private let stack: Stack

    init(_ stack: Stack) {
        self.stack = stack
        file = stack.secretsFolder.appending(path: "accounts.json")
    }

    /// All accounts known here.
    func all() throws -> [Entry] {
        guard let data = FileManager.default.contents(atPath: file.path) else { return [] }
        return try JSONDecoder().decode([Entry].self, from: data)
    }

    /// Adds an account or replaces the one with its login.
    func keep(_ entry: Entry) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        // In its place, so that the first account with a role stays the first.
        var entries = try all()
        if let place = entries.firstIndex(where: { $0.login == entry.login }) {
            entries[place] = entry
        } else {
            entries.append(entry)
        }
        try encoder.encode(entries).write(to: file, options: .atomic)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
    }

    /// The account of a login.
    func entry(_ login: String) throws -> Entry {
        if login == "administrator", try !all().contains(where: { $0.login == login }) {
            return Entry(
                login: login, password: try secret("administrator.password"),
                totpSecret: try secret("administrator.totp"), roles: ["administrator"])
        }
        guard let entry = try all().first(where: { $0.login == login }) else {
            throw Refusal("no account \(login) is known in \(file.path); run ztc load first")
        }
        return entry
    }

    /// An account that has a role.
    func entry(withRole role: String) throws -> Entry {
        if role == "administrator" { return try entry("administrator") }
        guard let entry = try all().first(where: { $0.roles.contains(role) }) else {
            let known = Set(try all().flatMap(\.roles) + ["administrator"]).sorted().joined(separator: ", ")
            throw Refusal("no account has the role \(role); there are \(known)")
        }
        return entry
    }

    /// A bearer for an account: the kept token while it lasts, else a refreshed one, else a new login.
    ///
    /// - Parameter isNew: logs in or refreshes even when the kept token is valid, since it may say too little.
    func bearer(_ login: String, isNew: Bool = false) async throws -> Bearer {
        var entry = try entry(login)
        if !isNew, let session = entry.session, session.accessExpires > Date(timeIntervalSinceNow: 60) {
            let kept = Bearer(token: session.access)
            if try await isAccepted(kept) { return kept }
        }
        var opened = try await refreshed(entry)
        if opened == nil { opened = try await loggedIn(entry) }
        guard let session = opened else { throw Refusal("\(login) could not be logged in") }
        entry.session = KeptSession(
            access: session.accessToken, accessExpires: session.accessExpiresAt.date, refresh: session.refreshToken,
            refreshExpires: session.refreshExpiresAt.date)
        try keep(entry)
        return Bearer(token: session.accessToken)
    }

    /// Whether the directory still takes a token: its key may be out before its time, or its account changed. A
    /// directory that cannot be asked refuses nothing; the token's user will be told.
    private func isAccepted(_ bearer: Bearer) async throws -> Bool {
        do {
            return try await withConnection(to: "directory", of: stack) { client in
                _ = try await Zhitongche_Directory_V1_DirectoryService.Client(wrapping: client)
                    .whoAmI(request: bearer.request(.init()), options: .ordinary)
                return true
            }
        } catch let error as RPCError {
            return error.code != .unauthenticated
        }
    }

    private func refreshed(_ entry: Entry) async throws -> Zhitongche_Directory_V1_Session? {
        guard let kept = entry.session, kept.refreshExpires > Date(timeIntervalSinceNow: 60) else { return nil }
        do {
            return try await withConnection(to: "directory", of: stack) { client in
                try await Zhitongche_Directory_V1_DirectoryService.Client(wrapping: client).refreshSession(
                    request: Bearer.nobody.request(.with { $0.refreshToken = kept.refresh }), options: .ordinary
                ).session
            }
        } catch let error as RPCError where error.code == .unauthenticated || error.code == .failedPrecondition {
            // The session was ended or the directory made anew; a new login decides.
            return nil
        }
    }

    private func loggedIn(_ entry: Entry) async throws -> Zhitongche_Directory_V1_Session {
        let end = ContinuousClock.now + .seconds(70)
        while true {
            do {
                return try await withConnection(to: "directory", of: stack) { client in
                    let request = Zhitongche_Directory_V1_LoginRequest.with {
                        $0.login = entry.login
                        $0.password = entry.password
                        if !entry.totpSecret.isEmpty {
                            $0.totp = TimeCode(secret: entry.totpSecret)?.code(at: Date()) ?? ""
                        }
                    }
                    return try await Zhitongche_Directory_V1_DirectoryService.Client(wrapping: client)
                        .login(request: Bearer.nobody.request(request), options: .ordinary).session
                }
            } catch let error as RPCError
                where error.code == .unauthenticated && !entry.totpSecret.isEmpty && ContinuousClock.now < end
            {
                // A code counts once; the next one comes with the next half minute.
                let rest = 30 - Date().timeIntervalSince1970.truncatingRemainder(dividingBy: 30)
                try await Task.sleep(for: .seconds(rest + 0.5))
            }
        }
    }

    private func secret(_ name: String) throws -> String {
        let path = stack.secretsFolder.appending(path: name)
        guard let data = FileManager.default.contents(atPath: path.path) else {
            throw Refusal("\(path.path) is missing")
        }
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// Time-based one-time passwords of RFC 6238: six digits, SHA-1, half a minute.
struct TimeCode: Sendable {
    private let key: SymmetricKey

    /// Reads a secret in base 32; nil when it is none.
    init?(secret: String) {
        var bits = 0
        var value: UInt32 = 0
        var bytes: [UInt8] = []
        for character in secret.uppercased() where character != "=" {
            guard let index = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567").firstIndex(of: character) else { return nil }
            value = value << 5 | UInt32(index)
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(bits)))
            }
        }
        guard !bytes.isEmpty else { return nil }
        key = SymmetricKey(data: bytes)
    }

    /// The code of a point in time.
    func code(at date: Date) -> String {
        let step = UInt64(date.timeIntervalSince1970 / 30)
        let message = withUnsafeBytes(of: step.bigEndian) { Data($0) }
        let mac = Array(HMAC<Insecure.SHA1>.authenticationCode(for: message, using: key))
        let offset = Int(mac[mac.count - 1] & 0x0F)
        let number = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let digits = String(number % 1_000_000)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }
}
