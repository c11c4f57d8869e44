import AssessmentContracts
import CommonContracts
import Foundation

/// The file of the city's targets of 2020 as its documents print them.
struct TargetTables: Decodable {
    struct Table: Decodable {
        let id: String
        let name: String
        let unit: String
        let total: String
        let rows: [Row]
        let longerGoals: [LongerGoal]?
    }
    struct Row: Decodable {
        let unit: String
        let target: String
    }
    struct LongerGoal: Decodable {
        let year: Int32
        let total: String
    }
    /// Money of the awards, in the order of the documents.
    struct Award: Decodable {
        let tier: String
        let rule: String
        let yuan: [Int64]
    }
    struct Bonus: Decodable {
        let cap: Int64
    }
    let source: String
    let indicators: [Table]
    let bonus: Bonus
    let awards: [Award]
}

/// The file of what the documents do not give: achievements, weights and the provincial mean, invented as an example.
struct AssessmentExample: Decodable {
    struct Bonus: Decodable {
        let id: String
        let name: String
        let points: String
    }
    /// Units that are ranked among each other.
    struct Group: Decodable {
        let tier: String
        let name: String
        let units: [String]
        let hasBonus: Bool
        let provincialMean: String?
        let weights: [String: Int64]

        /// The tier as the service knows it.
        ///
        /// - Throws: `Refusal` for a tier that has no place in the example.
        func wire() throws -> Zhitongche_Assessment_V1_Tier {
            switch tier {
            case "county": return .county
            case "functional-zone": return .functionalZone
            case _: throw Refusal("the example has no tier \(tier)")
            }
        }
    }
    /// One project of a unit whose money in place is its achievement.
    struct Project: Decodable {
        let unit: String
        let inPlace: String
        let total: String
    }
    struct Report: Decodable {
        let indicator: String
        let unit: String
        let reported: String
        let verified: String?
        let reason: String?
    }
    let source: String
    let year: Int32
    let ownerUnit: String
    let shortNames: [String: String]
    let bonuses: [Bonus]
    let tiers: [Group]
    let projects: [Project]
    let reports: [Report]
}

extension Zhitongche_Common_V1_Decimal {
    /// Reads a printed number such as `35.16`.
    ///
    /// - Throws: `Refusal` when the text is none.
    init(printed text: String) throws {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let digits = Int64(parts.joined()), parts.count == 1 || !parts[1].isEmpty else {
            throw Refusal("\(text) is not a number")
        }
        self = .with {
            $0.unscaled = digits
            $0.scale = parts.count == 2 ? Int32(parts[1].count) : 0
        }
    }

    /// The number as people write it, without zeros at the end.
    var printed: String {
        let digits = String(unscaled.magnitude)
        let places = Int(scale)
        let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
        let whole = padded.dropLast(places)
        let part = String(padded.suffix(places)).replacing(/0+$/, with: "")
        return (unscaled < 0 ? "−" : "") + whole + (part.isEmpty ? "" : ".\(part)")
    }

    /// The number in fen, when it counts 100 million yuan (亿元); exact up to fen.
    var fenOfHundredMillions: Int64 { (scale..<10).reduce(unscaled) { fen, _ in fen * 10 } }
}
