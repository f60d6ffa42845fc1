import CommandImporters
import Ledger
import Testing

/// Deliveries that come in another form than most.
struct DeliveryFormTests {
    private static let commit = String(repeating: "a1", count: 20)
    private static let other = String(repeating: "b2", count: 20)

    /// In binary mode the data may be of any type: the event is kept with its reason.
    @Test(arguments: ["text", "<a/>", "[1]", "7", "", "\u{FF}\u{FE}"])
    func aCloudEventWhoseDataIsNoObjectIsKept(data: String) throws {
        for type in ["com.example.report", "dev.cdevents.branch.created.0.2.0"] {
            let headers = [
                "ce-specversion": "1.0", "ce-type": type, "ce-id": "1", "ce-source": "/x",
                "content-type": "text/plain",
            ]
            let mapped = try DeliveryTests.map(.cloudevents, data, headers)
            #expect(mapped.facts.isEmpty && mapped.reason != nil)
            #expect(mapped.json == .string(data))
        }
        #expect(throws: DeliveryProblem.self) { try DeliveryTests.map(.cloudevents, data) }
        #expect(throws: DeliveryProblem.self) { try DeliveryTests.map(.github, data) }
    }

    /// Of the whole instance GitLab tells by system hooks, with a name of their own for the event.
    @Test func aSystemHookTellsOfAPush() throws {
        let body = """
            {"event_name": "push", "ref": "refs/heads/main", "before": "\(Self.other)",
             "after": "\(Self.commit)", "user_username": "dana",
             "project": {"path_with_namespace": "acme/shop"}, "commits": []}
            """
        let push = try DeliveryTests.map(.gitlab, body, ["x-gitlab-event": "System Hook"])
        #expect(
            push.facts.map(\.kind) == ["repo.pushed"]
                && push.facts.first?.fields["revision"] == .string(Self.commit))
        let other = try DeliveryTests.map(
            .gitlab, #"{"event_name": "user_create"}"#, ["x-gitlab-event": "System Hook"])
        #expect(other.facts.isEmpty && other.reason?.contains("user_create") == true)
    }
}
