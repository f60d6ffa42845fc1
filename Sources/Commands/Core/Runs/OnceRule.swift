/// What a resumed run does with a step that was started and whose end is not recorded.
enum OnceRule {
    enum Verdict { case done, runAgain, askPerson }

    /// `isDone` is what a check or a person said; `nil` if nobody knows. A step that must not run
    /// twice (`once: true` in the playbook) is then not run: a person decides.
    static func judge(_ step: Step, isDone: Bool?) -> Verdict {
        switch isDone {
        case true?: .done
        case false?: .runAgain
        case nil: step.once ? .askPerson : .runAgain
        }
    }
}
