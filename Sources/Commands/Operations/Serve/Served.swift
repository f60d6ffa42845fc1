/// An operation that a server carries out for others, at `/v1/` and its route.
public protocol Served: Operation {
    /// The last part of its address.
    static var route: String { get }
}

// The names that clients and servers share. A new version of a client must find the old ones.

extension Status: Served { public static let route = "status" }
extension ReadLog: Served { public static let route = "log" }
extension DeployHistory: Served { public static let route = "history" }
extension Compare: Served { public static let route = "diff" }
extension Due: Served { public static let route = "due" }
extension ExplainState: Served { public static let route = "explain" }
extension Gate: Served { public static let route = "gate" }
extension ListIncidents: Served { public static let route = "incidents" }
extension ShowIncident: Served { public static let route = "incident" }
extension ListMarks: Served { public static let route = "marks" }
extension ListRollbackTargets: Served { public static let route = "targets" }
extension ListRuns: Served { public static let route = "runs" }
extension ShowRun: Served { public static let route = "run" }
extension ShowEntry: Served { public static let route = "entry" }
extension TraceRelease: Served { public static let route = "trace" }
extension RecordFact: Served { public static let route = "fact" }
extension RecordFacts: Served { public static let route = "facts" }
