import Domain

/// Identifies a policy document (POL-1).
public typealias DocumentID = Identifier<Document>
/// Identifies a policy point over all of its versions (POL-2).
public typealias PointID = Identifier<Point>
