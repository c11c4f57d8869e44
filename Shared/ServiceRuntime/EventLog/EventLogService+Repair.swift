import CommonContracts
import GRPCCore
import Kafka
import Messaging
import SwiftProtobuf

/// Where the service's group reads on, and what to do when the broker lacks that place (rule 11).
extension EventLogService {
    func getOffsets(
        request: Zhitongche_Common_V1_GetOffsetsRequest, context: ServerContext
    ) async throws -> Zhitongche_Common_V1_GetOffsetsResponse {
        let topics = request.topic.isEmpty ? definition.reads : [try readTopic(request.topic)]
        let (cluster, ranges) = try await ranges(of: topics)
        let standing = try await database.transaction(readOnly: true, deadline: CallContext.deadline) {
            [repair] transaction in
            try repair.standing(of: ranges, topics: topics, cluster: cluster, in: transaction)
        }
        return .with {
            $0.clusterID = cluster
            $0.partitions = standing.map(\.wire)
        }
    }

    func resumePartition(
        request: Zhitongche_Common_V1_ResumePartitionRequest, context: ServerContext
    ) async throws -> Zhitongche_Common_V1_ResumePartitionResponse {
        let topic = try readTopic(request.topic)
        let (cluster, ranges) = try await ranges(of: [topic], partition: request.partition)
        let partition = TopicPartition(topic.name, request.partition)
        guard let range = ranges[partition] else { throw Problem.invalid("partition", "the topic has no such one") }
        return try await commands.run(request, id: request.requestID, object: "partition \(partition)") {
            [repair] command in
            do {
                let before = try repair.resume(
                    partition, kind: topic.kind, at: range, rebuild: request.rebuild, cluster: cluster, in: command.tx)
                return .with {
                    $0.before = before
                    $0.next = range.low
                }
            } catch let refusal as RepairRefusal {
                throw refusal.problem
            }
        }
    }

    func finishRepair(
        request: Zhitongche_Common_V1_FinishRepairRequest, context: ServerContext
    ) async throws -> Zhitongche_Common_V1_FinishRepairResponse {
        let topic = try readTopic(request.topic)
        let partition = TopicPartition(topic.name, request.partition)
        return try await commands.run(request, id: request.requestID, object: "partition \(partition)") {
            [repair] command in
            do {
                try repair.finish(partition, in: command.tx)
                return .init()
            } catch let refusal as RepairRefusal {
                throw refusal.problem
            }
        }
    }

    private func readTopic(_ name: String) throws -> Topic {
        guard let topic = definition.reads.first(where: { $0.name == name }) else {
            throw Problem.invalid("topic", "must be a topic that this service reads")
        }
        return topic
    }

    private func ranges(
        of topics: [Topic], partition: Int32? = nil
    ) async throws -> (cluster: String, ranges: [TopicPartition: PartitionRepair.Range]) {
        do {
            return try await repair.ranges(of: topics.map(\.name), partition: partition)
        } catch is KafkaError {
            throw Problem.unavailable("the broker does not answer")
        }
    }
}

extension RepairRefusal {
    fileprivate var problem: Problem {
        switch self {
        case .noGap: .illegalState(zh: "该分区没有缺口，无需修复", en: description)
        case .notUnderRepair: .illegalState(zh: "该分区不在修复中", en: description)
        case .keysWait(let count): .illegalState(zh: "该分区仍有 \(count) 个键在等待缺失的事件", en: description)
        }
    }
}

extension PartitionStanding {
    fileprivate var wire: Zhitongche_Common_V1_PartitionOffset {
        .with {
            $0.topic = partition.topic
            $0.partition = partition.partition
            $0.next = next
            $0.low = low
            $0.high = high
            $0.gap = hasGap
            if let repairingSince { $0.repairingSince = Google_Protobuf_Timestamp(repairingSince) }
            $0.waitingKeys = waitingKeys
        }
    }
}
