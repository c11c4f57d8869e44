import Crypto
import DirectoryDomain
import Foundation

/// Keeps personal data and secrets at rest: AES-GCM for what must be read again, keyed hashes for what must only be
/// recognised (DIR-5). Every purpose has a key of its own, derived from the one configured key.
struct DataVault: Sendable {
    /// What sealed bytes are for; a value sealed for one purpose cannot be opened for another.
    enum Purpose: String, Sendable {
        case phone
        case totp
        case signingKey = "signing-key"
    }

    /// Bytes that cannot be opened: another key, another row, or damage.
    struct Unreadable: Error, CustomStringConvertible {
        let purpose: Purpose
        var description: String { "sealed data for \(purpose.rawValue) cannot be opened with the configured key" }
    }

    private let root: SymmetricKey

    /// A vault with a key of 32 bytes.
    init(key: [UInt8]) { root = SymmetricKey(data: key) }

    /// Encrypts bytes for one row; moved to another row they cannot be opened.
    func seal(_ bytes: [UInt8], for purpose: Purpose, row: String) throws -> [UInt8] {
        let box = try AES.GCM.seal(bytes, using: key("seal \(purpose.rawValue)"), authenticating: Data(row.utf8))
        // The combined form exists for the standard nonce of twelve bytes, which is the one used.
        guard let combined = box.combined else { throw Unreadable(purpose: purpose) }
        return [UInt8](combined)
    }

    /// Decrypts bytes of a row.
    func open(_ bytes: [UInt8], for purpose: Purpose, row: String) throws -> [UInt8] {
        do {
            let box = try AES.GCM.SealedBox(combined: bytes)
            return [UInt8](
                try AES.GCM.open(box, using: key("seal \(purpose.rawValue)"), authenticating: Data(row.utf8)))
        } catch {
            throw Unreadable(purpose: purpose)
        }
    }

    /// The keyed hash by which a phone is found.
    func index(of phone: Phone) -> [UInt8] { code(phone.digits, "phone index") }

    /// The keyed hash of the address that a call came from; it tells nobody who was where.
    func index(ofAddress address: String) -> [UInt8] { code(address, "address index") }

    /// The keyed hash under which failed logins of an unknown login are counted, and of a known account by its
    /// identifier.
    func guardSubject(_ login: String) -> [UInt8] { code(login, "login guard") }

    /// The one-time code of an identifier: six digits that only the key tells. It need not be stored, so that a
    /// repeated request sends the same code again.
    func oneTimeCode(of identifier: String) -> String {
        let number = code(identifier, "one-time code").prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let digits = String(number % 1_000_000)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// The keyed hash of a one-time code as it is stored.
    func hash(ofCode text: String, identifier: String) -> [UInt8] {
        code("\(identifier) \(text)", "one-time code hash")
    }

    /// Stands for a secret in a request that is hashed and kept: the same secret has the same stand-in, and nobody can
    /// guess the secret from it without the key.
    func standIn(for secret: String) -> String { Secret.hexadecimal(code(secret, "request stand-in")) }

    private func code(_ text: String, _ purpose: String) -> [UInt8] {
        [UInt8](HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key(purpose)))
    }

    private func key(_ purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: root, info: Data("zhitongche directory \(purpose)".utf8), outputByteCount: 32)
    }
}

/// Texts and comparisons for secrets.
enum Secret {
    /// A fresh random text of 64 hexadecimal digits: 256 bits.
    static func make() -> String { hexadecimal(random(count: 32)) }

    /// Random bytes.
    static func random(count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// The hash by which a random secret of 256 bits is found; such a secret cannot be guessed, so no key is needed.
    static func digest(_ text: String) -> [UInt8] { [UInt8](SHA256.hash(data: Data(text.utf8))) }

    /// Lower-case hexadecimal digits.
    static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    /// Compares in a time that does not tell where the first difference lies.
    static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
