import Foundation

/// Prints for people: steps, figures and tables whose columns stand under each other, Chinese included.
enum Console {
    /// A numbered step of a story. It is seen at once, also in a pipe, so that whoever watches knows what is under way.
    static func step(_ number: Int, _ text: String) {
        print("\n\(number). \(text)")
        fflush(nil)
    }

    /// A line below a step.
    static func line(_ text: String) { print("   \(text)") }

    /// A table with a header; the columns named in `right` are figures.
    static func table(_ header: [String], _ rows: [[String]], right: Set<Int> = []) {
        let widths = header.indices.map { column in
            ([header] + rows).map { width($0[column]) }.max() ?? 0
        }
        func printed(_ row: [String]) -> String {
            row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - width(row[column]))
                return right.contains(column) ? padding + row[column] : row[column] + padding
            }.joined(separator: "  ").replacing(/\s+$/, with: "")
        }
        line(printed(header))
        line(String(repeating: "─", count: widths.reduce(0, +) + 2 * max(0, widths.count - 1)))
        for row in rows { line(printed(row)) }
    }

    /// Replaces the line in progress on a terminal; elsewhere prints only the last one.
    static func progress(_ text: String, isLast: Bool = false) {
        guard isatty(STDOUT_FILENO) == 1 else {
            if isLast { line(text) }
            return
        }
        FileHandle.standardOutput.write(Data("\r   \(text)\u{1B}[K\(isLast ? "\n" : "")".utf8))
    }

    /// Columns that a text takes: Chinese characters and full-width signs take two.
    static func width(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { sum, scalar in
            switch scalar.value {
            case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
                0xFFE0...0xFFE6, 0x20000...0x3FFFD:
                sum + 2
            default: sum + 1
            }
        }
    }

    /// A whole number with commas between groups of three.
    static func grouped(_ number: Int64) -> String {
        let digits = String(number.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return number < 0 ? "-" + text : text
    }

    /// Fen as yuan.
    static func yuan(_ fen: Int64) -> String {
        let cents = fen.magnitude % 100
        let whole = grouped(fen / 100)
        return cents == 0 ? "\(whole) 元" : "\(whole).\(cents < 10 ? "0" : "")\(cents) 元"
    }
}
