import AssessmentContracts
import Domain
import Messaging
import NotificationDomain
import ServiceRuntime
import Wire

/// What notification hears of published results: every unit's staff are told how their own unit stands (NTF-1, ASM-10).
struct ResultSubscription: Sendable {
    let onEvent: OnDirectEvent

    /// The subscription to results. The scores follow their publication in parts, and each part tells the period.
    var subscription: Subscription {
        var subscription = Subscription(.events("assessment", "result"))
        subscription.on(Zhitongche_Assessment_V1_ResultScoresPart.self) { [onEvent] message, _, transaction in
            // Parts that were written before they told the period are of results that are known by now.
            guard message.hasPeriod else { return }
            let period = try Self.words(message.period)
            for score in message.scores {
                guard score.rank >= 1 else { throw EventRejection("rank is below 1") }
                let points = try EventValues.valid { try DecimalNumber(score.score, field: "score") }
                let standing = ShownStanding(period: period, score: points.description, rank: score.rank)
                try onEvent(
                    OnDirectEvent.Happening(
                        event: .resultScores, facts: DirectFacts(standing: standing),
                        addressees: [try EventValues.staff(of: score.unitID)]), in: transaction)
            }
        }
        for type in Self.ignored { subscription.ignore(type: type) }
        return subscription
    }

    /// The heads of what comes in parts, and proposals, which are not decided yet.
    private static let ignored: [String] = [
        Zhitongche_Assessment_V1_ResultPublished.protoMessageName,
        Zhitongche_Assessment_V1_AwardsProposed.protoMessageName, Zhitongche_Assessment_V1_AwardsPart.protoMessageName,
    ]

    private static func words(_ period: Zhitongche_Assessment_V1_AssessmentPeriod) throws -> BilingualText {
        let (year, number) = (period.year, period.number)
        let last: Int32 =
            switch period.kind {
            case .month: 12
            case .quarter: 4
            case .half: 2
            case .year: 1
            case .unspecified, .UNRECOGNIZED: throw EventRejection("the kind of the period is unknown")
            }
        guard (2000...2100).contains(year), (1...last).contains(number) else {
            throw EventRejection("the period is out of range")
        }
        return switch period.kind {
        case .month: BilingualText("\(year)年\(number)月", "\(year)-\(number < 10 ? "0" : "")\(number)")
        case .quarter: BilingualText("\(year)年第\(number)季度", "\(year) Q\(number)")
        case .half: BilingualText("\(year)年\(number == 1 ? "上" : "下")半年", "\(year) H\(number)")
        case .year, .unspecified, .UNRECOGNIZED: BilingualText("\(year)年", "\(year)")
        }
    }
}
