import Domain
import NotificationDomain
import Testing

@Suite("NTF-2 to NTF-6 random walks")
struct WalkTests {
    @Test(
        "NTF-5 an audience never goes back to an earlier generation, and a refused one changes nothing",
        arguments: [1, 2, 3] as [UInt64])
    func audiences(seed: UInt64) throws {
        var random = SeededRandom(seed: seed, stream: "notification.audience.walk")
        func reached(_ state: Audience.State) -> Int64 {
            switch state {
            case .gathering: 0
            case .current(let generation): generation.number
            case .dissolved(let through): through
            }
        }
        for _ in 0..<100 {
            var audience = Audience(pointID: "p")
            for _ in 0..<60 {
                let before = audience
                let number = Int64.random(in: 0...20, using: &random)
                let isRight = Bool.random(using: &random)
                let found = Audience.Tally(chunks: 2, members: isRight ? 3 : 4, digest: [1, 2])
                do {
                    let changed =
                        Bool.random(using: &random)
                        ? try audience.close(
                            AudienceTests.generation(number), stated: AudienceTests.tally, found: found)
                        : try audience.dissolve(through: number)
                    #expect(changed == (audience != before))
                } catch {
                    #expect(audience == before)
                }
                #expect(reached(audience.state) >= reached(before.state))
                if audience.state != before.state, case .current(let generation) = audience.state {
                    #expect(isRight && generation.number > reached(before.state))
                }
            }
        }
    }

    @Test(
        "NTF-6 a message is handed over again only after its provider swore that it never came",
        arguments: [1, 2, 3] as [UInt64])
    func deliveries(seed: UInt64) throws {
        var random = SeededRandom(seed: seed, stream: "notification.delivery.walk")
        let outcomes: [DeliveryAttempt.Outcome] = [.sent, .refused("full"), .unknown]
        var resent = 0
        for _ in 0..<300 {
            var attempt = DeliveryAttempt()
            var mayHandOver = true
            var handedOver = 0
            for _ in 0..<12 {
                let before = attempt
                switch Int.random(in: 0..<3, using: &random) {
                case 0:
                    if attempt.proceed(isExpired: Int.random(in: 0..<8, using: &random) == 0) == .send {
                        #expect(mayHandOver, "a blind second handing over")
                        (mayHandOver, handedOver) = (false, handedOver + 1)
                    }
                case 1:
                    do throws(DeliveryError) {
                        try attempt.neverArrived()
                        mayHandOver = true
                    } catch { #expect(attempt == before) }
                case _:
                    let outcome = try #require(outcomes.randomElement(using: &random))
                    do throws(DeliveryError) { try attempt.settle(outcome) } catch { #expect(attempt == before) }
                }
                if before.isOver { #expect(attempt == before) }
            }
            if handedOver > 1 { resent += 1 }
        }
        #expect(resent > 0)
    }

    private static func notice(_ state: Notice.State) throws -> Notice {
        let rule = try Rule(
            id: "policy-matched", eventType: NotifiableEvent.audienceClosed.typeName, kind: "policy.matched",
            channels: [.inbox], title: BilingualText("{{title}}", ""), body: BilingualText("{{verdict}}", ""),
            isEnabled: true)
        return Notice(
            id: "n", ruleID: rule.id, kind: rule.kind, pointID: "p", revision: 2, subject: "研发补贴", title: rule.title,
            body: rule.body, state: state)
    }

    @Test(
        "NTF-3 every state of a notice × every command: what changes nothing says so",
        arguments: [Notice.State.visible(recipients: 10), .ended])
    func notices(state: Notice.State) throws {
        for recipients in [10, 12] as [Int64] {
            var notice = try Self.notice(state)
            #expect(notice.refresh(recipients: recipients) == (state != .visible(recipients: recipients)))
            #expect(notice.state == .visible(recipients: recipients))
        }
        var notice = try Self.notice(state)
        #expect(notice.end() == (state != .ended))
        #expect(notice.state == .ended)
    }

    @Test(
        "NTF-2 whatever is tried, a code is accepted once at most, and never after five wrong attempts",
        arguments: [1, 2, 3] as [UInt64])
    func codes(seed: UInt64) {
        var random = SeededRandom(seed: seed, stream: "notification.code.walk")
        for _ in 0..<300 {
            var code = ContactCode()
            var (wrong, accepted) = (0, 0)
            for _ in 0..<12 {
                let before = code
                let isExpired = Int.random(in: 0..<6, using: &random) == 0
                switch code.attempt(matches: Int.random(in: 0..<4, using: &random) == 0, isExpired: isExpired) {
                case .accepted:
                    accepted += 1
                    #expect(!isExpired && wrong < ContactCode.attemptLimit)
                case .wrong:
                    wrong += 1
                    #expect(!isExpired)
                case .invalid: #expect(code == before)
                }
            }
            #expect(accepted <= 1 && wrong <= ContactCode.attemptLimit)
            #expect((code.state == .used) == (accepted == 1))
            #expect((code.state == .exhausted) == (wrong == ContactCode.attemptLimit))
        }
    }
}
