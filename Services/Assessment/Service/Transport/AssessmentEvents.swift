import AssessmentContracts
import AssessmentDomain
import CommonContracts
import Domain
import Foundation
import Messaging
import Postgres
import ServiceRuntime
import SwiftProtobuf
import Wire

/// What the service publishes, as messages of the contract (XCT-3). Long lists follow their fact in parts, so that no
/// event comes near the limit of 64 KiB.
enum AssessmentEvents {
    /// Rows, scores and proposals of one part.
    private static let partSize = 200

    private static func parts(_ count: Int) -> Int { (count + partSize - 1) / partSize }

    /// Events of an approval: the fact and its parts.
    static func count(ofTargets targets: Targets) -> Int { 1 + parts(targets.newest.decomposition.rows.count) }

    /// Events of a publication.
    static func count(ofScores count: Int) -> Int { 1 + parts(count) }

    /// Events of proposals.
    static func count(ofAwards count: Int) -> Int { 1 + parts(count) }

    /// Targets were approved.
    static func approved(_ targets: Targets, at now: Instant, seq: Int64) throws -> [OutgoingEvent] {
        let revision = targets.newest
        let rows = revision.decomposition.rows
        let id = targets.id.description
        let fact = Zhitongche_Assessment_V1_TargetsApproved.with {
            $0.targetsID = id
            $0.indicatorID = targets.indicator.text
            $0.year = Int32(targets.year)
            $0.revision = Int32(revision.number)
            $0.total = revision.decomposition.total.wire
            $0.rows = Int32(rows.count)
            $0.parts = Int32(parts(rows.count))
            $0.mismatches = Int32(revision.mismatches.count)
            $0.approvedAt = Google_Protobuf_Timestamp(now)
        }
        return [try OutgoingEvent(AssessmentApp.targetEvents, key: id, seq: seq, time: now, fact)]
            + (try inParts(rows) { part, rows in
                let message = Zhitongche_Assessment_V1_TargetsPart.with {
                    $0.targetsID = id
                    $0.revision = Int32(revision.number)
                    $0.part = Int32(part)
                    $0.rows = rows.map(\.wire)
                }
                return try OutgoingEvent(
                    AssessmentApp.targetEvents, key: id, seq: seq + Int64(part), time: now, message)
            })
    }

    /// A value was verified.
    static func verified(_ value: ReportedValue, at now: Instant, seq: Int64) throws -> OutgoingEvent {
        let message = Zhitongche_Assessment_V1_ValueVerified.with {
            $0.valueID = value.id.description
            $0.indicatorID = value.indicator.text
            $0.unitID = value.unit.text
            $0.period = value.period.wire
            $0.value = value.value.wire
            $0.squeezed = (value.squeezed ?? .zero).wire
            $0.late = value.isLate
            $0.verifiedAt = Google_Protobuf_Timestamp(now)
        }
        return try OutgoingEvent(
            AssessmentApp.valueEvents, key: value.id.description, seq: seq, time: now, message)
    }

    /// A version of a scheme came into force.
    static func published(_ scheme: Scheme, at now: Instant, seq: Int64) throws -> OutgoingEvent {
        let message = Zhitongche_Assessment_V1_SchemePublished.with {
            $0.schemeID = scheme.id.description
            $0.tier = scheme.tier.wire
            $0.revision = Int32(scheme.newest.number)
            $0.leaves = Int32(scheme.newest.content.leaves)
            $0.publishedAt = Google_Protobuf_Timestamp(now)
        }
        return try OutgoingEvent(
            AssessmentApp.schemeEvents, key: scheme.id.description, seq: seq, time: now, message)
    }

    /// A result was published.
    static func published(
        _ result: AssessmentResult, scores: [UnitScore], at now: Instant, seq: Int64
    ) throws -> [OutgoingEvent] {
        let id = result.id.description
        let fact = Zhitongche_Assessment_V1_ResultPublished.with {
            $0.resultID = id
            $0.tier = result.tier.wire
            $0.period = result.period.wire
            $0.schemeID = result.scheme.description
            $0.schemeRevision = Int32(result.schemeRevision)
            $0.units = Int32(result.units)
            $0.parts = Int32(parts(scores.count))
            $0.inputsDigest = Data(result.inputsDigest)
            $0.scoresDigest = Data(result.scoresDigest)
            $0.publishedAt = Google_Protobuf_Timestamp(now)
        }
        return [try OutgoingEvent(AssessmentApp.resultEvents, key: id, seq: seq, time: now, fact)]
            + (try inParts(scores) { part, scores in
                let message = Zhitongche_Assessment_V1_ResultScoresPart.with {
                    $0.resultID = id
                    $0.part = Int32(part)
                    $0.scores = scores.map { $0.wire() }
                    $0.period = result.period.wire
                }
                return try OutgoingEvent(
                    AssessmentApp.resultEvents, key: id, seq: seq + Int64(part), time: now, message)
            })
    }

    /// Awards and warnings were proposed.
    static func proposed(
        _ awards: [Award], for result: AssessmentResult, at now: Instant, seq: Int64
    ) throws -> [OutgoingEvent] {
        let id = result.id.description
        let total = try awards.total()
        let fact = Zhitongche_Assessment_V1_AwardsProposed.with {
            $0.resultID = id
            $0.tier = result.tier.wire
            $0.awards = Int32(awards.count)
            $0.total = total.wire
            $0.parts = Int32(parts(awards.count))
            $0.proposedAt = Google_Protobuf_Timestamp(now)
        }
        return [try OutgoingEvent(AssessmentApp.resultEvents, key: id, seq: seq, time: now, fact)]
            + (try inParts(awards) { part, awards in
                let message = Zhitongche_Assessment_V1_AwardsPart.with {
                    $0.resultID = id
                    $0.part = Int32(part)
                    $0.awards = awards.map { award in
                        .with {
                            $0.unitID = award.unit.text
                            $0.ruleCode = award.rule.text
                            $0.kind = award.kind.wire.kind
                            if let amount = award.kind.wire.amount { $0.amount = amount.wire }
                        }
                    }
                }
                return try OutgoingEvent(
                    AssessmentApp.resultEvents, key: id, seq: seq + Int64(part), time: now, message)
            })
    }

    private static func inParts<Element>(
        _ all: [Element], _ make: (Int, ArraySlice<Element>) throws -> OutgoingEvent
    ) throws -> [OutgoingEvent] {
        try (0..<parts(all.count)).map { part in
            try make(part + 1, all[(part * partSize)..<min((part + 1) * partSize, all.count)])
        }
    }
}
