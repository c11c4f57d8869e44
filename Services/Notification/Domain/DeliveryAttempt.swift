/// The handing over of one message to a provider, which can never be exactly-once and so is written down first (NTF-6).
public struct DeliveryAttempt: Hashable, Sendable {
    /// How far it got.
    public enum State: Hashable, Sendable {
        /// Written down; the provider has heard nothing.
        case prepared
        /// On its way: whoever finds this later cannot know what the provider did.
        case sending
        /// The provider took it.
        case sent
        /// The provider refused it, for the reason.
        case refused(String)
        /// The provider's answer was lost.
        case unknown
        /// Its time passed before it was handed over.
        case expired
    }

    /// What a provider did with a message.
    public enum Outcome: Hashable, Sendable {
        case sent
        case refused(String)
        case unknown
    }

    /// What to do about it now.
    public enum Step: Hashable, Sendable {
        /// Hand it over.
        case send
        /// Ask the provider what became of it; never hand it over blindly a second time.
        case inquire
        /// Nothing: it was sent.
        case done
        /// Tell the caller that the provider refused it.
        case tellRefused(String)
        /// Tell the caller that its time has passed.
        case tellExpired
    }

    /// How far it got.
    public private(set) var state: State

    /// An attempt as it was stored, or a new one.
    public init(state: State = .prepared) { self.state = state }

    /// Whether nothing more will happen to it.
    public var isOver: Bool {
        switch state {
        case .prepared, .sending, .unknown: false
        case .sent, .refused, .expired: true
        }
    }

    /// Decides what to do and notes it: an attempt to be sent is `sending` from here on.
    public mutating func proceed(isExpired: Bool) -> Step {
        switch state {
        case .prepared:
            state = isExpired ? .expired : .sending
            return isExpired ? .tellExpired : .send
        case .sending, .unknown: return .inquire
        case .sent: return .done
        case .refused(let reason): return .tellRefused(reason)
        case .expired: return .tellExpired
        }
    }

    /// Takes over what the provider did. What is settled stays settled.
    ///
    /// - Throws: ``DeliveryError`` when the message was never handed over.
    public mutating func settle(_ outcome: Outcome) throws(DeliveryError) {
        switch state {
        case .prepared, .expired: throw .notUnderWay
        case .sending, .unknown:
            switch outcome {
            case .sent: state = .sent
            case .refused(let reason): state = .refused(reason)
            case .unknown: state = .unknown
            }
        case .sent, .refused: break
        }
    }

    /// The provider swears that the message never reached it, so that handing it over again is no repetition.
    ///
    /// - Throws: ``DeliveryError`` when the message was never handed over, or is settled.
    public mutating func neverArrived() throws(DeliveryError) {
        switch state {
        case .sending, .unknown: state = .prepared
        case .prepared, .sent, .refused, .expired: throw .notUnderWay
        }
    }
}

/// Why a delivery's state does not allow a step.
public enum DeliveryError: Error, Hashable, Sendable {
    /// The message is not on its way.
    case notUnderWay
}
