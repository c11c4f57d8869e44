import Domain
import Foundation
import Testing

private enum Thing {}

@Suite("XCT-12 identifiers and fields")
struct IdentityTests {
    @Test("an identifier is a UUID in lower case, and is ordered as the database orders it")
    func identifiers() throws {
        let text = "0190f0c2-0000-7000-8000-000000000001"
        let one = try Identifier<Thing>(text, field: "id")
        #expect(one.description == text && one == Identifier<Thing>(one.uuid))
        let many = (0..<50).map { _ in Identifier<Thing>(UUID()) }
        #expect(many.sorted().map(\.description) == many.map(\.description).sorted())
    }

    @Test(
        "what is no identifier is refused with the field named",
        arguments: [
            "", "x", "0190F0C2-0000-7000-8000-000000000000", "0190f0c2", "0190f0c2-0000-7000-8000-00000000000g",
        ])
    func noIdentifier(text: String) {
        #expect { try Identifier<Thing>(text, field: "point_id") } throws: {
            ($0 as? DomainError)?.field == "point_id"
        }
    }

    @Test(
        "a slug is lower-case letters, digits and inner hyphens, at most 64",
        arguments: [
            ("finance", true), ("a", true), ("9-lives", true), ("a--b", true),
            (String(repeating: "a", count: 64), true),
            ("", false), ("-a", false), ("a-", false), ("A", false), ("a_b", false), ("财政", false), ("a b", false),
            (String(repeating: "a", count: 65), false),
        ])
    func slugs(text: String, isSlug: Bool) {
        do throws(DomainError) {
            #expect(try UnitID(text, field: "unit_id").text == text)
            #expect(isSlug)
        } catch {
            #expect(!isSlug && error.field == "unit_id")
        }
    }

    @Test("slugs are ordered by their bytes")
    func order() throws {
        let sorted = try ["b", "a-b", "a", "ab", "a0"].map { try UnitID($0, field: "unit") }.sorted()
        #expect(sorted.map(\.text) == ["a", "a-b", "a0", "ab", "b"])
    }

    @Test("everything that is wrong with a request is found at once")
    func findings() throws {
        var findings = FieldFindings()
        findings.checkText("", 1...8, field: "empty")
        findings.checkText("", 0...8, field: "optional")
        findings.checkText(" \t", 1...8, field: "blank", isLong: true)
        findings.checkText(String(repeating: "长", count: 9), 1...8, field: "long")
        findings.checkText("a\nb", 1...8, field: "line")
        findings.checkText("a\nb", 1...8, field: "lines", isLong: true)
        findings.checkLines(["好", ""], limit: 2, length: 8, field: "list")
        findings.checkLines(["a", "b", "c"], limit: 2, length: 8, field: "many")
        let unit = findings.collect { () throws(DomainError) in try UnitID("-", field: "unit") }
        let inner = findings.gather { () throws(InvalidFields) -> Int in
            throw InvalidFields([DomainError("x", .empty), DomainError("y", .overflow)])
        }
        let wanted = ["empty", "blank", "long", "line", "list[1]", "many", "unit", "x", "y"]
        #expect(unit == nil && inner == nil && findings.errors.map(\.field) == wanted)
        #expect { try findings.finish() } throws: { ($0 as? InvalidFields)?.errors.map(\.field) == wanted }
        try FieldFindings().finish()
    }
}
