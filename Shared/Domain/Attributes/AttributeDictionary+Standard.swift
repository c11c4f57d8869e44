extension AttributeDictionary {
    /// The built-in definitions: figures of the library first, then what the campaign's twenty points ask for.
    static let standardDefinitions: [AttributeDefinition] = [
        entry("revenue", .money, .yuan, "营业收入", "revenue"),
        entry("employees", .integer, .person, "从业人员", "employees"),
        entry("total.assets", .money, .yuan, "资产总额", "total assets"),
        entry("net.assets", .money, .yuan, "净资产", "net assets"),
        entry("profit", .money, .yuan, "利润总额", "total profit"),
        entry("tax.paid", .money, .yuan, "实缴税金", "tax paid"),
        entry("rd.spending", .money, .yuan, "研发费用", "R&D spending"),
        entry("rd.ratio", .ratio, .none, "研发费用占营业收入比重", "R&D spending to revenue"),
        entry("revenue.growth", .ratio, .none, "营业收入增速", "growth of revenue"),
        entry("exports", .money, .yuan, "出口额", "exports"),
        entry("social.security.headcount", .integer, .person, "社保参保人数", "social-security headcount"),
        entry("loans.outstanding", .money, .yuan, "贷款余额", "loans outstanding"),
        entry("land.mu", .decimal, .mu, "占地面积", "land occupied"),
        entry("land.benefit.per.mu", .money, .yuan, "亩均税收", "tax per mu"),
        entry("energy.tce", .decimal, .tonneCoalEquivalent, "综合能源消费量", "energy consumption"),
        entry("electricity.kwh", .decimal, .kilowattHour, "用电量", "electricity used"),
        entry("emissions", .decimal, .tonne, "主要污染物排放量", "emissions of main pollutants"),
        entry("founded", .date, .none, "成立日期", "date of foundation", isChangeable: false),
        entry("age.years", .integer, .year, "成立年限", "age of the enterprise", isChangeable: false),
        entry("registered.capital", .money, .yuan, "注册资本", "registered capital"),
        entry(
            "credit.rating", .text, .none, "纳税信用等级", "tax credit rating",
            codes: codes([
                ("A", BilingualText("A 级", "A")),
                ("B", BilingualText("B 级", "B")),
                ("C", BilingualText("C 级", "C")),
                ("D", BilingualText("D 级", "D")),
                ("M", BilingualText("M 级", "M")),
            ])),
        entry("honours", .set, .none, "荣誉称号", "honours"),
        entry("patents", .integer, .item, "有效发明专利", "valid invention patents"),
        entry("above.designated.size", .boolean, .none, "规模以上企业", "above designated size"),
        entry(
            "nature", .text, .none, "企业性质", "enterprise nature",
            codes: codes(EnterpriseNature.allCases.map { ($0.rawValue, $0.label) }), isChangeable: false),
        entry(
            "stage", .text, .none, "发展阶段", "stage of development",
            codes: codes(DevelopmentStage.allCases.map { ($0.rawValue, $0.label) })),
        entry(
            "size", .text, .none, "企业规模", "enterprise size",
            codes: codes(SizeClass.allCases.map { ($0.rawValue, $0.label) })),
        entry("ipo.date", .date, .none, "首发上市日期", "date of initial public offering"),
        entry("neeq.date", .date, .none, "新三板挂牌日期", "date of NEEQ quotation"),
        entry("equity.raised", .money, .yuan, "股权融资额", "equity raised"),
        entry("credit.bonds.issued", .money, .yuan, "信用类债券发行额", "credit bonds issued"),
        entry("merger.fees", .money, .yuan, "并购重组中介费用", "intermediary fees of mergers"),
        entry("listing.fees", .money, .yuan, "上市中介费用", "intermediary fees of listing"),
        entry(
            "financial.adjustment.for", .text, .none, "财务调整规范事由", "purpose of financial adjustment",
            codes: codes([
                ("reform", BilingualText("股份制改制", "conversion to a joint-stock company")),
                ("listing", BilingualText("上市", "listing")),
                ("neeq", BilingualText("新三板挂牌", "NEEQ quotation")),
            ])),
        entry(
            "local.contribution.increase.from.adjustment", .money, .yuan, "财务调整规范增加的地方贡献",
            "local contribution increased by adjustment"),
        entry("csrc.pending", .boolean, .none, "证监会在审", "under review by the CSRC"),
        entry("overseas.review.done", .boolean, .none, "境外上市已通过审核", "overseas review completed"),
        entry("inclusive.finance.eligible", .boolean, .none, "符合普惠金融条件", "eligible for inclusive finance"),
        entry("graduates.recruited", .integer, .person, "引进毕业生人数", "graduates recruited"),
        entry("operating.normally", .boolean, .none, "生产经营正常", "operating normally"),
        entry("market.prospects.good", .boolean, .none, "市场前景较好", "good market prospects"),
        entry("liquidity.shortage.temporary", .boolean, .none, "流动资金暂时短缺", "temporary shortage of liquidity"),
        entry("newly.attracted", .boolean, .none, "新引进企业", "newly attracted enterprise", isChangeable: false),
        entry("county.factor.input", .money, .yuan, "县级要素投入", "input of factors by the county"),
        entry("hightech.first.recognised", .boolean, .none, "首次认定高新技术企业", "first recognised as high-tech"),
        entry(
            "land.use", .text, .none, "土地用途", "land use",
            codes: codes([
                ("industrial", BilingualText("工业用地", "industrial")),
                ("commercial", BilingualText("商业用地", "commercial")),
                ("residential", BilingualText("住宅用地", "residential")),
                ("warehouse", BilingualText("仓储用地", "warehouse")),
                ("research", BilingualText("科研用地", "research")),
            ])),
        entry("plant.idle", .boolean, .none, "厂房闲置", "idle plant"),
        entry("land.idle.or.inefficient", .boolean, .none, "土地闲置或低效", "idle or inefficient land"),
        entry(
            "new.use", .text, .none, "改造后用途", "new use",
            codes: codes([
                ("technology", BilingualText("高新技术", "technology")),
                ("research", BilingualText("研发", "research")),
                ("creative", BilingualText("文化创意", "creative industry")),
                ("design", BilingualText("设计", "design")),
                ("pilot", BilingualText("中试", "pilot production")),
                ("clean-production", BilingualText("清洁生产", "clean production")),
            ])),
        entry("violation.minor", .boolean, .none, "违法行为轻微", "minor violation", isChangeable: false),
        entry("violation.intentional", .boolean, .none, "主观故意", "intentional violation", isChangeable: false),
        entry(
            "violation.grave.outcome", .boolean, .none, "造成严重后果", "grave outcome of the violation", isChangeable: false),
        entry("energy.intensity.high", .boolean, .none, "高耗能项目", "energy-intensive project"),
    ]

    private static func entry(
        _ key: String, _ type: AttributeType, _ unit: AttributeUnit, _ chinese: String, _ english: String,
        codes: [String: BilingualText] = [:], isChangeable: Bool = true
    ) -> AttributeDefinition {
        AttributeDefinition(
            key: AttributeKey(known: key), type: type, unit: unit, label: BilingualText(chinese, english), codes: codes,
            isChangeable: isChangeable)
    }

    private static func codes(_ pairs: [(String, BilingualText)]) -> [String: BilingualText] {
        Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }
}
