import AssessmentDomain
import Domain
import Foundation

let drafter = AccountID("drafter")
let second = AccountID("second")
let third = AccountID("third")
let noon = BusinessTime(microseconds: 1_587_355_200_000_000)

func unit(_ slug: String) throws -> UnitID { try UnitID(slug, field: "unit") }
func fixed(_ text: String) throws -> FixedNumber { try FixedNumber(text: text, field: "number") }

func indicator(
    _ id: String = "funds", decimals: Int = 2, direction: Direction = .more,
    source: IndicatorSource = .reports(days: 10), period: PeriodKind = .month
) throws -> Indicator {
    Indicator(
        id: try IndicatorID(id, field: "id"), name: "到位资金", measure: "亿元", decimals: decimals, direction: direction,
        source: source, period: period, owner: try unit("commerce"), reportingTiers: [], version: 1)
}

/// The printed tables of 2020 (ASM-3).
struct Tables: Decodable {
    struct Table: Decodable {
        struct Row: Decodable {
            let unit: String
            let target: String
        }
        let id: String
        let total: String
        let rows: [Row]
    }
    let year: Int
    let indicators: [Table]

    static func read() throws -> Tables {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "data/targets-taian-2020.json")
        return try JSONDecoder().decode(Tables.self, from: Data(contentsOf: file))
    }

    /// Slugs of the units by their names.
    static let slugs = [
        "泰山区": "taishan", "岱岳区": "daiyue", "新泰市": "xintai", "肥城市": "feicheng", "宁阳县": "ningyang",
        "东平县": "dongping", "泰安高新区": "hi-tech-zone", "泰山景区": "mount-tai", "泰安旅游经济开发区": "tourism-zone",
        "徂徕山汶河景区": "culai",
    ]
}
