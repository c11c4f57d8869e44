/// The W3C trace context of the work at hand, as text; written into every event (XCT-14).
public enum TraceParent {
    /// Set by the runtime around every call and every handled event; nil outside of them.
    @TaskLocal public static var current: String?
}
