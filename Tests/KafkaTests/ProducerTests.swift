import Logging
import TestSupport
import Testing

@testable import Kafka

@Suite(.serialized, .timeLimit(.minutes(5)))
struct ProducerTests {
    /// Sends a record until it is delivered.
    private func delivered(_ record: KafkaRecord, by producer: KafkaProducer) async throws {
        try await eventually {
            do { return try await producer.send(record) as Delivery? } catch is KafkaError { return nil }
        } satisfies: {
            $0 != nil
        }
    }

    @Test("RELIABILITY-6: every option that ordering and durability rest on is set explicitly")
    func options() async throws {
        var configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:1", clientID: "options")
        configuration.overrides = KafkaConfiguration.developmentOverrides
        let producer = try KafkaProducer(
            configuration: configuration, messageTimeout: .milliseconds(1234), logger: quiet)
        #expect(producer.setting("enable.idempotence") == "true")
        #expect(producer.setting("acks") == "-1")
        #expect(producer.setting("partitioner") == "murmur2_random")
        #expect(producer.setting("compression.codec") == "lz4")
        #expect(producer.setting("message.timeout.ms") == "1234")
        await producer.close()
        let consumer = try KafkaConsumer(
            configuration: configuration, group: "g", sessionTimeout: .seconds(9), logger: quiet)
        #expect(consumer.setting("enable.auto.commit") == "false")
        #expect(consumer.setting("enable.auto.offset.store") == "false")
        #expect(consumer.setting("auto.offset.reset") == "error")
        #expect(consumer.setting("check.crcs") == "true")
        #expect(consumer.setting("session.timeout.ms") == "4000")
        await consumer.close()
    }

    @Test(
        "RELIABILITY-6: protected options cannot be overridden",
        arguments: KafkaConfiguration.protectedSettings.sorted())
    func protected(setting: String) throws {
        var configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:1", clientID: "options")
        configuration.overrides = [setting: "false"]
        #expect(throws: KafkaError.self) { try KafkaProducer(configuration: configuration, logger: quiet) }
        #expect(throws: KafkaError.self) { try KafkaConsumer.standalone(configuration: configuration, logger: quiet) }
    }

