import Foundation
import Support
import Testing

/// All that needs the fleet, one test after the other: there is one fleet.
@Suite(.serialized, .enabled(if: Fleet.folder != nil, Comment(rawValue: Fleet.missing)))
enum RigTests {}

extension RigTests {
    /// Containers on two servers behind a proxy, one after the other.
    @Suite struct RollingTests {
        /// What the proxy's callers met: how many had no answer, how many had one, and the reports.
        private struct Load: CustomStringConvertible {
            var bad = 0
            var good = 0
            var description = ""

            mutating func add(_ report: String) {
                for match in report.matches(of: #/\[(\d+)\]\s+(\d+) responses/#) {
                    if match.1 == "200" {
                        good += Int(match.2) ?? 0
                    } else {
                        bad += Int(match.2) ?? 0
                    }
                }
                if let errors = report.range(of: "Error distribution:") {
                    for match in report[errors.upperBound...].matches(of: #/\[(\d+)\]/#) {
                        bad += Int(match.1) ?? 0
                    }
                }
                let from = report.range(of: "Status code distribution:")?.lowerBound
                description += report[(from ?? report.startIndex)...]
            }
        }

        /// Sends the proxy 100 requests a second, and beside them two callers whose requests take a
        /// second each, for as long as `work` goes on.
        private func load(
            _ fleet: Fleet, port: Int = 8000, during work: () throws -> Void
        ) throws -> Load {
            let quick = ["-c", "4", "-q", "25", "http://198.18.0.1:\(port)/"]
            let slow = ["-c", "2", "http://198.18.0.1:\(port)/cgi-bin/slow"]
            let callers = try zip([quick, slow], ["quick", "slow"]).map { arguments, name in
                let caller = Process()
                caller.executableURL = URL(filePath: "/usr/bin/hey")
                caller.arguments =
                    ["-z", "10m", "-t", "5", "-disable-keepalive"] + arguments
                try fleet.sandbox.write(name, "")
                caller.standardOutput = try FileHandle(
                    forWritingTo: URL(filePath: fleet.sandbox.path(name)))
                try caller.run()
                return caller
            }
            // Told to stop, a caller still hears the answers that it waits for.
            defer { for caller in callers where caller.isRunning { caller.terminate() } }
            Thread.sleep(forTimeInterval: 0.5)
            try work()
            for caller in callers {
                caller.interrupt()
                caller.waitUntilExit()
            }
            var load = Load()
            for name in ["quick", "slow"] { load.add(fleet.sandbox.read(name)) }
            return load
        }

        /// The same with each of the other proxies' example scripts.
        @Test(arguments: ["nginx", "caddy"])
        func otherProxiesLetNobodyWaitInVain(proxy: String) throws {
            try goesOut(behind: proxy, port: proxy == "nginx" ? 8001 : 8002)
        }

        /// A test of its own: one that is left out among others is told of by nobody.
        @Test(.enabled(if: Fleet.hasTraefik, "traefik could not be had: see Tests/Rig/traefik"))
        func traefikLetsNobodyWaitInVain() throws { try goesOut(behind: "traefik", port: 8003) }

        private func goesOut(behind proxy: String, port: Int) throws {
            let fleet = try Fleet(scripts: proxy)
            try fleet.rig("proxy \(proxy)")
            defer { try? fleet.rig("stop_proxy \(proxy)") }
            try fleet.expect("ledger deploy v1 --yes")
            let out = try load(fleet, port: port) {
                let said = try fleet.expect("ledger deploy v2 --yes")
                #expect(said.contains("undrain"))
            }
            #expect(out.bad == 0 && out.good > 300, "\(out)")
            #expect(try fleet.served() == ["v2", "v2"])
        }

        @Test func nobodyWaitsInVainWhileAReleaseGoesOutAndBack() throws {
            let fleet = try Fleet()
            try fleet.expect("ledger deploy v1 --yes")
            #expect(try fleet.status() == "v1 verified")
            let out = try load(fleet) {
                try fleet.expect("ledger deploy v2 --yes")
            }
            #expect(out.bad == 0 && out.good > 300, "\(out)")
            #expect(try fleet.served() == ["v2", "v2"])
            let back = try load(fleet) {
                try fleet.expect("ledger revert --to v1 --yes")
            }
            #expect(back.bad == 0 && back.good > 300, "\(back)")
            #expect(try fleet.served() == ["v1", "v1"])
            #expect(try fleet.status() == "v1 verified")
            // The control: the measure sees it when nobody serves.
            let control = try load(fleet) {
                for action in ["stop", "start"] {
                    for host in ["s1", "s2"] { try fleet.rig("on \(host) docker \(action) web") }
                }
            }
            #expect(control.bad > 0, "\(control)")
        }
    }
}
