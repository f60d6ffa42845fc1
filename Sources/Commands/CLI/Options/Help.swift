internal import ArgumentParser
internal import LedgerOperations

extension Operation {
    /// The help text of an option: what the operation says of the field.
    static func help(_ field: String) -> ArgumentHelp {
        ArgumentHelp(documentation.fields[field] ?? "")
    }
}
