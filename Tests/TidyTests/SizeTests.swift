import Testing

/// The house numbers: how large a file, a function, a folder may be.
struct SizeTests {
    @Test func thereIsSomethingToLookAt() { #expect(Repository.sources.count > 50) }

    @Test func noFileHasMoreThan400Lines() {
        for file in Repository.swift {
            #expect(file.lines.count <= 401, "\(file.path) has \(file.lines.count - 1) lines")
        }
    }

    @Test func theMedianSourceFileHasAtMost120Lines() {
        let lengths = Repository.sources.map(\.lines.count).sorted()
        #expect(lengths[lengths.count / 2] <= 121)
    }

    @Test func noFolderHasMoreThan15Files() {
        let folders = Dictionary(grouping: Repository.swift, by: \.folder)
        for (folder, files) in folders where folder.contains("/") {
            #expect(files.count <= 15, "\(folder) has \(files.count) files")
        }
    }

    /// The formatter sees to code; a text that a person reads is not broken for the sake of its
    /// line.
    @Test func noCommentHasMoreThan100Columns() {
        for file in Repository.swift {
            for (number, line) in file.lines.enumerated()
            where line.count > 100 && line.drop(while: { $0 == " " }).hasPrefix("//") {
                Issue.record("\(file.path):\(number + 1) has \(line.count) columns")
            }
        }
    }

    /// Functions, initialisers, subscripts and computed properties.
    @Test func noFunctionHasMoreThan60Lines() {
        for file in Repository.sources {
            for body in file.code.bodies {
                #expect(
                    body.lines <= 60, "\(file.path):\(body.line) \(body.name): \(body.lines) lines")
            }
        }
    }

    /// What an initialiser hands on to a field of the same name is not counted: it is the field.
    @Test func noFunctionHasMoreThan6Parameters() {
        for file in Repository.sources {
            for body in file.code.bodies {
                #expect(
                    body.ownParameters.count <= 6,
                    "\(file.path):\(body.line) \(body.name) has \(body.ownParameters.count)")
            }
        }
    }

    /// `f(true)` says nothing to its reader: a yes or no has a label, or is a type of its own.
    @Test func noParameterIsABareBool() {
        for file in Repository.sources {
            for body in file.code.bodies where !body.name.hasSuffix("encode") {
                for parameter in body.parameters
                where parameter.hasPrefix("_ ") && parameter.contains(#/: Bool( =.*)?$/#) {
                    Issue.record("\(file.path):\(body.line) \(body.name) takes \(parameter)")
                }
            }
        }
    }

    /// The reader of code that the measures above rest on.
    @Test func theReaderOfCodeReadsCode() {
        let code = Code(
            """
            struct A {
                // func no() {
                func one(_ a: Int, b: (Int, [String: Int]) = (1, [:])) -> Bool {
                    print("}", "\\(f("x{"))")
                }
                public init(a: Int) {
                    self.a = a
                }
                var wide: Int {
                    2
                }
            }
            """)
        #expect(code.bodies.map(\.name) == ["func one", "init", "var wide"])
        #expect(code.bodies.map(\.lines) == [2, 2, 2])
        #expect(code.bodies.map(\.parameters.count) == [2, 1, 0])
        #expect(code.bodies.map(\.ownParameters.count) == [2, 0, 0])
    }
}
