#include "csqlite.h"

int ledger_set_option(sqlite3 *connection, int option, int on) {
    int now = -1;
    int code = sqlite3_db_config(connection, option, on, &now);
    return code == SQLITE_OK && now != on ? SQLITE_ERROR : code;
}
