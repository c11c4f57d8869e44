import Foundation

/// What is known about the call that the current task handles.
public enum CallContext {
    /// The facts of one call.
    public struct Values: Sendable {
        /// Identifies the call in logs and answers; the client's `x-request-id` or a fresh one.
        public let requestIdentifier: String
        /// Full name, e.g. "zhitongche.policy.v1.PolicyService/DraftPoint".
        public let method: String
        /// Language of texts for people.
        public let locale: CallLocale
        /// When the caller stops waiting; nil only for calls that need none.
        public var deadline: ContinuousClock.Instant?
        /// Where the call came from, as the transport names it.
        public let remotePeer: String
        /// Who calls; nil until the call is authenticated.
        public var caller: Caller?

        /// The facts of a call, for tests that run handlers without a server.
        public init(
            requestIdentifier: String, method: String, locale: CallLocale = .zh,
            deadline: ContinuousClock.Instant? = nil, remotePeer: String = "in-process", caller: Caller? = nil
        ) {
            self.requestIdentifier = requestIdentifier
            self.method = method
            self.locale = locale
            self.deadline = deadline
            self.remotePeer = remotePeer
            self.caller = caller
        }

        /// Where the call came from, without the port: an IPv4 address, or the first half of an IPv6 one, since whoever
        /// has one of those has all that share it.
        public var remoteNetwork: String {
            var address = remotePeer
            if let colon = address.lastIndex(of: ":"), Int(address[address.index(after: colon)...]) != nil {
                address = String(address[..<colon])
            }
            guard let scheme = address.firstIndex(of: ":") else { return address }
            let host = address[address.index(after: scheme)...].filter { $0 != "[" && $0 != "]" }
            guard address[..<scheme] == "ipv6" else { return host }
            var bytes = [UInt8](repeating: 0, count: 16)
            guard inet_pton(AF_INET6, host, &bytes) == 1 else { return host }
            // An IPv4 address in the clothes of IPv6.
            if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10...11] == [255, 255] {
                return bytes[12...].map(String.init).joined(separator: ".")
            }
            return bytes[..<8].map { String($0, radix: 16) }.joined(separator: ":")
        }

        /// The last part of the method's name.
        public var methodName: String { String(method.split(separator: "/").last ?? "") }
    }

    /// The call of the current task; nil in background work.
    @TaskLocal public static var current: Values?

    /// Who calls.
    ///
    /// - Throws: ``Problem`` UNAUTHENTICATED outside of an authenticated call.
    public static var caller: Caller {
        get throws {
            guard let caller = current?.caller else { throw Problem.unauthenticated("the call carries no token") }
            return caller
        }
    }

    /// The call's deadline; nil in background work.
    public static var deadline: ContinuousClock.Instant? { current?.deadline }

    /// The language of the call's texts.
    public static var locale: CallLocale { current?.locale ?? .zh }
}
