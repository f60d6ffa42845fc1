internal import ArgumentParser

/// How an answer is written.
enum OutputForm: String, ExpressibleByArgument, CaseIterable { case table, json, jsonl, csv }

/// How an entry looks in a list.
enum EntryForm: String, ExpressibleByArgument, CaseIterable { case oneline, short, long }
