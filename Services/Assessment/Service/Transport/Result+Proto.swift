import AssessmentContracts
import AssessmentDomain
import CommonContracts
import Domain
import Foundation
import ServiceRuntime
import Wire

extension AssessmentResult {
    /// The result on the wire.
    var wire: Zhitongche_Assessment_V1_Result {
        .with {
            $0.resultID = id.description
            $0.tier = tier.wire
            $0.period = period.wire
            $0.schemeID = scheme.description
            $0.schemeRevision = Int32(schemeRevision)
            $0.state = stateName.wire
            $0.units = Int32(units)
            $0.inputsDigest = Data(inputsDigest)
            $0.scoresDigest = Data(scoresDigest)
            $0.computedAt = computedAt.wire
            switch state {
            case .published(_, let at): $0.publishedAt = at.wire
            case .draft, .discarded: break
            }
            $0.eventPlace = eventPlace
            $0.version = version
        }
    }
}

extension UnitScore {
    /// The score on the wire, with its nodes where their codes are given.
    func wire(codes: [NodeCode]? = nil) -> Zhitongche_Assessment_V1_UnitScore {
        .with {
            $0.unitID = unit.text
            $0.score = score.millionths
            $0.rank = Int32(rank)
            $0.tied = Int32(tied)
            $0.movement = Int32(movement)
            $0.earlierRank = Int32(earlierRank)
            $0.weighted = weighted.millionths
            $0.bonus = bonus.millionths
            $0.deduction = deduction.millionths
            $0.vetoed = isVetoed
            if let codes { $0.nodes = zip(codes, nodes).map { $1.wire(code: $0) } }
        }
    }
}

extension NodeScore {
    /// The points on the wire.
    func wire(code: NodeCode) -> Zhitongche_Assessment_V1_NodeScore {
        .with {
            $0.code = code.text
            if let points { $0.points = points.millionths }
            $0.weighted = weighted.millionths
            $0.missing = isMissing
        }
    }
}

extension LeafInput {
    /// The input on the wire.
    var wire: Zhitongche_Assessment_V1_LeafInput {
        .with {
            if let value { $0.value = value.millionths }
            $0.origin = origin.wire
            if let target { $0.target = target.millionths }
            if let earlier { $0.earlier = earlier.millionths }
            $0.valueID = valueID?.description ?? ""
        }
    }
}

extension TracedContribution {
    /// The contribution on the wire.
    var wire: Zhitongche_Assessment_V1_EventContribution {
        .with {
            $0.eventSource = source
            $0.eventID = eventID
            $0.eventType = type
            $0.subject = subject
            $0.on = contribution.on.wire
            $0.numerator = contribution.numerator
            $0.denominator = contribution.denominator
        }
    }
}
