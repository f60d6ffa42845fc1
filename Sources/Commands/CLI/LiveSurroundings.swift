internal import Commands
internal import Foundation
internal import Glibc
internal import Ledger

extension Surroundings {
    /// The real clock, real chance, this process and this machine.
    static func live(author: Author, variables: [String: String]) -> Surroundings {
        Surroundings(
            now: {
                var time = timespec()
                clock_gettime(CLOCK_REALTIME, &time)
                return Timestamp(
                    microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)
            },
            random: {
                var generator = SystemRandomNumberGenerator()
                return (generator.next(), generator.next())
            },
            sleep: { try? await Task.sleep(for: .seconds($0)) },
            isAlive: { holder in
                guard holder.host == hostName else { return nil }
                return began(holder.process) == holder.began
            },
            author: author,
            holder: Holder(
                person: author.name.replacing(" ", with: "-"), host: hostName,
                process: Int(getpid()), began: began(Int(getpid())) ?? "0"),
            variables: variables)
    }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        return String(
            decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// When a process began: field 22 of /proc/PID/stat (proc(5)), with the boot it belongs to;
    /// `nil` if there is no such process.
    private static func began(_ process: Int) -> String? {
        guard let stat = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let end = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[end...].split(separator: " ")
        let boot =
            (try? String(
                contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? ""
        // A zombie has ended; only its parent has not noticed.
        guard fields.count > 20, fields[1] != "Z" else { return nil }
        return "\(fields[20])-\(boot.prefix(8))"
    }
}

extension Author {
    /// Who acts: `--by`, `LEDGER_BY`, what CI says, git's user, the login; in this order.
    static func present(by flag: String?, variables: [String: String]) -> Author {
        let named = [
            flag, variables["LEDGER_BY"], variables["GITHUB_ACTOR"],
            variables["GITLAB_USER_LOGIN"],
        ]
        let name = named.compactMap(\.self).first { !$0.isEmpty } ?? gitUser() ?? login(variables)
        return Author(name: name, known: .declared)
    }

    private static func gitUser() -> String? {
        guard let pipe = popen("git config --get user.name 2>/dev/null", "r") else { return nil }
        defer { pclose(pipe) }
        var buffer = [CChar](repeating: 0, count: 512)
        guard fgets(&buffer, Int32(buffer.count), pipe) != nil else { return nil }
        let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let name = String(decoding: bytes, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        return name.isEmpty ? nil : name
    }

    private static func login(_ variables: [String: String]) -> String {
        if let entry = getpwuid(getuid()), let name = entry.pointee.pw_name {
            return String(cString: name)
        }
        return variables["USER"] ?? "uid-\(getuid())"
    }
}
