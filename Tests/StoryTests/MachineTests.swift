import Foundation
import Ledger
import Support
import Testing

/// What a machine can do to a ledger: folders that cannot be written, locks, full disks.
struct MachineTests {
    /// A folder with a ledger of one note that everybody may read and nobody may write, and a copy
    /// of the program that everybody may run.
    private func closed(folder mode: String) async throws -> (Sandbox, Place) {
        let sandbox = try Sandbox()
        let place = try Place(sandbox)
        let program = try #require(Shared.product("ledger"))
        try FileManager.default.copyItem(
            atPath: program, toPath: sandbox.path("program"))
        #expect(try await place.run("ledger init > /dev/null; ledger note kept") == ["entry 1"])
        #expect(
            try await place.run(
                "chmod 755 . program; chmod 444 .ledger/*; chmod \(mode) .ledger") == [])
        return (sandbox, place)
    }

    /// Runs the program as somebody who owns nothing; whoever is not root is that already.
    private func other(_ words: String) -> String {
        let stranger = getuid() == 0 ? "setpriv --reuid 65534 --regid 65534 --clear-groups " : ""
        return "\(stranger)env LEDGER_BY=eve ./program \(words)"
    }

    private func open(_ place: Place) async throws {
        #expect(try await place.run("chmod -R u+rwX .") == [])
    }

    @Test func aFolderThatCannotBeWrittenCanBeRead() async throws {
        let (_, place) = try await closed(folder: "555")
        #expect(try await place.run(other("log | cut -f3,8")) == ["note.added\tkept"])
        #expect(try await place.run(other("verify | head -1")) == ["1 entries, all verified"])
        let said = try await place.run(other("note no"))
        #expect(said.first == "Error: the ledger cannot be written here")
        #expect(said.contains { $0.hasPrefix("Hint: check who owns the folder") })
        #expect(said.last == "[exit 3]")
        try await open(place)
        #expect(try await place.run("ledger log | cut -f8") == ["kept"])
    }

    /// Another user needs root to be one.
    @Test(.enabled(if: getuid() == 0, "only root can run the program as another user"))
    func aFolderThatLetsNobodyInIsSaidToBeSo() async throws {
        let (_, place) = try await closed(folder: "700")
        let said = try await place.run(other("status"))
        #expect(said.first == "Error: FOLDER/.ledger/ledger.db cannot be reached")
        #expect(said.last == "[exit 3]")
        try await open(place)
    }

    /// The writer waits its turn, and says who is in the way if it never comes.
    @Test func aLockThatIsNeverGivenBackIsNamed() async throws {
        let place = try Place(try Sandbox())
        #expect(try await place.run("ledger init > /dev/null; ledger note one") == ["entry 1"])
        let lines = try await place.run(
            "flock .ledger/ledger.db.lock sleep 2 & sleep 0.3; ledger note two")
        #expect(lines == ["entry 2"])
        let said = try await place.run(
            "flock .ledger/ledger.db.lock sleep \(Int(Limits.lockSeconds) + 20) & sleep 0.3; "
                + "ledger log | wc -l; ledger note three; code=$?; kill $!; exit $code")
        #expect(said.first == "2")
        #expect(said.contains { $0.contains("another process has been writing to this ledger") })
        #expect(said.contains { $0.contains("fuser FOLDER/.ledger/ledger.db.lock") })
        #expect(said.last == "[exit 5]")
        #expect(try await place.run("ledger log | wc -l") == ["2"])
    }

    private static let canMount: Bool = {
        let spoken = try? Spoken.blocking(["unshare", "-rm", "mount", "-t", "tmpfs", "t", "/mnt"])
        return spoken?.code == 0
    }()

    /// A disk of one megabyte, filled to the last page: what was acknowledged is there, what was
    /// not is not, and with room again it goes on. (Where no disk can be mounted, a limit of pages
    /// stands for it: see `BadDayTests`.)
    @Test(.enabled(if: canMount)) func aFullDiskLosesNothing() async throws {
        let sandbox = try Sandbox()
        let place = try Place(sandbox)
        try sandbox.write(
            "fill",
            """
            #!/bin/sh
            mkdir disk && mount -t tmpfs -o size=1m t disk && cd disk || exit 1
            ledger init > /dev/null
            text=$(head -c 20000 /dev/zero | tr '\\0' x)
            count=0
            while ledger note "$text" > /dev/null 2> ../error; do count=$((count + 1)); done
            head -1 ../error
            [ "$(ledger log | wc -l)" = "$count" ] && echo "all $count of them"
            ledger verify > ../said; grep -c "all verified" ../said
            mount -o remount,size=4m ../disk && ledger note "there is room" > /dev/null && echo "goes on"
            ledger verify | grep -c "all verified"
            """, executable: true)
        let said = try await place.run("unshare -rm ./fill | sed 's/all [0-9]* of/all of/'")
        #expect(
            said == [
                "Error: the disk is full; nothing was written", "all of them", "1", "goes on", "1",
            ])
    }

    @Test func aHundredThousandLinesAreRecordedInOneGo() async throws {
        let sandbox = try Sandbox()
        let place = try Place(sandbox)
        var text = ""
        for number in 1...100_000 {
            text += "{\"kind\":\"note.added\",\"text\":\"\(number)\",\"source\":\"ci\","
            text += "\"sourceID\":\"\(number)\"}\n"
        }
        try sandbox.write("lines", text)
        #expect(try await place.run("ledger init > /dev/null") == [])
        #expect(
            try await place.run("ledger record - < lines")
                == ["100000 recorded, 0 already recorded"])
        #expect(
            try await place.run("tail -1000 lines | ledger record -")
                == ["0 recorded, 1000 already recorded"])
        #expect(try await place.run("ledger log | tail -1 | cut -f1,8") == ["1\t1"])
    }
}
