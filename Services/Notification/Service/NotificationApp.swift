import Messaging
import NotificationContracts
import NotificationDomain
import ServiceRuntime

/// Notification, put together: the same in production and in tests.
public enum NotificationApp: ServiceApp {
    /// Name, port, schema, topics, access and settings.
    public static let definition = ServiceDefinition(
        name: "notification", defaultPort: 7407, migrations: Migrations.all, topics: [NoticeEvents.topic],
        reads: [
            .events("enterprise", "audience"), .state("enterprise", "enterprise"), .state("directory", "account"),
            .events("appeal", "case"), .events("appeal", "complaint"), .events("project", "project"),
            .events("project", "preassessment"), .events("assessment", "result"),
        ],
        access: AccessTable(
            [
                "ListInbox": .kinds([.staff, .enterprise]),
                "MarkRead": .kinds([.staff, .enterprise]),
                "StreamInbox": .kinds([.staff, .enterprise]),
                "ListRules": .action("notification.rule.read"),
                "SetRule": .action("notification.rule.write"),
                "SendVerificationCode": .services(["directory"]),
                "ListCaughtMessages": .action("notification.caught.read"),
                "StateContact": .kinds([.staff, .enterprise]),
                "ConfirmContact": .kinds([.staff, .enterprise]),
                "GetContact": .kinds([.staff, .enterprise]),
                "RemoveContact": .kinds([.staff, .enterprise]),
                "SetSubscriptions": .kinds([.staff, .enterprise]),
            ], streams: ["StreamInbox"]),
        descriptors: NotificationDescriptors.files,
        settings: [
            ConfigurationKey(
                "inbox.heartbeat", .integer(1...15, unit: "seconds"), standard: "15",
                "Longest silence of an open inbox stream."),
            ConfigurationKey(
                "inbox.buffer", .integer(1...10_000, unit: "messages"), standard: "256",
                "Messages kept for a stream that is read slowly, before it is ended."),
            ConfigurationKey(
                "inbox.streams", .integer(1...1_000_000, unit: "streams"), standard: "10000",
                "Inbox streams that a replica keeps open; more are refused."),
            ConfigurationKey(
                "mail.rate", .integer(1...1_000, unit: "mails a second"), standard: "20",
                "Mails handed to their provider in a second, by all replicas together."),
            ConfigurationKey(
                "mail.retry", .integer(1...3_600, unit: "seconds"), standard: "5",
                "Pause before a mail whose outcome is unknown is asked after; it doubles with every try."),
            ConfigurationKey(
                "code.pause", .integer(0...3_600, unit: "seconds"), standard: "60",
                "Shortest pause between two codes by one account, or to one e-mail address."),
        ])

    /// Makes the parts of the service; messages to phones and mailboxes go to the local catcher (NTF-2).
    public static func build(_ runtime: Runtime) throws -> ServiceComponents {
        components(runtime, provider: MessageCatcher(database: runtime.database))
    }

    static func components(_ runtime: Runtime, provider: any MessageProvider) -> ServiceComponents {
        let reader = InboxReader(cache: ChunkCache())
        let hub = InboxHub(
            limit: runtime.configuration.integer("inbox.buffer") ?? 256,
            streams: runtime.configuration.integer("inbox.streams") ?? 10_000)
        let feed = InboxFeed(database: runtime.database, reader: reader, hub: hub)
        let announce: @Sendable () -> Void = {
            runtime.wake(worker: InboxFeed.worker)
            runtime.wake(worker: MailRounds.worker)
        }
        let notices = AudienceNotices(
            outbox: runtime.outbox, clock: runtime.clock, announce: announce,
            published: NoticeEvents.published, ended: NoticeEvents.ended)
        let delivery = Delivery(database: runtime.database, provider: provider, logger: runtime.logger)
        let rounds = MailRounds(
            database: runtime.database, reader: reader, announce: { runtime.wake(worker: MailSender.worker) })
        let sender = MailSender(
            database: runtime.database, delivery: delivery,
            rate: runtime.configuration.integer("mail.rate") ?? 20,
            pause: .seconds(runtime.configuration.integer("mail.retry") ?? 5))
        let subscriptions = NotificationSubscriptions(
            onChunk: OnAudienceChunk(), onClosed: OnAudienceClosed(notices: notices),
            onMemberChanged: OnAudienceMemberChanged(notices: notices),
            onDissolved: OnAudienceDissolved(notices: notices))
        let rpc = NotificationRPC(
            database: runtime.database,
            listInbox: ListInbox(database: runtime.database, reader: reader),
            markRead: MarkRead(runtime: runtime, reader: reader, opened: NoticeEvents.opened),
            listRules: ListRules(database: runtime.database), setRule: SetRule(runtime: runtime),
            sendVerificationCode: SendVerificationCode(runtime: runtime, delivery: delivery),
            listCaughtMessages: ListCaughtMessages(
                provider: provider, isDevelopment: runtime.configuration.developmentMode),
            stateContact: StateContact(
                runtime: runtime, pauseSeconds: Int64(runtime.configuration.integer("code.pause") ?? 60)),
            confirmContact: ConfirmContact(runtime: runtime), getContact: GetContact(database: runtime.database),
            removeContact: RemoveContact(runtime: runtime), setSubscriptions: SetSubscriptions(runtime: runtime),
            hub: hub, trust: runtime.trust,
            heartbeat: .seconds(runtime.configuration.integer("inbox.heartbeat") ?? 15))
        let onEvent = OnDirectEvent(outbox: runtime.outbox, clock: runtime.clock, announce: announce)
        return ServiceComponents(
            rpcs: [rpc],
            subscriptions: subscriptions.all + CaseSubscriptions(onEvent: onEvent).all
                + ProjectSubscriptions(onEvent: onEvent, trust: runtime.trust).all
                + [ResultSubscription(onEvent: onEvent).subscription],
            workers: [
                Worker(name: InboxFeed.worker, leader: false, run: feed.run),
                Worker(name: MailRounds.worker, leader: true, run: rounds.run),
                Worker(name: MailSender.worker, leader: true, run: sender.run),
                Worker(
                    name: ForgetMessages.worker, leader: true, run: ForgetMessages(database: runtime.database).run),
            ])
    }
}
