import CommonContracts
import Domain
import EnterpriseDomain
import Foundation
import NotificationDomain
import Paging
import PolicyDomain
import SwiftProtobuf
import Wire

/// What is fuzzed: everything that reads bytes or text from outside. A trap, a hang or too much memory is a finding,
/// and so is a value that does not come back as it went out.
enum FuzzTarget: String, CaseIterable {
    case conditions
    case benefits
    case tags
    case creditCodes = "credit-codes"
    case dates
    case pageTokens = "page-tokens"
    case csv
    case audiences
    case templates
    case searches

    /// One run. C takes no context, hence a function for each.
    var function: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt {
        switch self {
        case .conditions: { Inputs.condition(bytes($0, $1)) }
        case .benefits: { Inputs.benefit(bytes($0, $1)) }
        case .tags: { Inputs.tags(bytes($0, $1)) }
        case .creditCodes: { Inputs.creditCode(bytes($0, $1)) }
        case .dates: { Inputs.date(bytes($0, $1)) }
        case .pageTokens: { Inputs.pageToken(bytes($0, $1)) }
        case .csv: { Inputs.csv(bytes($0, $1)) }
        case .audiences: { Inputs.audience(bytes($0, $1)) }
        case .templates: { Inputs.template(bytes($0, $1)) }
        case .searches: { Inputs.search(bytes($0, $1)) }
        }
    }
}

private func bytes(_ start: UnsafePointer<UInt8>?, _ count: Int) -> [UInt8] {
    [UInt8](UnsafeBufferPointer(start: start, count: count))
}

func exitWith(_ code: CInt) -> Never { exit(code) }

/// The runs. Each returns 0; what must hold is a precondition.
private enum Inputs {
    static func condition(_ bytes: [UInt8]) -> CInt {
        guard let wire = try? Zhitongche_Common_V1_Condition(serializedBytes: bytes),
            let condition = try? Condition(wire, at: "condition")
        else { return 0 }
        let again = try? Condition(condition.wire, at: "condition")
        precondition(again == condition, "a condition does not come back as it went out")
        guard (try? condition.validate()) != nil else { return 0 }
        for facts in [Facts(), known] {
            let verdict = ConditionEvaluator.verdict(of: condition, for: facts)
            let evaluation = ConditionEvaluator.evaluate(condition, against: facts)
            precondition(evaluation.root.verdict == verdict, "verdict and explanation disagree")
        }
        return 0
    }

    static func benefit(_ bytes: [UInt8]) -> CInt {
        guard let wire = try? Zhitongche_Common_V1_Benefit(serializedBytes: bytes),
            let benefit = try? Benefit(wire, at: "benefit"), (try? benefit.validate()) != nil
        else { return 0 }
        for facts in [Facts(), known] {
            // A sum beyond the range of money is refused, which is an answer.
            _ = try? BenefitEstimator.estimate(benefit, facts: facts)
        }
        return 0
    }

    static func tags(_ bytes: [UInt8]) -> CInt {
        if let wire = try? Zhitongche_Common_V1_AudienceRule(serializedBytes: bytes) {
            _ = try? AudienceRule(wire, vocabulary: .standard, field: "audience")
        }
        _ = try? TagVocabulary.standard.tag(text: String(decoding: bytes, as: UTF8.self))
        return 0
    }

    static func creditCode(_ bytes: [UInt8]) -> CInt {
        let text = String(decoding: bytes, as: UTF8.self)
        if let code = try? CreditCode(text) {
            let again = try? CreditCode(code.text)
            precondition(again == code, "a credit code does not come back as it went out")
        }
        _ = try? RegionCode(text)
        _ = try? IndustryCode(text)
        return 0
    }

