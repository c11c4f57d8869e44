import Crypto
import Foundation

/// Keeps the representative's name: sealed for those who may see it, as a keyed hash for comparison (ENT-1, ENT-16).
struct Vault: Sendable {
    private let sealing: SymmetricKey
    private let comparing: SymmetricKey
    private let rows: SymmetricKey

    /// Derives one key per purpose from the configured one.
    ///
    /// - Parameter key: 32 bytes.
    init(key: [UInt8]) {
        let master = SymmetricKey(data: key)
        func derived(_ purpose: String) -> SymmetricKey {
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: master, info: Data("zhitongche enterprise \(purpose)".utf8), outputByteCount: 32)
        }
        sealing = derived("sealing")
        comparing = derived("comparing")
        rows = derived("rows")
    }

    /// The name sealed with AES-GCM, bound to the credit code: 12 bytes of nonce, the text, 16 bytes of tag.
    func seal(_ name: String, of creditCode: String) throws -> [UInt8] {
        let box = try AES.GCM.seal(Data(name.utf8), using: sealing, authenticating: Data(creditCode.utf8))
        guard let combined = box.combined else { throw CryptoKitError.incorrectParameterSize }
        return [UInt8](combined)
    }

    /// The name out of its sealed form.
    func open(_ sealed: [UInt8], of creditCode: String) throws -> String {
        let box = try AES.GCM.SealedBox(combined: Data(sealed))
        let bytes = try AES.GCM.open(box, using: sealing, authenticating: Data(creditCode.utf8))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The keyed hash of a name in its form for comparison; 32 bytes.
    func hash(_ nameKey: String, of creditCode: String) -> [UInt8] {
        [UInt8](HMAC<SHA256>.authenticationCode(for: Data("\(creditCode) \(nameKey)".utf8), using: comparing))
    }

    /// Whether a name has a stored hash; takes as long for a wrong one as for a right one.
    func matches(_ nameKey: String, of creditCode: String, _ stored: [UInt8]) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(
            Data(stored), authenticating: Data("\(creditCode) \(nameKey)".utf8), using: comparing)
    }

    /// The keyed hash of a whole registry row, which holds a name too; 32 bytes.
    func hash(row canonicalText: String) -> [UInt8] {
        [UInt8](HMAC<SHA256>.authenticationCode(for: Data(canonicalText.utf8), using: rows))
    }
}
