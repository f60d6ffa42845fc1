public import CommandPorts
internal import CommandRunners
internal import Glibc
public import Ledger
internal import LedgerText

extension Surroundings {
    /// The real clock and random numbers, this process and this machine.
    public static func live(author: Author, variables: [String: String]) -> Surroundings {
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
                return ProcessTable.lives(holder.process, mark: holder.began)
            },
            author: author,
            holder: Holder(
                person: author.name.exchanging(" ", for: "-"), host: hostName,
                process: Int(getpid()), began: ProcessTable.mark(Int(getpid())) ?? "0"),
            variables: variables)
    }

    private static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        return String(
            decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension Author {
    /// The author: `--by`, `LEDGER_BY`, the variables of CI, git's user.name, the login; in this
    /// order.
    ///
    /// Throws `InvalidName`.
    public static func present(
        by flag: String?, variables: [String: String]
    ) throws(InvalidName) -> Author {
        let named = [
            flag, variables["LEDGER_BY"], variables["GITHUB_ACTOR"],
            variables["GITLAB_USER_LOGIN"],
        ]
        let name = named.compactMap(\.self).first { !$0.isEmpty } ?? gitUser() ?? login(variables)
        try Author.check(name)
        return Author(name: name, known: .declared)
    }

    private static func gitUser() -> String? {
        guard let pipe = popen("git config --get user.name 2>/dev/null", "r") else { return nil }
        defer { pclose(pipe) }
        var buffer = [CChar](repeating: 0, count: 512)
        guard fgets(&buffer, Int32(buffer.count), pipe) != nil else { return nil }
        let bytes = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        let name = String(decoding: bytes, as: UTF8.self)
            .trimmed
        return name.isEmpty ? nil : name
    }

    private static func login(_ variables: [String: String]) -> String {
        if let entry = getpwuid(getuid()), let name = entry.pointee.pw_name {
            return String(cString: name)
        }
        return variables["USER"] ?? "uid-\(getuid())"
    }
}
