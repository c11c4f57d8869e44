import Domain
import NotificationDomain
import Testing

@Suite("NTF-5 the states of an audience")
struct AudienceTests {
    static let tally = Audience.Tally(chunks: 2, members: 3, digest: [1, 2])

    static func generation(_ number: Int64, revision: Int32 = 1) -> Audience.Generation {
        Audience.Generation(number: number, revision: revision, members: 3, title: "补贴")
    }

    static let states: [Audience.State] = [.gathering, .current(generation(5)), .dissolved(through: 5)]

    @Test(
        "every state × closing of an earlier, the same and a later generation", arguments: states, [4, 5, 6] as [Int64])
    func close(state: Audience.State, number: Int64) throws {
        var audience = Audience(pointID: "p", state: state)
        let closes = try audience.close(Self.generation(number), stated: Self.tally, found: Self.tally)
        switch state {
        case .gathering: #expect(closes)
        case .current, .dissolved: #expect(closes == (number > 5))
        }
        #expect(audience.state == (closes ? .current(Self.generation(number)) : state))
    }

    @Test(
        "every state × dissolving through an earlier, the same and a later generation", arguments: states,
        [4, 5, 6] as [Int64])
    func dissolve(state: Audience.State, number: Int64) throws {
        var audience = Audience(pointID: "p", state: state)
        let dissolves = try audience.dissolve(through: number)
        switch state {
        case .gathering: #expect(dissolves)
        case .current: #expect(dissolves == (number >= 5))
        case .dissolved: #expect(dissolves == (number > 5))
        }
        #expect(audience.state == (dissolves ? .dissolved(through: number) : state))
    }

    @Test(
        "a generation that is not what was stated is refused, and the old one stays",
        arguments: [
            (Audience.Tally(chunks: 1, members: 3, digest: [1, 2]), AudienceError.chunksMissing(stated: 2, found: 1)),
            (Audience.Tally(chunks: 2, members: 2, digest: [1, 2]), .membersDiffer(stated: 3, found: 2)),
            (Audience.Tally(chunks: 2, members: 3, digest: [1, 3]), .digestDiffers),
        ])
    func mismatch(found: Audience.Tally, error: AudienceError) {
        var audience = Audience(pointID: "p", state: .current(Self.generation(1)))
        #expect(throws: error) { try audience.close(Self.generation(2), stated: Self.tally, found: found) }
        #expect(audience.state == .current(Self.generation(1)))
    }

    @Test("numbers below one are refused")
    func numbers() {
        var audience = Audience(pointID: "p")
        #expect(throws: AudienceError.outOfRange("generation")) {
            try audience.close(Self.generation(0), stated: Self.tally, found: Self.tally)
        }
        #expect(throws: AudienceError.outOfRange("revision")) {
            try audience.close(Self.generation(1, revision: 0), stated: Self.tally, found: Self.tally)
        }
        #expect(throws: AudienceError.outOfRange("generation")) { try audience.dissolve(through: 0) }
    }
}

@Suite("NTF-6 the states of a delivery")
struct DeliveryAttemptTests {
    static let states: [DeliveryAttempt.State] = [.prepared, .sending, .sent, .refused("blocked"), .unknown, .expired]

    @Test(
        "only what the provider never heard of is handed over; an unknown fate is inquired after", arguments: states,
        [false, true])
    func proceed(state: DeliveryAttempt.State, isExpired: Bool) {
        var attempt = DeliveryAttempt(state: state)
        let step = attempt.proceed(isExpired: isExpired)
        switch state {
        case .prepared:
            #expect(step == (isExpired ? .tellExpired : .send))
            #expect(attempt.state == (isExpired ? .expired : .sending))
        case .sending, .unknown: #expect(step == .inquire)
        case .sent: #expect(step == .done)
        case .refused(let reason): #expect(step == .tellRefused(reason))
        case .expired: #expect(step == .tellExpired)
        }
        if state != .prepared { #expect(attempt.state == state) }
    }

    @Test("settled stays settled", arguments: states, [.sent, .refused("full"), .unknown] as [DeliveryAttempt.Outcome])
    func settle(state: DeliveryAttempt.State, outcome: DeliveryAttempt.Outcome) throws {
        var attempt = DeliveryAttempt(state: state)
        switch state {
        case .prepared, .expired:
            #expect(throws: DeliveryError.notUnderWay) { try attempt.settle(outcome) }
            #expect(attempt.state == state)
        case .sent, .refused:
            try attempt.settle(outcome)
            #expect(attempt.state == state)
        case .sending, .unknown:
            try attempt.settle(outcome)
            switch outcome {
            case .sent: #expect(attempt.state == .sent)
            case .refused(let reason): #expect(attempt.state == .refused(reason))
            case .unknown: #expect(attempt.state == .unknown)
            }
        }
    }

    @Test("an attempt is over when nothing more can happen to it", arguments: states)
    func isOver(state: DeliveryAttempt.State) {
        let attempt = DeliveryAttempt(state: state)
        switch state {
        case .prepared, .sending, .unknown: #expect(!attempt.isOver)
        case .sent, .refused, .expired: #expect(attempt.isOver)
        }
    }

    @Test("what never arrived may be handed over again, and nothing else", arguments: states)
    func neverArrived(state: DeliveryAttempt.State) throws {
        var attempt = DeliveryAttempt(state: state)
        switch state {
        case .sending, .unknown:
            try attempt.neverArrived()
            #expect(attempt.state == .prepared)
        case .prepared, .sent, .refused, .expired:
            #expect(throws: DeliveryError.notUnderWay) { try attempt.neverArrived() }
        }
    }
}

@Suite("NTF-3 notices")
struct NoticeTests {
    private static func notice(title: String = "{{title}}", subject: String = "研发补贴") throws -> Notice {
        let rule = try Rule(
            id: "policy-matched", eventType: NotifiableEvent.audienceClosed.typeName, kind: "policy.matched",
            channels: [.inbox], title: BilingualText(title, title),
            body: BilingualText("{{verdict}}：{{estimate}}", "{{verdict}}: {{estimate}}"), isEnabled: true)
        return Notice(id: "n", by: rule, pointID: "p", revision: 2, subject: subject, recipients: 10)
    }

    @Test("a notice is refreshed, ended, and seen again")
    func states() throws {
        var notice = try Self.notice()
        #expect(notice.state == .visible(recipients: 10))
        let changes = [
            notice.refresh(recipients: 10), notice.refresh(recipients: 12), notice.end(), notice.end(),
            notice.refresh(recipients: 12),
        ]
        #expect(changes == [false, true, true, false, true])
        #expect(notice.state == .visible(recipients: 12))
    }

    @Test("each reader reads its own verdict and sum, in both languages")
    func texts() throws {
        let met = try Self.notice().text(for: Notice.Standing(verdict: .met, estimatedFen: 123_450_000))
        #expect(met.title == BilingualText("研发补贴", "研发补贴"))
        #expect(met.body == BilingualText("符合：1,234,500元", "met: CNY 1,234,500"))
        let unknown = try Self.notice().text(for: Notice.Standing(verdict: .unknown, estimatedFen: 0))
        #expect(unknown.body == BilingualText("信息不足：待核定", "unknown: to be determined"))
    }

    @Test("NTF-9 a hostile title is harmless: no markup, no template, no hidden characters")
    func hostile() throws {
        let text = try Self.notice(subject: "<script>{{verdict}}\u{202E}\u{0}\n</script>")
            .text(for: Notice.Standing(verdict: .met, estimatedFen: 0))
        #expect(text.title.chinese == "＜script＞{{verdict}} ＜/script＞")
    }
}
