import Domain
import Foundation
import Testing

@testable import AssessmentDomain

@Suite("ASM-3, ASM-7, ASM-8 life cycles")
struct LifeCycleTests {
    static let states: [TargetState] = [.draft, .inReview, .reviewed, .approved]

    private static func content(_ total: Int64 = 10) throws -> TargetContent {
        TargetContent(
            method: .weights(
                total: FixedNumber(whole: total), [TargetShare(unit: try unit("a"), base: FixedNumber(whole: 1))]))
    }

    private static func mismatched() throws -> TargetContent {
        TargetContent(
            method: .set(
                total: FixedNumber(whole: 2), rows: [TargetRow(unit: try unit("a"), target: FixedNumber(whole: 1))],
                source: "文件"))
    }

    private static func targets(_ state: TargetState) throws -> Targets {
        var targets = try Targets.draft(
            try mismatched(), of: indicator(), year: 2020, id: TargetsID(UUID()), by: drafter)
        if state == .draft { return targets }
        try targets.acknowledge(by: drafter)
        try targets.submit()
        if state == .inReview { return targets }
        try targets.review(by: second)
        if state == .reviewed { return targets }
        _ = try targets.approve(by: third)
        return targets
    }

    private static func allowed(_ state: TargetState) -> Set<TargetCommand> {
        switch state {
        case .draft: [.edit, .acknowledge]
        case .inReview: [.review, .sendBack]
        case .reviewed: [.approve, .sendBack]
        case .approved: [.revise]
        case .superseded: []
        }
    }

    @Test(
        "ASM-3 targets: every state and command; allowed ones raise the version by one, others change nothing",
        arguments: states, TargetCommand.allCases.filter { $0 != .draft })
    func targets(state: TargetState, command: TargetCommand) throws {
        let before = try Self.targets(state)
        var targets = before
        func run() throws {
            switch command {
            case .draft: break
            case .edit: try targets.edit(Self.content(), of: indicator(), by: drafter)
            case .acknowledge: try targets.acknowledge(by: drafter)
            case .submit: try targets.submit()
            case .review: try targets.review(by: second)
            case .sendBack: try targets.sendBack(reason: "重新测算")
            case .approve: _ = try targets.approve(by: third)
            case .revise: try targets.revise(reason: "年中调整", by: drafter)
            }
        }
        if Self.allowed(state).contains(command) {
            try run()
            #expect(targets.version == before.version + 1)
        } else {
            let refusal: TargetError =
                state == .draft && command == .submit
                ? .notAcknowledged : .illegalTransition(command: command, state: state)
            #expect(throws: refusal) { try run() }
            #expect(targets == before)
        }
    }

    @Test("ASM-3 drafting, reviewing and approving need three posts, and an edit drops what was acknowledged")
    func posts() throws {
        var targets = try Self.targets(.inReview)
        #expect(throws: TargetError.samePerson) { try targets.review(by: drafter) }
        try targets.review(by: second)
        #expect(throws: TargetError.samePerson) { _ = try targets.approve(by: second) }
        #expect(throws: TargetError.samePerson) { _ = try targets.approve(by: drafter) }
        try targets.sendBack(reason: "核对")
        try targets.edit(Self.mismatched(), of: indicator(), by: second)
        #expect(throws: TargetError.notAcknowledged) { try targets.submit() }
        try targets.acknowledge(by: second)
        try targets.submit()
        // The drafter stays an author after the edit by another.
        #expect(throws: TargetError.samePerson) { try targets.review(by: drafter) }
    }

    @Test("ASM-3 the approved revision holds until the next one is approved")
    func revision() throws {
        var targets = try Self.targets(.approved)
        let first = targets.newest
        try targets.revise(reason: "年中调整", by: drafter)
        try targets.edit(Self.content(20), of: indicator(), by: drafter)
        #expect(targets.inForce == first && targets.newest.number == 2 && targets.newest.reason == "年中调整")
        try targets.submit()
        try targets.review(by: second)
        #expect(try targets.approve(by: third) == 1)
        #expect(targets.inForce?.decomposition.total == FixedNumber(whole: 20))
    }

    private static func value(_ state: ValueState) throws -> ReportedValue {
        var value = ReportedValue.report(
            FixedNumber(whole: 100), of: try indicator().id, unit: try unit("a"),
            period: try AssessmentPeriod(.month, year: 2020, number: 3), id: ValueID(UUID()), isLate: false,
            by: drafter,
            at: noon)
        if state == .reported { return value }
        try value.verify(as: FixedNumber(whole: 90), reason: "剔除重复", by: second, at: noon)
        if state == .verified { return value }
        try value.reopen(reason: "统计口径调整", by: second, at: noon)
        return value
    }

    @Test(
        "ASM-7 values: every state and command; allowed ones raise the version by one, others change nothing",
        arguments: ValueState.allCases, ValueCommand.allCases)
    func values(state: ValueState, command: ValueCommand) throws {
        let before = try Self.value(state)
        var value = before
        func run() throws {
            switch command {
            case .revise: try value.revise(to: FixedNumber(whole: 95), reason: "更正", by: drafter, at: noon)
            case .verify: try value.verify(as: FixedNumber(whole: 80), reason: "核减", by: second, at: noon)
            case .reopen: try value.reopen(reason: "复核", by: second, at: noon)
            }
        }
        let isAllowed: Bool
        switch state {
        case .reported, .reopened: isAllowed = command != .reopen
        case .verified: isAllowed = command == .reopen
        }
        if isAllowed {
            try run()
            #expect(value.version == before.version + 1 && value.entries.count == before.entries.count + 1)
        } else {
            #expect(throws: ValueError.illegalTransition(command: command, state: state)) { try run() }
            #expect(value == before)
        }
    }

