/// When a signing key signs and how long its tokens are accepted (DIR-6).
public struct SigningKeyPlan: Hashable, Sendable {
    /// Lifetime of access tokens in seconds.
    public static let accessSeconds: Int64 = 600
    /// Time after which every verifier is taken to have a new key set, in seconds.
    public static let leadSeconds: Int64 = 5
    /// How long a replaced key is accepted beyond its last token, for clocks that differ, in seconds.
    public static let graceSeconds: Int64 = 60

    /// The "kid".
    public let id: String
    /// When the key was made.
    public let createdAt: RealTime
    /// From here on the key signs, until the next one does.
    public let signsFrom: RealTime
    /// From here on its tokens are refused; nil while it has no successor.
    public private(set) var acceptedUntil: RealTime?

    /// A plan as it was stored.
    public init(id: String, createdAt: RealTime, signsFrom: RealTime, acceptedUntil: RealTime?) {
        self.id = id
        self.createdAt = createdAt
        self.signsFrom = signsFrom
        self.acceptedUntil = acceptedUntil
    }

    /// The first key, which signs at once.
    public static func first(id: String, at now: RealTime) -> SigningKeyPlan {
        SigningKeyPlan(id: id, createdAt: now, signsFrom: now, acceptedUntil: nil)
    }

    /// Plans the next key. It signs a little later, so that verifiers have it first; this key is accepted until the last
    /// token signed by it has expired.
    ///
    /// - Returns: The next key's plan; nil when this key has a successor already.
    public mutating func replace(by id: String, at now: RealTime) -> SigningKeyPlan? {
        guard acceptedUntil == nil else { return nil }
        let handover = max(now, signsFrom).adding(seconds: Self.leadSeconds)
        acceptedUntil = handover.adding(seconds: Self.accessSeconds + Self.graceSeconds)
        return SigningKeyPlan(id: id, createdAt: now, signsFrom: handover, acceptedUntil: nil)
    }

    /// Whether the key belongs in the key set at a time.
    public func isPublished(at now: RealTime) -> Bool { acceptedUntil.map { now < $0 } ?? true }

    /// How long a token may live that the key signs at a time, in seconds: a token that outlived its key would be refused
    /// before its end. Less than usual only for a key that signs on beyond its hand-over.
    public func tokenSeconds(at now: RealTime) -> Int64 {
        let left = acceptedUntil.map { ($0.microseconds - now.microseconds) / 1_000_000 } ?? Self.accessSeconds
        return min(Self.accessSeconds, left)
    }

    /// The key that signs at a time: the newest whose time has come and whose tokens are accepted for a while yet.
    public static func signing(_ keys: [SigningKeyPlan], at now: RealTime) -> SigningKeyPlan? {
        keys.filter { $0.signsFrom <= now && $0.tokenSeconds(at: now) >= graceSeconds }
            .max { $0.signsFrom < $1.signsFrom }
    }
}
