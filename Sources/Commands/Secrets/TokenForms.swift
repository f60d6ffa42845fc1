/// Published token formats: the prefix and the body of each.
///
/// Sources: the issuers' documentation, and the rules of public scanners where an issuer publishes
/// no more than an example. If a body does not look random, its checksum decides. A token with a
/// random-looking body is redacted even if its checksum is wrong, because nobody needs it.
struct TokenForm: Sendable {
    let prefix: [UInt8]
    let set: ByteSet
    let least: Int
    let most: Int
    /// Whether letters and digits may directly precede the token.
    let isAnywhere: Bool
    let isGenuine: @Sendable (ArraySlice<UInt8>) -> Bool

    init(
        _ prefix: String, _ set: ByteSet, _ least: Int, _ most: Int = .max,
        isAnywhere: Bool = false,
        isGenuine: @escaping @Sendable (ArraySlice<UInt8>) -> Bool = {
            Composition($0).looksRandom
        }
    ) {
        self.prefix = Array(prefix.utf8)
        self.set = set
        self.least = least
        self.most = most
        self.isAnywhere = isAnywhere
        self.isGenuine = isGenuine
    }

    private static let word = ByteSet.base64url + ByteSet(".")

    /// GitHub: 30 characters and a checksum of 6 characters, or an app's number and a JSON Web
    /// Token.
    private static let github = "pousr".map { letter in
        TokenForm("gh\(letter)_", word, 20, isAnywhere: true) { body in
            Checksums.isBase62(body.prefix(36)) || Set(body.prefix(36)).count >= 8
        }
    }

    private static let gitlab = [
        "glpat", "glptt", "gldt", "glrt", "glrtr", "glcbt", "glimt", "glagent", "gloas", "glft",
        "glffct", "glsoat", "glwt",
    ].map { TokenForm("\($0)-", word, 16) }

    private static let always: @Sendable (ArraySlice<UInt8>) -> Bool = { _ in true }

    static let all: [TokenForm] =
        github + gitlab + [
            TokenForm("GR1348941", .base64url, 20),
            TokenForm("github_pat_", .identifier, 20),
            TokenForm("npm_", .alphanumeric, 36, 40) { body in
                Checksums.isBase62(body) || Composition(body).looksRandom
            },
            TokenForm("pypi-AgE", .base64url, 40),
            TokenForm("hf_", .alphanumeric, 30), TokenForm("api_org_", .alphanumeric, 30),
            TokenForm("dckr_pat_", .base64url, 20), TokenForm("dckr_oat_", .base64url, 20),
            TokenForm("AIza", .base64url, 35), TokenForm("GOCSPX-", .base64url, 20),
            TokenForm("ya29.", word, 20), TokenForm("1//0", .base64url, 20),
            TokenForm("whsec_", .base64, 24),
            TokenForm("xapp-", word, 20),
            TokenForm("AGE-SECRET-KEY-1", .upper + .digits, 50) { body in
                Checksums.isBech32(prefix: Array("age-secret-key-".utf8), data: body)
                    || Composition(body).digits > 4
            },
            TokenForm("AGE-SECRET-KEY-PQ-1", .upper + .digits, 50),
            TokenForm("PRIVATE+KEY+", .alphanumeric + ByteSet("+/=._-"), 40, isGenuine: always),
        ] + "abeoprs".map { TokenForm("xox\($0)-", word, 10) }
        + [TokenForm("xoxe.", word, 20)]
        + ["sk", "rk"].flatMap { kind in
            ["live", "test"].map { TokenForm("\(kind)_\($0)_", .alphanumeric, 16) }
        } + ["AKIA", "ASIA", "ABIA", "ACCA"].map { TokenForm($0, .upper + .digits, 16, 16) }
        + others

    /// Other issuers.
    private static let others: [TokenForm] =
        [
            TokenForm("sk-", .base64url, 20) { body in
                let what = Composition(body)
                return what.digits > 0 && (what.upper > 0 && what.lower > 0 || what.digits > 3)
            }, TokenForm("s.", .alphanumeric, 24, 24), TokenForm("SG.", word, 40),
            TokenForm("hvs.", word, 24), TokenForm("hvb.", word, 24),
            TokenForm("rubygems_", .hexadecimal, 48), TokenForm("cio", .alphanumeric, 32, 32),
            TokenForm("dapi", .hexadecimal, 32, 32), TokenForm("glc_", .base64, 40),
            TokenForm("glsa_", .identifier, 32), TokenForm("SK", .hexadecimal, 32, 32),
            TokenForm("lin_api_", .alphanumeric, 32), TokenForm("pul-", .hexadecimal, 40, 40),
            TokenForm("PMAK-", .hexadecimal + ByteSet("-"), 40),
            TokenForm("dp.pt.", .alphanumeric, 40),
            TokenForm("AKCp8", .alphanumeric, 60), TokenForm("tskey-", .base64url, 20),
            TokenForm("NRAK-", .upper + .digits, 27),
            TokenForm("dt0c01.", .upper + .digits + ByteSet("."), 60),
            TokenForm("key-", .hexadecimal, 32, 32),
            TokenForm("SWMTKN-1-", .alphanumeric + ByteSet("-"), 60),
            TokenForm("oy2", .lower + .digits, 43, 43), TokenForm("RWRTY0Iy", .base64, 100),
            TokenForm("EAACEdEose0cBA", .alphanumeric, 20),
        ] + ["dop", "doo", "dor"].map { TokenForm("\($0)_v1_", .hexadecimal, 64) }
        + ["at", "ss", "ca", "pa"].map { TokenForm("shp\($0)_", .hexadecimal, 32) }

    /// The end of the token that begins at an index; `nil` if no token begins there.
    func end(in text: inout Scanned, at start: Int) -> Int? {
        guard text.spells(prefix, at: start) else { return nil }
        guard isAnywhere || text.isBoundary(start) else { return nil }
        let body = start + prefix.count
        var end = text.run(of: set, from: body)
        if most != .max {
            // A text with another length is not this token.
            if end - body > most { return nil }
        }
        // Excludes punctuation after the token.
        while end > body, ".-".utf8.contains(text[end - 1]) { end -= 1 }
        guard end - body >= least, !text.spells(Array("...".utf8), at: end) else { return nil }
        // `sk-ssh-ed25519@openssh.com` is a name.
        if text.byte(end) == UInt8(ascii: "@"), set.contains(UInt8(ascii: "-")), most == .max {
            return nil
        }
        let sample = Array(text.bytes[body..<min(end, body + 256)])
        return isGenuine(sample[...]) ? end : nil
    }
}
