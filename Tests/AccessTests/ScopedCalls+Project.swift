extension ScopedCalls {
    private static let information = """
        {"information_class": "PROJECT", "collector": "DEVELOPING_ENTITY", "unit_id": "$unit", "subject": "项目信息",
            "content": "拟投资"}
        """
    private static let lead = """
        {"source": "EXTERNAL_INVESTMENT", "unit_id": "$unit", "content": {"investor": "鲁中重工集团", "industry": "C35",
            "investment": {"total": {"fen": 5000000000}}, "origin": "商会推荐"}}
        """
    private static let profile = """
        "profile": {"name": "智能装备产业园", "unit_id": "$unit", "region": "$region", "site": "一号地块",
            "investor": "鲁中重工集团", "source": "ATTRACTED", "nature": "NEW", "size": "LARGE", "industry": "C35",
            "investment": {"total": {"fen": 10000000000}, "domestic": {"fen": 10000000000}}}
        """
    private static let bureau = """
        "unit_id": "$unit", "aspects": ["INDUSTRY"], "combines": true
        """
    private static let request = """
        {"project_id": "$project", "applicant_unit_id": "$unit", "truth_assured": true,
            "papers": [{"title": "可研报告", "number": "1"}]}
        """
    private static let day = #"{"year": 2020, "month": 4, "day": 1}"#
    private static let plan = """
        "plan": {"milestones": [{"name": "封顶", "due_on": {"year": 2020, "month": 9, "day": 1}, "unit_id": "$unit",
            "post": "分管副镇长"}], "cadence": "MONTHLY", "reports_from": {"year": 2020, "month": 3, "day": 1}}
        """

    static let project = ScopedCalls(
        objects: [
            Making("FileInformation", information, "information"),
            Making("ReportLead", lead, "lead"),
            Making("ReportLead", lead, "lead", as: "second"),
            Making("CreateProject", "{\(profile)}", "project"),
            // The unit alone is asked and combines, so that nobody else has to do with the pre-assessment.
            Making("SetOpinionBureau", "{\"bureau\": {\(bureau), \"active\": true}}", "bureau"),
            Making("RequestPreAssessment", request, "pre_assessment"),
            Making("SetOpinionBureau", "{\"bureau\": {\(bureau), \"active\": false, \"version\": 1}}", "bureau"),
        ],
        calls: informationAndLeads + projects + preAssessments,
        others: [
            "SetExpert": "the pool is one for all", "ListExperts": "the pool is one for all",
            "SetLightRules": "the rules are the same for all", "ListOpinionBureaus": "the list is one for all",
            "MergeLeads": "names the versions of two leads; Tests/ProjectServiceTests/ProjectTests.swift",
        ])

    private static let informationAndLeads = [
        Scoped("FileInformation", information),
        Scoped("GetInformation", #"{"information_id": "$information"}"#, .hidden),
        Scoped("ListInformation", #"{"page_size": 200}"#, .leftOut("information")),
        Scoped(
            "SortInformation",
            #"{"information_id": "$information", "information_class": "PROJECT", "handling_unit_id": "$unit"}"#),
        Scoped("DisposeInformation", #"{"information_id": "$information", "disposal": "已对接"}"#),
        Scoped("FeedBackInformation", #"{"information_id": "$information", "feedback": "已办理"}"#),
        Scoped("ReportLead", lead),
        Scoped("GetLead", #"{"lead_id": "$lead"}"#, .hidden),
        Scoped("ListLeads", #"{"page_size": 200}"#, .leftOut("lead")),
        Scoped("ProposePlacement", #"{"lead_id": "$second", "unit_id": "$unit"}"#),
        Scoped("ProposePlacement", #"{"lead_id": "$second", "unit_id": "$unit", "as_office": true}"#),
        Scoped("RecommendLead", #"{"lead_id": "$lead", "unit_ids": ["$unit"]}"#),
        Scoped("TakeLead", #"{"lead_id": "$lead", "unit_id": "$unit"}"#),
        Scoped("MoveLead", #"{"lead_id": "$lead", "unit_id": "$unit", "reason": "更合适"}"#),
        Scoped("CloseLead", #"{"lead_id": "$lead", "reason": "重复"}"#),
    ]

    private static let projects = [
        Scoped("CreateProject", "{\(profile)}"),
        Scoped("GetProject", #"{"project_id": "$project"}"#, .hidden),
        Scoped("ListProjects", #"{"page_size": 200}"#, .leftOut("project")),
        Scoped("ListProjects", #"{"unit_id": "$unit"}"#),
        Scoped("ListStageEntries", #"{"project_id": "$project"}"#, .hidden),
        Scoped("ListReports", #"{"project_id": "$project"}"#, .hidden),
        Scoped("ListLightChanges", #"{"project_id": "$project"}"#, .hidden),
        Scoped("ListProblems", #"{"project_id": "$project"}"#, .hidden),
        Scoped("GetRate", #"{"kind": "START", "unit_id": "$unit"}"#),
        Scoped("EditProject", "{\"project_id\": \"$project\", \(profile)}"),
        Scoped(
            "AdvanceProject",
            """
            {"project_id": "$project", "stage": "NEGOTIATING", "entered_on": \(day), "reason": "按进度",
                "evidence": [{"kind": "NEGOTIATION", "number": "1", "dated": \(day)}]}
            """),
        Scoped(
            "AdmitProject",
            #"{"project_id": "$project", "fits_plan": true, "fits_industry": true, "fits_park": true}"#),
        Scoped(
            "ExceptProject",
            "{\"project_id\": \"$project\", \"decision_number\": \"〔2020〕1号\", \"decided_on\": \(day)}"),
        Scoped("RemoveProject", #"{"project_id": "$project", "reason": "不再实施"}"#),
        Scoped("SetPlan", "{\"project_id\": \"$project\", \(plan)}"),
        Scoped("ReachMilestone", "{\"project_id\": \"$project\", \"milestone\": 1, \"reached_on\": \(day)}"),
        Scoped(
            "SubmitReport",
            """
            {"project_id": "$project", "picture": "主体施工", "figures": {"completed": {"fen": 1}},
                "period": {"start": {"year": 2020, "month": 3, "day": 1}, "end": {"year": 2020, "month": 4, "day": 1}}}
            """),
        Scoped("EnterStatistics", "{\"project_id\": \"$project\", \"entered_on\": \(day)}"),
    ]

    private static let preAssessments = [
        Scoped("SetOpinionBureau", "{\"bureau\": {\(bureau), \"active\": false}}"),
        Scoped("RequestPreAssessment", request),
        Scoped("GetPreAssessment", #"{"pre_assessment_id": "$pre_assessment"}"#, .hidden),
        Scoped("ListPreAssessments", #"{"page_size": 200}"#, .leftOut("pre_assessment")),
        Scoped(
            "GiveOpinion",
            """
            {"pre_assessment_id": "$pre_assessment", "bureau_unit_id": "$unit", "opinion": "AGREES", "text": "同意"}
            """),
        Scoped("DrawExperts", #"{"pre_assessment_id": "$pre_assessment", "count": 1, "aspects": ["INDUSTRY"]}"#),
        Scoped(
            "RecordExpertOpinion",
            """
            {"pre_assessment_id": "$pre_assessment", "expert_id": "$new", "opinion": "AGREES", "text": "同意"}
            """),
        Scoped("CombinePreAssessment", #"{"pre_assessment_id": "$pre_assessment", "result": "PASSED", "text": "通过"}"#),
        Scoped("WithdrawPreAssessment", #"{"pre_assessment_id": "$pre_assessment"}"#),
        Scoped("SuspendProject", #"{"project_id": "$project", "reason": "资金未到位"}"#),
        Scoped("ResumeProject", #"{"project_id": "$project"}"#),
        Scoped("TerminateProject", #"{"project_id": "$project", "reason": "投资方退出"}"#),
    ]
}
