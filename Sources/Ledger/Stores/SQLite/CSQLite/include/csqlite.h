#pragma once

#include <sqlite3.h>

/// Turns an option of one connection (`SQLITE_DBCONFIG_…`) off (0) or on (1). Swift cannot call
/// `sqlite3_db_config`, whose arguments vary in number. Returns SQLite's result code.
int ledger_set_option(sqlite3 *connection, int option, int on);
