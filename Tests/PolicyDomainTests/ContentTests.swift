import Domain
import Testing

@testable import PolicyDomain

@Suite("POL-2 content")
struct ContentTests {
    private func faults(_ change: (inout PointContent) throws -> Void) throws -> [String] {
        var changed = try content()
        try change(&changed)
        do {
            try changed.validate()
            return []
        } catch {
            return error.errors.map(\.field)
        }
    }

    @Test("XCT-12 a sound content passes")
    func sound() throws {
        let found = try faults { $0.clause = "第一行\n第二行" }
        #expect(found.isEmpty)
    }

    @Test("XCT-12 every field at fault is named, all at once")
    func fields() throws {
        let found = try faults {
            $0.title = ""
            $0.summary = String(repeating: "长", count: 1_001)
            $0.clause = "a\u{0}b"
            $0.contactPost = String(repeating: "岗", count: 129)
            $0.funding = "财政\n资金"
            $0.materials = ["营业执照", " "]
            $0.steps = Array(repeating: "申报", count: 33)
            $0.workingDays = 366
        }
        #expect(
            found == [
                "content.title", "content.summary", "content.clause", "content.contact_post", "content.funding",
                "content.materials[1]", "content.steps", "content.working_days",
            ])
    }

    @Test("XCT-12 bounds are counted in characters and include their ends")
    func bounds() throws {
        #expect(try faults { $0.title = String(repeating: "题", count: 128) }.isEmpty)
        #expect(try faults { $0.title = String(repeating: "题", count: 129) } == ["content.title"])
        #expect(try faults { $0.workingDays = 365 }.isEmpty)
        #expect(try faults { $0.workingDays = -1 } == ["content.working_days"])
    }

    @Test("POL-4 a condition's fault is named by its path")
    func condition() throws {
        let good = Condition.list(try ListID("double-50"))
        let unknown = Condition.list(try ListID("no-such-list"))
        let found = try faults { $0.condition = .all([good, good, unknown]) }
        #expect(found == ["content.condition.all[2]"])
    }

    @Test("POL-5 a benefit's fault is named by its path")
    func benefit() throws {
        #expect(try faults { $0.benefit = .fixed(Money(fen: 0)) } == ["content.benefit.fixed"])
    }

    @Test("POL-6 changed fields carry the contract's names")
    func changes() throws {
        let earlier = try content()
        var later = earlier
        later.responsibleUnit = try UnitID("caizheng", field: "unit")
        later.workingDays = 5
        later.tags = [try TagVocabulary.standard.tag(.policyType, "award")]
        #expect(later.changedFields(since: earlier).map(\.rawValue) == ["responsible_unit_id", "tags", "working_days"])
        #expect(earlier.changedFields(since: earlier).isEmpty)
    }

    @Test("POL-1 a document names its faults")
    func document() throws {
        let unit = try UnitID("jinrong", field: "unit")
        func faults(_ number: String, _ units: [UnitID]) throws -> [String] {
            do {
                _ = try DocumentContent(
                    number: number, title: "通知", issuingUnits: units, level: .city, kind: .supportive,
                    issuedOn: day("2020-04-17"))
                return []
            } catch let error as InvalidFields {
                return error.errors.map(\.field)
            }
        }
        #expect(try faults("〔2020〕1号", [unit]).isEmpty)
        #expect(try faults("", []) == ["document.number", "document.issuing_unit_ids"])
        #expect(try faults("〔2020〕1号", [unit, unit]) == ["document.issuing_unit_ids"])
    }
}
