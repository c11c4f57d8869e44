import EnterpriseDomain
import Testing

@Suite("CSV by RFC 4180, in pieces (ENT-1)")
struct CSVReaderTests {
    /// Reads a text in pieces of some bytes.
    private func read(_ bytes: [UInt8], piece: Int) -> [CSVRecord] {
        var reader = CSVReader()
        var records: [CSVRecord] = []
        for start in stride(from: 0, to: bytes.count, by: piece) {
            reader.read(bytes[start..<min(start + piece, bytes.count)]) { records.append($0) }
        }
        reader.finish { records.append($0) }
        return records
    }

    static let samples: [(text: String, records: [CSVRecord])] = [
        ("", []),
        ("a,b\nc,d\n", [.fields(["a", "b"], line: 1), .fields(["c", "d"], line: 2)]),
        ("a,b\r\nc,d", [.fields(["a", "b"], line: 1), .fields(["c", "d"], line: 2)]),
        ("a,\n,b\n", [.fields(["a", ""], line: 1), .fields(["", "b"], line: 2)]),
        ("\"a,1\",\"b\"\"2\"\n", [.fields(["a,1", "b\"2"], line: 1)]),
        ("\"a\nb\",c\nd,e\n", [.fields(["a\nb", "c"], line: 1), .fields(["d", "e"], line: 3)]),
        ("a\n\n\nb\n", [.fields(["a"], line: 1), .fields(["b"], line: 4)]),
        ("\u{FEFF}企业,法人\n", [.fields(["企业", "法人"], line: 1)]),
        ("\"a\"x,b\nc,d\n", [.fault(.textAfterQuote, line: 1), .fields(["c", "d"], line: 2)]),
        ("a,b\n\"c,d\n", [.fields(["a", "b"], line: 1), .fault(.unterminatedQuote, line: 2)]),
        ("\"\"\n", [.fields([""], line: 1)]),
        ("\"\"", [.fields([""], line: 1)]),
        ("a\"b,c\n", [.fields(["a\"b", "c"], line: 1)]),
        ("\"a\"\r\n\"b\"\r\n", [.fields(["a"], line: 1), .fields(["b"], line: 2)]),
    ]

    @Test("records, lines and faults do not depend on where the pieces are cut", arguments: samples.indices)
    func reading(index: Int) {
        let (text, records) = Self.samples[index]
        for piece in [1, 2, 3, 7, 1_000] { #expect(read(Array(text.utf8), piece: piece) == records) }
    }

    @Test("a record that is not UTF-8 is a fault and the next one is read")
    func notUTF8() {
        let bytes: [UInt8] = [0x61, 0xFF, 0x0A] + Array("b\n".utf8)
        #expect(read(bytes, piece: 1) == [.fault(.notUTF8, line: 1), .fields(["b"], line: 2)])
    }

    @Test("an unclosed quote cannot swallow the file: the record is given up at 64 KiB")
    func tooLong() {
        let long = "\"" + String(repeating: "x", count: CSVReader.recordLimit + 10) + "\ny,z\n"
        #expect(read(Array(long.utf8), piece: 4_096) == [.fault(.tooLong, line: 1), .fields(["y", "z"], line: 2)])
    }
}
