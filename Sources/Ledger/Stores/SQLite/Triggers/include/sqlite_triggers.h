#pragma once

struct sqlite3;

/// Turns the triggers of one connection off (0) or on (1). Swift cannot call `sqlite3_db_config`,
/// whose arguments vary in number. Returns SQLite's result code.
int ledger_set_triggers(struct sqlite3 *connection, int on);
