import Domain
import Foundation

/// What is wrong with one column of a registry row, in words for people (ENT-1). The text itself is not quoted, since
/// it may be personal data.
public struct RegistryRowError: Error, Hashable, Sendable {
    /// Name of the column; empty when the row as a whole is at fault.
    public let column: String
    /// Why.
    public let reason: BilingualText

    /// Makes an error of a column.
    public init(column: String, reason: BilingualText) {
        self.column = column
        self.reason = reason
    }

    /// The error of a record that is not CSV.
    public init(_ fault: CSVFault) {
        column = ""
        switch fault {
        case .textAfterQuote: reason = BilingualText("引号之后有多余字符", "text after a closing quote")
        case .unterminatedQuote: reason = BilingualText("引号没有结束", "a quote is not closed")
        case .tooLong: reason = BilingualText("记录超过 64 KiB", "the record is longer than 64 KiB")
        case .notUTF8: reason = BilingualText("不是 UTF-8 编码", "not UTF-8")
        }
    }
}

/// Turns the fields of a CSV record into a registry entry, naming the first column at fault (ENT-1).
public enum RegistryRowReader {
    /// The columns in the order of the file's header line.
    public static let columns = [
        "credit_code", "name", "representative", "nature", "region", "address", "industry", "founded_on",
        "capital_fen", "status", "employees", "revenue_fen", "assets_fen", "figures_year",
    ]

    private static let nameLimit = 128
    private static let representativeLimit = 64
    private static let addressLimit = 256

    /// Whether a record is the header line that the contract prescribes.
    public static func isHeader(_ fields: [String]) -> Bool {
        fields.map { $0.trimmingCharacters(in: .whitespaces) } == columns
    }

    /// Reads one record.
    ///
    /// - Throws: ``RegistryRowError`` naming the first column at fault.
    public static func read(_ fields: [String]) throws(RegistryRowError) -> RegistryEntry {
        guard fields.count == columns.count else {
            throw RegistryRowError(
                column: "",
                reason: BilingualText(
                    "应有 \(columns.count) 列，实际 \(fields.count) 列",
                    "\(columns.count) columns are needed, not \(fields.count)"))
        }
        let texts = fields.map { $0.precomposedStringWithCanonicalMapping.trimmingCharacters(in: .whitespaces) }
        let creditCode = try domain("credit_code") { () throws(DomainError) in try CreditCode(texts[0]) }
        let name = try text(texts[1], "name", limit: nameLimit)
        let representative = try text(texts[2], "representative", limit: representativeLimit)
        guard let nature = nature(texts[3]) else { throw unknown("nature") }
        let region = try domain("region") { () throws(DomainError) in try RegionCode(texts[4]) }
        // Addresses are sometimes written over several lines.
        let lines = texts[5].split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        let joined = lines.filter { !$0.isEmpty }.joined(separator: " ")
        let address = joined.isEmpty ? "" : try text(joined, "address", limit: addressLimit)
        let industry = try domain("industry") { () throws(DomainError) in try IndustryCode(texts[6]) }
        guard industry.level != .section else {
            throw RegistryRowError(
                column: "industry", reason: BilingualText("应为 2 至 4 位行业代码", "must have 2 to 4 digits"))
        }
        let founded = try domain("founded_on") { () throws(DomainError) in try CivilDate(texts[7]) }
        let capital = try amount(texts[8], "capital_fen").map(Money.init(fen:))
        guard let status = RegistryStatus(text: texts[9]) else { throw unknown("status") }
        return RegistryEntry(
            creditCode: creditCode, name: name, representative: representative, nature: nature, region: region,
            address: address, industry: industry, foundedOn: founded, capital: capital, status: status,
            figures: try figures(texts))
    }

    private static func figures(_ texts: [String]) throws(RegistryRowError) -> YearlyFigures? {
        let employees = try amount(texts[10], "employees")
        let revenue = try amount(texts[11], "revenue_fen").map(Money.init(fen:))
        let assets = try amount(texts[12], "assets_fen").map(Money.init(fen:))
        if employees == nil, revenue == nil, assets == nil, texts[13].isEmpty { return nil }
        guard let number = Int(texts[13]), texts[13].utf8.count == 4 else {
            throw RegistryRowError(
                column: "figures_year",
                reason: BilingualText("有数值时应填写四位年份", "a year of four digits is needed with figures"))
        }
        let year = try domain("figures_year") { () throws(DomainError) in try Year(number) }
        return YearlyFigures(year: year, employees: employees, revenue: revenue, assets: assets)
    }

    private static func nature(_ text: String) -> EnterpriseNature? {
        EnterpriseNature(rawValue: text) ?? EnterpriseNature.allCases.first { $0.label.chinese == text }
    }

    private static func text(_ text: String, _ column: String, limit: Int) throws(RegistryRowError) -> String {
        guard !text.isEmpty else {
            throw RegistryRowError(column: column, reason: BilingualText("不能为空", "must not be empty"))
        }
        guard text.unicodeScalars.count <= limit else {
            throw RegistryRowError(
                column: column, reason: BilingualText("超过 \(limit) 个字符", "longer than \(limit) characters"))
        }
        guard !text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            throw RegistryRowError(column: column, reason: BilingualText("含有控制字符", "holds a control character"))
        }
        return text
    }

    private static func amount(_ text: String, _ column: String) throws(RegistryRowError) -> Int64? {
        if text.isEmpty { return nil }
        guard let number = Int64(text), number >= 0, text.utf8.allSatisfy({ (48...57).contains($0) }) else {
            throw RegistryRowError(
                column: column, reason: BilingualText("应为不小于 0 的整数", "must be a whole number from 0"))
        }
        return number
    }

    private static func unknown(_ column: String) -> RegistryRowError {
        RegistryRowError(column: column, reason: BilingualText("代码未知", "unknown code"))
    }

    private static func domain<Value>(
        _ column: String, _ body: () throws(DomainError) -> Value
    ) throws(RegistryRowError) -> Value {
        do throws(DomainError) {
            return try body()
        } catch {
            throw RegistryRowError(column: column, reason: BilingualText(chinese(error.reason), error.explanation))
        }
    }

    private static func chinese(_ reason: DomainError.Reason) -> String {
        switch reason {
        case .empty: "不能为空"
        case .wrongLength(let expected): "应为 \(expected) 位"
        case .illegalCharacter(let position): "第 \(position) 位字符不合法"
        case .wrongCheckCharacter: "校验码不符"
        case .malformed: "格式有误"
        case .outOfRange: "超出范围"
        case .unknown: "代码未知"
        case .wrongType, .notApplicable: "类型不符"
        case .disorder: "顺序有误"
        case .duplicate: "重复"
        case .overflow, .divisionByZero, .tooDeep, .tooMany: "超出允许范围"
        }
    }
}
