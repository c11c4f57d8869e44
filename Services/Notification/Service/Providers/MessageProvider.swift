import NotificationDomain
import Postgres

/// A message for a channel outside of the product.
struct OutgoingMessage: Sendable {
    /// By this key the provider recognises a repetition.
    let key: String
    /// SMS or e-mail.
    let channel: Channel
    /// Phone or e-mail address.
    let address: String
    /// The subject of an e-mail, one line; empty for other channels.
    var subject = ""
    /// The text, ready for the channel: HTML for an e-mail.
    let text: String
    /// When it loses its meaning; real time.
    let expiresAt: Instant
}

/// Somebody who carries messages to people (NTF-2).
protocol MessageProvider: Sendable {
    /// Hands a message over, and gives up when cancelled: nothing may reach the provider after this has returned. A
    /// thrown error means that nobody knows whether the provider took it.
    func send(_ message: OutgoingMessage) async throws -> DeliveryAttempt.Outcome

    /// What became of the message of a key; nil when the provider is certain that it never got it.
    func outcome(of key: String) async throws -> DeliveryAttempt.Outcome?
}
