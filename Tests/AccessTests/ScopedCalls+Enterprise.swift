extension ScopedCalls {
    private static let place = "bounded by the region of the enterprise; Tests/EnterpriseServiceTests/AccessTests.swift"
    private static let whole = "tells of the whole library"

    static let enterprise = ScopedCalls(
        calls: [
            // A source is a unit, and its right is asked for before the enterprise is looked for.
            Scoped(
                "RecordAttributes",
                """
                {"enterprise_id": "$new", "records": [{"attribute": "employees", "value": {"integer": 5},
                    "source": "$unit", "period": {"start": {"year": 2020, "month": 1, "day": 1}}}]}
                """, endsInNotFound: true)
        ],
        others: [
            "GetEnterprise": place, "ListEnterprises": place, "GetAttributes": place, "SetListMembership": place,
            "ChooseTags": place, "ExplainPoint": place, "ListMatches": place, "LoadEnterprises": whole,
            "ListLoadErrors": whole, "GetAudience": whole, "ListAudienceMembers": whole, "PreviewAudience": whole,
        ])
}
