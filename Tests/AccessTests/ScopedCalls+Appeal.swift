extension ScopedCalls {
    private static let problem = """
        {"kind": "PROBLEM", "applicant_unit_id": "$unit", "region_code": "$region",
            "content": {"title": "用地手续", "text": "手续未办结"}}
        """
    /// A case which the unit has, to handle it.
    private static let file = #""case_id": "$file""#
    /// A case for which the unit has applied.
    private static let plea = #""case_id": "$plea""#
    private static let region = "dispatchers and the office are bounded by the region of the case"

    static let appeal = ScopedCalls(
        objects: [
            Making("SubmitCase", problem, "case", as: "file"),
            Making("AcceptCase", "{\(file)}", "case", as: "file"),
            Making("AssignCase", "{\(file), \"unit_id\": \"$unit\"}", "case", as: "file"),
            Making("TakeUpCase", "{\(file)}", "case", as: "file"),
            Making(
                "IssueSupervision", "{\(file), \"ground\": \"GRAVE\", \"demand\": \"限期办结\", \"days\": 5}",
                "supervision"),
            Making("SubmitCase", problem, "case", as: "plea"),
        ],
        calls: applicants + handlers + readers,
        others: [
            "AcceptCase": region, "RefuseCase": region, "AssignCase": region, "DecideCase": region,
            "DecideExtension": region, "WriteOffCase": region, "IssueSupervision": region,
            "PutOnSupervisionList": region, "ReferToAccountability": region, "ReturnSupervisionAnswer": region,
            "CloseSupervision": region, "DecideRectification": region,
            "TransferCase": "takes the case away from its unit; Tests/AppealServiceTests/CaseTests.swift",
            "AnswerRectification": "needs a case rated low; Tests/AppealServiceTests/HandlingCommandTests.swift",
            "ListRectifications": "shows what the caller sees; Tests/AppealServiceTests/ConcealmentTests.swift",
            "ListSupervisions": "the list is public among staff", "SetDeadlineRule": "the rules are the same for all",
        ])

    private static let applicants = [
        Scoped("SubmitCase", problem),
        Scoped("EditCase", "{\(plea), \"content\": {\"title\": \"用地\", \"text\": \"补充\"}}", .hidden),
        Scoped("SupplyInformation", "{\(plea), \"text\": \"补充材料\"}", .hidden),
        Scoped("RateCase", "{\(plea), \"mark\": 5}", .hidden),
        Scoped("ReopenCase", "{\(plea), \"reason\": \"未解决\"}", .hidden),
        Scoped("WithdrawCase", "{\(plea), \"reason\": \"已解决\"}", .hidden),
    ]

    private static let handlers = [
        Scoped("AskApplicant", "{\(file), \"question\": \"请补充\"}", .hidden),
        Scoped("PromiseReply", "{\(file), \"day\": {\"year\": 2020, \"month\": 4, \"day\": 22}}", .hidden),
        Scoped("RequestExtension", "{\(file), \"days\": 2, \"reason\": \"情况复杂\"}", .hidden),
        Scoped("AnswerSupervision", #"{"supervision_id": "$supervision", "answer": "已办结"}"#, .hidden),
        Scoped("EscalateCase", "{\(file), \"reason\": \"超出权限\"}", .hidden),
        Scoped("ReplyCase", "{\(file), \"text\": \"已批复\"}", .hidden),
        Scoped("ResolveCase", "{\(file), \"note\": \"已解决\"}", .hidden),
        Scoped("TakeUpCase", "{\(file)}", .hidden),
        Scoped("ReturnCase", "{\(file), \"reason\": \"不属职责\"}", .hidden),
    ]

    private static let readers = [
        Scoped("GetCase", "{\(plea)}", .hidden), Scoped("ListTrail", "{\(plea)}", .hidden),
        Scoped("ExplainDeadlines", "{\(plea)}", .hidden),
        Scoped("AddComment", "{\(plea), \"text\": \"请关注\"}", .hidden),
        Scoped("ListCases", #"{"page_size": 200}"#, .leftOut("plea")),
        Scoped(
            "GetUnitRatings",
            """
            {"unit_id": "$unit", "replied_in": {"start": {"year": 2020, "month": 4, "day": 1},
                "end": {"year": 2020, "month": 5, "day": 1}}}
            """),
        Scoped("ListRatings", #"{"unit_id": "$unit"}"#),
    ]
}
