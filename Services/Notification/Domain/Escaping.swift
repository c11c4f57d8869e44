/// How a value is made harmless before it stands in a text (NTF-9).
public enum Escaping: Hashable, Sendable {
    /// For texts that are shown as they are: no control characters, no change of writing direction, and angle brackets
    /// in their full-width form, so that not even a careless reader takes them for markup.
    case plainText
    /// For HTML: the five characters with a meaning become entities.
    case markup

    /// The value in its harmless form.
    public func apply(to value: String) -> String {
        var result = ""
        for scalar in value.unicodeScalars {
            if Self.isHidden(scalar) {
                if scalar.value == 9 || scalar.value == 10 || scalar.value == 13 { result.append(" ") }
                continue
            }
            switch (self, scalar) {
            case (.plainText, "<"): result.append("＜")
            case (.plainText, ">"): result.append("＞")
            case (.markup, "<"): result.append("&lt;")
            case (.markup, ">"): result.append("&gt;")
            case (.markup, "&"): result.append("&amp;")
            case (.markup, "\""): result.append("&quot;")
            case (.markup, "'"): result.append("&#39;")
            case (_, let other): result.unicodeScalars.append(other)
            }
        }
        return result
    }

    /// Control characters, and those that turn or isolate the direction of writing.
    static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        case _: false
        }
    }
}
