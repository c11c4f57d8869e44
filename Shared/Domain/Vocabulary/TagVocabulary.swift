/// The known tags of every dimension with their names; anything else is refused (POL-3).
public struct TagVocabulary: Hashable, Sendable {
    private var labels: [TagDimension: [String: BilingualText]]

    /// Makes a vocabulary from the dictionaries of the dimensions.
    ///
    /// - Throws: ``DomainError`` naming the dimension when a code is empty, longer than 64 bytes or contains a colon.
    public init(labels: [TagDimension: [String: BilingualText]]) throws(DomainError) {
        for (dimension, codes) in labels {
            for code in codes.keys { try Self.check(code, dimension) }
        }
        self.labels = labels
    }

    private init(checked labels: [TagDimension: [String: BilingualText]]) {
        self.labels = labels
    }

    private static func check(_ code: String, _ dimension: TagDimension) throws(DomainError) {
        let field = "tag.\(dimension.rawValue)"
        guard !code.isEmpty else { throw DomainError(field, .empty) }
        guard code.utf8.count <= 64, !code.utf8.contains(UInt8(ascii: ":")) else {
            throw DomainError(field, .malformed(expected: "at most 64 bytes without a colon"))
        }
    }

    /// Adds a code to a dimension, or renames it.
    ///
    /// - Throws: ``DomainError`` as ``init(labels:)``.
    public mutating func add(_ code: String, to dimension: TagDimension, label: BilingualText) throws(DomainError) {
        try Self.check(code, dimension)
        labels[dimension, default: [:]][code] = label
    }

    /// The tag of a known code.
    ///
    /// - Throws: ``DomainError`` naming `field` when the dimension does not know the code.
    public func tag(_ dimension: TagDimension, _ code: String, field: String = "tag") throws(DomainError) -> Tag {
        guard labels[dimension]?[code] != nil else { throw DomainError(field, .unknown("\(dimension.rawValue) tag")) }
        return Tag(dimension: dimension, code: code)
    }

    /// Reads the form `industry:C13`.
    ///
    /// - Throws: ``DomainError`` naming `field` when the form is wrong or the tag is unknown.
    public func tag(text: String, field: String = "tag") throws(DomainError) -> Tag {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw DomainError(field, .malformed(expected: "dimension:code")) }
        guard let dimension = TagDimension(rawValue: String(parts[0])) else {
            throw DomainError(field, .unknown("tag dimension"))
        }
        return try tag(dimension, String(parts[1]), field: field)
    }

    /// The name of a tag; its code where this vocabulary does not know it.
    public func label(of tag: Tag) -> BilingualText {
        labels[tag.dimension]?[tag.code] ?? BilingualText(verbatim: tag.code)
    }

    /// All known tags of a dimension, in order of their codes.
    public func tags(in dimension: TagDimension) -> [Tag] {
        (labels[dimension] ?? [:]).keys.sorted().map { Tag(dimension: dimension, code: $0) }
    }

    /// What the field's own enumerations and dictionaries give: levels, sections and divisions of industry (as `C`,
    /// `C13`), policy types (also as interests), natures, sizes, stages and lists.
    public static let standard: TagVocabulary = {
        var labels: [TagDimension: [String: BilingualText]] = [:]
        for level in PolicyLevel.allCases { labels[.regionLevel, default: [:]][level.rawValue] = level.label }
        for code in IndustryDictionary.sections + IndustryDictionary.divisions {
            let name = IndustryDictionary.name(of: code) ?? code.fullText
            labels[.industry, default: [:]][code.fullText] = BilingualText(name, code.fullText)
        }
        for type in PolicyType.allCases {
            labels[.policyType, default: [:]][type.rawValue] = type.label
            labels[.interest, default: [:]][type.rawValue] = type.label
        }
        for nature in EnterpriseNature.allCases { labels[.nature, default: [:]][nature.rawValue] = nature.label }
        for size in SizeClass.allCases { labels[.size, default: [:]][size.rawValue] = size.label }
        for stage in DevelopmentStage.allCases { labels[.stage, default: [:]][stage.rawValue] = stage.label }
        for (list, label) in ListDictionary.standard.labels { labels[.honour, default: [:]][list.text] = label }
        return TagVocabulary(checked: labels)
    }()
}
