/// The second factor by time steps (RFC 6238), without the cryptography: which steps count, and none twice (DIR-5).
public struct TimeStepFactor: Hashable, Sendable {
    /// Length of a step in seconds.
    public static let stepSeconds: Int64 = 30
    /// Steps before and after the present one that are accepted, for clocks that differ.
    public static let tolerance: Int64 = 1

    /// The last step whose code was accepted; nil before the first.
    public private(set) var lastStep: Int64?

    /// A factor as it was stored.
    public init(lastStep: Int64? = nil) { self.lastStep = lastStep }

    /// The steps whose codes would be accepted at a time, the present one first; a used step and those before it are
    /// not among them.
    public func acceptableSteps(at now: RealTime) -> [Int64] {
        let present = now.seconds / Self.stepSeconds
        let steps = [present] + (1...Self.tolerance).flatMap { [present - $0, present + $0] }
        return steps.filter { step in lastStep.map { step > $0 } ?? true }
    }

    /// Uses up a step.
    ///
    /// - Returns: False when the step is not acceptable at that time.
    public mutating func accept(step: Int64, at now: RealTime) -> Bool {
        guard acceptableSteps(at: now).contains(step) else { return false }
        lastStep = step
        return true
    }
}
