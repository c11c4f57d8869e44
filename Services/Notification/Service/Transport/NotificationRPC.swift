import Domain
import Foundation
import GRPCCore
import NotificationContracts
import NotificationDomain
import Postgres
import ServiceLifecycle
import ServiceRuntime

/// The calls of notification: decoding and checking of requests, encoding of answers.
struct NotificationRPC: Zhitongche_Notification_V1_NotificationService.SimpleServiceProtocol {
    let database: Database
    let listInbox: ListInbox
    let markRead: MarkRead
    let listRules: ListRules
    let setRule: SetRule
    let sendVerificationCode: SendVerificationCode
    let listCaughtMessages: ListCaughtMessages
    let stateContact: StateContact
    let confirmContact: ConfirmContact
    let getContact: GetContact
    let removeContact: RemoveContact
    let setSubscriptions: SetSubscriptions
    let hub: InboxHub
    let trust: Trust
    let heartbeat: Duration

    func listInbox(
        request: Zhitongche_Notification_V1_ListInboxRequest, context: ServerContext
    ) async throws -> Zhitongche_Notification_V1_ListInboxResponse {
        guard request.kind.unicodeScalars.count <= 64 else {
            throw Problem.invalid("kind", "must have at most 64 characters")
        }
        let (entries, token) = try await listInbox(
            owner: InboxOwner(CallContext.caller),
            filter: InboxReader.Filter(kind: request.kind, unreadOnly: request.unreadOnly),
            pageSize: request.pageSize, pageToken: request.pageToken)
        return .with {
            $0.messages = entries.map(\.wire)
            $0.nextPageToken = token
        }
    }

    func markRead(
        request: Zhitongche_Notification_V1_MarkReadRequest, context: ServerContext
    ) async throws -> Zhitongche_Notification_V1_MarkReadResponse {
        guard (1...200).contains(request.messageIds.count) else {
            throw Problem.invalid("message_ids", "must have 1 to 200 entries")
        }
        let notices = try request.messageIds.enumerated().map { index, text in
            guard let notice = UUID(uuidString: text) else {
                throw Problem.invalid("message_ids[\(index)]", "must be a UUID")
            }
            return notice
        }
        return try await markRead(
            Array(Set(notices)), owner: InboxOwner(CallContext.caller), request: request)
    }

    func streamInbox(
        request: Zhitongche_Notification_V1_StreamInboxRequest,
        response: RPCWriter<Zhitongche_Notification_V1_StreamInboxResponse>, context: ServerContext
    ) async throws {
        let caller = try CallContext.caller
        let owner = try InboxOwner(caller)
        let right = try StreamRight(caller, under: trust)
        guard let enterprise = owner.enterprise else {
            throw Problem.illegalState(zh: "账号尚未绑定企业，没有可订阅的消息", en: "the account acts for no enterprise")
        }
        let horizon = try await database.transaction(readOnly: true, deadline: CallContext.deadline) { transaction in
            try InboxFeed.horizon(in: transaction)
        }
        let stream = try hub.join(enterprise, account: owner.account, horizon: horizon)
        defer { stream.leave() }
        // The first heartbeat tells the client that from here on it misses nothing.
        try await response.write(.init())
        try await withRPCCancellationHandler {
            try await withGracefulShutdownHandler {
                do {
                    try await stream.pump(heartbeat: heartbeat, right: right) { signal in
                        switch signal {
                        case .entry(let entry): try await response.write(.with { $0.message = entry.wire })
                        case .heartbeat: try await response.write(.init())
                        }
                    }
                } catch is CancellationError {
                    // The task was cancelled before the stream was finished: by the stop, for a client that listens.
                }
                throw Problem.unavailable("the stream was ended by the service; open it again")
            } onGracefulShutdown: {
                stream.finish(throwing: Problem.unavailable("the service stops; open the stream again"))
            }
        } onCancelRPC: {
            // A stop of the service cancels its calls too, and may come first; a client that cancelled hears nothing.
            stream.finish(throwing: Problem.unavailable("the call was ended; open the stream again"))
        }
    }

    func listRules(
        request: Zhitongche_Notification_V1_ListRulesRequest, context: ServerContext
    ) async throws -> Zhitongche_Notification_V1_ListRulesResponse {
        let (rules, token) = try await listRules(pageSize: request.pageSize, pageToken: request.pageToken)
        return .with {
            $0.rules = rules.map(\.wire)
            $0.nextPageToken = token
        }
    }

    func setRule(
        request: Zhitongche_Notification_V1_SetRuleRequest, context: ServerContext
    ) async throws -> Zhitongche_Notification_V1_SetRuleResponse {
        guard request.hasRule else { throw Problem.invalid("rule", "is required") }
        guard request.rule.version >= 0 else { throw Problem.invalid("rule.version", "must be 0 or more") }
        return try await setRule(
            try Rule(request.rule, field: "rule"), version: request.rule.version, request: request)
    }

    func sendVerificationCode(
        request: Zhitongche_Notification_V1_SendVerificationCodeRequest, context: ServerContext
    ) async throws -> Zhitongche_Notification_V1_SendVerificationCodeResponse {
        guard Self.isDigits(request.phone, count: 11), request.phone.hasPrefix("1") else {
            throw Problem.invalid("phone", "must be a mobile number of 11 digits")
        }
        guard Self.isDigits(request.code, count: 6) else { throw Problem.invalid("code", "must have 6 digits") }
        guard request.hasExpiresAt, let expiresAt = Instant(request.expiresAt) else {
            throw Problem.invalid("expires_at", "must be a point in time")
        }
        return try await sendVerificationCode(
            SendVerificationCode.Order(
                requestID: request.requestID, phone: request.phone, code: request.code, expiresAt: expiresAt),
            request: request)
    }

    func listCaughtMessages(
        request: Zhitongche_Notification_V1_ListCaughtMessagesRequest, context: ServerContext
    ) async throws -> Zhitongche_Notification_V1_ListCaughtMessagesResponse {
        guard request.address.unicodeScalars.count <= 254 else {
            throw Problem.invalid("address", "must have at most 254 characters")
        }
        let (messages, token) = try await listCaughtMessages(
            address: request.address, pageSize: request.pageSize, pageToken: request.pageToken)
        return .with {
            $0.messages = messages.map(\.wire)
            $0.nextPageToken = token
        }
    }
}

extension Rule {
    /// Reads the wire's rule.
    ///
    /// - Throws: `DomainError` naming the part of `field` at fault.
    init(_ wire: Zhitongche_Notification_V1_Rule, field: String) throws(DomainError) {
        var channels: [Channel] = []
        for (index, value) in wire.channels.enumerated() {
            guard let channel = Channel(value) else {
                throw DomainError("\(field).channels[\(index)]", .unknown("channel"))
            }
            channels.append(channel)
        }
        do {
            try self.init(
                id: wire.ruleID, eventType: wire.eventType, kind: wire.kind, channels: channels,
                title: BilingualText(wire.title.zh.normalised, wire.title.en.normalised),
                body: BilingualText(wire.body.zh.normalised, wire.body.en.normalised), isEnabled: wire.enabled)
        } catch {
            throw error.prefixed(field)
        }
    }
}

extension String {
    /// The text in the form in which texts are stored (NFC).
    fileprivate var normalised: String { precomposedStringWithCanonicalMapping }
}
