extension ScopedCalls {
    private static let indicator = """
        {"indicator": {"indicator_id": "funds-$unit", "name": "到位资金", "measure": "亿元", "decimals": 2,
            "direction": "MORE", "source": "REPORTS", "period": "MONTH", "report_days": 10, "owner_unit_id": "$unit"}}
        """
    private static let derived = """
        {"indicator": {"indicator_id": "replies-$unit", "name": "按期答复率", "measure": "%", "decimals": 2,
            "direction": "MORE", "source": "EVENTS", "derivation": "ON_TIME_REPLY", "period": "MONTH",
            "owner_unit_id": "$unit"}}
        """
    private static let content = """
        "content": {"method": {"set": {"total": {"unscaled": 100}, "source": "附件2",
            "rows": [{"unit_id": "$unit", "target": {"unscaled": 100}}]}}}
        """
    private static let march = #""period": {"kind": "MONTH", "year": 2020, "number": 3}"#
    private static let report = """
        {"indicator_id": "funds-$unit", "unit_id": "$unit", \(march), "value": {"unscaled": 5}}
        """
    private static let everybody = "what the tiers are measured by is one for all"

    static let assessment = ScopedCalls(
        objects: [
            Making("SetIndicator", indicator, "indicator"),
            Making("SetIndicator", derived, "indicator", as: "derived"),
            Making("DraftTargets", "{\"indicator_id\": \"funds-$unit\", \"year\": 2020, \(content)}", "targets"),
            Making("ReportValue", report, "value"),
        ],
        calls: [
            Scoped("SetIndicator", indicator),
            Scoped("DraftTargets", "{\"indicator_id\": \"funds-$unit\", \"year\": 2021, \(content)}"),
            Scoped("EditTargets", "{\"targets_id\": \"$targets\", \(content)}"),
            Scoped("AcknowledgeMismatches", #"{"targets_id": "$targets", "reason": "按文件"}"#),
            Scoped("SubmitTargets", #"{"targets_id": "$targets"}"#),
            Scoped("ReviewTargets", #"{"targets_id": "$targets"}"#),
            Scoped("ReturnTargets", #"{"targets_id": "$targets", "reason": "重新分解"}"#),
            Scoped("ApproveTargets", #"{"targets_id": "$targets"}"#),
            Scoped("ReviseTargets", #"{"targets_id": "$targets", "reason": "年中调整"}"#),
            Scoped("ReportValue", report),
            Scoped("GetValue", #"{"value_id": "$value"}"#),
            Scoped("ListValues", "{\"indicator_id\": \"funds-$unit\", \(march)}", .leftOut("value")),
            Scoped("GetDerivedValue", "{\"indicator_id\": \"replies-$unit\", \"unit_id\": \"$unit\", \(march)}"),
            Scoped("ReviseValue", #"{"value_id": "$value", "value": {"unscaled": 6}, "reason": "更正"}"#),
            Scoped("VerifyValue", #"{"value_id": "$value", "value": {"unscaled": 6}, "reason": "核实"}"#),
            Scoped("ReopenValue", #"{"value_id": "$value", "reason": "复核"}"#),
            Scoped(
                "TraceScore", #"{"result_id": "$new", "unit_id": "$unit", "code": "funds"}"#, endsInNotFound: true),
        ],
        others: [
            "ChangeTier": everybody, "DraftScheme": everybody, "EditScheme": everybody, "ReviseScheme": everybody,
            "PublishScheme": everybody, "TryScheme": everybody, "ComputeResult": everybody, "PublishResult": everybody,
            "DiscardResult": everybody, "RecomputeResult": everybody, "SetAwardRules": everybody,
            "ProposeAwards": everybody, "ListAwards": everybody, "GetConsumedEvent": "only for a scope of all units",
        ])
}
