import SwiftProtobuf

/// What one command does once its request is read: it loads, decides, stores and tells, in the command's transaction.
///
/// The transport reads a request into a use case and hands it to ``Commands/run(_:id:_:_:answer:)``.
public protocol UseCase: Sendable {
    /// What it loads from and stores to: the service's repositories, and whatever else its commands share.
    associatedtype Parts: Sendable
    /// What the caller is shown of it.
    associatedtype Outcome

    /// What it touches, for the audit: the kind of object and its identifier.
    var object: String { get }

    /// Does it; may run several times, so it loads everything itself.
    func run(_ command: Command, _ parts: Parts) throws -> Outcome
}

extension Commands {
    /// Runs a use case as a command of the current call.
    ///
    /// - Parameters:
    ///   - id: the request identifier, 1 to 64 characters.
    ///   - answer: writes the outcome into the answer.
    /// - Throws: what the use case throws, ``Problem``, or `PostgresError`.
    public func run<Work: UseCase, Answer: Message & Sendable>(
        _ request: some Message, id: String, _ useCase: Work, _ parts: Work.Parts,
        answer: @escaping @Sendable (inout Answer, Work.Outcome) throws -> Void
    ) async throws -> Answer {
        try await run(request, id: id, object: useCase.object) { command in
            let outcome = try useCase.run(command, parts)
            return try .with { try answer(&$0, outcome) }
        }
    }
}
