import ArgumentParser
import Foundation
import Postgres

/// The broker's floor for throughput: the same events produced until all are acknowledged, then consumed to the last.
struct ThroughputCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "throughput", abstract: "Produces and consumes the events of a file with librdkafka alone.")

    @Option var servers: String
    @Option var topic: String
    @Option var partitions: Int32 = 12
    @Option(help: "Events as the journal holds them, a line each.") var file: String
    @Option(help: "Messages under way at once, as many as the relay reads in one batch.") var batch = 1_000

    func run() async throws {
        let messages = try RawMessage.read(file: file, source: "/zhitongche/enterprise")
        let consumer = try RawClient(servers: servers, isConsumer: true)
        try consumer.assign(topic: topic, partitions: partitions, fromEnd: true)
        let producer = try RawClient(servers: servers, isConsumer: false)
        // The first message brings connections and the producer's identifier.
        try producer.produce(messages[0], to: topic)
        try producer.waitForDeliveries(1)
        while try consumer.consume(waiting: 100, header: "", { _ in }) == 0 {}
        let begun = ContinuousClock.now
        for start in stride(from: 0, to: messages.count, by: batch) {
            let part = messages[start..<min(start + batch, messages.count)]
            for message in part { try producer.produce(message, to: topic) }
            try producer.waitForDeliveries(1 + start + part.count)
        }
        let produced = ContinuousClock.now - begun
        // A consumer of its own reads from the beginning, so that nothing has been fetched ahead.
        let reader = try RawClient(servers: servers, isConsumer: true)
        try reader.assign(topic: topic, partitions: partitions, fromEnd: false)
        var first = 0
        while first == 0 { first = try reader.consume(waiting: 100, header: "", { _ in }) }
        let beginning = ContinuousClock.now
        // What came with the connection is not counted; a topic holds more than was produced here.
        let counted = max(messages.count - first, 1)
        var left = counted
        while left > 0 { left -= try reader.consume(waiting: 1_000, header: "ce_id") { _ in } }
        let consumed = ContinuousClock.now - beginning
        var finding = Finding(count: messages.count, time: produced)
        finding.consumeRate = Double(counted) / (consumed / .seconds(1))
        try finding.print()
    }
}

/// The broker's floor for latency: from handing a message over to having it back.
struct LatencyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latency", abstract: "Times messages from producer to consumer at a steady rate.")

    @Option var servers: String
    @Option var topic: String
    @Option var partitions: Int32 = 12
    @Option(help: "Events as the journal holds them, a line each.") var file: String
    @Option var rate = 100.0
    @Option var seconds = 5.0

    func run() async throws {
        let messages = try RawMessage.read(file: file, source: "/zhitongche/directory")
        let consumer = try RawClient(servers: servers, isConsumer: true)
        try consumer.assign(topic: topic, partitions: partitions, fromEnd: true)
        let producer = try RawClient(servers: servers, isConsumer: false)
        let count = Int(rate * seconds)
        let (topic, rate) = (topic, rate)
        let reading = Task.detached {
            var times = Times()
            while times.milliseconds.count < count {
                _ = try consumer.consume(waiting: 1_000, header: "sent") { text in
                    times.add(milliseconds: Self.now() - (Double(text) ?? 0))
                }
            }
            return times
        }
        // Connections and the producer's identifier are there before the clock runs.
        for message in messages.prefix(100) { try producer.produce(message, to: topic) }
        let warm = min(100, messages.count)
        try producer.waitForDeliveries(warm)
        let begun = ContinuousClock.now
        for number in 0..<count {
            try await Task.sleep(until: begun + .seconds(Double(number) / rate), tolerance: .zero)
            var message = messages[number % messages.count]
            message.headers.append(("sent", Array("\(Self.now())".utf8)))
            try producer.produce(message, to: topic)
            producer.serve()
        }
        try producer.waitForDeliveries(warm + count)
        try Finding(times: try await reading.value, time: ContinuousClock.now - begun).print()
    }

    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) * 1_000 + Double(time.tv_nsec) / 1_000_000
    }
}

/// A subscriber: from the moment at which an event's row was written to the moment at which it is here.
struct WatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch", abstract: "Times the events of a topic from their recorded time to their arrival.")

    @Option var servers: String
    @Option var topic: String
    @Option var partitions: Int32 = 12
    @Option var seconds = 5.0

    func run() async throws {
        let consumer = try RawClient(servers: servers, isConsumer: true)
        try consumer.assign(topic: topic, partitions: partitions, fromEnd: true)
        print("watching")
        fflush(nil)
        var times = Times()
        let begun = ContinuousClock.now
        while ContinuousClock.now < begun + .seconds(seconds) {
            _ = try consumer.consume(waiting: 100, header: "ce_recordedtime") { text in
                guard let recorded = Instant(iso8601: text) else { return }
                times.add(milliseconds: LatencyCommand.now() - Double(recorded.microseconds) / 1_000)
            }
        }
        try Finding(times: times, time: ContinuousClock.now - begun).print()
    }
}
