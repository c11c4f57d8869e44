import Domain

/// A policy document: what points stand on (POL-1). Once entered it does not change.
public struct Document: Hashable, Sendable {
    /// Identifier.
    public let id: DocumentID
    /// What it says of itself.
    public let content: DocumentContent
    /// When it was entered, in business time; with the date of issue it measures freshness (POL-8).
    public let enteredAt: BusinessTime
    /// Version for concurrent edits, from 1.
    public let version: Int64

    /// Enters a document.
    public static func enter(_ content: DocumentContent, id: DocumentID, at now: BusinessTime) -> Document {
        Document(id: id, content: content, enteredAt: now, version: 1)
    }

    /// A document as it was stored.
    public init(id: DocumentID, content: DocumentContent, enteredAt: BusinessTime, version: Int64) {
        self.id = id
        self.content = content
        self.enteredAt = enteredAt
        self.version = version
    }
}

/// How a document relates to another one (POL-1).
public enum DocumentRelationKind: String, Hashable, Sendable, CaseIterable {
    case implements
    case amends
    case replaces
    case repeals
}

/// A relation to another document.
public struct DocumentRelation: Hashable, Sendable {
    /// How.
    public let kind: DocumentRelationKind
    /// The other document.
    public let other: DocumentID

    /// A relation from its parts.
    public init(kind: DocumentRelationKind, other: DocumentID) {
        self.kind = kind
        self.other = other
    }
}

/// What a document says of itself (POL-1).
public struct DocumentContent: Hashable, Sendable {
    /// Number (文号), 1 to 64 characters.
    public var number: String
    /// Title, 1 to 256 characters.
    public var title: String
    /// Issuing units, 1 to 16; the first one owns the document.
    public var issuingUnits: [UnitID]
    /// Level.
    public var level: PolicyLevel
    /// Kind.
    public var kind: PolicyKind
    /// Date of issue.
    public var issuedOn: CivilDate
    /// Days of validity; nil when nothing is said.
    public var valid: Period?
    /// Text, at most 200,000 characters.
    public var text: String
    /// Relations to other documents, at most 32.
    public var relations: [DocumentRelation]

    /// Checks the parts together.
    ///
    /// - Throws: ``InvalidFields`` with paths below `path`.
    public init(
        number: String, title: String, issuingUnits: [UnitID], level: PolicyLevel, kind: PolicyKind,
        issuedOn: CivilDate, valid: Period? = nil, text: String = "", relations: [DocumentRelation] = [],
        path: String = "document"
    ) throws(InvalidFields) {
        self.number = number
        self.title = title
        self.issuingUnits = issuingUnits
        self.level = level
        self.kind = kind
        self.issuedOn = issuedOn
        self.valid = valid
        self.text = text
        self.relations = relations
        var findings = FieldFindings()
        findings.checkText(number, 1...64, field: "\(path).number")
        findings.checkText(title, 1...256, field: "\(path).title")
        findings.checkText(text, 0...200_000, field: "\(path).text", isLong: true)
        if issuingUnits.isEmpty { findings.add(DomainError("\(path).issuing_unit_ids", .empty)) }
        if issuingUnits.count > 16 { findings.add(DomainError("\(path).issuing_unit_ids", .tooMany(limit: 16))) }
        if Set(issuingUnits).count != issuingUnits.count {
            findings.add(DomainError("\(path).issuing_unit_ids", .duplicate("unit")))
        }
        if relations.count > 32 { findings.add(DomainError("\(path).relations", .tooMany(limit: 32))) }
        if Set(relations).count != relations.count {
            findings.add(DomainError("\(path).relations", .duplicate("relation")))
        }
        try findings.finish()
    }

    /// The unit that owns the document; within it the number is unique.
    public var owner: UnitID { issuingUnits[0] }
}
