import DirectoryDomain
import Testing

private let now = RealTime(microseconds: 1_587_340_800_000_000)

/// A code in a state, tried at a time with the right or a wrong text.
struct CodeCase: Sendable, CustomTestStringConvertible {
    let state: OneTimeCode.State
    let matches: Bool
    let secondsAfterIssue: Int64

    var testDescription: String { "\(matches ? "right" : "wrong") after \(secondsAfterIssue) s while \(state)" }

    static let all = [OneTimeCode.State.open(failed: 0), .open(failed: 4), .used, .exhausted].flatMap { state in
        [true, false].flatMap { matches in
            [Int64(0), 299, 300, 86_400].map { CodeCase(state: state, matches: matches, secondsAfterIssue: $0) }
        }
    }

    var expected: (outcome: OneTimeCode.Outcome, state: OneTimeCode.State) {
        switch state {
        case .used, .exhausted: (.invalid, state)
        case .open(let failed):
            if secondsAfterIssue >= 300 {
                (.invalid, state)
            } else if matches {
                (.accepted, .used)
            } else {
                (.wrong, failed == 4 ? .exhausted : .open(failed: failed + 1))
            }
        }
    }
}

@Suite("ENT-2 one-time codes and sessions")
struct CodeTests {
    @Test("ENT-2: every attempt in every state", arguments: CodeCase.all)
    func attempts(_ example: CodeCase) {
        var code = OneTimeCode(state: example.state, expiresAt: now.adding(seconds: OneTimeCode.lifetimeSeconds))
        let outcome = code.attempt(matches: example.matches, at: now.adding(seconds: example.secondsAfterIssue))
        #expect(outcome == example.expected.outcome)
        #expect(code.state == example.expected.state)
    }

    @Test("ENT-2: five wrong attempts make even the right code worthless")
    func guessing() {
        var code = OneTimeCode.issue(at: now)
        let outcomes = [false, false, false, false, false, true].map { code.attempt(matches: $0, at: now) }
        #expect(outcomes == [.wrong, .wrong, .wrong, .wrong, .wrong, .invalid])
    }

    @Test(
        "ENT-2: sending is limited by pause, by hour and by wrong guesses",
        arguments: [
            (0, nil, 0, true), (1, Int64(-59), 0, false), (1, Int64(-60), 0, true), (4, Int64(-600), 0, true),
            (5, Int64(-600), 0, false), (0, nil, 19, true), (0, nil, 20, false),
        ] as [(Int, Int64?, Int, Bool)])
    func allowance(_ sent: Int, _ last: Int64?, _ wrong: Int, _ allowed: Bool) {
        let allowance = CodeAllowance(
            pauseSeconds: 60, sentInHour: sent, lastSentAt: last.map { now.adding(seconds: $0) }, wrongInDay: wrong)
        #expect(allowance.allowsSending(at: now) == allowed)
        #expect(allowance.allowsAttempts == (wrong < 20))
    }

    @Test("DIR-6: every state of a refresh token", arguments: RefreshToken.State.allCases, [true, false])
    func refresh(_ state: RefreshToken.State, _ ended: Bool) {
        for expired in [true, false] {
            var token = RefreshToken(
                state: state, expiresAt: expired ? now : now.adding(seconds: 1), sessionHasEnded: ended)
            let expected: RefreshToken.Outcome =
                ended ? .refused : state == .used ? .reused : expired ? .refused : .rotated
            let outcome = token.present(at: now)
            #expect(outcome == expected)
            #expect(token.state == (expected == .rotated ? .used : state))
        }
    }

    @Test("DIR-6: no chain of refreshes outlives the session's seven days")
    func sessionEnd() {
        let late = now.adding(seconds: RefreshToken.sessionSeconds - 10)
        #expect(RefreshToken.expiry(issuedAt: late, sessionOpenedAt: now) == late.adding(seconds: 10))
        #expect(RefreshToken.expiry(issuedAt: now, sessionOpenedAt: now) == now.adding(seconds: 12 * 3600))
    }

    @Test("DIR-6: a replaced key is accepted until its last token has expired")
    func rotation() throws {
        var old = SigningKeyPlan.first(id: "one", at: now)
        let rotation = now.adding(seconds: 1_000)
        let next = old.replace(by: "two", at: rotation)
        let new = try #require(next)
        let third = old.replace(by: "three", at: rotation)
        #expect(third == nil, "a key has one successor")
        let handover = rotation.adding(seconds: SigningKeyPlan.leadSeconds)
        let before = RealTime(microseconds: handover.microseconds - 1)
        #expect(SigningKeyPlan.signing([old, new], at: before)?.id == "one")
        #expect(SigningKeyPlan.signing([old, new], at: handover)?.id == "two")
        let lastExpiry = before.adding(seconds: SigningKeyPlan.accessSeconds)
        #expect(old.isPublished(at: lastExpiry) && new.isPublished(at: lastExpiry))
        #expect(!old.isPublished(at: handover.adding(seconds: 660)))
    }

    @Test(
        "DIR-6: a key that signs beyond its hand-over signs nothing that outlives it, and stops a minute before its end"
    )
    func late() throws {
        var old = SigningKeyPlan.first(id: "one", at: now)
        #expect(old.tokenSeconds(at: now) == 600)
        let next = old.replace(by: "two", at: now)
        #expect(next?.tokenSeconds(at: now) == 600)
        let end = now.adding(seconds: SigningKeyPlan.leadSeconds + 660)
        for (left, seconds) in [(Int64(700), Int64(600)), (600, 600), (599, 599), (60, 60)] {
            let moment = end.adding(seconds: -left)
            #expect(old.tokenSeconds(at: moment) == seconds)
            if left <= 660 { #expect(SigningKeyPlan.signing([old], at: moment)?.id == "one") }
        }
        #expect(SigningKeyPlan.signing([old], at: end.adding(seconds: -59)) == nil)
    }
}