    @Test("ASM-7 verification replaces the value, shows what was squeezed out, and is done by another post")
    func verification() throws {
        var value = try Self.value(.reported)
        #expect(throws: ValueError.samePerson) {
            try value.verify(as: FixedNumber(whole: 100), reason: "", by: drafter, at: noon)
        }
        #expect(throws: ValueError.reasonMissing) {
            try value.verify(as: FixedNumber(whole: 90), reason: "", by: second, at: noon)
        }
        try value.revise(to: FixedNumber(whole: 98), reason: "更正", by: drafter, at: noon)
        try value.verify(as: FixedNumber(whole: 90), reason: "剔除重复", by: second, at: noon)
        #expect(value.squeezed == FixedNumber(whole: -8) && value.value == FixedNumber(whole: 90))
        #expect(value.origin == .verified)
        try value.reopen(reason: "复核", by: second, at: noon)
        #expect(value.squeezed == nil && value.value == FixedNumber(whole: 90))
    }

    private static func scheme() throws -> Scheme {
        let content = SchemeContent(name: "方案", nodes: [], bonusCap: .zero, bonusUnits: [], verifiedOnly: false)
        return Scheme.draft(content, of: .county, id: SchemeID(UUID()), by: drafter)
    }

    @Test(
        "ASM-8 schemes: every state and command", arguments: [SchemeState.draft, .published], SchemeCommand.allCases)
    func schemes(state: SchemeState, command: SchemeCommand) throws {
        var scheme = try Self.scheme()
        if state == .published { _ = try scheme.publish(by: second) }
        let before = scheme
        let content = before.newest.content
        func run() throws {
            switch command {
            case .edit: try scheme.edit(content, by: drafter)
            case .publish: _ = try scheme.publish(by: second)
            case .revise: try scheme.revise(by: drafter)
            }
        }
        if (state == .published) == (command == .revise) {
            try run()
            #expect(scheme.version == before.version + 1)
        } else {
            #expect(throws: SchemeError.illegalTransition(command: command, state: state)) { try run() }
            #expect(scheme == before)
        }
        var own = try Self.scheme()
        #expect(throws: SchemeError.samePerson) { _ = try own.publish(by: drafter) }
    }

    @Test("ASM-8 results: every state and command", arguments: ResultState.allCases, ResultCommand.allCases)
    func results(state: ResultState, command: ResultCommand) throws {
        var result = AssessmentResult(
            id: ResultID(UUID()), tier: .county, period: try AssessmentPeriod(.month, year: 2020, number: 3),
            scheme: SchemeID(UUID()), schemeRevision: 1, units: 1, inputsDigest: [], scoresDigest: [],
            computedBy: drafter, computedAt: noon, eventPlace: 0)
        #expect(throws: ResultError.samePerson) { try result.publish(by: drafter, at: noon) }
        switch state {
        case .draft: break
        case .published: try result.publish(by: second, at: noon)
        case .discarded: try result.discard()
        }
        let before = result
        func run() throws {
            switch command {
            case .publish: try result.publish(by: second, at: noon)
            case .discard: try result.discard()
            case .proposeAwards: try result.requirePublished()
            }
        }
        let isAllowed = command == .proposeAwards ? state == .published : state == .draft
        if isAllowed {
            try run()
            #expect(result.version == before.version + (command == .proposeAwards ? 0 : 1))
        } else {
            #expect(throws: ResultError.illegalTransition(command: command, state: state)) { try run() }
            #expect(result == before)
        }
    }

    @Test(
        "ASM-3 a random walk: versions count, three posts are apart, the approved rows change only by approval",
        arguments: [
            UInt64(1), 2, 3, 4,
        ])
    func walk(seed: UInt64) throws {
        var random = SeededRandom(seed: seed, stream: "targets walk")
        // Two write and three decide: who wrote on a revision may not decide about it.
        let writers = [drafter, AccountID("colleague")]
        let deciders = [second, third, drafter, AccountID("fourth")]
        var targets = try Targets.draft(
            try Self.mismatched(), of: indicator(), year: 2020, id: TargetsID(UUID()), by: drafter)
        var approvals = 0
        for step in 0..<2_000 {
            let before = targets
            let writer = writers[Int.random(in: 0..<2, using: &random)]
            let who = deciders[Int.random(in: 0..<4, using: &random)]
            do {
                switch TargetCommand.allCases.randomElement(using: &random) {
                case .edit:
                    try targets.edit(
                        step % 3 == 0 ? Self.mismatched() : Self.content(Int64(step)), of: indicator(), by: writer)
                case .acknowledge: try targets.acknowledge(by: writer)
                case .submit: try targets.submit()
                case .review: try targets.review(by: who)
                case .sendBack: try targets.sendBack(reason: "退回")
                case .approve:
                    let superseded = try targets.approve(by: who)
                    #expect(superseded == before.inForce?.number)
                    #expect(!targets.newest.authors.contains(who))
                    #expect(targets.newest.mismatches.isEmpty || targets.newest.isAcknowledged)
                    approvals += 1
                case .revise: try targets.revise(reason: "调整", by: writer)
                case .draft, nil: continue
                }
                #expect(targets.version == before.version + 1)
                if targets.inForce != before.inForce { #expect(targets.stateName == .approved) }
            } catch is TargetError {
                #expect(targets == before)
            }
        }
        #expect(approvals > 0)
    }
}
