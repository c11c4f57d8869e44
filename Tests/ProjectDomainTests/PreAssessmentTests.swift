import Domain
import Testing

@testable import ProjectDomain

@Suite("PRJ-5 pre-assessment")
struct PreAssessmentTests {
    private func inState(_ state: PreAssessmentStateName) throws -> PreAssessment {
        var assessment = try preAssessment()
        _ = try assessment.drawExperts(1, from: [try expert(1)], conflict: try conflict(), seed: 1)
        switch state {
        case .open: break
        case .combined:
            _ = try assessment.give(says(.agrees), by: unit("commerce"))
            _ = try assessment.give(says(.agrees), by: unit("environment"))
            try assessment.combine(.passed, text: "通过", at: late)
        case .withdrawn: try assessment.withdraw(at: noon)
        }
        return assessment
    }

    private func conflict(investor name: String = "鲁中重工集团") throws -> ConflictOfInterest {
        ConflictOfInterest(investor: try investor(name), units: [try unit("town")])
    }

    @Test(
        "PRJ-5 every state and command: what is open goes on, what has ended changes nothing",
        arguments: PreAssessmentStateName.allCases, PreAssessmentCommand.allCases)
    func table(state: PreAssessmentStateName, command: PreAssessmentCommand) throws {
        let before = try inState(state)
        var assessment = before
        func perform() throws {
            switch command {
            case .giveOpinion: _ = try assessment.give(says(.agrees), by: unit("commerce"))
            case .fallOverdue: _ = try assessment.fallOverdue(at: late)
            case .drawExperts:
                assessment.draw = nil
                _ = try assessment.drawExperts(1, from: [try expert(1)], conflict: try conflict(), seed: 1)
            case .recordExpert:
                try assessment.record(.init(opinion: .agrees, text: "可行", at: noon), of: id(1))
            case .combine: try assessment.combine(.refused, text: "不予通过", at: late)
            case .withdraw: try assessment.withdraw(at: noon)
            }
        }
        if state == .open {
            try perform()
            #expect(assessment.version == before.version + 1)
        } else {
            #expect(throws: PreAssessmentError.illegalTransition(command: command, state: state)) { try perform() }
            #expect(assessment.version == before.version && assessment.state == before.state)
        }
    }

    @Test("PRJ-5 silence is overdue, never agreement: it prevents passing, and is found once")
    func silence() throws {
        var assessment = try preAssessment()
        _ = try assessment.give(says(.agrees), by: unit("commerce"))
        #expect(throws: PreAssessmentError.opinionsOutstanding([try unit("environment")])) {
            try assessment.combine(.passed, text: "通过", at: noon)
        }
        #expect(throws: PreAssessmentError.notDue) { _ = try assessment.fallOverdue(at: noon) }
        #expect(try assessment.fallOverdue(at: late) == [unit("environment")])
        #expect(try assessment.fallOverdue(at: late) == [])
        #expect(throws: PreAssessmentError.resultNotAllowed(.passed)) {
            try assessment.combine(.passed, text: "通过", at: late)
        }
        var passing = assessment
        #expect(try passing.give(says(.agrees, at: late), by: unit("environment")))
        #expect(passing.bureaus[1].isOverdue && passing.silent.isEmpty)
        try passing.combine(.passed, text: "通过", at: late)
        try assessment.combine(.conditional, text: "补充环评", at: late)
        #expect(assessment.silent == [try unit("environment")])
    }

    @Test("PRJ-5 a two-high-one-resource finding leaves no result but the veto", arguments: VetoClass.allCases)
    func veto(found: VetoClass) throws {
        var assessment = try preAssessment()
        _ = try assessment.give(says(.agrees), by: unit("commerce"))
        _ = try assessment.give(says(.conditional, veto: found), by: unit("environment"))
        for result in PreAssessmentResult.allCases where result != .vetoed {
            #expect(throws: PreAssessmentError.resultNotAllowed(result)) {
                try assessment.combine(result, text: "结论", at: noon)
            }
        }
        try assessment.combine(.vetoed, text: "否决", at: noon)
        var clean = try inState(.open)
        #expect(throws: PreAssessmentError.resultNotAllowed(.vetoed)) {
            try clean.combine(.vetoed, text: "否决", at: late)
        }
    }

    @Test("PRJ-5 an objection prevents passing under conditions; a bureau that is not asked, or has spoken, is refused")
    func objections() throws {
        var assessment = try preAssessment()
        _ = try assessment.give(says(.objects), by: unit("environment"))
        #expect(throws: PreAssessmentError.givenAlready) {
            _ = try assessment.give(says(.agrees), by: unit("environment"))
        }
        #expect(throws: PreAssessmentError.notAsked(try unit("town"))) {
            _ = try assessment.give(says(.agrees), by: unit("town"))
        }
        #expect(throws: PreAssessmentError.resultNotAllowed(.conditional)) {
            try assessment.combine(.conditional, text: "整改", at: late)
        }
        try assessment.combine(.refused, text: "不予通过", at: late)
    }

    @Test("PRJ-5 the lot leaves out conflicts of interest and comes out the same from its seed again")
    func lot() throws {
        let pool = [
            try expert(1), try expert(2, employer: "鲁中重工 集团"), try expert(3, interests: ["鲁中重工集团"]),
            try expert(4, unit: "town"), try expert(5), try expert(6, isActive: false), try expert(7), try expert(8),
        ]
        var assessment = try preAssessment()
        let draw = try assessment.drawExperts(2, from: pool.reversed(), conflict: try conflict(), seed: 20_200_420)
        #expect(draw.candidates == [id(1), id(5), id(7), id(8)])
        #expect(draw.excluded == [id(2), id(3), id(4)])
        #expect(draw.drawn == ExpertDraw.lot(2, of: draw.candidates, seed: draw.seed))
        #expect(Set(draw.drawn).isSubset(of: draw.candidates) && Set(draw.drawn).count == 2)
        #expect(assessment.experts.map(\.expert) == draw.drawn)
        #expect(throws: PreAssessmentError.noExperts(isDrawn: true)) {
            _ = try assessment.drawExperts(1, from: pool, conflict: conflict(), seed: 1)
        }
        var ordinary = try preAssessment(major: false)
        #expect(throws: PreAssessmentError.noExperts(isDrawn: false)) {
            _ = try ordinary.drawExperts(1, from: pool, conflict: conflict(), seed: 1)
        }
        var small = try preAssessment()
        #expect(throws: PreAssessmentError.tooFewExperts(candidates: 4)) {
            _ = try small.drawExperts(5, from: pool, conflict: conflict(), seed: 1)
        }
        #expect(small.draw == nil)
    }

    @Test("PRJ-5 every candidate is drawn about equally often over many seeds")
    func fairness() throws {
        let candidates: [ExpertID] = (1...5).map { id($0) }
        var drawn: [ExpertID: Int] = [:]
        for seed in 0..<5_000 as Range<UInt64> {
            for expert in ExpertDraw.lot(2, of: candidates, seed: seed) { drawn[expert, default: 0] += 1 }
        }
        // Two of five in 5,000 draws: 2,000 each on average, with a deviation of 35.
        for candidate in candidates { #expect((1_800...2_200).contains(drawn[candidate] ?? 0)) }
    }
}
