import Postgres
import Testing

@testable import Messaging

@Suite("Lanes that wait (XCT-5)")
struct HeldLanesTests {
    @Test("A lane whose pause ends while rows are read lets nothing pass before those that waited")
    func pauseEndsWhileReading() {
        var held = HeldLanes()
        let (first, second) = (Self.row(1), Self.row(2))
        let begun = ContinuousClock.now
        #expect(held.admit([first]).map(\.id) == [1])
        held.settle([first], left: [first], at: begun)
        #expect(held.due(limit: 10, at: begun).isEmpty)
        #expect(held.admit([second]).isEmpty)
        #expect(held.due(limit: 10, at: begun + Self.pause).sorted() == [1, 2])
        #expect(held.admit([first, second]).map(\.id) == [1, 2])
        held.settle([first, second], left: [])
        #expect(held.count == 0)
    }

    @Test("A released lane of which nothing is left is forgotten; other lanes never wait for it")
    func nothingLeft() {
        var held = HeldLanes()
        let begun = ContinuousClock.now
        held.settle([Self.row(1)], left: [Self.row(1)], at: begun)
        #expect(held.admit([Self.row(2), Self.row(3, key: "b")]).map(\.id) == [3])
        #expect(held.due(limit: 10, at: begun + Self.pause).sorted() == [1, 2])
        #expect(held.due(limit: 10, at: begun + Self.pause).isEmpty && held.count == 0)
    }

    /// Longer than the longest first pause, which is 400 milliseconds.
    private static let pause = Duration.milliseconds(450)

    private static func row(_ id: Int64, key: String = "a") -> JournalRow {
        JournalRow(
            id: id, topic: "t", key: key, seq: id, type: "test.Counted", eventID: "\(id)", occurredAt: .now,
            recordedAt: .now, traceparent: nil, extraHeaders: [], payload: nil)
    }
}
