import Foundation
import GRPCCore
import NotificationContracts

/// The part of the story in which one enterprise has the notice mailed to it.
extension Scenario {
    /// A confirmed address, and what it had got before the story went on.
    struct Mailbox {
        let reader: Reader
        let email: String
        let newest: Zhitongche_Notification_V1_CaughtMessage?
    }

    /// Confirms an address of a reader by the code that is mailed to it, once, and subscribes to policy matches.
    func openMailbox(of reader: Reader) async throws -> Mailbox {
        let bearer = try await user(of: reader)
        let email = "\(reader.phone)@enterprise.example"
        narrator.step("\(reader.row.name) 登记邮箱并订阅政策匹配通知")
        return try await withConnection(to: "notification", of: stack) { client in
            let notification = Zhitongche_Notification_V1_NotificationService.Client(wrapping: client)
            let known = try await notification.getContact(request: bearer.request(.init()), options: .ordinary).contact
            if known.email != email {
                let stated = try await notification.stateContact(
                    request: bearer.request(
                        .with {
                            $0.requestID = UUID().uuidString
                            $0.email = email
                        }), options: .ordinary)
                let caught = try await mail(to: email, after: nil)
                guard let code = caught.text.firstMatch(of: /[0-9]{6}/) else {
                    throw Refusal("the mail to \(email) holds no code")
                }
                _ = try await notification.confirmContact(
                    request: bearer.request(
                        .with {
                            $0.requestID = UUID().uuidString
                            $0.contactID = stated.contactID
                            $0.code = String(code.output)
                        }), options: .ordinary)
                Console.line("\(email)：邮件验证码核对通过")
            }
            let contact = try await notification.setSubscriptions(
                request: bearer.request(
                    .with {
                        $0.requestID = UUID().uuidString
                        $0.subscriptions = [
                            .with {
                                $0.kind = "policy.matched"
                                $0.channels = [.email]
                            }
                        ]
                    }), options: .ordinary
            ).contact
            Console.line("\(contact.email)：已订阅 \(contact.subscriptions.map(\.kind).joined(separator: "、"))")
            return Mailbox(reader: reader, email: email, newest: try await mails(to: email).first)
        }
    }

    /// Waits for the mail about a point and prints it as the local catcher kept it.
    func readMail(about title: String, in mailbox: Mailbox) async throws {
        let mail = try await mail(to: mailbox.email, after: mailbox.newest)
        guard mail.subject.contains(title) else { throw Refusal("the mail is about something else: \(mail.subject)") }
        narrator.step("\(mailbox.reader.row.name) 另收到邮件（本地留存，不外发）")
        Console.line("收件人：\(mail.address)")
        Console.line("主题：\(mail.subject)")
        Console.line("正文：\(mail.text.replacing(/<[^>]*>/, with: "").replacing("\n", with: " "))")
        let news = try await mails(to: mailbox.email).prefix { $0 != mailbox.newest }
        guard news.count == 1 else { throw Refusal("\(news.count) mails came instead of one") }
    }

    /// The one mail to an address that is newer than another.
    private func mail(
        to email: String, after known: Zhitongche_Notification_V1_CaughtMessage?
    ) async throws -> Zhitongche_Notification_V1_CaughtMessage {
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            if let newest = try await mails(to: email).first, newest != known { return newest }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw Refusal("no mail to \(email) was caught within 60 seconds")
    }

    private func mails(to email: String) async throws -> [Zhitongche_Notification_V1_CaughtMessage] {
        let administrator = try await accounts.bearer("administrator")
        return try await withConnection(to: "notification", of: stack) { client in
            try await Zhitongche_Notification_V1_NotificationService.Client(wrapping: client).listCaughtMessages(
                request: administrator.request(.with { $0.address = email }), options: .ordinary
            ).messages
        }
    }
}
