/// Forms of names that machines exchange: lower-case ASCII words.
enum Slug {
    /// Whether the bytes are words of `a`–`z` and `0`–`9`, joined by single separators, starting with a letter.
    static func isValid(_ text: String, separators: String, maximumLength: Int) -> Bool {
        let separatorBytes = Array(separators.utf8)
        var previousIsSeparator = true
        var first = true
        guard !text.isEmpty, text.utf8.count <= maximumLength else { return false }
        for byte in text.utf8 {
            let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            if first, !isLetter { return false }
            first = false
            if separatorBytes.contains(byte) {
                if previousIsSeparator { return false }
                previousIsSeparator = true
            } else {
                guard isLetter || isDigit else { return false }
                previousIsSeparator = false
            }
        }
        return !previousIsSeparator
    }
}
