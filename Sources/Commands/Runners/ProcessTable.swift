internal import Foundation
internal import Glibc
internal import LedgerText

/// The processes of this machine.
public enum ProcessTable {
    /// What tells a process from any other that has had its number: when it began (field 22 of
    /// `/proc/PID/stat`, proc(5)) and the boot it belongs to. `nil` if there is no such process, or
    /// it has ended and only its parent has not noticed.
    public static func began(_ process: Int) -> String? {
        guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let end = stat.last(byte: ")")
        else { return nil }
        let fields = stat[end...].parts(separator: " ")
        guard fields.count > 20, fields[1] != "Z" else { return nil }
        let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        return "\(fields[20])-\((boot ?? "").prefix(8))"
    }

    /// What tells a process on this machine, whatever numbers the processes have in a container:
    /// `began`, and the space of process numbers it lives in (pid_namespaces(7)).
    public static func mark(_ process: Int) -> String? {
        began(process).map { "\($0)-\(space)" }
    }

    /// Whether the process with this mark lives; `nil` if that cannot be told from here, because
    /// it belongs to another boot, another machine or another container.
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

    /// Whether a process may still run: it lives, or it cannot be told from here, because it was
    /// begun in another container of this boot.
    static func mayRun(_ process: Int, mark: String) -> Bool {
        if let lives = lives(process, mark: mark) { return lives }
        let boot = { (mark: String?) in mark?.parts(separator: "-").dropFirst().first }
        return boot(mark) == boot(Self.mark(Int(getpid())))
    }

    /// Shell text that writes the number of the shell and what tells it apart, as `mark` gives it,
    /// to the file `$0`, and then becomes the command in its arguments.
    static let introduction = """
        began() { set -- ${1##*) }; echo "${20}"; }
        read -r stat < "/proc/$$/stat"; read -r boot < /proc/sys/kernel/random/boot_id
        space=$(readlink "/proc/$$/ns/pid"); space=${space#*[}
        echo "$$ $(began "$stat")-${boot%%-*}-${space%]}" > "$0" && exec "$@"
        """
}
