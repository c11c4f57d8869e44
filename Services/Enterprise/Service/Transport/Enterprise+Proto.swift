import CommonContracts
import Domain
import EnterpriseContracts
import EnterpriseDomain
import Postgres
import ServiceRuntime
import SwiftProtobuf
import Wire

extension Zhitongche_Enterprise_V1_SizeClass {
    /// The class on the wire; UNSPECIFIED while it is not known.
    init(_ size: SizeClass?) {
        switch size {
        case .large: self = .large
        case .medium: self = .medium
        case .small: self = .small
        case .micro: self = .micro
        case nil: self = .unspecified
        }
    }

    /// The class of the field; nil for UNSPECIFIED.
    ///
    /// - Throws: ``Problem`` INVALID_ARGUMENT for a number that the contract does not know.
    func size(field: String) throws -> SizeClass? {
        switch self {
        case .large: .large
        case .medium: .medium
        case .small: .small
        case .micro: .micro
        case .unspecified: nil
        case .UNRECOGNIZED: throw Problem.invalid(field, "is not a known size class")
        }
    }
}

extension RegistryStatus {
    /// The state on the wire.
    var wire: Zhitongche_Enterprise_V1_RegistryStatus {
        switch self {
        case .active: .active
        case .revoked: .revoked
        case .cancelled: .cancelled
        }
    }
}

extension TagOrigin {
    /// The origin on the wire.
    var wire: Zhitongche_Enterprise_V1_TagOrigin {
        switch self {
        case .derived: .derived
        case .chosen: .chosen
        case .given: .given
        }
    }
}

extension EnterpriseRow {
    /// The enterprise on the wire, the representative masked (ENT-1).
    func wire(vault: Vault) throws -> Zhitongche_Enterprise_V1_Enterprise {
        let representative = try vault.open(sealedRepresentative, of: creditCode)
        return .with {
            $0.enterpriseID = id
            $0.ordinal = profile.ordinal
            $0.creditCode = creditCode
            $0.name = name
            $0.maskedRepresentative = NameComparison.masked(representative)
            $0.nature = profile.nature.rawValue
            $0.region = profile.region.description
            $0.address = address
            $0.industry = profile.industry.description
            $0.foundedOn = profile.foundedOn.wire
            if let capital = profile.capital { $0.capital = capital.wire }
            $0.status = profile.status.wire
            $0.size = .init(profile.size)
            $0.tags = profile.tags().map { tag, origin in
                .with {
                    $0.tag = tag.wire
                    $0.origin = origin.wire
                }
            }
            $0.lists = profile.lists.map(\.text).sorted()
            $0.version = seq
        }
    }
}

extension AttributeRecord {
    /// Reads a record of a request.
    ///
    /// - Throws: `DomainError` or ``Problem`` naming the part of `field` at fault.
    init(_ wire: Zhitongche_Enterprise_V1_AttributeRecord, field: String) throws {
        guard wire.hasValue else { throw Problem.invalid("\(field).value", "is required") }
        guard wire.hasPeriod else { throw Problem.invalid("\(field).period", "is required") }
        try Identifiers.check(wire.source, field: "\(field).source", length: 1...64)
        let value = try AttributeValue(wire.value, field: "\(field).value")
        switch value {
        case .text(let text): try Identifiers.check(text, field: "\(field).value.text", length: 1...256)
        case .set(let codes):
            for code in codes { try Identifiers.check(code, field: "\(field).value.set", length: 1...64) }
        case .boolean, .integer, .decimal, .money, .ratio, .date: break
        }
        let start =
            wire.period.hasStart ? try CivilDate(wire.period.start, field: "\(field).period.start") : .earliest
        let end = wire.period.hasEnd ? try CivilDate(wire.period.end, field: "\(field).period.end") : nil
        try self.init(
            key: AttributeKey(wire.attribute, field: "\(field).attribute"),
            value: value, period: Period(from: start, until: end, field: "\(field).period"), source: wire.source,
            field: field)
    }

    /// The record on the wire.
    func wire(recordedAt: Instant) -> Zhitongche_Enterprise_V1_AttributeRecord {
        .with {
            $0.attribute = key.text
            $0.value = value.wire
            $0.period = .with {
                if period.start != .earliest { $0.start = period.start.wire }
                if let end = period.end { $0.end = end.wire }
            }
            $0.source = source
            $0.recordedAt = Google_Protobuf_Timestamp(recordedAt)
        }
    }
}

extension LoadRepository.Progress {
    /// The report of a load.
    var wire: Zhitongche_Enterprise_V1_LoadEnterprisesResponse {
        .with {
            $0.loadID = loadID
            $0.rows = rows
            $0.created = created
            $0.changed = changed
            $0.unchanged = unchanged
            $0.rejected = rejected
        }
    }
}
