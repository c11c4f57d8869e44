import Domain
import Testing

@Suite("POL-3 tags and ENT-10 audiences")
struct TagTests {
    let vocabulary = TagVocabulary.standard

    @Test("Known tags are made, unknown ones refused with the field's name")
    func vocabularyIsClosed() throws {
        let tag = try vocabulary.tag(.industry, "C27")
        #expect(tag.description == "industry:C27")
        #expect(vocabulary.label(of: tag).chinese == "医药制造业")
        #expect(try vocabulary.tag(text: "industry:C27") == tag)
        #expect(throws: DomainError("tags[3]", .unknown("size tag"))) {
            try vocabulary.tag(.size, "gigantic", field: "tags[3]")
        }
        #expect(throws: DomainError.self) { try vocabulary.tag(text: "colour:red") }
        #expect(throws: DomainError.self) { try vocabulary.tag(text: "industry") }
        var own = vocabulary
        try own.add("370900", to: .regionLevel, label: BilingualText("泰安市", "Tai'an"))
        #expect(try own.tag(.regionLevel, "370900").code == "370900")
        #expect(throws: DomainError.self) { try own.add("a:b", to: .interest, label: BilingualText("", "")) }
    }

    @Test("Every dimension has tags with names in both languages", arguments: TagDimension.allCases)
    func everyDimension(dimension: TagDimension) {
        let tags = vocabulary.tags(in: dimension)
        #expect(!tags.isEmpty)
        for tag in tags {
            #expect(!vocabulary.label(of: tag).chinese.isEmpty)
            #expect(!vocabulary.label(of: tag).english.isEmpty)
        }
    }

    @Test("The number of equal dimensions counts a dimension once")
    func equalDimensions() throws {
        let point: Set = [
            try vocabulary.tag(.industry, "C27"), try vocabulary.tag(.industry, "C38"),
            try vocabulary.tag(.size, "small"),
            try vocabulary.tag(.nature, "private"),
        ]
        let enterprise: Set = [
            try vocabulary.tag(.industry, "C27"), try vocabulary.tag(.industry, "C38"),
            try vocabulary.tag(.size, "small"),
            try vocabulary.tag(.nature, "collective"),
        ]
        #expect(AudienceRule.equalDimensions(point, enterprise) == 2)
        for (minimum, included) in [(1, true), (2, true), (3, false)] {
            let rule = try AudienceRule(minimumEqualDimensions: minimum)
            #expect(rule.includes(pointTags: point, enterpriseTags: enterprise, verdict: .unknown) == included)
        }
    }

    @Test("Modes combine: each that is in use must agree")
    func combination() throws {
        let small = try vocabulary.tag(.size, "small")
        let medium = try vocabulary.tag(.size, "medium")
        let pharma = try vocabulary.tag(.industry, "C27")
        let segment = try TagSegment([small, medium, pharma])
        let custom = try AudienceRule(segments: [segment])
        #expect(custom.includes(pointTags: [], enterpriseTags: [small, pharma], verdict: .notMet))
        #expect(!custom.includes(pointTags: [], enterpriseTags: [small, medium], verdict: .met))
        let both = try AudienceRule(segments: [segment], exact: true)
        #expect(both.includes(pointTags: [], enterpriseTags: [medium, pharma], verdict: .met))
        #expect(!both.includes(pointTags: [], enterpriseTags: [medium, pharma], verdict: .unknown))
        let all = try AudienceRule(minimumEqualDimensions: 1, segments: [segment], exact: true)
        #expect(!all.includes(pointTags: [], enterpriseTags: [medium, pharma], verdict: .met))
        #expect(throws: DomainError("audience", .empty)) { try AudienceRule() }
        #expect(throws: DomainError.self) { try AudienceRule(minimumEqualDimensions: 9) }
        #expect(throws: DomainError("segment", .empty)) { try TagSegment([]) }
    }
}
