internal import ArgumentParser
internal import LedgerOperations

extension Operation {
    /// The help text of an option: the operation's documentation of the field.
    static func help(_ field: String) -> ArgumentHelp {
        ArgumentHelp(documentation.fields[field] ?? "")
    }
}
