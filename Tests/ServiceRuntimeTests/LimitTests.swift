import CommonContracts
import Testing

@testable import ServiceRuntime

@Suite("Limits on what callers may take (XCT-12, rule 17)")
struct LimitTests {
    @Test("connections are bounded over all and per address, and a closed one gives its place back")
    func connections() {
        let limit = ConnectionLimit(total: 3, perAddress: 2)
        #expect(limit.enter("a") && limit.enter("a") && !limit.enter("a"))
        #expect(limit.enter("b") && !limit.enter("c"))
        limit.leave("a")
        #expect(limit.enter("c") && !limit.enter("a"))
    }

    @Test("calls without a token get half of the places at the most")
    func calls() throws {
        let limiter = CallLimiter(limit: 4)
        var anonymous = try (1...2).map { _ in try limiter.enter(isAnonymous: true) }
        #expect(throws: Problem.self) { try limiter.enter(isAnonymous: true) }
        let known = try (1...2).map { _ in try limiter.enter(isAnonymous: false) }
        #expect(throws: Problem.self) { try limiter.enter(isAnonymous: false) }
        // A place is free when nobody holds it any more, whatever became of its call.
        anonymous.removeLast()
        anonymous.append(try limiter.enter(isAnonymous: true))
        #expect(anonymous.count == 2 && known.count == 2)
    }

    @Test(
        "an address is told without its port, and one of IPv6 by the half that its owner was given",
        arguments: [
            ("ipv4:10.1.2.3:5000", "10.1.2.3"), ("ipv6:[2001:db8:1:2:3:4:5:6]:5000", "20:1:d:b8:0:1:0:2"),
            ("ipv6:[2001:db8:1:2::9]:1", "20:1:d:b8:0:1:0:2"), ("ipv6:[::ffff:10.1.2.3]:7", "10.1.2.3"),
            ("in-process", "in-process"), ("unix:/tmp/x", "/tmp/x"),
        ])
    func address(_ peer: String, _ network: String) {
        #expect(CallContext.Values(requestIdentifier: "1", method: "m", remotePeer: peer).remoteNetwork == network)
    }

    @Test(
        "XCT-12: a text that no field may hold is refused by its path, wherever it stands",
        arguments: ["a\0b", "a\u{202E}b", "e" + String(repeating: "\u{301}", count: 31)])
    func texts(_ text: String) throws {
        let names = try DescriptorPool(CommonDescriptors.files).fieldNames
        let condition = Zhitongche_Common_V1_Condition.with {
            $0.all.parts = [
                .with { $0.comparison.attribute = "employees" },
                .with { $0.industryWithin.industries = ["C35", text] },
            ]
        }
        let problem = #expect(throws: Problem.self) { try names.check(condition) }
        #expect(problem?.violations.first?.field == "all.parts[1].industry_within.industries[1]")
    }

    @Test("XCT-12: ordinary texts pass: Chinese, beyond the basic plane, composed and decomposed")
    func ordinary() throws {
        let names = try DescriptorPool(CommonDescriptors.files).fieldNames
        for text in ["泰安市工业和信息化局", "𠮷野家", "é e\u{301} 한국 हिन्दी 👨‍👩‍👧‍👦", "行\n列\t"] {
            try names.check(Zhitongche_Common_V1_Condition.with { $0.comparison.attribute = text })
        }
    }
}
