import PolicyDomain
import ServiceRuntime

/// A command on a point.
protocol PointUseCase: UseCase where Parts == PolicyStore {
    var id: PointID { get }
}

extension PointUseCase {
    var object: String { "point \(id)" }
}
