/// Every limit of the program, each with its reason.
public enum Limits {
    /// Bytes of a name: the maximum of a host name (RFC 1035), and readable in a table.
    public static let nameBytes = 253
    /// Bytes of a person's name: names in forges and git are far shorter.
    public static let authorBytes = 512
    /// Bytes of a file name that is composed of other names: file systems allow 255 (NAME_MAX), and
    /// an extension or a number may follow.
    public static let fileNameBytes = 160
    /// Bytes of a path in a bundle: the system's maximum (PATH_MAX) without the final NUL.
    public static let pathBytes = 4095
    /// Bytes of a tag: what a registry accepts (OCI distribution specification, 128 characters),
    /// doubled for git tags that carry a path.
    public static let tagBytes = 256
    /// Bytes of one payload as canonical JSON: a delivery with its raw body fits, a core dump does
    /// not.
    public static let payloadBytes = 32 << 20
    /// How deep JSON may nest: deeper input is an attack on the parser's stack, not a payload.
    public static let jsonDepth = 128
    /// Entries in one append: one transaction must fit in memory on a small machine.
    public static let entriesPerAppend = 10_000
    /// Requests that the writer puts in one transaction: beyond this the commit's cost per request
    /// is negligible.
    public static let requestsPerCommit = 512
    /// Entries that the writer puts in one transaction before it commits.
    public static let entriesPerCommit = 10_000
    /// The writer checkpoints the write-ahead log, outside a commit, if the log has more pages (4
    /// KiB each) than this and `walCommits` commits were made since the last checkpoint. The number
    /// is low because overwriting a log syncs twice as fast as extending it.
    public static let walPages = 2_000
    /// Commits between two checkpoints: fewer than one append in a hundred waits for one.
    public static let walCommits = 200
    /// Pages at which the log is checkpointed whatever the number of commits: 64 MiB.
    public static let walPagesAtMost = 16_000
    /// Page cache of a writing connection in bytes: enough for the upper levels of the view tables.
    public static let writingCacheBytes = 16 << 20
    /// Page cache of a reading connection in bytes: scanned pages are not read again, and
    /// verification opens several connections.
    public static let readingCacheBytes = 4 << 20
    /// Bytes of one stored content (a script, a compose file, a plan, a delivery's body: GitHub
    /// sends up to 25 MB).
    public static let contentBytes = 32 << 20
    /// Bytes of a step's output that an entry keeps: half of them from the beginning, half from the
    /// end.
    public static let outputBytes = 64 << 10
    /// Facts about a tag that the view keeps, in case the newest one is corrected. A tag is built,
    /// pushed and published; the older history of a tag that moves every day is dropped.
    public static let wordsOfTag = 4
    /// Seconds that a store waits for another process's write before it reports `.busy`.
    public static let lockSeconds = 30.0
    /// Entries per page of a query: memory use stays constant whatever the size of the result.
    public static let page = 1_000
    /// Bytes of a file that `ledger check` reads: a longer one was not written by a person.
    public static let sourceBytes = 8 << 20
    /// Bytes of standard input that are read as a whole: deliveries of a whole repository, a proof.
    public static let inputBytes = 1 << 30
    /// Directives (`%TAG`) of a YAML text: libyaml compares each with all others.
    public static let yamlDirectives = 100
    /// Levels of lists and mappings in YAML: libyaml takes minutes for a text of 200,000.
    public static let yamlDepth = 200
    /// Pairs that are processed for one mapping of untrusted YAML, with its merge keys: deeply
    /// nested aliases are a denial-of-service attack.
    public static let yamlPairs = 10_000
    /// The same for all mappings of a text: one that merges a large mapping into a thousand others.
    public static let yamlPairsInAll = 100_000
    /// Anchors and aliases of a checked YAML file: each may expand to everything before it.
    public static let yamlAliases = 1_000
    /// Variables of a checked Dockerfile that are resolved.
    public static let dockerVariables = 10_000
    /// Nesting depth of defaults (`${A:-${B:-c}}`); deeper ones are treated as text.
    public static let variableDepth = 32
    /// Bytes of a text of a checked file after its variables are replaced: a hundred arguments that
    /// each name the previous one twice would fill any memory.
    public static let expandedBytes = 8 << 10
    /// Stages of a Dockerfile: each reference searches all earlier stages.
    public static let dockerStages = 1_000
    /// Commits that are followed back from two releases to their common ancestor: people read the
    /// result.
    public static let shippedCommits = 5_000
    /// Commits of each kind that a plan contains; it also gives the number of further ones.
    public static let plannedCommits = 200
    /// Commits of each kind that a text lists; it also gives the number of further ones.
    public static let shownCommits = 20
    /// Revisions in one query: an SQL statement accepts 32,766 values, and few are enough.
    public static let revisionsPerQuestion = 200
    /// Bytes of a title or first line that a list shows.
    public static let titleBytes = 72
    /// Minimum characters of a shortened revision, digest or id for a lookup.
    public static let shortest = 5
}
