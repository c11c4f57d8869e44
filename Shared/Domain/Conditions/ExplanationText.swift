/// Renders reasons and changes as one line each, in Chinese and English (POL-4, ENT-12).
public struct ExplanationText: Sendable {
    private let attributes: AttributeDictionary
    private let lists: ListDictionary
    private let regionNames: [RegionCode: String]
    private let sourceName: @Sendable (String) -> String

    /// Makes a renderer over the dictionaries that name things; what they do not know is shown by its code.
    public init(
        attributes: AttributeDictionary = .standard, lists: ListDictionary = .standard,
        regionNames: [RegionCode: String] = [:], sourceName: @escaping @Sendable (String) -> String = { $0 }
    ) {
        self.attributes = attributes
        self.lists = lists
        self.regionNames = regionNames
        self.sourceName = sourceName
    }

    /// One line for every leaf, in the condition's order.
    public func render(_ evaluation: Evaluation, _ language: Language) -> [String] {
        evaluation.leaves.compactMap { render($0, language) }
    }

    /// The line of one leaf, such as `引进毕业生人数：实际 12 人，要求大于 0 人 —— 符合`; nil for a branch.
    public func render(_ node: EvaluationNode, _ language: Language) -> String? {
        guard case .leaf(let criterion, let seen) = node.kind else { return nil }
        let subject = subject(of: criterion)[language]
        let found = describe(seen, criterion, language)
        let need = needed(by: criterion, language)
        let source = provenance(seen.provenance, language)
        switch language {
        case .chinese:
            return "\(subject)：实际\(found)\(source)，要求\(need) —— \(node.verdict.label.chinese)"
        case .english:
            return "\(subject): actual \(found)\(source), required \(need) — \(node.verdict.label.english)"
        }
    }

    /// The line of one change, such as `引进毕业生人数：再增加 1 人，达到 1 人`.
    public func render(_ change: LeafChange, _ language: Language) -> String {
        let isChinese = language == .chinese
        func line(_ key: AttributeKey, _ text: String) -> String {
            attributes.label(of: key)[language] + (isChinese ? "：" : ": ") + text
        }
        switch change.kind {
        case .increase(let key, let by, let to):
            let (gap, goal) = (describe(by, of: key, language), describe(to, of: key, language))
            return line(key, isChinese ? "再增加 \(gap)，达到 \(goal)" : "\(gap) more, to reach \(goal)")
        case .decrease(let key, let by, let to):
            let (gap, goal) = (describe(by, of: key, language), describe(to, of: key, language))
            return line(key, isChinese ? "减少 \(gap)，降至 \(goal)" : "\(gap) less, down to \(goal)")
        case .become(let key, let value):
            let goal = describe(value, of: key, language)
            return line(key, isChinese ? "变为 \(goal)" : "to become \(goal)")
        case .becomeOneOf(let key, let codes):
            let goal = describe(codes: codes, of: key, language)
            return line(key, isChinese ? "变为 \(goal) 之一" : "to become one of \(goal)")
        case .avoid(let key, let values):
            let texts = values.map { describe($0, of: key, language) }.sorted()
            let goal = texts.joined(separator: isChinese ? "、" : ", ")
            return line(key, isChinese ? "不再是 \(goal)" : "no longer \(goal)")
        case .obtain(let key):
            return line(key, isChinese ? "取得" : "to be obtained")
        case .supply(let key, let comparison, let isNegated):
            let need = demand(comparison, of: key, language)
            if isChinese { return line(key, "补充信息（要求\(isNegated ? "并非" : "")\(need)）") }
            return line(key, "to be supplied (required: \(isNegated ? "not " : "")\(need))")
        case .joinList(let list):
            return lists.label(of: list)[language] + (isChinese ? "：列入" : ": to join")
        case .leaveList(let list):
            return lists.label(of: list)[language] + (isChinese ? "：移出" : ": to leave")
        case .clarifyList(let list):
            return lists.label(of: list)[language] + (isChinese ? "：核实是否列入" : ": membership to be clarified")
        case .supplyRegion(let region):
            let name = regionNames[region] ?? region.description
            return isChinese ? "所在地区：补充信息（要求位于 \(name)）" : "region: to be supplied (within \(name))"
        case .supplyIndustry(let industries):
            let names = describe(industries, language)
            return isChinese ? "所属行业：补充信息（要求属于 \(names)）" : "industry: to be supplied (within \(names))"
        }
    }

