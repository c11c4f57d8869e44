import Domain
import Testing

@testable import PolicyDomain

@Suite("POL-6 life cycle")
struct LifeCycleTests {
    @Test(
        "POL-6 every state and command: allowed ones raise the version by one, others change nothing",
        arguments: Situation.allCases, PointCommand.allCases)
    func table(situation: Situation, command: PointCommand) throws {
        let before = try situation.point
        var point = before
        // After the validity of the first version; the second one is open for years.
        let today = try day(command == .publish && situation == .inReview ? "2020-04-20" : "2021-02-01")
        if situation.allowed.contains(command) {
            try point.perform(command, today: today)
            #expect(point.version == before.version + 1)
            #expect(point.state != before.state)
        } else {
            let refusal = PointError.illegalTransition(command: command, state: before.stateName)
            #expect(throws: refusal) { try point.perform(command, today: today) }
            #expect(point == before)
        }
    }

    @Test("POL-6 drafter and editor may not publish, a third person may")
    func twoPersons() throws {
        var point = try draft()
        try point.edit(content(title: "改"), by: editor)
        try point.submit()
        for author in [drafter, editor] {
            #expect(throws: PointError.samePerson) {
                _ = try point.publish(by: author, at: noon, today: day("2020-04-20"))
            }
        }
        let fact = try point.publish(by: publisher, at: noon, today: day("2020-04-20"))
        #expect(fact.superseded == nil)
        #expect(fact.publication.publishedBy == publisher)
        #expect(point.inForce == fact.publication)
    }

    @Test("POL-6 an editor stays an author after the return to the drafter")
    func returnKeepsAuthors() throws {
        var point = try draft()
        try point.edit(content(title: "改"), by: editor)
        try point.submit()
        try point.sendBack(reason: "补充依据")
        #expect(point.work?.returnReason == "补充依据")
        try point.edit(content(title: "再改"), by: drafter)
        try point.submit()
        #expect(point.work?.returnReason == nil)
        #expect(throws: PointError.samePerson) {
            _ = try point.publish(by: editor, at: noon, today: day("2020-04-20"))
        }
    }

    @Test("POL-6 the published version stays in force, unchanged, until the revision is published")
    func revision() throws {
        var point = try Situation.revisionInReview.point
        let first = try #require(point.inForce)
        #expect(first.revision == 1)
        #expect(first.content.title == "新三板挂牌奖励")
        #expect(point.work?.revision == 2)
        let fact = try point.publish(by: publisher, at: noon, today: day("2020-05-01"))
        #expect(fact.superseded == 1)
        #expect(point.inForce?.revision == 2)
        #expect(point.inForce?.content.changedFields(since: first.content) == [.title, .valid])
    }

    @Test("POL-6 a version is not published before its validity begins, and is from its first day on")
    func earlyForPublication() throws {
        var point = try draft()
        try point.edit(content(from: "2020-05-01", until: "2021-01-01"), by: drafter)
        try point.submit()
        let before = point
        #expect(throws: PointError.validityNotBegun(try day("2020-05-01"))) {
            _ = try point.publish(by: publisher, at: noon, today: day("2020-04-30"))
        }
        #expect(point == before)
        _ = try point.publish(by: publisher, at: noon, today: day("2020-05-01"))
        #expect(point.inForce?.revision == 1)
    }

    @Test("POL-6 a version whose validity is over is not published")
    func lateForPublication() throws {
        var point = try Situation.inReview.point
        #expect(throws: PointError.validityOver(try day("2021-01-01"))) {
            _ = try point.publish(by: publisher, at: noon, today: day("2021-01-01"))
        }
        _ = try point.publish(by: publisher, at: noon, today: day("2020-12-31"))
    }

    @Test("POL-6 expiry comes on the first day after the validity, not before, and never without an end")
    func expiryDay() throws {
        var point = try Situation.inForce.point
        #expect(throws: PointError.notDue) { _ = try point.expire(today: day("2020-12-31")) }
        let fact = try point.expire(today: day("2021-01-01"))
        #expect(fact.on == (try day("2021-01-01")))
        var open = try draft()
        try open.submit()
        _ = try open.publish(by: publisher, at: noon, today: day("2020-04-20"))
        #expect(throws: PointError.notDue) { _ = try open.expire(today: day("9999-12-31")) }
    }

    @Test("POL-6 a random walk keeps the invariants", arguments: [1, 2, 3] as [UInt64])
    func walk(seed: UInt64) throws {
        var random = SeededRandom(seed: seed, stream: "policy.point.walk")
        for _ in 0..<200 {
            var point = try draft(until: "2021-01-01")
            var published: [Int: Publication] = [:]
            for _ in 0..<40 {
                let before = point
                let command = PointCommand.allCases.randomElement(using: &random) ?? .edit
                let today = try CivilDate(dayNumber: 18_262 + Int.random(in: 0..<800, using: &random))
                do {
                    try point.perform(command, today: today)
                    #expect(point.version == before.version + 1)
                } catch is PointError {
                    #expect(point == before)
                }
                if let standing = point.standing?.publication {
                    // What was published once never changes again.
                    #expect(published[standing.revision] ?? standing == standing)
                    published[standing.revision] = standing
                    #expect(
                        !Draft(
                            revision: 1, content: standing.content, draftedBy: standing.draftedBy,
                            editors: standing.editors, returnReason: nil
                        ).authors.contains(standing.publishedBy))
                    if let work = point.work { #expect(work.revision == standing.revision + 1) }
                } else {
                    #expect(point.work?.revision == 1)
                }
                #expect(published.keys.sorted() == Array(1..<(published.count + 1)))
            }
        }
    }
}
