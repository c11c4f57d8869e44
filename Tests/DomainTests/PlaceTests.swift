import Domain
import Testing

@Suite("DIR-1 regions and DIR-9 industries")
struct PlaceTests {
    @Test("A region's level, parent and path")
    func levels() throws {
        let town = try RegionCode("370902001")
        #expect(town.level == .town)
        #expect(town.pathToRoot.map(\.description) == ["370902001", "370902", "370900", "370000"])
        #expect(try RegionCode("370902000") == RegionCode("370902"))
        #expect(try RegionCode("370000").parent == nil)
    }

    @Test(
        "Malformed regions are refused",
        arguments: ["", "37", "37090", "370002", "000000", "37090a", "370900001", "050000"])
    func refused(text: String) {
        #expect(throws: DomainError.self) { try RegionCode(text) }
    }

    @Test("Within agrees with the path to the root")
    func within() throws {
        let codes = try ["370000", "370900", "370902", "370902001", "370902002", "370911", "371000", "410000"]
            .map { try RegionCode($0) }
        for inner in codes {
            for outer in codes {
                #expect(outer.contains(inner) == inner.pathToRoot.contains(outer), "\(inner) in \(outer)")
            }
        }
    }

    @Test("All sections and divisions of GB/T 4754-2017 are named")
    func industries() throws {
        #expect(IndustryDictionary.sections.count == 20)
        #expect(IndustryDictionary.divisions.count == 97)
        for code in IndustryDictionary.sections + IndustryDictionary.divisions + IndustryDictionary.manufacturingGroups
        {
            #expect(IndustryDictionary.name(of: code) != nil)
            #expect(try IndustryCode(code.fullText) == code)
            #expect(try IndustryCode(code.description) == code)
        }
        let names = IndustryDictionary.divisions.compactMap { IndustryDictionary.name(of: $0) }
        #expect(Set(names).count == 97)
        #expect(try IndustryDictionary.name(of: IndustryCode("27")) == "医药制造业")
        #expect(try IndustryDictionary.name(of: IndustryCode("C382")) == "输配电及控制设备制造")
        // Every division of manufacturing has groups.
        #expect(Set(IndustryDictionary.manufacturingGroups.compactMap(\.division)) == Set(13...43))
    }

    @Test("Within agrees with the path to the root for industries")
    func industryWithin() throws {
        let codes = try ["C", "B", "13", "131", "1311", "C132", "06", "44", "D"].map { try IndustryCode($0) }
        for inner in codes {
            for outer in codes {
                #expect(inner.isWithin(outer) == inner.pathToRoot.contains(outer), "\(inner) in \(outer)")
            }
        }
    }

    @Test(
        "Malformed industries are refused", arguments: ["", "U", "98", "00", "B13", "1", "13111", "C130", "c13", "1a"])
    func refusedIndustries(text: String) {
        #expect(throws: DomainError.self) { try IndustryCode(text) }
    }
}

@Suite("ENT-5 size classes of 2017")
struct SizeTests {
    /// Wan is 10,000 yuan, the unit of the rule.
    static func input(
        _ industry: String, _ employees: Int64?, _ revenueWan: Int64?, _ assetsWan: Int64? = nil, fen: Int64 = 0
    ) throws -> SizeClassifier.Input {
        SizeClassifier.Input(
            industry: try IndustryCode(industry), employees: employees,
            revenue: revenueWan.map { Money(fen: $0 * 1_000_000 + fen) },
            assets: assetsWan.map { Money(fen: $0 * 1_000_000) })
    }

    @Test(
        "Edges in industry",
        arguments: [
            (1000, 40_000, SizeClass.large), (999, 40_000, .medium), (1000, 39_999, .medium), (300, 2000, .medium),
            (299, 2000, .small), (300, 1999, .small), (20, 300, .small), (19, 300, .micro), (20, 299, .micro),
            (5000, 299, .micro),
        ] as [(Int64, Int64, SizeClass)])
    func industry(employees: Int64, revenue: Int64, expected: SizeClass) throws {
        for code in ["B", "C", "D", "13", "1311"] {
            let outcome = SizeClassifier.classify(try Self.input(code, employees, revenue))
            #expect(outcome.sizeClass == expected, "\(code)")
        }
    }

