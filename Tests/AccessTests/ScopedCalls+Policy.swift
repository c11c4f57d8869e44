extension ScopedCalls {
    private static let document = """
        {"document": {"number": "〔2020〕$new号", "title": "通知", "issuing_unit_ids": ["$unit"], "level": "CITY",
            "kind": "SUPPORTIVE", "issued_on": {"year": 2020, "month": 4, "day": 17}}}
        """
    private static let content = """
        "content": {"title": "新三板挂牌奖励", "summary": "一次奖励", "clause": "挂牌成功", "responsible_unit_id": "$unit",
            "level": "CITY", "kind": "SUPPORTIVE", "benefit": {"fixed": {"fen": 100}}, "audience": {"exact": true},
            "mode": "APPLICATION", "tags": [{"dimension": "POLICY_TYPE", "code": "award"}],
            "condition": {"list": {"list": "neeq-companies"}}}
        """

    static let policy = ScopedCalls(
        objects: [
            Making("CreateDocument", document, "document"),
            Making("DraftPoint", "{\"document_id\": \"$document\", \(content)}", "point"),
        ],
        calls: [
            Scoped("CreateDocument", document),
            Scoped("DraftPoint", "{\"document_id\": \"$document\", \(content)}"),
            Scoped("GetPoint", #"{"point_id": "$point"}"#, .hidden),
            Scoped("ListPoints", #"{"state": "DRAFT", "page_size": 200}"#, .leftOut("point")),
            Scoped("ListPoints", #"{"state": "DRAFT", "responsible_unit_id": "$unit"}"#),
            Scoped("ListPointVersions", #"{"point_id": "$point"}"#),
            Scoped("EditPoint", "{\"point_id\": \"$point\", \(content)}"),
            Scoped("SubmitPoint", #"{"point_id": "$point"}"#),
            Scoped("ReturnPoint", #"{"point_id": "$point", "reason": "补充材料"}"#),
            Scoped("PublishPoint", #"{"point_id": "$point"}"#),
            Scoped("WithdrawPoint", #"{"point_id": "$point", "reason": "文件失效"}"#),
            Scoped("RevisePoint", #"{"point_id": "$point"}"#),
        ])
}
