import DirectoryDomain
import Foundation

/// The secrets by which services get their tokens, from configuration (DIR-6).
struct ServiceSecrets: Sendable {
    /// Shortest secret, in characters: services' secrets are not locked after failures, so they must not be guessable.
    static let minimumLength = 16

    private let digests: [String: [UInt8]]

    /// Reads `name=secret,…` or a JSON object of names and secrets.
    ///
    /// - Throws: ``FieldProblem`` that names a service at fault, never a secret.
    init(_ text: String) throws {
        var secrets: [String: String] = [:]
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if trimmed.hasPrefix("{") {
            do {
                secrets = try JSONDecoder().decode([String: String].self, from: Data(trimmed.utf8))
            } catch {
                throw FieldProblem("service.secrets", "must be a JSON object of names and secrets")
            }
        } else {
            for pair in trimmed.split(separator: ",") {
                guard let equals = pair.firstIndex(of: "=") else {
                    throw FieldProblem("service.secrets", "must be name=secret pairs, separated by commas")
                }
                let name = pair[..<equals].trimmingCharacters(in: .whitespaces)
                secrets[name] = pair[pair.index(after: equals)...].trimmingCharacters(in: .whitespaces)
            }
        }
        for (name, secret) in secrets {
            _ = try LoginName(name, field: "service.secrets")
            guard secret.count >= Self.minimumLength else {
                throw FieldProblem("service.secrets", "the secret of \(name) is shorter than \(Self.minimumLength)")
            }
        }
        digests = secrets.mapValues(Secret.digest)
    }

    /// Names of the services.
    var names: [String] { digests.keys.sorted() }

    /// Whether a secret belongs to a service; an unknown service takes the same time.
    func matches(_ secret: String, service: String) -> Bool {
        let given = Secret.digest(secret)
        let expected = digests[service]
        return Secret.equal(given, expected ?? Secret.digest("")) && expected != nil
    }
}
