import Domain
import NotificationDomain
import Testing

@Suite("NTF-2 contacts")
struct ContactTests {
    @Test("an address is taken with its host in lower case, and masked wherever it is described")
    func address() throws {
        let address = try EmailAddress("Wang.Wu+zt@Example.COM")
        #expect(address.text == "Wang.Wu+zt@example.com")
        #expect("\(address)" == "W***@example.com")
        var dumped = ""
        dump(address, to: &dumped)
        #expect(!dumped.contains("Wang.Wu"))
        let longest = String(repeating: "a", count: 64) + "@" + String(repeating: "b.", count: 93) + "cn"
        #expect(try EmailAddress(longest).text == longest)
    }

    @Test(
        "XCT-12 what is no address is refused with the field named",
        arguments: [
            "", "a", "@example.cn", "a@", "a@example", "a@@example.cn", "a b@example.cn", "a@exa mple.cn",
            ".a@example.cn",
            "a.@example.cn", "a..b@example.cn", "a@-example.cn", "a@example-.cn", "a@example..cn", "王@example.cn",
            "a@例子.cn", "a@example.cn\r\nBcc: b@example.cn", "\"a\"@example.cn", "<a@example.cn>", "a,b@example.cn",
            String(repeating: "a", count: 65) + "@example.cn", "a@" + String(repeating: "b", count: 64) + ".cn",
            "a@" + String(repeating: "b.", count: 126) + "cn",
        ])
    func refused(text: String) {
        #expect { try EmailAddress(text, field: "email") } throws: { ($0 as? DomainError)?.field == "email" }
    }

    @Test("a code counts once, within its time and five attempts, whatever comes first")
    func code() {
        for state in [ContactCode.State.used, .exhausted] {
            for matches in [true, false] {
                for isExpired in [true, false] {
                    var code = ContactCode(state: state)
                    #expect(code.attempt(matches: matches, isExpired: isExpired) == .invalid)
                    #expect(code.state == state)
                }
            }
        }
        var code = ContactCode()
        #expect(code.attempt(matches: true, isExpired: true) == .invalid)
        for failed in 1..<ContactCode.attemptLimit {
            #expect(code.attempt(matches: false, isExpired: false) == .wrong)
            #expect(code.state == .open(failed: failed))
        }
        var last = code
        #expect(last.attempt(matches: true, isExpired: false) == .accepted)
        #expect(last.attempt(matches: true, isExpired: false) == .invalid)
        #expect(code.attempt(matches: false, isExpired: false) == .wrong)
        #expect(code.attempt(matches: true, isExpired: false) == .invalid)
    }

    @Test("a mail shows the standing, in one language, and whatever is in it has no meaning as markup")
    func mail() throws {
        let rule = try Rule(
            id: "r", eventType: NotifiableEvent.audienceClosed.typeName, kind: "k", channels: [.inbox, .email],
            title: BilingualText("匹配\n<b>{{title}}", "Match: {{title}}"),
            body: BilingualText("一<二\n{{title}}：{{verdict}}，{{estimate}}", ""), isEnabled: true)
        let notice = Notice(id: "n", by: rule, pointID: "p", revision: 1, subject: "<i>补贴&\n", recipients: 1)
        let standing = Notice.Standing(verdict: .met, estimatedFen: 500_000)
        let mail = notice.mail(for: standing, inEnglish: false)
        #expect(mail.subject == "匹配 ＜b＞＜i＞补贴& ")
        #expect(mail.html.hasPrefix("<p>一&lt;二<br>\n&lt;i&gt;补贴&amp; ：符合"))
        let english = notice.mail(for: standing, inEnglish: true)
        #expect(english.subject == "Match: ＜i＞补贴& ")
        #expect(english.html.hasPrefix("<p>一&lt;二"))
    }
}