    static func date(_ bytes: [UInt8]) -> CInt {
        let text = String(decoding: bytes, as: UTF8.self)
        if let date = try? CivilDate(text) {
            precondition((try? CivilDate(date.description)) == date, "a date does not come back as it went out")
            let days = bytes.reduce(0) { $0 &* 31 &+ Int($1) }
            _ = try? date.adding(days: days)
            _ = try? date.adding(months: days)
        }
        if let wire = try? Zhitongche_Common_V1_Date(serializedBytes: bytes) { _ = try? CivilDate(wire, field: "date") }
        if let wire = try? Zhitongche_Common_V1_Period(serializedBytes: bytes) {
            _ = try? Period(wire, field: "period")
        }
        if let wire = try? Zhitongche_Common_V1_AttributeValue(serializedBytes: bytes) {
            _ = try? AttributeValue(wire, field: "value")
        }
        return 0
    }

    static func pageToken(_ bytes: [UInt8]) -> CInt {
        let hash = [UInt8](repeating: 7, count: 8)
        let text = String(decoding: bytes, as: UTF8.self)
        _ = try? PageToken.decode(text, filterHash: hash, columns: 2)
        // Also with the right head, or nothing behind it would ever be reached.
        // The head has nine bytes, so that what is encoded apart can be put behind it.
        let tail = Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
        let headed = PageToken.encode(filterHash: hash, key: []) + tail.replacing("=", with: "")
        if let token = try? PageToken.decode(headed, filterHash: hash, columns: 2) {
            _ = try? token.integer(1, in: 1...1_000)
            let written = PageToken.encode(filterHash: hash, key: token.key)
            precondition((try? PageToken.decode(written, filterHash: hash, columns: 2)) == token, "a token changed")
        }
        return 0
    }

    static func csv(_ bytes: [UInt8]) -> CInt {
        func records(_ pieces: [ArraySlice<UInt8>]) -> [CSVRecord] {
            var reader = CSVReader()
            var found: [CSVRecord] = []
            for piece in pieces { reader.read(piece) { found.append($0) } }
            reader.finish { found.append($0) }
            return found
        }
        let whole = records([bytes[...]])
        let cut = bytes.count / 3
        precondition(whole == records([bytes[..<cut], bytes[cut...]]), "where a text is cut changes what it says")
        for case .fields(let fields, _) in whole where !RegistryRowReader.isHeader(fields) {
            _ = try? RegistryRowReader.read(fields)
        }
        return 0
    }

    static func audience(_ bytes: [UInt8]) -> CInt {
        guard let members = try? AudienceMembers(encoded: bytes) else { return 0 }
        if let set = try? OrdinalSet(merging: [members]) {
            precondition(set.subtracting(set) == OrdinalSet(), "a set minus itself is not empty")
        }
        return 0
    }

    static func template(_ bytes: [UInt8]) -> CInt {
        let text = String(decoding: bytes, as: UTF8.self)
        if let template = try? Template(text, variables: Set(TemplateVariable.allCases), limit: 2_000, field: "title") {
            _ = template.rendered(escaping: .markup) { _ in "<a>&\"" }
        }
        return 0
    }

    static func search(_ bytes: [UInt8]) -> CInt {
        let text = String(decoding: bytes, as: UTF8.self)
        _ = SearchQuery(text)
        _ = SearchText(text)
        return 0
    }

    /// An enterprise of which the standard attributes are known, with numbers near their bounds.
    private static let known: Facts = {
        var facts = Facts()
        for definition in AttributeDictionary.standard.sorted {
            if let value = definition.type.sample { facts.set(definition.key, to: value) }
        }
        facts.region = (try? RegionCode("370902")).map { Sourced($0) }
        facts.industry = (try? IndustryCode("C3511")).map { Sourced($0) }
        return facts
    }()
}

extension AttributeType {
    /// A value at the edge of what the type holds.
    fileprivate var sample: AttributeValue? {
        switch self {
        case .boolean: .boolean(true)
        case .integer: .integer(.max)
        case .decimal: (try? DecimalNumber(unscaled: .min, scale: 6)).map(AttributeValue.decimal)
        case .money: .money(Money(fen: .max))
        case .ratio: (try? Ratio(.max - 1, .max)).map(AttributeValue.ratio)
        case .date: (try? CivilDate("9999-12-31")).map(AttributeValue.date)
        case .text: .text("text")
        case .set: .set(["a", "b"])
        }
    }
}
