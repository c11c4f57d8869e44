/// Reading and writing of decimal digits, shared by money and numbers; no locale, no floating point.
enum DecimalText {
    /// Writes `units × 10^-scale`.
    static func make(_ units: Int128, scale: Int, grouping: Bool, dropsZeros: Bool) -> String {
        var digits = String(units.magnitude)
        if digits.count <= scale { digits = String(repeating: "0", count: scale + 1 - digits.count) + digits }
        var whole = String(digits.dropLast(scale))
        var fraction = String(digits.suffix(scale))
        if dropsZeros { while fraction.hasSuffix("0") { fraction.removeLast() } }
        if grouping { whole = grouped(whole) }
        return (units < 0 ? "-" : "") + whole + (fraction.isEmpty ? "" : "." + fraction)
    }

    private static func grouped(_ digits: String) -> String {
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return result
    }

    /// Reads an optional sign, digits (with commas between full groups of three, if any) and at most `maximumScale`
    /// decimals.
    ///
    /// - Returns: The digits as a whole number and the number of decimals read.
    static func parse(_ text: String, maximumScale: Int, field: String) throws(DomainError) -> (Int128, Int) {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty else { throw DomainError(field, .empty) }
        // Longer than any 64-bit value with sign, separators and decimals can be; bounds the work on hostile input.
        guard bytes.count <= 48 else { throw DomainError(field, .overflow) }
        var index = 0
        var negative = false
        if bytes[0] == UInt8(ascii: "-") || bytes[0] == UInt8(ascii: "+") {
            negative = bytes[0] == UInt8(ascii: "-")
            index = 1
        }
        let expected = "a decimal number with at most \(maximumScale) decimals"
        let malformed = DomainError(field, .malformed(expected: expected))
        var value: Int128 = 0
        var groups: [Int] = [0]
        var decimals: Int?
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let (product, overflow) = value.multipliedReportingOverflow(by: 10)
                let (sum, overflowed) = product.addingReportingOverflow(Int128(byte - UInt8(ascii: "0")))
                guard !overflow, !overflowed else { throw DomainError(field, .overflow) }
                value = sum
                if let count = decimals { decimals = count + 1 } else { groups[groups.count - 1] += 1 }
            case UInt8(ascii: ",") where decimals == nil:
                groups.append(0)
            case UInt8(ascii: ".") where decimals == nil:
                decimals = 0
            default:
                throw malformed
            }
            index += 1
        }
        guard groups[0] > 0, decimals != 0, decimals ?? 0 <= maximumScale else { throw malformed }
        if groups.count > 1 {
            guard groups[0] <= 3, groups.dropFirst().allSatisfy({ $0 == 3 }) else { throw malformed }
        }
        return (negative ? -value : value, decimals ?? 0)
    }

    /// Ten to the power of `exponent`.
    ///
    /// - Parameter exponent: 0 to 38.
    static func powerOfTen(_ exponent: Int) -> Int128 {
        var result: Int128 = 1
        for _ in 0..<exponent { result *= 10 }
        return result
    }
}
