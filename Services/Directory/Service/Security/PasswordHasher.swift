import Crypto
import CryptoExtras
import Dispatch
import Foundation
import ServiceRuntime
import Synchronization

/// Hashes passwords with scrypt on threads of its own, since one hash takes a noticeable time and much memory (DIR-5).
///
/// The parameters are stored with every hash, so that they can be raised without losing the old ones.
final class PasswordHasher: Sendable {
    /// What scrypt is given besides password and salt.
    struct Cost: Sendable, Hashable {
        /// Binary logarithm of the number of rounds; the memory is 1 KiB times the number of rounds at block size 8.
        let logRounds: Int
        /// Block size in units of 128 bytes.
        let blockSize: Int
        /// Independent passes, one after the other.
        let parallelism: Int
    }

    private static let saltBytes = 16
    private static let hashBytes = 32
    /// More than so many waiting hashes are refused, so that a flood of logins cannot fill the memory.
    private static let waitersPerLane = 64

    private let cost: Cost
    private let lanes: [DispatchQueue]
    private let waiting = Mutex((next: 0, count: 0))
    private let dummy: String

    /// A hasher for new passwords at a cost; old ones are verified at their own.
    init(cost: Cost, threads: Int = 2) {
        self.cost = cost
        lanes = (0..<max(1, threads)).map { DispatchQueue(label: "directory.password.\($0)") }
        dummy = Self.encoded(
            cost, salt: Secret.random(count: Self.saltBytes), hash: Secret.random(count: Self.hashBytes))
    }

    /// The text to store for a password: parameters, salt and hash.
    ///
    /// - Throws: ``Problem`` RESOURCE_EXHAUSTED when too many wait.
    func hash(_ password: String) async throws -> String {
        let salt = Secret.random(count: Self.saltBytes)
        return try await onLane { [cost] in
            Self.encoded(cost, salt: salt, hash: try Self.derive(password, salt, cost))
        }
    }

    /// Whether a password belongs to a stored text. Without one the same work is done on a made-up one, so that the
    /// time of the answer does not tell whether an account exists.
    ///
    /// - Throws: ``Problem`` RESOURCE_EXHAUSTED when too many wait.
    func verify(_ password: String, against stored: String?) async throws -> Bool {
        let text = stored ?? dummy
        let matches = try await onLane {
            guard let parsed = Self.parsed(text) else { return false }
            return Secret.equal(try Self.derive(password, parsed.salt, parsed.cost), parsed.hash)
        }
        return matches && stored != nil
    }

    private func onLane<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        let lane = waiting.withLock { waiting -> DispatchQueue? in
            guard waiting.count < Self.waitersPerLane * lanes.count else { return nil }
            waiting.count += 1
            waiting.next = (waiting.next + 1) % lanes.count
            return lanes[waiting.next]
        }
        guard let lane else { throw Problem.exhausted("too many passwords wait to be checked") }
        defer { waiting.withLock { $0.count -= 1 } }
        return try await withCheckedThrowingContinuation { continuation in
            lane.async { continuation.resume(with: Result { try work() }) }
        }
    }

    private static func derive(_ password: String, _ salt: [UInt8], _ cost: Cost) throws -> [UInt8] {
        let key = try KDF.Scrypt.deriveKey(
            from: Data(password.precomposedStringWithCanonicalMapping.utf8), salt: salt, outputByteCount: hashBytes,
            rounds: 1 << cost.logRounds, blockSize: cost.blockSize, parallelism: cost.parallelism)
        return key.withUnsafeBytes { [UInt8]($0) }
    }

    private static func encoded(_ cost: Cost, salt: [UInt8], hash: [UInt8]) -> String {
        let parameters = "ln=\(cost.logRounds),r=\(cost.blockSize),p=\(cost.parallelism)"
        return "$scrypt$\(parameters)$\(Data(salt).base64EncodedString())$\(Data(hash).base64EncodedString())"
    }

    private static func parsed(_ text: String) -> (cost: Cost, salt: [UInt8], hash: [UInt8])? {
        let parts = text.split(separator: "$")
        guard parts.count == 4, parts[0] == "scrypt", let salt = Data(base64Encoded: String(parts[2])),
            let hash = Data(base64Encoded: String(parts[3]))
        else { return nil }
        var values: [Substring: Int] = [:]
        for parameter in parts[1].split(separator: ",") {
            let pair = parameter.split(separator: "=")
            guard pair.count == 2, let value = Int(pair[1]) else { return nil }
            values[pair[0]] = value
        }
        guard let logRounds = values["ln"], let blockSize = values["r"], let parallelism = values["p"],
            (1...20).contains(logRounds), (1...32).contains(blockSize), (1...16).contains(parallelism)
        else { return nil }
        return (
            Cost(logRounds: logRounds, blockSize: blockSize, parallelism: parallelism), [UInt8](salt), [UInt8](hash)
        )
    }
}
