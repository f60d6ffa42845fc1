import Ledger
import Support
import Testing

@testable import Projections

/// The details of view lines: each is written as it was read, and a member of another form counts
/// as absent.
struct DetailTests {
    private func same<D: ViewDetail>(_ text: String, _ type: D.Type) throws {
        #expect(D(try JSONValue(parsing: text)).text == text)
    }

    @Test func everyDetailIsWrittenAsItWasRead() throws {
        let moment = "[1795165200000000,7]"
        let time = "\"2026-11-20T09:00:00Z\""
        try same(
            "{\"at\":\(moment),\"began\":\(moment),\"bundle\":\"ab\",\"corrected\":9,"
                + "\"former\":{\"at\":\(moment),\"by\":\"alice\",\"tag\":\"v1\"},"
                + "\"hosts\":{\"web1\":{\"digest\":\"x\",\"entry\":7,\"reachable\":true,"
                + "\"time\":\(time)}},\"own\":true,\"putBack\":true,\"verified\":true}",
            EnvironmentDetail.self)
        try same(
            "{\"approvals\":[{\"by\":\"bob\",\"entry\":5,\"known\":\"declared\",\"way\":\"apart\"}],"
                + "\"began\":true,\"bypass\":{\"by\":\"carol\",\"entry\":6,\"known\":\"signed\","
                + "\"reason\":\"night\"},\"kind\":\"deploy\",\"needed\":2,\"plan\":\"ab\","
                + "\"recorded\":\(time),\"steps\":3,\"token\":4,\"told\":true,\"why\":\"x\"}",
            RunDetail.self)
        try same(
            "{\"attempt\":1,\"exitCode\":0,\"host\":\"web1\",\"name\":\"switch\",\"ran\":false,"
                + "\"token\":4}", StepDetail.self)
        try same("{\"holder\":\"x\",\"run\":\"id\",\"seconds\":60}", LeaseDetail.self)
        try same("{\"own\":[\"a\"],\"runs\":[\"a\",\"b\"]}", HalfWayDetail.self)
        try same("{\"run\":\"id\",\"told\":true}", DeploymentDetail.self)
        try same(
            "{\"reason\":\"slow\",\"removed\":\(moment),\"words\":[{\"at\":\(moment),\"by\":"
                + "\"alice\",\"environment\":\"production\",\"reason\":\"slow\",\"tag\":\"v1\","
                + "\"time\":\(time)}]}", MarkDetail.self)
        try same(
            "{\"opened\":\(moment),\"words\":{\"by\":\"alice\",\"environment\":\"production\","
                + "\"name\":\"db-down\",\"tag\":\"v1\"}}", IncidentDetail.self)
    }

    @Test(arguments: ["[]", "null", "7", "{\"hosts\":[],\"words\":7,\"approvals\":{},\"at\":[1]}"])
    func anotherFormCountsAsAbsent(_ text: String) throws {
        let json = try JSONValue(parsing: text)
        #expect(EnvironmentDetail(json).text == "{}")
        #expect(RunDetail(json).text == "{}")
        #expect(StepDetail(json).text == "{}")
        #expect(MarkDetail(json).text == "{}")
    }
}
