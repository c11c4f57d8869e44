import Foundation
import Postgres

/// Makes identifiers: UUID version 7 (RFC 9562) in lower case, so that they sort by the time they were made.
public enum UUIDv7 {
    /// A fresh identifier from real time and the system's random numbers.
    public static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        return make(at: .now, using: &generator)
    }

    /// An identifier from a given time and generator, for tests and seeded data.
    public static func make(at time: Instant, using generator: inout some RandomNumberGenerator) -> String {
        let milliseconds = UInt64(clamping: time.microseconds / 1_000) & 0xFFFF_FFFF_FFFF
        let high = milliseconds << 16 | 0x7000 | (generator.next() & 0x0FFF)
        let low = 0x8000_0000_0000_0000 | (generator.next() & 0x3FFF_FFFF_FFFF_FFFF)
        let digits = hexadecimal(high) + hexadecimal(low)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            text.append(digit)
        }
        return text
    }

    /// Whether a text is a UUID in lower case, of any version.
    public static func isValid(_ text: String) -> Bool {
        text.utf8.count == 36 && text == text.lowercased() && UUID(uuidString: text) != nil
    }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
