import Crypto
import DirectoryDomain
import Foundation

/// Codes by time steps (RFC 6238): HMAC-SHA1, six digits, steps of thirty seconds (DIR-5).
enum TimeStepCodes {
    /// A fresh secret of 160 bits, the length of the hash.
    static func makeSecret() -> [UInt8] { Secret.random(count: 20) }

    /// The code of a step.
    static func code(secret: [UInt8], step: Int64) -> String {
        let message = withUnsafeBytes(of: step.bigEndian) { Data($0) }
        let mac = [UInt8](
            HMAC<Insecure.SHA1>.authenticationCode(for: message, using: SymmetricKey(data: secret)))
        let offset = Int(mac[mac.count - 1] & 0x0F)
        let number = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let digits = String(number % 1_000_000)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// The acceptable step to which a code belongs; nil for a wrong or used code.
    static func step(of code: String, secret: [UInt8], factor: TimeStepFactor, at now: RealTime) -> Int64? {
        var found: Int64?
        // All steps are compared, so that the time of the answer tells nothing.
        for step in factor.acceptableSteps(at: now)
        where Secret.equal(Array(self.code(secret: secret, step: step).utf8), Array(code.utf8)) {
            found = step
        }
        return found
    }
}

/// Base32 (RFC 4648) without padding, in which authenticator programs expect their secrets.
enum Base32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")

    static func encode(_ bytes: [UInt8]) -> String {
        var text = ""
        var buffer: UInt32 = 0
        var bits = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= 5 {
                bits -= 5
                text.append(alphabet[Int(buffer >> UInt32(bits) & 31)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << UInt32(5 - bits) & 31)]) }
        return text
    }

    /// Nil for characters outside the alphabet; case and padding do not matter.
    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        for character in text.uppercased() where character != "=" {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            buffer = buffer << 5 | UInt32(value)
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> UInt32(bits)))
            }
        }
        return bytes
    }
}
