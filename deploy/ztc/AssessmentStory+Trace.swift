import AssessmentContracts
import CommonContracts
import Crypto
import Foundation
import GRPCCore
import ProjectContracts
import SwiftProtobuf

/// From a figure of the table to the bytes of its events, and back by computing again (ASM-15).
extension AssessmentStory {
    /// Shows the arithmetic of one leaf, its events, and what their kept bytes say.
    ///
    /// - Throws: `Refusal` when the bytes do not add up to the figure, or a computation from them gives another score.
    func trace(_ code: String, of unit: String, in standing: Standing) async throws {
        let assessor = try await bearer(Post.assessor)
        let result = standing.result
        let trace = try await calls.traceScore(
            request: assessor.request(
                .with {
                    ($0.resultID, $0.unitID, $0.code) = (result.resultID, unit, code)
                    $0.pageSize = 200
                }), options: .ordinary)
        Console.line("得分：\(trace.arithmetic)；计入总分 \(trace.node.weighted.printed) 分")
        Console.line(
            "完成数 \(trace.input.value.printed) 亿元 = 人民币 \(Console.grouped(trace.derived.numerator)) 分 ÷ "
                + "\(Console.grouped(trace.derived.denominator))，由 \(trace.derived.events) 条事件计得")
        var fen: Int64 = 0
        for event in trace.events {
            let kept = try await calls.getConsumedEvent(
                request: assessor.request(
                    .with { ($0.eventSource, $0.eventID) = (event.eventSource, event.eventID) }), options: .ordinary)
            // The frozen figure knows nothing of what came after it.
            guard kept.place <= result.eventPlace else { continue }
            guard kept.eventType == Zhitongche_Project_V1_ProgressReported.protoMessageName else {
                throw Refusal("\(kept.eventType) tells of no money in place")
            }
            let report = try Zhitongche_Project_V1_ProgressReported(serializedBytes: kept.payload)
            fen += report.figures.domesticInPlace.fen
            let digest = SHA256.hash(data: kept.payload).map { byte in
                let text = String(byte, radix: 16)
                return text.count == 1 ? "0\(text)" : text
            }.joined()
            Console.line("· \(kept.eventType)，主题 \(kept.topic)，第 \(kept.place) 条，项目 \(kept.subject)")
            Console.line("  留存原文 \(kept.payload.count) 字节，SHA-256 \(digest)")
            Console.line(
                "  解码：\(report.period.start.year) 年 \(report.period.start.month) 月进度报告，domestic_in_place = "
                    + "\(Console.grouped(report.figures.domesticInPlace.fen)) 分（人民币）")
        }
        guard fen == trace.derived.numerator else {
            throw Refusal("the kept events tell of \(fen) fen, the figure of \(trace.derived.numerator)")
        }
        // A fresh identifier each time: the answer to an older one would be no new computation.
        let again = try await calls.recomputeResult(
            request: assessor.request(
                .with { ($0.requestID, $0.resultID) = (UUID().uuidString, result.resultID) }), options: .ordinary)
        guard again.inputsEqual, again.scoresEqual else { throw Refusal("a new computation gives other figures") }
        Console.line("由留存的 \(Console.grouped(again.events)) 条事件重新计算：输入与得分逐位一致")
    }

    /// What events say now about the units that have posts; it moves with every event.
    func showCurrentFigures() async throws {
        let assessor = try await bearer(Post.assessor)
        var rows: [[String]] = []
        for figure in Self.eventFigures {
            for unit in Set(posts.map(\.unit)).sorted() {
                let derived = try await calls.getDerivedValue(
                    request: assessor.request(
                        .with { ($0.indicatorID, $0.unitID, $0.period) = (figure.id, unit, period) }),
                    options: .ordinary
                ).derived
                guard derived.hasValue else { continue }
                rows.append([
                    figure.name, name(of: unit), "\(derived.value.printed)%",
                    "\(derived.numerator)/\(derived.denominator)", String(derived.events),
                ])
            }
        }
        Console.table(["指标", "单位", "现值", "分子/分母", "事件"], rows, right: [2, 3, 4])
    }
}