    /// A value of an attribute with its unit, codes by their names.
    public func describe(_ value: AttributeValue, of key: AttributeKey, _ language: Language) -> String {
        let definition = attributes[key]
        func withUnit(_ text: String, _ unit: AttributeUnit) -> String {
            unit == .none ? text : "\(text) \(unit.label[language])"
        }
        switch value {
        case .boolean(let flag):
            switch language {
            case .chinese: return flag ? "是" : "否"
            case .english: return flag ? "yes" : "no"
            }
        case .integer(let number): return withUnit(DecimalNumber(number).groupedText, definition?.unit ?? .none)
        case .decimal(let number): return withUnit(number.groupedText, definition?.unit ?? .none)
        case .money(let money): return withUnit(money.shortYuanText, .yuan)
        case .ratio(let ratio): return ratio.percentText
        case .date(let date): return date.description
        case .text(let code): return definition?.codes[code]?[language] ?? code
        case .set(let codes): return describe(codes: codes, of: key, language)
        }
    }

    // MARK: Parts

    private func describe(codes: Set<String>, of key: AttributeKey, _ language: Language) -> String {
        let names = codes.sorted().map { attributes[key]?.codes[$0]?[language] ?? $0 }
        return names.joined(separator: language == .chinese ? "、" : ", ")
    }

    private func describe(_ industries: [IndustryCode], _ language: Language) -> String {
        switch language {
        case .chinese: industries.map { IndustryDictionary.name(of: $0) ?? $0.fullText }.joined(separator: "、")
        case .english: industries.map(\.fullText).joined(separator: ", ")
        }
    }

    func subject(of criterion: Criterion) -> BilingualText {
        switch criterion {
        case .attribute(let key, _): attributes.label(of: key)
        case .list(let list): lists.label(of: list)
        case .regionWithin: BilingualText("所在地区", "region")
        case .industryWithinAny: BilingualText("所属行业", "industry")
        }
    }

    func describe(
        _ seen: EvaluationNode.Seen, _ criterion: Criterion, _ language: Language
    ) -> String {
        let text: BilingualText
        switch seen.value {
        case .attribute(let value), .incomparable(let value):
            guard case .attribute(let key, _) = criterion else { return "" }
            let shown = describe(value, of: key, language)
            return language == .chinese ? " " + shown : shown
        case .region(let region):
            text = BilingualText(" \(regionNames[region] ?? region.description)", regionNames[region] ?? "\(region)")
        case .industry(let industry):
            text = BilingualText(" " + describe([industry], .chinese), industry.fullText)
        case .present: text = BilingualText("有记录（数值未提供）", "on record (value not disclosed)")
        case .absent: text = BilingualText("无", "none")
        case .nothing: text = BilingualText("未知", "not known")
        case .membership(.member): text = BilingualText("在名录内", "on the list")
        case .membership(.notMember): text = BilingualText("不在名录内", "not on the list")
        case .membership(.unknown): text = BilingualText("未知", "not known")
        }
        return text[language]
    }

    func needed(by criterion: Criterion, _ language: Language) -> String {
        let isChinese = language == .chinese
        switch criterion {
        case .attribute(let key, let comparison):
            return demand(comparison, of: key, language)
        case .list:
            return isChinese ? "在名录内" : "on the list"
        case .regionWithin(let region):
            let name = regionNames[region] ?? region.description
            return isChinese ? "位于 \(name)" : "within \(name)"
        case .industryWithinAny(let industries):
            return (isChinese ? "属于 " : "within ") + describe(industries, language)
        }
    }

    private func demand(_ comparison: Comparison, of key: AttributeKey, _ language: Language) -> String {
        func shown(_ value: AttributeValue) -> String { describe(value, of: key, language) }
        let isChinese = language == .chinese
        switch comparison {
        case .exists: return isChinese ? "有记录" : "on record"
        case .equal(let value): return (isChinese ? "为 " : "") + shown(value)
        case .notEqual(let value): return (isChinese ? "不为 " : "other than ") + shown(value)
        case .less(let value): return (isChinese ? "小于 " : "less than ") + shown(value)
        case .lessOrEqual(let value): return (isChinese ? "不超过 " : "at most ") + shown(value)
        case .greater(let value): return (isChinese ? "大于 " : "more than ") + shown(value)
        case .greaterOrEqual(let value): return (isChinese ? "不少于 " : "at least ") + shown(value)
        case .between(let lower, let upper):
            return isChinese
                ? "在 \(shown(lower)) 至 \(shown(upper)) 之间（含）" : "from \(shown(lower)) to \(shown(upper)) inclusive"
        case .oneOf(let codes):
            return (isChinese ? "属于 " : "one of ") + describe(codes: codes, of: key, language)
        case .before(let day): return isChinese ? "早于 \(day)" : "before \(day)"
        case .after(let day): return isChinese ? "晚于 \(day)" : "after \(day)"
        }
    }

    private func provenance(_ provenance: Provenance?, _ language: Language) -> String {
        guard let provenance else { return "" }
        let date = provenance.asOf
        let source = sourceName(provenance.sourceUnit)
        switch language {
        case .chinese:
            return "（来源：\(source)\(date.map { "，截至 \($0)" } ?? "")）"
        case .english:
            return " (source: \(source)\(date.map { ", as of \($0)" } ?? ""))"
        }
    }
}
