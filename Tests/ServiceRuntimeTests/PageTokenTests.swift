import Testing

@testable import ServiceRuntime

@Suite("Page tokens")
struct PageTokenTests {
    private let filter = PageToken.hash(of: ["region=320583", "kind=2"])

    @Test("a token returns the key it was made from") func roundTrip() throws {
        for key in [["a"], ["", "中文", "2020-04-20"], [String(repeating: "x", count: 300)]] {
            let token = PageToken.encode(filterHash: filter, key: key)
            #expect(try PageToken.decode(token, filterHash: filter, columns: key.count)?.key == key)
        }
        #expect(try PageToken.decode("", filterHash: filter, columns: 1) == nil)
    }

    @Test("a token of another filter is refused") func otherFilter() {
        let token = PageToken.encode(filterHash: PageToken.hash(of: ["region=320500", "kind=2"]), key: ["a"])
        let problem = #expect(throws: Problem.self) {
            try PageToken.decode(token, filterHash: filter, columns: 1)
        }
        #expect(problem?.violations.map(\.field) == ["page_token"])
        #expect(PageToken.hash(of: ["ab", "c"]) != PageToken.hash(of: ["a", "bc"]))
    }

    @Test("damaged tokens are refused without a crash (XCT-12)") func damaged() {
        let token = PageToken.encode(filterHash: filter, key: ["abc", "def"])
        for length in 1..<token.count {
            #expect(throws: Problem.self) {
                try PageToken.decode(String(token.prefix(length)), filterHash: filter, columns: 2)
            }
        }
        for text in ["=", "中文", String(repeating: "A", count: 5_000), token + "AAAA"] {
            #expect(throws: Problem.self) { try PageToken.decode(text, filterHash: filter, columns: 2) }
        }
        #expect(throws: Problem.self) { try PageToken.decode(token, filterHash: filter, columns: 1) }
    }

    @Test("numbers of a token are read within their bounds, in the one form they are written in (XCT-12)")
    func numbers() throws {
        func read(_ text: String, in range: ClosedRange<Int>) throws -> Int? {
            let token = PageToken.encode(filterHash: filter, key: ["x", text])
            return try PageToken.decode(token, filterHash: filter, columns: 2)?.integer(1, in: range)
        }
        for number in [-7, 0, 12] { #expect(try read(String(number), in: -7...12) == number) }
        #expect(try read(String(Int.min), in: Int.min...0) == .min)
        let bad = [
            "-8", "13", "-9223372036854775808", "9223372036854775807", "9223372036854775808", "", "+5", "05", "-0",
            " 5",
            "5 ", "5.0", "0x5", "٥", "５",
        ]
        for text in bad {
            let problem = #expect(throws: Problem.self, "\(text)") { try read(text, in: -7...12) }
            #expect(problem?.violations.map(\.field) == ["page_token"], "\(text)")
        }
    }

    @Test("times of a token end with the year 9999, before what the database can hold (XCT-12)") func times() throws {
        func read(_ text: String) throws -> Int64? {
            let token = PageToken.encode(filterHash: filter, key: [text])
            return try PageToken.decode(token, filterHash: filter, columns: 1)?.instant(0).microseconds
        }
        for time: Int64 in [0, 1_587_312_000_000_000, 253_402_300_799_999_999] {
            #expect(try read(String(time)) == time)
        }
        for text in ["-1", "253402300800000000", "9223372036854775807", "now"] {
            #expect(throws: Problem.self, "\(text)") { try read(text) }
        }
    }

    @Test("a page shows as many rows as asked for, and its token begins after the last one shown (XCT-12)")
    func pages() throws {
        for rows in [[], [1], [1, 2]] {
            let (shown, next) = paged(rows, size: 2, filter: filter) { [String($0)] }
            #expect(Array(shown) == rows && next.isEmpty)
        }
        let (shown, next) = paged([1, 2, 3], size: 2, filter: filter) { [String($0)] }
        #expect(shown == [1, 2])
        #expect(try PageToken.decode(next, filterHash: filter, columns: 1)?.key == ["2"])
    }

    @Test("page sizes: 0 is the standard, 200 the greatest") func sizes() throws {
        #expect(try page(size: 0) == 50)
        #expect(try page(size: 0, default: 20) == 20)
        #expect(try page(size: 200) == 200)
        for size: Int32 in [-1, 201, .max, .min] { #expect(throws: Problem.self) { try page(size: size) } }
    }
}
