import Foundation
import Support
import Testing

/// `kill -9` of a real `ledger revert`, before and after every step of six; then `runs resume`.
struct KillTests {
    /// Steps write down that they ran. Each kills the ledger that runs it where `kill-at` says so:
    /// before it has done anything, or when it is done. Steps 2, 5 and 6 must not run twice: 2 has
    /// a check, 5 is seen by what runs, and of 6 nothing tells.
    private static func prepare(_ place: Place) async throws {
        let step = """
            #!/bin/sh
            [ "$(cat kill-at 2>/dev/null)" != "before-$1" ] || { rm kill-at; kill -9 $PPID; exec sleep 0.3; }
            echo "$LEDGER_TAG $1" >> acted
            [ "$1" != 5 ] || echo "$LEDGER_DIGEST" > running
            [ "$(cat kill-at 2>/dev/null)" != "after-$1" ] || { rm kill-at; kill -9 $PPID; }
            exit 0
            """
        let check = "#!/bin/sh\ngrep -q \"^$LEDGER_TAG $1$\" acted\n"
        try place.sandbox.write("scripts/step", step, executable: true)
        try place.sandbox.write("scripts/check", check, executable: true)
        try place.sandbox.write("scripts/observe", "#!/bin/sh\ncat running\n", executable: true)
        var steps = ""
        for number in 1...6 {
            steps +=
                "      - {name: s\(number), run: [scripts/step, \"\(number)\"], time-limit: 20s"
            if number == 2 { steps += ", once: true, check: [scripts/check, \"2\"]" }
            if number >= 5 { steps += ", once: true" }
            steps += "}\n"
        }
        try place.sandbox.write(
            "ledger.yaml",
            """
            environments: {production: {}}
            services:
              web:
                deploy:
            \(steps)    observe: {run: [scripts/observe], time-limit: 1s}
            """)
        _ = try await place.run("ledger init")
        for tag in ["v1", "v2"] {
            let digit = tag == "v1" ? "1" : "2"
            _ = try await place.run(
                "ledger record image.tagged --service web --tag \(tag) --digest sha256:"
                    + String(repeating: digit, count: 64))
            let said = try await place.run("ledger deploy \(tag) --yes")
            #expect(said.last?.hasPrefix("[exit") != true, "\(said)")
        }
        _ = try await place.run("rm acted")
    }

    @Test(arguments: 1...6, ["before", "after"])
    func killedAtAStepTheRevertIsResumed(step: Int, when: String) async throws {
        let place = try Place(try Sandbox())
        try await Self.prepare(place)
        try place.sandbox.write("kill-at", "\(when)-\(step)")
        let killed = try await place.run("ledger revert --to v1 --yes; echo code $?")
        #expect(killed.last == "code 137", "\(killed)")
        var said = try await place.run("ledger runs resume")
        if said.contains(where: { $0.hasPrefix("Unknown whether step") }) {
            // Only of these it may have to be asked, and of 5 only if it did not act.
            #expect(step == 5 && when == "before" || step == 6)
            let isDone = place.sandbox.read("acted").contains("v1 \(step)\n")
            said = try await place.run(
                "ledger runs resume \(isDone ? "--assume-done" : "--assume-not-done") \(step)")
        } else {
            #expect(step != 6)
        }
        #expect(said.contains("production: web runs v1 (verified)"), "\(said)")
        let acted = place.sandbox.read("acted").split(separator: "\n").map(String.init)
        #expect(Set(acted) == Set((1...6).map { "v1 \($0)" }))
        for once in [2, 5, 6] {
            #expect(acted.filter { $0 == "v1 \(once)" }.count == 1, "\(acted)")
        }
        #expect(try await place.run("ledger verify").first?.hasSuffix("all verified") == true)
        #expect(try await place.run("ledger status | cut -f3,4") == ["v1\tverified"])
        #expect(try await place.run("ledger runs list --open") == [])
    }
}
