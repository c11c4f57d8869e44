import Domain
import Foundation
import Testing

@testable import AppealDomain

@Suite("APL-5, APL-9 random walks")
struct SupervisionWalkTests {
    @Test(
        "APL-5 whatever is done, a level never sinks, an end stays an end, and refused commands change nothing",
        arguments: [1, 2, 3] as [UInt64])
    func supervisions(seed: UInt64) throws {
        var random = SeededRandom(seed: seed, stream: "appeal.supervision.walk")
        let levels = SupervisionLevel.allCases
        var reached: Set<SupervisionLevel> = []
        for _ in 0..<200 {
            var today = monday
            var one = Supervision.issue(
                id: SupervisionID(UUID()), number: "DB2020000001", caseID: CaseID(UUID()), unit: bureau, ground: .grave,
                demand: "限期答复", at: noon(monday), dueOn: try monday.adding(days: 3))
            for _ in 0..<40 {
                today = try today.adding(days: Int.random(in: 0...2, using: &random))
                let before = one
                do {
                    switch try #require(SupervisionCommand.allCases.randomElement(using: &random)) {
                    case .putOnList:
                        try one.putOnList(ground: .neglect, reason: "推诿", dueOn: today.adding(days: 5))
                    case .refer: try one.refer(reason: "严重失职")
                    case .answer: try one.answer("已整改")
                    case .returnAnswer: try one.returnAnswer(reason: "不够")
                    case .close: try one.close(at: noon(today))
                    case .becomeOverdue: try one.becomeOverdue(today: today, nextDueOn: today.adding(days: 5))
                    case .lapse: try one.lapse(at: noon(today))
                    }
                    #expect(one.version == before.version + 1)
                    #expect(before.state.name != .closed, "a closed order changed")
                } catch is SupervisionError {
                    #expect(one == before)
                }
                let places = try [before, one].map { try #require(levels.firstIndex(of: $0.level)) }
                #expect(places[0] <= places[1] && places[1] - places[0] <= 1)
                #expect(!before.isOverdue || one.isOverdue, "what was overdue stays known")
                #expect(one.dueOn >= before.dueOn)
                #expect(one.id == before.id && one.number == before.number && one.unit == before.unit)
            }
            reached.insert(one.level)
        }
        #expect(reached == Set(levels))
    }

    @Test(
        "APL-9 a rectification ends with an accepted answer and nothing else, and refused commands change nothing",
        arguments: [1, 2, 3] as [UInt64])
    func rectifications(seed: UInt64) throws {
        var random = SeededRandom(seed: seed, stream: "appeal.rectification.walk")
        var closed = 0
        for _ in 0..<200 {
            var today = monday
            var one = Rectification(
                id: RectificationID(UUID()), caseID: CaseID(UUID()), round: 1, unit: bureau, mark: 1,
                openedAt: noon(monday), dueOn: try monday.adding(days: 3))
            for _ in 0..<20 {
                today = try today.adding(days: Int.random(in: 0...1, using: &random))
                let before = one
                do {
                    switch try #require(RectificationCommand.allCases.randomElement(using: &random)) {
                    case .answer: try one.answer("上门致歉")
                    case .accept: try one.accept()
                    case .sendBack: try one.sendBack(reason: "不够")
                    case .becomeOverdue: try one.becomeOverdue(today: today)
                    }
                    #expect(one.version == before.version + 1)
                    if one.state.name == .closed {
                        #expect(before.state == .answered("上门致歉") && one.state.text == "上门致歉")
                        closed += 1
                    }
                } catch is RectificationError {
                    #expect(one == before)
                }
                #expect(!before.isOverdue || one.isOverdue)
                #expect(one.unit == bureau && one.round == 1 && one.mark == 1)
            }
        }
        #expect(closed > 50)
    }
}
