internal import FoundationEssentials
internal import Glibc
internal import LedgerText

/// The processes of this machine.
public enum ProcessTable {
    /// Distinguishes a process from earlier processes with the same PID: its start time (field 22
    /// of `/proc/PID/stat`, proc(5)) and its boot. `nil` if the process does not exist or is a
    /// zombie.
    public static func began(_ process: Int) -> String? {
        guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let end = stat.last(byte: ")")
        else { return nil }
        let fields = stat[end...].parts(separator: " ")
        guard fields.count > 20, fields[1] != "Z" else { return nil }
        let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        return "\(fields[20])-\((boot ?? "").prefix(8))"
    }

    /// Identifies a process on this machine, also across containers: `began` and its PID namespace
    /// (pid_namespaces(7)).
    public static func mark(_ process: Int) -> String? {
        began(process).map { "\($0)-\(space)" }
    }

    /// Whether the process with this mark is alive. `nil` if unknown, because it belongs to another
    /// boot, machine or container.
    public static func lives(_ process: Int, mark: String) -> Bool? {
        guard let ours = Self.mark(Int(getpid())) else { return nil }
        let place = { (mark: String) in mark.parts(separator: "-").dropFirst() }
        guard place(mark).elementsEqual(place(ours)) else { return nil }
        return Self.mark(process) == mark
    }

    private static var space: String {
        let link = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")
        return (link ?? "").filter(\.isNumber)
    }

    /// Whether a process may still be running: it is alive, or its state is unknown because it
    /// started in another container of this boot.
    static func mayRun(_ process: Int, mark: String) -> Bool {
        if let lives = lives(process, mark: mark) { return lives }
        let boot = { (mark: String?) in mark?.parts(separator: "-").dropFirst().first }
        return boot(mark) == boot(Self.mark(Int(getpid())))
    }

    /// A shell script that writes its PID and its mark, as `mark` returns it, to the file `$0`. It
    /// then executes the command in its arguments.
    static let introduction = """
        began() { set -- ${1##*) }; echo "${20}"; }
        read -r stat < "/proc/$$/stat"; read -r boot < /proc/sys/kernel/random/boot_id
        space=$(readlink "/proc/$$/ns/pid"); space=${space#*[}
        echo "$$ $(began "$stat")-${boot%%-*}-${space%]}" > "$0" && exec "$@"
        """
}
