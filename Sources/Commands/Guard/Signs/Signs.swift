internal import LedgerText

/// Words that name deploys, lint and tests.
enum Signs {
    /// The words of a name, in lower case: `run-unit_tests` has `run`, `unit`, `tests`.
    static func words(of text: String) -> Set<String> {
        Set(
            text.lowercased().utf8.split { !ASCII.isAlphanumeric($0) }.map {
                String(Substring($0))
            })
    }

    static func isDeploy(_ word: String) -> Bool {
        ["deploy", "deploys", "deployment", "deploying", "deployer", "rollout", "redeploy"]
            .contains(word)
    }

    /// Words of names for tasks before or after a deploy: `notify-deployment`.
    static let around: Set<String> = [
        "notify", "notification", "prepare", "preparation", "validate", "validation", "verify",
        "status", "pre", "post", "report", "summary", "wait", "approve", "approval", "checks",
    ]

    static func isLint(_ word: String) -> Bool {
        word.ends(with: "lint") || word.begins(with: "lint") || linters.contains(word)
    }

    static func isTest(_ word: String) -> Bool {
        ["test", "tests", "testing"].contains(word) || testers.contains(word)
            || word.ends(with: "test") && word.utf8.count > 5 && word != "latest"
    }

    private static let linters: Set<String> = [
        "ruff", "flake8", "mypy", "black", "isort", "pyright", "clippy", "fmt", "vet", "biome",
        "tsc", "prettier", "typecheck", "phpstan", "psalm", "phpcs", "rubocop", "brakeman",
        "spotless", "spotlesscheck", "checkstyle", "ktlint", "detekt", "credo", "shellcheck",
        "staticcheck", "hadolint", "codespell", "standardrb", "scalafmt", "scalafix", "swiftformat",
        "format", "formatting", "stylecheck", "style", "dialyzer", "bandit", "vulture",
    ]
    private static let testers: Set<String> = [
        "pytest", "tox", "nox", "unittest", "unittests", "vitest", "jest", "mocha", "rspec",
        "phpunit", "pest", "ctest", "cypress", "playwright", "e2e", "karma", "ava", "bats",
        "coverage", "specs", "minitest", "ginkgo", "behave",
    ]
}
