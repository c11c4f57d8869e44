import CommonContracts
import Domain
import PolicyContracts
import PolicyDomain
import ServiceRuntime
import SwiftProtobuf
import Wire

extension PointContent {
    /// Longest content as a message, in bytes; an event carries it whole and stays under 64 KiB.
    static let greatestSize = 60_000

    /// Reads a content of the contract and checks it.
    ///
    /// - Throws: `InvalidFields` with every field at fault, below `content`, such as `content.condition.all[2]`.
    init(_ wire: Zhitongche_Policy_V1_PointContent) throws(InvalidFields) {
        var findings = FieldFindings()
        if wire.tags.count > 64 { throw InvalidFields([DomainError("content.tags", .tooMany(limit: 64))]) }
        let unit = findings.collect { () throws(DomainError) in
            try UnitID(wire.responsibleUnitID, field: "content.responsible_unit_id")
        }
        let level = findings.collect { () throws(DomainError) in try PolicyLevel(wire.level, field: "content.level") }
        let kind = findings.collect { () throws(DomainError) in try PolicyKind(wire.kind, field: "content.kind") }
        let mode = findings.collect { () throws(DomainError) in try RedemptionMode(wire.mode, field: "content.mode") }
        var tags: Set<Tag> = []
        for (index, tag) in wire.tags.enumerated() {
            let path = "content.tags[\(index)]"
            let read = findings.collect { () throws(DomainError) in
                try TagVocabulary.standard.tag(
                    TagDimension(tag.dimension, field: "\(path).dimension"), tag.code, field: "\(path).code")
            }
            if let read { tags.insert(read) }
        }
        let condition =
            wire.hasCondition
            ? findings.collect { () throws(DomainError) in try Condition(wire.condition, at: "content.condition") }
            : nil
        let benefit = findings.collect { () throws(DomainError) in
            try required(wire.hasBenefit ? wire.benefit : nil, field: "content.benefit") {
                benefit throws(DomainError) in
                try Benefit(benefit, at: "content.benefit")
            }
        }
        let audience = findings.collect { () throws(DomainError) in
            try required(wire.hasAudience ? wire.audience : nil, field: "content.audience") {
                rule throws(DomainError) in
                try AudienceRule(rule, vocabulary: .standard, field: "content.audience")
            }
        }
        let valid =
            wire.hasValid
            ? findings.collect { () throws(DomainError) in try Period(wire.valid, field: "content.valid") } : nil
        guard let unit, let level, let kind, let mode, let benefit, let audience, findings.errors.isEmpty else {
            throw InvalidFields(findings.errors)
        }
        self.init(
            title: stored(wire.title), summary: stored(wire.summary), clause: stored(wire.clause),
            responsibleUnit: unit, contactPost: stored(wire.contactPost), level: level, kind: kind, tags: tags,
            condition: condition, benefit: benefit, audience: audience, mode: mode,
            materials: wire.materials.map(stored), steps: wire.steps.map(stored), funding: stored(wire.funding),
            workingDays: Int(wire.workingDays), valid: valid)
        try validate()
        guard Self.size(of: self.wire) <= Self.greatestSize else {
            throw InvalidFields([DomainError("content", .outOfRange("at most \(Self.greatestSize) bytes in all"))])
        }
    }

    private static func size(of message: Zhitongche_Policy_V1_PointContent) -> Int {
        do {
            let bytes: [UInt8] = try message.serializedBytes()
            return bytes.count
        } catch {
            // Only a message without an encoding fails, and such a one is refused like one that is too long.
            return .max
        }
    }

    /// The content on the wire.
    var wire: Zhitongche_Policy_V1_PointContent {
        .with {
            $0.title = title
            $0.summary = summary
            $0.clause = clause
            $0.responsibleUnitID = responsibleUnit.text
            $0.contactPost = contactPost
            $0.level = level.wire
            $0.kind = kind.wire
            $0.tags = tags.sorted().map(\.wire)
            if let condition { $0.condition = condition.wire }
            $0.benefit = benefit.wire
            $0.audience = audience.wire
            $0.mode = mode.wire
            $0.materials = materials
            $0.steps = steps
            $0.funding = funding
            $0.workingDays = Int32(workingDays)
            if let valid { $0.valid = valid.wire }
        }
    }
}

extension PointRevision {
    /// The version on the wire. Accounts of staff are shown to staff and services only.
    func wire(showsAccounts: Bool) -> Zhitongche_Policy_V1_Point {
        .with {
            $0.pointID = pointID.description
            $0.documentID = documentID.description
            $0.revision = Int32(revision)
            $0.state = state.wire
            $0.content = content.wire
            if showsAccounts {
                $0.draftedBy = draftedBy.text
                $0.publishedBy = publishedBy?.text ?? ""
            }
            if let publishedAt { $0.publishedAt = publishedAt.wire }
            $0.reason = reason
            $0.version = version
        }
    }
}
