import Domain
import EnterpriseDomain
import Testing

@Suite("Registry rows (ENT-1)")
struct RegistryTests {
    static func row(_ changes: [String: String] = [:]) throws -> [String] {
        let code = try CreditCode.make(
            registrationAuthority: "9", category: "1", region: RegionCode("370902"), organisation: "MA3C0001"
        ).text
        let standard: [String: String] = [
            "credit_code": code, "name": "泰安市某某制造有限公司", "representative": "张三", "nature": "private",
            "region": "370902", "address": "", "industry": "3511", "founded_on": "2012-05-06",
            "capital_fen": "500000000",
            "status": "active", "employees": "120", "revenue_fen": "3000000000", "assets_fen": "",
            "figures_year": "2019",
        ]
        return RegistryRowReader.columns.map { changes[$0] ?? standard[$0] ?? "" }
    }

    @Test("a good row is read in full")
    func good() throws {
        let entry = try RegistryRowReader.read(Self.row())
        #expect(entry.nature == .privateOwned)
        #expect(entry.industry.fullText == "C3511")
        #expect(entry.capital == Money(fen: 500_000_000))
        #expect(entry.figures?.employees == 120)
        #expect(entry.figures?.assets == nil)
        #expect(entry.figures?.year.number == 2019)
    }

    @Test("the registry's own words for nature and state are read too")
    func words() throws {
        let entry = try RegistryRowReader.read(Self.row(["nature": "民营企业", "status": "吊销"]))
        #expect(entry.nature == .privateOwned)
        #expect(entry.status == .revoked)
    }

    @Test("names are put into NFC")
    func composed() throws {
        let entry = try RegistryRowReader.read(Self.row(["name": "Cafe\u{301} 公司"]))
        #expect(Array(entry.name.unicodeScalars) == Array("Caf\u{E9} 公司".unicodeScalars))
    }

    @Test(
        "a bad column is named",
        arguments: [
            ("credit_code", "91370902MA3C00010X"), ("credit_code", ""), ("name", ""), ("name", "a\u{7}b"),
            ("representative", ""), ("nature", "unheard-of"), ("region", "37090"), ("region", "370002"),
            ("industry", "C"), ("industry", "98"), ("founded_on", "2012-02-30"), ("capital_fen", "-1"),
            ("capital_fen", "12.5"), ("status", "gone"), ("employees", "many"), ("revenue_fen", "9223372036854775808"),
            ("figures_year", ""), ("figures_year", "20"),
        ])
    func bad(column: String, text: String) throws {
        let error = #expect(throws: RegistryRowError.self) {
            try RegistryRowReader.read(RegistryTests.row([column: text]))
        }
        #expect(error?.column == column)
        #expect(error?.reason.chinese.isEmpty == false)
        #expect(error?.reason.english.isEmpty == false)
    }

    @Test("a row of another width is refused as a whole")
    func width() throws {
        let row = try Self.row()
        let error = #expect(throws: RegistryRowError.self) { try RegistryRowReader.read(Array(row.dropLast())) }
        #expect(error?.column.isEmpty == true)
    }

    @Test("equal entries have one canonical text, and every column counts")
    func canonical() throws {
        let entry = try RegistryRowReader.read(Self.row())
        #expect(try RegistryRowReader.read(Self.row()).canonicalText == entry.canonicalText)
        let changes = [
            ("name", "乙"), ("representative", "李四"), ("nature", "foreign"), ("region", "370911"), ("address", "甲路"),
            ("industry", "3512"), ("founded_on", "2012-05-07"), ("capital_fen", "1"), ("status", "revoked"),
            ("employees", "121"), ("revenue_fen", "1"), ("assets_fen", "1"), ("figures_year", "2018"),
        ]
        for (column, text) in changes {
            #expect(try RegistryRowReader.read(Self.row([column: text])).canonicalText != entry.canonicalText)
        }
    }
}

@Suite("Names (ENT-1, ENT-2)")
struct NameTests {
    @Test(
        "spellings of one name are equal",
        arguments: [
            ("泰安（岱岳）ＡＢＣ有限公司", "泰安(岱岳)abc有限公司"), ("泰安 某某 公司", "泰安某某公司"), ("泰安【一】公司", "泰安(一)公司"),
            ("Cafe\u{301}", "CAF\u{C9}"), ("阿不都・克里木", "阿不都·克里木"), ("甲〔乙〕", "甲（乙）"),
        ])
    func equal(left: String, right: String) {
        #expect(NameComparison.key(left) == NameComparison.key(right))
    }

    @Test("different names stay different", arguments: [("张三", "张叁"), ("泰安一公司", "泰安二公司"), ("甲(乙)", "甲乙")])
    func different(left: String, right: String) {
        #expect(NameComparison.key(left) != NameComparison.key(right))
    }

    @Test(
        "all but the family name is masked",
        arguments: [("张三", "张*"), ("张三丰", "张**"), ("欧阳锋", "欧阳*"), ("欧阳", "欧*"), ("张", "*"), ("", "")])
    func masked(name: String, shown: String) {
        #expect(NameComparison.masked(name) == shown)
    }

    @Test("claims end at five refusals of an account and twenty of a code (ENT-2)")
    func claims() {
        #expect(ClaimRules.allows(refusalsOfAccount: 4, refusalsOfCreditCode: 19))
        #expect(!ClaimRules.allows(refusalsOfAccount: 5, refusalsOfCreditCode: 0))
        #expect(!ClaimRules.allows(refusalsOfAccount: 0, refusalsOfCreditCode: 20))
    }
}
