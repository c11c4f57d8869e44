import Domain
import EnterpriseDomain
import Postgres

/// An enterprise as it is stored, with everything that matching goes by on one day.
struct EnterpriseRow: Sendable {
    /// UUIDv7.
    let id: String
    let creditCode: String
    let name: String
    /// The representative's name as the ``Vault`` sealed it; opened only to be shown masked (ENT-16).
    let sealedRepresentative: [UInt8]
    let address: String
    /// Version on the wire, and sequence number of the state's events.
    let seq: Int64
    var profile: EnterpriseProfile

    init(_ row: Row) throws {
        id = try row.get("id")
        creditCode = try row.get("credit_code")
        name = try row.get("name")
        sealedRepresentative = try row.get("representative_sealed")
        address = try row.get("address")
        seq = try row.get("seq")
        profile = EnterpriseProfile(
            ordinal: try row.get("ordinal"), nature: try row.word("nature"), region: try RegionCode(row.get("region")),
            industry: try IndustryCode(row.get("industry")), foundedOn: try .stored(row, "founded_on"),
            capital: try row.get("capital_fen", as: Int64?.self).map(Money.init(fen:)), status: try row.word("status"))
    }

    init(
        id: String, creditCode: String, name: String, sealedRepresentative: [UInt8], address: String, seq: Int64,
        profile: EnterpriseProfile
    ) {
        self.id = id
        self.creditCode = creditCode
        self.name = name
        self.sealedRepresentative = sealedRepresentative
        self.address = address
        self.seq = seq
        self.profile = profile
    }
}
