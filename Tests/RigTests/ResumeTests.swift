import Foundation
import Support
import Testing

extension RigTests {
    /// `ledger` ends in the middle, and somebody else goes on.
    @Suite struct ResumeTests {
        /// An ssh that kills whoever runs it before or after the start of a step, where `kill-at`
        /// says so: `before 3`. It counts the starts in `starts`.
        private static let ssh = """
            #!/bin/sh
            case "$*" in
            *" ledger start "*) ;;
            *) exec /usr/bin/ssh "$@" ;;
            esac
            echo start >> starts
            now="$(($(wc -l < starts)))"
            [ "$(cat kill-at 2> /dev/null)" != "before $now" ] || { kill -9 "$PPID"; exit 255; }
            /usr/bin/ssh "$@"
            code=$?
            [ "$(cat kill-at 2> /dev/null)" != "after $now" ] || kill -9 "$PPID"
            exit "$code"
            """

        /// v1 runs on both hosts, and the next `ledger` may be killed.
        private func prepared(_ options: String = "", web: String = Fleet.docker) throws -> Fleet {
            let fleet = try Fleet(options: options, web: web, proxy: false)
            try fleet.expect("ledger deploy v1 --yes")
            try fleet.sandbox.write("bin/ssh", Self.ssh, executable: true)
            return fleet
        }

        private static let path = "PATH=\"$PWD/bin:$PATH\""
        /// Another machine: another name, other process numbers, other connections.
        private static let elsewhere =
            "mkdir -p $TMPDIR/there; TMPDIR=$TMPDIR/there unshare --uts --pid --fork --mount-proc "
            + "sh -c 'hostname elsewhere; exec \"$0\" \"$@\"' "

        @Test(arguments: [1, 2, 3, 4], ["before", "after"])
        func killedAtAStepItIsResumedFromAnotherMachine(step: Int, when: String) throws {
            let fleet = try prepared()
            try fleet.sandbox.write("kill-at", "\(when) \(step)")
            #expect(try fleet.run("\(Self.path) ledger deploy v2 --yes").code == 137)
            // Its lease may live on: nobody else is let in, except by name.
            let held = try fleet.run(Self.elsewhere + "ledger runs resume")
            #expect(held.code == 5, "\(held.text)")
            try fleet.expect(
                Self.elsewhere + "ledger runs resume --take-over --reason \"it was killed\"")
            #expect(try fleet.served() == ["v2", "v2"])
            #expect(try fleet.status() == "v2 verified")
            // No step began twice: what had ended was collected, what had not begun was begun.
            let begun = try ["s1", "s2"].map { host in
                try fleet.expect(
                    "ssh -F ssh_config deploy@\(host) 'ls -d .local/state/ledger/runs/*/*-* | wc -l'"
                ).trimmingCharacters(in: .whitespacesAndNewlines)
            }
            #expect(begun == ["4", "4"], "v1 and v2, a pull and a start each")
            try fleet.expect("ledger verify")
        }

        /// Nobody has to take over what nobody holds any more.
        @Test func aDeadOperatorsLeaseEndsByItself() throws {
            // Short limits make a short lease: the clock need not be set far forward. A faked clock
            // further ahead than the machine has run makes of every timer one that never ends.
            let fleet = try prepared(
                "lease: 10s", web: Fleet.docker + "\n      pull-limit: 10s\n      start-limit: 10s")
            try fleet.sandbox.write("kill-at", "before 3")
            #expect(try fleet.run("\(Self.path) ledger deploy v2 --yes").code == 137)
            let held = try fleet.run(Self.elsewhere + "ledger runs resume")
            #expect(held.code == 5, "\(held.text)")
            let later = Self.elsewhere.replacing(
                "unshare", with: "FAKETIME_DONT_FAKE_MONOTONIC=1 faketime -f +2m unshare")
            try fleet.expect(later + "ledger runs resume")
            #expect(try fleet.expect("ledger log").contains("expired at"))
            #expect(try fleet.served() == ["v2", "v2"])
            #expect(try fleet.status() == "v2 verified")
        }

        /// Whoever was overtaken and wakes up again changes nothing, neither here nor there.
        @Test func anOldOperatorWakesUpWithAnOldToken() throws {
            let fleet = try prepared()
            let slow = Self.ssh.replacing(
                "kill -9 \"$PPID\"; exit 255", with: "touch asleep; sleep 6")
            try fleet.sandbox.write("bin/ssh", slow, executable: true)
            try fleet.sandbox.write("kill-at", "before 4")
            let sleeper = try fleet.begin("\(Self.path) ledger deploy v2 --yes > old 2>&1")
            try fleet.expect("for i in $(seq 100); do [ ! -e asleep ] || break; sleep 0.1; done")
            let two = try fleet.run("ledger deploy v2 --yes")
            #expect(two.code == 5, "two operators at once: \(two.text)")
            try fleet.expect("ledger runs resume --take-over --reason \"no answer\"")
            #expect(try fleet.status() == "v2 verified")
            sleeper.waitUntilExit()
            #expect(sleeper.terminationStatus == 5)
            let old = fleet.sandbox.read("old")
            #expect(
                old.contains("refused step") || old.contains("is no longer valid"),
                "\(old)")
            #expect(try fleet.served() == ["v2", "v2"])
            #expect(try fleet.status() == "v2 verified")
        }

        @Test func someHostsNowAndTheRestLater() throws {
            let fleet = try Fleet(proxy: false)
            try fleet.expect("ledger deploy v1 --yes")
            try fleet.expect("ledger deploy v2 --hosts s9 --yes", code: 3)
            try fleet.expect("ledger deploy v2 --hosts s2 --yes", code: 6)
            #expect(try fleet.served() == ["v1", "v2"])
            let all = try fleet.run("ledger status").text
            #expect(all.contains("v1 on s1, v2 on s2") && all.contains("mixed"), "\(all)")
            try fleet.expect("ledger runs resume")
            #expect(try fleet.served() == ["v2", "v2"])
            #expect(try fleet.status() == "v2 verified")
        }
    }
}
