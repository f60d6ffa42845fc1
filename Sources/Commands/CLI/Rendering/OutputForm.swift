internal import ArgumentParser

/// The output format of an answer.
enum OutputForm: String, ExpressibleByArgument, CaseIterable { case table, json, jsonl, csv }

/// The form of an entry in a list.
enum EntryForm: String, ExpressibleByArgument, CaseIterable { case oneline, short, long }