    @Test("A single fen below the bound falls to the lower class")
    func fen() throws {
        #expect(SizeClassifier.classify(try Self.input("C", 1000, 40_000, fen: -1)).sizeClass == .medium)
    }

    @Test(
        "Edges in other rows",
        arguments: [
            ("A", nil, 20_000, nil, SizeClass.large), ("A", nil, 19_999, nil, .medium), ("A", nil, 49, nil, .micro),
            ("E", nil, 80_000, 80_000, .large), ("E", nil, 80_000, 79_999, .medium), ("E", nil, 6000, 4999, .small),
            ("51", 200, 40_000, nil, .large), ("51", 19, 5000, nil, .small), ("51", 5, 1000, nil, .small),
            ("52", 300, 20_000, nil, .large), ("52", 49, 500, nil, .small), ("52", 9, 500, nil, .micro),
            ("54", 300, 3000, nil, .medium), ("591", 300, 3000, nil, .medium), ("592", 200, 30_000, nil, .large),
            ("592", 100, 1000, nil, .medium), ("60", 300, 2000, nil, .medium), ("H", 100, 2000, nil, .medium),
            ("63", 2000, 100_000, nil, .large), ("65", 10, 50, nil, .small), ("65", 10, 49, nil, .micro),
            ("701", nil, 1000, 5000, .medium), ("701", nil, 200_000, 9999, .medium), ("702", 1000, 5000, nil, .large),
            ("702", 100, 499, nil, .micro), ("L", 300, nil, 120_000, .large), ("L", 300, nil, 119_999, .medium),
            ("M", 100, nil, nil, .medium), ("85", 9, nil, nil, .micro), ("703", 300, nil, nil, .large),
        ] as [(String, Int64?, Int64?, Int64?, SizeClass)])
    func others(industry: String, employees: Int64?, revenue: Int64?, assets: Int64?, expected: SizeClass) throws {
        let outcome = SizeClassifier.classify(try Self.input(industry, employees, revenue, assets))
        #expect(outcome.sizeClass == expected)
    }

    @Test("Names the figures that decided, and those that are missing")
    func reasons() throws {
        #expect(
            SizeClassifier.classify(try Self.input("C", 1000, 1999)) == .classified(.small, decidedBy: [.revenue]))
        #expect(
            SizeClassifier.classify(try Self.input("C", 1000, 40_000))
                == .classified(.large, decidedBy: [.employees, .revenue]))
        #expect(SizeClassifier.classify(try Self.input("C", 1000, nil)) == .missing([.revenue]))
        // One figure of a micro enterprise is enough.
        #expect(SizeClassifier.classify(try Self.input("C", 19, nil)) == .classified(.micro, decidedBy: [.employees]))
        #expect(SizeClassifier.classify(try Self.input("59", 10, 10)) == .industryTooCoarse)
        #expect(SizeClassifier.classify(try Self.input("F", 10, 10)) == .industryTooCoarse)
        #expect(SizeClassifier.classify(try Self.input("J", 10, 10)) == .notCovered)
        #expect(SizeClassifier.classify(try Self.input("53", 10, 10)) == .notCovered)
    }

    @Test("Every division has an outcome that is not an accident")
    func total() throws {
        for code in IndustryDictionary.divisions {
            let outcome = SizeClassifier.classify(
                SizeClassifier.Input(
                    industry: code, employees: 1, revenue: Money(fen: 1), assets: Money(fen: 1)))
            switch outcome {
            case .classified(let size, _): #expect(size == .micro)
            case .industryTooCoarse: #expect([59, 70].contains(code.division))
            case .notCovered: #expect(code.division == 53 || code.division == 84 || "JPST".contains(code.section))
            case .missing: Issue.record("nothing is missing for \(code)")
            }
        }
    }
}
