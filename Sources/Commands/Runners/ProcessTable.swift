internal import Foundation

/// The processes of this machine.
public enum ProcessTable {
    /// What tells a process from any other that has had its number: when it began (field 22 of
    /// `/proc/PID/stat`, proc(5)) and the boot it belongs to. `nil` if there is no such process, or
    /// it has ended and only its parent has not noticed.
    public static func began(_ process: Int) -> String? {
        guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let end = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[end...].split(separator: " ")
        guard fields.count > 20, fields[1] != "Z" else { return nil }
        let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        return "\(fields[20])-\((boot ?? "").prefix(8))"
    }

    /// Shell text that writes the number of the shell and what tells it apart, as `began` gives it,
    /// to the file `$0`, and then becomes the command in its arguments.
    static let introduction = """
        began() { set -- ${1##*) }; echo "${20}"; }
        read -r stat < "/proc/$$/stat"; read -r boot < /proc/sys/kernel/random/boot_id
        echo "$$ $(began "$stat")-${boot%%-*}" > "$0" && exec "$@"
        """
}
