internal import CommandGuard
internal import Ledger
internal import LedgerText

/// The text forms of findings.
enum GuardText {
    /// For people: the path and line, the problem and the rule. The fix follows once for each rule.
    static func lines(_ findings: [GuardFinding]) -> [String] {
        var told: Set<GuardRule> = []
        return findings.flatMap { finding in
            let rule = finding.rule
            let line =
                "\(finding.path):\(finding.line): \(finding.severity.rawValue): "
                + "\(finding.message) [\(rule.rawValue)]"
            return told.insert(rule).inserted ? [line, "    Instead: \(rule.fix)"] : [line]
        }
    }

    /// Annotations of a workflow run (docs.github.com/actions, "Workflow commands").
    static func github(_ findings: [GuardFinding]) -> [String] {
        findings.map { finding in
            let level = finding.severity == .note ? "notice" : finding.severity.rawValue
            let text = Quote.workflowMessage("\(finding.message); \(finding.rule.fix)")
            return "::\(level) file=\(Quote.workflowProperty(finding.path)),line=\(finding.line),"
                + "title=\(finding.rule.rawValue)::\(text)"
        }
    }

    static func json(_ report: GuardReport) -> JSONValue {
        .object([
            "rules": .string(GuardRule.version), "files": JSONValue(report.files),
            "findings": .array(report.findings.map(json)),
            "waived": .array(
                report.waived.map { finding, waiver in
                    .object([
                        "finding": json(finding), "reason": .string(waiver.reason),
                        "owner": .string(waiver.owner), "until": .string(waiver.until),
                    ])
                }),
        ])
    }

    private static func json(_ finding: GuardFinding) -> JSONValue {
        .object([
            "rule": .string(finding.rule.rawValue), "path": .string(finding.path),
            "line": JSONValue(finding.line), "severity": .string(finding.severity.rawValue),
            "message": .string(finding.message), "fix": .string(finding.rule.fix),
        ])
    }

    /// SARIF 2.1.0 (OASIS), as code scanners read it.
    static func sarif(_ report: GuardReport) -> JSONValue {
        let rules = GuardRule.allCases.map { rule in
            JSONValue.object([
                "id": .string(rule.rawValue),
                "shortDescription": .object(["text": .string(rule.title)]),
                "fullDescription": .object(["text": .string(rule.reason)]),
                "help": .object(["text": .string(rule.fix)]),
                "defaultConfiguration": .object(["level": .string(rule.severity.rawValue)]),
            ])
        }
        let waived = report.waived.map { finding, waiver in
            result(
                finding,
                [
                    .object([
                        "kind": .string("inSource"),
                        "justification": .string(
                            "\(waiver.reason) (\(waiver.owner), until \(waiver.until))"),
                    ])
                ])
        }
        let tool = JSONValue.object([
            "driver": .object([
                "name": .string("ledger check"), "version": .string(Version.current),
                "rules": .array(rules),
            ])
        ])
        return .object([
            "$schema": .string("https://json.schemastore.org/sarif-2.1.0.json"),
            "version": .string("2.1.0"),
            "runs": .array([
                .object([
                    "tool": tool,
                    "results": .array(report.findings.map { result($0, []) } + waived),
                ])
            ]),
        ])
    }

    private static func result(_ finding: GuardFinding, _ suppressions: [JSONValue]) -> JSONValue {
        let place = JSONValue.object([
            "physicalLocation": .object([
                "artifactLocation": .object(["uri": .string(finding.path)]),
                "region": .object(["startLine": JSONValue(finding.line)]),
            ])
        ])
        return .object([
            "ruleId": .string(finding.rule.rawValue), "level": .string(finding.severity.rawValue),
            "message": .object(["text": .string("\(finding.message); \(finding.rule.fix)")]),
            "locations": .array([place]), "suppressions": .array(suppressions),
        ])
    }
}
