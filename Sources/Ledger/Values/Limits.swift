/// Every maximum in the house, each with its reason.
public enum Limits {
    /// Bytes of a name: what a host name may have (RFC 1035), and enough to read in a table.
    public static let nameBytes = 253
    /// Bytes of a person's name: the longest that forges and git keep are far shorter.
    public static let authorBytes = 512
    /// Bytes of a file's name that is made of other names: file systems take 255 (NAME_MAX), and an
    /// ending or a number may follow.
    public static let fileNameBytes = 160
    /// Bytes of a path in a bundle: what systems take (PATH_MAX), without its end.
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
    /// Requests that the writer puts in one transaction: beyond this a commit's cost no longer
    /// shows.
    public static let requestsPerCommit = 512
    /// Entries that the writer puts in one transaction before it commits.
    public static let entriesPerCommit = 10_000
    /// Pages of the write-ahead log (4 KiB each) after which the writer folds it back, outside a
    /// commit, if it has made `walCommits`: few, since a log that is written over syncs twice as
    /// fast as one that grows.
    public static let walPages = 2_000
    /// Commits between two checkpoints: so that less than one append in a hundred waits for one.
    public static let walCommits = 200
    /// Pages at which the log is folded back whatever the number of commits: 64 MiB.
    public static let walPagesAtMost = 16_000
    /// Bytes of pages that a writing connection keeps in memory: the views' upper levels stay.
    public static let writingCacheBytes = 16 << 20
    /// The same for a reading one: what it scans it does not meet again, and verifying opens
    /// several.
    public static let readingCacheBytes = 4 << 20
    /// Bytes of one kept content (a script, a compose file, a plan, a delivery's body: GitHub sends
    /// up to 25 MB).
    public static let contentBytes = 32 << 20
    /// Bytes of a step's output that an entry keeps: the first and the last half of it.
    public static let outputBytes = 64 << 10
    /// Words that a tag's line keeps, to fall back on if the last is taken back: a tag is built,
    /// pushed and published; one that moves every day is not followed further back.
    public static let wordsOfTag = 4
    /// Seconds that a store waits for another process's write before it says that it is busy.
    public static let lockSeconds = 30.0
    /// Entries that a page of a query holds: reading stays flat in memory whatever the answer's
    /// size.
    public static let page = 1_000
    /// Bytes of a file that `ledger check` reads: a longer one was not written by a person.
    public static let sourceBytes = 8 << 20
    /// Pairs that are gone through for one mapping of somebody else's YAML, with its merge keys:
    /// who nests aliases deeper wants to keep us busy.
    public static let yamlPairs = 10_000
    /// Anchors and aliases of a checked YAML file: each may stand for all that stands before it.
    public static let yamlAliases = 1_000
    /// Variables of a checked Dockerfile that are followed.
    public static let dockerVariables = 10_000
    /// How deep defaults may stand in defaults (`${A:-${B:-c}}`) before they are taken for texts.
    public static let variableDepth = 32
    /// Bytes that a text of a checked file may grow to when its variables are replaced: a hundred
    /// arguments that each name the one before twice would fill any memory.
    public static let expandedBytes = 8 << 10
    /// Stages of a Dockerfile: each is looked for among those before it.
    public static let dockerStages = 1_000
    /// Commits that are gone back from two releases until they meet: what ships is read by people.
    public static let shippedCommits = 5_000
    /// Commits of each kind that a plan keeps of what ships; it says how many more there are.
    public static let plannedCommits = 200
    /// Commits of each kind that a text lists; it says how many more there are.
    public static let shownCommits = 20
    /// Revisions that one question names: an SQL statement takes 32,766 values, and few are enough.
    public static let revisionsPerQuestion = 200
    /// Bytes of a title or first line that a list shows.
    public static let titleBytes = 72
    /// Characters that a shortened revision, digest or id must have at least to be looked up.
    public static let shortest = 5
}
