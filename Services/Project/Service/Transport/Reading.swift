import CommonContracts
import Domain
import Foundation
import ProjectContracts
import ProjectDomain
import ServiceRuntime
import SwiftProtobuf
import Wire

extension USDollars {
    /// Reads an amount of foreign money, which is US dollars.
    init(_ wire: Zhitongche_Common_V1_ForeignMoney, field: String) throws(DomainError) {
        guard wire.currency == "USD" else {
            throw DomainError("\(field).currency", .malformed(expected: "USD"))
        }
        self.init(cents: wire.cents)
    }

    var wire: Zhitongche_Common_V1_ForeignMoney {
        .with {
            $0.cents = cents
            $0.currency = "USD"
        }
    }
}

extension Investment {
    init(_ wire: Zhitongche_Project_V1_Investment, field: String) throws(InvalidFields) {
        let foreign: USDollars
        do {
            foreign = wire.hasForeign ? try USDollars(wire.foreign, field: "\(field).foreign") : .zero
        } catch {
            throw InvalidFields([error])
        }
        try self.init(
            total: Money(wire.total), domestic: Money(wire.domestic), foreign: foreign, field: field)
    }

    var wire: Zhitongche_Project_V1_Investment {
        .with {
            $0.total = total.wire
            $0.domestic = domestic.wire
            if foreign != .zero { $0.foreign = foreign.wire }
        }
    }
}

extension ProgressFigures {
    init(_ wire: Zhitongche_Project_V1_ProgressFigures) throws {
        try self.init(
            completed: Money(wire.completed), domesticInPlace: Money(wire.domesticInPlace),
            foreignInPlace: wire.hasForeignInPlace
                ? USDollars(wire.foreignInPlace, field: "figures.foreign_in_place") : .zero)
    }

    var wire: Zhitongche_Project_V1_ProgressFigures {
        .with {
            $0.completed = completed.wire
            $0.domesticInPlace = domesticInPlace.wire
            if foreignInPlace != .zero { $0.foreignInPlace = foreignInPlace.wire }
        }
    }
}

extension Investor {
    /// Reads name and credit code below a field.
    init(name: String, creditCode: String, field: String) throws(InvalidFields) {
        let code: CreditCode?
        do {
            code = creditCode.isEmpty ? nil : try CreditCode(creditCode, field: "\(field).investor_credit_code")
        } catch {
            throw InvalidFields([error])
        }
        try self.init(name: stored(name), creditCode: code, field: "\(field).investor")
    }
}

extension Month {
    /// Reads the wire's month.
    init(_ wire: Zhitongche_Common_V1_Month, field: String) throws(DomainError) {
        try self.init(year: Int(wire.year), month: Int(wire.month), field: field)
    }

    var wire: Zhitongche_Common_V1_Month {
        .with {
            $0.year = Int32(year)
            $0.month = Int32(month)
        }
    }
}
