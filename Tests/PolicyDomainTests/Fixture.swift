import Domain
import Foundation

@testable import PolicyDomain

let drafter = AccountID("drafter")
let editor = AccountID("editor")
let publisher = AccountID("publisher")
let noon = BusinessTime(microseconds: 1_587_355_200_000_000)

func day(_ text: String) throws -> CivilDate { try CivilDate(text) }

func content(
    title: String = "新三板挂牌奖励", unit: String = "jinrong", condition: Condition? = nil,
    from start: String = "2020-01-01", until end: String? = nil
) throws -> PointContent {
    PointContent(
        title: title, summary: "挂牌后一次性奖励。", responsibleUnit: try UnitID(unit, field: "unit"), level: .city,
        kind: .supportive, condition: condition, benefit: .fixed(Money(fen: 100_000_000)),
        audience: try AudienceRule(exact: true), mode: .application,
        valid: try end.map { try Period(from: day(start), until: day($0)) })
}

func draft(until end: String? = nil) throws -> Point {
    Point.draft(try content(until: end), of: DocumentID(UUID()), id: PointID(UUID()), by: drafter)
}

/// A point in every state that it can have, made by its own commands alone.
enum Situation: String, CaseIterable, Sendable {
    case draft, inReview, inForce, withdrawn, expired
    case revising, revisionInReview, revisingWithdrawn, revisionInReviewExpired

    var point: Point {
        get throws {
            let today = try day("2020-04-20")
            let later = try day("2021-02-01")
            var point = try PolicyDomainTests.draft(until: "2021-01-01")
            func publish() throws { _ = try point.publish(by: publisher, at: noon, today: today) }
            func revise() throws {
                try publish()
                try point.revise(by: drafter)
                try point.edit(PolicyDomainTests.content(title: "修订", until: "2030-01-01"), by: drafter)
            }
            if self == .draft { return point }
            try point.submit()
            switch self {
            case .draft, .inReview: break
            case .inForce: try publish()
            case .withdrawn:
                try publish()
                _ = try point.withdraw(reason: "停止执行", at: noon)
            case .expired:
                try publish()
                _ = try point.expire(today: later)
            case .revising: try revise()
            case .revisionInReview:
                try revise()
                try point.submit()
            case .revisingWithdrawn:
                try revise()
                _ = try point.withdraw(reason: "停止执行", at: noon)
            case .revisionInReviewExpired:
                try revise()
                try point.submit()
                _ = try point.expire(today: later)
            }
            return point
        }
    }

    /// The commands that the situation allows; every other one must be refused (POL-6).
    var allowed: Set<PointCommand> {
        switch self {
        case .draft, .revisingWithdrawn: [.edit, .submit]
        case .inReview, .revisionInReviewExpired: [.sendBack, .publish]
        case .inForce: [.revise, .withdraw, .expire]
        case .withdrawn, .expired: []
        case .revising: [.edit, .submit, .withdraw, .expire]
        case .revisionInReview: [.sendBack, .publish, .withdraw, .expire]
        }
    }
}

extension Point {
    /// Gives a command with arguments that are right whenever the state is.
    mutating func perform(_ command: PointCommand, today: CivilDate) throws {
        switch command {
        case .edit: try edit(PolicyDomainTests.content(title: "改", until: "2030-01-01"), by: editor)
        case .submit: try submit()
        case .sendBack: try sendBack(reason: "补充依据")
        case .publish: _ = try publish(by: publisher, at: noon, today: today)
        case .revise: try revise(by: drafter)
        case .withdraw: _ = try withdraw(reason: "停止执行", at: noon)
        case .expire: _ = try expire(today: today)
        }
    }
}
