internal import ArgumentParser
internal import LedgerOperations

extension OperationPart {
    /// The help text of an option: the operation's documentation of the field.
    static func help(_ field: String, value: String? = nil) -> ArgumentHelp {
        ArgumentHelp(documentation.fields[field] ?? "", valueName: value)
    }
}
