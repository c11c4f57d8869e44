import Domain
import Foundation

/// What the tests of matching begin with.
enum MatchingSample {
    /// Six enterprises: three with enough employees, one with too few, one without figures, one struck off.
    static func rows() throws -> [Row] {
        try [
            ("120", "active"), ("100", "active"), ("99", "active"), ("", "active"), ("500", "active"),
            ("500", "revoked"),
        ]
        .enumerated().map { index, row in
            try Row(index + 1).with {
                ($0.employees, $0.status) = row
                $0.year = row.0.isEmpty ? "" : "2019"
                $0.region = index < 2 ? "370902" : "370911"
            }
        }
    }

    /// At least so many employees, in the prefecture.
    static func condition(_ least: Int64 = 100) -> Domain.Condition {
        .all([
            .attribute(Sample.key("employees"), .greaterOrEqual(.integer(least))),
            .region(within: Sample.region("370900")),
        ])
    }
}
