import Domain
import Foundation

/// The four kinds of a case (APL-1).
public enum CaseKind: String, Hashable, Sendable, CaseIterable {
    case appeal
    case enquiry
    case problem
    case complaint
}

/// Who applied (APL-1).
public enum Applicant: Hashable, Sendable {
    /// An enterprise, by the account that acted for it.
    case enterprise(UUID)
    /// A unit that reports a problem.
    case unit(UnitID)
    /// A bank that raises a question about guarantees and collateral (APL-3).
    case bank(UnitID)

    /// Whether the documents let it raise matters of a category: banks have their own ones and no others.
    public func mayRaise(category: String) -> Bool {
        switch self {
        case .enterprise, .unit: true
        case .bank: RuleBook.ofBanks.contains(category)
        }
    }
}

/// What an applicant writes.
public struct CaseContent: Hashable, Sendable {
    /// Title, 1 to 128 characters.
    public let title: String
    /// Text, 1 to 8,000 characters.
    public let text: String

    /// Checks the parts together.
    ///
    /// - Throws: ``InvalidFields`` with paths below `path`.
    public init(title: String, text: String, path: String = "content") throws(InvalidFields) {
        self.title = title
        self.text = text
        var findings = FieldFindings()
        findings.checkText(title, 1...128, field: "\(path).title")
        findings.checkText(text, 1...8_000, field: "\(path).text", isLong: true)
        try findings.finish()
    }

    /// Content as it was stored.
    public init(storedTitle: String, text: String) {
        title = storedTitle
        self.text = text
    }
}

/// What is fixed when a case is submitted (APL-1).
public struct Submission: Hashable, Sendable {
    /// Kind.
    public let kind: CaseKind
    /// Who applied.
    public let applicant: Applicant
    /// Account that submitted it.
    public let account: String
    /// Whether those who handle a complaint do not see who complains.
    public let isAnonymous: Bool
    /// Unit that an appeal names.
    public let namedUnit: UnitID?
    /// Unit that a complaint is about; it never sees the case.
    public let complainedUnit: UnitID?
    /// Region.
    public let region: RegionCode
    /// Industry; nil when not stated.
    public let industry: IndustryCode?
    /// Project that a problem is tied to.
    public let project: UUID?
    /// When, in business time.
    public let at: BusinessTime

    /// Checks that each kind has what belongs to it and nothing else.
    ///
    /// - Throws: ``InvalidFields`` with the names of the contract.
    public init(
        kind: CaseKind, applicant: Applicant, account: String, isAnonymous: Bool = false, namedUnit: UnitID? = nil,
        complainedUnit: UnitID? = nil, region: RegionCode, industry: IndustryCode? = nil, project: UUID? = nil,
        at: BusinessTime
    ) throws(InvalidFields) {
        self.kind = kind
        self.applicant = applicant
        self.account = account
        self.isAnonymous = isAnonymous
        self.namedUnit = namedUnit
        self.complainedUnit = complainedUnit
        self.region = region
        self.industry = industry
        self.project = project
        self.at = at
        var findings = FieldFindings()
        func check(_ value: Bool, belongsTo owner: CaseKind, isRequired: Bool, _ field: String) {
            if kind == owner, isRequired, !value { findings.add(DomainError(field, .empty)) }
            if kind != owner, value {
                findings.add(DomainError(field, .notApplicable("\(field) of a \(owner.rawValue)")))
            }
        }
        check(namedUnit != nil, belongsTo: .appeal, isRequired: true, "named_unit_id")
        check(complainedUnit != nil, belongsTo: .complaint, isRequired: true, "complained_unit_id")
        check(isAnonymous, belongsTo: .complaint, isRequired: false, "anonymous")
        check(project != nil, belongsTo: .problem, isRequired: false, "project_id")
        switch applicant {
        case .enterprise: check(false, belongsTo: .problem, isRequired: true, "applicant_unit_id")
        case .unit: check(true, belongsTo: .problem, isRequired: true, "applicant_unit_id")
        case .bank:
            switch kind {
            case .appeal, .enquiry: break
            case .problem, .complaint:
                findings.add(DomainError("kind", .notApplicable("\(kind.rawValue) of a bank")))
            }
        }
        try findings.finish()
    }
}
