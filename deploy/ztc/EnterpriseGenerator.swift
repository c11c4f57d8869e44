import Domain

/// One row of the registry as the loader reads it.
struct EnterpriseRow: Sendable {
    let creditCode: String
    let name: String
    let representative: String
    let nature: String
    let region: String
    let address: String
    let industry: String
    let foundedOn: CivilDate
    let capitalFen: Int64
    let employees: Int64
    let revenueFen: Int64
    let assetsFen: Int64

    static let header =
        "credit_code,name,representative,nature,region,address,industry,founded_on,capital_fen,status,employees,"
        + "revenue_fen,assets_fen,figures_year"

    /// The row as CSV; no field holds a comma or a quote.
    var csv: String {
        [
            creditCode, name, representative, nature, region, address, industry, foundedOn.description,
            String(capitalFen), "active", String(employees), String(revenueFen), String(assetsFen), "2019",
        ].joined(separator: ",")
    }

    /// Whether the enterprise makes things: divisions 13 to 43 of GB/T 4754-2017.
    var isManufacturer: Bool { Int(industry.prefix(2)).map { (13...43).contains($0) } ?? false }
}

/// Makes plausible enterprises, the same ones for the same seed: real region and industry codes, valid credit codes,
/// sizes spread as the national classes are. Names are invented.
struct EnterpriseGenerator: Sendable {
    let seed: UInt64

    /// Counties of Tai'an with their shares of the registry, then Lanshan district.
    private static let regions: [(code: String, place: String, share: Int)] = [
        ("370902", "泰安市泰山区", 22), ("370911", "泰安市岱岳区", 16), ("370982", "新泰市", 18), ("370983", "肥城市", 16),
        ("370921", "宁阳县", 9), ("370923", "东平县", 9), ("371302", "临沂市兰山区", 10),
    ]

    /// Industries by division or group, the words in which such firms name themselves, and their shares.
    private static let industries: [(code: String, word: String, share: Int)] = [
        ("34", "机械", 6), ("35", "专用设备", 5), ("38", "电气", 5), ("26", "化工", 4), ("30", "建材", 4), ("27", "医药", 3),
        ("13", "食品", 4), ("17", "纺织", 3), ("20", "木业", 3), ("39", "电子", 3), ("33", "金属制品", 4), ("22", "纸业", 2),
        ("29", "塑胶", 2), ("36", "汽车零部件", 2), ("06", "矿业", 1), ("44", "热力", 1), ("46", "供水", 1), ("48", "路桥", 2),
        ("51", "贸易", 12), ("52", "商贸", 13), ("54", "物流", 4), ("61", "酒店", 2), ("62", "餐饮", 4), ("65", "软件", 3),
        ("71", "租赁", 1), ("72", "商务服务", 3), ("73", "科技", 2), ("78", "园林", 1), ("01", "农业", 2), ("03", "养殖", 1),
    ]

    private static let natures: [(code: String, suffix: String, category: Character, share: Int)] = [
        ("private", "有限公司", "1", 78), ("sole-trader", "经营部", "2", 10), ("partnership", "企业（有限合伙）", "1", 3),
        ("state-owned", "集团有限公司", "1", 3), ("joint-venture", "合资有限公司", "1", 2), ("foreign", "（中国）有限公司", "1", 1),
        ("cooperative", "专业合作社", "3", 2), ("collective", "集体企业", "1", 1),
    ]

    private static let first = Array("华鲁泰岱东恒鑫瑞宏盛安康正大中天金银新兴永丰德信诚和通达利顺嘉润博远方圆")
    private static let second = Array("源峰业邦腾辉达隆成祥泽康升杰凯美佳力卓创智联科特旺茂昌荣富裕良海川山林")
    private static let surnames = Array("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗")
    private static let given = Array("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华玉建国文辉云")

    /// The enterprise at a place, from 0.
    ///
    /// - Throws: `DomainError` when a code cannot be made, which is a mistake in the tables above.
    func row(_ index: Int) throws -> EnterpriseRow {
        var random = SeededRandom(seed: seed, stream: "enterprise.\(index)")
        let region = Self.pick(Self.regions, \.share, &random)
        let industry = Self.pick(Self.industries, \.share, &random)
        let nature = Self.pick(Self.natures, \.share, &random)
        let regionCode = try RegionCode(region.code)
        let number = String(index + 1)
        // Eight characters; beyond 999,999 the second letter gives way to a digit.
        let organisation =
            number.count > 6
            ? "M" + String(repeating: "0", count: max(0, 7 - number.count)) + number
            : "MA" + String(repeating: "0", count: max(0, 6 - number.count)) + number
        let figures = Self.figures(of: nature.code, &random)
        // The brand counts upwards, so that no name occurs twice in a county.
        let brand =
            String(Self.first[index % Self.first.count])
            + String(Self.second[index / Self.first.count % Self.second.count])
            + (index >= Self.first.count * Self.second.count
                ? String(Self.first[index / (Self.first.count * Self.second.count) % Self.first.count]) : "")
        let day = try CivilDate(year: 1992, month: 1, day: 1).adding(days: Int(random.next() % 10_200))
        return EnterpriseRow(
            creditCode: try CreditCode.make(
                registrationAuthority: "9", category: nature.category, region: regionCode, organisation: organisation
            ).description,
            name: region.place + brand + industry.word + nature.suffix,
            representative: String(Self.surnames[Int(random.next() % UInt64(Self.surnames.count))])
                + String(Self.given[Int(random.next() % UInt64(Self.given.count))])
                + String(Self.given[Int(random.next() % UInt64(Self.given.count))]),
            nature: nature.code, region: region.code,
            address: "山东省\(region.place)第\(Int(random.next() % 900) + 1)号", industry: industry.code, foundedOn: day,
            capitalFen: (figures.assets / 4 / 100_000_000 + 1) * 100_000_000, employees: figures.employees,
            revenueFen: figures.revenue, assetsFen: figures.assets)
    }

    /// Figures in the shares of the national size classes: seven in ten micro, one in two hundred large.
    private static func figures(
        of nature: String, _ random: inout SeededRandom
    ) -> (employees: Int64, revenue: Int64, assets: Int64) {
        func between(_ low: Int64, _ high: Int64) -> Int64 { low + Int64(random.next() % UInt64(high - low)) }
        let place = nature == "sole-trader" ? 0 : random.next() % 1_000
        let employees: Int64
        let revenueYuan: Int64
        switch place {
        case ..<700:
            employees = between(1, 20)
            revenueYuan = between(50_000, 2_900_000)
        case ..<940:
            employees = between(20, 300)
            revenueYuan = between(3_000_000, 19_000_000)
        case ..<995:
            employees = between(300, 1_000)
            revenueYuan = between(20_000_000, 390_000_000)
        case _:
            employees = between(1_000, 6_000)
            revenueYuan = between(400_000_000, 4_000_000_000)
        }
        return (employees, revenueYuan * 100, revenueYuan * between(60, 240))
    }

    private static func pick<Entry>(
        _ entries: [Entry], _ share: (Entry) -> Int, _ random: inout SeededRandom
    ) -> Entry {
        var left = Int(random.next() % UInt64(entries.reduce(0) { $0 + share($1) }))
        for entry in entries {
            left -= share(entry)
            if left < 0 { return entry }
        }
        return entries[0]
    }
}