    @Test("An unknown option is refused with its name, and a password is never described")
    func refusals() throws {
        var configuration = KafkaConfiguration(bootstrapServers: "127.0.0.1:1", clientID: "options")
        configuration.sasl = KafkaSASL(mechanism: .scramSHA512, username: "ztc", password: "open sesame")
        #expect(!"\(configuration) \(String(reflecting: configuration))".contains("sesame"))
        configuration.overrides = ["no.such.setting": "1"]
        let error = #expect(throws: KafkaError.self) {
            try KafkaProducer(configuration: configuration, logger: quiet)
        }
        #expect(error?.message.contains("no.such.setting") == true)
    }

    @Test("Records with the same key keep their order; headers, null and empty values arrive byte by byte")
    func roundTrip() async throws {
        try await withBroker { broker, topic in
            let odd: [UInt8] = [0, 255, 10, 0]
            try await withProducer(broker) { producer in
                let reports = Reports()
                for number in 0..<200 {
                    producer.enqueue(
                        KafkaRecord(
                            topic: topic, key: bytes("key-\(number % 5)"), value: bytes("\(number)"),
                            headers: [KafkaHeader("n", "\(number)"), KafkaHeader("n", bytes: odd)]),
                        reports.report(number))
                }
                await producer.flush(timeout: .seconds(60))
                #expect(reports.all.count == 200)
                #expect(reports.all.values.allSatisfy { $0.count == 1 && (try? $0[0].get()) != nil })
                let tombstone = try await producer.send(
                    KafkaRecord(
                        topic: topic, partition: 3, key: [], value: nil,
                        headers: [KafkaHeader("none", bytes: nil), KafkaHeader("empty", bytes: [])]))
                let empty = try await producer.send(KafkaRecord(topic: topic, partition: 3, key: nil, value: []))
                #expect(tombstone.partition == 3 && empty.offset == tombstone.offset + 1)
            }
            let consumer = try KafkaConsumer.standalone(configuration: broker.configuration(), logger: quiet)
            let partitions = try await consumer.partitions(of: topic)
            #expect(partitions.count == 12)
            try await consumer.assign(partitions.map { PartitionStart($0, .beginning) })
            let messages = try await poll(consumer) { $0.ends.count == 12 && $0.messages.count >= 202 }.messages
            #expect(messages.count == 202)
            for key in 0..<5 {
                let ofKey = messages.filter { $0.key == bytes("key-\(key)") }
                #expect(Set(ofKey.map(\.partition)).count == 1)
                #expect(
                    ofKey.map { Int(String(decoding: $0.value ?? [], as: UTF8.self)) }
                        == Array(stride(from: key, to: 200, by: 5)))
                #expect(ofKey.first?.headers == [KafkaHeader("n", "\(key)"), KafkaHeader("n", bytes: odd)])
                #expect(ofKey.allSatisfy { $0.timestampMilliseconds > 0 })
            }
            let special = messages.filter { $0.partition == 3 && $0.headers.first?.name != "n" }
            #expect(special.map(\.value) == [nil, []])
            #expect(special.map(\.key) == [[], nil])
            #expect(special.first?.headers == [KafkaHeader("none", bytes: nil), KafkaHeader("empty", bytes: [])])
            await consumer.close()
        }
    }

    @Test("A record of 900 KB passes; one above the limit is refused, not cut")
    func large() async throws {
        try await withBroker(partitions: 1) { broker, topic in
            let value = (0..<900_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
            try await withProducer(broker) { producer in
                _ = try await producer.send(KafkaRecord(topic: topic, key: nil, value: value))
                let error = await #expect(throws: KafkaError.self) {
                    try await producer.send(
                        KafkaRecord(topic: topic, key: nil, value: [UInt8](repeating: 1, count: 1_100_000)))
                }
                #expect(error?.isTooLarge == true)
            }
            let consumer = try KafkaConsumer.standalone(configuration: broker.configuration(), logger: quiet)
            try await consumer.assign([PartitionStart(TopicPartition(topic, 0), .beginning)])
            let messages = try await poll(consumer) { !$0.messages.isEmpty }.messages
            #expect(messages.map(\.value) == [value])
            await consumer.close()
        }
    }

    @Test("RELIABILITY-4: a frozen broker makes deliveries fail within the message timeout", .enabled(if: ownsBroker))
    func frozen() async throws {
        try await withBroker { broker, topic in
            try await withProducer(broker, messageTimeout: .seconds(2)) { producer in
                // A slow machine may take longer than that to connect.
                try await delivered(KafkaRecord(topic: topic, key: nil, value: bytes("before")), by: producer)
                try broker.freeze()
                let started = ContinuousClock.now
                let error = await #expect(throws: KafkaError.self) {
                    try await producer.send(KafkaRecord(topic: topic, key: nil, value: bytes("frozen")))
                }
                let elapsed = ContinuousClock.now - started
                // The silence ends the record by its own time or by that of the connection, whichever the library sees first.
                let isOutOfTime = error.map { $0.isTimeout && $0.isRetriable || $0.isPurged }
                #expect(isOutOfTime == true, "\(String(describing: error))")
                #expect(elapsed > .milliseconds(1500) && elapsed < .seconds(20), "took \(elapsed)")
                try broker.thaw()
                try await delivered(KafkaRecord(topic: topic, key: nil, value: bytes("after")), by: producer)
                #expect(producer.fatalError == nil)
            }
        }
    }

    @Test(
        "A stopped broker makes deliveries fail; the same producer recovers when it is back", .enabled(if: ownsBroker))
    func restarted() async throws {
        try await withBroker { broker, topic in
            let admin = KafkaAdmin(configuration: broker.configuration())
            let cluster = try await admin.clusterID()
            try await withProducer(broker) { producer in
                _ = try await producer.send(KafkaRecord(topic: topic, key: nil, value: bytes("before")))
                try broker.stop()
                let error = await #expect(throws: KafkaError.self) {
                    try await producer.send(KafkaRecord(topic: topic, key: nil, value: bytes("down")))
                }
                // Discarded with the connection, so that it does not reach whoever answers at the address next.
                #expect(error?.isPurged == true)
                #expect(producer.connectionLosses > 0)
                try broker.startAgain()
                try await delivered(KafkaRecord(topic: topic, key: nil, value: bytes("after")), by: producer)
            }
            #expect(try await admin.clusterID() != cluster, "RELIABILITY-7: a recreated broker has another cluster id")
        }
    }

    @Test(
        "RELIABILITY-4: purge and close fail every pending report exactly once", .enabled(if: ownsBroker),
        arguments: [true, false])
    func pendingReports(purging: Bool) async throws {
        try await withBroker { broker, topic in
            let producer = try KafkaProducer(
                configuration: broker.configuration(), messageTimeout: .seconds(120), logger: quiet)
            _ = try await producer.send(KafkaRecord(topic: topic, key: nil, value: bytes("warm")))
            try broker.freeze()
            let reports = Reports()
            for number in 0..<500 {
                producer.enqueue(
                    KafkaRecord(topic: topic, key: bytes("\(number)"), value: bytes("x")), reports.report(number))
            }
            #expect(producer.pendingCount == 500)
            if purging {
                producer.purge()
                await producer.flush(timeout: .seconds(60))
                #expect(reports.all.count == 500)
            }
            await producer.close()
            producer.enqueue(KafkaRecord(topic: topic, key: nil, value: nil), reports.report(500))
            await producer.close()
            #expect(reports.all.count == 501)
            for (number, results) in reports.all {
                #expect(results.count == 1)
                guard case .failure(let error) = results[0] else {
                    Issue.record("record \(number) was reported as delivered")
                    continue
                }
                #expect(number == 500 ? error == .closed : error.isPurged)
            }
            try broker.thaw()
        }
    }

    @Test(
        "Flushing a broker that does not answer ends at its bound, and a dropped producer still fails its reports",
        .enabled(if: ownsBroker))
    func dropped() async throws {
        try await withBroker { broker, topic in
            let reports = Reports()
            do {
                let producer = try KafkaProducer(
                    configuration: broker.configuration(), messageTimeout: .seconds(120), logger: quiet)
                _ = try await producer.send(KafkaRecord(topic: topic, key: nil, value: bytes("warm")))
                try broker.freeze()
                producer.enqueue(KafkaRecord(topic: topic, key: nil, value: nil), reports.report(0))
                let started = ContinuousClock.now
                await producer.flush(timeout: .milliseconds(300))
                #expect(ContinuousClock.now - started < .seconds(30))
                #expect(reports.all.isEmpty)
            }
            try await eventually {
                reports.all.count
            } satisfies: {
                $0 == 1
            }
            try broker.thaw()
        }
    }

    @Test("RELIABILITY-4: a fatal error is told, and the producer delivers nothing any more")
    func fatal() async throws {
        try await withBroker { broker, topic in
            try await withProducer(broker) { producer in
                #expect(producer.fatalError == nil)
                producer.provokeFatalError()
                #expect(producer.fatalError?.isFatal == true)
                let error = await #expect(throws: KafkaError.self) {
                    try await producer.send(KafkaRecord(topic: topic, key: nil, value: nil))
                }
                #expect(error?.isRetriable == false)
            }
        }
    }
}
