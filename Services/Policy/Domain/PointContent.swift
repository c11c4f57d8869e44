import Domain

/// How a point is redeemed (POL-2).
public enum RedemptionMode: String, Hashable, Sendable, CaseIterable {
    case application
    case automatic
    case information
}

/// What a point says: everything that a person writes and a machine evaluates (POL-2).
public struct PointContent: Hashable, Sendable {
    /// Title, 1 to 128 characters.
    public var title: String
    /// Summary in plain words, 1 to 1,000 characters.
    public var summary: String
    /// The clause it stands on, at most 4,000 characters.
    public var clause: String
    /// Unit that answers for it.
    public var responsibleUnit: UnitID
    /// Section and post to contact, at most 128 characters.
    public var contactPost: String
    /// Level.
    public var level: PolicyLevel
    /// Kind.
    public var kind: PolicyKind
    /// Tags of the vocabulary, at most 64.
    public var tags: Set<Tag>
    /// Who is entitled; nil means every enterprise.
    public var condition: Condition?
    /// What is granted or restricted.
    public var benefit: Benefit
    /// How the audience is chosen.
    public var audience: AudienceRule
    /// Mode of redemption.
    public var mode: RedemptionMode
    /// Materials to bring, at most 32 lines of 256 characters.
    public var materials: [String]
    /// Steps of the process, at most 32 lines of 256 characters.
    public var steps: [String]
    /// Source of funds, at most 256 characters.
    public var funding: String
    /// Working days promised for an answer, 0 to 365; 0 promises nothing.
    public var workingDays: Int
    /// Days of validity; nil when nothing is said.
    public var valid: Period?

    /// Puts the parts together without checking them; call ``validate(path:)`` for what a person wrote.
    public init(
        title: String, summary: String, clause: String = "", responsibleUnit: UnitID, contactPost: String = "",
        level: PolicyLevel, kind: PolicyKind, tags: Set<Tag> = [], condition: Condition? = nil, benefit: Benefit,
        audience: AudienceRule, mode: RedemptionMode, materials: [String] = [], steps: [String] = [],
        funding: String = "", workingDays: Int = 0, valid: Period? = nil
    ) {
        self.title = title
        self.summary = summary
        self.clause = clause
        self.responsibleUnit = responsibleUnit
        self.contactPost = contactPost
        self.level = level
        self.kind = kind
        self.tags = tags
        self.condition = condition
        self.benefit = benefit
        self.audience = audience
        self.mode = mode
        self.materials = materials
        self.steps = steps
        self.funding = funding
        self.workingDays = workingDays
        self.valid = valid
    }

    /// Checks lengths, the condition's and the benefit's meaning (POL-4, POL-5, XCT-12).
    ///
    /// - Throws: ``InvalidFields`` with paths below `path`, such as `content.condition.all[2]`.
    public func validate(path: String = "content") throws(InvalidFields) {
        var findings = FieldFindings()
        findings.checkText(title, 1...128, field: "\(path).title")
        findings.checkText(summary, 1...1_000, field: "\(path).summary", isLong: true)
        findings.checkText(clause, 0...4_000, field: "\(path).clause", isLong: true)
        findings.checkText(contactPost, 0...128, field: "\(path).contact_post")
        findings.checkText(funding, 0...256, field: "\(path).funding")
        findings.checkLines(materials, limit: 32, length: 256, field: "\(path).materials")
        findings.checkLines(steps, limit: 32, length: 256, field: "\(path).steps")
        if tags.count > 64 { findings.add(DomainError("\(path).tags", .tooMany(limit: 64))) }
        if !(0...365).contains(workingDays) {
            findings.add(DomainError("\(path).working_days", .outOfRange("0 to 365")))
        }
        if let condition {
            _ = findings.collect { () throws(DomainError) in
                try condition.validate(lists: .standard, path: "\(path).condition")
            }
        }
        _ = findings.collect { () throws(DomainError) in try benefit.validate(path: "\(path).benefit") }
        try findings.finish()
    }
}

/// The fields of a content by their names in the contract, for naming what differs between versions (POL-6).
public enum PointField: String, Hashable, Sendable, CaseIterable {
    case title
    case summary
    case clause
    case responsibleUnit = "responsible_unit_id"
    case contactPost = "contact_post"
    case level
    case kind
    case tags
    case condition
    case benefit
    case audience
    case mode
    case materials
    case steps
    case funding
    case workingDays = "working_days"
    case valid

    /// Whether the two contents differ in this field.
    func differs(_ left: PointContent, _ right: PointContent) -> Bool {
        switch self {
        case .title: left.title != right.title
        case .summary: left.summary != right.summary
        case .clause: left.clause != right.clause
        case .responsibleUnit: left.responsibleUnit != right.responsibleUnit
        case .contactPost: left.contactPost != right.contactPost
        case .level: left.level != right.level
        case .kind: left.kind != right.kind
        case .tags: left.tags != right.tags
        case .condition: left.condition != right.condition
        case .benefit: left.benefit != right.benefit
        case .audience: left.audience != right.audience
        case .mode: left.mode != right.mode
        case .materials: left.materials != right.materials
        case .steps: left.steps != right.steps
        case .funding: left.funding != right.funding
        case .workingDays: left.workingDays != right.workingDays
        case .valid: left.valid != right.valid
        }
    }
}

extension PointContent {
    /// The fields in which this content differs from an earlier one, in the contract's order.
    public func changedFields(since earlier: PointContent) -> [PointField] {
        PointField.allCases.filter { $0.differs(self, earlier) }
    }
}
