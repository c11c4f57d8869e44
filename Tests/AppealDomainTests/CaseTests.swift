import Domain
import Testing

@testable import AppealDomain

@Suite("APL-2 the way of a case")
struct CaseTests {
    @Test(
        "APL-2 every state and command: allowed ones raise the version, others throw and change nothing",
        arguments: Situation.allCases, CaseCommand.allCases)
    func table(situation: Situation, command: CaseCommand) throws {
        for kind in CaseKind.allCases where kind != .problem || situation != .extensionAsked {
            let before = try situation.make(kind)
            var one = before
            // Problems are answered in the days of the problem list, which state no outer limit (APL-3).
            let isBarred = kind == .problem && command == .requestExtension
            if situation.allowed.contains(command), !isBarred {
                try one.perform(command)
                #expect(one.version > before.version, "\(kind)")
            } else {
                #expect(throws: (any Error).self, "\(kind)") { try one.perform(command) }
                #expect(one == before, "\(kind)")
            }
        }
    }

    @Test("APL-2 a refusal by the state names command and state", arguments: CaseCommand.allCases)
    func names(command: CaseCommand) throws {
        var one = try Situation.writtenOff.make()
        #expect(throws: CaseError.illegalTransition(command: command, state: .writtenOff)) { try one.perform(command) }
    }

    @Test("APL-2 the third return goes to the office, whose assignment is binding")
    func returns() throws {
        var one = try Situation.accepted.make()
        for number in 1...3 {
            _ = try one.assign(to: bureau, isComplainedUnit: false)
            let change = try one.giveBack(reason: "非本单位职责")
            #expect(change.fact == .returned(from: bureau, returns: number))
            #expect(one.state == .accepted(number < 3 ? .dispatcher : .office))
        }
        _ = try one.assign(to: other, isComplainedUnit: false)
        #expect(throws: CaseError.bindingAssignment) { try one.giveBack(reason: "非本单位职责") }
    }

    @Test("APL-1 a complaint is never assigned or handed to the unit complained about")
    func complaint() throws {
        var one = try Situation.accepted.make(.complaint)
        #expect(throws: CaseError.complainedUnit) { try one.assign(to: unit("rude"), isComplainedUnit: true) }
        _ = try one.assign(to: bureau, isComplainedUnit: false)
        #expect(throws: CaseError.complainedUnit) {
            try one.transfer(to: unit("rude"), reason: "职责", isComplainedUnit: true)
        }
        #expect(one.state.assignment?.unit == bureau)
    }

    @Test("APL-1 each kind has what belongs to it and nothing else; all faults at once")
    func kinds() throws {
        let refusal = #expect(throws: InvalidFields.self) {
            try Submission(
                kind: .enquiry, applicant: .unit(bureau), account: "a", isAnonymous: true, namedUnit: bureau,
                complainedUnit: other, region: RegionCode("370900"), at: noon(monday))
        }
        #expect(
            refusal?.errors.map(\.field) == [
                "named_unit_id", "complained_unit_id", "anonymous", "applicant_unit_id",
            ])
    }

    @Test("APL-1, APL-3 a bank applies with appeals and enquiries, in the categories that the documents give banks")
    func bank() throws {
        func fields(_ kind: CaseKind) throws -> [String] {
            do {
                _ = try Submission(
                    kind: kind, applicant: .bank(other), account: "a", namedUnit: kind == .appeal ? bureau : nil,
                    complainedUnit: kind == .complaint ? bureau : nil, region: RegionCode("370900"), at: noon(monday))
                return []
            } catch let refusal as InvalidFields {
                return refusal.errors.map(\.field)
            }
        }
        for kind in [CaseKind.appeal, .enquiry] { #expect(try fields(kind).isEmpty) }
        for kind in [CaseKind.problem, .complaint] { #expect(try fields(kind) == ["kind"]) }
        let allowed = book.categories.filter { Applicant.bank(other).mayRaise(category: $0) }
        #expect(allowed == ["credit-enhancement"])
    }

    @Test("APL-9 not rating is no rating: an unrated case is written off only when the days for rating are over")
    func unrated() throws {
        var one = try Situation.resolved.make()
        let last = try monday.adding(days: Case.ratingDays)
        #expect(throws: CaseError.ratingOpen(until: last)) { try one.writeOff(today: last, repliedOn: monday) }
        let change = try one.writeOff(today: try last.adding(days: 1), repliedOn: monday)
        #expect(change.fact == .writtenOff(mark: nil))
        #expect(one.state.rating == nil)
    }

    @Test("APL-2 seeded random walks keep the invariants", arguments: 0..<40)
    func walk(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed), stream: "cases")
        var one = try Situation.submitted.make(CaseKind.allCases.randomElement(using: &random) ?? .appeal)
        var today = monday
        for _ in 0..<300 {
            today = try today.adding(days: Int.random(in: 0...1, using: &random))
            let before = one
            let command = try #require(CaseCommand.allCases.randomElement(using: &random))
            do {
                try one.perform(command, today: today, marking: Int.random(in: 1...5, using: &random))
            } catch {
                #expect(one == before, "\(command) failed and changed something: \(error)")
                continue
            }
            #expect(one.version > before.version)
            #expect(one.id == before.id && one.submission == before.submission)
            #expect(one.returns >= before.returns && one.clocks.round >= before.clocks.round)
            #expect(one.clocks.isStopped == (one.state.name == .waitingForApplicant))
            #expect(one.clocks.pauses.filter { $0.pause.until == nil }.count <= 1)
            #expect(one.clocks.pauses.map(\.number) == Array(1..<one.clocks.pauses.count + 1))
            // Only a reopening begins a new count; comments, edits and transfers never do (APL-3).
            let isSameRound = one.clocks.start == before.clocks.start && one.clocks.round == before.clocks.round
            #expect(isSameRound || command == .reopen)
            if [.comment, .edit, .transfer].contains(command) { #expect(one.clocks == before.clocks) }
            if command == .reopen {
                #expect(one.clocks.round == before.clocks.round + 1 && one.clocks.start == today)
                #expect(one.clocks.overdue.isEmpty)
            }
            // A limit that passed is noted once a round.
            if command == .becomeOverdue { #expect(one.clocks.overdue.count > before.clocks.overdue.count) }
            if one.state.name == .writtenOff { #expect(one.state.resolvedAt != nil && one.state.reply != nil) }
            #expect(one.clocks.route == .ordinary || one.clocks.replyRule.rule.term.isAbsolute)
            if !one.state.name.isOpen { one = try Situation.submitted.make() }
        }
    }
}
